// Package template is the description of a label as people write it: a YAML
// file with a size and a list of elements, each placed in millimetres, whose
// content is taken from an order by expressions.
//
// The package reads no files and draws nothing; package layout places what a
// template asks for. A template is checked as a whole when it is parsed: a
// wrong key, a misspelt field or a wrong type is found before the first order.
package template

import (
	"waybill/labels"
	"waybill/labels/picture"
)

// A Template is a checked description of a label.
type Template struct {
	Name          string
	About         string // one sentence, for lists of templates
	For           Subject
	Many          bool   // a table may go on over following pages
	Language      string // whose forms of Chinese characters are drawn; empty: as the parcel's way says
	Width, Height labels.Length
	Elements      []Element
	require       []requirement
}

// A Kind is what an element draws.
type Kind string

// The kinds of elements.
const (
	Text    Kind = "text"
	Barcode Kind = "barcode"
	Line    Kind = "line"
	Box     Kind = "box"
	Image   Kind = "image"
	Table   Kind = "table"
	Repeat  Kind = "repeat"
)

// An Element is one thing on a label. Which fields have a meaning depends on
// its kind.
type Element struct {
	Name string
	Kind Kind
	Line int // of the template file

	At            labels.Point
	Width, Height labels.Length
	Turned        int         // degrees clockwise: 0, 90, 180 or 270; At, Width and Height are of the turned area
	when          *expression // nil: always
	value         *expression // nil: nothing to say
	On            string      // the pages it stands on: every, first or last; empty: every

	// Text.
	Size, MinSize labels.Length // of the type
	Bold          bool
	Invert        bool // white on black, over the whole box; of an image, its black is white
	Cut           bool // an ellipsis may end what does not fit
	Lines         int
	Align         string // left, centre, right; of a barcode or image in its box, too
	VAlign        string // top, middle, bottom; of an image, too
	Language      string // whose forms of Chinese characters are drawn, or Sender; empty: the template's

	// Barcode.
	Symbology            labels.Symbology
	MinModule, MaxModule labels.Length // zero: the symbology's own
	Level                string        // error correction of a QR code, PDF417 or Aztec code
	Rows, Columns        int           // of a Data Matrix or PDF417; zero: as needed
	Shape                string        // of a Data Matrix: square or rectangle
	RowModules           int           // height of a PDF417's row
	MinVersion           int           // of a QR code
	Mode                 int           // of a MaxiCode
	Check, Bearer        bool          // a check character; an ITF-14's bearer bars
	Quiet                int           // modules of white beside what the symbology asks for
	Human                string        // where its text for people stands: none, below, above
	HumanSize            labels.Length // of that text's type
	HumanMinSize         labels.Length
	HumanBold            bool
	human                *expression // nil: as the symbology's custom is

	// Image.
	Picture *picture.Picture
	Stretch bool // to the box, whatever becomes of its proportions
	Dither  picture.Dither

	// Table and repeat.
	Repeated *Repeated // nil for other kinds

	// Line and box.
	Thickness labels.Length
	Filled    bool
}

// Sender is the language of an element that says what the sender's country
// writes, wherever the parcel goes.
const Sender = "ship_from"

// Languages returns the languages whose readers know Chinese characters in
// forms of their own, as in BCP 47.
func Languages() []string { return []string{"ja", "zh-Hans", "zh-Hant", "zh-HK", "ko"} }
