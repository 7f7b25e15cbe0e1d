package carrier

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"waybill/shipment"
	"waybill/shipment/address"
)

// serves reports whether the service goes to the country.
func (s Service) serves(country string) bool {
	return country != "" && !slices.Contains(s.Dest, "!"+country) &&
		(slices.Contains(s.Dest, "*") || slices.Contains(s.Dest, country))
}

// maxSide is longer than any parcel service takes; it keeps the volume in
// range.
const maxSide = 5000

func (s Service) refusesParcel(p shipment.Parcel) string {
	sides := []int64{int64(p.Length), int64(p.Width), int64(p.Height)}
	slices.Sort(sides)
	longest, girth := sides[2], sides[2]+2*(sides[0]+sides[1])
	switch {
	case longest > maxSide:
		return fmt.Sprintf("a side of %d mm is longer than any service takes", longest)
	case s.MaxWeight > 0 && int64(p.Weight) > s.MaxWeight:
		return fmt.Sprintf("takes at most %d g, this weighs %d g", s.MaxWeight, p.Weight)
	case s.MaxLength > 0 && longest > s.MaxLength:
		return fmt.Sprintf("takes sides of at most %d mm, this has %d mm", s.MaxLength, longest)
	case s.MaxLengthGirth > 0 && girth > s.MaxLengthGirth:
		return fmt.Sprintf("takes length and girth of at most %d mm, this has %d mm", s.MaxLengthGirth, girth)
	}
	return ""
}

// billable returns the weight the carrier charges for: the true one, or that
// which the volume stands for if it is more.
func (s Service) billable(p shipment.Parcel) int64 {
	weight := int64(p.Weight)
	if s.Dim.Divisor <= 0 || max(p.Length, p.Width, p.Height) > maxSide {
		return weight
	}
	mm3 := int64(p.Length) * int64(p.Width) * int64(p.Height)
	// A cubic inch is 16387.064 mm³, a pound 453.59237 g.
	if s.Dim.OverIn3 > 0 && mm3 <= s.Dim.OverIn3*16387 {
		return weight
	}
	volume := mm3 / s.Dim.Divisor // cm³ to a kg is mm³ to a g
	if s.Dim.Unit == "in_lb" {
		volume = mm3 * 45359237 / (1638706400 * s.Dim.Divisor)
	}
	return max(weight, volume)
}

// cost returns what all parcels of the order cost.
func (s Service) cost(o shipment.Order) int64 {
	var sum int64
	for _, p := range parcels(o) {
		sum += s.Cost.Base + s.Cost.PerKg*((s.billable(p)+999)/1000)
	}
	return sum
}

// promise returns the days on which the order is expected: the day it leaves,
// which is the next working day after the cut-off, and the service's working
// days from there. Holidays are not counted. Mail to the forces has none.
func (s Service) promise(o shipment.Order, now time.Time) shipment.Promise {
	if now.IsZero() || s.Transit.Max == 0 || address.IsMilitary(o.ShipTo) {
		return shipment.Promise{}
	}
	leaves := now
	if s.Cutoff != "" && now.Format("15:04") >= s.Cutoff {
		leaves = leaves.AddDate(0, 0, 1)
	}
	leaves = workday(leaves)
	return shipment.Promise{
		Earliest: addWorkdays(leaves, s.Transit.Min).Format(time.DateOnly),
		Latest:   addWorkdays(leaves, s.Transit.Max).Format(time.DateOnly),
	}
}

// workday returns t or, at a weekend, the Monday after it.
func workday(t time.Time) time.Time {
	for t.Weekday() == time.Saturday || t.Weekday() == time.Sunday {
		t = t.AddDate(0, 0, 1)
	}
	return t
}

func addWorkdays(t time.Time, n int) time.Time {
	for range n {
		t = workday(t.AddDate(0, 0, 1))
	}
	return t
}

func heaviest(o shipment.Order) shipment.Grams {
	var most shipment.Grams
	for _, p := range parcels(o) {
		most = max(most, p.Weight)
	}
	return most
}

// parcels returns the order's boxes; without any, one of the items' weight. A
// single box without a weight has the items' too.
func parcels(o shipment.Order) []shipment.Parcel {
	switch {
	case len(o.Parcels) == 0:
		return []shipment.Parcel{{Weight: o.Weight()}}
	case len(o.Parcels) == 1 && o.Parcels[0].Weight == 0:
		p := o.Parcels[0]
		p.Weight = o.Weight()
		return []shipment.Parcel{p}
	}
	return o.Parcels
}

// refuses returns why the service cannot take the order, or nothing.
func (s Service) refuses(o shipment.Order) string {
	to := o.ShipTo
	switch {
	case !s.serves(to.Country):
		name, _ := address.CountryName(to.Country)
		return fmt.Sprintf("does not go to %s", cmp.Or(name, to.Country, "an unknown country"))
	case !s.POBox && address.IsPOBox(to):
		return "does not deliver to post office boxes"
	case !s.Military && address.IsMilitary(to):
		return "does not deliver to military addresses"
	case s.MaxValue > 0 && o.Value().Amount > s.MaxValue:
		return fmt.Sprintf("takes a value of at most %d, this is %d", s.MaxValue, o.Value().Amount)
	}
	for i, p := range parcels(o) {
		if reason := s.refusesParcel(p); reason != "" {
			return fmt.Sprintf("parcel %d: %s", i+1, reason)
		}
	}
	return ""
}
