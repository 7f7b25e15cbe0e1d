package desk_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"waybill/agent"
	"waybill/agent/desk"
	"waybill/shipment"
	"waybill/sync/journal"
	"waybill/sync/wire"
	"waybill/tracking"
)

// join has a further station join the yard, which asks the hub.
func (y *dockyard) join(t *testing.T, name shipment.StationID) *rig {
	t.Helper()
	r := y.another(t, y.rigs[0], name)
	r.options.AskHub = true
	r.start(t)
	y.rigs = append(y.rigs, r)
	return r
}

// A forgetful hub knows nothing any more of who took parcels over.
type forgetful struct{ *dockyard }

func (f forgetful) ParcelNews(ctx context.Context, station shipment.StationID, _ wire.NewsQuestion) (wire.Parcels, error) {
	list, err := f.MovedParcels(ctx, station)
	for i, p := range list {
		list[i] = wire.Parcel{HandoffParcel: wire.HandoffParcel{TrackingNumber: p.TrackingNumber, Code: wire.CodeUnknown, Stop: "The hub has heard of no parcel."}}
	}
	return wire.Parcels{Parcels: list}, err
}

func (f forgetful) Parcel(ctx context.Context, n shipment.TrackingNumber) (wire.Parcel, error) {
	p, err := f.dockyard.Parcel(ctx, n)
	p.Holder, p.Takeovers = p.Station, nil
	return p, err
}

// TestAMovedNumberThatIsAmbiguousStopsNothingElse holds that the station which took the
// parcel over lives and refuses it, and that its own station still knows where it is; so
// with a hub that has lost all it knew.
func TestAMovedNumberThatIsAmbiguousStopsNothingElse(t *testing.T) {
	t.Parallel()
	y, one, two := newStrangers(t, "A", "B")
	a, b := numberOf(t, one, "A"), numberOf(t, one, "B")
	y.takeParcels(t, "bench-1", two, a, b)
	two.dock(t, b, "handed_over")
	y.learn(t)
	before, merged := []agent.State{one.state(t, "A"), one.state(t, "B")}, one.count(t, shipment.ParcelMergedType)
	same := func(when string) {
		t.Helper()
		if diff := cmp.Diff(before, []agent.State{one.state(t, "A"), one.state(t, "B")}); diff != "" {
			t.Errorf("%s, its own station (-knew +knows):\n%s", when, diff)
		}
		if n := one.count(t, shipment.ParcelMergedType); n != merged {
			t.Errorf("%s it told %d times that one was handed over, want %d", when, n, merged)
		}
		two.dock(t, b, "already_handed_over")
	}
	for r, err := range map[*rig]error{
		one: one.MeetParcels(t.Context(), forgetful{y}), two: two.MeetParcels(t.Context(), forgetful{y}),
	} {
		if err != nil {
			t.Errorf("%s: %v", r.journal.Station(), err)
		}
	}
	same("at a hub that forgot")
	if got := two.dock(t, a, wire.CodeUnknown); !strings.Contains(got, "has heard of no parcel") {
		t.Errorf("who took it over says %q", got)
	}

	three := y.join(t, "bench-2") // where somebody imports the file again
	for id, n := range map[string]shipment.TrackingNumber{"A": a, "B": b} {
		again := order(id)
		again.TrackingNumber = n
		three.take(t, again, agent.Accepted)
	}
	y.learn(t)
	two.start(t)
	y.learn(t)
	same("ambiguous")
	if got := two.dock(t, a, wire.CodeAmbiguous); !strings.Contains(got, "bear this number") {
		t.Errorf("who took it over says %q", got)
	}
}

// TestAParcelThatComesBackIsKept holds that a station which died between the hub's
// answer and its own journal has its parcel all the same, and that it says so where the
// hub has forgotten who took it over.
func TestAParcelThatComesBackIsKept(t *testing.T) {
	t.Parallel()
	y, one, two := newStrangers(t, "A")
	a := numberOf(t, one, "A")
	one.options.AskHub = true
	one.start(t)
	y.takeParcels(t, "bench-1", two, a)
	y.learn(t)
	one.dock(t, a, "parcel_taken_over")
	if got := one.answered(t, forgetful{y}); got.Word != "Stop" || !strings.Contains(got.Message, "taken over by station dock-2") {
		t.Errorf("told is %+v", got)
	}
	if _, err := y.TakeOverParcel(t.Context(), a, wire.TakeoverRequest{Key: "k", Station: "bench-1", From: "dock-2"}); err != nil {
		t.Fatal(err)
	}
	one.dock(t, a, "parcel_taken_over")
	if got := one.answered(t, y); got.Word != "Scan it again" {
		t.Errorf("told is %+v", got)
	}
	one.dock(t, a, "handed_over")
}

// TestAParcelThatWasToStayIsToldAtBoth holds that its own station and who handed it
// over are told once, also where it has another label by now.
func TestAParcelThatWasToStayIsToldAtBoth(t *testing.T) {
	t.Parallel()
	stop := func(t *testing.T, one, _ *rig) {
		t.Helper()
		if _, err := one.VoidFor(t.Context(), "A", "", "wrong box"); err != nil {
			t.Fatal(err)
		}
	}
	for name, tt := range map[string]struct {
		stop       func(t *testing.T, one, two *rig)
		one, other string
	}{
		"voided": {stop, "was to stay: its label was voided. If", "its label was voided there. If the truck is still here, take it off and scan UNDO."},
		"voided and made anew": {func(t *testing.T, one, two *rig) {
			t.Helper()
			stop(t, one, two)
			again := order("A")
			again.ShipTo.Line1 = "1 Infinite Loop"
			one.take(t, again, agent.Accepted)
		}, "was to stay: its label was voided. If", "its label was voided there."},
		"held by the hub": {func(t *testing.T, one, two *rig) {
			t.Helper()
			for range 2 {
				one.told(t, 1, "A", wire.ActionHold)
				two.told(t, 1, "A", wire.ActionHold)
			}
		}, "was to stay: its order was held by the hub. If", "its order was held by the hub. If the truck"},
		"held by the hub after the closing": {func(t *testing.T, one, two *rig) {
			t.Helper()
			closeIt(t, two, openID(t, two), desk.Closing{By: "Sam"})
			for range 2 {
				one.told(t, 1, "A", wire.ActionHold)
				two.told(t, 1, "A", wire.ActionHold)
			}
		}, "was to stay: its order was held by the hub. If", "its order was held by the hub. Ask the carrier to intercept it."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			y, one, two := newStrangers(t, "A", "B")
			a := numberOf(t, one, "A")
			y.takeParcels(t, "bench-1", two, a, numberOf(t, one, "B"))
			two.dock(t, a, "handed_over")
			two.dock(t, numberOf(t, one, "B"), "handed_over")
			tt.stop(t, one, two)
			y.learn(t)
			one.start(t)
			two.start(t)
			y.learn(t)
			for r, want := range map[*rig]string{one: tt.one, two: tt.other} {
				if got := r.alarms(t); len(got) != 1 || !strings.Contains(got[0], want) || !strings.Contains(got[0], string(a)) {
					t.Errorf("%s: alarms are %q, want %q", r.journal.Station(), got, want)
				}
			}
		})
	}
}

// TestAStopThatPeopleHaveSeenIsNotToldAgain has the hub's words read anew after a salvage:
// what was seen stays so, what is new is told, and nothing of a pick-up that is long closed.
func TestAStopThatPeopleHaveSeenIsNotToldAgain(t *testing.T) {
	t.Parallel()
	y, one, two := newStrangers(t, "A", "B")
	a, b := numberOf(t, one, "A"), numberOf(t, one, "B")
	y.takeParcels(t, "bench-1", two, a, b)
	two.dock(t, a, "handed_over")
	two.dock(t, b, "handed_over")
	two.told(t, 1, "A", wire.ActionHold)
	seen := func() {
		t.Helper()
		day, err := two.CloseOut(t.Context(), two.now)
		if err != nil || len(day.Alarms) != 1 {
			t.Fatalf("alarms are %+v, error %v", day.Alarms, err)
		}
		if err := two.Acknowledge(t.Context(), day.Alarms[0].ID, "Sam"); err != nil {
			t.Fatal(err)
		}
	}
	again := func(words ...string) {
		t.Helper()
		if _, err := two.journal.NewEpoch(t.Context(), 0, desk.PerishableKinds()...); err != nil {
			t.Fatal(err)
		}
		for i, id := range words {
			two.told(t, int64(i+1), id, wire.ActionHold)
		}
	}
	seen()
	again("A")
	if got := two.alarms(t); len(got) != 0 {
		t.Errorf("alarms are %q", got)
	}
	again("A", "B")
	if got := two.alarms(t); len(got) != 1 || !strings.Contains(got[0], string(b)) {
		t.Errorf("alarms are %q", got)
	}
	seen()
	two.told(t, 3, "A", wire.ActionHold)
	seen() // said once more
	closeIt(t, two, openID(t, two), desk.Closing{By: "Sam"})
	two.now = two.now.AddDate(0, 0, 10)
	again("A", "B", "A", "B")
	if got := two.alarms(t); len(got) != 0 {
		t.Errorf("after ten days alarms are %q", got)
	}
	if err := two.Instruct(t.Context(), []wire.Instruction{{Sequence: 5, Order: "A", Action: wire.ActionCancel, At: wire.Timestamp(two.now)}}); err != nil {
		t.Fatal(err)
	}
	seen() // that is new, however late
}

// TestVoidingSaysWhereTheParcelIs holds that who voids an order is told which station
// has its parcel.
func TestVoidingSaysWhereTheParcelIs(t *testing.T) {
	t.Parallel()
	y, one, two := newStrangers(t, "A", "B")
	y.takeParcels(t, "bench-1", two, numberOf(t, one, "A"), numberOf(t, one, "B"))
	y.learn(t)
	notices, end := one.Watch()
	defer end()
	void(t, one, "", "wrong box")
	if n := <-notices; n.Tone != desk.Warn || !n.Dock || !strings.Contains(n.Message, "Station dock-2 has its parcel "+string(numberOf(t, one, "A"))) {
		t.Errorf("told is %+v", n)
	}
	one.told(t, 1, "B", wire.ActionHold)
	for n := range notices {
		if n.Order == "B" && n.Tone == desk.Bad {
			if !strings.Contains(n.Message, "Station dock-2 has its parcel") || strings.Contains(n.Message, "stays here") {
				t.Errorf("told is %+v", n)
			}
			break
		}
	}
}

// TestAStoppedGuestIsAskedAboutAgain holds that a parcel which went on to a third
// station can come back, and that one whose stop was lifted leaves, told of or not.
func TestAStoppedGuestIsAskedAboutAgain(t *testing.T) {
	t.Parallel()
	y, one, two := newStrangers(t, "A", "B")
	a, b := numberOf(t, one, "A"), numberOf(t, one, "B")
	three := y.join(t, "dock-3")
	y.takeParcels(t, "bench-1", two, a, b)
	y.takeParcels(t, "dock-2", three, a)
	word := tracking.OrderWord{Order: "B", Action: wire.ActionHold, Reason: "unpaid"}
	if _, err := y.Store.Instruct(t.Context(), word); err != nil {
		t.Fatal(err)
	}
	y.learn(t)
	two.dock(t, a, "parcel_taken_over")
	two.answered(t, y)
	y.takeParcels(t, "dock-3", two, a)
	two.lose(t)
	two.dock(t, a, "handed_over")

	two.dock(t, b, "handed_over") // the hub's word about the parcel went with the disk
	list, err := two.Handoffs(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := two.UndoHandoff(t.Context(), desk.Once{}, list[0].ID, desk.Undoing{Number: b, By: "Sam"}); err != nil {
		t.Fatal(err)
	}
	y.learn(t)
	two.dock(t, b, "held")
	if got := two.answered(t, y); !strings.Contains(got.Message, "held on the word of the hub") {
		t.Errorf("told is %+v", got)
	}
	word.Action = wire.ActionRelease
	if _, err := y.Store.Instruct(t.Context(), word); err != nil {
		t.Fatal(err)
	}
	before := two.count(t, shipment.ParcelTakenOverType)
	two.dock(t, b, "held")
	if got := two.answered(t, y); got.Word != "Scan it again" {
		t.Errorf("told is %+v", got)
	}
	two.dock(t, b, "handed_over")
	if n := two.count(t, shipment.ParcelTakenOverType); n != before {
		t.Errorf("it told %d times that it took one over, want %d", n, before)
	}
}

// TestOneBadParcelDoesNotKeepTheOthers holds that the others are met, and that the bad
// one is named.
func TestOneBadParcelDoesNotKeepTheOthers(t *testing.T) {
	t.Parallel()
	y, one, two := newStrangers(t, "A", "B", "C")
	a, b, c := numberOf(t, one, "A"), numberOf(t, one, "B"), numberOf(t, one, "C")
	y.takeParcels(t, "bench-1", two, a, b, c)
	err := one.journal.Update(t.Context(), func(tx *journal.Tx) error {
		return tx.Put("order", "B", "broken", journal.Index{Keys: []string{"number:" + string(b)}})
	})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := one.MeetParcels(t.Context(), y); err == nil || !strings.Contains(err.Error(), string(b)) {
			t.Errorf("the bad one is told as %v", err)
		}
		one.dock(t, a, "parcel_taken_over")
		one.dock(t, c, "parcel_taken_over")
		y.stillNews(t, one, b)
	}
}

// TestAParcelHandedOverTwiceIsToldEachTime holds that a second pick-up on which another
// station has it is learned and told of as the first was.
func TestAParcelHandedOverTwiceIsToldEachTime(t *testing.T) {
	t.Parallel()
	y, one, two := newStrangers(t, "A")
	a := numberOf(t, one, "A")
	y.takeParcels(t, "bench-1", two, a)
	h := open(t, one, desk.Opening{Carrier: "usps"})
	one.dock(t, a, "handed_over") // it does not know
	closeIt(t, one, h.ID, desk.Closing{Driver: "M. Okafor"})
	for n := 1; n <= 2; n++ {
		there := open(t, two, desk.Opening{Carrier: "usps"})
		two.dock(t, a, "handed_over")
		y.learn(t)
		if p := one.state(t, "A").Parcels[0]; !p.On(there.ID) || !p.On(h.ID) {
			t.Errorf("the first knows %+v", p)
		}
		if got := one.alarms(t); len(got) != n {
			t.Errorf("alarms are %q, want %d", got, n)
		}
		if _, _, err := two.UndoHandoff(t.Context(), desk.Once{}, there.ID, desk.Undoing{Number: a, By: "Sam"}); err != nil {
			t.Fatal(err)
		}
		closeIt(t, two, there.ID, desk.Closing{LeaveBehind: 1}) // and at once onto another
	}
}

// TestAParcelOnAPickUpThatWentIsToldAsSuch holds that no manifest is spoken of where
// the pick-up is open at a third station.
func TestAParcelOnAPickUpThatWentIsToldAsSuch(t *testing.T) {
	t.Parallel()
	y, one, two := newStrangers(t, "A")
	three := y.join(t, "dock-3")
	a := numberOf(t, one, "A")
	y.takeParcels(t, "bench-1", two, a)
	two.dock(t, a, "handed_over")
	h := open(t, one, desk.Opening{Carrier: "usps"})
	one.dock(t, a, "handed_over") // it does not know
	y.send(t, one)
	if _, err := three.TakeOverHandoff(t.Context(), y, h.ID, desk.TakingOver{From: "bench-1", By: "Kim"}); err != nil {
		t.Fatal(err)
	}
	y.learn(t)
	all := strings.Join(one.alarms(t), "\n")
	if !strings.Contains(all, "was scanned here and at station dock-2") || !strings.Contains(all, "was taken over by station dock-3 at 09:00 by Kim: have it taken off there") ||
		strings.Contains(all, "manifest") {
		t.Errorf("alarms are %s", all)
	}
}
