package journal_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"waybill/internal/fault"
	"waybill/shipment"
	"waybill/sync/journal"
	"waybill/sync/wire"
)

func ids(recs []wire.Record) []string {
	var out []string
	for _, r := range recs {
		out = append(out, r.ID)
	}
	return out
}

func TestWalkStaysWithinItsBounds(t *testing.T) {
	j := mustOpen(t, options(t))
	if err := j.Update(t.Context(), func(tx *journal.Tx) error {
		for i, subject := range []string{"a", "b", "a", "", "a", "b"} {
			e := event(string(rune('1'+i)), subject)
			if i == 4 {
				e.Type = shipment.LabelVoidedType
			}
			if err := tx.Append(e); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	at := func(n int64) wire.Position { return wire.Position{Epoch: 1, Sequence: n} }
	for _, tt := range []struct {
		name        string
		subject     shipment.OrderID
		types       []shipment.EventType
		after, upTo wire.Position
		want        []string
	}{
		{"all", "", nil, wire.Position{}, wire.Position{}, []string{"1", "2", "3", "4", "5", "6"}},
		{"of one", "a", nil, wire.Position{}, wire.Position{}, []string{"1", "3", "5"}},
		{"of one, within", "a", nil, at(1), at(4), []string{"3"}},
		{"the bound itself", "", nil, at(2), at(3), []string{"3"}},
		{"by type", "", []shipment.EventType{shipment.LabelVoidedType}, at(0), at(6), []string{"5"}},
		{"nothing between", "a", nil, at(3), at(3), nil},
	} {
		var got []wire.Record
		if err := j.Walk(t.Context(), tt.subject, tt.types, tt.after, tt.upTo, func(rec wire.Record) error {
			got = append(got, rec)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tt.want, ids(got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
	if last, err := j.LastOf(t.Context(), 1); last != 6 || err != nil {
		t.Errorf("last of epoch 1: %d %v", last, err)
	}
	if last, err := j.LastOf(t.Context(), 2); last != 0 || err != nil {
		t.Errorf("last of epoch 2: %d %v", last, err)
	}
}

func TestRewindSendsWhatWasParkedOnceMore(t *testing.T) {
	o := options(t)
	j := mustOpen(t, o)
	appendEvents(t, j, "e1", "e2", "e3", "e4")
	at := func(n int64) wire.Position { return wire.Position{Epoch: 1, Sequence: n} }
	no := func(id string) wire.Result { return wire.Result{ID: id, Status: wire.Rejected, Reason: "bad"} }
	if err := j.SetCursor(t.Context(), "hub", at(4), no("e1"), no("e3")); err != nil {
		t.Fatal(err)
	}
	if err := j.Rewind(t.Context(), "hub", at(2)); err != nil {
		t.Fatal(err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	j = mustOpen(t, o) // it is durable
	if pos, parked, err := j.Cursor(t.Context(), "hub"); pos.Sequence != 2 || parked != 1 || err != nil {
		t.Errorf("cursor %+v, %d parked, %v", pos, parked, err)
	}
	if recs, err := j.ParkedRecords(t.Context(), "hub"); err != nil || !cmp.Equal([]string{"e1"}, ids(recs)) {
		t.Errorf("parked %v %v", ids(recs), err)
	}
	// e3 is refused again, and parked again.
	if err := j.SetCursor(t.Context(), "hub", at(4), no("e3")); err != nil {
		t.Error(err)
	}
	if err := j.Rewind(t.Context(), "hub", wire.Position{Epoch: 2}); !fault.Is(err, fault.Conflict) {
		t.Errorf("forward: %v", err)
	}
	if err := j.Rewind(t.Context(), "hub", at(0)); err != nil {
		t.Fatal(err)
	}
	if recs, err := j.ParkedRecords(t.Context(), "hub"); err != nil || len(recs) != 0 {
		t.Errorf("parked %v %v", ids(recs), err)
	}
}

func TestParkedEventsAreReconsidered(t *testing.T) {
	j := mustOpen(t, options(t))
	appendEvents(t, j, "e1", "e2", "e3")
	var refused []wire.Result
	for _, id := range []string{"e1", "e2", "e3"} {
		refused = append(refused, wire.Result{ID: id, Status: wire.Rejected, Reason: "bad"})
	}
	if err := j.SetCursor(t.Context(), "hub", wire.Position{Epoch: 1, Sequence: 3}, refused...); err != nil {
		t.Fatal(err)
	}
	if err := j.SetCursor(t.Context(), "other", wire.Position{Epoch: 1, Sequence: 1}, refused[0]); err != nil {
		t.Fatal(err)
	}
	if err := j.Reconsider(t.Context(), "hub",
		wire.Result{ID: "e1", Status: wire.Accepted}, wire.Result{ID: "e2", Status: wire.Rejected, Reason: "worse"},
		wire.Result{ID: "nobody", Status: wire.Accepted}); err != nil {
		t.Fatal(err)
	}
	parked, err := j.Parked(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range parked {
		got = append(got, p.Upstream+" "+p.ID+" "+p.Reason)
	}
	if diff := cmp.Diff([]string{"other e1 bad", "hub e2 worse", "hub e3 bad"}, got); diff != "" {
		t.Error(diff)
	}
}
