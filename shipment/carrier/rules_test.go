package carrier_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"waybill/shipment"
	"waybill/shipment/carrier"
)

// reference returns the rules that come with the program.
func reference(t testing.TB) *carrier.Rules {
	t.Helper()
	data, err := os.ReadFile("../../configs/rules.yaml")
	if err != nil {
		t.Fatal(err)
	}
	r, err := carrier.ParseRules(data)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// order returns an order of 2600 g to Mountain View, changed by f.
func order(f func(*shipment.Order)) shipment.Order {
	o := shipment.Order{
		ID:      "A-1",
		ShipTo:  shipment.Address{Name: "Zoë", Line1: "1600 Amphitheatre Pkwy", City: "Mountain View", Region: "CA", PostalCode: "94043", Country: "US"},
		Items:   []shipment.Item{{SKU: "TS-YOGA", Quantity: 2, Weight: 1150, HSCode: "391890", UnitPrice: shipment.Money{Amount: 3499, Currency: "USD"}}},
		Parcels: []shipment.Parcel{{Weight: 2600, Length: 300, Width: 220, Height: 120}},
	}
	if f != nil {
		f(&o)
	}
	return o
}

func to(country, line1, region string) func(*shipment.Order) {
	return func(o *shipment.Order) {
		o.ShipTo = shipment.Address{Name: "Zoë", Line1: line1, City: "X", Region: region, PostalCode: "1", Country: country}
	}
}

func both(fs ...func(*shipment.Order)) func(*shipment.Order) {
	return func(o *shipment.Order) {
		for _, f := range fs {
			f(o)
		}
	}
}

func wish(c shipment.CarrierID, s shipment.ServiceID) func(*shipment.Order) {
	return func(o *shipment.Order) { o.Carrier, o.Service = c, s }
}

func weighs(g shipment.Grams) func(*shipment.Order) {
	return func(o *shipment.Order) { o.Parcels[0].Weight = g }
}

// friday is a Friday before every cut-off.
var friday = time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)

func TestAssign(t *testing.T) {
	r := reference(t)
	for _, tt := range []struct {
		name string
		in   shipment.Order
		want string // service|rule, or hold|rule|reason's beginning
	}{
		{"domestic", order(nil), "ups_ground|cheapest"},
		{"domestic, a kilogram", order(weighs(1000)), "usps_ground_advantage|cheapest"},
		{"domestic, heavy", order(weighs(6000)), "ups_ground|cheapest"},
		{"domestic, light", order(both(weighs(300), wish("", "standard"))), "usps_ground_advantage|light-domestic"},
		{"express", order(wish("", "express")), "usps_priority|cheapest"},
		{"level as a shop writes it", order(wish("", "Standard shipping")), "ups_ground|cheapest"},
		{"box, heavy", order(both(weighs(6000), to("US", "PO Box 1187", "AK"))), "usps_ground_advantage|cheapest"},
		{"forces", order(func(o *shipment.Order) {
			o.ShipTo = shipment.Address{Name: "A", Line1: "PSC 76 Box 4410", City: "APO", Region: "AP", PostalCode: "96319", Country: "US"}
		}), "usps_ground_advantage|cheapest"},
		{"Hawaii, heavy", order(both(weighs(6000), to("US", "1 Aloha St", "HI"))), "usps_ground_advantage|cheapest"},
		{"abroad", order(to("DE", "Königsallee 60F", "")), "yunexpress_standard|cheapest"},
		{"abroad, express", order(both(to("HK", "8 Finance Street", ""), wish("", "express"))), "dhl_express_worldwide|cheapest"},
		{"abroad, express, to a box", order(both(to("AE", "P.O. Box 12", ""), wish("", "express"))), "hold|order|the order asks for express, and no service"},
		{"abroad, no customs code", order(both(to("DE", "Königsallee 60F", ""), func(o *shipment.Order) { o.Items[0].HSCode = "3918" })), "hold|customs-code|an item has no HS code"},
		{"embargo", order(to("SY", "1 Main St", "")), "hold|limits|no service can take the parcel"},
		{"too heavy for all", order(weighs(90_000)), "hold|limits|no service can take the parcel"},
		{"too long for all", order(func(o *shipment.Order) { o.Parcels[0].Length = 6000 }), "hold|limits|no service"},
		{"order's carrier and service", order(wish("ups", "ground")), "ups_ground|order"},
		{"order's service by ID", order(wish("", "usps_priority")), "usps_priority|order"},
		{"order's carrier", order(wish("usps", "")), "usps_ground_advantage|order"},
		{"order's carrier and level", order(wish("usps", "express")), "usps_priority|order"},
		{"order's carrier cannot", order(both(wish("ups", "ground"), to("US", "PO Box 7", "CA"))), "hold|order|the order names the carrier ups: ups_ground: does not deliver to post office boxes"},
		{"order's carrier unknown to the rules", order(wish("gls", "")), "hold|order|the order names the carrier gls: the rules know no service of it"},
		{"order's service unknown", order(wish("", "overnight")), `hold|order|the order names the service "overnight"`},
		{"hold counts for a named service", order(both(wish("dhl_express", ""), to("DE", "1", ""), func(o *shipment.Order) { o.Items[0].HSCode = "" })), "hold|customs-code|an item"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := r.Assign(tt.in, friday)
			got := string(d.Service) + "|" + d.Rule
			if d.Hold != nil {
				got = "hold|" + d.Hold.Rule + "|" + d.Hold.Reason
			}
			if !strings.HasPrefix(got, tt.want) {
				t.Errorf("got %s, want %s\n%+v", got, tt.want, d.Rejected)
			}
			if d.OrderID != tt.in.ID || (d.Hold == nil) == (d.Service == "") {
				t.Errorf("decision %+v", d)
			}
			// Every service is either the one or explained.
			if want := len(r.Services()) - 1; d.Hold == nil && len(d.Rejected) != want {
				t.Errorf("%d services explained, want %d: %+v", len(d.Rejected), want, d.Rejected)
			}
			for _, rej := range d.Rejected {
				if rej.Reason == "" || rej.Carrier == "" || rej.Service == d.Service {
					t.Errorf("rejection %+v", rej)
				}
			}
		})
	}
}

func TestAssignCostAndReasons(t *testing.T) {
	d := reference(t).Assign(order(nil), friday)
	want := carrier.Decision{
		OrderID: "A-1", Carrier: "ups", Service: "ups_ground", ServiceName: "UPS Ground", Rule: "cheapest", CostMinor: 960, Currency: "USD",
		Rules: []string{"cheapest"}, Cost: []carrier.CostLine{{What: "rate", Amount: 960}}, Billable: 2600,
		Promise: shipment.Promise{Earliest: "2026-11-23", Latest: "2026-11-30"},
		Rejected: []carrier.Rejection{
			{Carrier: "dhl_express", Service: "dhl_express_worldwide", Reason: "does not go to United States"},
			{Carrier: "usps", Service: "usps_ground_advantage", Reason: "costs 1050, ups_ground only 960"},
			{Carrier: "usps", Service: "usps_priority", Reason: "costs 1750, ups_ground only 960"},
			{Carrier: "yunexpress", Service: "yunexpress_standard", Reason: "does not go to United States"},
		},
	}
	if diff := cmp.Diff(want, d); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}

	// 30 × 22 × 60 cm at 139 in³ a pound are 7.9 kg, whatever the scales say.
	bulky := reference(t).Assign(order(func(o *shipment.Order) { o.Parcels[0].Height = 600; o.Carrier = "ups" }), friday)
	if want := int64(690 + 8*90); bulky.CostMinor != want {
		t.Errorf("a bulky parcel costs %d, want %d", bulky.CostMinor, want)
	}
}

func TestPromise(t *testing.T) {
	r := reference(t)
	at := func(day, hour int) time.Time { return time.Date(2026, 11, day, hour, 0, 0, 0, time.UTC) }
	for _, tt := range []struct {
		name string
		now  time.Time
		want shipment.Promise
	}{
		{"Friday morning leaves on Friday, Thanksgiving does not count", at(20, 9), shipment.Promise{Earliest: "2026-11-23", Latest: "2026-11-27"}},
		{"Friday at the cut-off leaves on Saturday", at(20, 17), shipment.Promise{Earliest: "2026-11-24", Latest: "2026-11-28"}},
		{"Sunday leaves on Monday", at(22, 9), shipment.Promise{Earliest: "2026-11-25", Latest: "2026-11-30"}},
		{"no time, no promise", time.Time{}, shipment.Promise{}},
	} {
		got := r.Assign(order(wish("usps", "ground_advantage")), tt.now).Promise
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", tt.name, diff)
		}
	}
	forces := order(func(o *shipment.Order) { o.ShipTo.Region, o.ShipTo.City = "AE", "APO" })
	if got := r.Assign(forces, friday).Promise; got != (shipment.Promise{}) {
		t.Errorf("mail to the forces is promised for %+v", got)
	}
}

// small is the least that parses; a test breaks one thing of it.
const small = `version: 1
services:
  a: {carrier: ups, name: A, dest: [US], max_weight: 1000, cost: {base: 100}, transit: {min: 1, max: 2}}
  b: {carrier: usps, name: B, dest: [US], cost: {base: 200}, transit: {min: 1, max: 5}}
rules:
  - id: r1
    when: {weight: {gte: 500, lt: 900}}
    use: b
  - id: r2
    when: {order.channel: [x, y]}
    deny: [a]
    why: not for x and y
  - id: r3
    when: {items.sku: {any: [FAST]}}
    cheapest: [a, b]
    within_days: 3
  - id: r4
    when: {items.sku: {not: [OK]}, dest.region: {not: CA}}
    hold: ask
default: {cheapest: [all]}
`

func TestRulesOperators(t *testing.T) {
	r, err := carrier.ParseRules([]byte(small))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		f    func(*shipment.Order)
		want string
	}{
		{"between", weighs(500), "b r1"},
		{"above", weighs(900), "a default"},
		{"denied", both(weighs(100), func(o *shipment.Order) { o.Channel = "y" }), "b default"},
		{"in time", both(weighs(100), func(o *shipment.Order) { o.Items[0].SKU = "FAST" }), "a r3"},
		{"denied and too late falls through", both(weighs(100), func(o *shipment.Order) { o.Channel, o.Items[0].SKU = "y", "FAST" }), "b default"},
		{"two conditions", both(weighs(100), func(o *shipment.Order) { o.ShipTo.Region = "NY" }), "hold r4"},
		{"two conditions, one fails", both(weighs(100), func(o *shipment.Order) { o.ShipTo.Region, o.Items[0].SKU = "NY", "OK" }), "a default"},
		{"limit", weighs(1001), "b default"},
	} {
		d := r.Assign(order(tt.f), friday)
		got := string(d.Service) + " " + d.Rule
		if d.Hold != nil {
			got = "hold " + d.Rule
		}
		if got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestParseRules(t *testing.T) {
	for name, tt := range map[string]struct{ old, now, want string }{
		"bad key":              {"name: A", "nome: A", "rules:3: services.a.nome"},
		"bad carrier":          {"carrier: ups", "carrier: upps", `rules:3: services.a.carrier: unknown carrier "upps"`},
		"bad service in use":   {"use: b", "use: c", `rules:8: rules[0].use: unknown service "c" (have [a b])`},
		"bad service in deny":  {"deny: [a]", "deny: [z]", "rules:11: rules[1].deny: unknown service"},
		"bad field":            {"order.channel:", "order.chanel:", "rules:10: rules[1].when.order.chanel: unknown field"},
		"bad operator":         {"gte: 500", "ge: 500", `rules:7:`},
		"bad number":           {"lt: 900", "lt: heavy", "no whole number"},
		"bad operator's field": {"{any: [FAST]}", "{lt: 3}", "lt wants a number"},
		"bad list":             {"[x, y]", "[]", "the list is empty"},
		"bad two outcomes":     {"hold: ask", "hold: ask\n    use: a", "rules:17: rules[3]: give one of use, cheapest, fastest, split and hold"},
		"bad no outcome":       {"    hold: ask\n", "", "rules[3]: decides nothing"},
		"bad unreachable":      {"    when: {weight: {gte: 500, lt: 900}}\n    use: b", "    hold: all", "rules:6: rules[0]: matches every order"},
		"bad same ID":          {"id: r2", "id: r1", "every rule wants an ID of its own"},
		"bad no default":       {"default: {cheapest: [all]}", "", "default: required"},
		"bad version":          {"version: 1", "version: 3", "version: 3, want 1"},
		"bad transit":          {"{min: 1, max: 2}", "{min: 3, max: 2}", "services.a.transit"},
		"bad cutoff":           {"name: A", "name: A, cutoff: 5pm", "services.a.cutoff"},
		"bad scheme":           {"name: A", "name: A, scheme: nope", `unknown scheme "nope"`},
		"bad level":            {"name: A", "name: A, level: [fast]", `unknown level "fast"`},
	} {
		t.Run(name, func(t *testing.T) {
			in := strings.Replace(small, tt.old, tt.now, 1)
			if in == small {
				t.Fatal("the test changes nothing")
			}
			if _, err := carrier.ParseRules([]byte(in)); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v\nwant %q", err, tt.want)
			}
		})
	}
}

// TestReferenceRules holds that every service of the reference rules can be
// given numbers of ours that its own carrier's formats recognise.
func TestReferenceRules(t *testing.T) {
	r := reference(t)
	if diff := cmp.Diff([]shipment.CarrierID{"dhl_express", "ups", "usps", "yunexpress"}, r.Carriers()); diff != "" {
		t.Errorf("carriers (-want +got)\n%s", diff)
	}
	for _, s := range r.Services() {
		p, ok := prefixes[s.Scheme]
		if !ok || p.carrier != s.Carrier {
			t.Errorf("service %s of %s: scheme %q makes numbers of %q", s.ID, s.Carrier, s.Scheme, p.carrier)
		}
	}
}

func FuzzParseRules(f *testing.F) {
	f.Add([]byte(small), int64(900), "US", "express")
	f.Add([]byte(rated), int64(1501), "DE", "")
	f.Add([]byte("version: 1\nservices: {a: {terms: ups_ground}}\nrules: [{id: r, when: &x {any_of: [*x]}, use: a}]\ndefault: &y {use: a, if_none: *y}\n"), int64(1), "US", "")
	f.Add([]byte("version: 1\nservices: {a: {terms: ups_ground}}\nrules: [{id: r, split: [{use: a, share: 1}], signature: adult}]\ndefault: {prefer: [a], within_days: $order.promise_days}\n"), int64(1), "US", "a")
	f.Fuzz(func(t *testing.T, data []byte, weight int64, country, service string) {
		r, err := carrier.ParseRules(data)
		if err != nil {
			return
		}
		d := r.Assign(order(func(o *shipment.Order) {
			o.Parcels[0].Weight, o.ShipTo.Country, o.Service = shipment.Grams(weight), country, shipment.ServiceID(service)
		}), friday)
		if (d.Hold == nil) == (d.Service == "") {
			t.Errorf("decision %+v", d)
		}
	})
}
