package agent

import (
	"slices"
	"time"

	"waybill/agent/packing"
	"waybill/printer"
	"waybill/shipment"
)

// A Stage is where an order stands at the desk; docs/states.md draws it. It is
// never stored: it follows from the State.
type Stage string

// The stages.
const (
	Refused     Stage = "refused"     // it cannot become a parcel; Why says what to mend
	Held        Stage = "held"        // it waits for something; Why says for what
	ToPack      Stage = "to_pack"     // number assigned; its label is made when it is packed
	Labelling   Stage = "labelling"   // number assigned, label not made yet
	Printing    Stage = "printing"    // the spool has it
	Unconfirmed Stage = "unconfirmed" // a label may or may not be on paper; a person decides
	Unprinted   Stage = "unprinted"   // a label cannot be printed or was taken back, and certainly is not on paper; a person reprints
	Printed     Stage = "printed"     // every label is on paper
	Checked     Stage = "checked"     // every label was read back by a scanner
	HandedOver  Stage = "handed_over" // every parcel left with its carrier
	Voided      Stage = "voided"      // it must not travel
)

// A State is everything the desk knows of one order.
type State struct {
	Order       shipment.Order            `json:"order"` // as it will be shipped, corrections included
	From        string                    `json:"from"`
	Digest      string                    `json:"digest"` // of the input, to tell the same order from a changed one
	Taken       time.Time                 `json:"taken"`
	Since       time.Time                 `json:"since"` // of the last change
	Why         *Why                      `json:"why,omitempty"`
	Warnings    shipment.Problems         `json:"warnings,omitempty"` // what a person should look at; nothing waits for it
	Unfit       shipment.Problems         `json:"unfit,omitempty"`    // what of the address the carrier's systems do not take whole; nothing waits for it
	Carrier     shipment.CarrierID        `json:"carrier,omitempty"`
	Service     shipment.ServiceID        `json:"service,omitempty"`
	ServiceName string                    `json:"service_name,omitempty"`
	Rule        string                    `json:"rule,omitempty"`
	Promise     shipment.Promise          `json:"promise,omitzero"`
	Parcels     []Parcel                  `json:"parcels,omitempty"`
	Packing     *packing.Progress         `json:"packing,omitempty"`   // what is in its boxes; nil: nobody checks
	Void        string                    `json:"void,omitempty"`      // why it must not travel
	VoidCode    string                    `json:"void_code,omitempty"` // the same for programs, where it is one of VoidCodes
	Otherwise   *Otherwise                `json:"otherwise,omitempty"` // it came again otherwise after its label was made; a person decides
	Stop        *Instruction              `json:"stop,omitempty"`      // the hub's word that keeps what is here from leaving
	Told        *Instruction              `json:"told,omitempty"`      // the hub's last word about it
	Past        []string                  `json:"past,omitempty"`      // digests of content that was replaced
	Gone        []shipment.TrackingNumber `json:"gone,omitempty"`      // numbers of voided labels, which may lie about
	Redacted    time.Time                 `json:"redacted,omitzero"`   // since when it says nothing of persons
	GoneFor     map[string]string         `json:"gone_for,omitempty"`  // why, by number, where a code says it
}

// A Why is what keeps an order from going on.
type Why struct {
	Stage    Stage             `json:"stage"` // Refused or Held
	Code     string            `json:"code"`
	Message  string            `json:"message"`
	Problems shipment.Problems `json:"problems,omitempty"`
}

// Codes of held orders that the desk itself acts on.
const (
	NoNumber = "no_number" // goes on by itself when the hub leases numbers
	NoRule   = "no_rule"
)

// A Parcel is one box of an order, on its way over the desk.
type Parcel struct {
	ID             shipment.ParcelID       `json:"id"`
	K              int                     `json:"k"`
	Weight         shipment.Grams          `json:"weight_g"`
	TrackingNumber shipment.TrackingNumber `json:"tracking_number"`
	Origin         string                  `json:"origin"` // "order" or "range"
	Range          string                  `json:"range,omitempty"`
	Warnings       shipment.Problems       `json:"warnings,omitempty"` // what is odd about the number
	Job            printer.JobID           `json:"job,omitempty"`
	Label          printer.LabelState      `json:"label,omitempty"`
	Evidence       printer.Evidence        `json:"evidence,omitempty"`
	Reason         string                  `json:"reason,omitempty"`   // why the label is unconfirmed or failed
	Doubtful       int                     `json:"doubtful,omitempty"` // how many equal labels a person is asked about
	Reprints       int                     `json:"reprints,omitempty"`
	Scanned        time.Time               `json:"scanned,omitzero"`
	ScannedBy      string                  `json:"scanned_by,omitempty"`
	HandedOver     time.Time               `json:"handed_over,omitzero"`
	HandedBy       string                  `json:"handed_by,omitempty"` // the scanner that saw it leave
	Handoff        string                  `json:"handoff,omitempty"`
	Also           []Departure             `json:"also,omitempty"` // further pick-ups that it was scanned onto; the one above was said last
	Away           *Away                   `json:"away,omitempty"` // another station hands it over
}

// A Departure is that a parcel was scanned onto a pick-up.
type Departure struct {
	Handoff string    `json:"handoff"`
	At      time.Time `json:"at"`
	By      string    `json:"by,omitempty"`
}

// On reports whether the parcel was scanned onto a pick-up and not taken back from
// it since. Two stations that do not hear of each other may each have scanned it
// onto one of theirs.
func (p Parcel) On(handoff string) bool {
	return !p.HandedOver.IsZero() && (p.Handoff == handoff || slices.ContainsFunc(p.Also, func(d Departure) bool { return d.Handoff == handoff }))
}

// leaves returns the parcel with a further pick-up that it was scanned onto: it is
// where it was last said to be. The same is returned where that is known.
func (p Parcel) leaves(d Departure) Parcel {
	switch {
	case p.On(d.Handoff):
		return p
	case !p.HandedOver.IsZero():
		p.Also = append(slices.Clone(p.Also), Departure{p.Handoff, p.HandedOver, p.HandedBy})
	}
	p.HandedOver, p.Handoff, p.HandedBy = d.At, d.Handoff, d.By
	return p
}

// stays returns the parcel without a pick-up that it was on. Where it was scanned
// onto another too, it is on that one, and else it waits.
func (p Parcel) stays(handoff string) Parcel {
	if !p.On(handoff) {
		return p
	}
	if p.Handoff != handoff {
		p.Also = slices.DeleteFunc(slices.Clone(p.Also), func(d Departure) bool { return d.Handoff == handoff })
	} else {
		p.HandedOver, p.Handoff, p.HandedBy = time.Time{}, "", ""
		if n := len(p.Also); n > 0 {
			last := p.Also[n-1]
			p.HandedOver, p.Handoff, p.HandedBy, p.Also = last.At, last.Handoff, last.By, slices.Clone(p.Also[:n-1])
		}
	}
	if len(p.Also) == 0 {
		p.Also = nil
	}
	return p
}

// Stage returns where the order stands: as far as its hindmost parcel.
func (s State) Stage() Stage {
	switch {
	case s.Void != "":
		return Voided
	case s.Why != nil:
		return s.Why.Stage
	}
	hindmost := HandedOver
	for _, p := range s.Parcels {
		if st := s.stageOf(p); order[st] < order[hindmost] {
			hindmost = st
		}
	}
	return hindmost
}

// order ranks the stages a parcel goes through.
var order = map[Stage]int{Unconfirmed: 0, Unprinted: 1, Labelling: 2, ToPack: 3, Printing: 4, Printed: 5, Checked: 6, HandedOver: 7}

func (p Parcel) stage() Stage {
	switch {
	case !p.HandedOver.IsZero():
		return HandedOver
	case p.Label == printer.Unconfirmed:
		return Unconfirmed
	case p.Label == printer.Failed, p.Label == printer.Cancelled:
		return Unprinted
	case !p.Scanned.IsZero():
		return Checked
	case p.Label == printer.Confirmed:
		return Printed
	case p.Job != "":
		return Printing
	default:
		return Labelling
	}
}

// Parcel returns the parcel that travels under number.
func (s State) Parcel(number shipment.TrackingNumber) (Parcel, bool) {
	for _, p := range s.Parcels {
		if p.TrackingNumber == number {
			return p, true
		}
	}
	return Parcel{}, false
}

// with returns s with p in the place of its parcel of the same K. s is not
// changed.
func (s State) with(p Parcel, at time.Time) State {
	parcels := make([]Parcel, len(s.Parcels))
	copy(parcels, s.Parcels)
	for i := range parcels {
		if parcels[i].K == p.K {
			parcels[i] = p
		}
	}
	s.Parcels, s.Since = parcels, at
	return s
}
