package tracking

import (
	"waybill/shipment"
	"waybill/sync/wire"
)

// A Shipment is everything known of one order's way. It holds places down to
// the city and no person's name, so that every reader may see all of it.
type Shipment struct {
	OrderID     shipment.OrderID   `json:"order_id"`
	Channel     string             `json:"channel,omitempty"`
	Milestone   Milestone          `json:"milestone,omitempty"` // of the parcel that is furthest behind
	Origin      Place              `json:"origin,omitzero"`
	Destination Place              `json:"destination,omitzero"`
	Carrier     shipment.CarrierID `json:"carrier,omitempty"`
	Service     shipment.ServiceID `json:"service,omitempty"`
	Promise     shipment.Promise   `json:"promise,omitzero"`
	Held        *Reason            `json:"held,omitempty"`     // what the order waits for, if it waits
	Rejected    *Reason            `json:"rejected,omitempty"` // why it cannot ship, if it cannot
	Parcels     []Parcel           `json:"parcels,omitempty"`
	Timeline    []Entry            `json:"timeline,omitempty"` // oldest first

	// Facts are what the rest is made from: the events that counted, oldest
	// first, without the persons in them.
	Facts []Fact `json:"facts,omitempty"`
}

// A Parcel is one box of a shipment.
type Parcel struct {
	ID             shipment.ParcelID       `json:"id"`
	Milestone      Milestone               `json:"milestone"`
	Carrier        shipment.CarrierID      `json:"carrier,omitempty"`
	Service        shipment.ServiceID      `json:"service,omitempty"`
	TrackingNumber shipment.TrackingNumber `json:"tracking_number,omitempty"`
}

// A Place is where something happened, no closer than the city.
type Place struct {
	City    string `json:"city,omitempty"`
	Region  string `json:"region,omitempty"`
	Country string `json:"country,omitempty"`
}

// A Reason says why an order does not move.
type Reason struct {
	Code    string `json:"code"` // stable, for programs
	Message string `json:"message"`
}

// An Audience is who an entry of the timeline is for.
type Audience string

// The audiences. What the buyer may see, the shop may see too.
const (
	ForBuyer Audience = "buyer"
	ForShop  Audience = "shop"
)

// An Entry is one line of the timeline.
type Entry struct {
	Time      wire.Timestamp     `json:"time"`
	TZOffset  string             `json:"tzoffset,omitempty"` // of the place where it happened, as +01:00
	Type      shipment.EventType `json:"type"`               // what the station recorded
	Milestone Milestone          `json:"milestone,omitempty"`
	Info      bool               `json:"info,omitempty"` // moves no milestone
	Parcel    shipment.ParcelID  `json:"parcel,omitempty"`
	Text      string             `json:"text"`
	Place     Place              `json:"place,omitzero"`
	Source    string             `json:"source"` // who says so, as /stations/{station_id}
	Audience  Audience           `json:"audience"`
}

// A Fact is what one event contributes to a story.
type Fact struct {
	Source   string             `json:"source"`
	Epoch    int64              `json:"epoch"`
	Sequence int64              `json:"sequence"`
	Time     wire.Timestamp     `json:"time"`
	TZOffset string             `json:"tzoffset,omitempty"`
	Type     shipment.EventType `json:"type"`

	// Branch is the hash of an event that stands outside its station's chain, and
	// that a person has let in all the same. Another event may have its place.
	Branch string `json:"branch,omitempty"`

	Channel     string                  `json:"channel,omitempty"`
	Origin      Place                   `json:"origin,omitzero"`
	Destination Place                   `json:"destination,omitzero"`
	Boxes       int                     `json:"boxes,omitempty"`
	Parcel      shipment.ParcelID       `json:"parcel,omitempty"`
	Carrier     shipment.CarrierID      `json:"carrier,omitempty"`
	Service     shipment.ServiceID      `json:"service,omitempty"`
	Number      shipment.TrackingNumber `json:"number,omitempty"`
	Promise     shipment.Promise        `json:"promise,omitzero"`
	Reason      Reason                  `json:"reason,omitzero"`
	Label       int                     `json:"label,omitempty"`
	Of          int                     `json:"of,omitempty"`

	Handoff string `json:"handoff,omitempty"` // the pick-up that the parcel was scanned onto, or that takes it back
	Entry   int    `json:"entry,omitempty"`   // which scan onto it, or which one is taken back
	From    string `json:"from,omitempty"`    // the pick-up it is taken back from, where that is another
	Twice   bool   `json:"twice,omitempty"`   // it is taken back since another station has handed it over, where it counts
}

// String returns the place as it is written for people.
func (p Place) String() string {
	s := p.City
	for _, part := range []string{p.Region, p.Country} {
		if part == "" {
			continue
		}
		if s != "" {
			s += ", "
		}
		s += part
	}
	return s
}

// Numbers returns every tracking number the shipment ever travelled under,
// withdrawn ones included, so that an old number still finds it.
func (s Shipment) Numbers() []shipment.TrackingNumber {
	var ns []shipment.TrackingNumber
	seen := map[shipment.TrackingNumber]bool{}
	for _, f := range s.Facts {
		if f.Number != "" && !seen[f.Number] {
			seen[f.Number] = true
			ns = append(ns, f.Number)
		}
	}
	return ns
}
