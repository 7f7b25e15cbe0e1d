package pdf_test

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"waybill/labels"
	"waybill/labels/barcode"
	"waybill/labels/fonts"
	"waybill/labels/layout"
	"waybill/labels/pdf"
	"waybill/labels/pdfview"
	"waybill/labels/raster"
	"waybill/labels/template"
	"waybill/shipment"
)

// generic returns the label that comes with waybill, laid out.
func generic(t testing.TB, res labels.Resolution) labels.Label {
	t.Helper()
	return generics(t, res, 1)[0]
}

// generics returns that label for n parcels, to different people.
func generics(t testing.TB, res labels.Resolution, n int) []labels.Label {
	t.Helper()
	src, err := os.ReadFile("../../configs/templates/generic-4x6.yaml")
	if err != nil {
		t.Fatal(err)
	}
	tm, err := template.Parse("generic-4x6.yaml", src)
	if err != nil {
		t.Fatal(err)
	}
	ours := fonts.New()
	ls := make([]labels.Label, n)
	for i := range ls {
		data, err := template.NewData(shipment.Order{
			ID: shipment.OrderID(fmt.Sprint(576461413038785752 + i*7919)), TrackingNumber: "1Z999AA10123456784",
			Items: []shipment.Item{{SKU: "TS-YOGA", Title: "Yoga mat", Quantity: 2, Weight: 1150}}, Parcels: []shipment.Parcel{{Weight: 2600}},
		}, 1, template.Settled{
			Carrier: "ups", CarrierName: "UPS", ServiceName: "Ground",
			TrackingNumber: "1Z999AA10123456784", TrackingText: "1Z 999 AA1 01 2345 6784",
			To:       []string{"Zoë Núñez (Łódź)", fmt.Sprint(1600+i*31, " Amphitheatre Pkwy"), "Mountain View CA 94043"},
			From:     []string{"Waybill Demo Goods", "4505 E 11th St", "Vernon CA 90058"},
			ShipDate: "2026-11-20",
		})
		if err != nil {
			t.Fatal(err)
		}
		if ls[i], err = layout.Lay(tm, data, res, ours); err != nil {
			t.Fatal(err)
		}
	}
	return ls
}

// narrow returns a label whose bars are as thin as dots can be, and dots that
// touch at corners only.
func narrow(t testing.TB, res labels.Resolution) labels.Label {
	t.Helper()
	l := labels.Label{Name: "narrow", Width: 105 * labels.Millimetre, Height: 37 * labels.Millimetre, Resolution: res}
	bars, err := barcode.Encode(labels.Code128, []byte("1Z999AA10123456784"), barcode.Options{})
	if err != nil {
		t.Fatal(err)
	}
	bars.ModuleDots, bars.HeightDots = 1, 60
	bars.At = labels.Point{X: res.Length(41), Y: res.Length(11)}
	chequers := labels.NewDots(50, 50)
	for y := range chequers.H {
		for x := y % 2; x < chequers.W; x += 2 {
			chequers.Set(x, y)
		}
	}
	w, h := l.Size()
	l.Items = []labels.Item{
		bars,
		labels.Bitmap{At: labels.Point{X: res.Length(31), Y: res.Length(101)}, Dots: chequers},
		labels.Bitmap{At: labels.Point{X: res.Length(w - 50), Y: res.Length(h - 50)}, Dots: chequers},
	}
	return l
}

func encode(t testing.TB, ls ...labels.Label) []byte {
	t.Helper()
	out, err := pdf.Encoder{}.EncodeAll(ls)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func draw(t testing.TB, l labels.Label) labels.Dots {
	t.Helper()
	d, err := raster.Draw(l)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// wrong returns how many dots differ; a picture may have a white edge more.
func wrong(want, got labels.Dots) int {
	n := 0
	for y := range max(want.H, got.H) {
		for x := range max(want.W, got.W) {
			if want.Black(x, y) != got.Black(x, y) {
				n++
			}
		}
	}
	return n
}

func TestPagesAreTheLabelsDots(t *testing.T) {
	ls := []labels.Label{generic(t, labels.DPI203), narrow(t, labels.DPI300), generic(t, labels.DPI600)}
	views, err := pdfview.Render(encode(t, ls...))
	if err != nil {
		t.Fatal(err)
	}
	if len(views) != len(ls) {
		t.Fatalf("%d pages, want %d", len(views), len(ls))
	}
	for i, v := range views {
		if v.Resolution != ls[i].Resolution {
			t.Errorf("page %d: resolution %d, want %d", i+1, v.Resolution, ls[i].Resolution)
		}
		if diff := cmp.Diff(draw(t, ls[i]), v.Dots); diff != "" {
			t.Errorf("page %d: other dots than were laid out", i+1)
		}
	}
}

// TestAnyPictureArrives draws random dots, corners that touch among them.
func TestAnyPictureArrives(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := labels.NewDots(rapid.IntRange(1, 40).Draw(t, "w"), rapid.IntRange(1, 14).Draw(t, "h"))
		for range rapid.IntRange(0, 300).Draw(t, "dots") {
			d.Set(rapid.IntRange(0, d.W-1).Draw(t, "x"), rapid.IntRange(0, d.H-1).Draw(t, "y"))
		}
		res := rapid.SampledFrom([]labels.Resolution{labels.DPI203, labels.DPI300, labels.DPI305, labels.DPI600, 2030}).Draw(t, "res")
		l := labels.Label{
			Name: "any", Width: res.Length(d.W) + 1, Height: res.Length(d.H) + 1, Resolution: res,
			Items: []labels.Item{labels.Bitmap{Dots: d}},
		}
		out, err := pdf.Encoder{}.Encode(l)
		if err != nil {
			t.Fatal(err)
		}
		views, err := pdfview.Render(out)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(d, views[0].Dots); len(views) != 1 || diff != "" {
			t.Fatalf("%d pages, the first one (-want +got):\n%s", len(views), diff)
		}
	})
}

// TestWhatComesAgainIsWrittenOnce holds that a document of many labels is not
// as many documents.
func TestWhatComesAgainIsWrittenOnce(t *testing.T) {
	ls := generics(t, labels.DPI203, 20)
	one, all := encode(t, ls[0]), encode(t, ls...)
	if len(all) > 6*len(one) {
		t.Errorf("%d labels have %d bytes, one has %d", len(ls), len(all), len(one))
	}
	views, err := pdfview.Render(all)
	if err != nil {
		t.Fatal(err)
	}
	for i, l := range ls {
		if n := wrong(draw(t, l), views[i].Dots); n > 0 {
			t.Errorf("page %d: %d wrong dots", i+1, n)
		}
	}
}

// TestGlyphsAnywhere draws letters at, over and past the edges, each a few or
// many times, over several pages.
func TestGlyphsAnywhere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var glyphs []*labels.Glyph
		for range 3 {
			d := labels.NewDots(rapid.IntRange(0, 20).Draw(t, "w"), rapid.IntRange(0, 9).Draw(t, "h"))
			d.FillRect(rapid.IntRange(0, 4).Draw(t, "x"), 0, rapid.IntRange(0, 9).Draw(t, "wide"), 7)
			glyphs = append(glyphs, &labels.Glyph{Dots: d})
		}
		ls := make([]labels.Label, rapid.IntRange(1, 3).Draw(t, "pages"))
		for i := range ls {
			words := labels.Text{Text: rapid.String().Draw(t, "text")}
			for range rapid.IntRange(0, 8).Draw(t, "letters") {
				words.Glyphs = append(words.Glyphs, labels.PlacedGlyph{
					X: rapid.IntRange(-30, 90).Draw(t, "x"), Y: rapid.IntRange(-30, 90).Draw(t, "y"),
					Glyph: rapid.SampledFrom(glyphs).Draw(t, "glyph"),
				})
			}
			ls[i] = labels.Label{
				Name: "any", Width: 10 * labels.Millimetre, Height: labels.Length(rapid.IntRange(1, 11).Draw(t, "height")) * labels.Millimetre,
				Resolution: labels.DPI203, Items: []labels.Item{words},
			}
		}
		out, err := pdf.Encoder{}.EncodeAll(ls)
		if err != nil {
			t.Fatal(err)
		}
		views, err := pdfview.Render(out)
		if err != nil || len(views) != len(ls) {
			t.Fatalf("%d pages, want %d (%v)", len(views), len(ls), err)
		}
		for i, l := range ls {
			want, err := raster.Draw(l)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, views[i].Dots); diff != "" {
				t.Fatalf("page %d (-want +got):\n%s", i+1, diff)
			}
		}
	})
}

// TestManyAtOnce holds, under the race detector, that encoders share nothing
// that changes, and that the same bytes come of it.
func TestManyAtOnce(t *testing.T) {
	ls := generics(t, labels.DPI203, 3)
	want := encode(t, generics(t, labels.DPI203, 3)...)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 5 {
				if got, err := (pdf.Encoder{}).EncodeAll(ls); err != nil || !bytes.Equal(got, want) {
					t.Errorf("other bytes (%v)", err)
				}
			}
		})
	}
	wg.Wait()
}

func TestSameLabelSameBytes(t *testing.T) {
	l := generic(t, labels.DPI203)
	if !bytes.Equal(encode(t, l, l), encode(t, l, l)) {
		t.Error("two runs differ")
	}
}

// TestWordsAreOnlyWords holds that no text of the order is read as anything
// but a text.
func TestWordsAreOnlyWords(t *testing.T) {
	dots := labels.NewDots(100, 20)
	dots.FillRect(0, 0, 100, 20)
	for _, text := range []string{`) Tj ET 0 0 99 99 re f ( \`, "\\", "(", ")))", "endstream endobj", "Łódź 日本", " ", "a\nb", "a\r(b"} {
		l := labels.Label{
			Name: text, Width: 4 * labels.Inch, Height: labels.Inch, Resolution: labels.DPI203,
			Items: []labels.Item{labels.Bitmap{Dots: dots, Text: text}},
		}
		views, err := pdfview.Render(encode(t, l))
		if err != nil || len(views) != 1 {
			t.Fatalf("%q: %d pages (%v)", text, len(views), err)
		}
		if n := wrong(draw(t, l), views[0].Dots); n > 0 {
			t.Errorf("%q: %d wrong dots", text, n)
		}
	}
}

func TestRefused(t *testing.T) {
	for name, ls := range map[string][]labels.Label{
		"no labels": nil,
		"no size":   {{Name: "x", Resolution: labels.DPI203}},
		"an item of nothing known": {{
			Name: "x", Width: labels.Inch, Height: labels.Inch, Resolution: labels.DPI203, Items: []labels.Item{nil},
		}},
	} {
		if _, err := (pdf.Encoder{}).EncodeAll(ls); err == nil || !strings.HasPrefix(err.Error(), "pdf") {
			t.Errorf("%s: error %v", name, err)
		}
	}
}
