package barcode

import (
	"fmt"

	"github.com/boombuler/barcode/aztec"

	"waybill/labels"
)

// aztecCorrection is the least part of an Aztec code that is error correction,
// in per cent: what ISO/IEC 24778 recommends.
const aztecCorrection = 23

// aztecCode returns the Aztec code (ISO/IEC 24778) of payload, in the smallest
// size that holds it.
//
// The library writes bytes without saying in which character set, so payloads
// beyond ASCII are refused until the encoder can announce it.
func aztecCode(payload []byte) (labels.Symbol, error) {
	for i, b := range payload {
		if b > 127 {
			return labels.Symbol{}, fmt.Errorf("aztec of %q: byte %d is not ASCII: character sets in Aztec codes are %w", payload, i+1, ErrNotBuilt)
		}
	}
	code, err := aztec.Encode(payload, aztecCorrection, aztec.DEFAULT_LAYERS)
	if err != nil {
		return labels.Symbol{}, fmt.Errorf("aztec of %d bytes: %w", len(payload), err)
	}
	size := code.Bounds()
	m := labels.NewDots(size.Dx(), size.Dy())
	for y := range m.H {
		for x := range m.W {
			if r, _, _, _ := code.At(size.Min.X+x, size.Min.Y+y).RGBA(); r == 0 {
				m.Set(x, y)
			}
		}
	}
	return labels.Symbol{Symbology: labels.Aztec, Payload: payload, Modules: m}, nil
}
