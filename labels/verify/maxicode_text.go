package verify

import (
	"errors"
	"fmt"
	"strings"
)

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
