// Package formtest is the suite that encoders pass whose printers are sent
// boxes and uncompressed pictures: what a form prints is the label's dots,
// dot for dot, whatever is on the label.
package formtest

import (
	"testing"

	"pgregory.net/rapid"

	"waybill/labels"
	"waybill/labels/barcode"
	"waybill/labels/formview"
	"waybill/labels/raster"
)

// A Language is an encoder, and the reader of its forms, which is not the
// encoder's own code.
type Language struct {
	Encode func(l labels.Label) ([]byte, error)
	View   formview.Language
}

// fataler is what Prove needs of a test.
type fataler interface {
	Fatalf(format string, args ...any)
}

// Prove holds that a form prints the label, once, without a command that is not
// known, and without anything that printers draw in different ways.
func (l Language) Prove(t fataler, label labels.Label, form []byte) {
	want, err := raster.Draw(label)
	if err != nil {
		t.Fatalf("%v", err)
	}
	var views []formview.View
	if err := l.View.Render(form, label.Resolution, func(v formview.View) { views = append(views, v) }); err != nil {
		t.Fatalf("%v", err)
	}
	if len(views) != 1 || views[0].Copies != 1 || len(views[0].Unknown) > 0 {
		t.Fatalf("%d labels, want 1, once, all of it understood: %+v", len(views), views)
	}
	got := views[0].Dots // is longer where the form leaves its length to the printer
	x, y, w, h := got.Ink()
	if x+w > want.W || y+h > want.H || got.W != want.W || !got.Crop(0, 0, want.W, want.H).Equal(want) {
		t.Fatalf("other dots than were laid out")
	}
}

// Test runs the suite.
func (l Language) Test(t *testing.T) {
	t.Run("any label arrives", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			label := anyLabel(t)
			form, err := l.Encode(label)
			if err != nil {
				t.Fatal(err)
			}
			l.Prove(t, label, form)
		})
	})
	t.Run("letters are not sent one by one", func(t *testing.T) {
		line := letters()
		label := Label(line)
		form, err := l.Encode(label)
		if err != nil {
			t.Fatal(err)
		}
		l.Prove(t, label, form)
		const most = 1200 // bytes; the line has some 1000
		if len(form) > most {
			t.Errorf("a line of %d letters has %d bytes, want %d at the most", len(line.Glyphs), len(form), most)
		}
	})
	for name, label := range map[string]labels.Label{
		"no size":                  {Name: "x", Resolution: labels.DPI203},
		"more than a printer has":  {Name: "x", Width: 5000 * labels.Millimetre, Height: labels.Inch, Resolution: labels.DPI203},
		"an item of nothing known": Label(nil),
	} {
		t.Run(name+" is refused", func(t *testing.T) {
			if _, err := l.Encode(label); err == nil {
				t.Error("no error")
			}
		})
	}
}

// Label returns a label of 4 by 3 inches, 812 by 609 dots.
func Label(items ...labels.Item) labels.Label {
	return labels.Label{Name: "test", Width: 4 * labels.Inch, Height: 3 * labels.Inch, Resolution: labels.DPI203, Items: items}
}

// Symbol returns a barcode at 10, 10 mm.
func Symbol(t testing.TB, s labels.Symbology, payload string) labels.Symbol {
	t.Helper()
	sym, err := barcode.Encode(s, []byte(payload), barcode.Options{})
	if err != nil {
		t.Fatal(err)
	}
	sym.ModuleDots, sym.HeightDots = 3, 100
	if sym.Modules.H > 1 {
		sym.HeightDots = 0
	}
	sym.At = labels.Point{X: 10 * labels.Millimetre, Y: 10 * labels.Millimetre}
	return sym
}

// letters returns a line of 40 letters.
func letters() labels.Text {
	d := labels.NewDots(8, 20)
	d.FillRect(1, 0, 2, 20)
	d.FillRect(3, 9, 4, 2)
	g, line := &labels.Glyph{Dots: d}, labels.Text{Text: "h"}
	for i := range 40 {
		line.Glyphs = append(line.Glyphs, labels.PlacedGlyph{X: 40 + 9*i, Y: 50, Glyph: g})
	}
	return line
}

// anyLabel returns all kinds of items at random places.
func anyLabel(t *rapid.T) labels.Label {
	l := Label()
	l.Width, l.Height = 40*labels.Millimetre, 30*labels.Millimetre
	place := func(n int, name string) int { return rapid.IntRange(0, n).Draw(t, name) }
	for range rapid.IntRange(0, 4).Draw(t, "pictures") {
		d := labels.NewDots(rapid.IntRange(1, 330).Draw(t, "w"), rapid.IntRange(1, 120).Draw(t, "h"))
		for range place(9, "boxes") {
			d.FillRect(place(330, "x"), place(120, "y"), 1+place(300, "wide"), 1+place(60, "high"))
		}
		at := labels.Point{X: l.Resolution.Length(place(319, "atX")), Y: l.Resolution.Length(place(239, "atY"))}
		g := &labels.Glyph{Dots: d.Crop(0, 0, 12, 17)}
		l.Items = append(l.Items,
			labels.Bitmap{At: at, Dots: d, Text: rapid.String().Draw(t, "text")},
			labels.Fill{Rect: labels.Rect{Min: at, Width: 3000, Height: 700}},
			labels.Symbol{At: at, Modules: d.Crop(0, 0, 60, 1), ModuleDots: 2, HeightDots: 40, Turned: 90 * place(3, "turned")},
			labels.Symbol{At: at, Modules: d.Crop(0, 0, 20, 20), ModuleDots: 3},
			labels.Text{Text: rapid.String().Draw(t, "words"), Glyphs: []labels.PlacedGlyph{
				{X: place(340, "x") - 10, Y: place(260, "y") - 10, Glyph: g},
				{X: place(340, "x") - 10, Y: place(260, "y") - 10, Glyph: g},
			}})
	}
	return l
}
