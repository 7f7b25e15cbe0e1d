package packing

import (
	"cmp"
	"time"

	"waybill/shipment"
)

// A Check is how the items of a parcel are checked.
type Check string

// The checks.
const (
	CheckOff   Check = "off"   // not at all: a person says that all is in
	CheckScan  Check = "scan"  // each piece is scanned; what has no barcode is counted
	CheckCount Check = "count" // pieces are scanned or counted, as the packer likes
)

// A Weigh says whether a parcel is weighed.
type Weigh string

// The ways to weigh.
const (
	WeighOff     Weigh = "off"
	WeighAsk     Weigh = "ask"     // a weight is waited for; closing the box does without
	WeighRequire Weigh = "require" // no label without a weight
)

// A Print says when a parcel's label is made.
type Print string

// The moments.
const (
	OnAccept   Print = "on_accept"   // as soon as the order is taken
	WhenPacked Print = "when_packed" // when the parcel is packed, and never before
)

// Rules is how a station packs. The zero Rules is a desk that does not check.
type Rules struct {
	Check     Check
	Weigh     Weigh
	Print     Print
	Tolerance Tolerance
	Boxes     []Box
	Operators []Operator // empty: nobody says who they are
	Totes     string     // how the codes of totes begin; empty: there are none

	// BadgeLasts is how long a badge counts after the last scan of its operator, so
	// that who has gone home is not who hands over the next day; 0: until the next one.
	BadgeLasts time.Duration
}

// Lapsed reports whether a badge counts no more whose operator was seen last at some
// time.
func (r Rules) Lapsed(seen, now time.Time) bool {
	return r.BadgeLasts > 0 && now.Sub(seen) > r.BadgeLasts
}

// On reports whether there is anything to do between an order and its label.
func (r Rules) On() bool {
	return r.Check != CheckOff && r.Check != "" || r.Weigh != WeighOff && r.Weigh != "" || r.Print == WhenPacked
}

// Choice returns how an order that is taken now is packed, for its events. What is
// off is said to be off: that nothing is packed is a decision, too.
func (r Rules) Choice() *shipment.PackingChoice {
	return &shipment.PackingChoice{
		Check: cmp.Or(string(r.Check), string(CheckOff)), Weigh: cmp.Or(string(r.Weigh), string(WeighOff)), Print: cmp.Or(string(r.Print), string(OnAccept)),
	}
}

// RulesOf returns the rules by which an order was packed whose events say so.
func RulesOf(c shipment.PackingChoice) Rules {
	return Rules{Check: Check(c.Check), Weigh: Weigh(c.Weigh), Print: Print(c.Print)}
}

// Checks reports whether the items are checked.
func (c Check) Checks() bool { return c == CheckScan || c == CheckCount }

// A Tolerance is by how much a weight may differ from the expected: the larger
// of the two.
type Tolerance struct {
	Grams   shipment.Grams
	Percent float64
}

// Around returns the least and the most that a weight may be.
func (t Tolerance) Around(expected shipment.Grams) (least, most shipment.Grams) {
	by := max(t.Grams, shipment.Grams(float64(expected)*t.Percent/100))
	return max(0, expected-by), expected + by
}

// A Sides is how large something is.
type Sides struct {
	Length shipment.Millimetres `json:"length_mm,omitempty"`
	Width  shipment.Millimetres `json:"width_mm,omitempty"`
	Height shipment.Millimetres `json:"height_mm,omitempty"`
}

// Known reports whether all three sides are.
func (s Sides) Known() bool { return s.Length > 0 && s.Width > 0 && s.Height > 0 }

// A Box is a kind of box that the bench has, with a control barcode.
type Box struct {
	N     int // 1 to shipment.MaxBoxes
	Name  string
	Inner Sides
	Outer Sides // what the carrier is told
	Tare  shipment.Grams
}

// Box returns the box of that number.
func (r Rules) Box(n int) (Box, bool) {
	for _, b := range r.Boxes {
		if b.N == n {
			return b, true
		}
	}
	return Box{}, false
}

// An Operator is somebody with a badge.
type Operator struct {
	ID         string
	Name       string
	Supervisor bool // may let a weight pass that is not what it should be
}

// Operator returns the operator with that badge.
func (r Rules) Operator(id string) (Operator, bool) {
	for _, o := range r.Operators {
		if o.ID == id {
			return o, true
		}
	}
	return Operator{}, false
}
