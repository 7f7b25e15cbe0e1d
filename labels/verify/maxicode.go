package verify

import (
	"errors"
	"fmt"
	"math"

	"github.com/makiuchi-d/gozxing/common/reedsolomon"

	"waybill/labels"
	"waybill/labels/barcode"
)

// provesMaxiCode reads a MaxiCode where it is drawn. Of the encoder it shares
// the places of the bits, nothing else. Here it corrects no errors: a drawing
// has none.
func provesMaxiCode(s labels.Symbol, zone labels.Dots) error {
	sides, ends := s.Symbology.QuietModules()
	w, h := s.Size()
	m, err := readMaxiCode(zone.Crop(sides*s.ModuleDots, ends*s.ModuleDots, w, h))
	switch {
	case err != nil:
		return &labels.MismatchError{Want: s, Why: err.Error()}
	case m.text != string(s.Payload):
		return &labels.MismatchError{Want: s, Why: fmt.Sprintf("it reads %q", m.text)}
	case m.unannounced():
		return &labels.MismatchError{Want: s, Why: "it does not say in which character set it is written"}
	}
	return nil
}

// The grid of a MaxiCode in micrometres (ISO/IEC 16023: 30 modules wide, 32
// rows and a hexagon high).
const (
	maxiModule = 880
	maxiRow    = 762
	maxiRise   = 508 // from the middle of the first row to the edge
	maxiWide   = 30 * maxiModule
	maxiHigh   = 32*maxiRow + 2*maxiRise
)

// A maxiPlace is where a MaxiCode lies: its middle, and the dots to a
// micrometre along its rows and across them.
type maxiPlace struct {
	middle        spot
	across, along float64
	turned        int
}

// dot returns the dot in the middle of a module.
func (p maxiPlace) dot(x, y int) (int, int) {
	return p.shift(float64((2*x+1+y%2)*maxiModule/2-29*maxiModule/2), float64((y-16)*maxiRow))
}

// shift returns the dot that lies so many micrometres right of and below the
// middle of the upright symbol.
func (p maxiPlace) shift(dx, dy float64) (int, int) {
	dx, dy = dx*p.along, dy*p.across
	switch p.turned {
	case 90:
		dx, dy = -dy, dx
	case 180:
		dx, dy = -dx, -dy
	case 270:
		dx, dy = dy, -dx
	}
	return int(math.Floor(p.middle.x + dx)), int(math.Floor(p.middle.y + dy))
}

// readMaxiCode reads a symbol that fills d.
func readMaxiCode(d labels.Dots) (maxiMessage, error) {
	p := maxiPlace{
		along: float64(d.W) / maxiWide, across: float64(d.H) / maxiHigh,
		middle: spot{float64(d.W) * 29 / 60, float64(d.H) * (maxiRise + 16*maxiRow) / maxiHigh},
	}
	if !p.ringed(d) {
		return maxiMessage{}, errNoMaxiCode
	}
	return p.read(d, false)
}

var errNoMaxiCode = errors.New("no MaxiCode is found at its place")

// ringed reports whether the rings are in their place: from the middle
// outwards white and black in turn, on either side.
func (p maxiPlace) ringed(d labels.Dots) bool {
	for i, um := range [...]float64{0, 845, 1520, 2195, 2865, 3535} {
		for _, at := range [...][2]float64{{-um, 0}, {um, 0}, {0, -um}, {0, um}} {
			if x, y := p.shift(at[0], at[1]); d.Black(x, y) != (i%2 == 1) {
				return false
			}
		}
	}
	return true
}

// A maxiMessage is what a MaxiCode says.
type maxiMessage struct {
	mode      int
	text      string
	announced bool // its character set, which counts beyond ASCII only
}

// aim returns the symbology identifier.
func (m maxiMessage) aim() string {
	n := 0
	if m.mode == 2 || m.mode == 3 {
		n = 1
	}
	if m.announced {
		n += 2
	}
	return fmt.Sprintf("]U%d", n)
}

func (m maxiMessage) unannounced() bool { return !m.announced && !ascii(m.text) }

// read reads the modules, and mends them if that is asked.
func (p maxiPlace) read(d labels.Dots, mend bool) (maxiMessage, error) {
	var words [144]int
	for y := range 33 {
		for x := range 30 {
			word, value, ok := barcode.MaxiCodeBit(x, y)
			if !ok {
				continue
			}
			if d.Black(p.dot(x, y)) {
				words[word] |= value
			}
		}
	}
	primary := words[:20]
	if !whole(primary, 10, mend) {
		return maxiMessage{}, errors.New("its primary message is damaged")
	}
	m := maxiMessage{mode: primary[0] & 15}
	parity := 40
	if m.mode == 5 {
		parity = 56
	}
	var parts [2][]int // of even and odd words
	for i, w := range words[20:] {
		parts[i%2] = append(parts[i%2], w)
	}
	if !whole(parts[0], parity/2, mend) || !whole(parts[1], parity/2, mend) {
		return maxiMessage{}, errors.New("its secondary message is damaged")
	}
	data := make([]int, 124-parity)
	for i := range data {
		data[i] = parts[i%2][i/2]
	}
	var err error
	switch m.mode {
	case 2, 3:
		if m.text, m.announced, err = maxiText(data); err == nil {
			m.text, err = maxiCarrier(primary, m.mode, m.text)
		}
	case 4, 5, 6:
		m.text, m.announced, err = maxiText(append(append([]int{}, primary[1:10]...), data...))
	default:
		err = fmt.Errorf("its mode is %d", m.mode)
	}
	return m, err
}

// whole reports whether words with n check words are sound, or can be mended.
func whole(words []int, n int, mend bool) bool {
	if sound(words, n) {
		return true
	}
	return mend && reedsolomon.NewReedSolomonDecoder(reedsolomon.GenericGF_MAXICODE_FIELD_64).Decode(words, n) == nil
}

// sound reports whether the polynomial of words is zero at the n roots of its
// code, in GF(64) with x^6+x+1.
func sound(words []int, n int) bool {
	root := 1
	for range n {
		root = timesRoot(root, 2)
		sum := 0
		for _, w := range words {
			sum = timesRoot(sum, root) ^ w
		}
		if sum != 0 {
			return false
		}
	}
	return true
}

// timesRoot multiplies in GF(64), bit by bit.
func timesRoot(a, b int) int {
	product := 0
	for ; b > 0; b >>= 1 {
		if b&1 != 0 {
			product ^= a
		}
		if a <<= 1; a > 63 {
			a ^= 0x43
		}
	}
	return product
}
