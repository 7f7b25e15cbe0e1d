package labelproof_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"waybill/internal/raced"
	"waybill/labels"
	"waybill/labels/barcode"
)

// TestTextsBeyondASCIIReadBack puts texts into every symbology that holds more
// than ASCII, those above all that readers like to take for another character
// set, and has all programs draw and read them as they do labels.
func TestTextsBeyondASCIIReadBack(t *testing.T) {
	raced.Skip(t)
	var latin1 strings.Builder
	for r := rune(0x80); r <= 0xff; r++ {
		latin1.WriteRune(r)
	}
	kinds := []struct {
		name, letters string
		wide          bool // beyond ISO 8859-1
	}{
		{"ISO 8859-1", latin1.String() + "ABCabc 0123456789", false},
		{"like UTF-8", "Ã©Ã¼Ã±Â°Ã¥ a1", false},                        // their bytes are UTF-8
		{"like Shift-JIS", "¡¢£±²³´µ¶·¸¹ºÀÁÂÃÄ\u0082\u0083 A", false}, // their bytes are half-width katakana, or the lead of two
		{"katakana", "ｱｲｳケーステスト東京都 12", true},
		{"Cyrillic and Greek", "ПётрщΑθήνα 12ab", true},
		{"Latin and more", "ŁódźžœßÉ€Ž 12ab", true},
		{"signs beyond the first plane", "📦🚚𠮷 a", true},
	}
	b := newBench(t, t.Context())
	n := count(t, "TEXTS", 2)
	r := rand.New(rand.NewPCG(seed, 7))
	var jobs []job
	for _, kind := range kinds {
		letters := []rune(kind.letters)
		for _, symbology := range []labels.Symbology{labels.Code128, labels.QR, labels.DataMatrix, labels.PDF417, labels.Aztec, labels.MaxiCode} {
			if symbology == labels.Code128 && kind.wide {
				continue
			}
			for range n {
				text := make([]rune, 1+r.IntN(16))
				for i := range text {
					text[i] = letters[r.IntN(len(letters))]
				}
				jobs = append(jobs, job{len(jobs) + 1, fmt.Sprintf("%s of %s, %q", symbology, kind.name, string(text)), alone(t, symbology, string(text), barcode.Options{})})
			}
		}
	}
	for ; len(jobs) > 0; jobs = jobs[min(12, len(jobs)):] {
		tally, err := b.prove(t.Context(), jobs[:min(12, len(jobs))])
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range tally.wrong {
			t.Error(w)
		}
	}
}
