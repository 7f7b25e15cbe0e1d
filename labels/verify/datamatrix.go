package verify

import (
	"errors"
	"fmt"
	"strings"

	"github.com/makiuchi-d/gozxing/datamatrix/decoder"

	"waybill/labels"
)

var errNoDataMatrix = errors.New("no Data Matrix is found at its place")

// A dmReading is a Data Matrix read.
type dmReading struct {
	symbology labels.Symbology
	aim       string
	text      string
}

// readDataMatrix reads the one Data Matrix of a picture that shows nothing
// else.
func readDataMatrix(d labels.Dots) (dmReading, error) {
	for _, g := range locateDataMatrix(viewOf(d, 0)) {
		return readDataMatrixModules(g.sample(d))
	}
	return dmReading{}, errNoDataMatrix
}

// readDataMatrixModules mends and reads the modules of a symbol.
func readDataMatrixModules(m labels.Dots) (dmReading, error) {
	bits, err := matrix(m)
	if err != nil {
		return dmReading{}, errNoDataMatrix
	}
	result, err := decoder.NewDecoder().Decode(bits)
	if err != nil {
		return dmReading{}, errNoDataMatrix
	}
	r := dmReading{symbology: labels.DataMatrix, aim: fmt.Sprintf("]d%d", result.GetSymbologyModifier()), text: result.GetText()}
	words := result.GetRawBytes()
	switch {
	case len(words) > 0 && words[0] == 232: // FNC1 in first place (ISO/IEC 16022, 5.2.4.6)
		text, ok := strings.CutPrefix(r.text, "\x1d")
		if !ok {
			return dmReading{}, errors.New("a Data Matrix that begins with FNC1 and does not read so")
		}
		r.symbology, r.text = labels.GS1DataMatrix, text
	case len(words) > 1 && words[0] == 241: // the decoder does not read character sets
		r.text, err = dataMatrixUTF8(words)
	}
	return r, err
}

// provesDataMatrix holds a symbol against what its zone reads.
func provesDataMatrix(s labels.Symbol, zone labels.Dots) error {
	r, err := readDataMatrix(zone)
	switch {
	case err != nil:
		return &labels.MismatchError{Want: s, Why: err.Error()}
	case r.symbology != s.Symbology || r.text != string(s.Payload):
		return &labels.MismatchError{Want: s, Why: fmt.Sprintf("it reads %s %q", r.symbology, r.text)}
	}
	return nil
}
