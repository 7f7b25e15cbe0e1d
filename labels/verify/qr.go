package verify

import (
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/makiuchi-d/gozxing/common"
	"github.com/makiuchi-d/gozxing/qrcode/decoder"

	"waybill/labels"
)

// errNoQR says that the decoder found no QR code.
var errNoQR = errors.New("no QR code is found at its place")

// A qrReading is a QR code read.
type qrReading struct {
	symbology labels.Symbology
	aim       string
	text      string
	announced bool // it says in which character set it is written
}

// qrReadingOf takes from a result what its AIM identifier says: that the
// symbol begins with FNC1, as GS1's do, or announces a character set.
func qrReadingOf(result *common.DecoderResult) qrReading {
	modifier := result.GetSymbologyModifier()
	r := qrReading{symbology: labels.QR, aim: fmt.Sprintf("]Q%d", modifier), text: result.GetText()}
	r.announced = modifier%2 == 0
	if modifier == 3 || modifier == 4 {
		r.symbology = labels.GS1QR
	}
	return r
}

// provesQR holds the one QR code of a picture against its plan. Beyond ASCII
// the decoder's text is not enough, since it guesses where others guess
// differently: the symbol must say that it is UTF-8.
func provesQR(s labels.Symbol, d labels.Dots) error {
	r, err := readQR(d)
	switch {
	case err != nil:
		return &labels.MismatchError{Want: s, Why: err.Error()}
	case r.symbology != s.Symbology || r.text != string(s.Payload):
		return &labels.MismatchError{Want: s, Why: fmt.Sprintf("it reads %s %q", r.symbology, r.text)}
	case !r.announced && !ascii(r.text):
		return &labels.MismatchError{Want: s, Why: "it does not say in which character set it is written"}
	}
	return nil
}

func ascii(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > unicode.MaxASCII })
}

// readQR reads the one QR code of a picture that shows nothing else.
func readQR(d labels.Dots) (qrReading, error) {
	grids, _ := codes(findCorners(viewOf(d, 0)))
	for _, g := range grids {
		if r, err := readModules(g.sample(d)); err == nil {
			return r, nil
		}
	}
	return qrReading{}, errNoQR
}

// readModules reads the modules of a QR code.
func readModules(m labels.Dots) (qrReading, error) {
	bits, err := matrix(m)
	if err != nil {
		return qrReading{}, errNoQR
	}
	result, err := decoder.NewDecoder().Decode(bits, nil)
	if err != nil {
		return qrReading{}, errNoQR
	}
	return qrReadingOf(result), nil
}

// findQR returns the QR codes of a picture, whichever way they are turned.
func findQR(v *view) []Found {
	var found []Found
	grids, turned := codes(findCorners(v))
	for i, g := range grids {
		r, err := readModules(g.sample(v.d))
		if err != nil {
			continue
		}
		f := v.found(r.symbology, r.aim, r.text, g.area(), g.module())
		f.Turned, f.unannounced = turned[i], !r.announced && !ascii(r.text)
		found = append(found, f)
	}
	return found
}
