package desk_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"waybill/agent"
	"waybill/agent/desk"
	"waybill/internal/fault"
	"waybill/shipment"
	"waybill/sync/wire"
)

func (r *rig) refill(t testing.TB, block int64, pools ...desk.Pool) error {
	t.Helper()
	return r.Refill(t.Context(), r.hub, "bench-1", pools, block)
}

func TestRefillAtLowWater(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil) // low water is 2
	for range 2 {
		if err := r.refill(t, 3, ground); err != nil {
			t.Fatal(err)
		}
	}
	if len(r.hub.asked) != 1 {
		t.Fatalf("asked %d times for numbers it has", len(r.hub.asked))
	}
	r.take(t, order("A"), agent.Accepted)
	if err := r.refill(t, 3, ground); err != nil || len(r.hub.asked) != 1 || r.low.Load() != 0 {
		t.Errorf("2 left: asked %d times, low %d times, error %v", len(r.hub.asked), r.low.Load(), err)
	}
	r.take(t, order("B"), agent.Accepted)
	if r.low.Load() != 1 {
		t.Errorf("1 left: low %d times", r.low.Load())
	}
	if err := r.refill(t, 3, ground); err != nil || len(r.hub.asked) != 2 || r.hub.asked[0].Key == r.hub.asked[1].Key {
		t.Errorf("asked %+v, error %v", r.hub.asked, err)
	}
	want := wire.LeaseRequest{Key: r.hub.asked[1].Key, Station: "bench-1", Carrier: "usps", Service: "usps_ground_advantage", Count: 3}
	if diff := cmp.Diff(want, r.hub.asked[1]); diff != "" {
		t.Errorf("wish (-want +got):\n%s", diff)
	}
}

// A lost answer costs nothing: the wish is asked again under its key, also after
// a restart, until its block has come.
func TestAWishOutlivesALostAnswer(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.hub.lose = true
	wantKind(t, r.refill(t, 5, ground), fault.Transient)
	wantKind(t, r.refill(t, 5, ground), fault.Transient)
	r.start(t)
	wantKind(t, r.refill(t, 7, ground), fault.Transient)
	r.hub.lose = false
	if err := r.refill(t, 5, ground); err != nil {
		t.Fatal(err)
	}
	for _, req := range r.hub.asked[1:] {
		if diff := cmp.Diff(r.hub.asked[0], req); diff != "" {
			t.Errorf("another wish (-first +this):\n%s", diff)
		}
	}
	if len(r.hub.given) != 1 || r.hub.next != 5 {
		t.Errorf("%d blocks, %d numbers used up", len(r.hub.given), r.hub.next)
	}
}

func TestHeldForNumbersGoesOn(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	for _, id := range []string{"A", "B"} {
		if s := r.take(t, order(id), agent.OnHold); s.Why.Code != agent.NoNumber {
			t.Errorf("why %+v", s.Why)
		}
	}
	r.hub.err = &fault.Error{Op: "lease", Kind: fault.Transient, Err: errors.New("the hub is away")}
	wantKind(t, r.refill(t, 5, ground), fault.Transient)
	if r.state(t, "A").Stage() != agent.Held {
		t.Error("it went on without a number")
	}
	r.hub.err = nil
	if err := r.refill(t, 5, ground); err != nil {
		t.Fatal(err)
	}
	a, b := r.state(t, "A"), r.state(t, "B")
	if a.Stage() != agent.Printing || b.Stage() != agent.Printing || r.queued.Load() != 2 {
		t.Errorf("stages %s, %s; queued %d times", a.Stage(), b.Stage(), r.queued.Load())
	}
	if a.Parcels[0].TrackingNumber >= b.Parcels[0].TrackingNumber {
		t.Error("the older order came second")
	}
	want := []shipment.EventType{"order.accepted", "carrier.assigned", "order.held", "carrier.assigned", "tracking.assigned"}
	if diff := cmp.Diff(want, r.events(t, "A")); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

// Orders of several parcels may be held with part of their numbers, several at
// once.
func TestHeldWithPartOfItsNumbers(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	if err := r.refill(t, 2, ground); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"A", "B"} {
		o := order(id)
		o.Parcels = []shipment.Parcel{{Weight: 1}, {Weight: 1}, {Weight: 1}}
		r.take(t, o, agent.OnHold)
	}
	r.start(t)
	for range 2 {
		if err := r.refill(t, 2, ground); err != nil {
			t.Fatal(err)
		}
	}
	numbers := map[shipment.TrackingNumber]bool{}
	for _, id := range []string{"A", "B"} {
		for _, p := range r.state(t, id).Parcels {
			numbers[p.TrackingNumber] = p.TrackingNumber != ""
		}
	}
	if len(numbers) != 6 || r.hub.next != 6 {
		t.Errorf("numbers %v of %d leased: want 6 of 6", numbers, r.hub.next)
	}
}

func TestAHubWithoutARange(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.hub.none = &ground
	if err := r.refill(t, 5, ground, express); err != nil {
		t.Errorf("a pool the hub does not serve is no error: %v", err)
	}
	r.take(t, order("A"), agent.OnHold)
	e := order("E")
	e.Service = express.Service
	r.take(t, e, agent.Accepted)
}

func TestAnExpiredLeaseIsPassedOver(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.hub.life = time.Hour
	r.stock(t, ground)
	r.take(t, order("A"), agent.Accepted)
	r.now = morning.Add(time.Hour)
	r.take(t, order("B"), agent.OnHold)
	r.hub.life = 0
	r.stock(t, ground)
	if p := r.state(t, "B").Parcels[0]; p.Range != "lease-2" {
		t.Errorf("parcel %+v, want a number of the second lease", p)
	}
}

// What a carrier's number says of the service must be true: two services of one
// carrier do not share numbers.
func TestServicesDoNotShareNumbers(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.stock(t, ground)
	e := order("E")
	e.Service = express.Service
	r.take(t, e, agent.OnHold)
	r.stock(t, express)
	if p := r.state(t, "E").Parcels[0]; p.Range != "lease-2" {
		t.Errorf("parcel %+v", p)
	}
	if p := r.take(t, order("G"), agent.Accepted).Parcels[0]; p.Range != "lease-1" {
		t.Errorf("parcel %+v", p)
	}
}

func TestALeaseThatMakesNoNumbersIsRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.hub.next = 1 << 50
	if err := r.refill(t, 5, ground); err == nil {
		t.Fatal("taken")
	}
	r.take(t, order("A"), agent.OnHold)
}

// TestNoNumberTwice holds over stations that lease from one hub, with answers
// lost and stations falling over at random: no number is ever on two parcels.
func TestNoNumberTwice(t *testing.T) {
	t.Parallel()
	const stations = 3
	shared := &hub{}
	rigs := make([]*rig, stations)
	for i := range rigs {
		rigs[i] = newRig(t, nil)
		rigs[i].hub = shared
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	dice := rand.New(rand.NewPCG(seed, 0))
	for n := range 100 {
		at := dice.IntN(stations)
		r := rigs[at]
		o := order(fmt.Sprintf("S%d-%d", at, n))
		switch step := dice.IntN(20); {
		case step < 11:
			o.Parcels = make([]shipment.Parcel, 1+dice.IntN(3))
			if _, _, err := r.TakeOrder(t.Context(), "a.json", o); err != nil {
				t.Fatal(err)
			}
		case step < 15:
			if err := r.refill(t, 1+dice.Int64N(4), ground); err != nil {
				t.Fatal(err)
			}
		case step < 18:
			shared.lose = true
			_ = r.refill(t, 2, ground) // its failing is the point, where it asks at all
			shared.lose = false
		case step < 19:
			r.start(t)
		default: // a power cut between an order and its label
			r.labels.during = func(agent.Parcel) error {
				return &fault.Error{Op: "label", Kind: fault.Transient, Err: errors.New("power cut")}
			}
			_, _, _ = r.TakeOrder(t.Context(), "a.json", o)
			r.labels.during = nil
			r.start(t)
			if err := r.Resume(t.Context(), 0); err != nil {
				t.Fatal(err)
			}
		}
	}
	owner := map[shipment.TrackingNumber]string{}
	for i, r := range rigs {
		list, err := r.Orders(t.Context(), 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range list {
			for _, p := range s.Parcels {
				if p.TrackingNumber == "" {
					continue
				}
				who := fmt.Sprintf("station %d, %s", i, p.ID)
				if other, ok := owner[p.TrackingNumber]; ok && other != who {
					t.Fatalf("%s is on %s and on %s", p.TrackingNumber, other, who)
				}
				owner[p.TrackingNumber] = who
			}
		}
	}
	if len(owner) < 10 {
		t.Errorf("only %d numbers were handed out; the test proves nothing", len(owner))
	}
}

// An impatientHub is a hub during whose answer something else happens.
type impatientHub struct {
	*hub
	meanwhile func()
}

func (h *impatientHub) Lease(ctx context.Context, req wire.LeaseRequest) (wire.Lease, error) {
	l, err := h.hub.Lease(ctx, req)
	if do := h.meanwhile; do != nil {
		h.meanwhile = nil
		do()
	}
	return l, err
}

// TestABlockThatComesLateAgain holds that an answer which arrives when its block
// has been filed, and used, by another request under the same key gives none of
// its numbers a second time.
func TestABlockThatComesLateAgain(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	var first agent.State
	late := &impatientHub{hub: r.hub, meanwhile: func() {
		if err := r.refill(t, 5, ground); err != nil {
			t.Error(err)
		}
		first = r.take(t, order("A"), agent.Accepted)
	}}
	if err := r.Refill(t.Context(), late, "bench-1", []desk.Pool{ground}, 5); err != nil {
		t.Fatal(err)
	}
	if len(r.hub.asked) != 2 || r.hub.asked[0].Key != r.hub.asked[1].Key {
		t.Fatalf("asked %+v, want the same key twice", r.hub.asked)
	}
	// The block's mark stays where A left it: a number that was given out is
	// gone, also where no order has it any more.
	if left := r.supply(t, ground).Left; left != 4 {
		t.Errorf("%d numbers of 5 are left after one, want 4", left)
	}
	second := r.take(t, order("B"), agent.Accepted)
	if first.Parcels[0].TrackingNumber == second.Parcels[0].TrackingNumber {
		t.Errorf("%s is on A and on B", second.Parcels[0].TrackingNumber)
	}
}
