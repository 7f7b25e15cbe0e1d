package verify_test

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"waybill/internal/raced"
	"waybill/labels"
	"waybill/labels/barcode"
	"waybill/labels/verify"
)

// hexagons returns a label with one MaxiCode.
func hexagons(r interface{ Fatal(...any) }, payload []byte, mode int, res labels.Resolution) labels.Label {
	s, err := barcode.Encode(labels.MaxiCode, payload, barcode.Options{Mode: mode})
	if err != nil {
		r.Fatal(err)
	}
	s.At = labels.Point{X: 5 * labels.Millimetre, Y: 5 * labels.Millimetre}
	s.ModuleDots, s.Drawn = res.Dots(barcode.MaxiModule), barcode.Hexagons(s.Modules, res)
	return labels.Label{
		Name: "test", Width: 40 * labels.Millimetre, Height: 40 * labels.Millimetre, Resolution: res, Items: []labels.Item{s},
	}
}

func TestEveryMaxiCodeIsRead(t *testing.T) {
	raced.Skip(t)
	rapid.Check(t, func(r *rapid.T) {
		res := rapid.SampledFrom([]labels.Resolution{labels.DPI203, labels.DPI300, labels.DPI305, labels.DPI600}).Draw(r, "res")
		mode := rapid.SampledFrom([]int{2, 3, 4, 5, 6}).Draw(r, "mode")
		payload := []byte(rapid.OneOf(
			rapid.StringMatching(`[\x00-\x7f]{1,12}([0-9]{9}[a-z]{2}[A-Z0-9]{1,5}|[A-Z]{3}[a-z])?`),
			rapid.StringMatching(`[A-Za-z0-9]{0,5}[\x00-\xff]{1,9}[À-ÿ]{1,9}[ -~]{0,9}`),
			rapid.StringMatching(`[A-Z]{0,5}[Ѐ-ӿ一-鿿]{1,3}[a-z]{0,5}`),
		).Draw(r, "payload"))
		if mode < 4 {
			payload = barcode.CarrierMessage{
				Postcode: rapid.StringMatching(map[int]string{2: `[0-9]{1,9}`, 3: `[A-Z0-9]{5}[A-Z ]`}[mode]).Draw(r, "postcode"),
				Country:  rapid.StringMatching(`[0-9]{3}`).Draw(r, "country"),
				Class:    rapid.StringMatching(`[0-9]{3}`).Draw(r, "class"),
				Fields:   []string{"1Z12345675", "UPSN", string(payload)},
			}.Payload()
		}
		l := hexagons(r, payload, mode, res)
		if err := verify.Label(l, draw(t, l)); err != nil {
			r.Fatal(err)
		}
	})
}

func TestMaxiCodeDamageIsFound(t *testing.T) {
	l := hexagons(t, []byte("1Z12345675"), 4, labels.DPI203)
	for want, damage := range map[string]func(labels.Dots){
		"damaged":     func(d labels.Dots) { d.FillRect(60, 60, 40, 20) },
		"no MaxiCode": func(d labels.Dots) { d.FillRect(130, 130, 30, 30) },
		"quiet zone":  func(d labels.Dots) { d.FillRect(36, 100, 1, 1) },
		`reads "1Z999999"`: func(d labels.Dots) {
			clear(d.Bits)
			d.Draw(draw(t, hexagons(t, []byte("1Z999999"), 4, labels.DPI203)), 0, 0)
		},
	} {
		d := draw(t, l)
		damage(d)
		if err := verify.Label(l, d); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

func FuzzMaxiCode(f *testing.F) {
	f.Add([]byte{27, 26, 60, 3, 61, 61, 41, 60, 60, 58, 62, 62, 2, 63, 27, 3, 61, 5})
	f.Add([]byte{59, 1, 63, 31, 1, 2, 3, 4, 5, 57, 1, 2, 3, 62, 4})
	f.Fuzz(func(t *testing.T, data []byte) {
		words := make([]int, len(data))
		for i, b := range data {
			words[i] = int(b & 63)
		}
		text, announced, err := verify.MaxiText(words)
		if err == nil && (!utf8.ValidString(text) || announced && !slices.Contains(words, 27)) {
			t.Errorf("%v reads %q, its character set said: %t", words, text, announced)
		}
		d := labels.NewDots(40, 8*len(data)/40)
		copy(d.Bits, data)
		_, _ = verify.ReadMaxiCode(d) // only that it ends, and does not panic
	})
}

// TestMaxiCodeIsMeasuredToTheDot holds that a symbol that stands free is not
// said to have something in its quiet zone, wherever its hexagons' points fall.
func TestMaxiCodeIsMeasuredToTheDot(t *testing.T) {
	raced.Skip(t)
	rapid.Check(t, func(r *rapid.T) {
		res := rapid.SampledFrom([]labels.Resolution{labels.DPI203, labels.DPI203, labels.DPI300, labels.DPI600}).Draw(r, "res")
		l := hexagons(r, []byte(rapid.StringMatching(`[ -~]{1,40}`).Draw(r, "payload")), 4, res)
		d := draw(t, l).Turn(rapid.SampledFrom([]int{0, 90, 180, 270}).Draw(r, "turned"))
		found, err := verify.Decode(d)
		if err != nil || len(found) != 1 {
			r.Fatalf("found %v (%v), want one", found, err)
		}
		if report := verify.Inspect(d, res, found[0], ""); len(report.Problems) > 0 {
			r.Fatalf("problems %+v, want none", report.Problems)
		}
	})
}
