package carrier_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"waybill/shipment"
	"waybill/shipment/carrier"
)

func mustParse(t testing.TB, text string) *carrier.Rules {
	t.Helper()
	r, err := carrier.ParseRules([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

const rated = `version: 1
currency: USD
zones:
  z: {postal: {"2": ["900-908"], "4": ["9000"]}, regions: {"9": [HI]}, countries: {EU: [DE], world: ["*"]}, default: "5"}
rates:
  old: {zones: z, valid: {to: 2026-12-31}, up_to: [500, 1000], prices: {"2": [100, 200], "*": [300, 400]}, beyond: {each: 500, prices: {"2": 10, "*": 20}}, minimum: 150}
  new: {zones: z, valid: {from: 2027-01-01, to: 2027-12-31}, up_to: [500, 1000], prices: {"*": [1000, 2000]}}
services:
  a: {carrier: ups, name: A, dest: ["*"], dims: [{divisor: 5000, unit: cm_kg, to: 2026-12-31}, {divisor: 2500, unit: cm_kg, from: 2027-01-01}], cost: {rates: [old, new]}}
rules:
  - {id: all, cheapest: [all]}
default: {hold: none}
`

func TestRates(t *testing.T) {
	r := mustParse(t, rated)
	at := func(country, region, postal string) func(*shipment.Order) {
		return func(o *shipment.Order) {
			o.ShipTo.Country, o.ShipTo.Region, o.ShipTo.PostalCode = country, region, postal
		}
	}
	next := friday.AddDate(0, 2, 0)
	for name, tt := range map[string]struct {
		in   shipment.Order
		now  time.Time
		want string // cost, zone, billable weight; or the reason of a hold
	}{
		"a break is included":              {order(both(weighs(500), at("US", "CA", "90100"), flat)), friday, "150 2 500"}, // the minimum
		"above a break":                    {order(both(weighs(501), at("US", "CA", "90100"), flat)), friday, "200 2 501"},
		"the longest prefix counts":        {order(both(weighs(501), at("US", "CA", "90001"), flat)), friday, "400 4 501"},
		"the region where no prefix does":  {order(both(weighs(501), at("US", "HI", "96813"), flat)), friday, "400 9 501"},
		"the default":                      {order(both(weighs(501), at("US", "NY", "10001"), flat)), friday, "400 5 501"},
		"abroad by country":                {order(both(weighs(501), at("DE", "", "90100"), flat)), friday, "400 EU 501"},
		"abroad, the others":               {order(both(weighs(501), at("JP", "", "9010011"), flat)), friday, "400 world 501"},
		"beyond the last, each step begun": {order(both(weighs(1501), at("US", "CA", "90100"), flat)), friday, "220 2 1501"},
		"volume counts":                    {order(both(weighs(100), at("US", "CA", "90100"), cube(200))), friday, "220 2 1600"}, // 8000 cm³ / 5000
		"the divisor of its day":           {order(both(weighs(100), at("US", "CA", "90100"), cube(100))), next, "1000 2 400"},   // 1000 cm³ / 2500
		"next year's rates by themselves":  {order(both(weighs(501), at("US", "CA", "90100"), flat)), next, "2000 2 501"},
		"beyond the last without a price":  {order(both(weighs(1501), at("US", "CA", "90100"), flat)), next, "no service can take the parcel: a: the rates new end at 1000 g, this counts as 1501 g"},
		"rates that have run out still go": {order(both(weighs(501), at("US", "CA", "90100"), flat)), friday.AddDate(3, 0, 0), "2000 2 501"},
		"several parcels, each by its own": {order(both(weighs(400), at("US", "CA", "90100"), flat, func(o *shipment.Order) { o.Parcels = append(o.Parcels, shipment.Parcel{Weight: 900}) })), friday, "350 2 1300"},
		"no parcel: the items' weight":     {order(both(at("US", "CA", "90100"), func(o *shipment.Order) { o.Parcels = nil })), friday, "230 2 2300"},
		"a weight that no scale knows":     {order(both(weighs(1<<62), at("US", "CA", "90100"))), friday, "no service can take the parcel: a: parcel 1: 4611686018427387904 g is heavier than any service takes"},
	} {
		d := r.Assign(tt.in, tt.now)
		got := fmt.Sprintf("%d %s %d", d.CostMinor, d.Zone, d.Billable)
		if d.Hold != nil {
			got = d.Hold.Reason
		}
		if got != tt.want {
			t.Errorf("%s: %s, want %s", name, got, tt.want)
		}
	}
	if w := r.Warnings(friday); len(w) != 0 {
		t.Errorf("warnings today: %q", w)
	}
	if w := r.Warnings(friday.AddDate(3, 0, 0)); len(w) == 0 || !strings.Contains(strings.Join(w, "\n"), "the rates new are valid until 2027-12-31") || strings.Contains(strings.Join(w, "\n"), "rates old") {
		t.Errorf("warnings in three years: %q", w)
	}
}

func flat(o *shipment.Order) { o.Parcels[0].Length, o.Parcels[0].Width, o.Parcels[0].Height = 0, 0, 0 }

func cube(side shipment.Millimetres) func(*shipment.Order) {
	return func(o *shipment.Order) {
		o.Parcels[0].Length, o.Parcels[0].Width, o.Parcels[0].Height = side, side, side
	}
}

func TestSurcharges(t *testing.T) {
	r := mustParse(t, `version: 1
services:
  a: {carrier: ups, name: A, dest: [US], tags: [x], cost: {base: 1000}}
surcharges:
  - {id: residential, when: {dest.residential: true}, add: 300, per: order}
  - {id: oversize, when: {length: {gt: 1000}}, add: 50}
  - {id: fuel, services: ["tag:x"], percent: 12.5, of: total}
  - {id: rebate, percent: -10, of: base}
  - {id: peak, between: ["12-20", "01-15"], add: 7}
  - {id: season, from: 2026-11-01, to: 2026-11-20, add: 3}
rules:
  - {id: gift, when: {items.tags: gift}, surcharge: [{add: 11, why: wrapping, per: order}]}
  - {id: all, cheapest: [all]}
default: {hold: none}
`)
	for name, tt := range map[string]struct {
		f    func(*shipment.Order)
		now  time.Time
		want []carrier.CostLine
	}{
		"two parcels, one of them long": {func(o *shipment.Order) {
			o.Parcels = append(o.Parcels, shipment.Parcel{Weight: 1, Length: 1001}, shipment.Parcel{Weight: 1, Length: 1000})
		}, friday.AddDate(0, 0, 1), []carrier.CostLine{{What: "rate", Amount: 3000}, {What: "residential", Amount: 300}, {What: "oversize", Amount: 50}, {What: "fuel", Amount: 419}, {What: "rebate", Amount: -300}}},
		"to a company, last day of the season": {func(o *shipment.Order) { o.ShipTo.Company = "C" }, friday, []carrier.CostLine{
			{What: "rate", Amount: 1000}, {What: "fuel", Amount: 125}, {What: "rebate", Amount: -100}, {What: "season", Amount: 3},
		}},
		"over the new year": {func(o *shipment.Order) { o.ShipTo.Company = "C" }, time.Date(2027, 1, 15, 1, 0, 0, 0, time.UTC), []carrier.CostLine{
			{What: "rate", Amount: 1000}, {What: "fuel", Amount: 125}, {What: "rebate", Amount: -100}, {What: "peak", Amount: 7},
		}},
		"a rule's": {func(o *shipment.Order) { o.ShipTo.Company, o.Items[0].Tags = "C", []string{"gift"} }, friday.AddDate(0, 0, 1), []carrier.CostLine{
			{What: "rate", Amount: 1000}, {What: "fuel", Amount: 125}, {What: "rebate", Amount: -100}, {What: "wrapping", Amount: 11},
		}},
	} {
		d := r.Assign(order(tt.f), tt.now)
		if diff := cmp.Diff(tt.want, d.Cost); diff != "" {
			t.Errorf("%s (-want +got)\n%s", name, diff)
		}
		var sum int64
		for _, c := range d.Cost {
			sum += c.Amount
		}
		if sum != d.CostMinor {
			t.Errorf("%s: the parts make %d, the cost is %d", name, sum, d.CostMinor)
		}
	}
}

func TestPromiseCalendars(t *testing.T) {
	r := mustParse(t, `version: 1
zones:
  z: {postal: {"2": ["94"]}, default: "5"}
transit_tables:
  t: {zones: z, days: {"2": {min: 1, max: 1}, "*": {min: 2, max: 3}}, countries: {DE: {min: 4, max: 6}}}
calendars:
  six: {pickup: [mon, tue, wed, thu, fri], delivery: [monday, tue, wed, thu, fri, sat], holidays: [2026-11-26], no_pickup: [2026-11-27], no_delivery: [2026-11-23]}
services:
  a: {carrier: ups, name: A, dest: ["*"], military: true, transit: {table: t}, cutoff: "16:00", cutoff_on: {fri: "12:00"}, calendar: six}
  b: {carrier: ups, name: B, dest: [FR]}
rules: [{id: all, cheapest: [all]}]
default: {hold: none}
`)
	at := func(day, hour, minute int) time.Time { return time.Date(2026, 11, day, hour, minute, 0, 0, time.UTC) }
	far := func(o *shipment.Order) { o.ShipTo.Region, o.ShipTo.PostalCode = "NY", "10001" }
	for name, tt := range map[string]struct {
		f    func(*shipment.Order)
		now  time.Time
		want shipment.Promise
	}{
		"a minute before Friday's own cut-off: Saturday": {nil, at(20, 11, 59), shipment.Promise{Earliest: "2026-11-21", Latest: "2026-11-21"}},
		"at it: leaves on Monday, arrives on Tuesday":    {nil, at(20, 12, 0), shipment.Promise{Earliest: "2026-11-24", Latest: "2026-11-24"}},
		"no delivery on Monday the 23rd":                 {far, at(20, 9, 0), shipment.Promise{Earliest: "2026-11-24", Latest: "2026-11-25"}},
		"over the holiday":                               {far, at(24, 9, 0), shipment.Promise{Earliest: "2026-11-27", Latest: "2026-11-28"}},
		"on the holiday, and no pick-up the day after":   {nil, at(26, 9, 0), shipment.Promise{Earliest: "2026-12-01", Latest: "2026-12-01"}},
		"by country":             {to("DE", "1", ""), at(16, 9, 0), shipment.Promise{Earliest: "2026-11-20", Latest: "2026-11-24"}},
		"the forces have none":   {func(o *shipment.Order) { o.ShipTo.City, o.ShipTo.Region = "APO", "AE" }, at(20, 9, 0), shipment.Promise{}},
		"no transit, no promise": {both(to("FR", "1", ""), wish("", "b")), at(20, 9, 0), shipment.Promise{}},
		"another zone's clock: Friday noon here is Thursday's night": {nil, at(20, 1, 0).In(time.FixedZone("", -8*3600)), shipment.Promise{Earliest: "2026-11-21", Latest: "2026-11-21"}},
	} {
		if got := r.Assign(order(tt.f), tt.now).Promise; got != tt.want {
			t.Errorf("%s: %+v, want %+v", name, got, tt.want)
		}
	}
}

func TestOutcomes(t *testing.T) {
	const head = `version: 1
services:
  a: {carrier: ups, name: A, dest: [US], cost: {base: 100}, transit: {min: 1, max: 6}}
  b: {carrier: usps, name: B, dest: [US], cost: {base: 150}, transit: {min: 1, max: 3}}
  c: {carrier: fedex, name: C, dest: [US], cost: {base: 900}, transit: {min: 1, max: 1}}
  d: {carrier: fedex, name: D, dest: [US], cost: {base: 100}, transit: {min: 1, max: 4}, max_weight: 3000}
rules:
`
	for rules, want := range map[string]string{
		"[{id: r, cheapest: [all]}]":                                                                            "d", // as dear as a, and sooner
		"[{id: r, fastest: [all]}]":                                                                             "c",
		"[{id: r, fastest: [a, d]}]":                                                                            "d",
		"[{id: r, cheapest: [all], within_days: 3}]":                                                            "b",
		"[{id: r, cheapest: [all], prefer: [b], prefer_margin: 50}]":                                            "b",
		"[{id: r, cheapest: [all], prefer: [b], prefer_margin: 49}]":                                            "d",
		`[{id: r, cheapest: [all], prefer: [c, "carrier:usps"], prefer_margin: 50}]`:                            "b",
		"[{id: r, prefer: [c, a]}]":                                                                             "c",
		`[{id: r, deny: ["carrier:fedex"]}, {id: s, cheapest: [all]}]`:                                          "a",
		"[{id: r, allow: [b, c]}, {id: s, cheapest: [all]}]":                                                    "b",
		"[{id: r, deny: [a, b, c, d], when: {weight: 1}}, {id: s, use: a}]":                                     "",
		"[{id: r, use: d, when: {weight: {gt: 1}}}, {id: s, use: a}]":                                           "d",
		"[{id: r, split: [{when: {weight: 1}, use: a}, {use: c}]}]":                                             "c",
		"[{id: r, fastest: [d], within_days: 5, if_none: {use: c}}]":                                            "d",
		"[{id: r, deny: [c]}, {id: s, prefer: [c], if_none: {prefer: [b, a]}}]":                                 "b",
		"[{id: r, deny: [c]}, {id: s, use: c}, {id: u, use: a}]":                                                "a",
		"[{id: r, deny: [c]}, {id: s, when: {dest.country: US}, use: c, if_none: {hold: no}}, {id: u, use: a}]": "held",
		"[{id: r, deny: {carrier: [ups, fedex]}}, {id: s, cheapest: [all]}]":                                    "b",
		"[{id: r, allow: {level: standard}, when: {weight: 1}}, {id: s, cheapest: [a]}]":                        "",
	} {
		r, err := carrier.ParseRules([]byte(head + "  " + rules + "\ndefault: {hold: none}\n"))
		if want == "" {
			if err == nil {
				t.Errorf("%s: no mistake", rules)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", rules, err)
			continue
		}
		d := r.Assign(order(nil), friday)
		got := string(d.Service)
		if d.Hold != nil {
			got = "held"
		}
		if got != want || len(d.Rejected) != 4 && d.Hold != nil || len(d.Rejected) != 3 && d.Hold == nil {
			t.Errorf("%s: %s, want %s\n%+v", rules, got, want, d)
		}
	}
	d := mustParse(t, head+"  [{id: r, deny: [c]}, {id: s, use: c}, {id: u, use: a}]\ndefault: {hold: none}\n").Assign(order(nil), friday)
	if diff := cmp.Diff([]carrier.Passed{{Rule: "s", Reason: "none of its services can take the order"}}, d.Passed); diff != "" {
		t.Errorf("passed (-want +got)\n%s", diff)
	}
}

func TestChartFiles(t *testing.T) {
	parse := func(chart string) (*carrier.Rules, error) {
		o := carrier.Options{Open: func(name string) ([]byte, error) {
			if name != "z.csv" {
				return nil, errors.New("no such file")
			}
			return []byte(chart), nil
		}}
		return o.ParseRules([]byte("version: 1\nzones: {z: {file: z.csv}}\nservices: {a: {carrier: ups, name: A, dest: [US]}}\nrules:\n  - {id: r, when: {dest.zone.z: \"4\"}, hold: four}\ndefault: {use: a}\n"))
	}
	r, err := parse("\ufefforigin,destination,zone\n# Los Angeles\n900,900-939,2\n 900, \"940-949\" ,4 # the bay\n100,900-949,8\n")
	if err != nil {
		t.Fatal(err)
	}
	from := func(postal string) func(*shipment.Order) {
		return func(o *shipment.Order) { o.ShipFrom = shipment.Address{Country: "US", PostalCode: postal} }
	}
	if d := r.Assign(order(from("90058")), friday); d.Hold == nil {
		t.Error("from 900 the bay is zone 4")
	}
	for _, elsewhere := range []string{"10001", "55555", ""} {
		if d := r.Assign(order(from(elsewhere)), friday); d.Hold != nil {
			t.Errorf("from %q the bay is not zone 4", elsewhere)
		}
	}
	for chart, want := range map[string]string{
		"900-908":              "line 1: want prefix,zone",
		"1,2,3,4":              "line 1: want prefix,zone",
		"900,2\n9,940,3":       `line 2: the origin "9" is not`,
		"900,2\n905-900,3":     `line 2: "905-900" is neither`,
		"900-910,2\n905-915,3": "900-910 (2) and 905-915 (3) overlap",
		"":                     "names no zone",
	} {
		if _, err := parse(chart); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", chart, err, want)
		}
	}
}

func FuzzChartFile(f *testing.F) {
	f.Add("origin,prefix,zone\n900,900-939,2\n", "90058", "94043")
	f.Add("900-939,2\n94,4\n", "", "94")
	f.Fuzz(func(t *testing.T, chart, from, to string) {
		o := carrier.Options{Open: func(string) ([]byte, error) { return []byte(chart), nil }}
		r, err := o.ParseRules([]byte("version: 1\nzones: {z: {file: z.csv}}\nservices: {a: {carrier: ups, name: A, dest: [US]}}\nrules:\n  - {id: r, when: {dest.zone.z: \"4\"}, hold: four}\ndefault: {use: a}\n"))
		if err != nil {
			return
		}
		d := r.Assign(order(func(o *shipment.Order) { o.ShipFrom.PostalCode, o.ShipTo.PostalCode = from, to }), friday)
		if (d.Hold == nil) == (d.Service == "") {
			t.Errorf("decision %+v", d)
		}
	})
}

// TestPromiseThatIsNoDate holds that nothing keeps a promise nobody can read.
func TestPromiseThatIsNoDate(t *testing.T) {
	d := reference(t).Assign(order(func(o *shipment.Order) { o.DeliverBy = "soon" }), friday)
	if d.Hold == nil || d.Rule != "promised" || !strings.Contains(fmt.Sprint(d.Rejected), `wants it by "soon", which is no date`) {
		t.Errorf("decision %+v", d)
	}
}
