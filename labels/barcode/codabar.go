package barcode

import (
	"fmt"
	"slices"
	"strings"

	"waybill/labels"
)

// codabarChars are the characters of Codabar, the starts and stops last.
const codabarChars = "0123456789-$:/.+ABCD"

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
	return drawCodabar(payload)
}
