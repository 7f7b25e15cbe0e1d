// Package tspl encodes a label in TSPL, the language of TSC and of many
// printers that are sold under other names.
//
// What prints are dots that are settled already: lines and bars as BAR, all
// else as BITMAP; the printer's own fonts and barcodes, which differ from one
// model to the next, are not used. So no text of the order is ever part of a
// command, and nothing in it can make the printer do anything.
package tspl

import (
	"bytes"
	"fmt"

	"waybill/labels"
	"waybill/labels/raster"
)

// An Encoder writes labels as TSPL. The zero Encoder is ready to use, and
// relies on the gap that the printer has been set to or has sensed.
type Encoder struct {
	// Gap is the white between two labels on the roll. Where it is given, it
	// is set (command GAP), which printers keep.
	Gap labels.Length
}

var _ labels.Encoder = Encoder{}

// boxCost is the bytes of a BAR.
const boxCost = 20

// Encode returns the label as one form of one copy.
func (e Encoder) Encode(l labels.Label) ([]byte, error) {
	parts, err := raster.Take(l, boxCost)
	if err != nil {
		return nil, fmt.Errorf("tspl: %w", err)
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, "\r\nSIZE %s mm,%s mm\r\n", millimetres(l.Width), millimetres(l.Height)) // the empty line ends what somebody may have begun
	if e.Gap > 0 {
		fmt.Fprintf(&out, "GAP %s mm,0 mm\r\n", millimetres(e.Gap))
	}
	out.WriteString("DIRECTION 0,0\r\nREFERENCE 0,0\r\nCLS\r\n") // not turned, mirrored or moved, whatever came before
	for _, s := range parts.Pictures {
		fmt.Fprintf(&out, "BITMAP %d,%d,%d,%d,0,", s.X, s.Y, s.Dots.Stride, s.Dots.H)
		for _, b := range s.Dots.Bits {
			out.WriteByte(^b) // 1 is white
		}
		out.WriteString("\r\n")
	}
	for _, b := range parts.Boxes {
		fmt.Fprintf(&out, "BAR %d,%d,%d,%d\r\n", b.X, b.Y, b.W, b.H)
	}
	out.WriteString("PRINT 1\r\n")
	return out.Bytes(), nil
}

// millimetres writes a length with the two decimals that printers read.
func millimetres(l labels.Length) string {
	hundredths := (l + 5*labels.Micrometre) / (10 * labels.Micrometre)
	return fmt.Sprintf("%d.%02d", hundredths/100, hundredths%100)
}
