package verify

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"waybill/labels"
)

// maxDots bounds a picture that is searched.
const maxDots = 128 << 20

// A Found is one symbol read from a picture.
type Found struct {
	Symbology labels.Symbology `json:"symbology"`
	AIM       string           `json:"aim,omitempty"` // symbology identifier (ISO/IEC 15424); there is none for Intelligent Mail
	Text      string           `json:"text"`
	X         int              `json:"x"` // of the symbol's middle, in dots
	Y         int              `json:"y"`
	Turned    int              `json:"turned,omitempty"` // degrees, clockwise: 0, 90, 180, 270

	area        rect // without quiet zone
	module      float64
	unannounced bool // text beyond ASCII in a symbol that does not say in which character set
}

// found returns a symbol that takes up a part of a view.
func (v *view) found(s labels.Symbology, aim, text string, area rect, module float64) Found {
	r := v.back(area)
	return Found{
		Symbology: s, AIM: aim, Text: text, X: r.x + r.w/2, Y: r.y + r.h/2, Turned: v.turned,
		area: r, module: module,
	}
}

// Decode finds and reads every barcode in a picture, whichever way it is
// turned by quarters, top to bottom. It may find none, and that is no error.
//
// The picture is one drawn for a printer: black and white, the bars along its
// rows or columns. It is not for photographs.
func Decode(d labels.Dots) ([]Found, error) {
	if d.W <= 0 || d.H <= 0 || d.W > maxDots/d.H {
		return nil, fmt.Errorf("picture of %d by %d dots cannot be searched", d.W, d.H)
	}
	var views [4]*view
	for i := range views {
		views[i] = viewOf(d, 90*i)
	}
	// Symbols that correct errors, or check many bits, are believed first: what
	// is seen inside of one found is none.
	found := findQR(views[0])
	found = keep(found, findAztec(views[0]))
	found = keep(found, findMaxiCode(views[0]))
	for _, find := range [...]func(*view) []Found{findDataMatrix, findPDF417, findLinear, findIMb} {
		var more []Found
		for _, v := range views {
			more = append(more, find(v)...)
		}
		found = keep(found, more)
	}
	slices.SortStableFunc(found, func(a, b Found) int { return cmp.Or(cmp.Compare(a.Y, b.Y), cmp.Compare(a.X, b.X)) })
	return found, nil
}

// keep adds to found those of more that do not lie in one that is there.
func keep(found, more []Found) []Found {
	// Of two in one place, the better checked stays.
	slices.SortStableFunc(more, func(a, b Found) int { return cmp.Compare(trust(b.Symbology), trust(a.Symbology)) })
	for _, f := range more {
		if !slices.ContainsFunc(found, func(o Found) bool { return o.area.holds(f.area) || f.area.holds(o.area) }) {
			found = append(found, f)
		}
	}
	return found
}

// trust orders linear symbologies by how hard it is to see one where there is
// none.
func trust(s labels.Symbology) int {
	switch s {
	case labels.Code39, labels.Code39Full:
		return 1
	case labels.ITF14:
		return 2
	case labels.Codabar:
		return 0
	default:
		return 3
	}
}

// Reads reports whether a symbol reads a text, which may be written with the
// application identifiers of GS1 in parentheses, and in full ASCII where a Code
// 39 writes pairs of characters.
func (f Found) Reads(text string) bool {
	if f.Text == text {
		return true
	}
	switch f.Symbology {
	case labels.Code39:
		full, ok := unpair(f.Text)
		return ok && full == text
	case labels.GS1128, labels.GS1QR, labels.GS1DataMatrix:
		plain := strings.NewReplacer("(", "", ")", "", "\x1d", "")
		return plain.Replace(f.Text) == plain.Replace(text)
	default:
		return false
	}
}
