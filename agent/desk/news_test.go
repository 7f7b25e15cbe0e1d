package desk_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"waybill/agent/desk"
	"waybill/shipment"
	"waybill/sync/wire"
)

// stillNews holds of which parcels the hub still tells a station.
func (y *dockyard) stillNews(t *testing.T, r *rig, want ...shipment.TrackingNumber) {
	t.Helper()
	head, err := r.journal.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	told, err := y.ParcelNews(t.Context(), r.journal.Station(), wire.NewsQuestion{Epoch: head.Epoch})
	var got []shipment.TrackingNumber
	for _, p := range told.Parcels {
		got = append(got, p.TrackingNumber)
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%s is still told (-want +got):\n%s%v", r.journal.Station(), diff, err)
	}
}

// off lets days pass while a station is off.
func (y *dockyard) off(t *testing.T, r *rig, days int) {
	t.Helper()
	y.now = y.now.AddDate(0, 0, days)
	for _, r := range y.rigs {
		r.now = y.now
	}
	r.start(t)
}

// TestAStationThatWasOffForTenDaysHears holds that it refuses a parcel that was given to
// another meanwhile, and that a driver's signature for a pick-up which went on elsewhere
// is told, however old.
func TestAStationThatWasOffForTenDaysHears(t *testing.T) {
	t.Parallel()
	y, one, two := newStrangers(t, "A", "B")
	h := open(t, one, desk.Opening{Carrier: "usps"})
	one.dock(t, numberOf(t, one, "B"), "handed_over")
	y.send(t, one)
	if _, err := two.TakeOverHandoff(t.Context(), y, h.ID, desk.TakingOver{From: "bench-1", By: "Sam"}); err != nil {
		t.Fatal(err)
	}
	closeIt(t, one, h.ID, desk.Closing{Driver: "M. Okafor", LeaveBehind: 1}) // it does not know
	closeIt(t, two, h.ID, desk.Closing{LeaveBehind: 1})
	a := numberOf(t, one, "A")
	y.takeParcels(t, "bench-1", two, a)
	y.send(t, two)
	y.off(t, one, 10)
	y.learn(t)
	if got := one.dock(t, a, "parcel_taken_over"); !strings.Contains(got, "by station dock-2 at 20 Nov 09:00 by Sam") {
		t.Errorf("it says %q", got)
	}
	if got := strings.Join(one.alarms(t), "\n"); !strings.Contains(got, "had been taken over by station dock-2") {
		t.Errorf("its alarms are %s", got)
	}
	for _, r := range y.rigs {
		y.stillNews(t, r)
		if told, err := y.HandoffNews(t.Context(), r.journal.Station(), wire.NewsQuestion{Epoch: 1}); err != nil || len(told.Handoffs) != 0 {
			t.Errorf("%s is still told %+v, error %v", r.journal.Station(), told, err)
		}
	}
	for kind, want := range map[shipment.EventType]int{shipment.ParcelYieldedType: 1, shipment.HandoffYieldedType: 1} {
		if n := one.count(t, kind); n != want {
			t.Errorf("it told %s %d times", kind, n)
		}
	}
}

// A deaf hub is not told, or does not say that it was, what a station has heard.
type deaf struct {
	*dockyard
	hears bool
}

func (d deaf) HeardParcels(ctx context.Context, station shipment.StationID, h wire.Heard) error {
	if d.hears {
		if err := d.dockyard.HeardParcels(ctx, station, h); err != nil {
			return err
		}
	}
	return errHubAway
}

// TestAStationThatDiesBeforeItSaysSoIsToldAgain holds that it then has heard once, as if
// it had not died.
func TestAStationThatDiesBeforeItSaysSoIsToldAgain(t *testing.T) {
	t.Parallel()
	for _, hears := range []bool{false, true} {
		t.Run(fmt.Sprint("the hub hears ", hears), func(t *testing.T) {
			t.Parallel()
			y, one, two := newStrangers(t, "A")
			a := numberOf(t, one, "A")
			y.takeParcels(t, "bench-1", two, a)
			if err := one.MeetParcels(t.Context(), deaf{y, hears}); err == nil {
				t.Error("the hub was away")
			}
			one.dock(t, a, "parcel_taken_over") // it was durable before
			if !hears {
				y.stillNews(t, one, a)
			}
			y.off(t, one, 0)
			y.learn(t)
			one.dock(t, a, "parcel_taken_over")
			y.stillNews(t, one)
			if n := one.count(t, shipment.ParcelYieldedType); n != 1 {
				t.Errorf("it told %d times that it has it no more", n)
			}
		})
	}
}

// TestANewJournalIsToldWhatTheLostOneHadHeard holds that what a station had heard and
// not sent when its disk was lost is told again.
func TestANewJournalIsToldWhatTheLostOneHadHeard(t *testing.T) {
	t.Parallel()
	y, one, two := newStrangers(t, "A")
	a := numberOf(t, one, "A")
	y.takeParcels(t, "bench-1", two, a)
	if err := one.MeetParcels(t.Context(), y); err != nil {
		t.Fatal(err)
	}
	y.stillNews(t, one)
	y.off(t, one, 10)
	recs, err := y.History(t.Context(), "bench-1", wire.Position{}, 1000, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	var raws [][]byte
	for _, r := range recs {
		raws = append(raws, r.Raw)
	}
	one.comeBack(t, raws...)
	y.learn(t)
	one.dock(t, a, "parcel_taken_over")
	y.stillNews(t, one)
}

// A hasty hub does something between what it has answered and that being heard.
type hasty struct {
	*dockyard
	meanwhile func()
}

func (h hasty) TakeOverParcel(ctx context.Context, n shipment.TrackingNumber, req wire.TakeoverRequest) (wire.Parcel, error) {
	p, err := h.dockyard.TakeOverParcel(ctx, n, req)
	h.meanwhile()
	return p, err
}

// TestNewsOfAParcelThatIsBeingGivenAreNotLost holds that a station which is told of a
// parcel before it has kept that the hub gave it is told again, whatever it knew of the
// parcel before.
func TestNewsOfAParcelThatIsBeingGivenAreNotLost(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		knows func(t *testing.T, y *dockyard, a shipment.TrackingNumber) (holder shipment.StationID)
		scan  string
	}{
		"nobody knows it": {func(*testing.T, *dockyard, shipment.TrackingNumber) shipment.StationID { return "bench-1" }, "unknown"},
		"it went on to a third": {func(t *testing.T, y *dockyard, a shipment.TrackingNumber) shipment.StationID {
			t.Helper()
			y.takeParcels(t, "bench-1", y.rigs[1], a)
			y.takeParcels(t, "dock-2", y.join(t, "dock-3"), a)
			y.learn(t)
			return "dock-3"
		}, "parcel_taken_over"},
		"it was for a pick-up": {func(t *testing.T, y *dockyard, _ shipment.TrackingNumber) shipment.StationID {
			t.Helper()
			h := open(t, y.rigs[0], desk.Opening{Carrier: "usps"})
			y.meet(t)
			if _, err := y.rigs[1].TakeOverHandoff(t.Context(), y, h.ID, desk.TakingOver{From: "bench-1", By: "Sam"}); err != nil {
				t.Fatal(err)
			}
			closeIt(t, y.rigs[1], h.ID, desk.Closing{LeaveBehind: 1})
			return "bench-1"
		}, "no_handoff"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			y, one, two := newStrangers(t, "A")
			a := numberOf(t, one, "A")
			if _, err := two.AdmitParcels(t.Context(), tt.knows(t, y, a), "Sam"); err != nil {
				t.Fatal(err)
			}
			two.dock(t, a, tt.scan)
			got := two.answered(t, hasty{y, func() {
				if _, err := one.VoidFor(t.Context(), "A", "", "wrong box"); err != nil {
					t.Error(err)
				}
				y.learn(t)
			}})
			if got.Word != "Scan it again" {
				t.Fatalf("told is %+v", got)
			}
			y.learn(t)
			two.dock(t, a, "voided")
		})
	}
}

// TestNewsOfAParcelThatComesBackAreNotLost holds the same of one that comes back to who
// made its label, and goes on to a third station at once.
func TestNewsOfAParcelThatComesBackAreNotLost(t *testing.T) {
	t.Parallel()
	y, one, two := newStrangers(t, "A")
	a := numberOf(t, one, "A")
	three := y.join(t, "dock-3")
	one.options.AskHub = true
	one.start(t)
	y.takeParcels(t, "bench-1", two, a)
	y.learn(t)
	if _, err := one.AdmitParcels(t.Context(), "dock-2", "Sam"); err != nil {
		t.Fatal(err)
	}
	one.dock(t, a, "parcel_taken_over")
	got := one.answered(t, hasty{y, func() {
		y.takeParcels(t, "bench-1", three, a)
		y.learn(t)
	}})
	if got.Word != "Scan it again" {
		t.Fatalf("told is %+v", got)
	}
	y.learn(t)
	one.dock(t, a, "parcel_taken_over")
}

// TestAnOlderHubTellsByTheClock holds that a station hears of one that does not wait for
// what it has heard, and says nothing to it of that.
func TestAnOlderHubTellsByTheClock(t *testing.T) {
	t.Parallel()
	y, one, two := newStrangers(t, "A")
	a := numberOf(t, one, "A")
	y.takeParcels(t, "bench-1", two, a)
	for range 2 {
		if err := one.MeetParcels(t.Context(), older{y}); err != nil {
			t.Fatal(err)
		}
		one.dock(t, a, "parcel_taken_over")
	}
	y.stillNews(t, one, a)
}

// An older hub does not know what a station has heard.
type older struct{ *dockyard }

func (o older) ParcelNews(ctx context.Context, station shipment.StationID, _ wire.NewsQuestion) (wire.Parcels, error) {
	list, err := o.MovedParcels(ctx, station)
	return wire.Parcels{Parcels: list}, err
}

func (older) HeardParcels(context.Context, shipment.StationID, wire.Heard) error { return errHubAway }
