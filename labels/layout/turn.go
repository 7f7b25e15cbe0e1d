package layout

import (
	"fmt"

	"waybill/labels"
	"waybill/labels/template"
)

// bleed is how far the accents and swashes of a turned text may leave its
// area, in dots.
const bleed = 256

// turned places an element that is turned by 90, 180 or 270 degrees: it is
// laid out upright, in an area with width and height exchanged where they must
// be, and then turned as a whole.
func (l *layout) turned(e template.Element) error {
	x, y, w, h := l.res.Dots(e.At.X), l.res.Dots(e.At.Y), l.side(e.Width), l.side(e.Height)
	w, h = min(w, l.w-x), min(h, l.h-y)
	uw, uh := w, h // of the upright area
	if e.Turned%180 != 0 {
		uw, uh = h, w
	}
	upright := *l
	upright.w, upright.h, upright.placed, upright.inked = uw+2*bleed, uh+2*bleed, nil, 0
	if e.Kind == template.Barcode { // which is held to the area
		upright.w, upright.h = uw+bleed, uh+bleed
	}
	u := e
	u.Turned, u.At = 0, l.at(bleed, bleed)
	u.Width, u.Height = l.res.Length(uw), l.res.Length(uh)
	if err := upright.draw(u); err != nil {
		return err
	}
	for _, p := range upright.placed {
		item, ok := l.turn(p.item, e.Turned, uw, uh, x, y)
		if !ok {
			return fmt.Errorf("%s cannot be turned", e.Kind)
		}
		if bx, by, bw, bh := l.bounds(item); bx < 0 || by < 0 || bx+bw > l.w || by+bh > l.h {
			return fmt.Errorf("reaches past the label's edge")
		}
		l.add(e, item)
	}
	return nil
}

// turn returns an item of the upright area, which is uw by uh dots, as it
// stands turned in the area at x, y of the label.
func (l *layout) turn(item labels.Item, degrees, uw, uh, x, y int) (labels.Item, bool) {
	ix, iy, iw, ih := l.bounds(item)
	ix, iy = ix-bleed, iy-bleed
	switch degrees {
	case 90:
		ix, iy = uh-iy-ih, ix
	case 180:
		ix, iy = uw-ix-iw, uh-iy-ih
	case 270:
		ix, iy = iy, uw-ix-iw
	}
	at := l.at(x+ix, y+iy)
	switch item := item.(type) {
	case labels.Bitmap:
		item.At, item.Dots = at, item.Dots.Turn(degrees)
		return item, true
	case labels.Text:
		return labels.Bitmap{At: at, Dots: compose(item).Turn(degrees), Text: item.Text}, true
	case labels.Symbol:
		item.At, item.Turned = at, (item.Turned+degrees)%360
		return item, true
	}
	return nil, false
}

// bounds returns an item's rectangle in dots.
func (l *layout) bounds(item labels.Item) (x, y, w, h int) {
	switch item := item.(type) {
	case labels.Bitmap:
		return l.res.Dots(item.At.X), l.res.Dots(item.At.Y), item.Dots.W, item.Dots.H
	case labels.Text:
		return item.Area()
	case labels.Symbol:
		return l.area(item)
	case labels.Fill:
		return l.res.Dots(item.Rect.Min.X), l.res.Dots(item.Rect.Min.Y), l.res.Dots(item.Rect.Width), l.res.Dots(item.Rect.Height)
	}
	return 0, 0, 0, 0
}

// compose returns a text's glyphs in one picture, as large as its area.
func compose(t labels.Text) labels.Dots {
	x, y, w, h := t.Area()
	d := labels.NewDots(w, h)
	for _, g := range t.Glyphs {
		d.Draw(g.Dots, g.X-x, g.Y-y)
	}
	return d
}
