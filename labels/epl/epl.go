// Package epl encodes a label in EPL2, the older page language of Eltron and
// Zebra desktop printers.
//
// What prints are dots that are settled already: lines and bars as LO, all else
// as GW pictures; the printer's own fonts and barcodes, which differ from one
// model to the next, are not used. So no text of the order is ever part of a
// command, and nothing in it can make the printer do anything.
//
// Settings that outlive the label are left alone, except its width and the
// reference point, without which it would not be where it should be.
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

// boxCost is the bytes of an LO.
const boxCost = 18

// Encode returns the label as one form of one copy.
func (e Encoder) Encode(l labels.Label) ([]byte, error) {
	parts, err := raster.Take(l, boxCost)
	if err != nil {
		return nil, fmt.Errorf("epl: %w", err)
	}
	var out bytes.Buffer
	// The empty line ends what somebody may have begun. A reference point that an
	// earlier form has set would move the label; R goes before q, which puts the
	// label into the middle of the print head, as R behind it would undo
	// (Intermec, ESim for the PC4 and PF8 Printers, "R - Set Reference Point").
	fmt.Fprintf(&out, "\nR0,0\nq%d\n", parts.W)
	if e.Gap > 0 {
		fmt.Fprintf(&out, "Q%d,%d\n", parts.H, l.Resolution.Dots(e.Gap))
	}
	out.WriteString("N\n") // after q and Q, which redraw the page's memory
	for _, s := range parts.Pictures {
		fmt.Fprintf(&out, "GW%d,%d,%d,%d,", s.X, s.Y, s.Dots.Stride, s.Dots.H)
		for _, b := range s.Dots.Bits {
			out.WriteByte(^b) // 1 is white
		}
		out.WriteByte('\n')
	}
	for _, b := range parts.Boxes {
		fmt.Fprintf(&out, "LO%d,%d,%d,%d\n", b.X, b.Y, b.W, b.H)
	}
	out.WriteString("P1\n")
	return out.Bytes(), nil
}
