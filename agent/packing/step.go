package packing

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"waybill/shipment"
)

// A Tone is how an answer is meant.
type Tone int

// The tones.
const (
	Good Tone = iota
	Warn      // right, but nothing changed, or something is still asked
	Bad       // nothing changed, and something is wrong
)

// An Outcome is what came of an Input.
type Outcome struct {
	Tone    Tone
	Code    string // stable, for programs
	Message string // what it was, and what is wanted now
	SKU     string // of the item it was about
	Facts   []shipment.Fact
	Packed  int // the parcel that is packed by it; 0: none
}

// An Input is something that somebody did at the bench.
type Input interface{ isInput() }

// Scanned is a barcode that may be an item's.
type Scanned struct {
	Codes []Code
	What  string // as it was read, for words
	By    string
	At    time.Time
}

// Counted is pieces of a line that a person counted into the box.
type Counted struct {
	Line       int // of the order, from 0
	N          int
	Supervisor bool // the person may do so for what should be scanned
	By         string
	At         time.Time
}

// Chosen is a box.
type Chosen struct {
	Box int
	By  string
	At  time.Time
}

// Measured is how large the packed box is.
type Measured struct {
	Sides Sides
	From  string // typed, or the dimensioner's name
	By    string
	At    time.Time
}

// Weighed is a stable weight of the packed box.
type Weighed struct {
	Weight shipment.Grams
	Scale  string // its name; typed: a person read it off
	By     string
	At     time.Time
}

// Closed says that the box is full.
type Closed struct {
	By string
	At time.Time
}

// Approved is a supervisor's word that the weight is right.
type Approved struct {
	Supervisor string // whose word it is
	By         string
	At         time.Time
}

// Undone takes the last act back.
type Undone struct{ At time.Time }

func (Scanned) isInput()  {}
func (Counted) isInput()  {}
func (Chosen) isInput()   {}
func (Measured) isInput() {}
func (Weighed) isInput()  {}
func (Closed) isInput()   {}
func (Approved) isInput() {}
func (Undone) isInput()   {}

// Step returns the packing after in, and what came of it. A parcel that lacks
// nothing any more is packed by the input that completed it; of several parcels
// each but the last is full when somebody says so.
func (p Progress) Step(j Job, in Input) (Progress, Outcome) {
	k := p.Current()
	if k == 0 {
		return p, p.over(j, in)
	}
	switch in := in.(type) {
	case Scanned:
		return p.scanned(j, k, in)
	case Counted:
		return p.counted(j, k, in)
	case Chosen:
		return p.chosen(j, k, in)
	case Measured:
		return p.measured(j, k, in)
	case Weighed:
		return p.weighed(j, k, in)
	case Closed:
		return p.settle(j, k, in.By, in.At, true, Outcome{Code: "closed"})
	case Approved:
		return p.approved(j, k, in)
	case Undone:
		return p.undone(j, k)
	}
	return p, Outcome{Tone: Bad, Code: "unknown", Message: "That is nothing the bench knows."}
}

// over answers once every parcel is packed.
func (p Progress) over(j Job, in Input) Outcome {
	what := "Everything of order " + string(j.Order.ID) + " is packed."
	switch in := in.(type) {
	case Undone:
		return Outcome{Tone: Bad, Code: "packed_already", Message: what + " What is packed is not undone: void the order, and send it again."}
	case Scanned:
		if i := p.line(j, in.Codes); i >= 0 {
			return Outcome{Tone: Bad, Code: "item_complete", SKU: j.Order.Items[i].SKU, Message: fmt.Sprintf("This is %s, and all %d are packed already. Put it back.", name(j.Order.Items[i]), j.Order.Items[i].Quantity)}
		}
		return Outcome{Tone: Bad, Code: "wrong_item", Message: fmt.Sprintf("%s is no item of order %s, and everything of it is packed. Put it back.", quoted(in.What), j.Order.ID)}
	}
	return Outcome{Tone: Warn, Code: "packed_already", Message: what}
}

// line returns the line of the order that has one of the codes; one with pieces
// left goes first. -1: none has.
func (p Progress) line(j Job, codes []Code) int {
	found := -1
	for _, c := range codes {
		for i, it := range j.Order.Items {
			if !slices.Contains(itemCodes(it), c) {
				continue
			}
			if p.Left(j.Order, i) > 0 {
				return i
			}
			if found < 0 {
				found = i
			}
		}
	}
	return found
}

func (p Progress) scanned(j Job, k int, in Scanned) (Progress, Outcome) {
	i := p.line(j, in.Codes)
	if i < 0 {
		return p, Outcome{Tone: Bad, Code: "wrong_item", Message: fmt.Sprintf("%s is no item of order %s. Put it back. %s", quoted(in.What), j.Order.ID, p.wanted(j))}
	}
	it := j.Order.Items[i]
	if p.Left(j.Order, i) == 0 {
		return p, Outcome{Tone: Bad, Code: "item_complete", SKU: it.SKU, Message: fmt.Sprintf("This is %s, and all %d are in already. Put it back. %s", name(it), it.Quantity, p.wanted(j))}
	}
	p = p.with(p.Parcels[k-1].add(i, 1, len(j.Order.Items), false))
	return p.settle(j, k, in.By, in.At, false, Outcome{
		Code: "item_packed", SKU: it.SKU, Message: fmt.Sprintf("%s: %d of %d.", name(it), it.Quantity-p.Left(j.Order, i), it.Quantity),
	})
}

func (p Progress) counted(j Job, k int, in Counted) (Progress, Outcome) {
	if in.Line < 0 || in.Line >= len(j.Order.Items) || in.N < 1 {
		return p, Outcome{Tone: Bad, Code: "no_such_line", Message: fmt.Sprintf("Order %s has %d lines; count one piece or more of one of them.", j.Order.ID, len(j.Order.Items))}
	}
	it := j.Order.Items[in.Line]
	left := p.Left(j.Order, in.Line)
	switch {
	case left == 0:
		return p, Outcome{Tone: Bad, Code: "item_complete", SKU: it.SKU, Message: fmt.Sprintf("All %d of %s are in already. %s", it.Quantity, name(it), p.wanted(j))}
	case in.N > left:
		return p, Outcome{Tone: Bad, Code: "too_many", SKU: it.SKU, Message: fmt.Sprintf("%d of %s are one too many or more: %d of %d are wanted still. Count again.", in.N, name(it), left, it.Quantity)}
	case p.Check == CheckScan && it.Barcode != "" && !in.Supervisor:
		return p, Outcome{Tone: Bad, Code: "scan_it", SKU: it.SKU, Message: fmt.Sprintf("%s has a barcode, so scan it. If it does not read, a supervisor may count it.", name(it))}
	}
	p = p.with(p.Parcels[k-1].add(in.Line, in.N, len(j.Order.Items), true))
	return p.settle(j, k, in.By, in.At, false, Outcome{
		Code: "item_counted", SKU: it.SKU, Message: fmt.Sprintf("%s: %d of %d.", name(it), it.Quantity-p.Left(j.Order, in.Line), it.Quantity),
	})
}

func (p Progress) chosen(j Job, k int, in Chosen) (Progress, Outcome) {
	box, ok := j.Rules.Box(in.Box)
	if !ok {
		return p, Outcome{Tone: Bad, Code: "no_such_box", Message: fmt.Sprintf("This bench has no box %d. %s", in.Box, boxNames(j.Rules))}
	}
	b := p.Parcels[k-1]
	if why := refuses(j, 0, box.Outer); why != "" {
		return p, Outcome{Tone: Bad, Code: "size_refused", Message: fmt.Sprintf("Box %d (%s) does not go with this service: it %s. Take another one.", box.N, box.Name, why)}
	}
	act := Act{Kind: ActBox, Was: b.Box, Sides: b.Sides, From: b.SidesFrom}
	b = b.unweighed()
	b.Acts = append(slices.Clone(b.Acts), act)
	b.Box, b.Sides, b.SidesFrom = box.N, box.Outer, "box"
	return p.with(b).settle(j, k, in.By, in.At, false, Outcome{Code: "box_chosen", Message: fmt.Sprintf("Box %d, %s.", box.N, box.Name)})
}

func (p Progress) measured(j Job, k int, in Measured) (Progress, Outcome) {
	if !in.Sides.Known() {
		return p, Outcome{Tone: Bad, Code: "no_size", Message: "Give length, width and height in millimetres, all more than 0."}
	}
	if why := refuses(j, 0, in.Sides); why != "" {
		return p, Outcome{Tone: Bad, Code: "size_refused", Message: fmt.Sprintf("A box of %s does not go with this service: it %s.", size(in.Sides), why)}
	}
	b := p.Parcels[k-1]
	b.Acts = append(slices.Clone(b.Acts), Act{Kind: ActSides, Was: b.Box, Sides: b.Sides, From: b.SidesFrom})
	b.Sides, b.SidesFrom = in.Sides, in.From
	return p.with(b).settle(j, k, in.By, in.At, false, Outcome{Code: "measured", Message: size(in.Sides) + "."})
}

func (p Progress) weighed(j Job, k int, in Weighed) (Progress, Outcome) {
	b := p.Parcels[k-1]
	if in.Weight <= 0 {
		return p, Outcome{Tone: Bad, Code: "no_weight", Message: "Nothing is on the scale."}
	}
	if p.Weigh == WeighOff || p.Weigh == "" {
		return p, Outcome{Tone: Warn, Code: "not_weighed_here", Message: "This order is not weighed. " + p.Next(j)}
	}
	if lacks := p.lacks(j, k); lacks != "" {
		return p, Outcome{Tone: Warn, Code: "not_complete", Message: "Not yet: " + lacks}
	}
	b = b.unweighed()
	b.Weight, b.Scale = in.Weight, in.Scale
	b.Acts = append(slices.Clone(b.Acts), Act{Kind: ActWeigh})
	return p.with(b).settle(j, k, in.By, in.At, true, Outcome{Code: "weighed", Message: kg(in.Weight) + "."})
}

func (p Progress) approved(j Job, k int, in Approved) (Progress, Outcome) {
	b := p.Parcels[k-1]
	if !b.Asked {
		return p, Outcome{Tone: Warn, Code: "nothing_to_approve", Message: "Nothing waits for a supervisor. " + p.Next(j)}
	}
	b.ApprovedBy = in.Supervisor
	return p.with(b).settle(j, k, in.By, in.At, true, Outcome{Code: "approved", Message: "Weight approved by " + in.Supervisor + "."})
}

func (p Progress) undone(j Job, k int) (Progress, Outcome) {
	b := p.Parcels[k-1]
	if len(b.Acts) == 0 {
		return p, Outcome{Tone: Warn, Code: "nothing_to_undo", Message: "Nothing of this parcel is to undo. " + p.Next(j)}
	}
	acts := slices.Clone(b.Acts)
	a := &acts[len(acts)-1]
	o := Outcome{Code: "undone"}
	switch a.Kind {
	case ActItem, ActCount:
		n := 1
		if a.Kind == ActCount {
			n = a.N
		}
		b.In = slices.Clone(b.In)
		b.In[a.Line].N -= n
		if a.Kind == ActCount {
			b.In[a.Line].Counted -= n
		}
		it := j.Order.Items[a.Line]
		o.SKU, o.Message = it.SKU, fmt.Sprintf("Take %d × %s out again.", n, name(it))
		if a.N -= n; a.N > 0 {
			b.Acts = acts
			p = p.with(b)
			o.Message += " " + p.Next(j)
			return p, o
		}
	case ActBox, ActSides:
		b.Box, b.Sides, b.SidesFrom = a.Was, a.Sides, a.From
		o.Message = "The box is taken back."
	case ActWeigh:
		b.Weight, b.Scale, b.Asked, b.ApprovedBy = 0, "", false, ""
		o.Message = "The weight is taken back."
	}
	b.Acts = acts[:len(acts)-1]
	p = p.with(b)
	o.Message += " " + p.Next(j)
	return p, o
}

// lacks returns what is wanted before parcel k can be weighed or closed; empty:
// nothing.
func (p Progress) lacks(j Job, k int) string {
	b := p.Parcels[k-1]
	last := k == len(p.Parcels)
	switch {
	case !p.Check.Checks():
	case last && p.left(j.Order) > 0:
		return p.wanted(j)
	case !last && p.spread(j):
	case !last && b.pieces() == 0:
		return fmt.Sprintf("parcel %d is empty. %s", k, p.wanted(j))
	case !last && p.left(j.Order) < len(p.Parcels)-k:
		return fmt.Sprintf("the order has %d parcels, and nothing is left for the others. Take something out with UNDO, or void the order and send it with fewer parcels.", len(p.Parcels))
	}
	if len(j.Rules.Boxes) > 0 && !p.sides(j, k).Known() {
		return "choose the box: scan its code or type its size. " + boxNames(j.Rules)
	}
	return ""
}

// spread reports whether the order has fewer pieces than parcels, so that a
// piece goes in several and no parcel need have one of its own.
func (p Progress) spread(j Job) bool {
	n := 0
	for _, it := range j.Order.Items {
		n += it.Quantity
	}
	return n < len(p.Parcels)
}

func (b Parcel) pieces() int {
	n := 0
	for _, in := range b.In {
		n += in.N
	}
	return n
}

// sides returns how large parcel k is: as chosen or measured, else as the shop
// says.
func (p Progress) sides(j Job, k int) Sides {
	if s := p.Parcels[k-1].Sides; s.Known() || k > len(j.Order.Parcels) {
		return s
	}
	given := j.Order.Parcels[k-1]
	return Sides{given.Length, given.Width, given.Height}
}

// settle packs parcel k where it lacks nothing. full says that somebody said that
// the box is full, or put it on the scale; without that, a parcel is full when it
// is the last and everything that is checked is in.
func (p Progress) settle(j Job, k int, by string, at time.Time, full bool, o Outcome) (Progress, Outcome) {
	say := func(tone Tone, code, message string) (Progress, Outcome) {
		o.Tone, o.Code = tone, code
		o.Message = joined(o.Message, message)
		return p, o
	}
	b := p.Parcels[k-1]
	if lacks := p.lacks(j, k); lacks != "" {
		if full {
			return say(Bad, "not_complete", "Not yet: "+lacks)
		}
		return say(Good, o.Code, sentence(lacks))
	}
	if !full && (k < len(p.Parcels) || !p.Check.Checks()) {
		return say(Good, o.Code, p.Next(j))
	}
	if wants := p.Weigh != WeighOff && p.Weigh != ""; wants && b.Weight == 0 {
		switch {
		case !full:
			return say(Good, o.Code, p.Next(j))
		case p.Weigh == WeighRequire:
			return say(Bad, "weigh_it", "No label without a weight: put it on the scale.")
		}
	}
	if b.Weight > 0 {
		if why := refuses(j, b.Weight, p.sides(j, k)); why != "" {
			return say(Bad, "weight_refused", fmt.Sprintf("This parcel does not go with its service: it %s. Take something out, or void the order and send it with another service.", why))
		}
		if span, known := p.Expected(j, k); known && !span.Holds(b.Weight) && b.ApprovedBy == "" {
			b.Asked = true
			p = p.with(b)
			return say(Bad, "weight_deviates", deviates(b.Weight, span))
		}
	}
	b.Packed, b.By, b.Asked = at, by, false
	p = p.with(b)
	o.Packed, o.Facts = k, p.facts(j, b)
	message := "Packed. Its label prints now: stick it on and scan it."
	if p.Print != WhenPacked {
		message = "Packed. Scan its label."
	}
	if of := len(p.Parcels); of > 1 {
		message = "Parcel " + strconv.Itoa(k) + " of " + strconv.Itoa(of) + ": " + message
	}
	return say(Good, "packed", message)
}

// facts returns what is told of a packed parcel.
func (p Progress) facts(j Job, b Parcel) []shipment.Fact {
	id := j.Order.ID.Parcel(b.K)
	packed := shipment.ParcelPacked{Parcel: id, Of: len(p.Parcels), Check: string(p.Check), Box: b.Box, Weight: b.Weight, Bench: j.Bench, Operator: b.By}
	if s := p.sides(j, b.K); s.Known() {
		packed.Length, packed.Width, packed.Height, packed.Sides = s.Length, s.Width, s.Height, b.SidesFrom
		if packed.Sides == "" {
			packed.Sides = "order"
		}
	}
	if box, ok := j.Rules.Box(b.Box); ok {
		packed.BoxName = box.Name
	}
	for i, in := range b.In {
		if in.N > 0 {
			it := j.Order.Items[i]
			packed.Items = append(packed.Items, shipment.PackedItem{Line: i + 1, SKU: it.SKU, Title: it.Title, Quantity: in.N, Counted: in.Counted})
		}
	}
	if b.Weight == 0 {
		return []shipment.Fact{packed}
	}
	weighed := shipment.ParcelWeighed{Parcel: id, Weight: b.Weight, Scale: b.Scale, Bench: j.Bench, Operator: b.By, ApprovedBy: b.ApprovedBy}
	span, _ := p.Expected(j, b.K)
	weighed.Least, weighed.Most = span.Least, span.Most
	return []shipment.Fact{weighed, packed}
}

// refuses asks the order's service about a parcel.
func refuses(j Job, weight shipment.Grams, s Sides) string {
	if j.Refuses == nil {
		return ""
	}
	return j.Refuses(shipment.Parcel{Weight: weight, Length: s.Length, Width: s.Width, Height: s.Height})
}
