package agent

import (
	"fmt"
	"slices"
	"time"

	"waybill/agent/packing"
	"waybill/printer"
	"waybill/scanner"
	"waybill/shipment"
)

// Pack says what somebody at a bench did with what goes into the order's
// parcels.
type Pack struct {
	In      packing.Input
	Rules   packing.Rules // of the station
	Bench   string
	Refuses func(shipment.Parcel) string // why the order's service does not take such a parcel
	At      time.Time
}

func (Pack) isInput() {}

// Packable returns why the order cannot be packed now; the empty code says that
// it can.
func (s State) Packable() (code, why string) {
	switch {
	case s.Void != "":
		return s.voidCode(), fmt.Sprintf("Stop: order %s was voided (%s). Put it aside.", s.Order.ID, s.VoidWords())
	case s.Why != nil:
		return string(s.Why.Stage), fmt.Sprintf("Stop: order %s is %s: %s", s.Order.ID, s.Why.Stage, s.Why.Message)
	case s.Stop != nil:
		no := s.stopped()
		return no.Code, no.Message
	case s.Otherwise != nil:
		return s.Otherwise.Code, fmt.Sprintf("Stop, order %s: %s Put it aside; a person decides on the page.", s.Order.ID, s.Otherwise.Message)
	case s.Packing == nil:
		return "nothing_to_pack", fmt.Sprintf("Order %s is not checked at the bench: it was taken before that was switched on, or it is off.", s.Order.ID)
	}
	return "", ""
}

// PackingJob returns what the packing of the order is held against.
func (s State) PackingJob(rules packing.Rules, bench string, refuses func(shipment.Parcel) string) packing.Job {
	return packing.Job{Order: s.Order, Rules: rules, Bench: bench, Refuses: refuses}
}

func (s State) pack(in Pack) (State, []Effect) {
	if code, why := s.Packable(); code != "" {
		return s, []Effect{Answer{scanner.Bad, code, why}}
	}
	p, out := s.Packing.Step(s.PackingJob(in.Rules, in.Bench, in.Refuses), in.In)
	s.Packing = &p
	if out.Packed > 0 {
		s = s.asPacked(p.Parcels[out.Packed-1])
		s.Since = in.At
	}
	effects := make([]Effect, 0, len(out.Facts)+1)
	for _, f := range out.Facts {
		effects = append(effects, Record{f})
	}
	tone := map[packing.Tone]scanner.Signal{packing.Good: scanner.Good, packing.Warn: scanner.Warn, packing.Bad: scanner.Bad}[out.Tone]
	return s, append(effects, Answer{tone, out.Code, out.Message})
}

// asPacked returns s with a parcel as heavy and as large as it was packed: so it
// is declared on its label.
func (s State) asPacked(b packing.Parcel) State {
	boxes := make([]shipment.Parcel, max(len(s.Parcels), len(s.Order.Parcels)))
	copy(boxes, s.Order.Parcels)
	s.Order.Parcels, s.Parcels = boxes, slices.Clone(s.Parcels)
	box := &boxes[b.K-1]
	if b.Sides.Known() {
		box.Length, box.Width, box.Height = b.Sides.Length, b.Sides.Width, b.Sides.Height
	}
	if b.Weight > 0 {
		box.Weight, s.Parcels[b.K-1].Weight = b.Weight, b.Weight
	}
	return s
}

// WhyNotPacked returns why parcel k has no label yet where that is for want of
// packing, in words; empty where it is not.
func (s State) WhyNotPacked(k int, rules packing.Rules) string {
	if s.Packing == nil || s.Void != "" || s.Why != nil {
		return ""
	}
	return s.Packing.Why(s.PackingJob(rules, "", nil), k)
}

// unpacked reports whether parcel k must not be labelled or leave for want of
// packing.
func (s State) unpacked(k int) bool { return s.Packing != nil && !s.Packing.Packed(k) }

// ToLabel returns the parcels whose labels are to be made now.
func (s State) ToLabel() []Parcel {
	var list []Parcel
	for _, p := range s.Parcels {
		if s.Void == "" && s.Why == nil && s.Stop == nil && s.stageOf(p) == Labelling {
			list = append(list, p)
		}
	}
	return list
}

// stageOf returns the stage of one of the order's parcels.
func (s State) stageOf(p Parcel) Stage {
	st := p.stage()
	if st == Labelling && s.Packing != nil && s.Packing.Print == packing.WhenPacked && s.unpacked(p.K) {
		return ToPack
	}
	return st
}

// unlabelled decides about an order of which no label can be made. Where one of
// another of its parcels exists already, the order cannot be refused any more: a
// person mends it and asks for the missing label.
func (s State) unlabelled(in Unlabelled) (State, []Effect) {
	if st := s.Stage(); in.Digest != s.Digest || s.Void != "" || s.Why != nil || st == HandedOver {
		return s, nil
	}
	exists := slices.ContainsFunc(s.Parcels, func(p Parcel) bool { return p.Job != "" })
	if !exists {
		return s.refuse(shipment.Problems{in.Problem}, in.At)
	}
	for _, p := range s.ToLabel() {
		p.Label, p.Reason = printer.Failed, "no label can be made of it: "+in.Problem.Message
		s = s.with(p, in.At)
	}
	return s, nil
}
