package packing

import (
	"slices"
	"time"

	"waybill/shipment"
)

// A Progress is how far the packing of one order is. It is kept with the order,
// and the Check, Weigh and Print are those that held when it was taken: a change
// of the configuration changes no order on its way.
type Progress struct {
	Check   Check    `json:"check"`
	Weigh   Weigh    `json:"weigh"`
	Print   Print    `json:"print"`
	Parcels []Parcel `json:"parcels"`
}

// A Parcel is what is in one box.
type Parcel struct {
	K          int            `json:"k"`
	In         []Pieces       `json:"in,omitempty"`  // by line of the order
	Box        int            `json:"box,omitempty"` // its number; 0: none was chosen
	Sides      Sides          `json:"sides,omitzero"`
	SidesFrom  string         `json:"sides_from,omitempty"` // box, typed, or the dimensioner's name
	Weight     shipment.Grams `json:"weight_g,omitempty"`   // with the box
	Scale      string         `json:"scale,omitempty"`      // that said so; typed: a person
	Asked      bool           `json:"asked,omitempty"`      // a supervisor is asked about the weight
	ApprovedBy string         `json:"approved_by,omitempty"`
	Packed     time.Time      `json:"packed,omitzero"`
	By         string         `json:"by,omitempty"`
	Acts       []Act          `json:"acts,omitempty"` // what undo takes back, oldest first
}

// Pieces is how many of a line are in a parcel, and how many of those a person
// counted.
type Pieces struct {
	N       int `json:"n"`
	Counted int `json:"counted,omitempty"`
}

// An Act is something that undo takes back.
type Act struct {
	Kind  ActKind `json:"kind"`
	Line  int     `json:"line,omitempty"` // of an item, from 0
	N     int     `json:"n,omitempty"`    // so many pieces, one after the other
	Was   int     `json:"was,omitempty"`  // the box before
	Sides Sides   `json:"sides,omitzero"` // and the sides
	From  string  `json:"from,omitempty"`
}

// An ActKind is what an Act did.
type ActKind string

// The acts.
const (
	ActItem  ActKind = "item"
	ActCount ActKind = "count"
	ActBox   ActKind = "box"
	ActSides ActKind = "sides"
	ActWeigh ActKind = "weigh"
)

// Begin returns the packing of an order of so many parcels, by rules.
func Begin(r Rules, parcels int) *Progress {
	p := &Progress{Check: r.Check, Weigh: r.Weigh, Print: r.Print, Parcels: make([]Parcel, parcels)}
	for i := range p.Parcels {
		p.Parcels[i].K = i + 1
	}
	return p
}

// A Job is what the packing of an order is held against.
type Job struct {
	Order shipment.Order // as it is shipped
	Rules Rules          // of the station: boxes, tolerance
	Bench string
	// Refuses returns why the order's service does not take a parcel of that
	// weight and size; empty where it does. nil: it takes any.
	Refuses func(shipment.Parcel) string
}

// Packed reports whether parcel k is.
func (p Progress) Packed(k int) bool {
	return k >= 1 && k <= len(p.Parcels) && !p.Parcels[k-1].Packed.IsZero()
}

// Done reports whether every parcel is packed.
func (p Progress) Done() bool { return p.Current() == 0 }

// Current returns the parcel in hand, counted from 1; 0 where all are packed.
func (p Progress) Current() int {
	for _, b := range p.Parcels {
		if b.Packed.IsZero() {
			return b.K
		}
	}
	return 0
}

// Begun reports whether anything was done for the parcel in hand.
func (p Progress) Begun() bool {
	k := p.Current()
	return k > 0 && len(p.Parcels[k-1].Acts) > 0
}

// in returns how many of a line are in the parcels.
func (p Progress) in(line int) int {
	n := 0
	for _, b := range p.Parcels {
		if line < len(b.In) {
			n += b.In[line].N
		}
	}
	return n
}

// Left returns how many pieces of a line are not in any parcel yet.
func (p Progress) Left(o shipment.Order, line int) int {
	return max(0, o.Items[line].Quantity-p.in(line))
}

// left returns how many pieces of the order are not in any parcel yet.
func (p Progress) left(o shipment.Order) int {
	n := 0
	for i := range o.Items {
		n += p.Left(o, i)
	}
	return n
}

// with returns p with b in the place of its parcel of the same K. p is not
// changed.
func (p Progress) with(b Parcel) Progress {
	p.Parcels = slices.Clone(p.Parcels)
	p.Parcels[b.K-1] = b
	return p
}

// add returns b with n pieces more of a line.
func (b Parcel) add(line, n, lines int, counted bool) Parcel {
	in := make([]Pieces, lines)
	copy(in, b.In)
	in[line].N += n
	if counted {
		in[line].Counted += n
	}
	b.In = in
	kind := ActItem
	if counted {
		kind = ActCount
	}
	b.Acts = slices.Clone(b.Acts)
	if last := len(b.Acts) - 1; last >= 0 && !counted && b.Acts[last].Kind == ActItem && b.Acts[last].Line == line {
		b.Acts[last].N += n
	} else {
		b.Acts = append(b.Acts, Act{Kind: kind, Line: line, N: n})
	}
	return b.unweighed()
}

// unweighed returns b without the weight, which was of other contents.
func (b Parcel) unweighed() Parcel {
	b.Weight, b.Scale, b.Asked, b.ApprovedBy = 0, "", false, ""
	b.Acts = slices.DeleteFunc(slices.Clone(b.Acts), func(a Act) bool { return a.Kind == ActWeigh })
	return b
}

// Expected returns what parcel k may weigh by what is in it, box included; ok is
// false where nobody can tell. Where its items are known and its box is none of
// the station's, or one of unknown weight, the packaging may weigh anything, so
// that the parcel can be told too light and never too heavy.
func (p Progress) Expected(j Job, k int) (span Span, ok bool) {
	b := p.Parcels[k-1]
	var sum shipment.Grams
	ok = true
	for i, it := range j.Order.Items {
		n := it.Quantity
		if p.Check.Checks() {
			n = 0
			if i < len(b.In) {
				n = b.In[i].N
			}
		}
		sum += it.Weight * shipment.Grams(n)
		ok = ok && (it.Weight > 0 || n == 0)
	}
	if !p.Check.Checks() && len(p.Parcels) > 1 {
		ok = false // nobody says what is in which
	}
	ok = ok && sum > 0
	box, _ := j.Rules.Box(b.Box)
	declared := k <= len(j.Order.Parcels) && j.Order.Parcels[k-1].Weight > 0
	switch {
	case ok && box.Tare > 0:
		sum += box.Tare
	case declared:
		sum = j.Order.Parcels[k-1].Weight // packed, as the shop says
	case ok:
		least, _ := j.Rules.Tolerance.Around(sum)
		return Span{Least: least}, true
	default:
		return Span{}, false
	}
	least, most := j.Rules.Tolerance.Around(sum)
	return Span{least, most}, true
}

// Has reports whether one of the codes is of an item of the order.
func (p Progress) Has(j Job, codes []Code) bool { return p.line(j, codes) >= 0 }

// TakesSides reports whether the parcel in hand has no box and no size yet.
func (p Progress) TakesSides() bool {
	k := p.Current()
	return k > 0 && p.Parcels[k-1].Box == 0 && !p.Parcels[k-1].Sides.Known()
}

// Wants reports whether nothing but its weight is wanted of the parcel in hand.
func (p Progress) Wants(j Job) bool {
	k := p.Current()
	return k > 0 && p.wantsWeight(j, k)
}

// Weighable reports whether a weight is all that the parcel in hand may lack. Of
// several parcels somebody must still say that it is full.
func (p Progress) Weighable(j Job) bool {
	k := p.Current()
	return k > 0 && p.weighable(j, k)
}

func (p Progress) weighable(j Job, k int) bool {
	return p.Weigh != WeighOff && p.Weigh != "" && p.Parcels[k-1].Weight == 0 && p.lacks(j, k) == ""
}

// Takes reports whether a weight that comes now is the parcel's without a word: it
// is wanted next, and is as expected, or nobody knows what to expect of a parcel
// whose items are all in. Where items are not checked, a weight that proves
// nothing may be that of the empty carton; then it counts when somebody says that
// the box is full.
func (p Progress) Takes(j Job, w shipment.Grams) bool {
	k := p.Current()
	return k > 0 && w > 0 && p.takesByItself(j, k) && p.holds(j, k, w)
}

// Fits reports whether a weight that lay there before what was done last is the
// parcel's without a word. It must prove that everything is in, so it must be
// bounded on both sides: a heavy carton makes up for any missing piece.
func (p Progress) Fits(j Job, w shipment.Grams) bool {
	k := p.Current()
	if k == 0 || !p.Takes(j, w) {
		return false
	}
	span, known := p.Expected(j, k)
	return known && span.Bounded()
}

// holds reports whether a weight is as expected, or nobody knows what to expect.
func (p Progress) holds(j Job, k int, w shipment.Grams) bool {
	span, known := p.Expected(j, k)
	return !known || span.Holds(w)
}

// takesByItself reports whether any weight of parcel k may count before somebody
// says that the box is full.
func (p Progress) takesByItself(j Job, k int) bool {
	span, known := p.Expected(j, k)
	return p.wantsWeight(j, k) && (p.Check.Checks() || known && span.Bounded())
}

// wantsWeight reports whether parcel k is complete but for its weight. Of several
// parcels only the last is known to be full without a word.
func (p Progress) wantsWeight(j Job, k int) bool {
	return p.weighable(j, k) && (k == len(p.Parcels) || !p.Check.Checks())
}
