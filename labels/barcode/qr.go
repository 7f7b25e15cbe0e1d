package barcode

import (
	"fmt"

	"github.com/boombuler/barcode/qr"

	"waybill/labels"
)

// qrCode returns the QR code of payload.
//
// The library writes UTF-8 without saying so, and readers then guess the
// character set, so payloads beyond ASCII are refused until the encoder can
// announce it.
func qrCode(payload []byte, o Options) (labels.Symbol, error) {
	for i, b := range payload {
		if b > 127 {
			return labels.Symbol{}, fmt.Errorf("qr of %q: byte %d is not ASCII: character sets in QR codes are %w", payload, i+1, ErrNotBuilt)
		}
	}
	level := qr.M
	switch o.Level {
	case "", "M":
	case "L":
		level = qr.L
	case "Q":
		level = qr.Q
	case "H":
		level = qr.H
	default:
		return labels.Symbol{}, fmt.Errorf("qr level %q: not known (have L, M, Q, H)", o.Level)
	}
	code, err := qr.Encode(string(payload), level, qr.Auto)
	if err != nil {
		return labels.Symbol{}, fmt.Errorf("qr of %d bytes: %w", len(payload), err)
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
	return labels.Symbol{Symbology: labels.QR, Payload: payload, Modules: m}, nil
}
