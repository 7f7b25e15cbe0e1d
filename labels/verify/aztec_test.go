package verify_test

import (
	"strings"
	"testing"

	"github.com/boombuler/barcode/aztec"
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
			rapid.StringMatching(`[ -~]{0,20}[\x80-\xff]{1,20}[0-9]{0,9}[\x00-\xff]{0,40}`), rapid.StringMatching(`[A-Za-z ]{0,9}[Ѐ-ӿ一-鿿]{1,20}`),
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

// TestAztecThatSaysNoCharacterSet holds that bytes beyond ASCII whose character
// set nobody announces do not pass: other readers may take them for others.
func TestAztecThatSaysNoCharacterSet(t *testing.T) {
	code, err := aztec.Encode([]byte("Zo\xeb"), 33, aztec.DEFAULT_LAYERS)
	if err != nil {
		t.Fatal(err)
	}
	const module, white = 4, 40
	size := code.Bounds().Dx()
	d := labels.NewDots(size*module+2*white, size*module+2*white)
	for y := range size {
		for x := range size {
			if dark, _, _, _ := code.At(x, y).RGBA(); dark == 0 {
				d.FillRect(white+x*module, white+y*module, module, module)
			}
		}
	}
	s := labels.Symbol{Symbology: labels.Aztec, Payload: []byte("Zoë"), Modules: labels.NewDots(size, size), ModuleDots: module}
	s.At = labels.Point{X: labels.DPI203.Length(white), Y: labels.DPI203.Length(white)}
	l := labels.Label{Name: "test", Width: labels.DPI203.Length(d.W), Height: labels.DPI203.Length(d.H), Resolution: labels.DPI203, Items: []labels.Item{s}}
	if err := verify.Label(l, d); err == nil || !strings.Contains(err.Error(), "in which character set") {
		t.Errorf("error %v, want that it does not say in which character set it is written", err)
	}
}
