package verify

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/makiuchi-d/gozxing/aztec/decoder"
	"github.com/makiuchi-d/gozxing/aztec/detector"
	"github.com/makiuchi-d/gozxing/common/reedsolomon"

	"waybill/labels"
)

var errNoAztec = errors.New("no Aztec code is found at its place")

// provesAztec holds the one Aztec code of a picture against its plan.
func provesAztec(s labels.Symbol, d labels.Dots) error {
	found := findAztec(viewOf(d, 0))
	if len(found) == 0 {
		return &labels.MismatchError{Want: s, Why: errNoAztec.Error()}
	}
	switch {
	case found[0].Text != string(s.Payload):
		return &labels.MismatchError{Want: s, Why: fmt.Sprintf("it reads %q", found[0].Text)}
	case found[0].unannounced:
		return &labels.MismatchError{Want: s, Why: "it does not say in which character set it is written"}
	}
	return nil
}

// findAztec returns the Aztec codes of a picture, whichever way they are
// turned.
func findAztec(v *view) []Found {
	var found []Found
	var tried []corner
	for _, s := range v.strips {
		for i := 0; i+9 < len(s.edges); i += 2 {
			c, ok := bullseye(v.d, s, i)
			if !ok || known(tried, c) {
				continue
			}
			if tried = append(tried, c); len(tried) > maxCorners {
				return found
			}
			if f, err := v.readAztec(c); err == nil {
				found = append(found, f)
			}
		}
	}
	return found
}

// bullseye returns the middle of the square rings of which edge i begins the
// outermost of the smaller kind (ISO/IEC 24778: five black and four white
// modules along any line through the middle).
func bullseye(d labels.Dots, s strip, i int) (corner, bool) {
	e := s.edges[i : i+10]
	two := float64(e[7]-e[1]+e[8]-e[2]) / 6
	for k := 1; k < 7; k++ { // what lies outside may touch the outermost ring
		if math.Abs(float64(e[k+2]-e[k])-two) > 0.25*two {
			return corner{}, false
		}
	}
	c := corner{spot{float64(e[4]+e[5]) / 2, float64(s.first+s.last+1) / 2}, two / 2}
	x, y := int(c.at.x), int(c.at.y)
	far := int(6*c.module) + 1
	up, down := ray(d, x, y, 0, -1, 4, far), ray(d, x, y, 0, 1, 4, far)
	if len(up) < 4 || len(down) < 4 {
		return corner{}, false
	}
	c.at.y = float64(y) + 0.5 + float64(down[0]-up[0])/2
	g := c.square(0, 4)
	m := g.sample(d)
	for y := range 9 {
		for x := range 9 {
			if m.Black(x, y) != (max(x-4, 4-x, y-4, 4-y)%2 == 0) {
				return corner{}, false
			}
		}
	}
	return c, true
}

// square returns the grid of so many modules on each side of a middle, for a
// symbol turned clockwise.
func (c corner) square(degrees, side int) grid {
	m := c.module
	g := grid{w: 2*side + 1, h: 2*side + 1}
	switch degrees {
	case 0:
		g.across, g.down = spot{m, 0}, spot{0, m}
	case 90:
		g.across, g.down = spot{0, m}, spot{-m, 0}
	case 180:
		g.across, g.down = spot{-m, 0}, spot{0, -m}
	default:
		g.across, g.down = spot{0, -m}, spot{m, 0}
	}
	g.origin = c.at.plus(g.across, -float64(side)).plus(g.down, -float64(side))
	return g
}

// readAztec reads the code around a bullseye.
func (v *view) readAztec(c corner) (Found, error) {
	compact := !ring(c.square(0, 6).sample(v.d))
	reach := 7
	if compact {
		reach = 5
	}
	for degrees := 0; degrees < 360; degrees += 90 {
		m := c.square(degrees, reach).sample(v.d)
		if !oriented(m) {
			continue
		}
		layers, words, ok := aztecMode(m, compact)
		if !ok {
			continue
		}
		side := (11 + 4*layers) / 2
		if !compact {
			side = (15 + 4*layers + 2*((2*layers+6)/15)) / 2
		}
		g := c.square(degrees, side)
		text, aim, err := aztecText(g.sample(v.d), compact, words, layers)
		if err != nil {
			return Found{}, err
		}
		f := v.found(labels.Aztec, aim, text, g.area(), c.module)
		f.Turned, f.unannounced = degrees, aim == "]z0" && !ascii(text)
		return f, nil
	}
	return Found{}, errNoAztec
}

// ring reports whether the outermost modules of a square are black and those
// inside them white.
func ring(m labels.Dots) bool {
	for i := range m.W {
		for _, p := range [4][2]int{{i, 0}, {i, m.H - 1}, {0, i}, {m.W - 1, i}} {
			if !m.Black(p[0], p[1]) {
				return false
			}
		}
		if i > 0 && i < m.W-1 && (m.Black(i, 1) || m.Black(1, i) || m.Black(i, m.H-2) || m.Black(m.W-2, i)) {
			return false
		}
	}
	return true
}

// oriented reports whether the marks in the corners are those of an upright
// symbol: three modules at the upper left, then clockwise two, one and none.
func oriented(m labels.Dots) bool {
	n := m.W - 1
	for i, marks := range [4][3][2]int{
		{{0, 1}, {0, 0}, {1, 0}}, {{n - 1, 0}, {n, 0}, {n, 1}}, {{n, n - 1}, {n, n}, {n - 1, n}}, {{1, n}, {0, n}, {0, n - 1}},
	} {
		black := 0
		for _, p := range marks {
			if m.Black(p[0], p[1]) {
				black++
			}
		}
		if black != 3-i {
			return false
		}
	}
	return true
}

// aztecMode reads the mode message around the bullseye: how many layers there
// are and how many of their codewords are data.
func aztecMode(m labels.Dots, compact bool) (layers, words int, ok bool) {
	n := m.W - 1
	var bits []bool
	for side := range 4 {
		for k := 2; k <= n-2; k++ {
			if !compact && k == n/2 {
				continue // the reference grid
			}
			p := [4][2]int{{k, 0}, {n, k}, {n - k, n}, {0, n - k}}[side]
			bits = append(bits, m.Black(p[0], p[1]))
		}
	}
	var nibbles []int
	for i := 0; i+4 <= len(bits); i += 4 {
		v := 0
		for _, b := range bits[i : i+4] {
			v <<= 1
			if b {
				v |= 1
			}
		}
		nibbles = append(nibbles, v)
	}
	data := 4
	if compact {
		data = 2
	}
	if reedsolomon.NewReedSolomonDecoder(reedsolomon.GenericGF_AZTEC_PARAM).Decode(nibbles, len(nibbles)-data) != nil {
		return 0, 0, false
	}
	v := 0
	for _, n := range nibbles[:data] {
		v = v<<4 | n
	}
	if compact {
		return v>>6 + 1, v&0x3f + 1, true
	}
	return v>>11 + 1, v&0x7ff + 1, true
}

// aztecText mends and reads the modules of a symbol.
func aztecText(m labels.Dots, compact bool, words, layers int) (text, aim string, err error) {
	bits, err := matrix(m)
	if err != nil {
		return "", "", errNoAztec
	}
	result, err := decoder.NewDecoder().Decode(detector.NewAztecDetectorResult(bits, nil, compact, words, layers))
	if err != nil {
		return "", "", fmt.Errorf("an Aztec code: %w", err)
	}
	text, aim = result.GetText(), "]z0"
	// A symbol that begins with a shift to punctuation and FLG(n) begins with
	// FNC1, where n is 0, or with a character set.
	if raw := result.GetRawBytes(); len(raw) > 1 && raw[0] == 0 && raw[1]>>6 == 0 {
		aim = "]z3"
		if raw[1]>>3&7 == 0 {
			text, aim = strings.TrimPrefix(text, "\x1d"), "]z1"
		}
	}
	return text, aim, nil
}
