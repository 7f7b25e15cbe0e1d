package labelling_test

import (
	"bytes"
	"image"
	"image/png"
	"strings"
	"testing"
	"testing/fstest"

	"waybill/agent/labelling"
)

// TestReloadKeepsTheLastGoodPicture: a picture belongs to its template. One
// that changes is drawn, one that is missing or broken is reported and the
// template stays as it was.
func TestReloadKeepsTheLastGoodPicture(t *testing.T) {
	file := func(w int) *fstest.MapFile {
		t.Helper()
		var b bytes.Buffer
		if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, w, 1))); err != nil {
			t.Fatal(err)
		}
		return &fstest.MapFile{Data: b.Bytes()}
	}
	own := fstest.MapFS{
		"mine.yaml": {Data: []byte("name: mine\nsize_mm: [50, 50]\nelements:\n- {name: logo, kind: image, at: [1, 1], width: 9, height: 9, file: logo.png}\n")},
		"logo.png":  file(1),
	}
	templates, err := labelling.LoadTemplates(fstest.MapFS{}, own, "mine")
	if err != nil {
		t.Fatal(err)
	}
	wide := func() int {
		t.Helper()
		tm, err := templates.Get("")
		if err != nil {
			t.Fatal(err)
		}
		w, _ := tm.Elements[0].Picture.Size()
		return w
	}
	own["logo.png"] = file(2)
	if err := templates.Reload(); err != nil || wide() != 2 {
		t.Errorf("after a change: %d pixels wide (%v), want 2", wide(), err)
	}
	for _, broken := range []*fstest.MapFile{nil, {Data: []byte("no picture")}} {
		delete(own, "logo.png")
		if broken != nil {
			own["logo.png"] = broken
		}
		if err := templates.Reload(); err == nil || !strings.Contains(err.Error(), `template mine.yaml:4: element "logo": file: "logo.png"`) {
			t.Errorf("error %v, want one that names the picture", err)
		}
		if wide() != 2 {
			t.Errorf("%d pixels wide, want the last good picture's 2", wide())
		}
	}
}
