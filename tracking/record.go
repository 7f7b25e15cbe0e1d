package tracking

import (
	"time"

	"waybill/shipment"
	"waybill/sync/wire"
)

// An Incoming is an event that arrived at the hub: what it says and its very
// bytes, which are what is kept and hashed.
type Incoming struct {
	Env wire.Envelope
	Raw []byte
}

// A Record is a shipment as the hub keeps it.
type Record struct {
	Shipment
	Token   string    // opens the buyer's page; made once, never changed
	Updated time.Time // when the hub last learned something, by the hub's clock
}

// A Filter chooses shipments. The zero Filter chooses all.
type Filter struct {
	Milestone Milestone
	Held      bool // only those that wait
	Rejected  bool // only those that cannot ship
}

// Counts is how many there are of what.
type Counts struct {
	Shipments     int64               `json:"shipments"`
	Held          int64               `json:"held"`
	Rejected      int64               `json:"rejected"`
	Milestones    map[Milestone]int64 `json:"milestones"`
	Quarantined   int64               `json:"quarantined"`    // events set aside because they contradict others
	Unreadable    int64               `json:"unreadable"`     // events kept whose data no story could be told from
	SharedNumbers int64               `json:"shared_numbers"` // tracking numbers that more than one order claims
}

// A Station is what the hub knows of one packing station.
type Station struct {
	ID          shipment.StationID `json:"id"`
	FirstSeen   time.Time          `json:"first_seen"`
	LastSeen    time.Time          `json:"last_seen"`  // the hub's clock at the last event
	LastEvent   time.Time          `json:"last_event"` // the station's clock in its last event
	Events      int64              `json:"events"`
	Quarantined int64              `json:"quarantined"`
	Epochs      []Epoch            `json:"epochs"`
}

// Lag returns how long the station's newest event took to reach the hub, by
// two clocks; negative where the station's runs ahead.
func (s Station) Lag() time.Duration { return s.LastSeen.Sub(s.LastEvent) }

// Missing returns how many events the hub knows it has not got.
func (s Station) Missing() int64 {
	var n int64
	for _, e := range s.Epochs {
		n += e.Highest - e.Events
	}
	return n
}
