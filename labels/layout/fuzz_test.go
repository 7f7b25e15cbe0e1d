package layout_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"waybill/internal/raced"
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
	f.Add([]byte("name: a\nsize_mm: [60, 60]\nelements:\n- {name: a, kind: text, at: [0, 0], width: 60, height: 60, size: 70, invert: true, rotate: 90, text: x}"))
	f.Add([]byte("name: a\nsize_mm: [10, 10]\nelements:\n- {name: a, kind: image, at: [9, 0], width: 1, height: 10, rotate: 270, file: logo.png, dither: ordered}"))
	f.Add([]byte("name: a\nsize_mm: [90, 90]\nelements:\n- {name: a, kind: barcode, symbology: maxicode, rotate: 180, at: [9, 0], width: 80, height: 80, human: above, text: x}"))
	d, faces, dir := data(f, settled()), fonts.New(), pictures(f)
	dir["parcel.png"] = dir["logo.png"]
	f.Fuzz(func(t *testing.T, src []byte) {
		bounded(t, dir, d, faces, src)
	})
}

// TestTheLargestLabelIsBounded: it takes a second to lay, too long for the fuzzer.
func TestTheLargestLabelIsBounded(t *testing.T) {
	raced.Skip(t)
	t.Parallel()
	src := "name: a\nsize_mm: [600, 600]\nelements:\n- {name: a, kind: text, at: [0, 0], width: 600, height: 600, size: 700, invert: true, rotate: 90, text: x}"
	if !bounded(t, pictures(t), data(t, settled()), fonts.New(), []byte(src)) {
		t.Error("it cannot be laid")
	}
}

// bounded reports whether src can be laid, and that what is drawn then has bounds.
func bounded(t *testing.T, dir fs.FS, d template.Data, faces *fonts.Set, src []byte) bool {
	t.Helper()
	tm, err := template.ParseIn(dir, "t.yaml", src)
	if err != nil {
		return false
	}
	l, err := layout.Lay(tm, d, labels.DPI203, faces)
	if err != nil {
		return false
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
	return true
}
