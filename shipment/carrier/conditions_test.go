package carrier_test

import (
	"strings"
	"testing"
	"time"

	"waybill/shipment"
	"waybill/shipment/carrier"
)

// asks returns rules that take service yes where the condition holds, else no.
func asks(t *testing.T, when string) *carrier.Rules {
	t.Helper()
	r, err := carrier.ParseRules([]byte(`version: 1
lists:
  far: {values: ["967", "995"]}
zones:
  chart: {postal: {"2": ["900-908"], "5": ["94"]}, regions: {"9": [HI]}, countries: {EU: [DE]}, default: "8"}
zone_sets:
  offshore: {countries: [US], regions: [AK, HI], postal: ["008"]}
  bay: {countries: [US], postal: ["940-941", "9404"]}
services:
  no: {carrier: ups, name: N, dest: ["*"], level: [standard], hazmat: [liquid, magnet], pobox: true, military: true}
  yes: {carrier: ups, name: Y, dest: ["*"], level: [standard], hazmat: [liquid, magnet], pobox: true, military: true, dim: {divisor: 5000, unit: cm_kg}}
rules:
  - {id: asked, when: ` + when + `, use: yes}
default: {use: no}
`))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestConditions(t *testing.T) {
	o := order(func(o *shipment.Order) {
		o.Channel, o.Service, o.PromiseDays, o.DeliverBy = "tiktok_shop", "Standard shipping", 3, "2026-11-25"
		o.ShipBy = friday.Add(30 * time.Hour)
		o.ShipFrom = shipment.Address{Country: "US", Region: "CA", PostalCode: "90058"}
		o.Items = append(o.Items, shipment.Item{SKU: "OIL", Quantity: 3, HSCode: "3301", OriginCountry: "CN", Hazmat: []string{"liquid"}, Tags: []string{"gift"}})
		o.Parcels = append(o.Parcels, shipment.Parcel{Weight: 900, Length: 900, Width: 100, Height: 50})
	})
	for when, want := range map[string]bool{
		"{dest.country: US}":                                          true,
		"{dest.country: [DE, US]}":                                    true,
		"{dest.country: {not: US}}":                                   false,
		"{dest.country: {not: [US, DE]}}":                             false,
		"{dest.city: {prefix: Mountain}}":                             true,
		"{dest.postal: {prefix: [94, 5]}}":                            true,
		"{dest.postal: {not_prefix: [94, 5]}}":                        false,
		"{dest.postal: {prefix: $far}}":                               false,
		`{dest.postal: {between: ["940", "941"]}}`:                    true,
		`{dest.postal: {between: ["941", "949"]}}`:                    false,
		`{dest.zone.chart: "5"}`:                                      true,
		`{dest.zone.chart: {not: ["5", "8"]}}`:                        false,
		"{dest.zone_set: bay}":                                        true,
		"{dest.zone_set: [offshore, bay]}":                            true,
		"{dest.zone_set: {none: [offshore]}}":                         true,
		"{dest.zone_set: {not: bay}}":                                 false,
		"{dest.pobox: true}":                                          false,
		"{dest.pobox: {not: true}}":                                   true,
		"{dest.military: false}":                                      true,
		"{dest.residential: true}":                                    true,
		"{dest.domestic: true}":                                       true,
		"{from.postal: {prefix: 900}}":                                true,
		"{weight: 2600}":                                              true,
		"{weight: {gte: 2600, lt: 2601}}":                             true,
		"{weight: {between: [2000, 2600]}}":                           true,
		"{weight: {gt: 2600}}":                                        false,
		"{weight: {not: [1, 2600]}}":                                  false,
		"{total_weight: 3500}":                                        true,
		"{billable_weight: {lte: 2600}}":                              true,
		"{length: 900}":                                               true, // of the longest parcel
		"{girth: 680}":                                                true, // 2 × (220 + 120)
		"{length_girth: 1200}":                                        true, // 900 + 2 × (100 + 50)
		"{parcels: 2}":                                                true,
		"{order.value: {gte: 6998}}":                                  true,
		"{order.items: 5}":                                            true,
		"{order.currency: USD}":                                       true,
		"{order.promise_days: {lte: 3}}":                              true,
		"{order.promise_days: {missing: true}}":                       false,
		`{order.deliver_by: "2026-11-25"}`:                            true,
		`{order.deliver_by: {between: ["2026-11-01", "2026-11-30"]}}`: true,
		"{order.deliver_by: {missing: false}}":                        true,
		"{order.ship_by_hours: {between: [30, 30]}}":                  true,
		`{order.ship_by: "2026-11-21"}`:                               true,
		"{order.channel: {prefix: tiktok}}":                           true,
		"{order.level: standard}":                                     true,
		"{order.service: Standard shipping}":                          true,
		"{now.hour: 9, now.weekday: [fri, sat]}":                      true,
		"{now.weekday: sat}":                                          false,
		`{now.date: {between: ["2026-11-20", "2026-11-20"]}}`:         true,
		"{items.sku: OIL}":                                            true,
		"{items.sku: {any: [OIL, X]}}":                                true,
		"{items.sku: {all: [OIL, X]}}":                                false,
		"{items.sku: {all: [OIL, TS-YOGA]}}":                          true,
		"{items.sku: {none: [OIL]}}":                                  false,
		"{items.sku: {not: [X]}}":                                     true,
		"{items.sku: {prefix: TS-}}":                                  true,
		"{items.sku: {not_prefix: [TS-]}}":                            false,
		"{items.hs_code: {missing: 6}}":                               true,
		"{items.hs_code: {missing: 4}}":                               false,
		"{items.tags: gift}":                                          true,
		"{items.tags: {missing: true}}":                               false,
		"{items.hazmat: {any: [liquid]}}":                             true,
		"{items.hazmat: {all: [magnet]}}":                             false,
		"{items.origin_country: CN}":                                  true,
		"{any_of: [{weight: 1}, {dest.country: US, parcels: 2}]}":     true,
		"{any_of: [{weight: 1}, {dest.country: US, parcels: 1}]}":     false,
		"{not: {dest.country: US, parcels: 1}}":                       true,
		"{not: {dest.country: US, parcels: 2}}":                       false,
		"{not: [{weight: 1}, {dest.country: DE}]}":                    true,
		"{dest.country: US, not: {any_of: [{weight: 1}, {order.channel: tiktok_shop}]}}": false,
	} {
		if got := asks(t, when).Assign(o, friday).Service == "yes"; got != want {
			t.Errorf("%s: %v, want %v", when, got, want)
		}
	}
}

// TestConditionsWithoutTheFact holds that what is not known is neither little
// nor much.
func TestConditionsWithoutTheFact(t *testing.T) {
	o := order(nil)
	for when, want := range map[string]bool{
		"{order.promise_days: {lte: 3}}":        false,
		"{order.promise_days: {gte: 0}}":        false,
		"{order.promise_days: {missing: true}}": true,
		"{order.promise_days: {not: 3}}":        true,
		"{order.deliver_by: {missing: true}}":   true,
		"{now.hour: {gte: 0}}":                  false,
		"{items.tags: {missing: true}}":         true,
		"{items.tags: {none: [gift]}}":          true,
		"{items.tags: {all: [gift]}}":           false,
		"{dest.domestic: true}":                 false, // nobody says where from
	} {
		if got := asks(t, when).Assign(o, time.Time{}).Service == "yes"; got != want {
			t.Errorf("%s: %v, want %v", when, got, want)
		}
	}
}

func TestParseRulesMistakes(t *testing.T) {
	const good = `version: 1
currency: USD
lists:
  l: {values: [a]}
zones:
  z: {postal: {"2": ["900-908"], "5": ["909-999"]}}
zone_sets:
  s: {countries: [US]}
calendars:
  c: {pickup: [mon], holidays: [2026-12-25]}
rates:
  r: {zones: z, up_to: [500, 1000], prices: {"2": [1, 2], "5": [3, 4]}}
transit_tables:
  t: {zones: z, days: {"2": {min: 1, max: 2}, "5": {min: 2, max: 4}}}
services:
  a: {carrier: ups, name: A, dest: [US], tags: [cheap], cost: {rates: r}, transit: {table: t}, calendar: c}
  b: {terms: usps_ground_advantage, cost: {base: 1}, transit: {min: 1, max: 3}}
surcharges:
  - {id: fuel, percent: 1.5}
rules:
  - {id: r1, when: {weight: {lt: 100}}, use: a}
  - {id: r2, when: {weight: {lt: 500}, dest.country: US}, cheapest: [all]}
  - {id: r3, when: {dest.zone_set: s}, split: [{use: a, share: 1}, {use: b, share: 2}]}
default: {hold: none}
`
	if _, err := carrier.ParseRules([]byte(good)); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct{ old, now, want string }{
		"bad breaks":             {"up_to: [500, 1000]", "up_to: [500, 500]", "rules:12: rates.r.up_to[1]: the weight breaks overlap"},
		"bad price count":        {`"5": [3, 4]}}`, `"5": [3]}}`, "rules:12: rates.r.prices.5: 1 prices for 2 weight breaks"},
		"bad missing zone":       {`"2": [1, 2], "5": [3, 4]`, `"2": [1, 2]`, `rules:12: rates.r.prices: nothing for zone "5", which the chart z knows`},
		"bad missing days":       {`, "5": {min: 2, max: 4}`, ``, `transit_tables.t.days: nothing for zone "5"`},
		"bad zones":              {"{zones: z, up_to", "{zones: y, up_to", `rates.r.zones: unknown zones "y"`},
		"bad overlap":            {"909-999", "908-999", "zones.z: 900-908 (2) and 908-999 (5) overlap"},
		"bad prefix range":       {"909-999", "909-99", `zones.z.postal.5[0]: "909-99" is neither`},
		"bad weekday":            {"[mon]", "[moonday]", `"moonday" is no weekday`},
		"bad date":               {"2026-12-25", "2026-13-25", `"2026-13-25" is no date`},
		"bad list":               {"{weight: {lt: 100}}", "{items.sku: $m}", `rules:21: rules[0].when.items.sku: unknown list "$m" (have [l])`},
		"bad zone set":           {"dest.zone_set: s", "dest.zone_set: x", `unknown zone set "x" (have [s])`},
		"bad chart":              {"dest.zone_set: s", "dest.zone.x: s", `unknown zones "x" (have [z])`},
		"bad field, near":        {"{weight: {lt: 100}}", "{wieght: 1}", `unknown field; did you mean "weight"?`},
		"bad hazmat":             {"{weight: {lt: 100}}", "{items.hazmat: {any: [bomb]}}", `unknown hazmat "bomb"`},
		"bad between":            {"{lt: 100}", "{between: [5, 1]}", "between wants the least value first"},
		"bad empty group":        {"{weight: {lt: 100}}", "{any_of: []}", "rules[0].when.any_of: the list is empty"},
		"bad group":              {"{weight: {lt: 100}}", "{any_of: [weight]}", "rules[0].when.any_of[0]: want conditions"},
		"bad tag":                {"cheapest: [all]", `cheapest: ["tag:dear"]`, `unknown tag "dear" (have [cheap])`},
		"bad property":           {"use: a}", "deny: {pobx: false}}", `no such property (have carrier, hazmat`},
		"bad contradiction":      {"{lt: 100}", "{lt: 100, gt: 200}", "rules:21: rules[0].when.weight: no value meets this"},
		"bad unreachable":        {"use: a}", "hold: x}\n  - {id: n, when: {weight: {lt: 50}, dest.country: US}, use: b}", `rules:22: rules[1]: is never reached: whenever it matches, rule "r1" before it does`},
		"bad impossible country": {"when: {weight: {lt: 100}}", "when: {dest.country: [DE, JP]}", "rules:21: rules[0]: can never choose a service: a does not go to DE, JP"},
		"bad impossible box":     {"when: {weight: {lt: 100}}", "when: {dest.pobox: true}", "can never choose a service: a does not deliver to post office boxes"},
		"bad impossible weight":  {"when: {weight: {lt: 100}}, use: a", "when: {weight: {gt: 40000}}, use: b", "can never choose a service: b takes at most 31751 g"},
		"bad impossible days":    {"use: a}", "use: b, within_days: 2}", "can never choose a service: b takes up to 3 days, not 2"},
		"bad leaves none":        {"use: a}", "deny: [a, b]}", "rules:21: rules[0]: can never leave a service"},
		"bad split":              {"{use: a, share: 1}", "{use: a}", "give every branch a share, or none"},
		"bad currencies":         {"cost: {base: 1}", "cost: {base: 1, currency: EUR}", "services.b.cost: costs are in EUR, those of a in USD"},
		"bad terms":              {"terms: usps_ground_advantage", "terms: usps_pigeon", `unknown terms "usps_pigeon"`},
		"bad wider limit":        {"cost: {base: 1}", "max_weight: 40000, cost: {base: 1}", "services.b.max_weight: 40000 is above the 31751 of the carrier's terms"},
		"bad wider box":          {"terms: usps_ground_advantage", "terms: ups_ground, pobox: true", "services.b.pobox: true, but the carrier's terms say no"},
		"bad wider hazmat":       {"cost: {base: 1}", "hazmat: [dry_ice], cost: {base: 1}", "services.b.hazmat: dry_ice, which the carrier's terms do not take"},
		"bad surcharge":          {"percent: 1.5", "percent: 1.555", "at most two decimals"},
		"bad nothing added":      {"percent: 1.5", "per: parcel", "surcharges[0]: adds nothing"},
		"bad calendar":           {"calendar: c", "calendar: d", `unknown calendar "d"`},
		"bad prefer":             {"use: a}", "use: a, prefer: [b]}", "prefer: stands alone or beside cheapest"},
		"bad days":               {"use: a}", "use: a, within_days: soon}", `within_days: "soon": want a number of days`},
		"bad incoterm":           {"use: a}", "use: a, incoterm: DDX}", "is no term of Incoterms 2020"},
		"bad file":               {`{postal: {"2": ["900-908"], "5": ["909-999"]}}`, "{file: z.csv}", "zones.z.file: z.csv: files cannot be read here"},
		"bad endless group":      {"{weight: {lt: 100}}", "&x {any_of: [*x]}", "too deep in one another"},
		"bad endless outcome":    {"default: {hold: none}", "default: &x {use: a, if_none: *x}", "contains itself"},
	} {
		t.Run(name, func(t *testing.T) {
			in := strings.Replace(good, tt.old, tt.now, 1)
			if in == good {
				t.Fatal("the test changes nothing")
			}
			if _, err := carrier.ParseRules([]byte(in)); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v\nwant %q", err, tt.want)
			}
		})
	}
}
