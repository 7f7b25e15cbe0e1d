package layout_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"strings"
	"testing"
	"testing/fstest"

	"waybill/labels"
	"waybill/labels/fonts"
	"waybill/labels/layout"
	"waybill/labels/template"
)

// pictures holds a black picture of 20 by 10 pixels with a white corner at its
// top left.
func pictures(t testing.TB) fstest.MapFS {
	t.Helper()
	img := image.NewGray(image.Rect(0, 0, 20, 10))
	for y := range 5 {
		for x := range 10 {
			img.SetGray(x, y, color.Gray{Y: 255})
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return fstest.MapFS{"logo.png": {Data: b.Bytes()}}
}

func withPictures(t testing.TB, es string) *template.Template {
	t.Helper()
	tm, err := template.ParseIn(pictures(t), "test.yaml", []byte("name: small\nsize_mm: [100, 50]\nelements:\n"+es))
	if err != nil {
		t.Fatal(err)
	}
	return tm
}

// TestImagePlace holds where an image's black part lies, in millimetres.
func TestImagePlace(t *testing.T) {
	for keys, want := range map[string][4]int{ // of the ink: x, y, width, height
		"width: 20, height: 20":                                          {10, 10, 20, 10},
		"width: 20, height: 20, valign: top":                             {10, 5, 20, 10},
		"width: 20, height: 20, valign: bottom":                          {10, 15, 20, 10},
		"width: 40, height: 10":                                          {20, 5, 20, 10},
		"width: 40, height: 10, align: left":                             {10, 5, 20, 10},
		"width: 40, height: 10, align: right":                            {30, 5, 20, 10},
		"width: 40, height: 10, fit: stretch":                            {10, 5, 40, 10},
		"width: 20, height: 20, fit: stretch, invert: true":              {10, 5, 10, 10},
		"width: 20, height: 20, fit: stretch, invert: true, rotate: 90":  {20, 5, 10, 10},
		"width: 20, height: 20, fit: stretch, invert: true, rotate: 180": {20, 15, 10, 10},
		"width: 20, height: 20, fit: stretch, invert: true, rotate: 270": {10, 15, 10, 10},
		"width: 10, height: 40, rotate: 90":                              {10, 15, 10, 20},
	} {
		l := lay(t, withPictures(t, "- {name: a, kind: image, file: logo.png, at: [10, 5], "+keys+"}"), data(t, settled()), labels.DPI203, fonts.New())
		prove(t, l)
		x, y, w, h := drawn(t, l).Ink()
		if got := [4]int{x / 8, y / 8, w / 8, h / 8}; got != want || x%8+y%8+w%8+h%8 > 0 {
			t.Errorf("%s: ink %v mm, want %v", keys, got, want)
		}
	}
}

func TestImageIsRefused(t *testing.T) {
	var es strings.Builder
	for i := range 6 {
		fmt.Fprintf(&es, "- {name: a%d, kind: image, file: logo.png, fit: stretch, at: [0, 0], width: 100, height: 50}\n", i)
	}
	boxes := strings.ReplaceAll(es.String(), "image, file: logo.png, fit: stretch", "text, text: x, size: 8, invert: true")
	for in, want := range map[string]string{
		boxes:       `element "a5": pictures and black boxes cover the label more than 4 times`,
		es.String(): `element "a5": pictures and black boxes cover the label more than 4 times`,
		"- {name: a, kind: image, file: logo.png, at: [20, 10], width: 20, height: 20}\n" +
			"- {name: b, kind: barcode, symbology: qr, at: [10, 10], width: 30, height: 30, value: qr}": `element "a": lies in the white that the barcode "b" needs`,
	} {
		_, err := layout.Lay(withPictures(t, in), data(t, settled()), labels.DPI203, fonts.New())
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v\nwant one that says %q", err, want)
		}
	}
}
