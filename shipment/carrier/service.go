package carrier

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"waybill/shipment"
	"waybill/shipment/address"
)

// A Service is what a carrier offers, and the hard limits of it.
type Service struct {
	ID      shipment.ServiceID
	Carrier shipment.CarrierID
	Name    string
	Level   []string // the service levels it serves: express, standard, economy
	Tags    []string
	Scheme  string // by which its numbers are composed

	index    int
	dest     [][]string // each list must serve: the merchant's, and that of the carrier's terms
	pobox    bool
	military bool
	hazmat   []string
	toForces []string // of hazmat, what goes to military addresses
	limits   limits
	dims     []datedDim
	cost     Cost
	rates    []*rateTable // in the order they are named; by date
	transit  Transit
	lanes    *transitTable
	cutoffs  [7]int // minutes after midnight by weekday; never: none
	calendar *calendar
	valid    span
}

type datedDim struct {
	Dim
	span
}

// A Dim turns volume into weight. The zero Dim does not.
type Dim struct {
	Divisor int64  `yaml:"divisor"`
	Unit    string `yaml:"unit"`     // in_lb or cm_kg
	OverIn3 int64  `yaml:"over_in3"` // only above this many cubic inches
}

// A Cost is what a parcel costs: base and, for each kilogram begun, more.
type Cost struct {
	Base     int64
	PerKg    int64
	Currency string
}

const never = 24 * 60 // a cut-off that no time of day passes

// serves reports whether the service goes to the country.
func (s *Service) serves(country string) bool {
	for _, dest := range s.dest {
		if slices.Contains(dest, "!"+country) || !slices.Contains(dest, "*") && !slices.Contains(dest, country) {
			return false
		}
	}
	return country != ""
}

// maxSide is longer than any parcel service takes; it keeps the volume in
// range. maxGrams does the same for weights.
const (
	maxSide  = 5000
	maxGrams = 10_000_000
)

// measures are a parcel's sides in order, and its girth.
type measures struct{ length, width, height, girth int64 }

func measuresOf(p shipment.Parcel) measures {
	a, b, c := int64(p.Length), int64(p.Width), int64(p.Height)
	if a < b {
		a, b = b, a
	}
	if b < c {
		b, c = c, b
	}
	if a < b {
		a, b = b, a
	}
	if a > math.MaxInt64/8 {
		return measures{length: a} // no such parcel; every service refuses it
	}
	return measures{length: a, width: b, height: c, girth: 2 * (b + c)}
}

func addClamped(a, b int64) int64 {
	if b > 0 && a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}

func (s *Service) refusesParcel(p shipment.Parcel) string {
	m, l := measuresOf(p), &s.limits
	switch {
	case m.length > maxSide:
		return fmt.Sprintf("a side of %d mm is longer than any service takes", m.length)
	case p.Weight > maxGrams:
		return fmt.Sprintf("%d g is heavier than any service takes", p.Weight)
	case l.MaxWeight > 0 && int64(p.Weight) > l.MaxWeight:
		return fmt.Sprintf("takes at most %d g, this weighs %d g", l.MaxWeight, p.Weight)
	case l.MaxLength > 0 && m.length > l.MaxLength:
		return fmt.Sprintf("takes sides of at most %d mm, this has %d mm", l.MaxLength, m.length)
	case l.MaxWidth > 0 && m.width > l.MaxWidth:
		return fmt.Sprintf("takes a width of at most %d mm, this has %d mm", l.MaxWidth, m.width)
	case l.MaxHeight > 0 && m.height > l.MaxHeight:
		return fmt.Sprintf("takes a height of at most %d mm, this has %d mm", l.MaxHeight, m.height)
	case l.MaxLengthGirth > 0 && m.length+m.girth > l.MaxLengthGirth:
		return fmt.Sprintf("takes length and girth of at most %d mm, this has %d mm", l.MaxLengthGirth, m.length+m.girth)
	}
	return ""
}

// refuses returns why the service cannot take the order, or nothing.
func (s *Service) refuses(f *facts) string {
	to := f.texts[destCountry]
	switch {
	case !s.serves(to):
		name, _ := address.CountryName(to)
		return fmt.Sprintf("does not go to %s", cmp.Or(name, to, "an unknown country"))
	case f.timed && !s.valid.holds(f.today):
		return fmt.Sprintf("is not offered on %s", f.today)
	case !s.pobox && f.truths[destPOBox]:
		return "does not deliver to post office boxes"
	case !s.military && f.truths[destMilitary]:
		return "does not deliver to military addresses"
	case s.limits.MaxValue > 0 && f.numbers[orderValue] > s.limits.MaxValue:
		return fmt.Sprintf("takes a value of at most %d, this is %d", s.limits.MaxValue, f.numbers[orderValue])
	}
	for _, h := range f.lists[itemHazmat] {
		if !slices.Contains(s.hazmat, h) {
			return "does not take " + h
		}
		if f.truths[destMilitary] && !slices.Contains(s.toForces, h) {
			return "does not take " + h + " to military addresses"
		}
	}
	for i, p := range f.parcels {
		if reason := s.refusesParcel(p); reason != "" {
			return fmt.Sprintf("parcel %d: %s", i+1, reason)
		}
	}
	return ""
}

// dim returns how volume counts on a day; without a day, how it counts last.
func (s *Service) dim(f *facts) Dim {
	for i := len(s.dims) - 1; i >= 0; i-- {
		if !f.timed || s.dims[i].holds(f.today) {
			return s.dims[i].Dim
		}
	}
	return Dim{}
}

// billable returns the weight the carrier charges for: the true one, or that
// which the volume stands for if it is more.
func (d Dim) billable(p shipment.Parcel) int64 {
	weight := int64(p.Weight)
	if d.Divisor <= 0 || max(p.Length, p.Width, p.Height) > maxSide {
		return weight
	}
	mm3 := int64(p.Length) * int64(p.Width) * int64(p.Height)
	// A cubic inch is 16387.064 mm³, a pound 453.59237 g.
	if d.OverIn3 > 0 && mm3 <= d.OverIn3*16387 {
		return weight
	}
	volume := mm3 / d.Divisor // cm³ to a kg is mm³ to a g
	if d.Unit == "in_lb" {
		volume = mm3 * 45359237 / (1638706400 * d.Divisor)
	}
	return max(weight, volume)
}

// promise returns the days on which the order is expected: the day it leaves,
// which is the first pick-up day before whose cut-off it is ready, and the
// service's delivery days from there. Mail to the forces has none.
func (s *Service) promise(f *facts) (earliest, latest day, ok bool) {
	days, ok := s.travels(f)
	if !f.timed || !ok || f.truths[destMilitary] {
		return 0, 0, false
	}
	leaves := f.today
	if f.minutes >= s.cutoffs[leaves.weekday()] {
		leaves++
	}
	leaves = s.calendar.pickup.next(leaves)
	return s.calendar.delivery.after(leaves, days.Min), s.calendar.delivery.after(leaves, days.Max), true
}

// travels returns how many delivery days the order is under way, if known.
func (s *Service) travels(f *facts) (Transit, bool) {
	if s.lanes != nil {
		return s.lanes.lane(f)
	}
	return s.transit, s.transit.Max > 0
}

// parcels returns the order's boxes; without any, one of the items' weight. A
// single box without a weight has the items' too.
func parcels(o *shipment.Order) []shipment.Parcel {
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

// service compiles a service, with the carrier's terms where it names them.
func (r *reading) service(id shipment.ServiceID, raw rawService) *Service {
	at := "services." + string(id)
	s := &Service{
		ID: id, Carrier: raw.Carrier, Name: raw.Name, Level: raw.Level, Tags: raw.Tags, Scheme: raw.Scheme,
		index: len(r.rules.services), limits: raw.limits, hazmat: valueOf(raw.Hazmat), pobox: valueOf(raw.POBox), military: valueOf(raw.Military),
		cost:    Cost{Base: raw.Cost.Base, PerKg: raw.Cost.PerKg, Currency: cmp.Or(raw.Cost.Currency, r.doc.Currency)},
		transit: raw.Transit.Transit, calendar: r.rules.calendars[cmp.Or(raw.Calendar, string(raw.Carrier))],
	}
	if len(raw.Dest) > 0 {
		s.dest = append(s.dest, raw.Dest)
	}
	if raw.MilitaryHazmat != nil {
		s.toForces = append([]string{}, *raw.MilitaryHazmat...)
	}
	s.dims = r.dims(at, raw)
	if raw.Terms != "" {
		r.takeTerms(at, s, raw)
	}
	s.valid = r.span(at+".valid", raw.Valid)
	if s.valid.to < math.MaxInt32 {
		r.expires(at+".valid", s.valid.to, "the service %s is offered until %s", id, s.valid.to)
	}
	if s.calendar == nil {
		s.calendar = r.rules.calendars[cmp.Or(raw.Calendar, string(s.Carrier))]
	}
	if s.calendar == nil {
		if raw.Calendar != "" {
			r.add(at+".calendar", "unknown calendar %q", raw.Calendar)
		}
		s.calendar = workweek()
	}
	if s.toForces == nil {
		s.toForces = s.hazmat
	}
	r.cutoffs(at, s, raw)
	r.tables(at, s, raw)
	r.checkService(at, s)
	return s
}

func valueOf[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

func (r *reading) dims(at string, raw rawService) []datedDim {
	var out []datedDim
	if raw.Dim != nil {
		out = append(out, datedDim{*raw.Dim, everlasting()})
	}
	for i, d := range raw.Dims {
		out = append(out, datedDim{d.Dim, r.span(fmt.Sprintf("%s.dims[%d]", at, i), d.rawSpan)})
	}
	for _, d := range out {
		if d.Divisor != 0 && d.Unit != "in_lb" && d.Unit != "cm_kg" || d.Divisor < 0 || d.Divisor > 1_000_000 || d.OverIn3 < 0 || d.OverIn3 > 1_000_000 {
			r.add(at+".dim", "want a divisor above 0 and unit in_lb or cm_kg")
		}
	}
	return out
}

func (r *reading) cutoffs(at string, s *Service, raw rawService) {
	clock := func(key, text string) int {
		t, err := time.Parse("15:04", text)
		if err != nil {
			r.add(key, "%q is no time of day, as in \"17:00\"", text)
		}
		return 60*t.Hour() + t.Minute()
	}
	everyDay := never
	if raw.Cutoff != "" {
		everyDay = clock(at+".cutoff", raw.Cutoff)
	}
	for i := range s.cutoffs {
		s.cutoffs[i] = everyDay
	}
	for name, text := range raw.CutoffOn {
		wd, ok := weekdayOf(name)
		if !ok {
			r.add(at+".cutoff_on."+name, "%q is no weekday (mon, tue, wed, thu, fri, sat, sun)", name)
			continue
		}
		s.cutoffs[wd] = clock(at+".cutoff_on."+name, text)
	}
}

// tables links the rate and transit tables of a service.
func (r *reading) tables(at string, s *Service, raw rawService) {
	for _, name := range raw.Cost.Rates {
		t := r.rules.rates[name]
		if t == nil {
			r.add(at+".cost.rates", "unknown rates %q (have %v)", name, slices.Sorted(maps.Keys(r.rules.rates)))
			continue
		}
		if len(s.rates) > 0 && t.currency != s.cost.Currency {
			r.add(at+".cost.rates", "the rates %s are in %s, those before in %s; give all in one currency", name, t.currency, s.cost.Currency)
		}
		s.rates = append(s.rates, t)
		s.cost.Currency = t.currency
	}
	if len(s.rates) > 0 {
		last := slices.MaxFunc(s.rates, func(a, b *rateTable) int { return cmp.Compare(a.valid.to, b.valid.to) })
		r.expires("rates."+last.name, last.valid.to, "the rates %s are valid until %s; put the new ones in", last.name, last.valid.to)
	}
	if len(raw.Cost.Rates) > 0 && (s.cost.Base != 0 || s.cost.PerKg != 0) {
		r.add(at+".cost", "give rates, or base and per_kg, not both")
	}
	if raw.Transit.Table != "" {
		if s.lanes = r.rules.transits[raw.Transit.Table]; s.lanes == nil {
			r.add(at+".transit.table", "unknown transit table %q", raw.Transit.Table)
		}
		if raw.Transit.Transit != (Transit{}) {
			r.add(at+".transit", "give a table, or min and max, not both")
		}
	}
}

func (r *reading) checkService(at string, s *Service) {
	if s.Carrier == "" || s.Name == "" {
		r.add(at, "carrier and name are required")
	} else if _, ok := Default().Carrier(s.Carrier); !ok {
		r.add(at+".carrier", "unknown carrier %q", s.Carrier)
	}
	if s.Scheme != "" && !slices.Contains(Schemes(), s.Scheme) {
		r.add(at+".scheme", "unknown scheme %q (have %v)", s.Scheme, Schemes())
	}
	if len(s.dest) == 0 {
		r.add(at+".dest", `required: countries, or ["*"]`)
	}
	for _, l := range s.Level {
		if !slices.Contains(Levels(), l) {
			r.add(at+".level", "unknown level %q (have %v)", l, Levels())
		}
	}
	for _, h := range s.hazmat {
		if !slices.Contains(Hazmats(), h) {
			r.add(at+".hazmat", "unknown hazmat %q (have %v)", h, Hazmats())
		}
	}
	if !s.transit.sound() {
		r.add(at+".transit", "want min and max working days, min not above max")
	}
	l := s.limits
	if min(l.MaxWeight, l.MaxLength, l.MaxWidth, l.MaxHeight, l.MaxLengthGirth, l.MaxValue, s.cost.Base, s.cost.PerKg) < 0 ||
		max(s.cost.Base, s.cost.PerKg) > maxMoney {
		r.add(at, "limits and costs must not be negative, nor costs above %d", int64(maxMoney))
	}
}
