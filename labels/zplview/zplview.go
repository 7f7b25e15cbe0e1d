// Package zplview reads ZPL II as a printer would and draws what it would
// print. It is how a label is proved before it is printed, and how a printer
// without hardware shows its labels.
//
// It knows the commands this program writes, those of carriers' labels and
// the common ones besides. What it does not know it reports: a picture with
// something missing must never pass for the label. Letters are drawn in a font
// of ours that stands in for the printer's. Stored formats and graphics are
// known only where a Memory is handed in.
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
	maxWork = 1 << 28
	// maxCommands bounds the commands of a format, with those of the formats that
	// it recalls; labels have hundreds.
	maxCommands = 250_000
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
	return RenderAs(data, res, Options{Fonts: f})
}

// Options are the circumstances under which a format is drawn. The zero
// Options are a printer fresh from its box.
type Options struct {
	Fonts    *fonts.Set // default the embedded ones
	Memory   *Memory    // of stored formats and graphics; what a format stores is not put into it
	Prefixes Prefixes   // where the data begins
	Copy     int        // of a format's serial numbers, counted from 0
}

// RenderAs is Render under other circumstances.
func RenderAs(data []byte, res labels.Resolution, o Options) (View, error) {
	if len(data) > maxFormat {
		return View{}, fmt.Errorf("zpl: %d bytes, more than %d", len(data), maxFormat)
	}
	if res <= 0 {
		return View{}, fmt.Errorf("zpl: resolution %d", res)
	}
	if o.Fonts == nil {
		o.Fonts = fonts.New()
	}
	p := &page{
		res: res, fonts: o.Fonts, memory: o.Memory, copy: o.Copy, copies: 1, module: 2, ratio: 30, barHeight: 10,
		font: typeface{letter: 'A', height: 9, width: 5}, turn: 'N',
	}
	p.w, p.h = labels.Label{Width: 4 * labels.Inch, Height: 6 * labels.Inch, Resolution: res}.Size()
	begun, ended := false, false
	all := scan(data, o.Prefixes)
	if len(all) > maxCommands {
		return View{}, fmt.Errorf("zpl: more than %d commands", maxCommands)
	}
	for _, c := range all {
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
	p.drawPending()
	p.canvas() // a format without a field is a blank label
	d := p.dots
	if p.mirror {
		d = mirrored(d)
	}
	if p.inverted {
		d = d.Turn(180)
	}
	return View{Dots: d, Copies: p.copies, Unknown: p.unknowns, Barcodes: p.barcodes}, nil
}

// A page is what has been drawn of a format, and the settings as they stand.
type page struct {
	res    labels.Resolution
	fonts  *fonts.Set
	memory *Memory
	copy   int
	w, h   int
	dots   labels.Dots // empty until the first field
	work   int

	homeX, homeY, shift, top int
	copies                   int
	inverted, mirror         bool
	reverseAll               bool
	module, ratio, barHeight int      // of ^BY; the ratio in tenths
	font                     typeface // of ^CF
	characters               int      // of ^CI
	turn                     byte     // of ^FW
	right                    bool     // of ^FW
	field                    field
	recalled                 int             // formats that are being recalled
	commands                 int             // of recalled formats, in all
	pending                  map[int][]field // of recalled formats, by the number of ^FN, without their data
	values                   map[int][]byte  // by the number of ^FN
	unknowns                 []string
	barcodes                 int
}

// A field is what stands between ^FO and ^FS.
type field struct {
	x, y     int
	baseline bool // placed by ^FT
	right    bool // its right end stands there
	reverse  bool
	hex      byte // the escape of ^FH; 0 is none
	number   int  // of ^FN; 0 is none
	data     []byte
	has      bool
	font     *typeface
	block    *block
	symbol   symbolField
	serial   *serial
	shape    *command // ^GS
}

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
