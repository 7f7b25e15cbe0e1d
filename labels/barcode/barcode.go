// Package barcode turns payloads into symbols: modules and, where there are
// some, codewords. It is the one door to every symbology, whether the encoder
// behind it is ours or a library's.
//
// The package does not place, scale or draw anything, and it never shortens or
// mends a payload: what it cannot encode exactly is an error.
package barcode

import (
	"errors"
	"fmt"

	"waybill/labels"
)

// ErrNotBuilt is wrapped by errors for payloads that the symbology could hold
// and that this package cannot write yet.
var ErrNotBuilt = errors.New("not built yet")

// GS separates the element strings of a GS1-128 payload, as scanners report it.
const GS = '\x1d'

// Options are the choices a symbology leaves to the designer. The zero Options
// is right for shipping labels.
type Options struct {
	Level string // error correction of a QR code: L, M, Q or H; default M
}

// Encode returns the symbol of payload. Symbology, Payload, Modules and
// Codewords are set; place and size are the layout's.
func Encode(s labels.Symbology, payload []byte, o Options) (labels.Symbol, error) {
	if len(payload) == 0 {
		return labels.Symbol{}, fmt.Errorf("%s of nothing: a barcode needs a payload", s)
	}
	switch s {
	case labels.Code128:
		return code128(s, payload, plain(payload))
	case labels.GS1128:
		return code128(s, payload, gs1(payload))
	case labels.QR:
		return qrCode(payload, o)
	}
	return labels.Symbol{}, fmt.Errorf("symbology %q: not known (have %s, %s, %s)",
		s, labels.Code128, labels.GS1128, labels.QR)
}

func code128(s labels.Symbology, payload []byte, chars []Char) (labels.Symbol, error) {
	words, err := Codewords(chars)
	if err != nil {
		return labels.Symbol{}, fmt.Errorf("%s of %q: %w", s, payload, err)
	}
	bars, err := Bars(words)
	if err != nil {
		return labels.Symbol{}, fmt.Errorf("%s of %q: %w", s, payload, err)
	}
	return labels.Symbol{Symbology: s, Payload: payload, Modules: bars, Codewords: words}, nil
}

// plain returns payload as characters. A GS byte stays the control character.
func plain(payload []byte) []Char {
	chars := make([]Char, len(payload))
	for i, b := range payload {
		chars[i] = Char(b)
	}
	return chars
}

// gs1 returns payload with the leading FNC1 that makes a symbol GS1-128, and
// FNC1 for every separator.
func gs1(payload []byte) []Char {
	chars := make([]Char, 0, len(payload)+1)
	chars = append(chars, FNC1)
	for _, b := range payload {
		if b == GS {
			chars = append(chars, FNC1)
			continue
		}
		chars = append(chars, Char(b))
	}
	return chars
}
