package desk_test

import (
	"database/sql"
	"testing"
	"time"

	"waybill/agent"
	"waybill/agent/desk"
	"waybill/sync/journal"
	"waybill/sync/wire"
)

// harm damages the journal: a document goes, as with a page that cannot be read, and
// an event of another order is no event. The station starts with what is salvaged.
func (r *rig) harm(t *testing.T, kind, id, damaged string) {
	t.Helper()
	if err := r.journal.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", r.path)
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		query string
		args  []any
	}{
		{"DELETE FROM keys WHERE kind = ? AND id = ?", []any{kind, id}},
		{"DELETE FROM docs WHERE kind = ? AND id = ?", []any{kind, id}},
		{"UPDATE events SET raw = x'00' WHERE subject = ? AND type = 'tracking.assigned'", []any{damaged}},
	} {
		if _, err := db.ExecContext(t.Context(), step.query, step.args...); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	j, s, err := journal.OpenSalvaging(t.Context(), journal.Options{
		Path: r.path, Station: "bench-1", Location: time.UTC, Now: func() time.Time { return r.now }, Perishable: desk.PerishableKinds(),
	})
	if err != nil || s == nil || len(s.Missing) != 1 {
		t.Fatalf("%+v, %v", s, err)
	}
	r.journal, r.options.Journal = j, j
	r.Desk = desk.New(r.options)
}

// An order whose state went with a damaged journal is not printed a second time.
func TestAnOrderWhoseStateWasLost(t *testing.T) {
	r := newRig(t, nil)
	r.stock(t, ground)
	r.print(t, "A")
	r.print(t, "B")
	r.harm(t, "order", "A", "B")
	for _, from := range []string{"a.json", "a.json", "b.json"} {
		got, taken, err := r.TakeOrder(t.Context(), from, order("A"))
		if err != nil || taken != agent.Rejected || got.Why == nil || got.Why.Code != "order_lost" {
			t.Errorf("%s, %+v, %v", taken, got.Why, err)
		}
	}
	if _, taken, err := r.TakeOrder(t.Context(), "a.json", order("B")); err != nil || taken != agent.AlreadyTaken {
		t.Errorf("an order that was not lost: %s, %v", taken, err)
	}
	r.stock(t, ground)
	r.take(t, order("C"), agent.Accepted)
}

// TestAWordOfTheHubWasLost loses a cancellation with a damaged journal, of an order
// that has not come yet. The hub's list is read again from its beginning, and a hold
// that the hub has lost meanwhile, and the station has not, is not lifted by it.
func TestAWordOfTheHubWasLost(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.stock(t, ground)
	r.print(t, "B")
	r.told(t, 1, "C", wire.ActionCancel)
	r.told(t, 2, "H", wire.ActionRelease)
	r.told(t, 3, "H", wire.ActionHold)
	r.harm(t, "hub_instruction", "C", "B")
	if last, found, err := r.HeardInstruction(t.Context()); found || err != nil {
		t.Fatalf("the station goes on after %+v, and has not all before it: %v", last, err)
	}
	err := r.Instruct(t.Context(), []wire.Instruction{
		{Sequence: 1, Order: "C", Action: wire.ActionCancel, At: wire.Timestamp(morning.Add(time.Second))},
		{Sequence: 2, Order: "H", Action: wire.ActionRelease, At: wire.Timestamp(morning.Add(2 * time.Second))},
	})
	if err != nil {
		t.Fatal(err)
	}
	r.stock(t, ground)
	if s := r.take(t, order("C"), agent.Rejected); s.Why.Code != agent.Cancelled {
		t.Errorf("cancelled: %+v", s.Why)
	}
	if s := r.take(t, order("H"), agent.Accepted); s.Stop == nil {
		t.Errorf("the hold was lifted, and it is %s", s.Stage())
	}
}
