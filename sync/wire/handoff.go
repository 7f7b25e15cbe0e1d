package wire

import (
	"time"

	"waybill/shipment"
)

// A Handoff is a carrier's pick-up as the hub tells it, from the events of every
// station that had a hand in it.
type Handoff struct {
	ID       string             `json:"id"`
	Station  shipment.StationID `json:"station"`   // that has it: it took it over last, or opened it
	OpenedAt shipment.StationID `json:"opened_at"` // the station that opened it
	Carrier  shipment.CarrierID `json:"carrier,omitempty"`
	Service  shipment.ServiceID `json:"service,omitempty"`
	Trailer  string             `json:"trailer,omitempty"`
	Dock     string             `json:"dock,omitempty"`
	Auto     bool               `json:"auto,omitempty"` // a scan opened it, no person
	Corrects string             `json:"corrects,omitempty"`
	OpenedBy string             `json:"opened_by,omitempty"`
	Opened   time.Time          `json:"opened,omitzero"`
	Count    int                `json:"count"`            // parcels on it, as far as the hub has heard
	Scans    int                `json:"scans"`            // scans onto it and undoings that the hub has heard of; it only grows
	Heard    time.Time          `json:"heard,omitzero"`   // when the hub last heard of its station, by the hub's clock
	Closed   time.Time          `json:"closed,omitzero"`  // by the station that has it
	Change   int64              `json:"change,omitempty"` // what the station says that it has heard of; 0: the hub does not wait for it

	Closings  []HandoffClosing `json:"closings,omitempty"` // every one that was told; more than one where a station did not know that it was taken over
	Takeovers []Takeover       `json:"takeovers,omitempty"`
	Entries   []HandoffEntry   `json:"entries,omitempty"`  // every scan onto it, those that were undone among them
	Expected  []HandoffParcel  `json:"expected,omitempty"` // parcels that wait for its carrier, and those that must not go with it
}

// A HandoffClosing is that a station has closed a pick-up.
type HandoffClosing struct {
	Station shipment.StationID `json:"station"`
	At      time.Time          `json:"at"`
	By      string             `json:"by,omitempty"`
	Driver  string             `json:"driver,omitempty"`
	Parcels int                `json:"parcels"`
}

// A HandoffEntry is one scan of a parcel onto a pick-up.
type HandoffEntry struct {
	Station        shipment.StationID      `json:"station"` // that scanned it
	N              int                     `json:"n"`       // its place among the pick-up's scans at that station
	Order          shipment.OrderID        `json:"order"`
	Parcel         shipment.ParcelID       `json:"parcel"`
	TrackingNumber shipment.TrackingNumber `json:"tracking_number"`
	Service        shipment.ServiceID      `json:"service,omitempty"`
	ServiceName    string                  `json:"service_name,omitempty"`
	Weight         shipment.Grams          `json:"weight_g,omitempty"`
	PostalCode     string                  `json:"postal_code,omitempty"`
	Country        string                  `json:"country,omitempty"`
	Scanner        string                  `json:"scanner,omitempty"`
	Operator       string                  `json:"operator,omitempty"`
	At             time.Time               `json:"at"`
	Owner          shipment.StationID      `json:"owner,omitempty"` // that has its order; empty: the one that scanned it
	Back           *HandoffBack            `json:"back,omitempty"`  // it does not leave with it after all
}

// A HandoffBack says who took a parcel back, and why.
type HandoffBack struct {
	Station shipment.StationID `json:"station"`
	At      time.Time          `json:"at"`
	By      string             `json:"by,omitempty"`
	Reason  string             `json:"reason,omitempty"`
}

// A HandoffParcel is a parcel of another station that a pick-up may meet: one
// that is expected, or one that must not go, and why.
type HandoffParcel struct {
	Station        shipment.StationID      `json:"station"` // that made its label
	Order          shipment.OrderID        `json:"order"`
	Parcel         shipment.ParcelID       `json:"parcel"`
	TrackingNumber shipment.TrackingNumber `json:"tracking_number"`
	Carrier        shipment.CarrierID      `json:"carrier"`
	Service        shipment.ServiceID      `json:"service,omitempty"`
	Weight         shipment.Grams          `json:"weight_g,omitempty"`
	To             string                  `json:"to,omitempty"`
	PostalCode     string                  `json:"postal_code,omitempty"`
	Country        string                  `json:"country,omitempty"`
	Printed        time.Time               `json:"printed,omitzero"`
	Seen           time.Time               `json:"seen,omitzero"`
	Code           string                  `json:"code,omitempty"` // why it must not go, for programs; empty: it is expected
	Stop           string                  `json:"stop,omitempty"` // and for people
}

// A TakeoverRequest asks for a pick-up that another station has. The same Key
// always gets the same answer, so that a lost one costs nothing.
type TakeoverRequest struct {
	Key     string             `json:"key"`
	Station shipment.StationID `json:"station"` // that asks
	From    shipment.StationID `json:"from"`    // the station that has it, as the person was told
	By      string             `json:"by,omitempty"`
}

// A Takeover is that a station took a pick-up over from another, on a person's
// word.
type Takeover struct {
	Station shipment.StationID `json:"station"`
	From    shipment.StationID `json:"from"`
	By      string             `json:"by,omitempty"`
	At      time.Time          `json:"at"` // by the hub's clock
}

// Handoffs is the hub's answer to who asks for pick-ups.
type Handoffs struct {
	Handoffs []Handoff `json:"handoffs"`
	More     bool      `json:"more,omitempty"` // after the last of these
}
