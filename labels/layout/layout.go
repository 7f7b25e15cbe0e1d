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
	"waybill/labels/barcode"
	"waybill/labels/fonts"
	"waybill/labels/template"
	"waybill/labels/text"
)

// placed is an item with the element it came from, for messages.
type placed struct {
	element template.Element
	item    labels.Item
}

type layout struct {
	t      *template.Template
	data   *template.Binding
	res    labels.Resolution
	fonts  *fonts.Set
	w, h   int // of the label, in dots
	placed []placed
}

// Lay returns t filled with d for a printer of resolution res. The error says
// everything that does not fit, and wraps labels.ErrUnprintable where a
// character cannot be drawn.
func Lay(t *template.Template, d template.Data, res labels.Resolution, f *fonts.Set) (labels.Label, error) {
	label := labels.Label{
		Name:  fmt.Sprintf("%s of %s", t.Name, d.Parcel),
		Width: t.Width, Height: t.Height, Resolution: res,
	}
	l := &layout{t: t, data: template.Bind(d), res: res, fonts: f}
	l.w, l.h = label.Size()
	var errs []error
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
	for _, p := range l.placed {
		label.Items = append(label.Items, p.item)
	}
	return label, nil
}

func (l *layout) place(e template.Element) error {
	shown, err := e.Shown(l.data)
	if err != nil || !shown {
		return err
	}
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
	l.placed = append(l.placed, placed{e, item})
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
	x, y, w, h := l.res.Dots(e.At.X), l.res.Dots(e.At.Y), l.side(e.Width), l.side(e.Height)
	if content == "" && !e.Invert {
		return nil
	}
	pad := 0
	if e.Invert {
		pad = l.res.Dots(e.Size / inset)
	}
	block, err := text.Draw(l.fonts, l.res, content, text.Style{
		Size: e.Size, MinSize: e.MinSize, Bold: e.Bold, Align: align(e.Align), VAlign: valign(e.VAlign),
		Lines: e.Lines, Cut: e.Cut, Width: max(w-2*pad, 1), Height: h,
	})
	if err != nil {
		return err
	}
	if e.Invert {
		box := labels.NewDots(min(w, l.w-x), min(h, l.h-y))
		box.FillRect(0, 0, box.W, box.H)
		box.Toggle(block.Dots, block.X+pad, block.Y)
		l.add(e, labels.Bitmap{At: l.at(x, y), Dots: box, Text: content})
		return nil
	}
	if block.Dots.W == 0 {
		return nil // only spaces
	}
	x, y = x+block.X, y+block.Y
	if x < 0 || y < 0 || x+block.Dots.W > l.w || y+block.Dots.H > l.h {
		return fmt.Errorf("%q: reaches past the label's edge", content)
	}
	l.add(e, labels.Bitmap{At: l.at(x, y), Dots: block.Dots, Text: content})
	return nil
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

func (l *layout) barcode(e template.Element) error {
	content, err := e.Content(l.data)
	if err != nil {
		return err
	}
	s, err := barcode.Encode(e.Symbology, []byte(content), barcode.Options{Level: e.Level, Rows: e.Rows, Columns: e.Columns})
	if err != nil {
		return err
	}
	x, y, w, h := l.res.Dots(e.At.X), l.res.Dots(e.At.Y), l.side(e.Width), l.side(e.Height)
	w, h = min(w, l.w-x), min(h, l.h-y)
	if s.Symbology == labels.MaxiCode {
		err = l.hexagons(&s, w, h)
	} else {
		s.ModuleDots, err = l.module(e, s, w, h)
	}
	if err != nil {
		return err
	}
	_, ends := e.Symbology.QuietModules()
	if s.Modules.H == 1 {
		s.HeightDots = h
	}
	wide, high := s.Size()
	quiet := l.quiet(s)
	switch e.Align {
	case "centre":
		x += (w - wide) / 2
	case "right":
		x += w - quiet - wide
	default:
		x += quiet
	}
	if ends > 0 {
		y += (h - high) / 2
	}
	s.At = l.at(x, y)
	l.add(e, s)
	return nil
}

// quiet returns the white a symbol needs at its sides, in dots.
func (l *layout) quiet(s labels.Symbol) int {
	sides, _ := s.Symbology.QuietModules()
	return sides * s.ModuleDots
}
