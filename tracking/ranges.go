package tracking

import (
	"time"

	"waybill/shipment"
)

// A Range is a pool of serial numbers of one carrier, from which stations
// lease blocks.
type Range struct {
	ID      string
	Carrier shipment.CarrierID
	Service shipment.ServiceID // for carriers whose numbers tell the service; empty serves all
	Scheme  string
	Prefix  string
	From    int64 // the first serial number
	To      int64 // the last serial number
	Block   int64 // the most numbers to a lease; default DefaultBlock

	Life time.Duration // how long the numbers of a lease may be given out; 0: as long as the range's
	Ends time.Time     // from when on none of its numbers may be given out; zero: never
}

// A RangeUse is a range and how far it has been leased.
type RangeUse struct {
	Range
	Left    int64     // numbers that no lease has
	Leased  int64     // numbers leased in the week before
	Started time.Time // when its first lease was made; zero: none yet
}

// A RangeState is how a range stands.
type RangeState string

// The states of a range.
const (
	RangeOpen    RangeState = "open"
	RangeLow     RangeState = "low"     // at the present rate used up within LowDays
	RangeSpent   RangeState = "spent"   // every number is leased
	RangeEnded   RangeState = "ended"   // its time is over
	RangeRetired RangeState = "retired" // no longer configured; its numbers stay taken
)

// LowDays is how many days before a range is used up it counts as low: what it
// takes to get a new one from a carrier.
const LowDays = 30

// PerDay returns how many numbers of the range are leased in a day, at the rate
// of the last week, or since the first lease where that is less long ago.
func (u RangeUse) PerDay(now time.Time) float64 {
	if u.Leased == 0 {
		return 0
	}
	days := min(7, max(1, now.Sub(u.Started).Hours()/24))
	return float64(u.Leased) / days
}

// State returns how the range stands. retired says that it is not configured.
func (u RangeUse) State(now time.Time, retired bool) RangeState {
	switch {
	case retired:
		return RangeRetired
	case !u.Ends.IsZero() && !now.Before(u.Ends):
		return RangeEnded
	case u.Left <= 0:
		return RangeSpent
	case float64(u.Left) < LowDays*u.PerDay(now):
		return RangeLow
	}
	return RangeOpen
}

// DefaultBlock is the most serial numbers in a lease where the range does not
// say: a station that is lost takes no more with it.
const DefaultBlock = 1000
