package barcode

import (
	"fmt"
	"slices"
	"strings"

	"waybill/labels"
)

// code39Chars are the characters of Code 39 and, but for its shifts, Code 93, in
// the order of their values.
const code39Chars = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%"

// code39 returns a Code 39; full says that every ASCII character may occur,
// written as pairs (ISO/IEC 16388, annex A).
func code39(s labels.Symbology, payload []byte, full bool, o Options) (labels.Symbol, error) {
	if len(payload) > maxChars {
		return labels.Symbol{}, fmt.Errorf("%s of %d characters: at most %d", s, len(payload), maxChars)
	}
	if full {
		if err := onlyASCII(payload); err != nil {
			return labels.Symbol{}, fmt.Errorf("%s of %q: %w", s, payload, err)
		}
		// The check character may be half of a pair: only a scanner that knows of
		// it reads it, and does not report it.
		return draw39(s, payload, true, o.Check)
	}
	sum := 0
	for i, c := range payload {
		v := strings.IndexByte(code39Chars, c)
		if v < 0 {
			return labels.Symbol{}, fmt.Errorf("%s of %q: character %d (%q) is not in Code 39; %s holds all of ASCII",
				s, payload, i+1, c, labels.Code39Full)
		}
		sum += v
	}
	if o.Check { // a scanner that does not know of the check character reports it with the data
		payload = append(slices.Clone(payload), code39Chars[sum%43])
	}
	return draw39(s, payload, false, false)
}

// onlyASCII says which byte of payload is not.
func onlyASCII(payload []byte) error {
	for i, c := range payload {
		if c > 127 {
			return fmt.Errorf("character %d (0x%02X) is not ASCII", i+1, c)
		}
	}
	return nil
}
