package desk_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"waybill/agent"
	"waybill/agent/desk"
	"waybill/printer"
	"waybill/scanner"
	"waybill/shipment"
)

func TestScan(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.stock(t, ground)
	ups := order("UPS")
	ups.Carrier, ups.Service, ups.TrackingNumber = "ups", "ups_ground", "1Z999AA10123456784"
	s := r.take(t, ups, agent.Accepted)
	r.move(t, s.Parcels[0].Job, printer.Sending, printer.Confirmed)
	a, b, c := r.print(t, "A"), r.print(t, "B"), r.print(t, "C")
	number := func(s agent.State) string { return string(s.Parcels[0].TrackingNumber) }
	queued := r.take(t, order("Q"), agent.Accepted)
	voided := r.print(t, "V")
	if _, err := r.Void(t.Context(), "V", "buyer cancelled"); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name   string
		role   scanner.Role
		raw    string
		signal scanner.Signal
		code   string
		order  shipment.OrderID
	}{
		{"at the bench", scanner.Bench, number(a), scanner.Good, "checked", "A"},
		{"twice at the bench", scanner.Bench, number(a), scanner.Warn, "already_checked", "A"},
		{"at the dock", scanner.Dock, number(a), scanner.Good, "handed_over", "A"},
		{"twice at the dock", scanner.Dock, number(a), scanner.Warn, "already_handed_over", "A"},
		{"with ZIP and routing code", scanner.Bench, "]C142094043" + number(b), scanner.Good, "checked", "B"},
		{"our own QR code", scanner.Dock, "]Q1WB1/C/" + number(c), scanner.Good, "handed_over", "C"},
		{"typed in lower case", scanner.Bench, "1z999aa10123456784", scanner.Good, "checked", "UPS"},
		{"not printed yet", scanner.Bench, number(queued), scanner.Bad, "never_printed", "Q"},
		{"voided", scanner.Dock, number(voided), scanner.Bad, "voided", "V"},
		{"another desk's number", scanner.Bench, "1Z999AA10123456785", scanner.Bad, "unknown", ""},
		{"no number at all", scanner.Bench, "4006381333931", scanner.Bad, "unknown", ""},
		{"longer than is kept", scanner.Bench, strings.Repeat("x", 9000), scanner.Bad, "unknown", ""},
	}
	for _, tt := range tests { // one after the other: each scan changes the next
		res := r.scan(t, tt.role, tt.raw)
		if res.Signal != tt.signal || res.Code != tt.code || res.Order != tt.order || res.Message == "" {
			t.Errorf("%s: %+v, want %v %s of order %q", tt.name, res, tt.signal, tt.code, tt.order)
		}
		o, err := r.Overview(t.Context(), 10)
		if err != nil || o.Told.Message != res.Message || (o.Told.Tone == desk.Good) != (tt.signal == scanner.Good) {
			t.Errorf("%s: the page says %+v, error %v", tt.name, o.Told, err)
		}
	}
	want := []shipment.EventType{"order.accepted", "carrier.assigned", "tracking.assigned", "label.printed", "parcel.scanned", "scan.accepted", "parcel.handed_over", "scan.accepted"}
	if diff := cmp.Diff(want, r.events(t, "A")); diff != "" {
		t.Errorf("events of A (-want +got):\n%s", diff)
	}
	if n := r.count(t, shipment.ScanRefusedType); n != 5 {
		t.Errorf("%d scans told as refused, want 5", n)
	}
	if n := r.count(t, shipment.HandoffOpenedType); n != 1 {
		t.Errorf("%d pick-ups opened for one carrier", n)
	}
}

// TestAStrangersScanIsNamed holds that a packer is told what the scan was, where
// that can be told.
func TestAStrangersScanIsNamed(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	for raw, want := range map[string]string{
		"]E04006381333931":                     "the barcode of a product, no tracking number",
		"4006381333931":                        "the barcode of a product, it seems",
		"10614141000415":                       "the barcode of a product, it seems",
		"2125551234":                           "a phone number, it seems",
		"576461413038785752":                   "an order number, it seems",
		"1Z999AA10123456784":                   "looks like a number of UPS, but no parcel",
		"1Z999AA10123456785":                   "looks like a number of UPS, but no parcel",
		"shelf 4":                              "is no parcel of this desk",
		"]Q1WB1/5764/1Z999AA10123456784":       "another warehouse's, it seems",
		"WB1/5764":                             "is not one; scan again",
		"01890a5d-ac96-774b-bcce-b302099a8057": "a hand-off manifest, it seems",
		"]Q1https://example.com/track":         "a web address",
		"]C110LOT":                             "(10) must not stand without (01)",
		"]C1\x1d10LOT":                         "Scan again",
		"WBC:explode":                          "no control barcode",
	} {
		code := "unknown"
		if strings.Contains(want, "warehouse") {
			code = "other_warehouse"
		}
		if res := r.scan(t, scanner.Bench, raw); res.Code != code || !strings.Contains(res.Message, want) {
			t.Errorf("%s: %+v, want %q", raw, res, want)
		}
	}
}

func TestADamagedScanIsNoScan(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.stock(t, ground)
	s := r.print(t, "A")
	before := len(r.events(t, "A"))
	res, err := r.Scan(t.Context(), scanner.Scan{Role: scanner.Dock, Raw: []byte(s.Parcels[0].TrackingNumber), Bad: "bytes outside a packet"})
	if err != nil || res.Signal != scanner.Bad || res.Code != "damaged" || !strings.Contains(res.Message, "Scan again") {
		t.Errorf("%+v, error %v", res, err)
	}
	if r.state(t, "A").Stage() != agent.Printed || len(r.events(t, "A")) != before {
		t.Error("a damaged scan moved something")
	}
	if n := r.count(t, shipment.ScanRefusedType); n != 1 {
		t.Errorf("a damaged scan left %d events, want one with its bytes", n)
	}
}

func TestScanAtTheDockWithoutAutoOpen(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *desk.Options) { o.AutoOpen = false })
	r.stock(t, ground)
	number := string(r.print(t, "A").Parcels[0].TrackingNumber)
	if res := r.scan(t, scanner.Dock, number); res.Signal != scanner.Bad || res.Code != "no_handoff" {
		t.Errorf("without a pick-up: %+v", res)
	}
	if _, err := r.OpenHandoff(t.Context(), "ups"); err != nil {
		t.Fatal(err)
	}
	if res := r.scan(t, scanner.Dock, number); res.Code != "other_carrier" || !strings.Contains(res.Message, "this is a parcel of USPS, and the pick-up here is UPS") {
		t.Errorf("onto another carrier's pick-up: %+v", res)
	}
	h, err := r.OpenHandoff(t.Context(), "usps")
	if err != nil {
		t.Fatal(err)
	}
	if res := r.scan(t, scanner.Dock, number); res.Signal != scanner.Good || r.state(t, "A").Parcels[0].Handoff != h.ID {
		t.Errorf("onto its own: %+v", res)
	}
}

// The good beep is a promise that the scan is on disk.
func TestAScanThatIsNotStoredIsBad(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.stock(t, ground)
	number := string(r.print(t, "A").Parcels[0].TrackingNumber)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	res, err := r.Scan(ctx, scanner.Scan{Role: scanner.Dock, Raw: []byte(number)})
	if err == nil || res.Signal != scanner.Unkept || res.Code != "not_stored" {
		t.Errorf("%+v, error %v", res, err)
	}
	if r.state(t, "A").Stage() != agent.Printed {
		t.Error("it was stored all the same")
	}
	r.journal.Close()
	res, err = r.Scan(t.Context(), scanner.Scan{Role: scanner.Dock, Raw: []byte(number)})
	if err == nil || res.Signal != scanner.Unkept || res.Code != "not_stored" || !strings.Contains(res.Message, "Do not let the parcel go") {
		t.Errorf("%+v, error %v", res, err)
	}
}

// Nobody knows whether the label came out; then a scanner reads it.
func TestAScanAnswersWhatThePrinterCannot(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.stock(t, ground)
	s := r.take(t, order("A"), agent.Accepted)
	p := s.Parcels[0]
	r.move(t, p.Job, printer.Sending, printer.Unconfirmed)
	if res := r.scan(t, scanner.Bench, string(p.TrackingNumber)); res.Signal != scanner.Good {
		t.Fatalf("%+v", res)
	}
	job, err := r.Job(t.Context(), p.Job)
	if err != nil || job.Labels[0].State != printer.Confirmed || job.Labels[0].Evidence != printer.E4 {
		t.Errorf("label %+v, error %v", job.Labels, err)
	}
	if s := r.state(t, "A"); s.Stage() != agent.Checked || s.Parcels[0].Evidence != printer.E4 {
		t.Errorf("stage %s, parcel %+v", s.Stage(), s.Parcels[0])
	}
	if n := r.count(t, shipment.LabelPrintedType); n != 1 {
		t.Errorf("told printed %d times", n)
	}
}

// The hand hears first, once what it hears is kept, and everybody else after it; also
// that nothing could be kept.
func TestTheHandHearsFirst(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	in := scanner.Scan{Scanner: "gun", Role: scanner.Bench, Raw: []byte("no parcel"), At: r.now}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for _, tt := range []struct {
		ctx    context.Context
		signal scanner.Signal
		kept   int
	}{{t.Context(), scanner.Bad, 1}, {gone, scanner.Unkept, 1}} {
		news, end := r.Watch()
		var heard []desk.ScanResult
		res, err := r.ScanTelling(tt.ctx, in, func(res desk.ScanResult) {
			heard = append(heard, res)
			if n := r.count(t, shipment.ScanRefusedType); n != tt.kept || len(news) > 0 {
				t.Errorf("%v: told when %d scans were kept and pages had heard of %d", tt.signal, n, len(news))
			}
		})
		if (err != nil) != (tt.signal == scanner.Unkept) || len(heard) != 1 || heard[0].Signal != tt.signal || heard[0].Message != res.Message {
			t.Errorf("the hand heard %+v, want %v once; the result is %+v, %v", heard, tt.signal, res, err)
		}
		if len(news) != 1 {
			t.Errorf("%v: pages heard of %d scans, want one", tt.signal, len(news))
		}
		end()
	}
}
