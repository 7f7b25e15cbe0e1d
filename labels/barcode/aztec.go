package barcode

import (
	"fmt"
	"strconv"

	"waybill/labels"
)

// aztecCorrection is the part of an Aztec code, in per cent, that is error
// correction besides three words (ISO/IEC 24778: the recommended minimum).
const aztecCorrection = 23

// aztecMost is how many characters the largest Aztec code holds: digits.
const aztecMost = 3832

// An aztecSize is one of the sizes of a symbol.
type aztecSize struct {
	compact bool
	layers  int
}

// aztecSizes are the sizes, smallest first. The full ones of three layers and
// fewer are as large as compact ones that hold more.
var aztecSizes = func() (sizes []aztecSize) {
	for layers := 1; layers <= 4; layers++ {
		sizes = append(sizes, aztecSize{true, layers})
	}
	for layers := 4; layers <= 32; layers++ {
		sizes = append(sizes, aztecSize{false, layers})
	}
	return sizes
}()

// bits returns how many bits lie in the layers.
func (z aztecSize) bits() int {
	if z.compact {
		return (88 + 16*z.layers) * z.layers
	}
	return (112 + 16*z.layers) * z.layers
}

// side returns how many modules a side has without the reference grid.
func (z aztecSize) side() int {
	if z.compact {
		return 11 + 4*z.layers
	}
	return 14 + 4*z.layers
}

// most returns how many words of data the mode message can count.
func (z aztecSize) most() int {
	if z.compact {
		return 64
	}
	return 2048
}

// wordBits returns the bits of a word, and the field its correction is
// reckoned in.
func (z aztecSize) wordBits() (int, *field) {
	switch {
	case z.layers <= 2:
		return 6, maxiField() // MaxiCode's is the same
	case z.layers <= 8:
		return 8, aztecField8()
	case z.layers <= 22:
		return 10, aztecField10()
	}
	return 12, aztecField12()
}

// The fields of ISO/IEC 24778, 7.2 and 7.3.
var (
	aztecField4  = newField(4, 0x13) // of the mode message
	aztecField8  = newField(8, 0x12d)
	aztecField10 = newField(10, 0x409)
	aztecField12 = newField(12, 0x1069)
)

// aztecCode returns the Aztec code (ISO/IEC 24778) of payload, in the smallest
// size that holds it, compact or full, with as much error correction as there
// is room for.
//
// A text of ISO/IEC 8859-1 is written in it, any other in UTF-8. Beyond ASCII
// the character set is announced, the former too, though it is the default:
// common readers guess where nothing is said, and read "Ã©" as "é".
func aztecCode(payload []byte, o Options) (labels.Symbol, error) {
	correction, err := aztecLevel(o.Level)
	if err != nil {
		return labels.Symbol{}, err
	}
	if len(payload) > 2*aztecMost { // no character of what it may hold has more than two bytes in UTF-8
		return labels.Symbol{}, fmt.Errorf("aztec of %d bytes: the largest holds %d digits; shorten it", len(payload), aztecMost)
	}
	text, eci, err := encoded(payload)
	if err != nil {
		return labels.Symbol{}, fmt.Errorf("aztec of %q: %w", payload, err)
	}
	var bits aztecBits
	if eci != 0 {
		bits.announce(eci)
	}
	bits.text(text)
	var stuffed []int
	last := 0
	for _, z := range aztecSizes {
		width, _ := z.wordBits()
		if width != last {
			stuffed, last = bits.words(width), width
		}
		all := z.bits() / width
		if len(stuffed) > z.most() || len(stuffed)+(all*correction+50)/100+3 > all {
			continue
		}
		return labels.Symbol{Symbology: labels.Aztec, Payload: payload, Modules: z.draw(stuffed)}, nil
	}
	return labels.Symbol{}, fmt.Errorf("aztec of %d bytes: takes %d bits, more than the largest holds with %d per cent of error correction; shorten it or take a lower level",
		len(payload), len(bits), correction)
}

// aztecLevel reads the least part that is error correction, in per cent.
func aztecLevel(level string) (int, error) {
	if level == "" {
		return aztecCorrection, nil
	}
	n, err := strconv.Atoi(level)
	if err != nil || n < 5 || n > 95 {
		return 0, fmt.Errorf("aztec level %q: want the least part of error correction in per cent, 5 to 95, default %d", level, aztecCorrection)
	}
	return n, nil
}

// announce writes the assignment number of a character set, in upper case:
// FLG(n) and n digits.
func (b *aztecBits) announce(eci int) {
	digits := strconv.Itoa(eci)
	b.put(aztecPunctShift, aztecUpper.width())
	b.put(aztecFlag, aztecPunct.width())
	b.put(len(digits), 3)
	for _, d := range []byte(digits) {
		b.put(int(aztecCodes[aztecDigit][d])-1, aztecDigit.width())
	}
}

// words cuts bits into words. A word never is all zeros or all ones, so that
// errors show: where all bits but the last would be alike, the last is the
// other one, and takes none of the text (ISO/IEC 24778, 7.3.1.2).
func (b aztecBits) words(width int) []int {
	var words []int
	for i := 0; i < len(b); {
		w := 0
		for k := range width {
			w <<= 1
			if i+k >= len(b) || b[i+k] != 0 { // filled up with ones
				w |= 1
			}
		}
		i += width
		switch ones := 1<<width - 1; w | 1 {
		case 1:
			w, i = 1, i-1
		case ones:
			w, i = ones-1, i-1
		}
		words = append(words, w)
	}
	return words
}
