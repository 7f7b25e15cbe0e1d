package desk_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"waybill/agent/desk"
	"waybill/sync/journal"
)

// redactAll takes out all that is older than age.
func (r *rig) redactAll(t *testing.T, age time.Duration) {
	t.Helper()
	for more := true; more; {
		p, err := r.Redact(t.Context(), r.now.Add(-age), 1)
		if err != nil {
			t.Fatal(err)
		}
		more = p.More
	}
}

// naming returns the documents of the dock that say a consignee's name.
func (r *rig) naming(t *testing.T) (ids []string) {
	t.Helper()
	if err := r.journal.View(t.Context(), func(tx *journal.ReadTx) error {
		for _, kind := range []journal.Kind{"waiting", "handoff_left"} {
			if err := tx.List(kind, journal.Query{}, func(id string, raw []byte) error {
				if strings.Contains(string(raw), `"Zoe"`) {
					ids = append(ids, id)
				}
				return nil
			}); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	slices.Sort(ids)
	return ids
}

// TestParcelsOfOtherStationsAreForgotten holds that for whom parcels of other stations
// are goes once they have left here or were left behind, and that what waits is not
// touched and what has left is still known.
func TestParcelsOfOtherStationsAreForgotten(t *testing.T) {
	t.Parallel()
	y, one, two := newDockyard(t, "left", "behind")
	if err := two.journal.Update(t.Context(), func(tx *journal.Tx) error {
		return tx.Put("handoff_left", "garbled", map[string]string{"to": "no list"}, journal.Index{})
	}); err != nil {
		t.Fatal(err)
	}
	s := open(t, one, desk.Opening{Carrier: "usps", By: "Ana"})
	y.meet(t)
	if _, err := two.TakeOverHandoff(t.Context(), y, s.ID, desk.TakingOver{From: "bench-1", By: "Sam"}); err != nil {
		t.Fatal(err)
	}
	y.meet(t)
	left := numberOf(t, one, "left")
	two.dock(t, left, "handed_over")
	at := two.now
	two.now = at.AddDate(0, 0, 70)
	two.redactAll(t, 60*24*time.Hour)
	guest := func(id string) string { return "guest:bench-1/" + id + "-1/" + string(numberOf(t, one, id)) }
	if got := two.naming(t); !slices.Equal(got, []string{guest("behind")}) {
		t.Errorf("while the pick-up is open, %q have a name, want what waits", got)
	}
	two.now = at
	closeIt(t, two, s.ID, desk.Closing{By: "Sam", LeaveBehind: 1})
	if got := two.naming(t); !slices.Equal(got, []string{s.ID, guest("behind")}) {
		t.Errorf("after the closing %q have a name", got)
	}
	two.redactAll(t, time.Hour)
	if got := two.naming(t); len(got) != 2 {
		t.Errorf("before their time all but %q have lost it", got)
	}
	two.now = at.AddDate(0, 0, 70)
	two.redactAll(t, 60*24*time.Hour)
	if got := two.naming(t); len(got) != 0 {
		t.Errorf("%q still have a name", got)
	}
	two.dock(t, left, "already_handed_over")
	if m := two.handoff(t, s.ID); len(m.Left) != 1 || m.Left[0].TrackingNumber != numberOf(t, one, "behind") {
		t.Errorf("left behind are %+v", m.Left)
	}
}

// TestGuestsOfBeforeAreForgotten holds that those are found that were kept before they
// had a state of their own.
func TestGuestsOfBeforeAreForgotten(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	if err := r.journal.Update(t.Context(), func(tx *journal.Tx) error {
		guest := map[string]any{"parcel": "A-1", "order": "A", "tracking_number": "N", "station": "bench-9", "to": "Zoe", "handoff": "h", "seen": morning}
		return tx.Put("waiting", "guest:bench-9/A-1/N", guest, journal.Index{State: "gone", Keys: []string{"number:N"}})
	}); err != nil {
		t.Fatal(err)
	}
	if err := r.Expect(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.now = r.now.AddDate(0, 0, 70)
	r.redactAll(t, 60*24*time.Hour)
	if got := r.naming(t); len(got) != 0 {
		t.Errorf("%q still have a name", got)
	}
}
