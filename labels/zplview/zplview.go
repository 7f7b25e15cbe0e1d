// Package zplview reads ZPL II as a printer would and draws what it would
// print. It is how a label is proved before it is printed, and how a printer
// without hardware shows its labels.
//
// It knows the commands this program writes and the common ones besides. What
// it does not know it reports: a picture with something missing must never
// pass for the label. It keeps no state between formats, and stores nothing.
package zplview

import (
	"errors"
	"fmt"
	"slices"

	"waybill/labels"
	"waybill/labels/fonts"
)

// A View is one format as printed.
type View struct {
	Dots     labels.Dots
	Copies   int      // how many labels the format prints
	Unknown  []string // what was not understood, once each, in order
	Barcodes int      // how many the format asks the printer to draw; those it brings as dots are not counted
}

// limits of what a format may ask for.
const (
	maxFormat  = 8 << 20
	maxSide    = 15000
	maxArea    = 64 << 20 // dots
	maxCopies  = 99999999
	maxUnknown = 100
	// maxWork bounds the dots a format may draw in all, so that a small
	// format cannot keep the machine busy.
	maxWork = 1 << 30
)

// ErrNoFormat says that the bytes hold no ^XA … ^XZ.
var ErrNoFormat = errors.New("no ZPL format: it begins with ^XA and ends with ^XZ")

// Render draws the first format in data at resolution res. Where the format
// gives no size, the label is 4 by 6 inches. What stands outside the format is
// reported as unknown.
func Render(data []byte, res labels.Resolution) (View, error) {
	return RenderWith(data, res, fonts.New())
}

// RenderWith is Render with the fonts that stand in for the printer's.
func RenderWith(data []byte, res labels.Resolution, f *fonts.Set) (View, error) {
	if len(data) > maxFormat {
		return View{}, fmt.Errorf("zpl: %d bytes, more than %d", len(data), maxFormat)
	}
	if res <= 0 {
		return View{}, fmt.Errorf("zpl: resolution %d", res)
	}
	p := &page{res: res, fonts: f, copies: 1, module: 2, barHeight: 10, fontHeight: 9, fontWidth: 5}
	p.w, p.h = labels.Label{Width: 4 * labels.Inch, Height: 6 * labels.Inch, Resolution: res}.Size()
	begun, ended := false, false
	for _, c := range scan(data) {
		switch {
		case c.name == "^XA":
			if begun {
				p.unknown("^XA inside a format")
			}
			begun = true
		case !begun:
			p.unknown(c.name + " before ^XA")
		case c.name == "^XZ":
			ended = true
		default:
			p.do(c)
		}
		if ended {
			break
		}
	}
	if !begun || !ended {
		return View{}, ErrNoFormat
	}
	p.unfinished()
	p.canvas() // a format without a field is a blank label
	d := p.dots
	if p.inverted {
		d = turned(d)
	}
	return View{Dots: d, Copies: p.copies, Unknown: p.unknowns, Barcodes: p.barcodes}, nil
}

// A page is what has been drawn of a format, and the settings as they stand.
type page struct {
	res   labels.Resolution
	fonts *fonts.Set
	w, h  int
	dots  labels.Dots // empty until the first field
	work  int

	homeX, homeY, shift, top int
	copies                   int
	inverted                 bool
	reverseAll               bool
	module, barHeight        int
	fontHeight, fontWidth    int // of ^CF
	field                    field
	unknowns                 []string
	barcodes                 int
}

// A field is what stands between ^FO and ^FS.
type field struct {
	x, y     int
	baseline bool // placed by ^FT
	reverse  bool
	hex      byte // the escape of ^FH; 0 is none
	data     []byte
	has      bool
	height   int // of ^A; 0 takes ^CF
	width    int
	font     bool
	block    *block
	barcode  *linear
	matrix   *matrix
}

// A block is ^FB.
type block struct {
	width, lines, between, indent int
	align                         byte
}

// A linear is ^BC.
type linear struct {
	height int
	text   bool
	mode   byte
}

// A matrix is ^BQ.
type matrix struct{ module int }

func (p *page) unknown(what string) {
	if len(p.unknowns) < maxUnknown && !slices.Contains(p.unknowns, what) {
		p.unknowns = append(p.unknowns, what)
	}
}

// canvas makes the page when the first field is drawn: from then on its size
// is settled.
func (p *page) canvas() labels.Dots {
	if p.dots.Bits == nil {
		if p.w*p.h > maxArea {
			p.unknown("a label of more dots than any has")
			p.h = maxArea / p.w
		}
		p.dots = labels.NewDots(p.w, p.h)
	}
	return p.dots
}

// put draws d at the field's place and in its manner.
func (p *page) put(d labels.Dots, x, y int) {
	x, y = x+p.homeX-p.shift, y+p.homeY+p.top
	if p.field.reverse || p.reverseAll {
		p.canvas().Toggle(d, x, y)
		return
	}
	p.canvas().Draw(d, x, y)
}

// affords reports whether w by h more dots may be drawn; it is asked before
// they take memory.
func (p *page) affords(w, h int) bool {
	if p.work += w * h; p.work > maxWork {
		p.unknown("more to draw than a label holds")
		return false
	}
	return true
}

func turned(d labels.Dots) labels.Dots {
	t := labels.NewDots(d.W, d.H)
	for y := range d.H {
		for x := range d.W {
			if d.Black(x, y) {
				t.Set(d.W-1-x, d.H-1-y)
			}
		}
	}
	return t
}
