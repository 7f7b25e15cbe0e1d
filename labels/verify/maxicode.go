package verify

import (
	"errors"
	"fmt"
	"strings"

	"waybill/labels"
	"waybill/labels/barcode"
)

// provesMaxiCode reads a MaxiCode where it is drawn. Of the encoder it shares
// the places of the bits, nothing else. It corrects no errors: a drawing has
// none.
func provesMaxiCode(s labels.Symbol, zone labels.Dots) error {
	sides, ends := s.Symbology.QuietModules()
	w, h := s.Size()
	got, err := readMaxiCode(zone.Crop(sides*s.ModuleDots, ends*s.ModuleDots, w, h))
	if err != nil {
		return &labels.MismatchError{Want: s, Why: err.Error()}
	}
	if got != string(s.Payload) {
		return &labels.MismatchError{Want: s, Why: fmt.Sprintf("it reads %q", got)}
	}
	return nil
}

// readMaxiCode reads the middle of each module of a symbol that fills d (ISO/IEC
// 16023, 4.11: 30 modules wide, 32 rows and a hexagon high).
func readMaxiCode(d labels.Dots) (string, error) {
	var words [144]int
	if err := finder(d); err != nil {
		return "", err
	}
	for y := range 33 {
		for x := range 30 {
			word, value, ok := barcode.MaxiCodeBit(x, y)
			if ok && d.Black(middle(d, x, y)) {
				words[word] |= value
			}
		}
	}
	primary, mode := words[:20], words[0]&15
	parity := 40
	if mode == 5 {
		parity = 56
	}
	if !sound(primary, 10) {
		return "", errors.New("its primary message is damaged")
	}
	var even, odd []int
	for i, w := range words[20:] {
		if i%2 == 0 {
			even = append(even, w)
		} else {
			odd = append(odd, w)
		}
	}
	if !sound(even, parity/2) || !sound(odd, parity/2) {
		return "", errors.New("its secondary message is damaged")
	}
	data := words[20 : 144-parity]
	switch mode {
	case 2, 3:
		text, err := maxiText(data)
		if err != nil {
			return "", err
		}
		return maxiCarrier(primary, mode, text)
	case 4, 5, 6:
		return maxiText(append(append([]int{}, primary[1:10]...), data...))
	}
	return "", fmt.Errorf("its mode is %d", mode)
}

// middle returns the dot in the middle of a module. Lengths are of the grid:
// 60 half modules wide; 32 rows of 762 and twice 508 micrometres high.
func middle(d labels.Dots, x, y int) (int, int) {
	return (2*x + 1 + y%2) * d.W / 60, (508 + 762*y) * d.H / (32*762 + 2*508)
}

// finder reports whether the rings are in their place: from the middle
// outwards white and black in turn, on either side.
func finder(d labels.Dots) error {
	cx, cy := middle(d, 14, 16)
	for i, um := range []int{0, 845, 1520, 2195, 2865, 3535} {
		step := um * d.W / (30 * 880)
		for _, p := range [][2]int{{cx - step, cy}, {cx + step, cy}, {cx, cy - step}, {cx, cy + step}} {
			if d.Black(p[0], p[1]) != (i%2 == 1) {
				return errors.New("no MaxiCode is found at its place")
			}
		}
	}
	return nil
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

// maxiCarrier puts postcode, country and class back where they belong in the
// text.
func maxiCarrier(primary []int, mode int, text string) (string, error) {
	bits := func(from, n int) int {
		v := 0
		for i := n - 1; i >= 0; i-- {
			bit := from + i
			v = v<<1 | primary[bit/6]>>(bit%6)&1
		}
		return v
	}
	const envelope = "[)>\x1e01\x1d"
	rest, ok := strings.CutPrefix(text, envelope)
	if !ok || len(rest) < 2 {
		return "", errors.New("its message is not that of a carrier")
	}
	var postcode strings.Builder
	if mode == 2 {
		fmt.Fprintf(&postcode, "%0*d", bits(34, 6), bits(4, 30))
	} else {
		for i := 5; i >= 0; i-- {
			postcode.WriteByte(setA[bits(4+6*i, 6)])
		}
	}
	return fmt.Sprintf("%s%s%s\x1d%03d\x1d%03d\x1d%s", envelope, rest[:2], postcode.String(), bits(40, 10), bits(50, 10), rest[2:]), nil
}

// The code sets; 0xff has a meaning of its own, 0xfe is padding.
const (
	setA = "\rABCDEFGHIJKLMNOPQRSTUVWXYZ\xff\x1c\x1d\x1e\xff \xfe\"#$%&'()*+,-./0123456789:\xff\xff\xff\xff\xff"
	setB = "`abcdefghijklmnopqrstuvwxyz\xff\x1c\x1d\x1e\xff{\xfe}~\x7f;<=>?[\\]^_ ,./:@!|\xfe\xff\xff\xfe\xff\xff\xff\xff\xff"
	setE = "\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a" +
		"\xff\xfe\xfe\x1b\xff\x1c\x1d\x1e\x1f"
)

// maxiText reads symbol characters: sets A and B, and shifts to E.
func maxiText(words []int) (string, error) {
	var out []byte
	base, shifted := setA, 0 // how many characters are read in the other set
	for i := 0; i < len(words); i++ {
		w, set := words[i], base
		if shifted > 0 {
			set, shifted = other(base), shifted-1
		}
		switch c := set[w]; {
		case c == 0xfe:
		case c != 0xff:
			out = append(out, c)
		case w == 31 && i+5 < len(words):
			v := 0
			for _, n := range words[i+1 : i+6] {
				v = v<<6 | n
			}
			out, i = fmt.Appendf(out, "%09d", v), i+5
		case w == 62 && i+1 < len(words) && words[i+1] < len(setE) && setE[words[i+1]] < 0x80:
			out, i = append(out, setE[words[i+1]]), i+1
		case w == 63:
			base = other(base)
		case w == 59:
			shifted = 1
		case set == setB && (w == 56 || w == 57):
			shifted = w - 54
		default:
			return "", fmt.Errorf("its symbol character %d (%d) cannot be read yet", i+1, w)
		}
	}
	return string(out), nil
}

func other(set string) string {
	if set == setA {
		return setB
	}
	return setA
}
