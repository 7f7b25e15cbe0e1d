package main

import (
	"context"
	"flag"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var updatePictures = flag.Bool("update-pictures", false, "draw the documents' pictures of labels anew")

// TestLanguagePicture holds that the picture in docs/templates.md is what its
// template gives.
func TestLanguagePicture(t *testing.T) {
	const examples, kept = "../../docs/examples", "../../docs/pictures/label-language.png"
	drawn := filepath.Join(t.TempDir(), "language.png")
	if *updatePictures {
		drawn = kept
	}
	if code := run(context.Background(), []string{
		"label", "render", "--template", filepath.Join(examples, "language.yaml"),
		"--format", "png", "--dpi", "203", "--out", drawn, filepath.Join(examples, "language.json"),
	}, strings.NewReader(""), io.Discard, os.Stderr); code != 0 {
		t.Fatalf("exit code %d", code)
	}
	if !sameDots(t, kept, drawn) {
		t.Errorf("%s is not what its template gives; look at the new one, and keep it with: go test ./cmd/waybill -run LanguagePicture -update-pictures", kept)
	}
}

func sameDots(t *testing.T, a, b string) bool {
	t.Helper()
	read := func(name string) (w, h int, dots []bool) {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		img, err := png.Decode(f)
		if err != nil {
			t.Fatal(err)
		}
		r := img.Bounds()
		for y := range r.Dy() {
			for x := range r.Dx() {
				red, _, _, _ := img.At(r.Min.X+x, r.Min.Y+y).RGBA()
				dots = append(dots, red == 0)
			}
		}
		return r.Dx(), r.Dy(), dots
	}
	aw, ah, ad := read(a)
	bw, bh, bd := read(b)
	if aw != bw || ah != bh {
		return false
	}
	for i := range ad {
		if ad[i] != bd[i] {
			return false
		}
	}
	return true
}
