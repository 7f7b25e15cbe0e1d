package verify

import (
	"errors"
	"unicode/utf8"
)

// A dmReader reads the data codewords of a Data Matrix (ISO/IEC 16022:2006,
// 5.2), for texts of which the decoder does not know the character set.
type dmReader struct {
	words []byte
	i     int
	out   []byte
}

var errDataMatrixWords = errors.New("a Data Matrix with codewords that mean nothing")

// dataMatrixUTF8 returns the text of codewords that begin with an ECI, which
// must be 26, UTF-8.
func dataMatrixUTF8(words []byte) (string, error) {
	if len(words) < 2 || words[1] != 27 {
		return "", errors.New("a Data Matrix in a character set that is not understood here")
	}
	r := &dmReader{words: words, i: 2}
	if err := r.ascii(); err != nil {
		return "", err
	}
	if !utf8.Valid(r.out) {
		return "", errors.New("a Data Matrix whose bytes are not the UTF-8 that it announces")
	}
	return string(r.out), nil
}

func (r *dmReader) left() int { return len(r.words) - r.i }

// ascii reads to the end, and the other encodations where they are latched.
func (r *dmReader) ascii() error {
	upper := byte(0)
	for r.i < len(r.words) {
		w := r.words[r.i]
		r.i++
		ok := true
		switch {
		case w == 129:
			return nil
		case w >= 1 && w <= 128:
			r.out, upper = append(r.out, w-1+upper), 0
		case w >= 130 && w <= 229:
			r.out = append(r.out, '0'+(w-130)/10, '0'+(w-130)%10)
		case w == 230 || w == 239 || w == 238:
			ok = r.threes(w)
		case w == 231:
			ok = r.base256()
		case w == 235:
			upper = 128
		case w == 240:
			r.edifact()
		default:
			ok = false
		}
		if !ok {
			return errDataMatrixWords
		}
	}
	return nil
}

// threes reads C40 (230), Text (239) and X12 (238) up to the unlatch or to
// where the last codeword is ASCII (5.2.5 to 5.2.7).
func (r *dmReader) threes(mode byte) bool {
	shift, upper := 0, byte(0)
	put := func(b byte) { r.out, upper, shift = append(r.out, b+upper), 0, 0 }
	for r.left() >= 2 {
		if r.words[r.i] == 254 {
			r.i++
			return true
		}
		n := int(r.words[r.i])<<8 + int(r.words[r.i+1]) - 1
		r.i += 2
		for _, v := range [...]int{n / 1600, n / 40 % 40, n % 40} {
			switch {
			case n < 0 || n >= 64000:
				return false
			case mode == 238 && v < 4:
				put("\r*> "[v])
			case shift == 0 && v < 3:
				shift = v + 1
			case shift == 0 && v == 3:
				put(' ')
			case shift == 0 && v < 14:
				put('0' + byte(v-4))
			case shift == 0 && mode == 239:
				put('a' + byte(v-14))
			case shift == 0:
				put('A' + byte(v-14))
			case shift == 1 && v < 32:
				put(byte(v))
			case shift == 2 && v < 27:
				put("!\"#$%&'()*+,-./:;<=>?@[\\]^_"[v])
			case shift == 2 && v == 30:
				upper, shift = 128, 0
			case shift == 3 && v < 32 && mode == 230:
				put('`' + byte(v))
			case shift == 3 && v < 32:
				put("`ABCDEFGHIJKLMNOPQRSTUVWXYZ{|}~\x7f"[v])
			default:
				return false
			}
		}
	}
	if r.left() == 1 && r.words[r.i] == 254 {
		r.i++
	}
	return true
}

// edifact reads EDIFACT: six bits a character, four characters in three
// codewords; the last two codewords of a symbol are ASCII (5.2.8).
func (r *dmReader) edifact() {
	for r.left() >= 3 {
		bits := uint32(r.words[r.i])<<16 | uint32(r.words[r.i+1])<<8 | uint32(r.words[r.i+2])
		for k := range 4 {
			v := byte(bits >> (18 - 6*k) & 0x3f)
			if v == 31 {
				r.i += min(k+1, 3)
				return
			}
			if v < 32 {
				v += 64
			}
			r.out = append(r.out, v)
		}
		r.i += 3
	}
}

// base256 reads a run of bytes (5.2.9 and annex B.2).
func (r *dmReader) base256() bool {
	next := func() int {
		r.i++
		return int(r.words[r.i-1] - byte(149*r.i%255+1))
	}
	if r.left() < 2 {
		return false
	}
	n := next()
	switch {
	case n == 0:
		n = r.left()
	case n >= 250:
		n = (n-249)*250 + next()
	}
	if n > r.left() {
		return false
	}
	for range n {
		r.out = append(r.out, byte(next()))
	}
	return true
}
