package verify

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
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
			postcode.WriteRune(maxiTable[0][bits(4+6*i, 6)])
		}
	}
	return fmt.Sprintf("%s%s%s\x1d%03d\x1d%03d\x1d%s", envelope, rest[:2], postcode.String(), bits(40, 10), bits(50, 10), rest[2:]), nil
}

// The code sets of ISO/IEC 16023, a character of ISO/IEC 8859-1 for each value:
// \ufffe is padding, \uffff has a meaning of its own.
const (
	setA = "\rABCDEFGHIJKLMNOPQRSTUVWXYZ\uffff\x1c\x1d\x1e\uffff \ufffe\"#$%&'()*+,-./0123456789:\uffff\uffff\uffff\uffff\uffff"
	setB = "`abcdefghijklmnopqrstuvwxyz\uffff\x1c\x1d\x1e\uffff{\ufffe}~\x7f;<=>?[\\]^_ ,./:@!|\ufffe\uffff\uffff\ufffe\uffff\uffff\uffff\uffff\uffff"
	setC = "\u00c0\u00c1\u00c2\u00c3\u00c4\u00c5\u00c6\u00c7\u00c8\u00c9\u00ca\u00cb\u00cc\u00cd\u00ce\u00cf\u00d0\u00d1\u00d2\u00d3\u00d4\u00d5\u00d6" +
		"\u00d7\u00d8\u00d9\u00da\uffff\x1c\x1d\x1e\uffff\u00db\u00dc\u00dd\u00de\u00df\u00aa\u00ac\u00b1\u00b2\u00b3\u00b5\u00b9\u00ba\u00bc\u00bd\u00be" +
		"\u0080\u0081\u0082\u0083\u0084\u0085\u0086\u0087\u0088\u0089\uffff \uffff\uffff\uffff\uffff"
	setD = "\u00e0\u00e1\u00e2\u00e3\u00e4\u00e5\u00e6\u00e7\u00e8\u00e9\u00ea\u00eb\u00ec\u00ed\u00ee\u00ef\u00f0\u00f1\u00f2\u00f3\u00f4\u00f5\u00f6" +
		"\u00f7\u00f8\u00f9\u00fa\uffff\x1c\x1d\x1e\uffff\u00fb\u00fc\u00fd\u00fe\u00ff\u00a1\u00a8\u00ab\u00af\u00b0\u00b4\u00b7\u00b8\u00bb\u00bf" +
		"\u008a\u008b\u008c\u008d\u008e\u008f\u0090\u0091\u0092\u0093\u0094\uffff \uffff\uffff\uffff\uffff"
	setE = "\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\uffff\ufffe\ufffe\x1b\uffff" +
		"\x1c\x1d\x1e\x1f\u009f\u00a0\u00a2\u00a3\u00a4\u00a5\u00a6\u00a7\u00a9\u00ad\u00ae\u00b6" +
		"\u0095\u0096\u0097\u0098\u0099\u009a\u009b\u009c\u009d\u009e\uffff \uffff\uffff\uffff\uffff"
)

// maxiTable has the sets by number: A is 0, E is 4.
var maxiTable = func() (table [5][64]rune) {
	for i, set := range []string{setA, setB, setC, setD, setE} {
		copy(table[i][:], []rune(set))
	}
	return table
}()

// A maxiReader turns symbol characters into text.
type maxiReader struct {
	set       int // A is 0, E is 4
	other     int // the set of the next few characters
	few       int // how many they are
	bytes     []byte
	charset   int // by its ECI assignment number; 0 where none was announced
	announced bool
	silent    bool // there is text beyond ASCII before a character set was announced
	text      strings.Builder
}

// maxiText reads symbol characters. It reports whether text beyond ASCII says
// in which character set it is.
func maxiText(words []int) (text string, announced bool, err error) {
	var r maxiReader
	for i := 0; i < len(words); {
		n, err := r.take(words[i:])
		if err != nil {
			return "", false, fmt.Errorf("its symbol character %d (%d): %w", i+1, words[i], err)
		}
		i += n
	}
	if err := r.flush(); err != nil {
		return "", false, err
	}
	return r.text.String(), r.announced && !r.silent, nil
}

// take reads what begins with the first symbol character, and returns how many
// it took.
func (r *maxiReader) take(words []int) (int, error) {
	w, set := words[0], r.set
	shifted := r.few > 0
	if shifted {
		set, r.few = r.other, r.few-1
	}
	switch c := maxiTable[set][w]; c {
	case '\ufffe':
		return 1, nil
	case '\uffff':
	default:
		r.bytes = append(r.bytes, byte(c))
		return 1, nil
	}
	switch {
	case w == 27 && len(words) > 1:
		return r.eci(words[1:])
	case w == 31 && len(words) > 5:
		v := 0
		for _, n := range words[1:6] {
			v = v<<6 | n
		}
		r.bytes = fmt.Appendf(r.bytes, "%09d", v)
		return 6, nil
	case shifted && set > 1 && w == 58+set: // the shift twice: for good
		r.set = set
	case w == 63 && set == 0 || w == 63 && set > 1:
		r.set = 1
	case w == 63 || w == 58 && set > 1:
		r.set = 0
	case w >= 60 && w-58 != set:
		r.other, r.few = w-58, 1
	case w == 59 && set < 2:
		r.other, r.few = 1-set, 1
	case set == 1 && (w == 56 || w == 57):
		r.other, r.few = 0, w-54
	default:
		return 0, errors.New("it has no meaning here")
	}
	return 1, nil
}

// eci reads the number of a character set.
func (r *maxiReader) eci(words []int) (int, error) {
	n, more := words[0], 0
	for bit := 32; bit > 4 && n&bit != 0; bit >>= 1 {
		n, more = n&^bit, more+1
	}
	if more > 3 || more >= len(words) {
		return 0, errors.New("it announces no character set that there is")
	}
	for _, w := range words[1 : 1+more] {
		n = n<<6 | w
	}
	if err := r.flush(); err != nil {
		return 0, err
	}
	r.charset, r.announced = n, true
	return 2 + more, nil
}

// flush turns the bytes read so far into text.
func (r *maxiReader) flush() error {
	text := string(r.bytes)
	switch {
	case ascii(text):
	case r.charset == 0:
		text, r.silent = fromLatin1(text), true
	case r.charset == 3:
		text = fromLatin1(text)
	case r.charset != 26:
		return fmt.Errorf("its character set (ECI %d) cannot be read yet", r.charset)
	case !utf8.ValidString(text):
		return errors.New("it announces UTF-8, and is none")
	}
	r.text.WriteString(text)
	r.bytes = r.bytes[:0]
	return nil
}
