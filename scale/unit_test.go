package scale_test

import (
	"math/big"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"waybill/scale"
	"waybill/shipment"
)

func TestWeights(t *testing.T) {
	tests := []struct {
		number string
		unit   scale.Unit
		grams  shipment.Grams
		step   shipment.Grams
		text   string
	}{
		{"100.00", scale.Gram, 100, 1, "100.00 g"},
		{"100.50", scale.Gram, 101, 1, "100.50 g"},
		{"100.49", scale.Gram, 100, 1, "100.49 g"},
		{"-0.5", scale.Gram, -1, 1, "-0.5 g"},
		{"-.5", scale.Gram, 0, 0, ""},
		{"1.234", scale.Kilogram, 1234, 1, "1.234 kg"},
		{"0012.5", scale.Kilogram, 12500, 100, "12.5 kg"},
		{"1", scale.Pound, 454, 454, "1 lb"},
		{"2.20", scale.Pound, 998, 5, "2.20 lb"},
		{"35.3", scale.Ounce, 1001, 3, "35.3 oz"},
		{"0.1", scale.Ounce, 3, 3, "0.1 oz"},
		{"499", scale.Milligram, 0, 1, "499 mg"},
		{"500", scale.Milligram, 1, 1, "500 mg"},
		{"0.001", scale.Tonne, 1000, 1000, "0.001 t"},
		{"999999999999", scale.Tonne, 999_999_999_999_000_000, 1_000_000, "999999999999 t"},
		{"7.", scale.Kilogram, 7000, 1000, "7 kg"},
	}
	for _, tt := range tests {
		w, err := scale.ParseWeight(tt.number, tt.unit)
		if tt.text == "" {
			if err == nil {
				t.Errorf("%q was taken as %v", tt.number, w)
			}
			continue
		}
		if err != nil {
			t.Errorf("%q: %v", tt.number, err)
			continue
		}
		if w.Grams() != tt.grams || w.Step() != tt.step || w.String() != tt.text {
			t.Errorf("%q %s = %d g, step %d g, %q; want %d, %d, %q", tt.number, tt.unit, w.Grams(), w.Step(), w, tt.grams, tt.step, tt.text)
		}
	}
	for _, bad := range []string{"", ".", "-", "1.2.3", "1,5", " 1", "1 ", "1e3", "0x1", "--1", "1-", "½", "１", "1234567890123", "+-1", "NaN", ".5"} {
		if w, err := scale.ParseWeight(bad, scale.Gram); err == nil {
			t.Errorf("%q was taken as %v", bad, w)
		}
	}
	if w, err := scale.ParseWeight("1", "stone"); err == nil {
		t.Errorf("1 stone was taken as %v", w)
	}
}

func TestSizes(t *testing.T) {
	tests := map[string]struct {
		unit scale.LengthUnit
		want shipment.Millimetres
	}{
		"30.5": {scale.Centimetre, 305}, "12.00": {scale.Inch, 305}, "0.5": {scale.Millimetre, 1}, "012.3": {scale.Inch, 312},
	}
	for number, tt := range tests {
		l, err := scale.ParseLength(number, tt.unit)
		if err != nil || l.Millimetres() != tt.want {
			t.Errorf("%s %s = %d mm (%v), want %d", number, tt.unit, l.Millimetres(), err, tt.want)
		}
	}
	if l, err := scale.ParseLength("1", "ft"); err == nil {
		t.Errorf("1 ft was taken as %v", l)
	}
	a, _ := scale.ParseLength("30.5", scale.Centimetre)
	b, _ := scale.ParseLength("8", scale.Inch)
	if d := cmp.Diff("30.5 cm × 8 in × no length", scale.Size{Length: a, Width: b}.String()); d != "" {
		t.Error(d)
	}
}

// Grams are never further than half a gram from the weight.
func TestGramsAreNearest(t *testing.T) {
	pico := map[scale.Unit]string{scale.Milligram: "0.001", scale.Gram: "1", scale.Kilogram: "1000", scale.Tonne: "1000000", scale.Pound: "453.59237", scale.Ounce: "28.349523125"}
	rapid.Check(t, func(t *rapid.T) {
		w := scale.Weight{
			Value: rapid.Int64Range(-1e9, 1e9).Draw(t, "value"), Exponent: rapid.IntRange(-6, 2).Draw(t, "exponent"),
			Unit: rapid.SampledFrom(scale.Units()).Draw(t, "unit"),
		}
		want, _ := new(big.Rat).SetString(strconv.FormatInt(w.Value, 10) + "e" + strconv.Itoa(w.Exponent))
		unit, _ := new(big.Rat).SetString(pico[w.Unit])
		off := want.Mul(want, unit).Sub(want, new(big.Rat).SetInt64(int64(w.Grams())))
		if off.Abs(off).Cmp(big.NewRat(1, 2)) > 0 {
			t.Fatalf("%v is said to be %d g", w, w.Grams())
		}
	})
}

// What a display shows is read as what was written.
func TestWeightsRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := scale.Weight{Value: rapid.Int64Range(-999_999, 999_999).Draw(t, "value"), Exponent: rapid.IntRange(-5, 0).Draw(t, "exponent"), Unit: scale.Kilogram}
		number := w.String()[:len(w.String())-len(" kg")]
		back, err := scale.ParseWeight(number, scale.Kilogram)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(w, back); d != "" {
			t.Fatal(d)
		}
	})
}

func FuzzParseWeight(f *testing.F) {
	for _, s := range []string{"100.00", "-1", "+2.5", "0", "999999999999", "1.", ".1", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		w, err := scale.ParseWeight(s, scale.Pound)
		if err == nil && (w.Exponent > 0 || w.Exponent < -scale.MaxExponent || len(s) > 15) {
			t.Errorf("%q was taken as %+v", s, w)
		}
	})
}

func TestConditionsHaveWords(t *testing.T) {
	seen := map[string]scale.Condition{}
	for _, c := range scale.Conditions() {
		state, todo := c.Words()
		if state == "" || todo == "" {
			t.Errorf("%s has no words", c)
		}
		if other, twice := seen[state]; twice {
			t.Errorf("%s and %s have the same words", c, other)
		}
		seen[state] = c
	}
	if scale.Fine.Ails() || scale.Motion.Ails() || !scale.Garbled.Ails() {
		t.Error("a scale at rest or in motion needs nobody; one not understood does")
	}
}

func TestOpensLink(t *testing.T) {
	hid := scale.Driver{Name: "hid", Schemes: []string{"hid"}}
	if own, err := hid.OpensLink("hid://0922:8003"); !own || err != nil {
		t.Errorf("hid link = %v, %v", own, err)
	}
	if own, err := hid.OpensLink("tcp://x:1"); !own || err == nil {
		t.Errorf("tcp link of a hid driver = %v, %v; want an error", own, err)
	}
	if own, err := (scale.Driver{Name: "sics"}).OpensLink("tcp://x:1"); own || err != nil {
		t.Errorf("tcp link = %v, %v", own, err)
	}
	if _, ok := scale.NewRegistry(hid)["hid"]; !ok {
		t.Error("the registry does not know its driver")
	}
}
