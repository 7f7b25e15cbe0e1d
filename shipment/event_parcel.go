package shipment

import "time"

// ParcelTakenOver records that the hub gave this station a parcel whose order is
// another's, to hand it over, where a person had said that this may be. It is about
// that station's order.
type ParcelTakenOver struct {
	Parcel         ParcelID       `json:"parcel"`
	TrackingNumber TrackingNumber `json:"tracking_number"`
	Carrier        CarrierID      `json:"carrier"`
	Station        StationID      `json:"station"`        // that has its order and made its label
	From           StationID      `json:"from,omitempty"` // that had it: the same, but where it changed hands before
	By             string         `json:"by,omitempty"`   // on whose word
	At             time.Time      `json:"at,omitzero"`    // by the hub's clock

	// The parcel as the hub tells it, so that it can be told again from nothing else.
	Service     ServiceID `json:"service,omitempty"`
	ServiceName string    `json:"service_name,omitempty"`
	Weight      Grams     `json:"weight_g,omitempty"`
	PostalCode  string    `json:"postal_code,omitempty"`
	Country     string    `json:"country,omitempty"`
	Printed     time.Time `json:"printed,omitzero"`
}

// ParcelYielded records that this station learned that another has taken over a
// parcel of its, and hands it over no more.
type ParcelYielded struct {
	Parcel         ParcelID       `json:"parcel"`
	TrackingNumber TrackingNumber `json:"tracking_number"`
	Carrier        CarrierID      `json:"carrier"`
	To             StationID      `json:"to"`              // that has it
	By             string         `json:"by,omitempty"`    // on whose word there
	At             time.Time      `json:"at"`              // by the hub's clock
	Back           bool           `json:"back,omitempty"`  // this station has it again
	Owner          StationID      `json:"owner,omitempty"` // that has its order; empty: this one
}

// ParcelMerged records what this station learned of another's scan of a parcel that
// changed hands: that it has left there, or was taken back. The scan is that station's
// event.
type ParcelMerged struct {
	Parcel         ParcelID       `json:"parcel"`
	TrackingNumber TrackingNumber `json:"tracking_number"`
	Carrier        CarrierID      `json:"carrier"`
	Station        StationID      `json:"station"`           // that scanned it
	Handoff        string         `json:"handoff"`           // its pick-up there
	Scanner        string         `json:"scanner,omitempty"` // there
	Operator       string         `json:"operator,omitempty"`
	Left           time.Time      `json:"left,omitzero"`   // zero: it was taken back there
	Twice          bool           `json:"twice,omitempty"` // this station has handed it over too; it counts once, and a person must look
	Owner          StationID      `json:"owner,omitempty"` // that has its order; empty: this one
}

// EventType returns parcel.taken_over.
func (ParcelTakenOver) EventType() EventType { return ParcelTakenOverType }

// EventType returns parcel.yielded.
func (ParcelYielded) EventType() EventType { return ParcelYieldedType }

// EventType returns parcel.merged.
func (ParcelMerged) EventType() EventType { return ParcelMergedType }
