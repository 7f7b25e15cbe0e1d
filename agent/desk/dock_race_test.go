package desk_test

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"waybill/agent"
	"waybill/agent/desk"
	"waybill/internal/fault"
	"waybill/scanner"
	"waybill/shipment"
)

// TestTwoScannersNeverCountTwice races scanners, an undoer and a restart over
// the same parcels: each parcel is on one pick-up at most, the counts are those
// of the entries, and the journal's events tell the same.
func TestTwoScannersNeverCountTwice(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil) // one for all tries: opening a journal costs more than a try
	if err := r.Refill(t.Context(), r.hub, "bench-1", []desk.Pool{ground}, 1000); err != nil {
		t.Fatal(err)
	}
	made := 0
	rapid.Check(t, func(rt *rapid.T) {
		h := open(t, r, desk.Opening{Carrier: "usps"})
		orders := make([]string, rapid.IntRange(1, 4).Draw(rt, "parcels"))
		numbers := make([]string, len(orders))
		for i := range orders {
			made++
			orders[i] = fmt.Sprint("O", made)
			numbers[i] = number(r.print(t, orders[i]))
		}
		for range rapid.IntRange(1, 2).Draw(rt, "rounds") {
			race(t, rt, r, h.ID, numbers)
			if rapid.IntRange(0, 9).Draw(rt, "crash") == 0 {
				r.start(t)
			}
		}
		holdsTogether(t, r, h.ID, orders)
		closeIt(t, r, h.ID, desk.Closing{LeaveBehind: liveOf(t, r, h.ID).MissingCount})
		holdsTogether(t, r, h.ID, orders)
		for _, id := range orders { // what was left behind is not the next try's
			if r.state(t, id).Stage() == agent.HandedOver {
				continue
			}
			if _, err := r.Void(t.Context(), shipment.OrderID(id), "end of the try"); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// race has two scanners and somebody who undoes at work at once.
func race(t *testing.T, rt *rapid.T, r *rig, id string, numbers []string) {
	var wg sync.WaitGroup
	for _, gun := range []string{"left", "right"} {
		scans := rapid.SliceOfN(rapid.SampledFrom(numbers), 0, 8).Draw(rt, gun)
		wg.Go(func() {
			for _, n := range scans {
				if _, err := r.Scan(context.Background(), scanner.Scan{Scanner: gun, Role: scanner.Dock, Raw: []byte(n)}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	undos := rapid.IntRange(0, 3).Draw(rt, "undos")
	wg.Go(func() {
		for range undos {
			if _, _, err := r.UndoHandoff(context.Background(), desk.Once{}, id, desk.Undoing{}); err != nil && !fault.Is(err, fault.Conflict) {
				t.Error(err)
			}
		}
	})
	wg.Wait()
}

// holdsTogether holds that a pick-up's count, its entries, the orders and the
// events of the journal are the same story.
func holdsTogether(t testing.TB, r *rig, id string, orders []string) {
	t.Helper()
	session, entries, err := r.Handoff(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	on := map[shipment.ParcelID]int{}
	for _, e := range entries {
		on[e.Parcel]++
	}
	told := map[shipment.ParcelID]int{} // by the events: handed over minus taken back
	for _, f := range facts(t, r) {
		switch f := f.(type) {
		case *shipment.ParcelHandedOver:
			if f.Handoff == id {
				told[f.Parcel]++
			}
		case *shipment.ParcelTakenBack:
			if f.Handoff == id {
				told[f.Parcel]--
			}
		}
	}
	maps.DeleteFunc(told, func(_ shipment.ParcelID, n int) bool { return n == 0 })
	if diff := cmp.Diff(told, on); diff != "" {
		t.Errorf("journal and pick-up differ (-journal +pick-up):\n%s", diff)
	}
	for p, n := range on {
		if n != 1 {
			t.Errorf("parcel %s counts %d times", p, n)
		}
	}
	if session.Count != len(entries) {
		t.Errorf("count %d, entries %d", session.Count, len(entries))
	}
	if live := liveOf(t, r, id); live.Expected != len(orders) || live.MissingCount != len(orders)-len(entries) {
		t.Errorf("expected %d, missing %d of %d parcels with %d on it", live.Expected, live.MissingCount, len(orders), len(entries))
	}
	for _, id := range orders {
		s := r.state(t, id)
		if left := s.Stage() == agent.HandedOver; left != (on[s.Parcels[0].ID] == 1) {
			t.Errorf("order %s is %s, on the pick-up %d times", s.Order.ID, s.Stage(), on[s.Parcels[0].ID])
		}
	}
}
