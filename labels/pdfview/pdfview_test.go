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
// 203.2 dpi, whose form TPL0 is one of 4 by 3 dots.
func document(t testing.TB, content string) []byte {
	t.Helper()
	return documentOf(t, content, "21 21 38 18 re f*", "[0.00 0.00 80.00 60.00]")
}

func documentOf(t testing.TB, content, form, box string) []byte {
	t.Helper()
	var out bytes.Buffer
	out.WriteString("%PDF-1.3\n")
	var at [6]int
	object := func(n int, body string) {
		at[n] = out.Len()
		fmt.Fprintf(&out, "%d 0 obj\n%s\nendobj\n", n, body)
	}
	stream := func(n int, dict, data string) {
		packed := pack(t, data)
		object(n, fmt.Sprintf("<</Filter /FlateDecode %s/Length %d>>\nstream\n%s\nendstream", dict, len(packed), packed))
	}
	object(3, "<</Type /Page\n/Parent 1 0 R\n/Contents 4 0 R>>")
	stream(4, "", content)
	object(1, "<</Type /Pages\n/Kids [3 0 R ]\n/Count 1\n/MediaBox [0 0 3.54 3.54]\n>>")
	stream(5, "/Type /XObject\n/Subtype /Form\n/Formtype 1\n/BBox "+box+"\n/Resources <<>>\n", form)
	object(2, "<<\n/Producer (waybill)\n/XObject <<\n/TPL0 5 0 R\n/TPL1 9 0 R\n>>\n>>")
	start := out.Len()
	out.WriteString("xref\n0 6\n0000000000 65535 f \n")
	for _, a := range at[1:] {
		fmt.Fprintf(&out, "%010d 00000 n \n", a)
	}
	fmt.Fprintf(&out, "trailer\n<<\n/Size 6\n>>\nstartxref\n%d\n%%%%EOF\n", start)
	return out.Bytes()
}

func pack(t testing.TB, data string) []byte {
	t.Helper()
	var packed bytes.Buffer
	z := zlib.NewWriter(&packed)
	if _, err := z.Write([]byte(data)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return packed.Bytes()
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
		"q 1 0 0 1 40 20 cm 21 41 18 18 re f* Q 1 1 18 18 re f*": {0, 0, 4, 4},
		"/Span <</ActualText <FEFF0141>>> BDC BT (n) Tj ET EMC":  {},
		"q 1 0 0 1 40 -20 cm /TPL0 Do Q":                         {3, 0, 2, 1},
		"q 1.0000 0 0 1.0000 -40.0000 0.0000 cm\n/TPL0 Do Q":     {0, 1, 1, 1}, // as gofpdf has it; partly past the edge
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
		matrix + "/Im0 Do":              "without a place",
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

		"q 0.0177165354 0 0 -0.0177165354 0 99 cm":                 "size",
		"q 0.0177165354 0 0 -0.0177165354 0 /x cm":                 "size",
		matrix + "q 1 0 0 1 10 0 cm /TPL0 Do Q":                    "matrix",
		matrix + "q 2 0 0 1 20 0 cm /TPL0 Do Q":                    "matrix",
		matrix + "1 0 0 1 20 0 cm":                                 "matrix",
		matrix + "q 1 0 0 1 20 0 cm 1 0 0 1 20 0 cm":               "matrix",
		matrix + "q 1 0 0 1 1e40 0 cm /TPL0 Do":                    "matrix",
		matrix + "q 1 0 0 1 20 0 cm /TPL7 Do Q":                    "no form",
		matrix + "q 1 0 0 1 20 0 cm /TPL1 Do Q":                    "no object 9",
		matrix + "q 1 1 5 5 re f* Q":                               "outside its matrix",
		matrix + "q q":                                             "states",
		matrix + "Q Q":                                             "state",
		matrix + "Q 1 1 5 5 re f*":                                 "outside its matrix",
		matrix + "/Span <</ActualText /MC0 BDC EMC EMC":            "mark",
		matrix + "/OC /MC0 BDC":                                    `"BDC"`,
		matrix + "/Span <</Other <FEFF>>> BDC":                     "mark",
		matrix + strings.Repeat("1 1 199 199 re f*\n", 1<<18):      "more than a label draws",
		matrix + strings.Repeat("1 1 199 199 re ", 1<<18) + " f*":  "more than a label draws",
		matrix + strings.Repeat("q 1 0 0 1 0 0 cm/TPL0 Do Q\n", 2): `"cm/TPL0"`,
	} {
		_, err := pdfview.Render(document(t, content))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want one that says %q", content, err, want)
		}
	}
}

// TestFormsThatAreNotOurs holds the same of what a page refers to.
func TestFormsThatAreNotOurs(t *testing.T) {
	const box = "[0.00 0.00 80.00 60.00]"
	for _, tc := range []struct{ form, box, want string }{
		{"1 1 5 5 re f*", "[0.00 0.00 80.00 61.00]", "size"},
		{"1 1 5 5 re f*", "[0.00 0.00 999999980.00 60.00]", "more than a label draws"},
		{"1 1 5 5 re f*", "[0.00 0.00 80.00 60.00]\n/Matrix [2 0 0 2 0 0]", "kind"},
		{"1 1 5 5 re f*", "[1.00 0.00 80.00 60.00]", "kind"},
		{"(x) Tj", box, `"Tj"`},
		{"/TPL0 Do", box, `"Do"`},
		{"q", box, `"q"`},
		{"1 g", box, `"g"`},
		{"1 0 0 1 20 20 cm", box, `"cm"`},
		{strings.Repeat(" ", 65<<20), box, "more than a label draws"},
	} {
		_, err := pdfview.Render(documentOf(t, matrix+"q 1 0 0 1 40 -20 cm /TPL0 Do Q", tc.form, tc.box))
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%.40q in %s: error %v, want one that says %q", tc.form, tc.box, err, tc.want)
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

// TestTableThatLeadsOutOfTheFile holds that a place before the file's beginning
// or behind its end is refused.
func TestTableThatLeadsOutOfTheFile(t *testing.T) {
	whole := document(t, matrix+"21 41 58 18 re f* Q")
	row := bytes.Index(whole, []byte(" 65535 f \n")) + len(" 65535 f \n") // of object 1
	for _, at := range []string{"-000000001", "0009999999", "00000000x1"} {
		broken := bytes.Clone(whole)
		copy(broken[row:], at)
		if _, err := pdfview.Render(broken); err == nil || !strings.Contains(err.Error(), "table of objects") {
			t.Errorf("%s: error %v, want one about the table of objects", at, err)
		}
	}
}

func FuzzRender(f *testing.F) {
	f.Add(document(f, matrix+"21 41 58 18 re f* Q"))
	f.Add(bytes.Replace(document(f, matrix), []byte("65535 f \n000"), []byte("65535 f \n-00"), 1))
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
	f.Add("q 1 0 0 1 40 -20 cm /TPL0 Do Q /Span <</ActualText <FEFF0141>>> BDC EMC")
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
