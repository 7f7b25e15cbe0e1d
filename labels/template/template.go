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
)

// A Template is a checked description of a label.
type Template struct {
	Name          string
	Width, Height labels.Length
	Elements      []Element
}

// A Kind is what an element draws.
type Kind string

// The kinds of elements.
const (
	Text    Kind = "text"
	Barcode Kind = "barcode"
	Line    Kind = "line"
	Box     Kind = "box"
)

// An Element is one thing on a label. Which fields have a meaning depends on
// its kind.
type Element struct {
	Name string
	Kind Kind
	Line int // of the template file

	At            labels.Point
	Width, Height labels.Length
	when          *expression // nil: always
	value         *expression // nil: nothing to say

	// Text.
	Size, MinSize labels.Length // of the type
	Bold          bool
	Invert        bool // white on black, over the whole box
	Cut           bool // an ellipsis may end what does not fit
	Lines         int
	Align         string // left, centre, right; of a barcode in its box, too
	VAlign        string // top, middle, bottom

	// Barcode.
	Symbology            labels.Symbology
	MinModule, MaxModule labels.Length // zero: the symbology's own
	Level                string        // error correction of a QR code or PDF417
	Rows, Columns        int           // of a Data Matrix or PDF417; zero: as needed

	// Line and box.
	Thickness labels.Length
	Filled    bool
}
