package barcode

import (
	"fmt"
	"strings"

	"waybill/labels"
)

// code93Bars holds the nine modules of each character, the first in the highest
// bit: code39Chars, the four shifts ($), (%), (/), (+), and start and stop
// (AIM USS Code 93, table 1).
var code93Bars = [48]uint16{
	0x114, 0x148, 0x144, 0x142, 0x128, 0x124, 0x122, 0x150, 0x112, 0x10a, 0x1a8, 0x1a4, 0x1a2, 0x194, 0x192, 0x18a,
	0x168, 0x164, 0x162, 0x134, 0x11a, 0x158, 0x14c, 0x146, 0x12c, 0x116, 0x1b4, 0x1b2, 0x1ac, 0x1a6, 0x196, 0x19a,
	0x16c, 0x166, 0x136, 0x13a, 0x12e, 0x1d4, 0x1d2, 0x1ca, 0x16e, 0x176, 0x1ae, 0x126, 0x1da, 0x1d6, 0x132, 0x15e,
}

// code93 returns a Code 93 of any ASCII text, with its two check characters.
func code93(payload []byte) (labels.Symbol, error) {
	if len(payload) > maxChars {
		return labels.Symbol{}, fmt.Errorf("%s of %d characters: at most %d", labels.Code93, len(payload), maxChars)
	}
	var values []int
	for i, c := range payload {
		if c > 127 {
			return labels.Symbol{}, fmt.Errorf("%s of %q: character %d (0x%02X) is not ASCII", labels.Code93, payload, i+1, c)
		}
		text := fullASCII93(c)
		if len(text) == 2 {
			values = append(values, 43+strings.IndexByte("$%/+", text[0]))
		}
		values = append(values, strings.IndexByte(code39Chars, text[len(text)-1]))
	}
	values = append(values, check93(values, 20))
	values = append(values, check93(values, 15))
	const stop = 47
	values = append(append([]int{stop}, values...), stop)
	d := labels.NewDots(9*len(values)+1, 1)
	for i, v := range values {
		for k := range 9 {
			if code93Bars[v]&(0x100>>k) != 0 {
				d.Set(9*i+k, 0)
			}
		}
	}
	d.Set(d.W-1, 0) // the termination bar
	return labels.Symbol{Symbology: labels.Code93, Payload: payload, Modules: d}, nil
}

// check93 returns the check character of values, whose weights count from the
// right up to most and begin again (AIM USS Code 93, appendix B).
func check93(values []int, most int) int {
	sum := 0
	for i := range values {
		sum += values[len(values)-1-i] * (i%most + 1)
	}
	return sum % 47
}
