package verify_test

import (
	"os"
	"testing"

	"waybill/labels"
	"waybill/labels/png"
	"waybill/labels/raster"
	"waybill/labels/verify"
	"waybill/labels/zpl"
)

// busy returns a 4 by 6 inch label at 203 dpi with print and two symbols.
func busy(tb testing.TB) labels.Dots {
	tb.Helper()
	data, err := os.ReadFile("../layout/testdata/generic-4x6.png")
	if err != nil {
		tb.Fatal(err)
	}
	d, err := png.Decode(data)
	if err != nil {
		tb.Fatal(err)
	}
	return d
}

func BenchmarkDecode4x6(b *testing.B) {
	d := busy(b)
	b.ReportAllocs()
	for b.Loop() {
		if found, err := verify.Decode(d); err != nil || len(found) != 2 {
			b.Fatalf("found %v, %v", found, err)
		}
	}
}

// BenchmarkZPL is what the station pays to prove a format before it prints it.
func BenchmarkZPL(b *testing.B) {
	d := busy(b)
	l := labels.Label{
		Name: "busy", Width: 4 * labels.Inch, Height: 6 * labels.Inch, Resolution: labels.DPI203,
		Items: []labels.Item{labels.Bitmap{Dots: d.Crop(0, 0, 812, 640)}},
	}
	for i, p := range []labels.Symbology{labels.Code128, labels.QR, labels.DataMatrix} {
		s := one(b, p, "1Z999AA10123456784", 3).Items[0].(labels.Symbol)
		s.At = labels.Point{X: labels.Length(5+35*i) * labels.Millimetre, Y: labels.Length(95+20*i) * labels.Millimetre}
		l.Items = append(l.Items, s)
	}
	format, err := zpl.Encoder{}.Encode(l)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("ZPL", func(b *testing.B) {
		for b.Loop() {
			if err := verify.ZPL(l, format); err != nil {
				b.Fatal(err)
			}
		}
	})
	drawn, err := raster.Draw(l)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("Label", func(b *testing.B) {
		for b.Loop() {
			if err := verify.Label(l, drawn); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkDecode4x6At600 is the same label for a printer of 24 dots to the
// millimetre.
func BenchmarkDecode4x6At600(b *testing.B) {
	d := busy(b).Enlarge(3, 3)
	for b.Loop() {
		if found, err := verify.Decode(d); err != nil || len(found) != 2 {
			b.Fatalf("found %v, %v", found, err)
		}
	}
}

// BenchmarkInspect is what measuring and grading two symbols adds.
func BenchmarkInspect(b *testing.B) {
	d := busy(b)
	found, err := verify.Decode(d)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		for _, f := range found {
			verify.Inspect(d, labels.DPI203, f, "")
		}
	}
}
