package agent

import (
	"fmt"
	"strings"
	"time"

	"waybill/agent/handoff"
	"waybill/printer"
	"waybill/shipment"
)

// What the hub may say about an order.
const (
	HubHold    = "hold"
	HubRelease = "release"
	HubCancel  = "cancel"
)

// OnHubHold is the code of a parcel that stays because the hub says so.
const OnHubHold = "on_hold"

// An Instruction is a word of the hub about an order.
type Instruction struct {
	Sequence int64     `json:"sequence"` // the hub's number of it
	Action   string    `json:"action"`
	Reason   string    `json:"reason,omitempty"`
	By       string    `json:"by,omitempty"`
	At       time.Time `json:"at"` // by the hub's clock
}

// Instructed says that a word of the hub has come. Jobs are the print jobs of the
// order's parcels.
type Instructed struct {
	Instruction

	Jobs    []printer.Job
	Learned time.Time
}

func (Instructed) isInput() {}

// same reports whether it is that word, told again. One that was told by an event
// does not know when the hub said it.
func (i Instruction) same(other Instruction) bool {
	return i.Sequence == other.Sequence && i.Action == other.Action && (i.At.IsZero() || i.At.Equal(other.At))
}

// Left returns how many of the order's parcels were handed over.
func (s State) Left() int {
	left := 0
	for _, p := range s.Parcels {
		if !p.HandedOver.IsZero() {
			left++
		}
	}
	return left
}

// byHub is why an order is void that the hub has cancelled, in the events of its
// labels. The hub's reason is not among them: it may speak of a person.
const byHub = "cancelled by the hub"

// Forgotten stands in the place of a reason that a person typed, once that was taken
// away with what is known of persons.
const Forgotten = "the reason is not kept any more"

// ForgetReasons returns the order without what people typed of why it is void, and
// why a label of it was taken back. It is void all the same.
func (s State) ForgetReasons() State {
	if s.Void != "" && s.Void != byHub {
		s.Void = Forgotten
	}
	for _, p := range s.Parcels {
		if strings.HasPrefix(p.Reason, TakenBackWords) {
			p.Reason = TakenBackWords
			s = s.with(p, s.Since)
		}
	}
	return s
}

// VoidWords returns why an order is void, for people.
func (s State) VoidWords() string {
	if s.Void == byHub && s.Told != nil && s.Told.Action == HubCancel {
		return s.Told.Words()
	}
	return s.Void
}

// instructed decides what the hub's word means here. The newest alone counts. A
// cancelled order of which something has left cannot be taken back as a whole: what
// is still here stays here.
func (s State) instructed(in Instructed) (State, []Effect) {
	if s.Told != nil && s.Told.same(in.Instruction) {
		return s, nil
	}
	told := in.Instruction
	s.Told, s.Since = &told, in.Learned
	fact := shipment.OrderInstructed{Sequence: in.Sequence, Action: in.Action, Reason: in.Reason, By: in.By}
	left := s.Left()
	var more []Effect
	switch {
	case in.Action == HubRelease:
		s.Stop, fact.Outcome = nil, "released"
	case left > 0 && left == len(s.Parcels): // one that is taken back from its pick-up must stay
		s.Stop, fact.Outcome = &told, "too_late"
	case in.Action == HubCancel && left == 0 && s.Stage() != Refused:
		s.Stop, fact.Outcome = nil, "voided"
		s, more = s.void(Void{Reason: byHub, Code: Cancelled, Jobs: in.Jobs, At: in.Learned})
	default:
		s.Stop, fact.Outcome = &told, "stopped"
	}
	return s, append([]Effect{Record{fact}}, more...)
}

// Redact returns the word without free text and names. nil is nil.
func (i *Instruction) Redact() *Instruction {
	if i == nil {
		return nil
	}
	bare := *i
	bare.Reason, bare.By = "", ""
	return &bare
}

// Words says the hub's word to people.
func (i Instruction) Words() string {
	said := "held by the hub"
	if i.Action == HubCancel {
		said = "cancelled by the hub"
	}
	if i.By != "" {
		said += " (" + i.By + ")"
	}
	if i.Reason != "" {
		said += ": " + i.Reason
	}
	return said
}

// stopped returns why a parcel does not leave that the hub has stopped, or nil.
func (s State) stopped() *handoff.Refusal {
	if s.Stop == nil {
		return nil
	}
	code := OnHubHold
	if s.Stop.Action == HubCancel {
		code = Cancelled
	}
	return &handoff.Refusal{Code: code, Message: fmt.Sprintf("Stop: order %s was %s. Put it aside.", s.Order.ID, s.Stop.Words())}
}

// CancelledBefore returns why an order is not taken that the hub has cancelled
// before it came.
func (i Instruction) CancelledBefore() shipment.Problem {
	return shipment.Problem{
		Field: "order_id", Code: Cancelled,
		Message: "the order was " + i.Words() + "; if it is to ship after all, send it under another order_id",
	}
}

// StopGuest returns why a parcel of another station's order does not leave here, by
// the hub's last word about it; the empty code: it may.
func StopGuest(id shipment.OrderID, word Instruction) (code, message string) {
	if word.Action == HubRelease {
		return "", ""
	}
	no := State{Order: shipment.Order{ID: id}, Stop: &word}.stopped()
	return no.Code, no.Message
}
