package packing

import (
	"fmt"
	"strings"

	"waybill/shipment"
)

// maxNamed is how many lines a sentence names; the page shows the others.
const maxNamed = 3

// wanted returns what is not in yet, in words.
func (p Progress) wanted(j Job) string {
	var names []string
	more := 0
	for i, it := range j.Order.Items {
		left := p.Left(j.Order, i)
		switch {
		case left == 0:
		case len(names) < maxNamed:
			names = append(names, fmt.Sprintf("%d × %s", left, name(it)))
		default:
			more++
		}
	}
	if len(names) == 0 {
		return "Everything is in."
	}
	s := "Still wanted: " + strings.Join(names, ", ")
	if more > 0 {
		s += fmt.Sprintf(" and %d more lines", more)
	}
	return s + "."
}

// Next returns what to do next, in one sentence.
func (p Progress) Next(j Job) string {
	k := p.Current()
	if k == 0 {
		return "Scan the label, or the next order."
	}
	if lacks := p.lacks(j, k); lacks != "" {
		if s := p.wanted(j); k < len(p.Parcels) && p.Parcels[k-1].pieces() == 0 {
			return s
		}
		return sentence(lacks)
	}
	b := p.Parcels[k-1]
	if b.Asked {
		span, _ := p.Expected(j, k)
		return deviates(b.Weight, span)
	}
	var s string
	byItself := p.takesByItself(j, k)
	switch {
	case p.Weigh == WeighOff || p.Weigh == "":
		s = "Scan CLOSE when the box is full."
	case p.Weigh == WeighRequire && byItself:
		s = "Put it on the scale."
	case p.Weigh == WeighRequire:
		s = "Put it on the scale when it is full, and scan CLOSE."
	case byItself:
		s = "Put it on the scale, or scan CLOSE to go without."
	default:
		s = "Put it on the scale when it is full, or do without, and scan CLOSE."
	}
	if span, known := p.Expected(j, k); known && p.Weigh != WeighOff && p.Weigh != "" {
		s = strings.TrimSuffix(s, ".") + fmt.Sprintf(": %s.", span)
	}
	if k < len(p.Parcels) && p.Check.Checks() && p.left(j.Order) > 0 {
		s += " Or more into parcel " + fmt.Sprint(k) + ": " + strings.TrimPrefix(p.wanted(j), "Still wanted: ")
	}
	return s
}

// Why returns why parcel k must not have its label yet; empty where it may.
func (p Progress) Why(j Job, k int) string {
	if p.Print != WhenPacked || p.Packed(k) || k < 1 || k > len(p.Parcels) {
		return ""
	}
	if now := p.Current(); now != k {
		return fmt.Sprintf("parcel %d is not packed yet; parcel %d comes first", k, now)
	}
	next := p.Next(j)
	return fmt.Sprintf("parcel %d is not packed yet. %s", k, next)
}

// sentence returns s as a sentence begins.
func sentence(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

func deviates(w shipment.Grams, span Span) string {
	side := "heavier"
	if w < span.Least {
		side = "lighter"
	}
	return fmt.Sprintf("It weighs %s, %s than expected (%s). Look what is in it and UNDO, or have a supervisor scan the badge.", kg(w), side, span)
}

func boxNames(r Rules) string {
	if len(r.Boxes) == 0 {
		return "None is set up."
	}
	names := make([]string, 0, len(r.Boxes))
	for _, b := range r.Boxes {
		names = append(names, fmt.Sprintf("%d %s", b.N, b.Name))
	}
	return "Boxes: " + strings.Join(names, ", ") + "."
}

func name(it shipment.Item) string {
	if it.Title != "" {
		return fmt.Sprintf("%.60s", it.Title)
	}
	return it.SKU
}

func quoted(what string) string { return fmt.Sprintf("%.40q", what) }

func kg(g shipment.Grams) string { return fmt.Sprintf("%.3f kg", float64(g)/1000) }

func size(s Sides) string { return fmt.Sprintf("%d × %d × %d mm", s.Length, s.Width, s.Height) }

func joined(parts ...string) string {
	var all []string
	for _, s := range parts {
		if s != "" {
			all = append(all, s)
		}
	}
	return strings.Join(all, " ")
}
