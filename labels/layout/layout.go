// Package layout places a template's elements for one parcel and one
// resolution: it sets the texts, settles the width of every module in whole
// dots, and keeps the white around barcodes that scanners need.
//
// The package draws nothing on paper and decides nothing about an order. What
// does not fit is an error that names template, element and content; nothing
// is moved, shortened or shrunk beyond what the template allows.
package layout

import (
	"errors"
	"fmt"

	"waybill/labels"
	"waybill/labels/fonts"
	"waybill/labels/template"
	"waybill/labels/text"
)

// placed is an item with the element it came from, for messages.
type placed struct {
	element string // its name
	item    labels.Item
	area    area
}

// placedMore is how many items some elements make beside one: a box is four.
const placedMore = 8

type layout struct {
	t      *template.Template
	data   *template.Binding
	res    labels.Resolution
	fonts  *fonts.Set
	w, h   int // of the label, in dots
	placed []placed
	sheet  *page // nil: the only one
	keeper *keeper
	chunk  *chunk
	inked  int // dots that pictures and black boxes cover so far
}

// Lay returns t filled with d for a printer of resolution res. The error says
// everything that does not fit, and wraps labels.ErrUnprintable where a
// character cannot be drawn.
func Lay(t *template.Template, d template.Data, res labels.Resolution, f *fonts.Set) (labels.Label, error) {
	b := template.Bind(d)
	if t.Many || t.For != template.ForParcel {
		return single(t, b, res, f)
	}
	l := &layout{t: t, data: b, res: res, fonts: f}
	if err := t.Check(l.data); err != nil {
		return labels.Label{}, err
	}
	return l.label(fmt.Sprintf("%s of %s", t.Name, d.Parcel))
}

// label places every element and returns the label of that name.
func (l *layout) label(name string) (labels.Label, error) {
	t := l.t
	label := labels.Label{Name: name, Width: t.Width, Height: t.Height, Resolution: l.res}
	l.w, l.h = label.Size()
	var errs []error
	l.placed = make([]placed, 0, len(t.Elements)+placedMore)
	for _, e := range t.Elements {
		if err := l.place(e); err != nil {
			errs = append(errs, fmt.Errorf("template %q: element %q: %w", t.Name, e.Name, err))
		}
	}
	if err := l.checkQuiet(); err != nil && len(errs) == 0 {
		errs = append(errs, err)
	}
	if len(errs) > 0 {
		return labels.Label{}, errors.Join(errs...)
	}
	label.Items = make([]labels.Item, 0, len(l.placed))
	for _, p := range l.placed {
		label.Items = append(label.Items, p.item)
	}
	return label, nil
}

func (l *layout) place(e template.Element) error {
	if !l.sheet.holds(e) {
		return nil
	}
	shown, err := e.Shown(l.data)
	if err != nil || !shown {
		return err
	}
	if err := l.bounded(); err != nil {
		return err
	}
	if e.Turned != 0 {
		return l.turned(e)
	}
	return l.draw(e)
}

// draw places an upright element that is shown.
func (l *layout) draw(e template.Element) error {
	switch e.Kind {
	case template.Text:
		return l.text(e)
	case template.Barcode:
		return l.barcode(e)
	case template.Line:
		w, h := l.side(e.Width), l.side(e.Height)
		if e.Width == 0 {
			w = l.thickness(e)
		} else {
			h = l.thickness(e)
		}
		l.fill(e, l.res.Dots(e.At.X), l.res.Dots(e.At.Y), w, h)
	case template.Box:
		l.box(e)
	case template.Image:
		return l.image(e)
	case template.Table, template.Repeat:
		return l.repeated(e)
	}
	return nil
}

// side converts a length to dots; what is there is at least one dot.
func (l *layout) side(n labels.Length) int {
	if n == 0 {
		return 0
	}
	return max(l.res.Dots(n), 1)
}

func (l *layout) thickness(e template.Element) int { return max(l.side(e.Thickness), 1) }

// at returns the place of a dot as a length that converts back to it.
func (l *layout) at(x, y int) labels.Point {
	return labels.Point{X: l.res.Length(x), Y: l.res.Length(y)}
}

func (l *layout) add(e template.Element, item labels.Item) {
	x, y, w, h := l.bounds(item)
	l.put(placed{e.Name, item, area{x, y, w, h}})
}

func (l *layout) put(p placed) {
	if _, ok := p.item.(labels.Bitmap); ok {
		l.inked += p.area.w * p.area.h
	}
	l.placed = append(l.placed, p)
}

// fill adds a black rectangle, cut off at the label's edge: a rule that runs
// to the edge may end half a dot outside.
func (l *layout) fill(e template.Element, x, y, w, h int) {
	w, h = min(w, l.w-x), min(h, l.h-y)
	if w <= 0 || h <= 0 {
		return
	}
	l.add(e, labels.Fill{Rect: labels.Rect{Min: l.at(x, y), Width: l.res.Length(w), Height: l.res.Length(h)}})
}

func (l *layout) box(e template.Element) {
	x, y, w, h := l.res.Dots(e.At.X), l.res.Dots(e.At.Y), l.side(e.Width), l.side(e.Height)
	w, h = min(w, l.w-x), min(h, l.h-y)
	if e.Filled {
		l.fill(e, x, y, w, h)
		return
	}
	t := l.thickness(e)
	l.fill(e, x, y, w, t)
	l.fill(e, x, y+h-t, w, t)
	l.fill(e, x, y+t, t, h-2*t)
	l.fill(e, x+w-t, y+t, t, h-2*t)
}

// inset is the least distance of white letters from the edge of their black
// box, as a part of the type size.
const inset = 4

func (l *layout) text(e template.Element) error {
	content, err := e.Content(l.data)
	if err != nil {
		return err
	}
	return l.words(e, content)
}

func align(s string) text.Align {
	switch s {
	case "centre":
		return text.Centre
	case "right":
		return text.Right
	}
	return text.Left
}

func valign(s string) text.VAlign {
	switch s {
	case "middle":
		return text.Middle
	case "bottom":
		return text.Bottom
	}
	return text.Top
}
