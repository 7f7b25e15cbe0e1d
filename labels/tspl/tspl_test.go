package tspl_test

import (
	"bytes"
	"strings"
	"testing"

	"waybill/labels"
	"waybill/labels/formtest"
	"waybill/labels/formview"
	"waybill/labels/tspl"
)

func language() formtest.Language {
	return formtest.Language{Encode: tspl.Encoder{}.Encode, View: formview.TSPL}
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
		"rule":    {labels.Fill{Rect: labels.Rect{Min: at, Width: 30 * labels.Millimetre, Height: labels.Millimetre}}, "\r\nCLS\r\nBAR 8,16,240,8\r\nPRINT 1\r\n", "BITMAP"},
		"bars":    {formtest.Symbol(t, labels.Code128, "1Z999AA10123456784"), "\r\nCLS\r\nBAR 80,80,6,100\r\n", "BITMAP"},
		"QR":      {formtest.Symbol(t, labels.QR, "WB1/A/B"), "\r\nCLS\r\nBITMAP 80,80,", "BAR"},
		"a text":  {labels.Bitmap{At: at, Dots: text, Text: "\r\nPRINT 9\r\n"}, "CLS\r\nBITMAP 8,16,3,3,0,\x00\x00\x0f\x00\x00\x0f\x00\x00\x0f\r\nPRINT 1\r\n", "PRINT 9"},
		"nothing": {labels.Bitmap{At: at, Dots: labels.NewDots(9, 9)}, "\r\nCLS\r\nPRINT 1\r\n", "BITMAP"},
	} {
		t.Run(name, func(t *testing.T) {
			l := formtest.Label(tc.item)
			got, err := tspl.Encoder{}.Encode(l)
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
	got, err := tspl.Encoder{Gap: 3 * labels.Millimetre}.Encode(l)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(got, []byte("\r\nSIZE 101.60 mm,76.20 mm\r\nGAP 3.00 mm,0 mm\r\nDIRECTION 0,0\r\nREFERENCE 0,0\r\nCLS\r\n")) {
		t.Errorf("%q", got)
	}
	language().Prove(t, l, got)
}

func BenchmarkEncode(b *testing.B) {
	l := formtest.Label(formtest.Symbol(b, labels.Code128, "1Z999AA10123456784"), formtest.Symbol(b, labels.QR, "WB1/576461413038785752/1Z999AA10123456784"))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := (tspl.Encoder{}).Encode(l); err != nil {
			b.Fatal(err)
		}
	}
}
