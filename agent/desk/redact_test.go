package desk_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"waybill/agent"
	"waybill/agent/intake"
	"waybill/printer"
	"waybill/scanner"
	"waybill/shipment"
	"waybill/sync/journal"
)

// What is done loses its names, and what somebody works on keeps them.
func TestRedact(t *testing.T) {
	r := newRig(t, nil)
	r.stock(t, ground)
	take := func(id string) agent.State {
		o := order(id)
		o.ShipTo.Name, o.Buyer.Email = "Zoe Secret "+id, "secret-"+id+"@example.com"
		return r.take(t, o, agent.Accepted)
	}
	gone, waiting, void := take("gone"), take("waiting"), take("void")
	for _, s := range []agent.State{gone, waiting} {
		r.move(t, s.Parcels[0].Job, printer.Sending, printer.Sent, printer.Confirmed)
	}
	number := string(gone.Parcels[0].TrackingNumber)
	r.scan(t, scanner.Bench, number)
	r.scan(t, scanner.Dock, number)
	if _, err := r.VoidFor(t.Context(), void.Order.ID, "cancelled", "the buyer asked for it"); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Take(t.Context(), intake.Document{Name: "bad.json", SHA256: "ab", Entries: []intake.Entry{{Problems: shipment.Problems{{Code: "syntax", Message: "Zoe Secret is no order"}}}}}); err != nil {
		t.Fatal(err)
	}
	names := func() (n int) {
		t.Helper()
		for _, kind := range []journal.Kind{"order", "refusal"} {
			if err := r.journal.View(t.Context(), func(tx *journal.ReadTx) error {
				return tx.List(kind, journal.Query{}, func(_ string, raw []byte) error {
					if strings.Contains(strings.ToLower(string(raw)), "secret") {
						n++
					}
					return nil
				})
			}); err != nil {
				t.Fatal(err)
			}
		}
		return n
	}
	if n := names(); n != 4 {
		t.Fatalf("%d documents with a name to begin with", n)
	}
	taken := r.now
	r.now = r.now.AddDate(0, 0, 70)
	all := func(before time.Time) (n int) {
		t.Helper()
		for {
			s, err := r.Redact(t.Context(), before, 2)
			if err != nil {
				t.Fatal(err)
			}
			if n += s.Events; !s.More {
				return n
			}
		}
	}
	if n := all(taken.Add(-time.Hour)); n != 0 {
		t.Errorf("redacted %d before their time", n)
	}
	if n := all(r.now.AddDate(0, 0, -60)); n != 2+2+1 { // orders, printed labels, the refusal; the voided label's job was cancelled
		t.Logf("redacted %d documents", n)
	}
	if n := all(r.now.AddDate(0, 0, -60)); n != 0 {
		t.Errorf("redacted %d once more", n)
	}
	if n := names(); n != 1 {
		t.Errorf("%d documents have a name, want that of the order nobody has fetched", n)
	}
	for _, id := range []string{"gone", "void"} {
		s := r.state(t, id)
		if s.Order.ShipTo.Country != "US" || s.Redacted.IsZero() || s.Order.ShipTo.Name != "" || s.Order.Items[0].SKU != "S" {
			t.Errorf("%+v", s.Order)
		}
	}
	if s := r.state(t, "gone"); s.Stage() != agent.HandedOver || s.Parcels[0].TrackingNumber != gone.Parcels[0].TrackingNumber {
		t.Errorf("%+v", s)
	}
	// The number is still known, and the order is not taken twice.
	if a := r.scan(t, scanner.Dock, number); a.Signal == scanner.Good && a.Code == "" {
		t.Errorf("%+v", a)
	}
	o := order("gone")
	o.ShipTo.Name, o.Buyer.Email = "Zoe Secret gone", "secret-gone@example.com"
	if _, taken, err := r.TakeOrder(t.Context(), "a.json", o); err != nil || taken != agent.AlreadyTaken {
		t.Errorf("sent again: %s, %v", taken, err)
	}
	if err := r.journal.View(t.Context(), func(tx *journal.ReadTx) error {
		for _, s := range []agent.State{gone, waiting} {
			var content []byte
			found, err := tx.Get("job_content", string(s.Parcels[0].Job), &content)
			if err != nil || !found || len(content) != 0 {
				return fmt.Errorf("label of %s: %v, %q, %w", s.Order.ID, found, content, err)
			}
			var job json.RawMessage
			if found, err := tx.Get("job", string(s.Parcels[0].Job), &job); err != nil || !found {
				return fmt.Errorf("job of %s: %v, %w", s.Order.ID, found, err)
			}
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
}
