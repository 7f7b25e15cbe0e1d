package desk_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"waybill/scanner"
	"waybill/shipment"
	"waybill/sync/journal"
	"waybill/sync/wire"
)

// evidenceOf returns what the journal has of scans: one entry an event.
func evidenceOf(t *testing.T, r *rig) []shipment.ScanEvidence {
	t.Helper()
	var all []shipment.ScanEvidence
	err := r.journal.View(t.Context(), func(tx *journal.ReadTx) error {
		return tx.Events(journal.EventQuery{}, func(rec wire.Record) error {
			var ev shipment.ScanEvidence
			var env wire.Envelope
			if err := json.Unmarshal(rec.Raw, &env); err != nil {
				return err
			}
			if err := json.Unmarshal(env.Data, &ev); err != nil {
				return err
			}
			if ev.Scanner != "" {
				all = append(all, ev)
			}
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// A scan that must do nothing leaves a trace all the same, and no more than that.
func TestAScanSetAsideLeavesATrace(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.stock(t, ground)
	a := r.print(t, "A")
	number := []byte(a.Parcels[0].TrackingNumber)
	other := scanner.Device{Vendor: "0c2e", Product: "0b61", Serial: "18"}
	before, types := a, r.events(t, "")
	var want []shipment.ScanEvidence
	for _, tt := range []struct {
		why  scanner.Aside
		by   scanner.Device
		bad  string
		want shipment.EventType
	}{
		{scanner.Repeated, scanner.Device{}, "", shipment.ScanAcceptedType},
		{scanner.SentAgain, scanner.Device{}, "", shipment.ScanAcceptedType},
		{scanner.OtherDevice, other, "", shipment.ScanRefusedType},
		{scanner.OtherDevice, other, "half", shipment.ScanRefusedType},
	} {
		in := scanner.Scan{Scanner: "gun", Role: scanner.Dock, Raw: number, Bad: tt.bad, At: r.now}
		if err := r.SetAside(t.Context(), in, tt.why, tt.by); err != nil {
			t.Fatal(err)
		}
		types = append(types, tt.want)
		want = append(want, shipment.ScanEvidence{Scanner: "gun", Role: "dock", Received: r.now, Device: tt.by.Key(), Damaged: tt.bad, Code: string(tt.why)}.WithRaw(number))
	}
	if diff := cmp.Diff(want, evidenceOf(t, r), cmpopts.IgnoreFields(shipment.ScanEvidence{}, "AIM", "Symbology", "Message")); diff != "" {
		t.Errorf("evidence (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(types, r.events(t, "")); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	after, err := r.Order(t.Context(), "A")
	if diff := cmp.Diff(before, after); err != nil || diff != "" {
		t.Errorf("a scan that was set aside changed the order (error %v):\n%s", err, diff)
	}
	if res := r.scan(t, scanner.Dock, string(number)); res.Code != "handed_over" {
		t.Errorf("the scan that counts: %+v", res)
	}
}

// TestEveryScanLeavesOneEvidence holds that each trigger pull can be looked up
// afterwards, whatever came of it: once, with its bytes.
func TestEveryScanLeavesOneEvidence(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.stock(t, ground)
	number := string(r.print(t, "A").Parcels[0].TrackingNumber)
	received := r.now.Add(-3 * time.Millisecond)
	pulls := []struct {
		raw, bad string
		role     scanner.Role
		code     string
	}{
		{"]C1420940439" + number[1:], "", scanner.Bench, "checked"},
		{number, "", scanner.Bench, "already_checked"},
		{number, "", scanner.Dock, "handed_over"},
		{number, "", scanner.Dock, "already_handed_over"},
		{"shelf 4", "", scanner.Bench, "unknown"},
		{"\xff\x00\x1d", "", scanner.Bench, "unknown"},
		{"half", "bytes outside a packet", scanner.Dock, "damaged"},
		{"WBC:NEXT", "", scanner.Bench, "next"},
	}
	var want []shipment.ScanEvidence
	for _, p := range pulls {
		res, err := r.Scan(t.Context(), scanner.Scan{Scanner: "gun", Role: p.role, Raw: []byte(p.raw), Bad: p.bad, At: received})
		if err != nil || res.Code != p.code {
			t.Fatalf("%q: %+v, error %v", p.raw, res, err)
		}
		want = append(want, shipment.ScanEvidence{
			Scanner: "gun", Role: string(p.role), Received: received, Damaged: p.bad, Code: p.code, Message: res.Message,
		}.WithRaw([]byte(p.raw)))
	}
	if diff := cmp.Diff(want, evidenceOf(t, r), cmpopts.IgnoreFields(shipment.ScanEvidence{}, "AIM", "Symbology", "Bench")); diff != "" {
		t.Errorf("evidence (-want +got):\n%s", diff)
	}
	if !strings.Contains(want[5].RawBase64, "/wAd") {
		t.Errorf("bytes that are no text are kept as %+v", want[5])
	}
}

// Who pulled the trigger is kept of a scan that does nothing, too.
func TestAScanSetAsideSaysWhoseItWas(t *testing.T) {
	t.Parallel()
	r := bench(t, nil)
	r.pulls(t, "WBC:BADGE:A-7 > operator")
	if res := r.scan(t, scanner.Dock, "WBC:BADGE:B-1"); res.Code != "operator" {
		t.Fatalf("%+v", res)
	}
	for role, want := range map[scanner.Role]string{scanner.Bench: "A-7", scanner.Dock: "B-1"} {
		if err := r.SetAside(t.Context(), scanner.Scan{Scanner: "gun", Role: role, Raw: []byte("X"), At: r.now}, scanner.Repeated, scanner.Device{}); err != nil {
			t.Fatal(err)
		}
		all := evidenceOf(t, r)
		if got := all[len(all)-1]; got.Code != "repeated" || got.Operator != want {
			t.Errorf("at the %s it was %+v, want operator %s", role, got, want)
		}
	}
}
