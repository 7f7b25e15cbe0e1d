package scale

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"

	"waybill/shipment"
)

// A Unit is a unit of mass.
type Unit string

// The units that scales at a packing desk are set to.
const (
	Milligram Unit = "mg"
	Gram      Unit = "g"
	Kilogram  Unit = "kg"
	Tonne     Unit = "t"
	Ounce     Unit = "oz" // avoirdupois
	Pound     Unit = "lb" // avoirdupois
)

// Units returns every unit, in the order in which help texts list them.
func Units() []Unit { return []Unit{Gram, Kilogram, Pound, Ounce, Milligram, Tonne} }

// picograms returns how many picograms one of u is, exactly; 0 where u is no
// unit. A pound is 0.45359237 kg and an ounce a sixteenth of it by definition
// (NIST Handbook 44, appendix C; International Yard and Pound Agreement of 1959;
// from general knowledge, not looked up in the publication).
func (u Unit) picograms() int64 {
	switch u {
	case Milligram:
		return 1e9
	case Gram:
		return 1e12
	case Kilogram:
		return 1e15
	case Tonne:
		return 1e18
	case Pound:
		return 453_592_370_000_000
	case Ounce:
		return 28_349_523_125_000
	}
	return 0
}

// UnitNamed returns the unit that a scale or a person writes as name, in capital
// or small letters.
func UnitNamed(name string) (Unit, bool) {
	u := Unit(strings.ToLower(name))
	return u, u.picograms() != 0
}

// A Weight is a weight as a scale sent it: Value times ten to the power of
// Exponent, in Unit. The zero Weight is none.
type Weight struct {
	Value    int64 `json:"value"`
	Exponent int   `json:"exponent"`
	Unit     Unit  `json:"unit"`
}

// Grams returns w in whole grams, rounded to the nearest, halves away from zero.
// The step of the scale, [Weight.Step], says how much that is worth. It is 0 for
// what has no unit that we know.
func (w Weight) Grams() shipment.Grams {
	return shipment.Grams(nearest(w.Value, w.Exponent, w.Unit.picograms(), Gram.picograms()))
}

// mass returns w in grams, exactly.
func (w Weight) mass() *big.Rat {
	return exact(w.Value, w.Exponent, w.Unit.picograms(), Gram.picograms())
}

// Step returns what a one in the last digit weighs, in grams and rounded up: the
// scale knows no better. Many scales step by two or five such ones.
func (w Weight) Step() shipment.Grams {
	unit := w.Unit.picograms()
	if unit == 0 {
		return 0
	}
	n := nearest(1, w.Exponent, unit, Gram.picograms())
	if exact(1, w.Exponent, unit, Gram.picograms()).Cmp(new(big.Rat).SetInt64(n)) > 0 {
		n++
	}
	return shipment.Grams(max(1, n))
}

// Zero reports whether w is no weight at all.
func (w Weight) Zero() bool { return w.Value == 0 }

// String returns w as the scale's display would.
func (w Weight) String() string {
	if w.Unit == "" {
		return "no weight"
	}
	return decimal(w.Value, w.Exponent) + " " + string(w.Unit)
}

// MaxExponent bounds a weight's or length's exponent either way: no scale shows
// more digits.
const MaxExponent = 12

// ParseWeight reads an unsigned or signed decimal such as 12.345, without spaces,
// in unit.
func ParseWeight(number string, unit Unit) (Weight, error) {
	if unit.picograms() == 0 {
		return Weight{}, fmt.Errorf("unit %q: want one of g, kg, lb, oz, mg, t", unit)
	}
	value, exponent, err := parseDecimal(number)
	return Weight{Value: value, Exponent: exponent, Unit: unit}, err
}

// maxDigits is how many digits a number may have: the most that scales send is
// ten, and more is noise.
const maxDigits = 12

// parseDecimal reads what scales write: digits with at most one point among or
// behind them, and a sign before them.
func parseDecimal(s string) (value int64, exponent int, err error) {
	bad := func(why string) (int64, int, error) { return 0, 0, fmt.Errorf("number %.20q: %s", s, why) }
	digits := s
	if digits != "" && (digits[0] == '-' || digits[0] == '+') {
		digits = digits[1:]
	}
	whole, part, pointed := strings.Cut(digits, ".")
	if whole == "" && part == "" || pointed && whole == "" {
		return bad("no digit before the point")
	}
	if len(whole)+len(part) > maxDigits {
		return bad(fmt.Sprintf("more than %d digits", maxDigits))
	}
	for _, c := range []byte(whole + part) {
		if c < '0' || c > '9' {
			return bad("want digits and at most one point")
		}
	}
	value, err = strconv.ParseInt(whole+part, 10, 64)
	if err != nil {
		return bad(err.Error())
	}
	if s[0] == '-' {
		value = -value
	}
	return value, -len(part), nil
}

// exact returns value · 10^exponent · unit / into.
func exact(value int64, exponent int, unit, into int64) *big.Rat {
	r := new(big.Rat).SetFrac(new(big.Int).Mul(big.NewInt(value), big.NewInt(unit)), big.NewInt(into))
	exponent = max(-MaxExponent, min(exponent, MaxExponent))
	ten := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(exponent, -exponent))), nil)
	if exponent < 0 {
		return r.Quo(r, new(big.Rat).SetInt(ten))
	}
	return r.Mul(r, new(big.Rat).SetInt(ten))
}

// nearest returns value · 10^exponent · unit / into as a whole number, halves
// away from zero; what does not fit is the largest that does.
func nearest(value int64, exponent int, unit, into int64) int64 {
	r := exact(value, exponent, unit, into)
	twice := new(big.Int).Mul(r.Num(), big.NewInt(2))
	twice.Abs(twice).Add(twice, r.Denom())
	n := twice.Quo(twice, new(big.Int).Mul(r.Denom(), big.NewInt(2)))
	if !n.IsInt64() {
		n.SetInt64(1<<63 - 1)
	}
	if r.Sign() < 0 {
		n.Neg(n)
	}
	return n.Int64()
}

// decimal writes value · 10^exponent.
func decimal(value int64, exponent int) string {
	digits := strconv.FormatInt(value, 10)
	if exponent >= 0 {
		if value == 0 {
			return "0"
		}
		return digits + strings.Repeat("0", min(exponent, MaxExponent))
	}
	sign := ""
	if digits[0] == '-' {
		sign, digits = "-", digits[1:]
	}
	if short := -exponent + 1 - len(digits); short > 0 {
		digits = strings.Repeat("0", short) + digits
	}
	at := len(digits) + exponent
	return sign + digits[:at] + "." + digits[at:]
}
