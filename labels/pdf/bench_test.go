package pdf_test

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"testing"
	"time"

	"github.com/jung-kurt/gofpdf"

	"waybill/labels"
	"waybill/labels/raster"
)

// BenchmarkLabel is a document of one label.
func BenchmarkLabel(b *testing.B) {
	l := generic(b, labels.DPI203)
	b.ReportAllocs()
	size := 0
	for b.Loop() {
		size = len(encode(b, l))
	}
	b.ReportMetric(float64(size), "bytes")
}

// BenchmarkHundred is a document of a hundred labels to different people.
func BenchmarkHundred(b *testing.B) {
	const n = 100
	ls := generics(b, labels.DPI203, n)
	b.ReportAllocs()
	size := 0
	for b.Loop() {
		size = len(encode(b, ls...))
	}
	b.ReportMetric(float64(size)/n, "bytes/label")
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/label")
}

// BenchmarkGofpdfAlone is the same label as gofpdf writes it by itself: its
// texts in an embedded font, its bars as rectangles.
func BenchmarkGofpdfAlone(b *testing.B) {
	l, fonts := generic(b, labels.DPI203), bothFonts(b)
	b.ReportAllocs()
	size := 0
	for b.Loop() {
		size = len(alone(b, fonts, l))
	}
	b.ReportMetric(float64(size), "bytes")
}

// BenchmarkAgainstGofpdf takes turns, so that both have the same machine, and
// reports the least time of each.
func BenchmarkAgainstGofpdf(b *testing.B) {
	fonts := bothFonts(b)
	for _, n := range []int{1, 100} {
		b.Run(fmt.Sprint("labels=", n), func(b *testing.B) {
			ls := generics(b, labels.DPI203, n)
			ours, theirs := time.Duration(math.MaxInt64), time.Duration(math.MaxInt64)
			for b.Loop() {
				start := time.Now()
				encode(b, ls...)
				middle := time.Now()
				alone(b, fonts, ls...)
				ours, theirs = min(ours, middle.Sub(start)), min(theirs, time.Since(middle))
			}
			each := float64(n)
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(float64(ours.Nanoseconds())/each, "ours-ns/label")
			b.ReportMetric(float64(theirs.Nanoseconds())/each, "gofpdf-ns/label")
			b.ReportMetric(float64(theirs)/float64(ours), "times-faster")
		})
	}
}

// bothFonts returns the regular and the bold face.
func bothFonts(b *testing.B) [2][]byte {
	b.Helper()
	var fonts [2][]byte
	for i, name := range []string{"Regular", "Bold"} {
		data, err := os.ReadFile("../fonts/ttf/RobotoCondensed-" + name + ".ttf")
		if err != nil {
			b.Fatal(err)
		}
		fonts[i] = data
	}
	return fonts
}

// alone draws labels with gofpdf's own texts. Every other one is bold.
func alone(b *testing.B, fonts [2][]byte, ls ...labels.Label) []byte {
	b.Helper()
	doc := gofpdf.NewCustom(&gofpdf.InitType{UnitStr: "pt", Size: gofpdf.SizeType{Wd: 288, Ht: 432}})
	for i, style := range []string{"", "B"} {
		doc.AddUTF8FontFromBytes("roboto", style, bytes.Clone(fonts[i])) // it writes to them
	}
	for _, l := range ls {
		doc.AddPage()
		points := func(dots int) float64 { return float64(dots) * 720 / float64(l.Resolution) }
		texts := 0
		for _, item := range l.Items {
			switch item := item.(type) {
			case labels.Text:
				x, y, _, h := item.Area()
				doc.SetFont("roboto", []string{"", "B"}[texts%2], points(h))
				doc.Text(points(x), points(y+h), item.Text)
				texts++
			case labels.Fill:
				x, y, w, h := raster.Area(l.Resolution, item.Rect)
				doc.Rect(points(x), points(y), points(w), points(h), "F")
			case labels.Symbol:
				dx, dy := l.Resolution.Dots(item.At.X), l.Resolution.Dots(item.At.Y)
				for _, r := range raster.SymbolBoxes(item) {
					doc.Rect(points(dx+r.X), points(dy+r.Y), points(r.W), points(r.H), "F")
				}
			}
		}
	}
	var out bytes.Buffer
	if err := doc.Output(&out); err != nil {
		b.Fatal(err)
	}
	return out.Bytes()
}
