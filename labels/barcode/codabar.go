package barcode

import (
	"fmt"
	"slices"
	"strings"

	"waybill/labels"
)

// codabarChars are the characters of Codabar, the starts and stops last.
const codabarChars = "0123456789-$:/.+ABCD"

// codabarWide holds which of a character's seven bars and spaces are wide, the
// first in the highest bit (EN 798, table 1).
var codabarWide = [20]uint8{
	0x03, 0x06, 0x09, 0x60, 0x12, 0x42, 0x21, 0x24, 0x30, 0x48, 0x0c, 0x18, 0x45, 0x51, 0x54, 0x15, 0x1a, 0x29, 0x0b, 0x0e,
}

// codabar returns a Codabar. Which of A, B, C and D it begins and ends with
// means something to those who use it, so the payload says it.
func codabar(payload []byte, o Options) (labels.Symbol, error) {
	if len(payload) > maxChars {
		return labels.Symbol{}, fmt.Errorf("%s of %d characters: at most %d", labels.Codabar, len(payload), maxChars)
	}
	isStart := func(c byte) bool { return c >= 'A' && c <= 'D' }
	if len(payload) < 3 || !isStart(payload[0]) || !isStart(payload[len(payload)-1]) {
		return labels.Symbol{}, fmt.Errorf("%s of %q: must begin and end with one of A, B, C, D, as in A%sB, and hold something between",
			labels.Codabar, payload, strings.Trim(string(payload), "ABCD"))
	}
	sum := 0
	for i, c := range payload {
		v := strings.IndexByte(codabarChars, c)
		if v < 0 || isStart(c) && i > 0 && i < len(payload)-1 {
			return labels.Symbol{}, fmt.Errorf("%s of %q: character %d (%q) is not one of %s", labels.Codabar, payload, i+1, c, codabarChars[:16])
		}
		sum += v
	}
	if o.Check { // it makes the sum of all values a multiple of 16, and is read with the data
		last := len(payload) - 1
		payload = append(append(slices.Clone(payload[:last]), codabarChars[(16-sum%16)%16]), payload[last])
	}
	var b strings.Builder
	for i, c := range payload {
		v := strings.IndexByte(codabarChars, c)
		if i > 0 {
			b.WriteByte('1')
		}
		for bit := uint8(0x40); bit > 0; bit >>= 1 {
			if codabarWide[v]&bit != 0 {
				b.WriteByte('3')
			} else {
				b.WriteByte('1')
			}
		}
	}
	return labels.Symbol{Symbology: labels.Codabar, Payload: payload, Modules: bars(b.String())}, nil
}
