package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"waybill/labels"
	"waybill/labels/barcode"
	"waybill/labels/pdf"
)

// documents writes a PDF of ours, of two pages of different resolutions, and
// one of another maker.
func documents(t *testing.T) (ours, foreign string) {
	t.Helper()
	var ls []labels.Label
	for _, res := range []labels.Resolution{labels.DPI203, labels.DPI300} {
		s, err := barcode.Encode(labels.Code128, []byte("1Z999AA10123456784"), barcode.Options{})
		if err != nil {
			t.Fatal(err)
		}
		s.At, s.ModuleDots, s.HeightDots = labels.Point{X: 10 * labels.Millimetre, Y: 5 * labels.Millimetre}, 3, 200
		ls = append(ls, labels.Label{
			Name: "test", Width: 4 * labels.Inch, Height: labels.Inch, Resolution: res, Items: []labels.Item{s},
		})
	}
	document, err := pdf.Encoder{}.EncodeAll(ls)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	ours, foreign = filepath.Join(dir, "ours.pdf"), filepath.Join(dir, "foreign.pdf")
	if err := os.WriteFile(ours, document, 0o600); err != nil {
		t.Fatal(err)
	}
	document = bytes.Replace(document, []byte("(waybill)"), []byte("(another)"), 1)
	if err := os.WriteFile(foreign, document, 0o600); err != nil {
		t.Fatal(err)
	}
	return ours, foreign
}

func verifyFile(t *testing.T, file string) (code int, out, errOut string) {
	t.Helper()
	var o, e bytes.Buffer
	code = run(context.Background(), []string{"label", "verify", file}, strings.NewReader(""), &o, &e)
	return code, o.String(), e.String()
}

func TestDocumentsWithoutRasteriser(t *testing.T) {
	ours, foreign := documents(t)
	t.Setenv("PATH", t.TempDir())
	code, out, errOut := verifyFile(t, ours)
	if code != 0 || strings.Count(out, `"text":"1Z999AA10123456784"`) != 2 || strings.Count(out, `"drawn_by":"waybill"`) != 2 || !strings.Contains(out, `"label":2,`) {
		t.Errorf("our own: code %d\n%s%s", code, out, errOut)
	}
	code, out, errOut = verifyFile(t, foreign)
	if code != 2 || out != "" || !strings.Contains(errOut, "a PDF that waybill did not make") || !strings.Contains(errOut, "poppler-utils") {
		t.Errorf("another's: code %d\n%s%s", code, out, errOut)
	}
}

func TestDocumentsWithRasteriser(t *testing.T) {
	if _, err := exec.LookPath(pdfRasteriser); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	ours, foreign := documents(t)
	for _, file := range []string{ours, foreign} {
		code, out, errOut := verifyFile(t, file)
		if code != 0 || strings.Count(out, `"text":"1Z999AA10123456784"`) != 2 || strings.Count(out, `"drawn_by":"pdftoppm"`) != 2 {
			t.Errorf("%s: code %d\n%s%s", file, code, out, errOut)
		}
	}
	broken := filepath.Join(t.TempDir(), "broken.pdf")
	if err := os.WriteFile(broken, []byte("%PDF-1.4\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, out, errOut := verifyFile(t, broken); code != 1 || !strings.Contains(out, `"code":"unreadable_file"`) {
		t.Errorf("broken: code %d\n%s%s", code, out, errOut)
	}
}
