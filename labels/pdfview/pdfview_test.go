package pdfview_test

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"waybill/labels"
	"waybill/labels/pdfview"
)

// document wraps content into a document of the known shape, 10 by 10 dots at
// 203.2 dpi.
func document(t testing.TB, content string) []byte {
	t.Helper()
	var packed bytes.Buffer
	z := zlib.NewWriter(&packed)
	if _, err := z.Write([]byte(content)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	out.WriteString("%PDF-1.3\n")
	var at [5]int
	object := func(n int, body string) {
		at[n] = out.Len()
		fmt.Fprintf(&out, "%d 0 obj\n%s\nendobj\n", n, body)
	}
	object(3, "<</Type /Page\n/Parent 1 0 R\n/Contents 4 0 R>>")
	object(4, fmt.Sprintf("<</Filter /FlateDecode /Length %d>>\nstream\n%s\nendstream", packed.Len(), packed.Bytes()))
	object(1, "<</Type /Pages\n/Kids [3 0 R ]\n/Count 1\n/MediaBox [0 0 3.54 3.54]\n>>")
	object(2, "<<\n/Producer (waybill)\n>>")
	start := out.Len()
	out.WriteString("xref\n0 5\n0000000000 65535 f \n")
	for _, a := range at[1:] {
		fmt.Fprintf(&out, "%010d 00000 n \n", a)
	}
	fmt.Fprintf(&out, "trailer\n<<\n/Size 5\n>>\nstartxref\n%d\n%%%%EOF\n", start)
	return out.Bytes()
}

const matrix = "q 0.0177165354 0 0 -0.0177165354 0 3.54165 cm 0 g\n"

func TestWhereThingsLand(t *testing.T) {
	for content, want := range map[string][4]int{
		"":                                 {},
		"21 41 58 18 re f*":                {1, 2, 3, 1},
		"21 41 58 18 re 21 41 58 18 re f*": {}, // even-odd: a hole
		"1 1 m 59 1 l 59 39 l 1 39 l h f*": {0, 0, 3, 2},
		"-99 -99 999 120 re f*":            {0, 0, 10, 1},
		"BT (a \\) (b) 1 1 re f*) Tj ET":   {},
	} {
		views, err := pdfview.Render(document(t, "BT /F1 1.00 Tf ET 3 Tr\n"+matrix+content+"\nQ"))
		if err != nil || len(views) != 1 {
			t.Errorf("%q: %d pages (%v)", content, len(views), err)
			continue
		}
		x, y, w, h := views[0].Dots.Ink()
		if diff := cmp.Diff(want, [4]int{x, y, w, h}); diff != "" {
			t.Errorf("%q: ink (-want +got):\n%s", content, diff)
		}
		if v := views[0]; v.Resolution != labels.DPI203 || v.Dots.W != 10 || v.Dots.H != 10 {
			t.Errorf("%q: %d by %d dots at %d", content, v.Dots.W, v.Dots.H, v.Resolution)
		}
	}
}

// TestWhatIsNotOursIsRefused holds that nothing is passed over in silence.
func TestWhatIsNotOursIsRefused(t *testing.T) {
	for content, want := range map[string]string{
		"":                              "no label",
		matrix + "1 1 5 5 re f":         `"f"`,
		matrix + "1 1 5 re f*":          `"re"`,
		matrix + "/Im0 Do":              `"Do"`,
		matrix + "1 g":                  "colour",
		matrix + matrix:                 "matrix",
		"1 0 0.5 1 0 0 cm":              "matrix",
		"NaN 0 0 NaN 0 0 cm":            `"NaN"`,
		matrix + "(x) Tj":               "seen",
		matrix + "0 Tr":                 "seen",
		matrix + "1 1 l":                "nowhere",
		matrix + "1 1 m 9 9 l h f*":     "slanted",
		matrix + "(x":                   "without end",
		"1 1 5 5 re f*":                 "before its matrix",
		"1 2 3 4 5 6 7 cm":              "operands",
		"0.000001 0 0 -0.000001 0 3 cm": "resolution",
	} {
		_, err := pdfview.Render(document(t, content))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want one that says %q", content, err, want)
		}
	}
}

func TestForeign(t *testing.T) {
	for _, in := range []string{"", "hello", "%PDF-1.4\n/Producer (somebody else)"} {
		if _, err := pdfview.Render([]byte(in)); !errors.Is(err, pdfview.ErrForeign) {
			t.Errorf("%q: error %v, want ErrForeign", in, err)
		}
	}
}

// TestCutShort holds that a part of a document is never a label.
func TestCutShort(t *testing.T) {
	whole := document(t, matrix+"21 41 58 18 re f* Q")
	for n := range bytes.LastIndex(whole, []byte("\n%%EOF")) - 1 {
		if _, err := pdfview.Render(whole[:n]); err == nil {
			t.Errorf("the first %d of %d bytes are a document", n, len(whole))
		}
	}
}

func FuzzRender(f *testing.F) {
	f.Add(document(f, matrix+"21 41 58 18 re f* Q"))
	f.Add(document(f, matrix+"1 1 m 59 1 l 59 39 l 1 39 l h f*"))
	f.Fuzz(func(t *testing.T, data []byte) {
		views, err := pdfview.Render(data)
		for _, v := range views {
			if err != nil || v.Dots.W < 1 || v.Dots.H < 1 || v.Resolution < 1 {
				t.Errorf("%d by %d dots (%v)", v.Dots.W, v.Dots.H, err)
			}
		}
	})
}

func FuzzContent(f *testing.F) {
	f.Add("21 41 58 18 re f*")
	f.Add("1 1 m 59 1 l 59 39 l 1 39 l h f*")
	f.Fuzz(func(t *testing.T, content string) {
		if len(content) > 4096 {
			return
		}
		views, err := pdfview.Render(document(t, matrix+content))
		if err == nil && len(views) != 1 {
			t.Errorf("%d pages", len(views))
		}
	})
}
