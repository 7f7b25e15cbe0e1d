package layout_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"waybill/labels"
	"waybill/labels/fonts"
	"waybill/labels/layout"
	"waybill/labels/raster"
	"waybill/labels/template"
)

func sheet(t testing.TB, src string) *template.Sheet {
	t.Helper()
	s, err := template.ParseSheet("sheet.yaml", []byte(src))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

const small = `
- {name: box, kind: box, at: [0.5, 0.5], width: 99, height: 49}
- {name: bars, kind: barcode, symbology: code128, at: [2, 5], width: 96, height: 12, value: tracking_number}
- {name: code, kind: barcode, symbology: qr, at: [2, 20], width: 25, height: 25, value: qr}
- {name: id, kind: text, at: [40, 25], width: 50, size: 12, value: order_id}
- {name: white, kind: text, at: [40, 35], width: 50, height: 8, size: 12, invert: true, value: parcel}
`

// TestImpose holds that a label's dots are the same on a sheet, dot for dot,
// upright and turned.
func TestImpose(t *testing.T) {
	l := lay(t, elements(t, small), data(t, settled()), labels.DPI203, fonts.New())
	want, err := raster.Draw(l)
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		sheet  string
		first  int
		turned bool
	}{
		"upright":   {"name: s\nsize_mm: [210, 297]\nacross: 2\ndown: 5\nfirst_mm: [2, 3]\ncell_mm: [101, 52]\npitch_mm: [103, 55]\n", 1, false},
		"half used": {"name: s\nsize_mm: [210, 297]\nacross: 2\ndown: 5\nfirst_mm: [2, 3]\ncell_mm: [101, 52]\npitch_mm: [103, 55]\n", 10, false},
		"turned":    {"name: s\nsize_mm: [210, 297]\nacross: 3\ndown: 2\nfirst_mm: [2, 3]\ncell_mm: [60, 120]\nmarks: true\n", 2, true},
	} {
		t.Run(name, func(t *testing.T) {
			s := sheet(t, tc.sheet)
			all, err := layout.Impose(s, []labels.Label{l, l, l}, tc.first)
			if err != nil {
				t.Fatal(err)
			}
			if sheets := (tc.first - 1 + 3 + s.Cells() - 1) / s.Cells(); len(all) != sheets {
				t.Fatalf("%d sheets, want %d", len(all), sheets)
			}
			want := want
			if tc.turned {
				want = want.Turn(90)
			}
			for i := range 3 {
				cell := tc.first - 1 + i
				d, err := raster.Draw(all[cell/s.Cells()])
				if err != nil {
					t.Fatal(err)
				}
				cell %= s.Cells()
				x := l.Resolution.Dots(s.First.X+s.Pitch.X*labels.Length(cell%s.Across)) + (l.Resolution.Dots(s.CellW)-want.W)/2
				y := l.Resolution.Dots(s.First.Y+s.Pitch.Y*labels.Length(cell/s.Across)) + (l.Resolution.Dots(s.CellH)-want.H)/2
				if got := d.Crop(x, y, want.W, want.H); string(got.Bits) != string(want.Bits) {
					t.Errorf("label %d: other dots than by itself", i+1)
				}
			}
			prove(t, all[0])
		})
	}
}

func TestImposeRefuses(t *testing.T) {
	l := lay(t, elements(t, small), data(t, settled()), labels.DPI203, fonts.New())
	other := l
	other.Resolution = labels.DPI300
	for name, tc := range map[string]struct {
		sheet string
		all   []labels.Label
		first int
		want  string
	}{
		"too large":       {"name: s\nsize_mm: [210, 297]\nacross: 2\ndown: 5\nfirst_mm: [2, 3]\ncell_mm: [99, 49]\n", []labels.Label{l}, 1, `small of 576461413038785752-1 is 100.0 by 50.0 mm, and a cell has 99.0 by 49.0 mm`},
		"no such cell":    {"name: s\nsize_mm: [210, 297]\nacross: 2\ndown: 5\nfirst_mm: [2, 3]\ncell_mm: [101, 52]\n", []labels.Label{l}, 11, "has 10 cells"},
		"two resolutions": {"name: s\nsize_mm: [210, 297]\nacross: 2\ndown: 5\nfirst_mm: [2, 3]\ncell_mm: [101, 52]\n", []labels.Label{l, other}, 1, "different resolutions"},
		"marks in the white": {"name: s\nsize_mm: [210, 297]\nacross: 2\ndown: 5\nfirst_mm: [2, 3]\ncell_mm: [100, 50]\nmarks: true\n", []labels.Label{
			lay(t, elements(t, "- {name: code, kind: barcode, symbology: qr, at: [0, 0], width: 25, height: 25, value: qr}"), data(t, settled()), labels.DPI203, fonts.New()),
		}, 1, `"crop mark"`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := layout.Impose(sheet(t, tc.sheet), tc.all, tc.first)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %v\nwant one that says %q", err, tc.want)
			}
		})
	}
}

func TestSheetMistakesAreNamed(t *testing.T) {
	for in, want := range map[string]string{
		"": "the file is empty",
		"name: s\nsize_mm: [210, 297]\nacros: 2\n":                                                                     `sheet.yaml:3: unknown key "acros"; did you mean "across"?`,
		"name: s\nsize_mm: [210, 297]\nacross: 3\ndown: 2\nfirst_mm: [2, 3]\ncell_mm: [100, 50]\n":                     "reach past the sheet's edge: to 302 by 103 mm",
		"name: s\nsize_mm: [210, 297]\nacross: 2\ndown: 2\nfirst_mm: [2, 3]\ncell_mm: [100, 50]\npitch_mm: [90, 50]\n": "overlap",
		"name: s\nsize_mm: [210, 297]\nacross: 2\ndown: 2\nfirst_mm: [2, 3]\ncell_mm: [100, 5]\n":                      "at least 10 mm",
		"name: s\nsize_mm: [210, 297]\nacross: 0\ndown: 2\nfirst_mm: [2, 3]\ncell_mm: [100, 50]\n":                     "between 1 and 40",
	} {
		_, err := template.ParseSheet("sheet.yaml", []byte(in))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v\nwant one that says %q", in, err, want)
		}
	}
}

// TestShippedSheets holds that each sheet that ships with Waybill is right and
// takes labels in each of its cells.
func TestShippedSheets(t *testing.T) {
	files, err := os.ReadDir("../../configs/sheets")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	l := lay(t, elements(t, small), data(t, settled()), labels.DPI203, fonts.New())
	for _, f := range files {
		src, err := os.ReadFile("../../configs/sheets/" + f.Name())
		if err != nil {
			t.Fatal(err)
		}
		s, err := template.ParseSheet(f.Name(), src)
		if err != nil {
			t.Error(err)
			continue
		}
		if s.Name+".yaml" != f.Name() || s.About == "" {
			t.Errorf("%s: is called %q, about %q", f.Name(), s.Name, s.About)
		}
		all := make([]labels.Label, s.Cells())
		for i := range all {
			all[i] = l
		}
		if sheets, err := layout.Impose(s, all, 1); err != nil || len(sheets) != 1 {
			t.Errorf("%s: %d sheets (%v), want 1", f.Name(), len(sheets), err)
		}
	}
}

// TestEveryLabelIsOnOneSheet holds the count for any first cell.
func TestEveryLabelIsOnOneSheet(t *testing.T) {
	s := sheet(t, "name: s\nsize_mm: [210, 297]\nacross: 2\ndown: 5\nfirst_mm: [2, 3]\ncell_mm: [101, 52]\n")
	l := labels.Label{Width: 100 * labels.Millimetre, Height: 50 * labels.Millimetre, Resolution: labels.DPI203}
	rapid.Check(t, func(rt *rapid.T) {
		n, first := rapid.IntRange(0, 40).Draw(rt, "n"), rapid.IntRange(1, 10).Draw(rt, "first")
		all := make([]labels.Label, n)
		for i := range all {
			all[i] = l
			all[i].Items = []labels.Item{labels.Bitmap{Dots: labels.NewDots(1, 1), Text: fmt.Sprint(i)}}
		}
		sheets, err := layout.Impose(s, all, first)
		if err != nil {
			rt.Fatal(err)
		}
		next := 0
		for _, sheet := range sheets {
			for _, item := range sheet.Items {
				if b, ok := item.(labels.Bitmap); !ok || b.Text != fmt.Sprint(next) {
					rt.Fatalf("label %v, want %d", item, next)
				}
				next++
			}
		}
		if next != n {
			rt.Errorf("%d labels on the sheets, want %d", next, n)
		}
	})
}
