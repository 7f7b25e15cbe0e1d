// Package raster draws a label as the dots a print head would burn. It is what
// the picture formats and the read-back share.
//
// It decides nothing: every dot follows from the label.
package raster

import (
	"fmt"

	"waybill/labels"
)

// maxDots bounds a label's dots, so that a mistaken size cannot take the
// machine's memory: 600 by 600 mm at 600 dpi.
const maxDots = 15000 * 15000

// Draw returns the label in black and white.
func Draw(l labels.Label) (labels.Dots, error) {
	w, h := l.Size()
	if w <= 0 || h <= 0 || w*h > maxDots {
		return labels.Dots{}, fmt.Errorf("label %q: %d by %d dots cannot be drawn", l.Name, w, h)
	}
	d := labels.NewDots(w, h)
	for _, item := range l.Items {
		switch item := item.(type) {
		case labels.Fill:
			x, y, w, h := Area(l.Resolution, item.Rect)
			d.FillRect(x, y, w, h)
		case labels.Bitmap:
			d.Draw(item.Dots, l.Resolution.Dots(item.At.X), l.Resolution.Dots(item.At.Y))
		case labels.Text:
			for _, g := range item.Glyphs {
				d.Draw(g.Dots, g.X, g.Y)
			}
		case labels.Symbol:
			d.Draw(item.Drawing(), l.Resolution.Dots(item.At.X), l.Resolution.Dots(item.At.Y))
		default:
			return labels.Dots{}, fmt.Errorf("label %q: items of type %T cannot be drawn", l.Name, item)
		}
	}
	return d, nil
}

// Area returns a rectangle in dots.
func Area(res labels.Resolution, r labels.Rect) (x, y, w, h int) {
	return res.Dots(r.Min.X), res.Dots(r.Min.Y), res.Dots(r.Width), res.Dots(r.Height)
}
