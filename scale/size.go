package scale

import (
	"fmt"
	"strings"

	"waybill/shipment"
)

// A LengthUnit is a unit of length.
type LengthUnit string

// The units that dimensioners are set to.
const (
	Millimetre LengthUnit = "mm"
	Centimetre LengthUnit = "cm"
	Inch       LengthUnit = "in"
)

// LengthUnits returns every unit of length.
func LengthUnits() []LengthUnit { return []LengthUnit{Millimetre, Centimetre, Inch} }

// micrometres returns how many micrometres one of u is; 0 where u is no unit.
// An inch is 25.4 mm by definition (International Yard and Pound Agreement of
// 1959; from general knowledge, not looked up in the publication).
func (u LengthUnit) micrometres() int64 {
	switch u {
	case Millimetre:
		return 1000
	case Centimetre:
		return 10_000
	case Inch:
		return 25_400
	}
	return 0
}

// LengthUnitNamed returns the unit that a dimensioner or a person writes as name.
func LengthUnitNamed(name string) (LengthUnit, bool) {
	u := LengthUnit(strings.ToLower(name))
	return u, u.micrometres() != 0
}

// A Length is a length as a dimensioner sent it. The zero Length is none.
type Length struct {
	Value    int64      `json:"value"`
	Exponent int        `json:"exponent"`
	Unit     LengthUnit `json:"unit"`
}

// Millimetres returns l in whole millimetres, rounded to the nearest, halves
// away from zero. A carrier rounds again, by rules of its own.
func (l Length) Millimetres() shipment.Millimetres {
	return shipment.Millimetres(nearest(l.Value, l.Exponent, l.Unit.micrometres(), Millimetre.micrometres()))
}

// String returns l as the dimensioner wrote it.
func (l Length) String() string {
	if l.Unit == "" {
		return "no length"
	}
	return decimal(l.Value, l.Exponent) + " " + string(l.Unit)
}

// ParseLength reads a decimal such as 30.5, without spaces, in unit.
func ParseLength(number string, unit LengthUnit) (Length, error) {
	if unit.micrometres() == 0 {
		return Length{}, fmt.Errorf("unit %q: want one of mm, cm, in", unit)
	}
	value, exponent, err := parseDecimal(number)
	return Length{Value: value, Exponent: exponent, Unit: unit}, err
}

// A Size is what a dimensioner measured of a parcel, in its own order. The zero
// Size is none.
type Size struct {
	Length Length `json:"length"`
	Width  Length `json:"width"`
	Height Length `json:"height"`
}

// String returns the three sides.
func (s Size) String() string {
	if s == (Size{}) {
		return "no size"
	}
	return fmt.Sprintf("%s × %s × %s", s.Length, s.Width, s.Height)
}
