package layout

import (
	"fmt"

	"waybill/labels"
	"waybill/labels/picture"
	"waybill/labels/template"
)

// Bounds of what a template may draw, so that it cannot take the machine's
// memory.
const (
	maxCover = 4      // how often pictures and black boxes may cover a label
	maxItems = 50_000 // on a page
)

// bounded refuses a label on which too much is drawn already.
func (l *layout) bounded() error {
	if l.inked > maxCover*l.w*l.h {
		return fmt.Errorf("pictures and black boxes cover the label more than %d times; leave some out", maxCover)
	}
	if len(l.placed) > maxItems {
		return fmt.Errorf("more than %d things are drawn; leave some out", maxItems)
	}
	return nil
}

func (l *layout) image(e template.Element) error {
	x, y, w, h := l.res.Dots(e.At.X), l.res.Dots(e.At.Y), l.side(e.Width), l.side(e.Height)
	w, h = min(w, l.w-x), min(h, l.h-y)
	if w <= 0 || h <= 0 {
		return nil // less than a dot of it is on the label
	}
	d := e.Picture.Draw(picture.Style{W: w, H: h, Stretch: e.Stretch, Dither: e.Dither, Invert: e.Invert})
	switch e.Align {
	case "left":
	case "right":
		x += w - d.W
	default:
		x += (w - d.W) / 2
	}
	switch e.VAlign {
	case "top":
	case "bottom":
		y += h - d.H
	default:
		y += (h - d.H) / 2
	}
	l.add(e, labels.Bitmap{At: l.at(x, y), Dots: d})
	return nil
}
