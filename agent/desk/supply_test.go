package desk_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"waybill/agent"
	"waybill/agent/desk"
	"waybill/internal/fault"
	"waybill/sync/journal"
)

func (r *rig) supply(t testing.TB, p desk.Pool) desk.Supply {
	t.Helper()
	var s desk.Supply
	err := r.journal.View(t.Context(), func(tx *journal.ReadTx) (err error) {
		s, err = desk.SupplyOf(tx, p, r.now)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestAWrongClockBurnsNoNumbers has a station's clock run ahead of what the hub
// leases: the same block is asked for until the clock is right.
func TestAWrongClockBurnsNoNumbers(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.hub.life = time.Hour
	r.now = morning.AddDate(1, 0, 0)
	for range 5 {
		wantKind(t, r.refill(t, 10, ground), fault.Invalid)
	}
	r.take(t, order("A"), agent.OnHold)
	r.now = morning
	if err := r.refill(t, 10, ground); err != nil {
		t.Fatal(err)
	}
	if len(r.hub.given) != 1 || r.state(t, "A").Stage() != agent.Printing {
		t.Errorf("%d blocks leased, order %s", len(r.hub.given), r.state(t, "A").Stage())
	}
}

// TestAReserveOfDays holds that a station wants more the more it uses.
func TestAReserveOfDays(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *desk.Options) { o.ReserveDays = 7 })
	if err := r.refill(t, 8, ground); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"A", "B"} {
		r.take(t, order(id), agent.Accepted)
	}
	s := r.supply(t, ground)
	if s.Left != 6 || s.PerDay != 2 || s.Lasts != 72*time.Hour || s.Words() != "6 left, for about 3 days at 2 a day" {
		t.Errorf("%+v: %s", s, s.Words())
	}
	for range 3 { // 7 days at 2 a day are 14: one block more, then enough
		if err := r.refill(t, 8, ground); err != nil {
			t.Fatal(err)
		}
	}
	if s := r.supply(t, ground); s.Left != 14 || len(r.hub.given) != 2 {
		t.Errorf("%d left of %d blocks", s.Left, len(r.hub.given))
	}
	r.now = morning.AddDate(0, 0, 4)
	if s := r.supply(t, ground); s.PerDay != 0.5 {
		t.Errorf("four days on: %v a day", s.PerDay)
	}
}

// TestAnAgeingLeaseIsNoReserve holds that numbers are leased anew before the old
// ones end, and that those which end first are given first.
func TestAnAgeingLeaseIsNoReserve(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.hub.life = 40 * time.Hour
	r.stock(t, ground)
	r.now = morning.Add(29 * time.Hour)
	r.stock(t, ground)
	if len(r.hub.given) != 1 {
		t.Fatalf("%d blocks with a quarter of its time to go", len(r.hub.given))
	}
	r.hub.life = 80 * time.Hour
	r.now = morning.Add(31 * time.Hour)
	r.stock(t, ground)
	if len(r.hub.given) != 2 {
		t.Fatalf("%d blocks in the last quarter", len(r.hub.given))
	}
	if p := r.take(t, order("A"), agent.Accepted).Parcels[0]; p.Range != "lease-1" {
		t.Errorf("%+v, want a number of the lease that ends first", p)
	}
}

// TestWhyThereIsNone holds that a held order says which of its reasons it is,
// and the page shows it.
func TestWhyThereIsNone(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	why := func(id, says string) {
		t.Helper()
		if s := r.take(t, order(id), agent.OnHold); s.Why.Code != agent.NoNumber || !strings.Contains(s.Why.Message, says) {
			t.Errorf("%s: why %+v, want %q", id, s.Why, says)
		}
	}
	why("A", "not leased any yet")
	r.hub.none = &ground
	if err := r.refill(t, 4, ground); err != nil {
		t.Fatal(err)
	}
	why("B", "the hub says")
	devices := r.Devices()
	if len(devices) != 1 || devices[0].State != "blocked" || !strings.Contains(devices[0].Todo, "no range") {
		t.Errorf("devices %+v", devices)
	}
	r.hub.none, r.hub.life = nil, time.Hour
	if err := r.refill(t, 4, ground); err != nil {
		t.Fatal(err)
	}
	if d := r.Devices(); d[0].State != "ready" || r.state(t, "B").Stage() != agent.Printing {
		t.Errorf("devices %+v, order %s", d, r.state(t, "B").Stage())
	}
	r.now = morning.Add(2 * time.Hour)
	why("C", "ended on 2026-11-20")
	if s := r.supply(t, ground); !s.Spent() || s.Ended != 2 || s.Words() != "none left; 2 were not used before their lease ended" {
		t.Errorf("%+v: %s", s, s.Words())
	}
}

// TestAKeyThatIsGoodForNothing is replaced, so that the station is not stuck.
func TestAKeyThatIsGoodForNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.hub.err = &fault.Error{Op: "key", Kind: fault.Conflict, Err: errors.New("the time of its range is over")}
	wantKind(t, r.refill(t, 4, ground), fault.Conflict)
	r.hub.err = nil
	if err := r.refill(t, 4, ground); err != nil || r.hub.asked[0].Key == r.hub.asked[1].Key {
		t.Errorf("asked %+v, error %v", r.hub.asked, err)
	}
}
