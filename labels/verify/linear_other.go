package verify

import (
	"strings"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/oned"

	"waybill/labels"
)

// reader returns the decoder of symbology s.
func reader(s labels.Symbology) gozxing.Reader {
	switch s {
	case labels.EAN13:
		return oned.NewEAN13Reader()
	case labels.EAN8:
		return oned.NewEAN8Reader()
	case labels.UPCA:
		return oned.NewUPCAReader()
	case labels.UPCE:
		return oned.NewUPCEReader()
	case labels.ITF14:
		return oned.NewITFReader()
	case labels.Code39, labels.Code39Full:
		return oned.NewCode39Reader() // the pairs of full ASCII are put together below: gozxing panics at half of one
	case labels.Code93:
		return oned.NewCode93Reader()
	case labels.Codabar:
		return oned.NewCodaBarReader()
	default:
		return nil
	}
}

// readAs reads a row on which symbol s and nothing else is.
func readAs(s labels.Symbol, row *gozxing.BitArray) (reading, bool) {
	if s.Symbology == labels.Code128 || s.Symbology == labels.GS1128 {
		return readRow(row)
	}
	decoder, ok := reader(s.Symbology).(rowDecoder)
	if !ok {
		return reading{}, false
	}
	hints := map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_RETURN_CODABAR_START_END: true}
	result, err := decoder.DecodeRow(0, row, hints)
	if err != nil {
		return reading{}, false
	}
	text := result.GetText()
	if s.Symbology == labels.Code39Full {
		raw := text
		if text, ok = unpair(raw); !ok || text != string(s.Payload) {
			// A check character is left out by readers that know of it only.
			if checked, good := withoutCheck(raw); good {
				text, ok = unpair(checked)
			}
		}
	}
	return reading{symbology: s.Symbology, text: text}, ok
}

const code39Chars = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%"

// withoutCheck returns a Code 39's text without its last character, if that is
// the right check character.
func withoutCheck(raw string) (string, bool) {
	if len(raw) < 2 {
		return "", false
	}
	data, sum := raw[:len(raw)-1], 0
	for i := range len(data) {
		sum += strings.IndexByte(code39Chars, data[i])
	}
	return data, code39Chars[sum%len(code39Chars)] == raw[len(raw)-1]
}

// unpair returns the ASCII text that a Code 39's pairs of characters stand for
// (ISO/IEC 16388, table A.2); half a pair, or one that stands for nothing, is
// no text.
func unpair(raw string) (string, bool) { return shifts(raw, "$/+%") }

// shifts returns the text of characters of which four, marks, give those behind
// them another meaning.
func shifts(raw, marks string) (string, bool) {
	var out []byte
	for i := 0; i < len(raw); i++ {
		mark := strings.IndexByte(marks, raw[i])
		if mark < 0 {
			out = append(out, raw[i])
			continue
		}
		if i++; i == len(raw) || raw[i] < 'A' || raw[i] > 'Z' {
			return "", false
		}
		n := raw[i] - 'A'
		switch mark {
		case 0:
			out = append(out, n+1)
		case 2:
			out = append(out, 'a'+n)
		case 1:
			if n > 14 && n != 25 {
				return "", false
			}
			out = append(out, '!'+n)
		default:
			const percent = "\x1b\x1c\x1d\x1e\x1f;<=>?[\\]^_{|}~\x7f\x00@`\x7f\x7f\x7f"
			out = append(out, percent[n])
		}
	}
	return string(out), true
}

// betweenBearers returns the rows of zone that hold a symbol's bars alone: no
// reader gets anything from the bearer bars, whose only use is that it does
// not.
func betweenBearers(s labels.Symbol, zone labels.Dots) labels.Dots {
	t := s.BearerModules * s.ModuleDots
	if t == 0 || zone.H <= 2*t {
		return zone
	}
	return zone.Crop(0, t, zone.W, zone.H-2*t)
}
