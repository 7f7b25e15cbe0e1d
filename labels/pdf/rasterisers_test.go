package pdf_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"waybill/labels"
	"waybill/labels/pbm"
)

// A rasteriser is a program that is not ours.
type rasteriser struct {
	args []string
	read func(t *testing.T, data []byte) (dots labels.Dots, grey func(x, y int) bool)
}

func rasterisers() map[string]rasteriser {
	return map[string]rasteriser{
		"poppler":     {[]string{"pdftoppm", "-r", "$dpi", "-mono", "-singlefile", "$pdf", "$out"}, readPBM},
		"ghostscript": {[]string{"gs", "-q", "-dSAFER", "-dBATCH", "-dNOPAUSE", "-sDEVICE=pbmraw", "-r$dpi", "-sOutputFile=$out.pbm", "$pdf"}, readPBM},
		"mupdf":       {[]string{"mutool", "draw", "-q", "-r", "$dpi", "-c", "gray", "-F", "pgm", "-o", "$out.pbm", "$pdf"}, readPGM},
	}
}

// TestRasterisersMakeTheSameDots holds, against programs that are not ours,
// that a page at its own resolution becomes the label's dots, with none wrong,
// and that one which blends has no grey in a barcode. At 609.6 dpi, where the
// hundredth of a point that a page's side is written to is a twelfth of a dot,
// it may have a little.
func TestRasterisersMakeTheSameDots(t *testing.T) {
	for name, r := range rasterisers() {
		t.Run(name, func(t *testing.T) {
			program, err := exec.LookPath(r.args[0])
			if err != nil {
				if os.Getenv("CI") == "true" {
					t.Fatal(err)
				}
				t.Skip(err)
			}
			for _, res := range []labels.Resolution{2030, labels.DPI203, labels.DPI300, labels.DPI305, 6000, labels.DPI600} {
				for _, l := range []labels.Label{generic(t, res), narrow(t, res)} {
					t.Run(fmt.Sprintf("%.7s at %.1f dpi", l.Name, float64(res)/10), func(t *testing.T) { r.compare(t, program, l) })
				}
			}
		})
	}
}

func (r rasteriser) compare(t *testing.T, program string, l labels.Label) {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "label.pdf")
	if err := os.WriteFile(file, encode(t, l), 0o600); err != nil {
		t.Fatal(err)
	}
	words := map[string]string{"dpi": fmt.Sprintf("%.1f", float64(l.Resolution)/10), "pdf": file, "out": filepath.Join(dir, "label")}
	argv := make([]string, 0, len(r.args))
	for _, a := range r.args[1:] {
		argv = append(argv, os.Expand(a, func(s string) string { return words[s] }))
	}
	if out, err := exec.CommandContext(t.Context(), program, argv...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	data, err := os.ReadFile(filepath.Join(dir, "label.pbm"))
	if err != nil {
		t.Fatal(err)
	}
	got, grey := r.read(t, data)
	want := draw(t, l)
	if n := wrong(want, got); n > 0 || got.W != want.W || got.H != want.H {
		t.Errorf("%d wrong dots; %d by %d, want %d by %d", n, got.W, got.H, want.W, want.H)
	}
	for _, item := range l.Items {
		if s, ok := item.(labels.Symbol); ok {
			d := s.Drawing()
			x0, y0 := l.Resolution.Dots(s.At.X), l.Resolution.Dots(s.At.Y)
			n := 0
			for i := range d.W * d.H {
				if grey(x0+i%d.W, y0+i/d.W) {
					n++
				}
			}
			if n > 0 && l.Resolution < 6000 || n > d.W*d.H/20 {
				t.Errorf("%s: %d grey dots", s.Symbology, n)
			}
		}
	}
}

func readPBM(t *testing.T, data []byte) (labels.Dots, func(x, y int) bool) {
	t.Helper()
	pictures, err := pbm.Decode(data)
	if err != nil || len(pictures) != 1 {
		t.Fatalf("%d pictures (%v)", len(pictures), err)
	}
	return pictures[0], func(int, int) bool { return false }
}

func readPGM(t *testing.T, data []byte) (labels.Dots, func(x, y int) bool) {
	t.Helper()
	var w, h int
	if _, err := fmt.Sscanf(string(data[:min(len(data), 40)]), "P5\n%d %d\n255\n", &w, &h); err != nil {
		t.Fatal(err)
	}
	_, grey, ok := bytes.Cut(data, []byte("\n255\n"))
	if !ok || len(grey) != w*h {
		t.Fatalf("%d bytes of grey, want %d", len(grey), w*h)
	}
	d := labels.NewDots(w, h)
	for i, g := range grey {
		if g < 0x80 {
			d.Set(i%w, i/w)
		}
	}
	return d, func(x, y int) bool { g := grey[y*w+x]; return g != 0 && g != 0xff }
}

// TestWordsAreFound holds that the texts can be searched and copied.
func TestWordsAreFound(t *testing.T) {
	program, err := exec.LookPath("pdftotext")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	l := generic(t, labels.DPI203)
	ink := labels.NewDots(60, 20)
	ink.FillRect(0, 0, 60, 20)
	l.Items = append(l.Items, labels.Text{Text: "東京都\nМосква", Glyphs: []labels.PlacedGlyph{{X: 500, Y: 500, Glyph: &labels.Glyph{Dots: ink}}}})
	cmd := exec.CommandContext(t.Context(), program, "-", "-")
	cmd.Stdin = bytes.NewReader(encode(t, l))
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"1600 Amphitheatre Pkwy", "Zoë Núñez (Łódź)", "東京都", "Москва", "1Z 999 AA1 01 2345 6784", "576461413038785752"} {
		if !bytes.Contains(out, []byte(want)) {
			t.Errorf("%q is not found in:\n%s", want, out)
		}
	}
}
