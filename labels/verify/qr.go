package verify

import (
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/makiuchi-d/gozxing"
	multiqr "github.com/makiuchi-d/gozxing/multi/qrcode"
	"github.com/makiuchi-d/gozxing/qrcode"

	"waybill/labels"
)

// errNoQR says that the decoder found no QR code.
var errNoQR = errors.New("no QR code is found at its place")

// binarizer hands dots to the decoder as they are; there is no grey to judge.
type binarizer struct{ d labels.Dots }

// GetLuminanceSource returns nothing: dots have no grey.
func (b binarizer) GetLuminanceSource() gozxing.LuminanceSource { return nil }

// GetBlackRow returns one row.
func (b binarizer) GetBlackRow(y int, _ *gozxing.BitArray) (*gozxing.BitArray, error) {
	return bitRow(b.d, y), nil
}

// GetBlackMatrix returns the picture.
func (b binarizer) GetBlackMatrix() (*gozxing.BitMatrix, error) {
	m, err := gozxing.NewBitMatrix(b.d.W, b.d.H)
	if err != nil {
		return nil, fmt.Errorf("picture of %d by %d dots: %w", b.d.W, b.d.H, err)
	}
	for y := range b.d.H {
		for x := range b.d.W {
			if b.d.Black(x, y) {
				m.Set(x, y)
			}
		}
	}
	return m, nil
}

// CreateBinarizer returns the same dots: there is no state to renew.
func (b binarizer) CreateBinarizer(gozxing.LuminanceSource) gozxing.Binarizer { return b }

// GetWidth returns the picture's width.
func (b binarizer) GetWidth() int { return b.d.W }

// GetHeight returns the picture's height.
func (b binarizer) GetHeight() int { return b.d.H }

func hints() map[gozxing.DecodeHintType]any {
	return map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true}
}

// A qrReading is a QR code read.
type qrReading struct {
	symbology labels.Symbology
	text      string
	announced bool // it says in which character set it is written
}

// qrReadingOf takes from a result what its AIM identifier says: that the
// symbol begins with FNC1, as GS1's do, or announces a character set.
func qrReadingOf(result *gozxing.Result) qrReading {
	r := qrReading{symbology: labels.QR, text: result.GetText()}
	switch result.GetResultMetadata()[gozxing.ResultMetadataType_SYMBOLOGY_IDENTIFIER] {
	case "]Q2":
		r.announced = true
	case "]Q3":
		r.symbology = labels.GS1QR
	case "]Q4":
		r.symbology, r.announced = labels.GS1QR, true
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
	bitmap, err := gozxing.NewBinaryBitmap(binarizer{d})
	if err != nil {
		return qrReading{}, fmt.Errorf("picture: %w", err)
	}
	alone := map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_PURE_BARCODE: true}
	result, err := qrcode.NewQRCodeReader().Decode(bitmap, alone)
	if err != nil {
		return qrReading{}, errNoQR
	}
	return qrReadingOf(result), nil
}

// findQR reads the QR codes of a picture. What stands upright is found by its
// corners. Where there is none, the decoder searches the whole, and where much
// print leads it astray and it finds none either, window by window.
func findQR(d labels.Dots) []Found {
	var found []Found
	for _, a := range locateQR(d) {
		if r, err := readQR(d.Crop(a.x, a.y, a.side, a.side)); err == nil {
			found = addQR(found, Found{Symbology: r.symbology, Text: r.text, X: a.x + a.side/2, Y: a.y + a.side/2})
		}
	}
	if len(found) > 0 {
		return found
	}
	found = searchQR(d, 0, 0)
	side := min(max(d.W, d.H)/3, min(d.W, d.H))
	if side < 40 || len(found) > 0 {
		return found
	}
	for y := 0; y < d.H; y += side / 2 {
		for x := 0; x < d.W; x += side / 2 {
			for _, f := range searchQR(d.Crop(x, y, side, side), x, y) {
				found = addQR(found, f)
			}
		}
	}
	return found
}

func searchQR(d labels.Dots, dx, dy int) []Found {
	bitmap, err := gozxing.NewBinaryBitmap(binarizer{d})
	if err != nil {
		return nil
	}
	results, err := multiqr.NewQRCodeMultiReader().DecodeMultiple(bitmap, hints())
	if err != nil {
		return nil
	}
	var found []Found
	for _, r := range results {
		reading := qrReadingOf(r)
		f := Found{Symbology: reading.symbology, Text: reading.text, X: dx, Y: dy}
		if points := r.GetResultPoints(); len(points) >= 3 {
			// The middle of the corners at lower left and upper right.
			f.X += int(points[0].GetX()+points[2].GetX()) / 2
			f.Y += int(points[0].GetY()+points[2].GetY()) / 2
		}
		found = addQR(found, f)
	}
	return found
}

// addQR adds f unless it is there: the same text at about the same place.
func addQR(found []Found, f Found) []Found {
	const near = 16
	for _, have := range found {
		if have.Text == f.Text && abs(have.X-f.X) < near && abs(have.Y-f.Y) < near {
			return found
		}
	}
	return append(found, f)
}

func abs(n int) int { return max(n, -n) }
