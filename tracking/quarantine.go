package tracking

import (
	"encoding/json"
	"time"

	"waybill/shipment"
	"waybill/sync/wire"
)

// A SetAside is an event that contradicts what the hub has of its station, and
// from which no story is told unless a person releases it.
type SetAside struct {
	Station  shipment.StationID `json:"station"`
	Hash     string             `json:"hash"`
	Epoch    int64              `json:"epoch"`
	Sequence int64              `json:"sequence"`
	ID       string             `json:"id"`
	Subject  shipment.OrderID   `json:"subject,omitempty"`
	Code     wire.Code          `json:"code"`
	Reason   string             `json:"reason"`
	Received time.Time          `json:"received"`

	Decision Decision  `json:"decision,omitempty"`
	Decided  time.Time `json:"decided,omitzero"`
	By       string    `json:"by,omitempty"`
	Note     string    `json:"note,omitempty"`

	Raw json.RawMessage `json:"event"`
}

// A Decision is what a person made of an event that was set aside. The empty
// decision is none.
type Decision string

// The decisions. Whoever releases an event asks for Released, and gets Taken
// where the event fits its station's chain by now.
const (
	Released  Decision = "released"  // it tells its story beside the chain
	Taken     Decision = "taken"     // it is in the chain like any other
	Discarded Decision = "discarded" // it tells nothing; its bytes are kept
)

// A Decide asks for a decision on one event.
type Decide struct {
	Station  shipment.StationID
	Hash     string
	Decision Decision
	By       string // who decides
	Note     string // why
}
