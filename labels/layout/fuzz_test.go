package layout_test

import (
	"os"
	"path/filepath"
	"testing"

	"waybill/labels"
	"waybill/labels/fonts"
	"waybill/labels/layout"
	"waybill/labels/template"
)

// FuzzLay: no template, however odd, brings the layout down or lets it draw
// without bound.
func FuzzLay(f *testing.F) {
	files, err := filepath.Glob("../../configs/templates/*.yaml")
	if err != nil || len(files) == 0 {
		f.Fatal(files, err)
	}
	for _, file := range append(files, "../../docs/examples/language.yaml") {
		src, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(src)
	}
	f.Add([]byte("name: a\nsize_mm: [600, 600]\nelements:\n- {name: a, kind: text, at: [0, 0], width: 600, height: 600, size: 700, invert: true, rotate: 90, text: x}"))
	f.Add([]byte("name: a\nsize_mm: [10, 10]\nelements:\n- {name: a, kind: image, at: [9, 0], width: 1, height: 10, rotate: 270, file: logo.png, dither: ordered}"))
	f.Add([]byte("name: a\nsize_mm: [90, 90]\nelements:\n- {name: a, kind: barcode, symbology: maxicode, rotate: 180, at: [9, 0], width: 80, height: 80, human: above, text: x}"))
	d, faces, dir := data(f, settled()), fonts.New(), pictures(f)
	dir["parcel.png"] = dir["logo.png"]
	f.Fuzz(func(t *testing.T, src []byte) {
		tm, err := template.ParseIn(dir, "t.yaml", src)
		if err != nil {
			return
		}
		l, err := layout.Lay(tm, d, labels.DPI203, faces)
		if err != nil {
			return
		}
		w, h := l.Size()
		inked := 0
		for _, item := range l.Items {
			if b, ok := item.(labels.Bitmap); ok {
				inked += b.Dots.W * b.Dots.H
			}
		}
		if inked > 6*w*h {
			t.Errorf("%d dots of pictures on a label of %d by %d", inked, w, h)
		}
	})
}
