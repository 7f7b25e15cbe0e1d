// Package labels is what a label is: a size and a list of things to draw, each
// placed once, in micrometres. Layout makes a Label from a template and an
// order; an Encoder turns it into a printer's language, and decides nothing.
//
// The package does no I/O and reads no clock.
package labels

import (
	"errors"
	"fmt"
)

// A Length is a distance on the label, in micrometres. Layouts are written in
// lengths; only an encoder turns them into dots.
type Length int64

// Units of length.
const (
	Micrometre Length = 1
	Millimetre        = 1000 * Micrometre
	Inch              = 25400 * Micrometre
)

// A Point is a place on the label, from its top left corner.
type Point struct{ X, Y Length }

// A Rect is an area of the label.
type Rect struct {
	Min           Point
	Width, Height Length
}

// A Resolution is a printer's dots per inch times ten, so that the true
// figures, 203.2 (8 dots per millimetre) and 304.8 (12), are exact.
type Resolution int64

// The resolutions of label printers.
const (
	DPI203 Resolution = 2032 // 8 dots per millimetre
	DPI300 Resolution = 3000 // 11.811 dots per millimetre
	DPI305 Resolution = 3048 // 12 dots per millimetre
	DPI600 Resolution = 6096 // 24 dots per millimetre
)

// Dots returns l in whole dots, rounded to the nearest.
func (r Resolution) Dots(l Length) int {
	n := int64(l) * int64(r)
	const d = int64(10 * Inch)
	if n < 0 {
		return -int((-n + d/2) / d)
	}
	return int((n + d/2) / d)
}

// Length returns the length of n dots.
func (r Resolution) Length(n int) Length {
	return Length((int64(n)*int64(10*Inch) + int64(r)/2) / int64(r))
}

// A Label is one label, laid out for one resolution: what an encoder draws.
type Label struct {
	Name       string // for messages: which template and parcel
	Width      Length
	Height     Length
	Resolution Resolution
	Items      []Item
}

// An Item is one thing on a label.
type Item interface{ isItem() }

// A Fill is a black rectangle: a line, a rule, a box's side.
type Fill struct{ Rect Rect }

// A Bitmap is anything drawn in dots: a picture, white letters in a black box.
// Its dots are the label's resolution.
type Bitmap struct {
	At   Point
	Dots Dots
	Text string // what it says, for those who cannot see it; empty for pictures

	Shared *Glyph // the same dots, where many labels have them; nil otherwise
}

// A Text is words, shaped and placed glyph by glyph.
type Text struct {
	Text   string // what it says
	Glyphs []PlacedGlyph
}

// A Glyph is one character of a typeface, drawn at one size and resolution.
// The same drawing is the same pointer, so that an encoder may keep what it
// made of it.
type Glyph struct {
	Dots Dots
	Memo Memo
}

// A PlacedGlyph is a glyph with its top left dot at X, Y of the label, in dots.
type PlacedGlyph struct {
	X, Y int
	*Glyph
}

// Area returns the smallest rectangle that holds every glyph's dots.
func (t Text) Area() (x, y, w, h int) {
	if len(t.Glyphs) == 0 {
		return 0, 0, 0, 0
	}
	g := t.Glyphs[0]
	x0, y0, x1, y1 := g.X, g.Y, g.X+g.Dots.W, g.Y+g.Dots.H
	for _, g := range t.Glyphs[1:] {
		x0, y0 = min(x0, g.X), min(y0, g.Y)
		x1, y1 = max(x1, g.X+g.Dots.W), max(y1, g.Y+g.Dots.H)
	}
	return x0, y0, x1 - x0, y1 - y0
}

// A Symbol is a barcode. Its modules are settled, so that every encoder draws
// the same bars.
type Symbol struct {
	At         Point
	Symbology  Symbology
	Payload    []byte // what a scanner must read back
	ModuleDots int    // dots to a module
	HeightDots int    // bar height of a linear symbol; 0 for a matrix
	Modules    Dots   // one row for a linear symbol, else the matrix; no quiet zone
	Codewords  []int  // symbol characters of a Code 128, start and check included; nil otherwise

	Drawn         Dots // of modules that are not squares (MaxiCode), at the label's resolution; empty otherwise
	BearerModules int  // thickness of the bars across the top and bottom of an ITF-14; they are part of its height
	MoreQuiet     int  // modules of white that its designer wants beside what the symbology asks for

	Turned int // degrees clockwise that the drawing is turned by: 0, 90, 180 or 270; At is the top left corner of what is drawn
}

func (Fill) isItem()   {}
func (Bitmap) isItem() {}
func (Text) isItem()   {}
func (Symbol) isItem() {}

// A Symbology is a kind of barcode.
type Symbology string

// The symbologies.
const (
	Code128 Symbology = "code128"
	GS1128  Symbology = "gs1_128"
	QR      Symbology = "qr"
	GS1QR   Symbology = "gs1_qr"
	Aztec   Symbology = "aztec"

	DataMatrix    Symbology = "datamatrix"
	GS1DataMatrix Symbology = "gs1_datamatrix"

	EAN13      Symbology = "ean13"
	EAN8       Symbology = "ean8"
	UPCA       Symbology = "upca"
	UPCE       Symbology = "upce"
	ITF14      Symbology = "itf14"
	Code39     Symbology = "code39"
	Code39Full Symbology = "code39_full" // pairs of characters stand for all of ASCII
	Code93     Symbology = "code93"
	Codabar    Symbology = "codabar"
	IMb        Symbology = "imb" // USPS Intelligent Mail
	MaxiCode   Symbology = "maxicode"

	PDF417 Symbology = "pdf417"
)

// Dots is a black-and-white picture. The zero Dots is empty.
type Dots struct {
	W, H   int
	Stride int    // bytes to a row
	Bits   []byte // most significant bit leftmost, 1 is black
}

// NewDots returns a white picture.
func NewDots(w, h int) Dots {
	stride := (w + 7) / 8
	return Dots{W: w, H: h, Stride: stride, Bits: make([]byte, stride*h)}
}

// Black reports whether the dot at x, y is black; outside, none is.
func (d Dots) Black(x, y int) bool {
	if x < 0 || y < 0 || x >= d.W || y >= d.H {
		return false
	}
	return d.Bits[y*d.Stride+x/8]&(0x80>>(x%8)) != 0
}

// Set makes the dot at x, y black; outside, nothing happens.
func (d Dots) Set(x, y int) {
	if x < 0 || y < 0 || x >= d.W || y >= d.H {
		return
	}
	d.Bits[y*d.Stride+x/8] |= 0x80 >> (x % 8)
}

// An Encoder turns a label into bytes. It decides nothing: same label, same
// bytes.
type Encoder interface {
	Encode(l Label) ([]byte, error)
}

// ErrUnprintable is wrapped by errors that say which character no font has.
var ErrUnprintable = errors.New("no font has this character")

// A MismatchError says that a rendered label does not read back as it should.
type MismatchError struct {
	Want Symbol
	Why  string
}

// Error names the symbol and what is wrong with it.
func (e *MismatchError) Error() string {
	return fmt.Sprintf("%s %q does not read back: %s", e.Want.Symbology, e.Want.Payload, e.Why)
}
