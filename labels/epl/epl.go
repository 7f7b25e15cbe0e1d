// Package epl encodes a label in EPL2, the older page language of Eltron and
// Zebra desktop printers.
//
// What prints are dots that are settled already: lines and bars as LO, all else
// as GW pictures; the printer's own fonts and barcodes, which differ from one
// model to the next, are not used. So no text of the order is ever part of a
// command, and nothing in it can make the printer do anything.
//
// Settings that outlive the label are left alone, except its width, without
// which it would not be where it should be.
package epl

import (
	"bytes"
	"fmt"

	"waybill/labels"
	"waybill/labels/raster"
)

// An Encoder writes labels as EPL2. The zero Encoder is ready to use, and
// relies on what the printer has sensed of its labels' length.
type Encoder struct {
	// Gap is the white between two labels on the roll. Where it is given, the
	// label's length and this are set (command Q), which printers keep.
	Gap labels.Length
}

var _ labels.Encoder = Encoder{}

// Limits. The language sets none for GW, but a printer takes its data through
// a small buffer, and a picture that stops half-way costs its strip only.
const (
	maxSide    = 32000
	maxPicture = 8192 // bytes of one GW
	boxCost    = 18   // bytes of an LO
)

// Encode returns the label as one form of one copy.
//
// Pictures come before boxes, and no two pictures overlap: printers differ in
// whether the white of a picture covers what is there.
func (e Encoder) Encode(l labels.Label) ([]byte, error) {
	w, h := l.Size()
	if w <= 0 || h <= 0 || w > maxSide || h > maxSide {
		return nil, fmt.Errorf("epl of label %q: %d by %d dots; a side has between 1 and %d", l.Name, w, h, maxSide)
	}
	boxes, rest, err := raster.Split(l, boxCost)
	if err != nil {
		return nil, fmt.Errorf("epl: %w", err)
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, "\nq%d\n", w) // the empty line ends what somebody may have begun
	if e.Gap > 0 {
		fmt.Fprintf(&out, "Q%d,%d\n", h, l.Resolution.Dots(e.Gap))
	}
	out.WriteString("N\n") // after q and Q, which redraw the page's memory
	for _, s := range raster.Strips(rest, maxPicture) {
		fmt.Fprintf(&out, "GW%d,%d,%d,%d,", s.X, s.Y, s.Dots.Stride, s.Dots.H)
		for _, b := range s.Dots.Bits {
			out.WriteByte(^b) // 1 is white
		}
		out.WriteByte('\n')
	}
	for _, b := range boxes {
		fmt.Fprintf(&out, "LO%d,%d,%d,%d\n", b.X, b.Y, b.W, b.H)
	}
	out.WriteString("P1\n")
	return out.Bytes(), nil
}
