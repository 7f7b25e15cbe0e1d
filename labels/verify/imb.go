package verify

import (
	"errors"
	"fmt"
	"math/big"
	"math/bits"
	"sync"

	"waybill/labels"
)

// A reader of the USPS Intelligent Mail barcode, written from USPS-B-3200 the
// decoding way round: it shares nothing with the encoder.
const (
	imbBars    = 65
	imbWords   = 10
	imbHalf    = 1365 // codewords there are of each polarity
	imbWordBit = 13
)

var errNoIMb = errors.New("no Intelligent Mail barcode is found at its place")

// imbPlaces says for each bit of each of the ten characters, lowest first, what
// holds it: 1 to 65 are the descenders of the bars, 66 to 130 the ascenders
// (USPS-B-3200, the bar-to-character mapping, in reverse).
var imbPlaces = [imbWords * imbWordBit]uint8{
	67, 6, 78, 16, 86, 95, 34, 40, 45, 113, 117, 121, 62, 87, 18, 104, 41, 76, 57, 119, 115, 72, 97, 2, 127, 26,
	105, 35, 122, 52, 114, 7, 24, 82, 68, 63, 94, 44, 77, 112, 70, 100, 39, 30, 107, 15, 125, 85, 10, 65, 54, 88,
	20, 106, 46, 66, 8, 116, 29, 61, 99, 80, 90, 37, 123, 51, 25, 84, 129, 56, 4, 109, 96, 28, 36, 47, 11, 71,
	33, 102, 21, 9, 17, 49, 124, 79, 64, 91, 42, 69, 53, 60, 14, 1, 27, 103, 126, 75, 89, 50, 120, 19, 32, 110,
	92, 111, 130, 59, 31, 12, 81, 43, 55, 5, 74, 22, 101, 128, 58, 118, 48, 108, 38, 98, 93, 23, 83, 13, 73, 3,
}

// imbTable returns the codeword of each character of thirteen bits; -1 is none.
// Characters with five bits come first, then those with two; of each kind, a
// character that is its own mirror image comes last, counted from the end.
var imbTable = sync.OnceValue(func() *[1 << imbWordBit]int16 {
	var t [1 << imbWordBit]int16
	for i := range t {
		t[i] = -1
	}
	first, last := int16(0), int16(1287)
	for _, ones := range [...]int{5, 2} {
		end := last - 1
		for c := range t {
			if bits.OnesCount(uint(c)) != ones || t[c] >= 0 {
				continue
			}
			mirror := int(bits.Reverse16(uint16(c)) >> (16 - imbWordBit))
			if mirror == c {
				t[c] = end
				end--
				continue
			}
			t[c], t[mirror] = first, first+1
			first += 2
		}
		first, last = last, last+78
	}
	return &t
})

// findIMb returns the Intelligent Mail barcodes that stand upright in a view.
func findIMb(v *view) []Found {
	var found []Found
	var done []rect
	for _, s := range v.strips {
		for i := 0; i+2*imbBars <= len(s.edges); i += 2 {
			e := s.edges[i : i+2*imbBars]
			if !evenBars(s.edges, i) || within(done, int(e[0]), s.first) {
				continue
			}
			states, area := barStates(v.d, e, s.first)
			done = append(done, area)
			if text, err := imbText(states); err == nil {
				pitch := float64(e[2*imbBars-2]-e[0]) / (imbBars - 1)
				found = append(found, v.found(labels.IMb, "", text, area, pitch/2))
			}
		}
	}
	return found
}

func within(areas []rect, x, y int) bool {
	for _, a := range areas {
		if a.holds(rect{x: x, y: y}) {
			return true
		}
	}
	return false
}

// evenBars reports whether 65 bars at even distances, standing free, begin
// with edge i.
func evenBars(edges []int32, i int) bool {
	e := edges[i : i+2*imbBars]
	all := e[2*imbBars-2] - e[0]
	const gaps = imbBars - 1
	if i > 0 && gaps*(e[0]-edges[i-1]) < all || i+2*imbBars < len(edges) && gaps*(edges[i+2*imbBars]-e[2*imbBars-1]) < all {
		return false
	}
	for k := range int32(imbBars) {
		if !near(gaps*(e[2*k]-e[0]), k*all, all/3+gaps) || gaps*(e[2*k+1]-e[2*k])*5 > 4*all {
			return false
		}
	}
	return true
}

// What a bar has beside its tracker.
const (
	imbDescends = 1
	imbAscends  = 2
)

// barStates returns which of the bars that cross a row of dots reach up and
// down, and the area they take.
func barStates(d labels.Dots, e []int32, y int) (states [imbBars]byte, area rect) {
	var up, down [imbBars]int
	for k := range up {
		x := int(e[2*k]+e[2*k+1]) / 2
		up[k], down[k] = ray(d, x, y, 0, -1, 1, d.H+1)[0], ray(d, x, y, 0, 1, 1, d.H+1)[0]
	}
	reach := func(lengths [imbBars]int, state byte) (most int) {
		least := lengths[0]
		for _, n := range lengths {
			least, most = min(least, n), max(most, n)
		}
		for k, n := range lengths {
			if 2*n > least+most {
				states[k] |= state
			}
		}
		return most
	}
	top := reach(up, imbAscends)
	bottom := reach(down, imbDescends)
	return states, rect{int(e[0]), y - top + 1, int(e[2*imbBars-1] - e[0]), top + bottom - 1}
}

// imbText returns the digits that bars stand for.
func imbText(states [imbBars]byte) (string, error) {
	var chars [imbWords]int
	for i, place := range imbPlaces {
		bar, what := int(place)-1, byte(imbDescends)
		if bar >= imbBars {
			bar, what = bar-imbBars, imbAscends
		}
		if states[bar]&what != 0 {
			chars[i/imbWordBit] |= 1 << (i % imbWordBit)
		}
	}
	var words [imbWords]int
	check := 0
	for i, c := range chars {
		if bits.OnesCount(uint(c)) > 6 { // the bits of the check sequence turn characters over
			c ^= 1<<imbWordBit - 1
			check |= 1 << i
		}
		words[i] = int(imbTable()[c])
		if words[i] < 0 {
			return "", errNoIMb
		}
	}
	// The last codeword is even in an upright symbol; the first tells the
	// highest bit of the check sequence.
	if words[0] >= 659 {
		words[0] -= 659
		check |= 1 << 10
	}
	if words[9]%2 != 0 || words[9]/2 >= 636 || words[0] >= 659 {
		return "", errNoIMb
	}
	value := big.NewInt(int64(words[0]))
	for _, w := range words[1:9] {
		value.Mul(value, big.NewInt(imbHalf)).Add(value, big.NewInt(int64(w)))
	}
	value.Mul(value, big.NewInt(636)).Add(value, big.NewInt(int64(words[9]/2)))
	if value.BitLen() > 102 || imbSequence(value) != check {
		return "", errNoIMb
	}
	return imbDigits(value)
}

// imbSequence returns the remainder of 102 bits by the polynomial 0xF35, of
// which the register begins full.
func imbSequence(value *big.Int) int {
	var data [13]byte
	value.FillBytes(data[:])
	register := 0x7ff
	for i, b := range data {
		n := 8
		if i == 0 { // the two highest bits are none
			n = 6
		}
		for k := n - 1; k >= 0; k-- {
			register <<= 1
			if (register>>11^int(b)>>k)&1 != 0 {
				register ^= 0xf35
			}
			register &= 0x7ff
		}
	}
	return register
}

// imbDigits takes the tracking code's digits off the number; what is left is
// the routing code, whose length its size tells.
func imbDigits(value *big.Int) (string, error) {
	var code [20]byte
	var digit big.Int
	rest := new(big.Int).Set(value)
	for i := 19; i >= 0; i-- {
		base := int64(10)
		if i == 1 {
			base = 5
		}
		rest.DivMod(rest, big.NewInt(base), &digit)
		code[i] = byte('0' + digit.Int64())
	}
	if !rest.IsInt64() {
		return "", errNoIMb
	}
	n := rest.Int64()
	for _, l := range [...]struct {
		count  int64
		length int
	}{{1, 0}, {1e5, 5}, {1e9, 9}, {1e11, 11}} {
		if n < l.count {
			return string(code[:]) + digits(n, l.length), nil
		}
		n -= l.count
	}
	return "", errNoIMb
}

// digits returns n in so many digits.
func digits(n int64, length int) string {
	d := make([]byte, length)
	for i := length - 1; i >= 0; i-- {
		d[i], n = byte('0'+n%10), n/10
	}
	return string(d)
}

// provesIMb holds a symbol against what its zone reads.
func provesIMb(s labels.Symbol, zone labels.Dots) error {
	found := findIMb(viewOf(zone, 0))
	switch {
	case len(found) != 1:
		return &labels.MismatchError{Want: s, Why: errNoIMb.Error()}
	case found[0].Text != string(s.Payload):
		return &labels.MismatchError{Want: s, Why: fmt.Sprintf("it reads %q", found[0].Text)}
	}
	return nil
}
