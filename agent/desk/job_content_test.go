package desk_test

import (
	"bytes"
	"fmt"
	"testing"

	"waybill/agent/desk"
	"waybill/printer"
	"waybill/sync/journal"
)

// What is printed is what was queued, also after a restart and as often as the
// job was written meanwhile; and a label's step writes the label no second time.
func TestAJobKeepsItsLabelApart(t *testing.T) {
	r := newRig(t, func(o *desk.Options) { o.RawRoles = []string{"shipping"} })
	pending := func() printer.Job {
		t.Helper()
		jobs, err := r.Pending(t.Context(), role("shipping"), 9)
		if err != nil || len(jobs) != 1 {
			t.Fatalf("%d jobs, %v", len(jobs), err)
		}
		return jobs[0]
	}
	kept := func() (size int) {
		t.Helper()
		if err := r.journal.View(t.Context(), func(tx *journal.ReadTx) error {
			return tx.List("job", journal.Query{}, func(_ string, raw []byte) error {
				size = len(raw)
				return nil
			})
		}); err != nil {
			t.Fatal(err)
		}
		return size
	}
	taken, err := r.PrintRaw(t.Context(), desk.Raw{Key: "k", Role: "shipping", ZPL: fmt.Appendf(nil, "^XA^FD%s^FS^XZ", bytes.Repeat([]byte("a"), 20_000))})
	if err != nil {
		t.Fatal(err)
	}
	want := taken.Jobs[0]
	for _, to := range []printer.LabelState{printer.Sending, printer.Queued, printer.Sending, printer.Sent} {
		r.start(t) // with nothing remembered
		if got := pending(); !bytes.Equal(got.Content, want.Content) {
			t.Fatalf("before %s the label has %d bytes, want %d", to, len(got.Content), len(want.Content))
		}
		r.move(t, want.ID, to)
		if size := kept(); size > 2000 {
			t.Errorf("%s is written with %d bytes", to, size)
		}
	}
	jobs, err := r.Jobs(t.Context(), 9)
	if err != nil || len(jobs) != 1 || jobs[0].SHA256 != want.SHA256 {
		t.Errorf("jobs %+v, %v", jobs, err)
	}
}

// A journal that has the label in the job goes on.
func TestAJobWithItsLabelInside(t *testing.T) {
	r := newRig(t, nil)
	old := printer.Job{ID: "j", Ref: "r", Raw: true, Role: "shipping", Language: "zpl", Content: []byte("^XA^XZ"), Labels: []printer.Label{{K: 1, State: printer.Queued, At: morning}}}
	if err := r.journal.Update(t.Context(), func(tx *journal.Tx) error {
		return tx.Put("job", "j", old, journal.Index{State: "pending:" + old.Route().String()})
	}); err != nil {
		t.Fatal(err)
	}
	for _, to := range []printer.LabelState{printer.Sending, printer.Sent} {
		jobs, err := r.Pending(t.Context(), role("shipping"), 9)
		if err != nil || len(jobs) != 1 || !bytes.Equal(jobs[0].Content, old.Content) {
			t.Fatalf("before %s: %+v, %v", to, jobs, err)
		}
		r.move(t, "j", to)
		r.start(t)
	}
}

// The first jobs of a long queue are looked through for every label; what is
// remembered of them is bounded, and forgotten nothing is lost.
func TestMoreLabelsThanAreRemembered(t *testing.T) {
	r := newRig(t, func(o *desk.Options) { o.RawRoles = []string{"shipping"} })
	of := func(i int) []byte {
		return fmt.Appendf(nil, "^XA^FD%d%s^FS^XZ", i, bytes.Repeat([]byte("a"), 400_000))
	}
	for i := range 9 {
		if _, err := r.PrintRaw(t.Context(), desk.Raw{Key: fmt.Sprint(i), Role: "shipping", ZPL: of(i)}); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		jobs, err := r.Pending(t.Context(), role("shipping"), 9)
		if err != nil || len(jobs) != 9 {
			t.Fatalf("%d jobs, %v", len(jobs), err)
		}
		for i, j := range jobs {
			if !bytes.Contains(j.Content, fmt.Appendf(nil, "^FD%da", i)) {
				t.Errorf("job %d has the label %.20q", i, j.Content)
			}
		}
	}
}
