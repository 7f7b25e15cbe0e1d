package barcode

import (
	"fmt"
	"unicode/utf8"

	"waybill/labels"
)

// A dmSize is one of the sizes of a symbol.
type dmSize struct {
	rows, columns int
	down, across  int // regions
	data, check   int // codewords
	blocks        int // that share the check words
}

// dmSizes are the sizes of ECC 200, squares and rectangles each by what they
// hold (ISO/IEC 16022:2006, table 7).
var dmSizes = [...]dmSize{
	{10, 10, 1, 1, 3, 5, 1},
	{12, 12, 1, 1, 5, 7, 1},
	{14, 14, 1, 1, 8, 10, 1},
	{16, 16, 1, 1, 12, 12, 1},
	{18, 18, 1, 1, 18, 14, 1},
	{20, 20, 1, 1, 22, 18, 1},
	{22, 22, 1, 1, 30, 20, 1},
	{24, 24, 1, 1, 36, 24, 1},
	{26, 26, 1, 1, 44, 28, 1},
	{32, 32, 2, 2, 62, 36, 1},
	{36, 36, 2, 2, 86, 42, 1},
	{40, 40, 2, 2, 114, 48, 1},
	{44, 44, 2, 2, 144, 56, 1},
	{48, 48, 2, 2, 174, 68, 1},
	{52, 52, 2, 2, 204, 84, 2},
	{64, 64, 4, 4, 280, 112, 2},
	{72, 72, 4, 4, 368, 144, 4},
	{80, 80, 4, 4, 456, 192, 4},
	{88, 88, 4, 4, 576, 224, 4},
	{96, 96, 4, 4, 696, 272, 4},
	{104, 104, 4, 4, 816, 336, 6},
	{120, 120, 6, 6, 1050, 408, 6},
	{132, 132, 6, 6, 1304, 496, 8},
	{144, 144, 6, 6, 1558, 620, 10},
	{8, 18, 1, 1, 5, 7, 1},
	{8, 32, 1, 2, 10, 11, 1},
	{12, 26, 1, 1, 16, 14, 1},
	{12, 36, 1, 2, 22, 18, 1},
	{16, 36, 1, 2, 32, 24, 1},
	{16, 48, 1, 2, 49, 28, 1},
}

// dmMost is how many characters the largest symbol holds: digits.
const dmMost = 3116

// dataMatrix returns the smallest Data Matrix ECC 200 of payload. With gs1 it
// begins with FNC1, and every GS of the payload is FNC1 too (GS1 General
// Specifications, 5.6); elements in brackets are taken as such. Text beyond ASCII is announced as UTF-8 by ECI 26.
func dataMatrix(s labels.Symbology, payload []byte, o Options, gs1 bool) (labels.Symbol, error) {
	if gs1 {
		s = labels.GS1DataMatrix
		if payload[0] == '(' {
			elements, err := ElementString(string(payload))
			if err != nil {
				return labels.Symbol{}, err
			}
			payload = elements
		}
	}
	if len(payload) > dmMost {
		return labels.Symbol{}, fmt.Errorf("%s of %d bytes: holds at most %d", s, len(payload), dmMost)
	}
	chars := make([]int, len(payload))
	ascii := true
	for i, b := range payload {
		chars[i] = int(b)
		if gs1 && b == GS {
			chars[i] = dmFNC1
		}
		ascii = ascii && b < utf8.RuneSelf
	}
	var prefix []byte
	switch {
	case !ascii && gs1:
		return labels.Symbol{}, fmt.Errorf("%s of %q: GS1 data is ASCII only", s, payload)
	case !ascii && !utf8.Valid(payload):
		return labels.Symbol{}, fmt.Errorf("%s of %q: the payload is not UTF-8", s, payload)
	case !ascii:
		prefix = []byte{dmECI, 26 + 1} // 5.2.4.1
	case gs1:
		prefix = []byte{dmFunction1}
	}
	plan := dmNewPlan(chars)
	ends := plan.ends()
	tried := false
	for _, size := range dmSizes {
		if !size.allowed(o) {
			continue
		}
		tried = true
		end, ok := dmFit(ends, size.data-len(prefix))
		if !ok {
			continue
		}
		words := dmProtect(plan.words(end, prefix, size.data), size)
		cells := dmPlace(words, size.rows-2*size.down, size.columns-2*size.across)
		return labels.Symbol{Symbology: s, Payload: payload, Modules: dmDraw(cells, size)}, nil
	}
	if !tried {
		return labels.Symbol{}, fmt.Errorf("%s of %d rows and %d columns, shape %q: there is no such size", s, o.Rows, o.Columns, o.Shape)
	}
	return labels.Symbol{}, fmt.Errorf("%s of %d bytes: too much for the largest size allowed", s, len(payload))
}

// allowed reports whether the designer's choice admits the size.
func (z dmSize) allowed(o Options) bool {
	if o.Rows != 0 && o.Rows != z.rows || o.Columns != 0 && o.Columns != z.columns {
		return false
	}
	switch o.Shape {
	case "":
		return z.rows == z.columns || o.Rows != 0 && o.Columns != 0
	case "square":
		return z.rows == z.columns
	case "rectangle":
		return z.rows != z.columns
	}
	return false
}
