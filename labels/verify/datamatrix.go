package verify

import (
	"errors"
	"fmt"
	"strings"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/datamatrix"

	"waybill/labels"
)

var errNoDataMatrix = errors.New("no Data Matrix is found at its place")

// readDataMatrix reads the one Data Matrix of a picture that shows nothing
// else. The decoder finds the modules, mends and reads them.
func readDataMatrix(d labels.Dots) (labels.Symbology, string, error) {
	bitmap, err := gozxing.NewBinaryBitmap(binarizer{d})
	if err != nil {
		return "", "", fmt.Errorf("picture: %w", err)
	}
	alone := map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_PURE_BARCODE: true}
	result, err := datamatrix.NewDataMatrixReader().Decode(bitmap, alone)
	if err != nil {
		return "", "", errNoDataMatrix
	}
	words := result.GetRawBytes()
	switch {
	case len(words) > 0 && words[0] == 232: // FNC1 in first place (ISO/IEC 16022, 5.2.4.6)
		text, ok := strings.CutPrefix(result.GetText(), "\x1d")
		if !ok {
			return "", "", errors.New("a Data Matrix that begins with FNC1 and does not read so")
		}
		return labels.GS1DataMatrix, text, nil
	case len(words) > 1 && words[0] == 241: // the decoder does not read character sets
		text, err := dataMatrixUTF8(words)
		return labels.DataMatrix, text, err
	}
	return labels.DataMatrix, result.GetText(), nil
}

// provesDataMatrix holds a symbol against what its zone reads.
func provesDataMatrix(s labels.Symbol, zone labels.Dots) error {
	symbology, text, err := readDataMatrix(zone)
	switch {
	case err != nil:
		return &labels.MismatchError{Want: s, Why: err.Error()}
	case symbology != s.Symbology || text != string(s.Payload):
		return &labels.MismatchError{Want: s, Why: fmt.Sprintf("it reads %s %q", symbology, text)}
	}
	return nil
}
