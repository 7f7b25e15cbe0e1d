package epl_test

import (
	"bytes"
	"strings"
	"testing"

	"waybill/labels"
	"waybill/labels/epl"
	"waybill/labels/formtest"
	"waybill/labels/formview"
)

func language() formtest.Language {
	return formtest.Language{Encode: epl.Encoder{}.Encode, View: formview.EPL}
}

func TestLanguage(t *testing.T) { language().Test(t) }

func TestWhatIsWritten(t *testing.T) {
	text := labels.NewDots(20, 3)
	text.FillRect(0, 0, 20, 3)
	at := labels.Point{X: labels.Millimetre, Y: 2 * labels.Millimetre}
	for name, tc := range map[string]struct {
		item labels.Item
		want string
		not  string
	}{
		"rule":    {labels.Fill{Rect: labels.Rect{Min: at, Width: 30 * labels.Millimetre, Height: labels.Millimetre}}, "\nN\nLO8,16,240,8\nP1\n", "GW"},
		"bars":    {formtest.Symbol(t, labels.Code128, "1Z999AA10123456784"), "\nN\nLO80,80,6,100\n", "GW"},
		"QR":      {formtest.Symbol(t, labels.QR, "WB1/A/B"), "\nN\nGW80,80,", "LO"},
		"a text":  {labels.Bitmap{At: at, Dots: text, Text: "N\nP9\n"}, "\nN\nGW8,16,3,3,\x00\x00\x0f\x00\x00\x0f\x00\x00\x0f\nP1\n", "P9"},
		"nothing": {labels.Bitmap{At: at, Dots: labels.NewDots(9, 9)}, "\nR0,0\nq812\nN\nP1\n", "GW"},
	} {
		t.Run(name, func(t *testing.T) {
			l := formtest.Label(tc.item)
			got, err := epl.Encoder{}.Encode(l)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(string(got), tc.want) || strings.Contains(string(got), tc.not) {
				t.Errorf("%.300q\nwant it to hold %q and not %q", got, tc.want, tc.not)
			}
			language().Prove(t, l, got)
		})
	}
}

func TestGapIsSetWhereGiven(t *testing.T) {
	l := formtest.Label()
	got, err := epl.Encoder{Gap: 3 * labels.Millimetre}.Encode(l)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(got, []byte("\nR0,0\nq812\nQ609,24\nN\n")) {
		t.Errorf("%q", got)
	}
	language().Prove(t, l, got)
}

func BenchmarkEncode(b *testing.B) {
	l := formtest.Label(formtest.Symbol(b, labels.Code128, "1Z999AA10123456784"), formtest.Symbol(b, labels.QR, "WB1/576461413038785752/1Z999AA10123456784"))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := (epl.Encoder{}).Encode(l); err != nil {
			b.Fatal(err)
		}
	}
}
