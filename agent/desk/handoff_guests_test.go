package desk_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"waybill/agent/desk"
	"waybill/shipment"
	"waybill/sync/journal"
	"waybill/sync/wire"
)

// numbersTold returns which orders' parcels the events of a type give tracking
// numbers for, each event in its order, and checks the numbers.
func (r *rig) numbersTold(t *testing.T, of *rig, types ...shipment.EventType) (orders []string) {
	t.Helper()
	err := r.journal.View(t.Context(), func(tx *journal.ReadTx) error {
		return tx.Events(journal.EventQuery{Types: types}, func(rec wire.Record) error {
			var env wire.Envelope
			if err := json.Unmarshal(rec.Raw, &env); err != nil {
				return err
			}
			var f struct {
				TrackingNumbers map[shipment.ParcelID]shipment.TrackingNumber `json:"tracking_numbers"`
			}
			if err := json.Unmarshal(env.Data, &f); err != nil {
				return err
			}
			words := ""
			for _, id := range []string{"A", "B", "C"} {
				p := of.state(t, id).Parcels[0]
				if n, ok := f.TrackingNumbers[p.ID]; ok {
					words += id
					if n != p.TrackingNumber {
						t.Errorf("parcel %s is told as %s, and is %s", p.ID, n, p.TrackingNumber)
					}
				}
			}
			orders = append(orders, words)
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return orders
}

// TestEventsSayTheNumbersOfGuests holds that each event which lists parcels of
// another station says their numbers, and of its own parcels none.
func TestEventsSayTheNumbersOfGuests(t *testing.T) {
	t.Parallel()
	y, one, two := newDockyard(t, "A", "B", "C")
	h := open(t, one, desk.Opening{Carrier: "usps"})
	one.dock(t, numberOf(t, one, "A"), "handed_over")
	y.meet(t)
	one.dock(t, numberOf(t, one, "B"), "handed_over") // and the hub does not hear of it
	if _, err := two.TakeOverHandoff(t.Context(), y, h.ID, desk.TakingOver{From: "bench-1", By: "Sam"}); err != nil {
		t.Fatal(err)
	}
	y.meet(t)
	closeIt(t, two, h.ID, desk.Closing{LeaveBehind: 1})
	y.meet(t)
	got := map[shipment.EventType][]string{}
	for _, typ := range []shipment.EventType{shipment.HandoffTakenOverType, shipment.HandoffMergedType, shipment.HandoffClosedType} {
		got[typ] = two.numbersTold(t, one, typ)
	}
	want := map[shipment.EventType][]string{shipment.HandoffTakenOverType: {"A"}, shipment.HandoffMergedType: {"A", "B"}, shipment.HandoffClosedType: {"ABC"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("numbers told (-want +got):\n%s", diff)
	}
	if own := one.numbersTold(t, one); strings.Join(own, "") != "" {
		t.Errorf("of its own parcels the first tells %q", own)
	}
}

// TestTakingOverSaysWhatWasScannedTwice holds that a parcel which this station had
// scanned before it learned that the pick-up was elsewhere raises an alarm when it
// takes the pick-up back, and that its events tell of it.
func TestTakingOverSaysWhatWasScannedTwice(t *testing.T) {
	t.Parallel()
	y, one, two := newDockyard(t, "A", "B")
	h := open(t, one, desk.Opening{Carrier: "usps"})
	y.meet(t)
	if _, err := two.TakeOverHandoff(t.Context(), y, h.ID, desk.TakingOver{From: "bench-1", By: "Sam"}); err != nil {
		t.Fatal(err)
	}
	one.dock(t, numberOf(t, one, "A"), "handed_over") // and the hub does not hear of it
	if err := one.MeetHub(t.Context(), y); err != nil {
		t.Fatal(err)
	}
	two.dock(t, numberOf(t, one, "A"), "handed_over")
	two.dock(t, numberOf(t, one, "B"), "handed_over")
	y.send(t, two)
	if s, err := one.TakeOverHandoff(t.Context(), y, h.ID, desk.TakingOver{From: "dock-2", By: "Kim"}); err != nil || s.Count != 2 || s.Conflicts != 1 {
		t.Fatalf("%+v, error %v", s, err)
	}
	if day, err := one.CloseOut(t.Context(), one.now); err != nil || len(day.Alarms) != 1 || !strings.Contains(day.Alarms[0].Message, "parcel A-1 was scanned here and at another station") {
		t.Errorf("alarms are %+v, error %v", day.Alarms, err)
	}
	if n := one.count(t, shipment.HandoffMergedType); n != 1 {
		t.Errorf("told by %d events", n)
	}
	y.meet(t)
	if n := one.count(t, shipment.HandoffMergedType); n != 1 {
		t.Errorf("told again: %d events", n)
	}
}

// TestParcelsOfOneIDAreToldApart holds that an order of another station with the
// ID of one of this station's own stays another's, by its number.
func TestParcelsOfOneIDAreToldApart(t *testing.T) {
	t.Parallel()
	y, one, two := newDockyard(t, "A", "B")
	h := open(t, one, desk.Opening{Carrier: "usps"})
	one.dock(t, numberOf(t, one, "A"), "handed_over")
	y.meet(t)
	two.stock(t, ground)
	two.print(t, "A")
	if _, err := two.TakeOverHandoff(t.Context(), y, h.ID, desk.TakingOver{From: "bench-1", By: "Sam"}); err != nil {
		t.Fatal(err)
	}
	if p := two.state(t, "A").Parcels[0]; !p.HandedOver.IsZero() {
		t.Errorf("the other's scan has taken its own parcel away: %+v", p)
	}
	two.dock(t, numberOf(t, one, "A"), "already_handed_over")
	two.dock(t, numberOf(t, two, "A"), "handed_over")
	two.dock(t, numberOf(t, one, "B"), "handed_over")
	m := two.handoff(t, h.ID)
	if diff := cmp.Diff([]string{"A", "A", "B"}, ordersOn(m.Entries)); diff != "" || len(m.Conflicts) != 0 {
		t.Fatalf("on it (-want +got):\n%s\nconflicts %+v", diff, m.Conflicts)
	}
	if _, _, err := two.UndoHandoff(t.Context(), desk.Once{}, h.ID, desk.Undoing{Number: numberOf(t, two, "A")}); err != nil {
		t.Fatal(err)
	}
	closeIt(t, two, h.ID, desk.Closing{LeaveBehind: 1})
	before := two.handoff(t, h.ID)
	two.lose(t)
	if p := two.state(t, "A").Parcels[0]; !p.HandedOver.IsZero() {
		t.Errorf("after its disk was lost its own parcel has left: %+v", p)
	}
	if diff := cmp.Diff(ordersOn(before.Entries), ordersOn(two.handoff(t, h.ID).Entries)); diff != "" {
		t.Errorf("on the manifest (-was +rebuilt):\n%s", diff)
	}
	two.dock(t, numberOf(t, one, "B"), "already_handed_over") // it is known as before
}
