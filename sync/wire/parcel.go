package wire

import (
	"slices"
	"time"

	"waybill/shipment"
)

// A Parcel is a parcel as the hub knows it by the number on its box. Station is
// whose order it is of. Code and Stop say why it must not be handed over by
// anybody; CodeUnknown that the hub knows no parcel of that number.
type Parcel struct {
	HandoffParcel

	Holder    shipment.StationID `json:"holder,omitempty"`    // that may hand it over: it took it over last, or made its label
	Takeovers []Takeover         `json:"takeovers,omitempty"` // the first before the next
	Heard     time.Time          `json:"heard,omitzero"`      // when the hub last heard of the holder, by the hub's clock
	Left      []ParcelLeft       `json:"left,omitempty"`      // who has handed it over and not taken it back, in that order
	Change    int64              `json:"change,omitempty"`    // what the station says that it has heard of; 0: the hub does not wait for it
}

// A ParcelLeft is that a station has handed a parcel over.
type ParcelLeft struct {
	Station  shipment.StationID `json:"station"`
	Handoff  string             `json:"handoff"` // the pick-up
	Scanner  string             `json:"scanner,omitempty"`
	Operator string             `json:"operator,omitempty"`
	At       time.Time          `json:"at"`
	Twice    bool               `json:"twice,omitempty"` // another has handed it over too, and it counts there; it is off the pick-up here
}

// Codes of why a parcel is not given to the station that asks, beside those of
// why it must not be handed over by anybody.
const (
	CodeUnknown          = "unknown"             // the hub has heard of no such number
	CodeAmbiguous        = "ambiguous_number"    // labels of two orders bear it
	CodeParcelTakenOver  = "parcel_taken_over"   // another station has it than was said
	CodeParcelHandedOver = "already_handed_over" // it has left
)

// Parcels is the hub's answer to who asks for parcels that changed hands.
type Parcels struct {
	Parcels []Parcel `json:"parcels"`
	More    bool     `json:"more,omitempty"` // after the last of these
}

// LeftLast returns the last hand-over of the parcel that counts; false: there is none.
func (p Parcel) LeftLast() (ParcelLeft, bool) {
	for _, l := range slices.Backward(p.Left) {
		if !l.Twice {
			return l, true
		}
	}
	return ParcelLeft{}, false
}
