// Package barcode turns payloads into symbols: modules and, where there are
// some, codewords. It is the one door to every symbology, whether the encoder
// behind it is ours or a library's.
//
// The package does not place, scale or draw anything, and it never shortens or
// mends a payload: what it cannot encode exactly is an error.
package barcode

import (
	"fmt"
	"slices"

	"waybill/labels"
)

// GS separates the element strings of a GS1-128 payload, as scanners report it.
const GS = '\x1d'

// Options are the choices a symbology leaves to the designer. The zero Options
// is right for shipping labels.
type Options struct {
	Level      string // error correction of a QR code: L, M, Q or H, default M; of a PDF417: 0 to 8, default as the standard recommends; of an Aztec code: its least part in per cent, default 23
	GS1        bool   // the payload of a QR code or Data Matrix is a GS1 element string
	MinVersion int    // of a QR code, 1 to 40, so that a series has one size; default the smallest
	Rows       int    // of a Data Matrix or PDF417; default as the payload needs
	Columns    int    // of a Data Matrix (modules) or PDF417 (data codewords, 1 to 30); default as the payload needs
	Shape      string // of a Data Matrix: square or rectangle; default square
	RowModules int    // height of a PDF417's row, in modules; default 3
	Check      bool   // give a Code 39 or Codabar its check character
	Bearer     bool   // draw an ITF-14's bearer bars
	Mode       int    // of a MaxiCode, 2 to 6; default 2 or 3 for a structured carrier message, else 4
}

// maxPayload is what the most capacious symbol holds, in bytes: a QR code of
// digits.
const maxPayload = 7089

// Encode returns the symbol of payload. Symbology, Payload, Modules and
// Codewords are set; place and size are the layout's. The error says what is
// wrong with the payload, and what the symbology holds.
func Encode(s labels.Symbology, payload []byte, o Options) (labels.Symbol, error) {
	if len(payload) > maxPayload {
		return labels.Symbol{}, fmt.Errorf("%s of %d bytes: no barcode holds that much, the largest holds %d digits; shorten it (%s holds %s)",
			s, len(payload), maxPayload, s, Holds(s))
	}
	sym, err := encode(s, payload, o)
	if err != nil && slices.Contains(labels.Symbologies(), s) {
		return labels.Symbol{}, fmt.Errorf("%w (%s holds %s)", err, s, Holds(s))
	}
	return sym, err
}

func encode(s labels.Symbology, payload []byte, o Options) (labels.Symbol, error) {
	if len(payload) == 0 {
		return labels.Symbol{}, fmt.Errorf("%s of nothing: a barcode needs a payload", s)
	}
	switch s {
	case labels.Code128:
		return code128(s, payload)
	case labels.GS1128:
		return gs1128(payload)
	case labels.QR, labels.GS1QR:
		if o.GS1 || s == labels.GS1QR {
			return gs1QR(payload, o)
		}
		return qrCode(payload, o, false)
	case labels.Aztec:
		return aztecCode(payload, o)
	case labels.DataMatrix, labels.GS1DataMatrix:
		return dataMatrix(s, payload, o, o.GS1 || s == labels.GS1DataMatrix)
	case labels.PDF417:
		return pdf417(payload, o)
	default:
		return other(s, payload, o)
	}
}

// code128 returns the symbol of payload, a text in UTF-8 of which Code 128
// holds the characters of ISO/IEC 8859-1. In a GS1-128, which is ASCII, FNC1
// comes first and stands for every separator; otherwise a GS byte stays the
// control character.
func code128(s labels.Symbology, payload []byte) (labels.Symbol, error) {
	var room [maxChars + 1]Char
	var chars []Char
	var err error
	if s == labels.GS1128 {
		chars, err = appendGS1(room[:0], payload)
	} else {
		chars, err = appendLatin1(room[:0], payload)
	}
	if err != nil {
		return labels.Symbol{}, fmt.Errorf("%s of %q: %w", s, payload, err)
	}
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

// appendGS1 appends FNC1 and the characters of an element string to dst.
func appendGS1(dst []Char, elements []byte) ([]Char, error) {
	dst = append(dst, FNC1)
	for i, b := range elements {
		switch {
		case b == GS:
			dst = append(dst, FNC1)
		case b > 127:
			return nil, fmt.Errorf("byte %d (0x%02X) is not ASCII, and GS1 element strings are; percent-encode it where its application identifier allows", i+1, b)
		default:
			dst = append(dst, Char(b))
		}
	}
	return dst, nil
}
