package verify_test

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"waybill/internal/raced"
	"waybill/labels"
	"waybill/labels/barcode"
	"waybill/labels/verify"
)

// page returns a label large enough, with the symbol in its middle.
func page(sym labels.Symbol, module int) labels.Label {
	sym.ModuleDots = module
	sym.At = labels.Point{X: 2500, Y: 2500}
	r := labels.DPI203
	return labels.Label{
		Name: "test", Resolution: r, Items: []labels.Item{sym},
		Width:  r.Length(sym.Modules.W*module) + 5*labels.Millimetre,
		Height: r.Length(sym.Modules.H*module) + 5*labels.Millimetre,
	}
}

// texts are payloads of runs that want different compactions and encodations.
func texts() *rapid.Generator[string] {
	return rapid.Map(rapid.SliceOfN(rapid.OneOf(
		rapid.StringMatching(`[0-9]{1,60}`), rapid.StringMatching(`[A-Z0-9 ]{1,12}`), rapid.StringMatching(`[a-z ]{1,12}`),
		rapid.StringMatching(`[ -^]{1,9}`), rapid.StringMatching(`[\x00-\x7f]{1,7}`), rapid.StringMatching(`[A-Z0-9*>\r]{1,12}`),
		rapid.StringMatching(`[é中żЖ€]{1,7}`),
	), 1, 7), func(parts []string) string { return strings.Join(parts, "") })
}

// Every symbol drawn reads back at its place, by a decoder that is not the
// encoder; for PDF417 it is also found on the whole picture.
func TestEveryDataMatrixAndPDF417DrawnIsRead(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		payload, module := texts().Draw(r, "payload"), rapid.IntRange(2, 4).Draw(r, "module")
		for _, s := range []labels.Symbology{labels.DataMatrix, labels.PDF417} {
			o := barcode.Options{}
			if s == labels.PDF417 {
				o.Columns = rapid.IntRange(4, 30).Draw(r, "columns")
				o.RowModules = rapid.IntRange(1, 4).Draw(r, "row height")
			}
			sym, err := barcode.Encode(s, []byte(payload), o)
			if err != nil {
				r.Fatal(err)
			}
			l := page(sym, module)
			d := draw(t, l)
			if err := verify.Label(l, d); err != nil {
				r.Fatal(err)
			}
			if s == labels.DataMatrix {
				continue
			}
			found, err := verify.Decode(d)
			if err != nil || len(found) != 1 || found[0].Text != payload || found[0].Symbology != s {
				r.Fatalf("found %+v, %v", found, err)
			}
		}
	})
}

// TestPDF417OfEveryRowCount reads a symbol of each number of rows at several
// levels: the row indicators tell them apart, and a fault there hides in two
// row counts of three.
func TestPDF417OfEveryRowCount(t *testing.T) {
	raced.Skip(t)
	t.Parallel()
	for rows := 3; rows <= 90; rows++ {
		for level := range 6 {
			payload := "1Z999AA1" + strconv.Itoa(rows)
			sym, err := barcode.Encode(labels.PDF417, []byte(payload), barcode.Options{Rows: rows, Level: strconv.Itoa(level), RowModules: 1})
			if err != nil {
				t.Fatal(err)
			}
			if sym.Modules.H != rows {
				t.Errorf("%d rows, want %d", sym.Modules.H, rows)
			}
			l := page(sym, 2)
			if err := verify.Label(l, draw(t, l)); err != nil {
				t.Errorf("%d rows, level %d: %v", rows, level, err)
			}
		}
	}
}

// TestDataMatrixOfEverySize reads a symbol of each size.
func TestDataMatrixOfEverySize(t *testing.T) {
	t.Parallel()
	for _, z := range [][2]int{
		{10, 10},
		{12, 12},
		{14, 14},
		{16, 16},
		{18, 18},
		{20, 20},
		{22, 22},
		{24, 24},
		{26, 26},
		{32, 32},
		{36, 36},
		{40, 40},
		{44, 44},
		{48, 48},
		{52, 52},
		{64, 64},
		{72, 72},
		{80, 80},
		{88, 88},
		{96, 96},
		{104, 104},
		{120, 120},
		{132, 132},
		{144, 144},
		{8, 18},
		{8, 32},
		{12, 26},
		{12, 36},
		{16, 36},
		{16, 48},
	} {
		sym, err := barcode.Encode(labels.DataMatrix, []byte("WB1"), barcode.Options{Rows: z[0], Columns: z[1]})
		if err != nil {
			t.Fatal(err)
		}
		if sym.Modules.H != z[0] || sym.Modules.W != z[1] {
			t.Errorf("%d by %d, want %v", sym.Modules.H, sym.Modules.W, z)
		}
		l := page(sym, 2)
		if err := verify.Label(l, draw(t, l)); err != nil {
			t.Errorf("%v: %v", z, err)
		}
	}
}

func TestGS1DataMatrixIsToldFromPlain(t *testing.T) {
	payload := []byte("42094107\x1d9400111899223100001234")
	sym, err := barcode.Encode(labels.GS1DataMatrix, payload, barcode.Options{})
	if err != nil {
		t.Fatal(err)
	}
	l := page(sym, 3)
	d := draw(t, l)
	if err := verify.Label(l, d); err != nil {
		t.Error(err)
	}
	sym.Symbology = labels.DataMatrix
	if err := verify.Label(page(sym, 3), d); err == nil || !strings.Contains(err.Error(), "gs1_datamatrix") {
		t.Errorf("error %v, want one that says that it is GS1", err)
	}
}

// TestPDF417MendsWhatItsLevelPromises breaks codewords, as many as the check
// words mend, and more.
func TestPDF417MendsWhatItsLevelPromises(t *testing.T) {
	payload := "FedEx 9622001900000000000000776632517510"
	random := rand.New(rand.NewPCG(1, 2))
	for level := range 9 {
		sym, err := barcode.Encode(labels.PDF417, []byte(payload), barcode.Options{Level: strconv.Itoa(level), RowModules: 1})
		if err != nil {
			t.Fatal(err)
		}
		columns := (sym.Modules.W - 69) / 17
		for _, breaks := range []int{1 << level, 1<<level + 1} {
			l := page(sym, 2)
			d := draw(t, l)
			for _, word := range random.Perm(columns * sym.Modules.H)[:min(breaks, columns*sym.Modules.H)] {
				x := 20 + 2*(34+17*(word%columns))
				d.FillRect(x+2, 20+word/columns*2, 28, 2) // no symbol character is one bar
			}
			err := verify.Label(l, d)
			if mends := breaks == 1<<level; (err == nil) != mends {
				t.Errorf("level %d, %d codewords broken: %v", level, breaks, err)
			}
		}
	}
}

func TestPDF417IsFoundTurned(t *testing.T) {
	sym, err := barcode.Encode(labels.PDF417, []byte("turned"), barcode.Options{})
	if err != nil {
		t.Fatal(err)
	}
	d := draw(t, page(sym, 2))
	turned := labels.NewDots(d.H, d.W)
	for y := range d.H {
		for x := range d.W {
			if d.Black(x, y) {
				turned.Set(d.H-1-y, x) // a quarter turn clockwise
			}
		}
	}
	found, err := verify.Decode(turned)
	if err != nil || len(found) != 1 || found[0].Text != "turned" || found[0].Turned != 90 {
		t.Errorf("found %+v, %v", found, err)
	}
}

func BenchmarkVerifyPDF417(b *testing.B) {
	sym, err := barcode.Encode(labels.PDF417, []byte(strings.Repeat("Waybill 12345678901234567890. ", 7)), barcode.Options{})
	if err != nil {
		b.Fatal(err)
	}
	sym.ModuleDots, sym.At = 2, labels.Point{X: 2500, Y: 2500}
	d := labels.NewDots(812, 812)
	d.Draw(sym.Drawing(), 20, 20)
	l := labels.Label{Resolution: labels.DPI203, Width: 4 * labels.Inch, Height: 4 * labels.Inch, Items: []labels.Item{sym}}
	for b.Loop() {
		if err := verify.Label(l, d); err != nil {
			b.Fatal(err)
		}
	}
}
