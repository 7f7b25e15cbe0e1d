package carrier

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"

	"waybill/shipment"
)

// maxMoney is more than any single figure of a rate, and maxTotal than what
// an order can cost; they keep sums in range.
const (
	maxMoney = 1_000_000_000
	maxTotal = 100_000_000_000_000_000
)

// A rateTable is a carrier's prices by zone and weight.
type rateTable struct {
	name     string
	chart    *chart
	valid    span
	upTo     []int64 // grams, ascending
	prices   map[string][]int64
	each     int64 // grams
	beyond   map[string]int64
	minimum  int64
	currency string
}

// price returns what one parcel of so many grams costs, in which zone, and why
// it has no price.
func (t *rateTable) price(grams int64, f *facts) (amount int64, zone, why string) {
	zone = "*"
	if t.chart != nil {
		zone = f.zone(t.chart)
	}
	prices, ok := t.prices[zone]
	if !ok {
		prices, ok = t.prices["*"]
	}
	if zone == "" || !ok {
		return 0, zone, fmt.Sprintf("the rates %s have no zone for %s %s", t.name, f.texts[destCountry], f.texts[destPostal])
	}
	at, _ := slices.BinarySearch(t.upTo, grams)
	if at < len(t.upTo) {
		return max(prices[at], t.minimum), zone, ""
	}
	last := len(t.upTo) - 1
	more, ok := t.beyond[zone]
	if !ok {
		more, ok = t.beyond["*"]
	}
	if !ok {
		return 0, zone, fmt.Sprintf("the rates %s end at %d g, this counts as %d g", t.name, t.upTo[last], grams)
	}
	steps := (grams - t.upTo[last] + t.each - 1) / t.each
	return max(prices[last]+steps*more, t.minimum), zone, ""
}

func (r *reading) rate(name string, raw *rawRate) *rateTable {
	at := "rates." + name
	t := &rateTable{
		name: name, valid: r.span(at+".valid", raw.Valid), upTo: raw.UpTo, prices: raw.Prices, minimum: raw.Minimum,
		currency: cmp.Or(raw.Currency, r.doc.Currency),
	}
	if raw.Zones != "" {
		if t.chart = r.rules.charts[raw.Zones]; t.chart == nil {
			r.add(at+".zones", "unknown zones %q", raw.Zones)
		} else {
			r.zonesCovered(at+".prices", t.chart, func(zone string) bool { _, ok := raw.Prices[zone]; return ok })
		}
	} else if len(raw.Prices) != 1 || raw.Prices["*"] == nil {
		r.add(at+".prices", `prices by zone want zones: which chart the zones are of; without, give "*" alone`)
	}
	if len(raw.UpTo) == 0 || raw.UpTo[0] <= 0 {
		r.add(at+".up_to", "required: the weight breaks in grams, as in [500, 1000, 5000]")
	}
	for i := 1; i < len(raw.UpTo); i++ {
		if raw.UpTo[i] <= raw.UpTo[i-1] {
			r.add(fmt.Sprintf("%s.up_to[%d]", at, i), "the weight breaks overlap: %d follows %d; each must be above the one before", raw.UpTo[i], raw.UpTo[i-1])
		}
	}
	for _, zone := range slices.Sorted(maps.Keys(raw.Prices)) {
		if len(raw.Prices[zone]) != len(raw.UpTo) {
			r.add(at+".prices."+zone, "%d prices for %d weight breaks", len(raw.Prices[zone]), len(raw.UpTo))
		}
		for i, p := range raw.Prices[zone] {
			if p < 0 || p > maxMoney {
				r.add(fmt.Sprintf("%s.prices.%s[%d]", at, zone, i), "%d: want a price from 0 to %d", p, int64(maxMoney))
			}
		}
	}
	if raw.Beyond != nil {
		t.each, t.beyond = raw.Beyond.Each, raw.Beyond.Prices
		if t.each <= 0 {
			r.add(at+".beyond.each", "required: for how many grams begun the price is, as in 1000")
			t.each = 1000
		}
		for zone, p := range t.beyond {
			if p < 0 || p > maxMoney {
				r.add(at+".beyond.prices."+zone, "%d: want a price from 0 to %d", p, int64(maxMoney))
			}
		}
		if t.chart != nil {
			r.zonesCovered(at+".beyond.prices", t.chart, func(zone string) bool { _, ok := t.beyond[zone]; return ok })
		}
	}
	if raw.Minimum < 0 || raw.Minimum > maxMoney {
		r.add(at+".minimum", "want an amount from 0 to %d", int64(maxMoney))
	}
	return t
}

// A surcharge is what comes on top of a price.
type surcharge struct {
	id      string
	of      func(*Service) bool
	when    []clause
	valid   span
	yearly  *yearly
	add     int64
	percent hundredths
	total   bool // percent of all so far, not of the price alone
	each    bool // for each parcel
	why     string
}

// yearly is from a day of the year to another, over the new year if need be.
type yearly struct{ from, to string } // as 10-01

// holds reports whether a date, as 2026-12-24, lies between.
func (y *yearly) holds(date string) bool {
	now := date[len("2026-"):]
	if y.from <= y.to {
		return y.from <= now && now <= y.to
	}
	return now >= y.from || now <= y.to
}

// applies reports whether the surcharge is for the service on the day.
func (s *surcharge) applies(svc *Service, f *facts) bool {
	if !s.of(svc) {
		return false
	}
	if !f.timed {
		return s.valid == everlasting() && s.yearly == nil
	}
	return s.valid.holds(f.today) && (s.yearly == nil || s.yearly.holds(f.texts[nowDate]))
}

// A CostLine is one part of what an order costs.
type CostLine struct {
	What   string `json:"what"`
	Amount int64  `json:"amount_minor"`
}

// A quote is what a service would cost.
type quote struct {
	price    int64 // without surcharges
	total    int64
	billable int64 // grams, of all parcels
	most     int64 // grams, of the parcel for which most are billed
	zone     string
	why      string // why there is none
}

// ratesOn returns the rates of the day: those that are valid, else those that
// were last, else the first. Rates that have run out go on, for the desk must
// too; Warnings tells of them.
func (s *Service) ratesOn(f *facts) *rateTable {
	var last *rateTable
	for _, t := range s.rates {
		if !f.timed || t.valid.holds(f.today) {
			return t
		}
		if last == nil || t.valid.to < f.today && t.valid.to > last.valid.to {
			last = t
		}
	}
	return last
}

// price returns what the parcels cost without surcharges.
func (s *Service) price(f *facts) quote {
	var q quote
	dim, rates := s.dim(f), s.ratesOn(f)
	for _, p := range f.parcels {
		grams := dim.billable(p)
		q.billable, q.most = addClamped(q.billable, grams), max(q.most, grams)
		if rates == nil {
			q.price += s.cost.Base + s.cost.PerKg*((grams+999)/1000)
			continue
		}
		amount, zone, why := rates.price(grams, f)
		if why != "" {
			return quote{why: why, billable: q.billable}
		}
		q.price, q.zone = q.price+amount, zone
	}
	q.total = q.price
	return q
}

// surcharged adds the surcharges to a quote, and each to lines if that is set.
func (s *Service) surcharged(q *quote, f *facts, surcharges []surcharge, lines *[]CostLine) {
	q.total = q.price
	dim := s.dim(f)
	atMost := f.numbers[billableWeight] // what services bill at most; here it is what this one does
	f.set(billableWeight, q.most)
	for i := range surcharges {
		c := &surcharges[i]
		if !c.applies(s, f) {
			continue
		}
		times := int64(0)
		switch {
		case c.each && len(f.parcels) > 1:
			for _, p := range f.parcels {
				if matches(c.when, f.ofParcel(p, dim.billable(p))) {
					times++
				}
			}
		case matches(c.when, f):
			times = 1
		}
		if times == 0 {
			continue
		}
		of := q.price
		if c.total {
			of = q.total
		}
		amount := times*c.add + percentOf(of, c.percent)
		q.total = max(-maxTotal, min(q.total+amount, maxTotal))
		if lines != nil {
			*lines = append(*lines, CostLine{What: cmp.Or(c.why, c.id), Amount: amount})
		}
	}
	q.total = max(q.total, 0)
	f.set(billableWeight, atMost)
}

// percentOf returns the share of an amount, halves away from zero.
func percentOf(amount int64, p hundredths) int64 {
	whole, rest := amount/10000*int64(p), amount%10000*int64(p)
	if rest < 0 {
		return whole - (-rest+5000)/10000
	}
	return whole + (rest+5000)/10000
}

// surcharge compiles a surcharge; one of a rule has no ID of its own.
func (r *reading) surcharge(at string, raw rawSurcharge) surcharge {
	if raw.Terms != "" {
		raw = r.surchargeTerms(at, raw)
	}
	s := surcharge{
		id: raw.ID, when: r.when(at+".when", raw.When), valid: r.span(at, raw.rawSpan), add: raw.Add, percent: raw.Percent,
		total: raw.Of == "total", each: raw.Per != "order", why: cmp.Or(raw.Why, raw.ID),
	}
	s.of = r.surcharged(at, raw)
	if raw.Of != "" && raw.Of != "base" && raw.Of != "total" {
		r.add(at+".of", "%q: want base or total", raw.Of)
	}
	if raw.Per != "" && raw.Per != "parcel" && raw.Per != "order" {
		r.add(at+".per", "%q: want parcel or order", raw.Per)
	}
	if raw.Add == 0 && raw.Percent == 0 {
		r.add(at, "adds nothing: give add (minor units) or percent")
	}
	if max(raw.Add, -raw.Add) > maxMoney || max(raw.Percent, -raw.Percent) > 10_000 {
		r.add(at, "want add of at most %d and percent of at most 100", int64(maxMoney))
	}
	if s.why == "" {
		r.add(at, "wants an id or why, so that the cost can be explained")
	}
	if s.valid.to < math.MaxInt32 {
		r.expires(at, s.valid.to, "the surcharge %q ends on %s; put the next season's in, or remove it", s.why, s.valid.to)
	}
	if len(raw.Between) > 0 {
		s.yearly = r.yearly(at+".between", raw.Between)
	}
	return s
}

func (r *reading) yearly(at string, ends []string) *yearly {
	if len(ends) != 2 {
		r.add(at, `want two days of the year, as in ["10-01", "01-15"]`)
		return nil
	}
	for _, end := range ends {
		if _, err := parseDay("2024-" + end); err != nil { // a leap year
			r.add(at, `%q is no day of the year, as in "10-01"`, end)
			return nil
		}
	}
	return &yearly{ends[0], ends[1]}
}

// surcharged returns which services a surcharge is for: all without a word.
func (r *reading) surcharged(at string, raw rawSurcharge) func(*Service) bool {
	switch {
	case raw.Services.given():
		sel := r.selector(at+".services", raw.Services.node)
		return func(s *Service) bool { return sel.picks(s, nil) }
	case raw.Service != "":
		r.known(at+".service", raw.Service)
		return func(s *Service) bool { return s.ID == raw.Service }
	}
	return func(*Service) bool { return true }
}

// known reports a service that the rules do not have.
func (r *reading) known(at string, id shipment.ServiceID) {
	if _, ok := r.doc.Services[id]; !ok {
		r.add(at, "unknown service %q (have %v)", id, slices.Sorted(maps.Keys(r.doc.Services)))
	}
}
