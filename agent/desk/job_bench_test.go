package desk_test

import (
	"bytes"
	"fmt"
	"testing"

	"waybill/agent/desk"
	"waybill/printer"
)

// BenchmarkLedger holds what the ledger costs between a job's acceptance and its
// first byte: once to find it, once to write down that it is being sent.
func BenchmarkLedger(b *testing.B) {
	zpl := fmt.Appendf(nil, "^XA^PW812^LL1218^FO20,60^GFA,8000,8000,100,%s^FS^XZ", bytes.Repeat([]byte("F0"), 4000))
	r := newRig(b, func(o *desk.Options) { o.RawRoles = []string{"shipping"} })
	all := func(printer.Route) bool { return true }
	if _, err := r.PrintRaw(b.Context(), desk.Raw{Key: "k", Role: "shipping", Copies: 1, ZPL: zpl}); err != nil {
		b.Fatal(err)
	}
	b.Run("Pending", func(b *testing.B) {
		for b.Loop() {
			if jobs, err := r.Pending(b.Context(), all, 10); err != nil || len(jobs) != 1 {
				b.Fatal(len(jobs), err)
			}
		}
	})
	b.Run("Record", func(b *testing.B) {
		jobs, err := r.Pending(b.Context(), all, 10)
		if err != nil {
			b.Fatal(err)
		}
		job := jobs[0]
		for b.Loop() {
			l := job.Labels[0]
			to := printer.Sending
			if l.State == printer.Sending {
				to = printer.Queued
			}
			if l, err = l.Move(to, r.now); err != nil {
				b.Fatal(err)
			}
			job = job.With(l)
			if err := r.Record(b.Context(), job); err != nil {
				b.Fatal(err)
			}
		}
	})
}
