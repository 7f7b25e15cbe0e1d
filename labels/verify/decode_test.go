package verify_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"waybill/internal/raced"
	"waybill/labels"
	"waybill/labels/barcode"
	"waybill/labels/verify"
)

// kinds are symbols of every symbology, with what finds them should report.
var kinds = []struct {
	symbology labels.Symbology
	pattern   string
	o         barcode.Options
	aim       string
}{
	{labels.Code128, `[0-9A-Z]{4,20}|[ -~]{2,16}`, barcode.Options{}, "]C0"},
	{labels.Code128, `[ -~]{0,3}[0-9]{0,6}[\x80-\xff]{1,5}[\x00-\xff]{0,8}[0-9]{0,4}`, barcode.Options{}, "]C0"},
	{labels.GS1128, `\(00\)[0-9]{17}\(10\)[A-Z0-9]{1,8}`, barcode.Options{}, "]C1"},
	{labels.EAN13, `[1-9][0-9]{11}`, barcode.Options{}, "]E0"},
	{labels.EAN8, `[0-9]{7}`, barcode.Options{}, "]E4"},
	{labels.UPCA, `[0-9]{11}`, barcode.Options{}, "]E0"},
	{labels.UPCE, `[01][0-9]{5}[0-2]`, barcode.Options{}, "]E0"},
	{labels.ITF14, `[0-9]{13}`, barcode.Options{}, "]I1"},
	{labels.ITF14, `[0-9]{13}`, barcode.Options{Bearer: true}, "]I1"},
	{labels.Code39, `[0-9A-Z$/+%. -]{2,14}`, barcode.Options{}, "]A0"},
	{labels.Code93, `[\x00-\x7f]{1,20}`, barcode.Options{}, "]G0"},
	{labels.Codabar, `[A-D][0-9$:/.+-]{3,14}[A-D]`, barcode.Options{}, "]F0"},
	{labels.QR, `[ -~]{1,80}`, barcode.Options{}, "]Q1"},
	{labels.DataMatrix, `[ -~]{1,80}`, barcode.Options{}, "]d1"},
	{labels.DataMatrix, `[0-9A-Z]{1,20}`, barcode.Options{Shape: "rectangle"}, "]d1"},
	{labels.Aztec, `[ -~]{1,80}`, barcode.Options{}, "]z0"},
	{labels.Aztec, `[ -~]{0,9}[\x80-\xff]{1,9}`, barcode.Options{}, "]z3"},
	{labels.PDF417, `[ -~]{1,80}`, barcode.Options{}, "]L2"},
	{labels.IMb, `[0-9][0-4][0-9]{18}([0-9]{5}|[0-9]{9}|[0-9]{11})?`, barcode.Options{}, ""},
}

// symbolOf returns a symbol at a module of so many dots, as dots.
func symbolOf(r interface{ Fatal(...any) }, s labels.Symbology, payload string, o barcode.Options, module int) labels.Symbol {
	sym, err := barcode.Encode(s, []byte(payload), o)
	if err != nil {
		r.Fatal(err)
	}
	sym.ModuleDots = module
	if sym.Modules.H == 1 {
		sym.HeightDots = 40
	}
	return sym
}

// example returns what a symbol of symbology s can hold.
func example(s labels.Symbology) string {
	payload, ok := map[labels.Symbology]string{
		labels.EAN8: "9638507", labels.UPCE: "0123450", labels.EAN13: "590123412345", labels.UPCA: "03600029145",
		labels.ITF14: "1540014128876", labels.Codabar: "A12345678B", labels.IMb: "53379777234994544928",
		labels.GS1128: "(00)10614141123456789(10)AB",
	}[s]
	if !ok {
		return "WB12345"
	}
	return payload
}

// TestEverySymbologyIsFound reads symbols of our encoders on a whole picture,
// turned every way. That they are right is not taken from here: gozxing and
// zint say so in other tests.
func TestEverySymbologyIsFound(t *testing.T) {
	t.Parallel()
	for _, k := range kinds {
		t.Run(string(k.symbology), func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(r *rapid.T) {
				payload := rapid.StringMatching(k.pattern).Draw(r, "payload")
				degrees := rapid.SampledFrom([]int{0, 90, 180, 270}).Draw(r, "turned")
				sym := symbolOf(r, k.symbology, payload, k.o, rapid.IntRange(2, 5).Draw(r, "module"))
				d := sym.Drawing()
				page := labels.NewDots(d.W+160, d.H+160)
				page.Draw(d, 80, 80)
				page.FillRect(0, 5, page.W, 3)
				found, err := verify.Decode(page.Turn(degrees))
				if err != nil || len(found) != 1 {
					r.Fatalf("found %+v, %v", found, err)
				}
				if f := found[0]; f.Symbology != k.symbology || f.Text != string(sym.Payload) || f.AIM != k.aim || f.Turned != degrees {
					r.Fatalf("found %+v, want %q turned by %d", f, sym.Payload, degrees)
				}
				f := found[0]
				if rep := verify.Inspect(page.Turn(degrees), labels.DPI203, f, "none"); rep.ModuleDots != float64(sym.ModuleDots) || len(rep.Problems) > 0 {
					r.Fatalf("module %v, want %d; problems %v", rep.ModuleDots, sym.ModuleDots, rep.Problems)
				}
			})
		})
	}
}

// TestManyOnOnePage finds each of several side by side, and nothing else.
func TestManyOnOnePage(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	page := labels.NewDots(1800, 2600)
	x, y, deepest := 80, 60, 0
	for round := range 2 {
		for i, k := range kinds {
			payload := example(k.symbology)
			if payload == "WB12345" {
				payload = strings.ToUpper("WB" + strings.Repeat(string(rune('A'+i)), 1+random.IntN(9)))
			}
			d := symbolOf(t, k.symbology, payload, k.o, 2).Drawing().Turn(180 * round)
			if x+d.W+80 > page.W {
				x, y, deepest = 80, y+deepest+40, 0
			}
			page.Draw(d, x, y)
			x, deepest = x+d.W+60, max(deepest, d.H)
		}
	}
	found, err := verify.Decode(page)
	if err != nil || len(found) != 2*len(kinds) {
		t.Errorf("found %d symbols (%v), want %d", len(found), err, 2*len(kinds))
		for _, f := range found {
			t.Logf("%+v", f)
		}
	}
}

// TestNothingIsSeenWhereThereIsNothing looks at noise, at bars without meaning
// and at print.
func TestNothingIsSeenWhereThereIsNothing(t *testing.T) {
	raced.Skip(t)
	t.Parallel()
	random := rand.New(rand.NewPCG(5, 6))
	for range 60 {
		d := labels.NewDots(600, 200)
		module := 1 + random.IntN(4)
		for y := 0; y < d.H; y += 40 {
			for x := 30; x < d.W-60; x += module * (1 + random.IntN(4)) {
				w := module * (1 + random.IntN(4))
				d.FillRect(x, y, w, 30)
				x += w
			}
		}
		if found, err := verify.Decode(d); err != nil || len(found) > 0 {
			t.Errorf("bars without meaning: found %+v, %v", found, err)
		}
		clear(d.Bits)
		for y := range d.H / 3 {
			for x := range d.W / 3 {
				if random.IntN(2) == 0 {
					d.FillRect(3*x, 3*y, 3, 3)
				}
			}
		}
		if found, err := verify.Decode(d); err != nil || len(found) > 0 {
			t.Errorf("noise: found %+v, %v", found, err)
		}
	}
	letters := busy(t).Crop(0, 0, 812, 640)
	if found, err := verify.Decode(letters); err != nil || len(found) > 0 {
		t.Errorf("print: found %+v, %v", found, err)
	}
}

// TestDamageBeyondMendingIsNotRead blots out what no correction brings back.
func TestDamageBeyondMendingIsNotRead(t *testing.T) {
	t.Parallel()
	for _, k := range kinds {
		payload := example(k.symbology)
		d := symbolOf(t, k.symbology, payload, k.o, 3).Drawing()
		page := labels.NewDots(d.W+120, d.H+120)
		page.Draw(d, 60, 60)
		if found, err := verify.Decode(page); err != nil || len(found) != 1 {
			t.Fatalf("%s: found %+v, %v", k.symbology, found, err)
		}
		page.FillRect(60+d.W*3/10, 60, d.W*4/10, d.H)
		if found, err := verify.Decode(page); err != nil || len(found) > 0 {
			t.Errorf("%s: found %+v, %v", k.symbology, found, err)
		}
	}
}

// TestOneWrongModuleIsSeen flips a single module of symbols that correct
// nothing: they must not read, or not as what they were. (A wide bar of an
// ITF-14 is one with two modules as well as with three.)
func TestOneWrongModuleIsSeen(t *testing.T) {
	t.Parallel()
	for s, payload := range map[labels.Symbology]string{
		labels.Code128: "1Z999AA10123456784", labels.EAN13: "590123412345", labels.Code93: "WB-1",
		labels.UPCE: "0123450", labels.EAN8: "9638507",
	} {
		sym := symbolOf(t, s, payload, barcode.Options{}, 3)
		for m := range sym.Modules.W {
			d := sym.Drawing()
			page := labels.NewDots(d.W+120, d.H+40)
			page.Draw(d, 60, 20)
			flip := labels.NewDots(3, d.H)
			flip.FillRect(0, 0, 3, d.H)
			page.Toggle(flip, 60+3*m, 20)
			found, err := verify.Decode(page)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range found {
				if f.Text == string(sym.Payload) && f.Symbology == s && m > 1 && m < sym.Modules.W-2 {
					t.Errorf("%s with module %d turned over still reads", s, m)
				}
			}
		}
	}
}

// TestUnevenModulesAreRead reads what another program scaled: modules that are
// no whole number of dots. Such a symbol is read, with a low grade.
func TestUnevenModulesAreRead(t *testing.T) {
	t.Parallel()
	for _, k := range kinds {
		payload := example(k.symbology)
		for _, factor := range []float64{3.37, 4.5, 5.8} {
			small := symbolOf(t, k.symbology, payload, k.o, 1).Drawing()
			page := labels.NewDots(int(float64(small.W)*factor)+160, int(float64(small.H)*factor)+160)
			for y := range page.H - 160 {
				for x := range page.W - 160 {
					if small.Black(int((float64(x)+0.5)/factor), int((float64(y)+0.5)/factor)) {
						page.Set(80+x, 80+y)
					}
				}
			}
			if found, err := verify.Decode(page); err != nil || len(found) != 1 {
				t.Errorf("%s at %.2f dots to a module: found %+v, %v", k.symbology, factor, found, err)
			}
		}
	}
}
