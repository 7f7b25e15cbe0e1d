package verify

import (
	"slices"

	"waybill/labels"
)

// agreeing is how many rows must read the same before a symbol counts: bars
// are seen in print now and then, but not on so many rows.
const agreeing = 4

// apart is how many rows that do not read may lie between those that do before
// they are taken for two symbols, one above the other.
const apart = 8

// A sighting is a linear symbol seen on some rows.
type sighting struct {
	linear
	from, to          int // dots along the row
	first, last, rows int
}

// findLinear returns the upright linear symbols of a view.
func findLinear(v *view) []Found {
	var seen []sighting
	for _, s := range v.strips {
		for i := 0; i+20 < len(s.edges); i += 2 {
			r, ok := readLinear(s.edges, i)
			if !ok {
				continue
			}
			seen = see(seen, sighting{
				linear: r, from: int(s.edges[i]), to: int(s.edges[i+r.edges]),
				first: s.first, last: s.last, rows: s.last - s.first + 1,
			})
			i += r.edges - 1 // which is odd
		}
	}
	var found []Found
	for _, s := range seen {
		if s.rows < agreeing {
			continue
		}
		area := rect{s.from, s.first, s.to - s.from, s.last - s.first + 1}
		found = append(found, v.found(s.symbology, s.aim, s.text, area, s.module))
	}
	return found
}

// see adds what is read on a strip to what was read above it.
func see(seen []sighting, s sighting) []sighting {
	i := slices.IndexFunc(seen, func(o sighting) bool {
		return o.text == s.text && o.symbology == s.symbology && s.first-o.last <= apart && s.from < o.to && o.from < s.to
	})
	if i < 0 {
		return append(seen, s)
	}
	o := &seen[i]
	o.last, o.rows = s.last, o.rows+s.rows
	o.from, o.to = min(o.from, s.from), max(o.to, s.to)
	return seen
}

// maxElements bounds the bars and spaces of a symbol: over a hundred characters
// of Code 39.
const maxElements = 1200

// readLinear reads the linear symbol of which the first bar begins with edge i,
// if there is one. A white gap as wide as the first bar or two is taken
// for a quiet zone: whether it is wide enough is told later.
func readLinear(edges []int32, i int) (linear, bool) {
	e := edges[i:min(i+maxElements, len(edges))]
	bar, white := e[1]-e[0], int32(1<<30)
	if i > 0 {
		white = e[0] - edges[i-1]
	}
	if white < bar {
		return linear{}, false
	}
	if r, ok := read128(e); ok {
		return r, true // its first bar is two modules wide
	}
	if white < 2*bar {
		return linear{}, false
	}
	if r, ok := readRetail(e); ok {
		return r, quietBehind(e, r, 2)
	}
	if r, ok := read93(e); ok {
		return r, true
	}
	// What follows has no check character, or a weak one, and so must stand free.
	if white < 4*bar {
		return linear{}, false
	}
	for _, read := range [...]func([]int32) (linear, bool){read39, readITF14, readCodabar} {
		if r, ok := read(e); ok {
			return r, quietBehind(e, r, 4)
		}
	}
	return linear{}, false
}

// quietBehind reports whether white of so many modules follows a symbol.
func quietBehind(e []int32, r linear, modules float64) bool {
	return r.edges+1 >= len(e) || float64(e[r.edges+1]-e[r.edges]) >= modules*r.module
}

// linearReader returns what reads a linear symbol of symbology s.
func linearReader(s labels.Symbology) func([]int32) (linear, bool) {
	switch s {
	case labels.Code128, labels.GS1128:
		return read128
	case labels.EAN13, labels.EAN8, labels.UPCA, labels.UPCE:
		return readRetail
	case labels.Code39, labels.Code39Full:
		return read39
	case labels.Code93:
		return read93
	case labels.ITF14:
		return readITF14
	case labels.Codabar:
		return readCodabar
	default:
		return nil
	}
}
