package verify

import (
	"bytes"
	"slices"
	"strings"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/oned"

	"waybill/labels"
)

// A reading is one linear symbol read on one row.
type reading struct {
	symbology  labels.Symbology
	text       string
	start, end int // in dots along the row
}

// rowDecoder is what gozxing's readers of linear symbols have besides their
// interface for whole pictures.
type rowDecoder interface {
	DecodeRow(rowNumber int, row *gozxing.BitArray, hints map[gozxing.DecodeHintType]any) (*gozxing.Result, error)
}

// readRow reads the first Code 128 on a row. With GS1 in its first place the
// decoder reports "]C1", and the separators as GS.
func readRow(row *gozxing.BitArray) (reading, bool) {
	decoder, ok := oned.NewCode128Reader().(rowDecoder)
	if !ok {
		return reading{}, false
	}
	result, err := decoder.DecodeRow(0, row, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_ASSUME_GS1: true})
	if err != nil {
		return reading{}, false
	}
	r := reading{symbology: labels.Code128, text: result.GetText()}
	// The decoder takes a check character of 102 for one more FNC1.
	if raw := result.GetRawBytes(); len(raw) > 2 && raw[len(raw)-2] == fnc1 {
		r.text = strings.TrimSuffix(r.text, "\x1d")
	}
	if rest, ok := strings.CutPrefix(r.text, "]C1"); ok && startsWithFNC1(result) {
		r.symbology, r.text = labels.GS1128, rest
	}
	if points := result.GetResultPoints(); len(points) == 2 {
		r.start, r.end = int(points[0].GetX()), int(points[1].GetX())
	}
	return r, true
}

// fnc1 is the symbol value of FNC1.
const fnc1 = 102

// startsWithFNC1 tells GS1-128 from a plain symbol whose text is "]C1…".
func startsWithFNC1(result *gozxing.Result) bool {
	raw := result.GetRawBytes()
	return len(raw) > 1 && raw[1] == fnc1
}

// bitRow returns one row of dots as the decoder wants it.
func bitRow(d labels.Dots, y int) *gozxing.BitArray {
	row := gozxing.NewBitArray(d.W)
	for x := range d.W {
		if d.Black(x, y) {
			row.Set(x)
		}
	}
	return row
}

// agreeing is how many rows must read the same before a symbol counts: the
// decoder sees symbols in print now and then, but not twenty times over.
const agreeing = 4

// sighting is a linear symbol seen on some rows.
type sighting struct {
	reading
	first, last, rows int
}

// findLinear reads every row of d and returns what several rows agree on.
func findLinear(d labels.Dots) []sighting {
	var seen []sighting
	var last []byte
	var readings []reading
	for y := range d.H {
		row := d.Bits[y*d.Stride : (y+1)*d.Stride]
		if last == nil || !bytes.Equal(row, last) {
			readings, last = readAll(bitRow(d, y)), row
		}
		for _, r := range readings {
			i := slices.IndexFunc(seen, func(s sighting) bool {
				return s.text == r.text && s.symbology == r.symbology && y-s.last <= 8 && r.start < s.end && s.start < r.end
			})
			if i < 0 {
				seen = append(seen, sighting{reading: r, first: y, last: y, rows: 1})
				continue
			}
			seen[i].last, seen[i].rows = y, seen[i].rows+1
		}
	}
	return slices.DeleteFunc(seen, func(s sighting) bool { return s.rows < agreeing })
}

// readAll returns every symbol on a row, left to right.
func readAll(row *gozxing.BitArray) []reading {
	const most = 8 // symbols side by side
	var all []reading
	from := 0
	for len(all) < most {
		r, next, ok := readFrom(row, from)
		if !ok {
			return all
		}
		all = append(all, r)
		from = next
	}
	return all
}

// readFrom reads the next symbol at or after from. The decoder gives up at the
// first bars that look like a start and are none, so it is offered the row
// again behind each white gap that could be a quiet zone.
func readFrom(row *gozxing.BitArray, from int) (r reading, next int, ok bool) {
	size := row.GetSize()
	for from < size {
		start := row.GetNextSet(from)
		if start >= size {
			return reading{}, size, false
		}
		part, offset := tail(row, start)
		if part.GetSize() < 46 { // the shortest symbol with one dot to a module
			return reading{}, size, false
		}
		if r, ok = readRow(part); ok {
			r.start, r.end = r.start+offset, r.end+offset
			return r, max(r.end, start+1), true
		}
		from = gapAfter(row, start)
	}
	return reading{}, size, false
}

// quietDots is the narrowest white taken for a quiet zone when looking for
// symbols: wider than the spaces in most of them, narrower than any zone.
const quietDots = 10

// gapAfter returns where black begins again behind the next white gap.
func gapAfter(row *gozxing.BitArray, from int) int {
	for from < row.GetSize() {
		white := row.GetNextUnset(from)
		black := row.GetNextSet(white)
		if black-white >= quietDots {
			return black
		}
		from = black
	}
	return row.GetSize()
}

// tail returns the row from start on, with some white before it.
func tail(row *gozxing.BitArray, start int) (part *gozxing.BitArray, offset int) {
	const margin = 40
	n := row.GetSize() - start
	part = gozxing.NewBitArray(n + margin)
	for x := row.GetNextSet(start); x < row.GetSize(); x = row.GetNextSet(x + 1) {
		part.Set(x - start + margin)
	}
	return part, start - margin
}
