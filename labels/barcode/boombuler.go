package barcode

import (
	"errors"
	"fmt"
	"image/color"
	"strings"

	boombuler "github.com/boombuler/barcode"
	libcodabar "github.com/boombuler/barcode/codabar"
	lib39 "github.com/boombuler/barcode/code39"
	lib93 "github.com/boombuler/barcode/code93"
	"github.com/boombuler/barcode/ean"
	"github.com/boombuler/barcode/twooffive"

	"waybill/labels"
)

// This file is the one door to github.com/boombuler/barcode, which draws
// Code 39, Code 93, Codabar, EAN-13, EAN-8 and ITF-14. What goes through has
// been checked by its caller, who says which character is wrong and why, and
// has its check digit: the library's is another for 2 of 5, and Codabar has
// none there. docs/dependencies.md says why its other symbologies stay outside.

// These are the shifts of Code 93 as the library takes them. None is ASCII, and
// code93 lets nothing else of a payload through, so that no character of a
// payload is taken for one.
const (
	shiftDollar  = lib93.FNC1
	shiftPercent = lib93.FNC2
	shiftSlash   = lib93.FNC3
	shiftPlus    = lib93.FNC4
)

// draw39 draws a Code 39 with three modules to a wide bar or space; full says
// that text is written as pairs, check that its check character follows.
func draw39(s labels.Symbology, text []byte, full, check bool) (labels.Symbol, error) {
	b, err := lib39.Encode(string(text), check, full)
	return drawn(s, text, b, err, true)
}

// draw93 draws the Code 93 of payload from its characters and shifts, with both
// check characters.
func draw93(payload []byte, text string) (labels.Symbol, error) {
	b, err := lib93.Encode(text, true, false)
	return drawn(labels.Code93, payload, b, err, false)
}

// drawCodabar draws a Codabar with three modules to a wide bar or space.
func drawCodabar(text []byte) (labels.Symbol, error) {
	b, err := libcodabar.Encode(string(text))
	return drawn(labels.Codabar, text, b, err, true)
}

// drawEAN draws the 13 or 8 digits that number is in the EAN symbol of s.
func drawEAN(s labels.Symbology, digits, number string) (labels.Symbol, error) {
	b, err := ean.Encode(number)
	return drawn(s, []byte(digits), b, err, false)
}

// draw2of5 draws an interleaved 2 of 5, whose wide bars and spaces the library
// itself makes of three modules.
func draw2of5(digits string) (labels.Symbol, error) {
	b, err := twooffive.Encode(digits, true)
	return drawn(labels.ITF14, []byte(digits), b, err, false)
}

// drawn returns the symbol of what the library drew. Where widen is set, it gave
// wide bars and spaces two modules, the least of what ISO/IEC 16388 and EN 798
// allow; here they get three, which print and read better where modules are
// narrow.
func drawn(s labels.Symbology, payload []byte, b boombuler.Barcode, err error, widen bool) (labels.Symbol, error) {
	var widths string
	if err == nil {
		widths, err = runs(b)
	}
	if err != nil {
		return labels.Symbol{}, fmt.Errorf("%s of %q: the library that draws it does not: %w; choose another symbology", s, payload, err)
	}
	if widen {
		widths = strings.ReplaceAll(widths, "2", "3")
	}
	return labels.Symbol{Symbology: s, Payload: payload, Modules: bars(widths)}, nil
}

// runs returns the widths of the bars and spaces of b in modules, a bar first
// and last. What cannot be a symbol of one row is an error.
func runs(b boombuler.Barcode) (string, error) {
	w := b.Bounds().Dx()
	if w == 0 || b.Bounds().Dy() != 1 || b.At(0, 0) != color.Black || b.At(w-1, 0) != color.Black {
		return "", errors.New("it drew no row of bars")
	}
	widths := make([]byte, 0, w)
	for x, n := 0, 1; x < w; x++ {
		if x+1 < w && b.At(x, 0) == b.At(x+1, 0) {
			n++
			continue
		}
		if n > 4 {
			return "", fmt.Errorf("it drew %d modules alike up to module %d, and none of its symbologies has more than 4", n, x+1)
		}
		widths = append(widths, '0'+byte(n))
		n = 1
	}
	return string(widths), nil
}
