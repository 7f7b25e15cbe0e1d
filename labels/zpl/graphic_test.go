package zpl_test

import (
	"bytes"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"waybill/labels"
	"waybill/labels/barcode"
	"waybill/labels/raster"
	"waybill/labels/zpl"
	"waybill/labels/zplview"
)

// arrives encodes l in both forms, twice, and draws what a printer would.
func arrives(t interface{ Fatalf(string, ...any) }, l labels.Label) []byte {
	want, err := raster.Draw(l)
	if err != nil {
		t.Fatalf("%v", err)
	}
	var fast []byte
	for _, enc := range []zpl.Encoder{{Compact: true}, {}, {Compact: true}, {}} {
		got, err := enc.Encode(l)
		if err != nil {
			t.Fatalf("%v", err)
		}
		view, err := zplview.Render(got, l.Resolution)
		if err != nil || len(view.Unknown) > 0 || !want.Equal(view.Dots) {
			t.Fatalf("compact %t: unknown %q (%v), or other dots than the label's: %.300s", enc.Compact, view.Unknown, err, got)
		}
		if !enc.Compact {
			if fast != nil && !bytes.Equal(fast, got) {
				t.Fatalf("the same label gave other bytes the second time")
			}
			fast = got
		}
	}
	return fast
}

// TestRunLengths draws pictures of runs of all lengths.
func TestRunLengths(t *testing.T) {
	for name, tc := range map[string]struct {
		w, h int
		fill func(labels.Dots)
		want string
	}{
		"white":      {16, 2, func(labels.Dots) {}, "^GFA,4,4,2,,:^FS"},
		"black":      {16, 2, func(d labels.Dots) { d.FillRect(0, 0, 16, 2) }, "^GFA,4,4,2,JF:^FS"},
		"half":       {16, 1, func(d labels.Dots) { d.FillRect(0, 0, 8, 1) }, "^GFA,2,2,2,FF,^FS"},
		"other half": {16, 1, func(d labels.Dots) { d.FillRect(8, 0, 8, 1) }, "^GFA,2,2,2,00FF^FS"},
		"three":      {24, 1, func(d labels.Dots) { d.FillRect(0, 0, 12, 1); d.FillRect(23, 0, 1, 1) }, "^GFA,3,3,3,IF001^FS"},
		"very wide":  {8000, 1, func(d labels.Dots) { d.FillRect(4, 0, 7990, 1) }, "^GFA,1000,1000,1000,0zYFzYFzYFzYFvGFC,^FS"},
		"twenty":     {88, 1, func(d labels.Dots) { d.FillRect(0, 0, 80, 1); d.Set(87, 0) }, "^GFA,11,11,11,gF01^FS"},
	} {
		t.Run(name, func(t *testing.T) {
			d := labels.NewDots(tc.w, tc.h)
			tc.fill(d)
			l := labels.Label{Name: "wide", Width: 42 * labels.Inch, Height: labels.Inch, Resolution: labels.DPI203, Items: []labels.Item{labels.Bitmap{Dots: d}}}
			if got := arrives(t, l); !strings.Contains(string(got), tc.want) {
				t.Errorf("%s\nwant it to hold %s", got, tc.want)
			}
		})
	}
}

// TestPhotographsAreCompressed holds that noise does not travel as run lengths
// of one.
func TestPhotographsAreCompressed(t *testing.T) {
	d := labels.NewDots(400, 200)
	seed := uint32(1)
	for i := range d.Bits {
		seed = seed*1664525 + 1013904223
		d.Bits[i] = byte(seed >> 24)
	}
	got := arrives(t, label(labels.Bitmap{Dots: d}))
	if !bytes.Contains(got, []byte(":Z64:")) || len(got) > 3*len(d.Bits)/2 {
		t.Errorf("%d bytes for a picture of %d", len(got), len(d.Bits))
	}
}

// TestAnyRunsArrive draws random rectangles, as shared pictures and glyphs, too.
func TestAnyRunsArrive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := labels.NewDots(rapid.IntRange(1, 700).Draw(t, "w"), rapid.IntRange(1, 60).Draw(t, "h"))
		for range rapid.IntRange(0, 8).Draw(t, "boxes") {
			d.FillRect(rapid.IntRange(0, d.W).Draw(t, "x"), rapid.IntRange(0, d.H).Draw(t, "y"), rapid.IntRange(1, d.W).Draw(t, "bw"), rapid.IntRange(1, d.H).Draw(t, "bh"))
		}
		g := &labels.Glyph{Dots: d}
		b := labels.Bitmap{At: labels.Point{X: labels.Millimetre}, Dots: d, Shared: g}
		arrives(t, label(b, labels.Text{Text: "x", Glyphs: []labels.PlacedGlyph{{X: 3, Y: 500, Glyph: g}, {X: 103, Y: 700, Glyph: g}}}))
		if degrees := rapid.SampledFrom([]int{90, 180, 270}).Draw(t, "turned"); d.W < 700 {
			b.Dots = d.Turn(degrees) // what was kept of the upright one must not be taken
			arrives(t, label(b))
		}
	})
}

// TestMatrixAtEverySize holds that squares are as large as their modules.
func TestMatrixAtEverySize(t *testing.T) {
	for _, s := range []labels.Symbology{labels.QR, labels.DataMatrix, labels.Aztec, labels.PDF417} {
		for n := 1; n <= 12; n++ {
			sym, err := barcode.Encode(s, []byte("WB1/576461413038785752/1Z"), barcode.Options{})
			if err != nil {
				t.Fatal(err)
			}
			sym.ModuleDots = n
			sym.At = labels.Point{X: 3 * labels.Millimetre, Y: labels.Millimetre}
			l := labels.Label{Name: "large", Width: 12 * labels.Inch, Height: 6 * labels.Inch, Resolution: labels.DPI203, Items: []labels.Item{sym}}
			arrives(t, l)
			for _, sym.Turned = range []int{90, 180, 270} {
				l.Items[0] = sym
				arrives(t, l)
			}
		}
	}
}
