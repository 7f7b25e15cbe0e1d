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
	"waybill/sync/wire"
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

// TestTypedReasonsAreForgotten holds that what people typed when they took an order or
// a label back goes with the rest of what is known of persons, from the documents and
// from the events, that the chain holds, and that the order is void as before.
func TestTypedReasonsAreForgotten(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.stock(t, ground)
	void := r.print(t, "void")
	r.print(t, "back")
	r.take(t, order("queued"), agent.Accepted)
	if _, err := r.Reprint(t.Context(), "back", 1, "Zoe Secret spilled tea"); err != nil {
		t.Fatal(err)
	}
	back := r.state(t, "back")
	if _, err := r.CancelJob(t.Context(), back.Parcels[0].Job, "Zoe Secret has it"); err != nil {
		t.Fatal(err)
	}
	for id, why := range map[string]string{"void": "Zoe Secret moved", "back": "Zoe Secret again"} {
		if _, err := r.VoidFor(t.Context(), shipment.OrderID(id), agent.AddressChanged, why); err != nil {
			t.Fatal(err)
		}
	}
	secret := func() (found []string) {
		t.Helper()
		for _, kind := range []journal.Kind{"order", "job", "waiting"} {
			for id, raw := range r.docs(t, kind) {
				if strings.Contains(raw, "Secret") {
					found = append(found, string(kind)+" "+id)
				}
			}
		}
		recs, err := r.journal.After(t.Context(), wire.Position{}, 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, rec := range recs {
			if strings.Contains(string(rec.Raw), "Secret") {
				found = append(found, string(rec.Type))
			}
		}
		return found
	}
	if n := len(secret()); n != 7 { // two orders, a job, two events of voiding, one of printing again and one of taking that back
		t.Fatalf("%d places have a name to begin with: %v", n, secret())
	}
	head, err := r.journal.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := r.journal.SetCursor(t.Context(), "hub", head); err != nil {
		t.Fatal(err)
	}
	r.now = r.now.AddDate(0, 0, 70)
	for _, step := range []func() (journal.Progress, error){
		func() (journal.Progress, error) { return r.Redact(t.Context(), r.now.AddDate(0, 0, -60), 2) },
		func() (journal.Progress, error) {
			return r.journal.Purge(t.Context(), r.now.AddDate(0, 0, -60), 2, shipment.Redact)
		},
	} {
		for more := true; more; {
			p, err := step()
			if err != nil {
				t.Fatal(err)
			}
			more = p.More
		}
	}
	if left := secret(); len(left) > 0 {
		t.Errorf("still in %v", left)
	}
	if rep, err := r.journal.Verify(t.Context()); err != nil || !rep.Whole || rep.Purged == 0 {
		t.Errorf("verify: %+v, %v", rep, err)
	}
	if s := r.state(t, "void"); s.Stage() != agent.Voided || s.VoidCode != agent.AddressChanged {
		t.Errorf("it is %s, %q, %q", s.Stage(), s.Void, s.VoidCode)
	}
	if a := r.scan(t, scanner.Dock, string(void.Parcels[0].TrackingNumber)); a.Code != agent.AddressChanged || !strings.Contains(a.Message, agent.Forgotten) {
		t.Errorf("a scan of it says %+v", a)
	}
}
