package verify

import (
	"cmp"
	"fmt"
	"slices"

	"waybill/labels"
)

// maxDots bounds a picture that is searched.
const maxDots = 128 << 20

// Decode finds and reads every barcode in a picture, whichever way it is
// turned, top to bottom. It may find none, and that is no error.
func Decode(d labels.Dots) ([]Found, error) {
	if d.W <= 0 || d.H <= 0 || d.W > maxDots/d.H {
		return nil, fmt.Errorf("picture of %d by %d dots cannot be searched", d.W, d.H)
	}
	found := findQR(d)
	turned := d
	for degrees := 0; degrees < 360; degrees += 90 {
		if degrees > 0 {
			turned = quarter(turned) // turned back by so much, the symbol stands upright
		}
		for _, s := range findLinear(turned) {
			f := Found{Symbology: s.symbology, Text: s.text, Turned: degrees}
			f.X, f.Y = back((s.start+s.end)/2, (s.first+s.last)/2, degrees, d.W, d.H)
			found = append(found, f)
		}
		for _, f := range findPDF417(turned) {
			f.Turned = degrees
			f.X, f.Y = back(f.X, f.Y, degrees, d.W, d.H)
			found = append(found, f)
		}
	}
	slices.SortStableFunc(found, func(a, b Found) int { return cmp.Or(cmp.Compare(a.Y, b.Y), cmp.Compare(a.X, b.X)) })
	return found, nil
}

// quarter returns d turned counter-clockwise by 90 degrees.
func quarter(d labels.Dots) labels.Dots {
	t := labels.NewDots(d.H, d.W)
	for y := range d.H {
		for x := range d.W {
			if d.Black(x, y) {
				t.Set(y, d.W-1-x)
			}
		}
	}
	return t
}

// back returns where a dot of the picture turned counter-clockwise by degrees
// lies in the picture of w by h dots.
func back(x, y, degrees, w, h int) (int, int) {
	switch degrees {
	case 90:
		return w - 1 - y, x
	case 180:
		return w - 1 - x, h - 1 - y
	case 270:
		return y, h - 1 - x
	}
	return x, y
}
