package wire

import (
	"fmt"
	"time"

	"waybill/shipment"
)

// An Action is what the hub's people want done with an order.
type Action string

// The actions. A later one about the same order takes the place of an earlier one;
// nothing comes after a cancellation.
const (
	ActionHold    Action = "hold"    // nothing of it leaves, and no label of it is made
	ActionRelease Action = "release" // it goes on
	ActionCancel  Action = "cancel"  // nothing of it prints or leaves any more
)

// Known reports whether it is an action of this version.
func (a Action) Known() bool {
	return a == ActionHold || a == ActionRelease || a == ActionCancel
}

// An Instruction is a word of the hub about an order. Instructions are numbered
// from 1 without gaps, for all stations together: a station that has number n has
// every one before it.
type Instruction struct {
	Sequence int64            `json:"sequence"`
	Order    shipment.OrderID `json:"order_id"`
	Action   Action           `json:"action"`
	Reason   string           `json:"reason"` // for whoever stands at the dock
	By       string           `json:"by,omitempty"`
	At       Timestamp        `json:"at"` // by the hub's clock
}

// Instructions are a page of them, and what else a station asks for now and then.
type Instructions struct {
	Station shipment.StationID `json:"station"` // whom this answers
	From    int64              `json:"from"`    // the number that was asked for
	List    []Instruction      `json:"list"`    // that one, if there is one, and what comes after it
	More    bool               `json:"more,omitempty"`
	Bundle  int64              `json:"bundle,omitempty"` // the version to work by; 0: there is none

	// BundleSHA256 is DigestFiles of that version. A hub whose store was restored from
	// before may give a number twice; this tells the two apart.
	BundleSHA256 string `json:"bundle_sha256,omitempty"`
}

// Same reports whether it is that word, whatever is left of its free text.
func (in Instruction) Same(other Instruction) bool {
	return in.Sequence == other.Sequence && in.Order == other.Order && in.Action == other.Action && time.Time(in.At).Equal(time.Time(other.At))
}

// Bare returns the word without free text and names.
func (in Instruction) Bare() Instruction {
	in.Reason, in.By = "", ""
	return in
}

// MaxInstructions is how many a page has at most.
const MaxInstructions = 500

// Check says why a page is not the whole of what comes from its number on. None may
// be missed: a hold that does not arrive lets a parcel leave.
func (p Instructions) Check(station shipment.StationID, from int64) error {
	if p.Station != station || p.From != from {
		return fmt.Errorf("it answers station %q asking from %d, and station %q asked from %d", p.Station, p.From, station, from)
	}
	for i, in := range p.List {
		if want := max(from, 1) + int64(i); in.Sequence != want {
			return fmt.Errorf("instruction %d is missing: number %d stands in its place", want, in.Sequence)
		}
		if in.Order == "" {
			return fmt.Errorf("instruction %d is about no order", in.Sequence)
		}
	}
	if p.More && len(p.List) < 2 {
		return fmt.Errorf("it says that there is more after %d instructions, and brings nothing new", len(p.List))
	}
	return nil
}
