package verify_test

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"waybill/labels"
	"waybill/labels/barcode"
	"waybill/labels/verify"
)

func TestEveryAztecCodeDrawnIsRead(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		payload := rapid.OneOf(
			rapid.StringMatching(`[ -~]{1,120}`), rapid.StringMatching(`[0-9A-Z]{1,200}`), rapid.StringMatching(`[\x00-\x7f]{1,60}`),
		).Draw(r, "payload")
		s, err := barcode.Encode(labels.Aztec, []byte(payload), barcode.Options{})
		if err != nil {
			r.Fatal(err)
		}
		s.ModuleDots = rapid.IntRange(2, 5).Draw(r, "module")
		s.At = labels.Point{X: 10 * labels.Millimetre, Y: 10 * labels.Millimetre}
		side := 20*labels.Millimetre + labels.DPI203.Length(s.Modules.W*s.ModuleDots)
		l := labels.Label{Name: "test", Width: side, Height: side, Resolution: labels.DPI203, Items: []labels.Item{s}}
		d := draw(t, l)
		if err := verify.Label(l, d); err != nil {
			r.Fatal(err)
		}
		s.Payload = append([]byte("x"), s.Payload...)
		l.Items[0] = s
		if err := verify.Label(l, d); err == nil || !strings.Contains(err.Error(), "it reads") {
			r.Fatalf("error %v, want one that says what it reads", err)
		}
	})
}

func TestAztecRefused(t *testing.T) {
	if _, err := barcode.Encode(labels.Aztec, []byte("Zoë"), barcode.Options{}); !errors.Is(err, barcode.ErrNotBuilt) {
		t.Errorf("error %v, want that character sets are not built yet", err)
	}
	if _, err := barcode.Encode(labels.Aztec, []byte(strings.Repeat("x", 4000)), barcode.Options{}); err == nil {
		t.Error("4000 letters were taken, which no Aztec code holds")
	}
}
