package verify

import (
	"errors"
	"fmt"
	"math/big"
	"unicode/utf8"
)

// What the Mixed and the Punctuation set of Text hold, by value (ISO/IEC
// 15438:2015, table 4). Behind them come the values that change the set.
const (
	pdfMixedSet = "0123456789&\r\t,:#-.$/+%*=^"
	pdfPunctSet = ";<>@[\\]_`~!\r\t,:\n-.$/\"|*()?{}'"
)

// A pdfSet is a set of Text compaction.
type pdfSet int

const (
	pdfUpper pdfSet = iota
	pdfSmall
	pdfMixed
	pdfPunct
)

// pdfContent returns what codewords say, without their length and their check
// words (5.4). Without an ECI, bytes are ISO/IEC 8859-1.
func pdfContent(words []int) (string, error) {
	var out []byte
	mode, utf, set := 900, false, pdfUpper
	for i := 0; i < len(words); {
		switch w := words[i]; {
		case w == 927 && i+1 < len(words) && words[i+1] == 26:
			i, utf = i+2, true
		case w == 900:
			i, mode, set = i+1, 900, pdfUpper
		case w == 901 || w == 924 || w == 902:
			i, mode = i+1, w
		case w == 913 && i+1 < len(words) && mode == 900 && words[i+1] < 256:
			out = append(out, byte(words[i+1]))
			i += 2
		case w >= 900:
			return "", fmt.Errorf("PDF417 with codeword %d, which is not understood here", w)
		default:
			n := i
			for n < len(words) && words[n] < 900 {
				n++
			}
			var err error
			if out, set, err = pdfRun(out, words[i:n], mode, set); err != nil {
				return "", err
			}
			i = n
		}
	}
	if utf {
		if !utf8.Valid(out) {
			return "", errors.New("PDF417 whose bytes are not the UTF-8 that it announces")
		}
		return string(out), nil
	}
	text := make([]rune, len(out))
	for i, b := range out {
		text[i] = rune(b)
	}
	return string(text), nil
}

// pdfRun adds what a run of codewords without a change of compaction says.
func pdfRun(out []byte, words []int, mode int, set pdfSet) ([]byte, pdfSet, error) {
	switch mode {
	case 900:
		out, set = pdfLetters(out, words, set)
		return out, set, nil
	case 902:
		out, err := pdfDigits(out, words)
		return out, set, err
	}
	out, err := pdfBytes(out, words, mode == 924)
	return out, set, err
}

// pdfLetters reads Text (5.4.2). A shift that nothing follows is filling.
func pdfLetters(out []byte, words []int, set pdfSet) ([]byte, pdfSet) {
	shifted := pdfSet(-1)
	for k := range 2 * len(words) {
		v := words[k/2] / 30
		if k%2 == 1 {
			v = words[k/2] % 30
		}
		s := set
		if shifted >= 0 {
			s, shifted = shifted, -1
		}
		switch {
		case s == pdfUpper && v < 26:
			out = append(out, byte('A'+v))
		case s == pdfSmall && v < 26:
			out = append(out, byte('a'+v))
		case s == pdfMixed && v < len(pdfMixedSet):
			out = append(out, pdfMixedSet[v])
		case s == pdfPunct && v < len(pdfPunctSet):
			out = append(out, pdfPunctSet[v])
		case s == pdfPunct:
			set = pdfUpper
		case v == 26:
			out = append(out, ' ')
		case v == 25: // Mixed
			set = pdfPunct
		case v == 29:
			shifted = pdfPunct
		case v == 27 && s == pdfSmall:
			shifted = pdfUpper
		case v == 27:
			set = pdfSmall
		case s == pdfMixed:
			set = pdfUpper
		default:
			set = pdfMixed
		}
	}
	return out, set
}

// pdfBytes reads Byte (5.4.3): five codewords are six bytes. Unless all come in
// sixes, one to five bytes at the end are a codeword each.
func pdfBytes(out []byte, words []int, sixes bool) ([]byte, error) {
	for len(words) >= 5 && (sixes || len(words) > 5) {
		n := uint64(0)
		for _, w := range words[:5] {
			n = n*900 + uint64(w)
		}
		if n >= 1<<48 {
			return nil, errors.New("PDF417 with five codewords that are no six bytes")
		}
		for shift := 40; shift >= 0; shift -= 8 {
			out = append(out, byte(n>>shift))
		}
		words = words[5:]
	}
	for _, w := range words {
		if sixes || w > 255 {
			return nil, errors.New("PDF417 with a codeword that is no byte")
		}
		out = append(out, byte(w))
	}
	return out, nil
}

// pdfDigits reads Numeric (5.4.4): fifteen codewords are a 1 and 44 digits.
func pdfDigits(out []byte, words []int) ([]byte, error) {
	for len(words) > 0 {
		group := words[:min(15, len(words))]
		words = words[len(group):]
		n := new(big.Int)
		for _, w := range group {
			n.Mul(n, big.NewInt(900)).Add(n, big.NewInt(int64(w)))
		}
		digits := n.String()
		if digits[0] != '1' {
			return nil, errors.New("PDF417 with codewords that are no digits")
		}
		out = append(out, digits[1:]...)
	}
	return out, nil
}
