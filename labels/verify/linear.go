package verify

import (
	"strings"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/oned"

	"waybill/labels"
)

// A reading is one linear symbol read on one row.
type reading struct {
	symbology labels.Symbology
	text      string
}

// rowDecoder is what gozxing's readers of linear symbols have besides their
// interface for whole pictures.
type rowDecoder interface {
	DecodeRow(rowNumber int, row *gozxing.BitArray, hints map[gozxing.DecodeHintType]any) (*gozxing.Result, error)
}

// readRow reads the first Code 128 on a row. With GS1 in its first place the
// decoder reports "]C1", and the separators as GS.
func readRow(row *gozxing.BitArray) (reading, bool) {
	decoder, ok := oned.NewCode128Reader().(rowDecoder)
	if !ok {
		return reading{}, false
	}
	result, err := decoder.DecodeRow(0, row, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_ASSUME_GS1: true})
	if err != nil {
		return reading{}, false
	}
	r := reading{symbology: labels.Code128, text: fromLatin1(result.GetText())}
	// The decoder takes a check character of 102 for one more FNC1.
	if raw := result.GetRawBytes(); len(raw) > 2 && raw[len(raw)-2] == fnc1 {
		r.text = strings.TrimSuffix(r.text, "\x1d")
	}
	if rest, ok := strings.CutPrefix(r.text, "]C1"); ok && startsWithFNC1(result) {
		r.symbology, r.text = labels.GS1128, rest
	}
	return r, true
}

// fromLatin1 returns bytes that are ISO/IEC 8859-1 as UTF-8.
func fromLatin1(s string) string {
	if ascii(s) {
		return s
	}
	text := make([]rune, len(s))
	for i := range len(s) {
		text[i] = rune(s[i])
	}
	return string(text)
}

// fnc1 is the symbol value of FNC1.
const fnc1 = 102

// startsWithFNC1 tells GS1-128 from a plain symbol whose text is "]C1…".
func startsWithFNC1(result *gozxing.Result) bool {
	raw := result.GetRawBytes()
	return len(raw) > 1 && raw[1] == fnc1
}

// bitRow returns one row of dots as the decoder wants it.
func bitRow(d labels.Dots, y int) *gozxing.BitArray {
	row := gozxing.NewBitArray(d.W)
	for x := range d.W {
		if d.Black(x, y) {
			row.Set(x)
		}
	}
	return row
}
