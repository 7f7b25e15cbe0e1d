package desk_test

import (
	"database/sql"
	"testing"
	"time"

	"waybill/agent"
	"waybill/agent/desk"
	"waybill/sync/journal"
)

// An order whose state went with a damaged journal is not printed a second time.
func TestAnOrderWhoseStateWasLost(t *testing.T) {
	r := newRig(t, nil)
	r.stock(t, ground)
	r.print(t, "A")
	r.print(t, "B")
	if err := r.journal.Close(); err != nil {
		t.Fatal(err)
	}
	// The document goes, as with a page that cannot be read, and an event is damaged.
	db, err := sql.Open("sqlite", r.path)
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []string{
		"DELETE FROM keys WHERE kind = 'order' AND id = 'A'", "DELETE FROM docs WHERE kind = 'order' AND id = 'A'",
		"UPDATE events SET raw = x'00' WHERE subject = 'B' AND type = 'tracking.assigned'",
	} {
		if _, err := db.ExecContext(t.Context(), step); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	j, s, err := journal.OpenSalvaging(t.Context(), journal.Options{Path: r.path, Station: "bench-1", Location: time.UTC, Now: func() time.Time { return r.now }})
	if err != nil || s == nil || len(s.Missing) != 1 {
		t.Fatalf("%+v, %v", s, err)
	}
	r.journal, r.options.Journal = j, j
	r.Desk = desk.New(r.options)
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
