package epl_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"waybill/labels"
	"waybill/labels/barcode"
	"waybill/labels/epl"
	"waybill/labels/raster"
)

func label(items ...labels.Item) labels.Label {
	return labels.Label{Name: "test", Width: 4 * labels.Inch, Height: 3 * labels.Inch, Resolution: labels.DPI203, Items: items}
}

func symbol(t testing.TB, s labels.Symbology, payload string) labels.Symbol {
	t.Helper()
	sym, err := barcode.Encode(s, []byte(payload), barcode.Options{})
	if err != nil {
		t.Fatal(err)
	}
	sym.ModuleDots, sym.HeightDots = 3, 100
	if sym.Modules.H > 1 {
		sym.HeightDots = 0
	}
	sym.At = labels.Point{X: 10 * labels.Millimetre, Y: 10 * labels.Millimetre}
	return sym
}

// interpret prints a form on paper of w by h dots as a printer would. covers
// says whether the white of a picture covers what is there.
func interpret(form []byte, w, h int, covers bool) (labels.Dots, error) {
	page := labels.NewDots(w, h)
	printed, cleared := 0, false
	for len(form) > 0 {
		line, rest, ok := bytes.Cut(form, []byte("\n"))
		if !ok {
			return page, fmt.Errorf("no end of line after %q", form)
		}
		var a, b, c, d int
		switch s := string(line); {
		case s == "":
		case s == "N":
			page, cleared = labels.NewDots(w, h), true
		case strings.HasPrefix(s, "q"):
			if s != fmt.Sprintf("q%d", w) || cleared {
				return page, fmt.Errorf("width %q", s)
			}
		case strings.HasPrefix(s, "Q"):
			if n, err := fmt.Sscanf(s, "Q%d,%d", &a, &b); n != 2 || err != nil || a != h || cleared {
				return page, fmt.Errorf("length %q", s)
			}
		case strings.HasPrefix(s, "LO"):
			if _, err := fmt.Sscanf(s, "LO%d,%d,%d,%d", &a, &b, &c, &d); err != nil || fmt.Sprintf("LO%d,%d,%d,%d", a, b, c, d) != s {
				return page, fmt.Errorf("line %q", s)
			}
			page.FillRect(a, b, c, d)
		case strings.HasPrefix(s, "GW"):
			head := bytes.SplitN(form, []byte(","), 5)
			if _, err := fmt.Sscanf(string(bytes.Join(head[:4], []byte(","))), "GW%d,%d,%d,%d", &a, &b, &c, &d); err != nil || c*d > 8192 || len(head[4]) <= c*d {
				return page, errors.New("a broken picture")
			}
			for i, bits := range head[4][:c*d] {
				for k := range 8 {
					x, y := a+i%c*8+k, b+i/c
					switch black := bits&(0x80>>k) == 0; {
					case black && x >= w || y >= h:
						return page, errors.New("ink past the edge")
					case black:
						page.Set(x, y)
					case covers && page.Black(x, y):
						page.Bits[y*page.Stride+x/8] &^= 0x80 >> (x % 8)
					}
				}
			}
			if rest = head[4][c*d:]; rest[0] != '\n' {
				return page, errors.New("more data than the picture has")
			}
			rest = rest[1:]
		case s == "P1":
			printed++
		default:
			return page, fmt.Errorf("unknown command %q", s)
		}
		form = rest
	}
	if printed != 1 || !cleared {
		return page, fmt.Errorf("printed %d times", printed)
	}
	return page, nil
}

// prove holds a form against the label's dots.
func prove(t interface{ Fatalf(string, ...any) }, l labels.Label, form []byte) {
	want, err := raster.Draw(l)
	if err != nil {
		t.Fatalf("%v", err)
	}
	for _, covers := range []bool{false, true} {
		got, err := interpret(form, want.W, want.H, covers)
		if err != nil {
			t.Fatalf("%v", err)
		}
		if !bytes.Equal(want.Bits, got.Bits) {
			t.Fatalf("other dots than were laid out")
		}
	}
}

func TestWhatIsWritten(t *testing.T) {
	text := labels.NewDots(20, 3)
	text.FillRect(0, 0, 20, 3)
	at := labels.Point{X: labels.Millimetre, Y: 2 * labels.Millimetre}
	for name, tc := range map[string]struct {
		item labels.Item
		want string
		not  string
	}{
		"rule":    {labels.Fill{Rect: labels.Rect{Min: at, Width: 30 * labels.Millimetre, Height: labels.Millimetre}}, "\nN\nLO8,16,240,8\nP1\n", "GW"},
		"bars":    {symbol(t, labels.Code128, "1Z999AA10123456784"), "\nN\nLO80,80,6,100\n", "GW"},
		"QR":      {symbol(t, labels.QR, "WB1/A/B"), "\nN\nGW80,80,", "LO"},
		"a text":  {labels.Bitmap{At: at, Dots: text, Text: "N\nP9\n"}, "\nN\nGW8,16,3,3,\x00\x00\x0f\x00\x00\x0f\x00\x00\x0f\nP1\n", "P9"},
		"nothing": {labels.Bitmap{At: at, Dots: labels.NewDots(9, 9)}, "\nq812\nN\nP1\n", "GW"},
	} {
		t.Run(name, func(t *testing.T) {
			l := label(tc.item)
			got, err := epl.Encoder{}.Encode(l)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(string(got), tc.want) || strings.Contains(string(got), tc.not) {
				t.Errorf("%.300q\nwant it to hold %q and not %q", got, tc.want, tc.not)
			}
			prove(t, l, got)
		})
	}
}

func TestGapIsSetWhereGiven(t *testing.T) {
	l := label()
	got, err := epl.Encoder{Gap: 3 * labels.Millimetre}.Encode(l)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(got, []byte("\nq812\nQ609,24\nN\n")) {
		t.Errorf("%q", got)
	}
	prove(t, l, got)
}

// TestAnyPictureArrives draws random pictures at random places.
func TestAnyPictureArrives(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := label()
		l.Width, l.Height = 40*labels.Millimetre, 30*labels.Millimetre
		for range rapid.IntRange(0, 4).Draw(t, "pictures") {
			d := labels.NewDots(rapid.IntRange(1, 330).Draw(t, "w"), rapid.IntRange(1, 120).Draw(t, "h"))
			for range rapid.IntRange(0, 9).Draw(t, "boxes") {
				d.FillRect(rapid.IntRange(0, 330).Draw(t, "x"), rapid.IntRange(0, 120).Draw(t, "y"),
					rapid.IntRange(1, 300).Draw(t, "wide"), rapid.IntRange(1, 60).Draw(t, "high"))
			}
			at := labels.Point{X: labels.DPI203.Length(rapid.IntRange(0, 319).Draw(t, "atX")), Y: labels.DPI203.Length(rapid.IntRange(0, 239).Draw(t, "atY"))}
			l.Items = append(l.Items,
				labels.Bitmap{At: at, Dots: d, Text: rapid.String().Draw(t, "text")},
				labels.Fill{Rect: labels.Rect{Min: at, Width: 3000, Height: 700}},
				labels.Symbol{At: at, Modules: d.Crop(0, 0, 60, 1), ModuleDots: 2, HeightDots: 40},
				labels.Symbol{At: at, Modules: d.Crop(0, 0, 20, 20), ModuleDots: 3})
		}
		got, err := epl.Encoder{}.Encode(l)
		if err != nil {
			t.Fatal(err)
		}
		prove(t, l, got)
	})
}

func TestRefused(t *testing.T) {
	for name, l := range map[string]labels.Label{
		"no size":                  {Name: "x", Resolution: labels.DPI203},
		"more than a printer has":  {Name: "x", Width: 5000 * labels.Millimetre, Height: labels.Inch, Resolution: labels.DPI203},
		"an item of nothing known": label(nil),
	} {
		if _, err := (epl.Encoder{}).Encode(l); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func BenchmarkEncode(b *testing.B) {
	l := label(symbol(b, labels.Code128, "1Z999AA10123456784"), symbol(b, labels.QR, "WB1/576461413038785752/1Z999AA10123456784"))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := (epl.Encoder{}).Encode(l); err != nil {
			b.Fatal(err)
		}
	}
}
