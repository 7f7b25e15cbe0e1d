package template_test

import (
	"bytes"
	"encoding/base64"
	"image"
	"image/png"
	"strings"
	"testing"
	"testing/fstest"

	"waybill/labels/template"
)

func pngFile(t testing.TB, w, h int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, w, h))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func imageDir(t testing.TB) fstest.MapFS {
	t.Helper()
	return fstest.MapFS{
		"logo.png":     {Data: pngFile(t, 8, 4)},
		"art/mark.png": {Data: pngFile(t, 1, 1)},
		"notes.txt":    {Data: []byte("no picture")},
		"heavy.png":    {Data: make([]byte, 5<<20)},
	}
}

func TestImages(t *testing.T) {
	inline := base64.StdEncoding.EncodeToString(pngFile(t, 3, 5))
	for keys, want := range map[string][2]int{
		"file: logo.png":     {8, 4},
		"file: art/mark.png": {1, 1},
		"data: " + inline:    {3, 5},
		"file: logo.png, fit: stretch, dither: ordered, invert: true, rotate: 90, align: left, valign: top": {8, 4},
	} {
		tm, err := template.ParseIn(imageDir(t), "t.yaml", []byte(head+"- {name: a, kind: image, at: [1,1], width: 9, height: 9, "+keys+"}"))
		if err != nil {
			t.Errorf("%s: %v", keys, err)
			continue
		}
		if w, h := tm.Elements[0].Picture.Size(); w != want[0] || h != want[1] {
			t.Errorf("%s: %d by %d", keys, w, h)
		}
	}
}

func TestImageMistakesAreNamed(t *testing.T) {
	for keys, want := range map[string]string{
		"file: lego.png":              `t.yaml:4: element "a": file: "lego.png": there is no such file beside the template`,
		"file: ../logo.png":           `file: "../logo.png" is not the name of a file in the template's directory`,
		"file: /etc/passwd":           "is not the name of a file in the template's directory",
		`file: 'C:\logo.png'`:         "is not the name of a file in the template's directory",
		"file: art":                   "file: ",
		"file: notes.txt":             `file: "notes.txt": picture: neither PNG nor JPEG`,
		"file: heavy.png":             "more than 4194304; save it smaller",
		"data: '***'":                 "data: not base64",
		"data: bm8gcGljdHVyZQ==":      "data: picture: neither PNG nor JPEG",
		"fit: contain":                "want either file",
		"file: logo.png, data: AAAA":  "want either file",
		"file: logo.png, fit: cover":  "fit: want one of contain, stretch",
		"file: logo.png, dither: no":  "dither: want one of floyd, ordered, threshold",
		"file: logo.png, rotate: 45":  "rotate: want 90, 180 or 270 (degrees clockwise)",
		"file: logo.png, text: words": `unknown key "text"`,
	} {
		_, err := template.ParseIn(imageDir(t), "t.yaml", []byte(head+"- {name: a, kind: image, at: [1,1], width: 9, height: 9, "+keys+"}"))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v\nwant one that says %q", keys, err, want)
		}
	}
	_, err := template.Parse("t.yaml", []byte(head+"- {name: a, kind: image, at: [1,1], width: 9, height: 9, file: logo.png}"))
	if err == nil || !strings.Contains(err.Error(), "this template has no directory") {
		t.Errorf("without a directory: error %v", err)
	}
}

func TestImagesAreBoundedTogether(t *testing.T) {
	var es string
	dir := fstest.MapFS{}
	large := &fstest.MapFile{Data: pngFile(t, 4400, 4400)}
	for _, name := range []string{"a", "b", "c"} {
		dir[name+".png"] = large
		es += "- {name: " + name + ", kind: image, at: [1,1], width: 9, height: 9, file: " + name + ".png}\n"
	}
	_, err := template.ParseIn(dir, "t.yaml", []byte(head+es))
	if err == nil || !strings.Contains(err.Error(), `"c.png": the template's pictures have more than 40 million pixels together`) {
		t.Errorf("error %v", err)
	}
}
