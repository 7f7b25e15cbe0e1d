package layout

import (
	"fmt"

	"waybill/labels"
	"waybill/labels/template"
)

// modules returns the widths of a module that scanners at a packing desk and
// on a sorting belt read, where the template does not say.
func modules(s labels.Symbology) (least, most labels.Length) {
	switch s {
	case labels.QR, labels.GS1QR, labels.Aztec:
		return 330 * labels.Micrometre, 1000 * labels.Micrometre
	case labels.Code128, labels.GS1128:
		return 250 * labels.Micrometre, 550 * labels.Micrometre
	case labels.EAN13, labels.EAN8, labels.UPCA, labels.UPCE: // GS1 General Specifications, 5.12.3.1
		return 264 * labels.Micrometre, 660 * labels.Micrometre
	case labels.ITF14: // GS1 General Specifications, 5.12.3.2
		return 495 * labels.Micrometre, 1016 * labels.Micrometre
	case labels.IMb: // USPS-B-3200, 2.3: 24 to 20 bars an inch, none wider than 0.025 inch
		return 530 * labels.Micrometre, 635 * labels.Micrometre
	default:
		return 250 * labels.Micrometre, 550 * labels.Micrometre
	}
}

// snap forgives a bound the tenth of a dot by which a module of whole dots
// misses a figure written in millimetres.
const snap = 10

// module returns the widest module, in whole dots, with which the symbol and
// its quiet zones fit.
func (l *layout) module(e template.Element, s labels.Symbol, w, h int) (int, error) {
	least, most := modules(e.Symbology)
	if e.MinModule > 0 {
		least = e.MinModule
	}
	if e.MaxModule > 0 {
		most = e.MaxModule
	}
	dot := l.res.Length(1)
	sides, ends := s.Quiet()
	for n := int((most + dot/snap) / dot); n >= 2; n-- { // bars of one dot never scan well
		if l.res.Length(n) < least-dot/snap {
			break
		}
		if (s.Modules.W+2*sides)*n <= w && (s.Modules.H == 1 || (s.Modules.H+2*ends)*n <= h) {
			return n, nil
		}
	}
	need := max(int((least-dot/snap+dot-1)/dot), 2)
	return 0, fmt.Errorf("%s of %q: needs %.1f mm with its quiet zones at the finest module that scans (%d dots), has %.1f mm (give it a larger box, or less to hold)",
		e.Symbology, s.Payload, mm(l.res.Length((s.Modules.W+2*sides)*need)), need, mm(l.res.Length(min(w, max(h, w)))))
}

func mm(n labels.Length) float64 { return float64(n) / float64(labels.Millimetre) }

// checkQuiet refuses a label on which something is drawn on a barcode or in
// the white around it.
func (l *layout) checkQuiet() error {
	for i, p := range l.placed {
		s, ok := p.item.(labels.Symbol)
		if !ok {
			continue
		}
		x, y, w, h := l.area(s)
		sides, ends := s.Quiet()
		x, w = x-sides*s.ModuleDots, w+2*sides*s.ModuleDots
		y, h = y-ends*s.ModuleDots, h+2*ends*s.ModuleDots
		if x < 0 || y < 0 || x+w > l.w || y+h > l.h {
			return fmt.Errorf("template %q: element %q: its quiet zone reaches past the label's edge (move it inwards)", l.t.Name, p.element)
		}
		quiet := area{x, y, w, h}
		for j := range l.placed {
			other := &l.placed[j]
			if i != j && other.area.meets(quiet) && l.touches(other.item, x, y, w, h) {
				return fmt.Errorf("template %q: element %q: lies in the white that the barcode %q needs around it (move one of them)",
					l.t.Name, other.element, p.element)
			}
		}
	}
	return nil
}

// area returns a symbol's rectangle in dots, without quiet zone.
func (l *layout) area(s labels.Symbol) (x, y, w, h int) {
	w, h = s.Size()
	return l.res.Dots(s.At.X), l.res.Dots(s.At.Y), w, h
}

// touches reports whether item blackens a dot of the rectangle.
func (l *layout) touches(item labels.Item, x, y, w, h int) bool {
	var ix, iy, iw, ih int
	switch item := item.(type) {
	case labels.Fill:
		ix, iy = l.res.Dots(item.Rect.Min.X), l.res.Dots(item.Rect.Min.Y)
		iw, ih = l.res.Dots(item.Rect.Width), l.res.Dots(item.Rect.Height)
	case labels.Symbol:
		ix, iy, iw, ih = l.area(item)
	case labels.Text:
		for _, g := range item.Glyphs {
			if l.inkTouches(g.Dots, g.X, g.Y, x, y, w, h) {
				return true
			}
		}
		return false
	case labels.Bitmap:
		return l.inkTouches(item.Dots, l.res.Dots(item.At.X), l.res.Dots(item.At.Y), x, y, w, h)
	}
	return ix < x+w && iy < y+h && ix+iw > x && iy+ih > y
}

// inkTouches reports whether d, with its top left dot at dx, dy, blackens a
// dot of the rectangle.
func (*layout) inkTouches(d labels.Dots, dx, dy, x, y, w, h int) bool {
	if dx >= x+w || dy >= y+h || dx+d.W <= x || dy+d.H <= y {
		return false
	}
	for row := max(y-dy, 0); row < min(y+h-dy, d.H); row++ {
		for column := max(x-dx, 0); column < min(x+w-dx, d.W); column++ {
			if d.Black(column, row) {
				return true
			}
		}
	}
	return false
}
