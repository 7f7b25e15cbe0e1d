package verify

import (
	"fmt"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/aztec"

	"waybill/labels"
)

// provesAztec holds the one Aztec code of a picture against its plan.
//
// The decoder is made for photographs and loses its way in modules of two
// dots about once in a hundred codes, so it is shown those twice as large.
func provesAztec(s labels.Symbol, d labels.Dots) error {
	if s.ModuleDots < 3 {
		d = d.Enlarge(2, 2)
	}
	bitmap, err := gozxing.NewBinaryBitmap(binarizer{d})
	if err != nil {
		return fmt.Errorf("picture: %w", err)
	}
	result, err := aztec.NewAztecReader().Decode(bitmap, nil)
	if err != nil {
		return &labels.MismatchError{Want: s, Why: "no Aztec code is found at its place"}
	}
	if result.GetText() != string(s.Payload) {
		return &labels.MismatchError{Want: s, Why: fmt.Sprintf("it reads %q", result.GetText())}
	}
	return nil
}
