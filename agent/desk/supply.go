package desk

import (
	"context"
	"fmt"
	"math"
	"time"

	"waybill/agent"
	"waybill/sync/journal"
)

// kindUse is how many numbers of a pool were given out, day by day.
const kindUse journal.Kind = "numbers_used"

// rateDays is over how many days the rate is taken; days before are forgotten.
const rateDays = 7

// A use is how many numbers of a pool were given out on each of the last days.
type use struct {
	Since time.Time        `json:"since"` // when the first one was
	Days  map[string]int64 `json:"days"`
}

// countUse counts a number that is given out at now.
func countUse(tx *journal.Tx, p Pool, now time.Time) error {
	var u use
	if _, err := tx.Get(kindUse, p.key(), &u); err != nil {
		return err
	}
	if u.Since.IsZero() || now.Before(u.Since) {
		u.Since = now
	}
	if u.Days == nil {
		u.Days = map[string]int64{}
	}
	u.Days[now.UTC().Format(time.DateOnly)]++
	for day := range u.Days {
		if day <= now.UTC().AddDate(0, 0, -rateDays).Format(time.DateOnly) {
			delete(u.Days, day)
		}
	}
	return tx.Put(kindUse, p.key(), u, journal.Index{})
}

// perDay returns how many numbers a day are given out of late: over the last
// week, or since the first one where that is less long ago.
func (u use) perDay(now time.Time) float64 {
	var sum int64
	first, last := now.UTC().AddDate(0, 0, -rateDays).Format(time.DateOnly), now.UTC().Format(time.DateOnly)
	for day, n := range u.Days {
		if day > first && day <= last {
			sum += n
		}
	}
	return float64(sum) / min(rateDays, max(1, now.Sub(u.Since).Hours()/24))
}

// maxReserve bounds what one station keeps in reserve, whatever its rate: what
// it has when it is lost is lost with it.
const maxReserve = 20_000

// wanted returns how many numbers of a pool the station wants to have, and what
// it has.
func (d *Desk) wanted(tx *journal.ReadTx, p Pool) (int64, stock, error) {
	now := d.o.Now()
	st, err := stockOf(tx, p, now)
	if err != nil {
		return 0, st, err
	}
	var u use
	if _, err := tx.Get(kindUse, p.key(), &u); err != nil {
		return 0, st, err
	}
	reserve := min(maxReserve, int64(math.Ceil(u.perDay(now)*float64(d.o.ReserveDays))))
	return max(1, d.o.LowWater, reserve), st, nil
}

// A Supply is how a station stands with the numbers of a pool.
type Supply struct {
	Pool   Pool
	Left   int64         // numbers that can be given out with no network
	Ended  int64         // numbers that were not used before their lease ended
	PerDay float64       // given out in a day, of late
	Lasts  time.Duration // how long Left lasts at that rate; 0 where there is no rate
	Ends   time.Time     // when the first of those leases ends that have numbers left; zero: none does
	Lack   string        // why the hub gave none when it was asked last; empty: it gave some, or was not asked
	Held   string        // why none may be given out though there are some; empty: they may
	Used   bool          // numbers of it were given out, ever
}

// Spent reports whether no number can be given out.
func (s Supply) Spent() bool { return s.Left == 0 || s.Held != "" }

// Words says in one sentence how long the numbers last.
func (s Supply) Words() string {
	switch {
	case s.Held != "":
		return s.Held
	case s.Left == 0 && s.Ended > 0:
		return fmt.Sprintf("none left; %d were not used before their lease ended", s.Ended)
	case s.Left == 0:
		return "none left"
	case s.Lasts == 0:
		return fmt.Sprintf("%d left", s.Left) + s.until()
	}
	return fmt.Sprintf("%d left, for about %s at %.0f a day", s.Left, about(s.Lasts), math.Ceil(s.PerDay)) + s.until()
}

func (s Supply) until() string {
	if s.Ends.IsZero() {
		return ""
	}
	return "; the first lease ends on " + s.Ends.UTC().Format(time.DateOnly)
}

// Todo says what a person does about it; empty where nothing.
func (s Supply) Todo() string {
	switch {
	case s.Held != "":
		return ""
	case s.Lack != "":
		return "Tell whoever runs the hub: " + s.Lack
	case s.Left == 0:
		return "Bring the hub into reach; the orders go on by themselves."
	}
	return ""
}

// about returns a span in the unit a person would say it in.
func about(d time.Duration) string {
	switch {
	case d >= 48*time.Hour:
		return fmt.Sprintf("%d days", int(d.Hours()/24))
	case d >= 2*time.Hour:
		return fmt.Sprintf("%d hours", int(d.Hours()))
	}
	return fmt.Sprintf("%d minutes", max(1, int(d.Minutes())))
}

// SupplyOf returns how a station with this journal stands with the numbers of a
// pool. Beside a running station it may be called on a Reader's snapshot.
func SupplyOf(tx *journal.ReadTx, p Pool, now time.Time) (Supply, error) {
	st, err := stockOf(tx, p, now)
	if err != nil {
		return Supply{}, err
	}
	var u use
	used, err := tx.Get(kindUse, p.key(), &u)
	if err != nil {
		return Supply{}, err
	}
	var l lack
	if _, err := tx.Get(kindLack, p.key(), &l); err != nil {
		return Supply{}, err
	}
	h, err := getHold(tx)
	if err != nil {
		return Supply{}, err
	}
	s := Supply{Pool: p, Left: st.left, Ended: st.ended, PerDay: u.perDay(now), Lack: l.Reason, Held: h.Reason, Used: used}
	if s.PerDay > 0 {
		s.Lasts = time.Duration(float64(s.Left) / s.PerDay * 24 * float64(time.Hour))
	}
	if len(st.good) > 0 {
		s.Ends = st.good[0].Expires
	}
	return s, nil
}

// whySpent says why a pool has no number left. It names nothing that changes
// from one order to the next.
func whySpent(tx *journal.ReadTx, p Pool, st stock) (string, error) {
	var l lack
	if _, err := tx.Get(kindLack, p.key(), &l); err != nil {
		return "", err
	}
	var u use
	used, err := tx.Get(kindUse, p.key(), &u)
	switch {
	case err != nil:
		return "", err
	case l.Reason != "":
		return "the hub says: " + l.Reason, nil
	case st.ended > 0:
		return fmt.Sprintf("the station has %d whose lease ended on %s, and the hub has not leased others since", st.ended, st.since.UTC().Format(time.DateOnly)), nil
	case used:
		return "every number that the hub leased is used", nil
	}
	return "the hub has not leased any yet", nil
}

// tellSupplies shows among the devices how the pools stand. A pool that the hub
// has no range for, and that nobody has missed, is not shown.
func (d *Desk) tellSupplies(ctx context.Context, pools []Pool) error {
	for _, p := range pools {
		var s Supply
		var want int64
		err := d.o.Journal.View(ctx, func(tx *journal.ReadTx) (err error) {
			if s, err = SupplyOf(tx, p, d.o.Now()); err != nil {
				return err
			}
			want, _, err = d.wanted(tx, p)
			return err
		})
		if err != nil {
			return fmt.Errorf("supply of %s: %w", p.key(), err)
		}
		missed, err := d.missed(ctx, p)
		if err != nil {
			return err
		}
		if s.Left == 0 && !s.Used && !missed {
			continue
		}
		dev := Device{Kind: "numbers", Name: string(p.Service), State: "ready", Detail: s.Words()}
		switch {
		case s.Spent():
			dev.State, dev.Words, dev.Todo, dev.Detail = "blocked", "No numbers", s.Todo(), s.Words()
		case s.Left < want:
			dev.Words, dev.Todo = "Numbers run low", s.Todo()
		}
		if err := d.SetDevice(ctx, dev); err != nil {
			return err
		}
	}
	return nil
}

// missed reports whether an order waits for a number of the pool.
func (d *Desk) missed(ctx context.Context, p Pool) (bool, error) {
	held, err := d.Orders(ctx, 0, agent.Held)
	if err != nil {
		return false, err
	}
	for _, s := range held {
		if s.Why.Code == agent.NoNumber && s.Carrier == p.Carrier && s.Service == p.Service {
			return true, nil
		}
	}
	return false, nil
}
