package carrier_test

import (
	"fmt"
	"strings"
	"testing"

	"waybill/shipment/carrier"
)

// manyRules returns 200 rules over 20 services with zones, rates and transit
// tables, of which an order matches the last.
func manyRules() string {
	var b strings.Builder
	b.WriteString("version: 1\ncurrency: USD\nzones:\n  z:\n    postal: {\"2\": [\"900-908\"], \"5\": [\"910-960\"]}\n    regions: {\"9\": [AK, HI]}\n    default: \"8\"\n")
	b.WriteString("rates:\n  r:\n    zones: z\n    up_to: [500, 1000, 5000, 30000]\n    prices: {\"2\": [400, 500, 900, 3000], \"*\": [500, 700, 1200, 4000]}\n    beyond: {each: 1000, prices: {\"*\": 100}}\n")
	b.WriteString("transit_tables:\n  t:\n    zones: z\n    days: {\"2\": {min: 1, max: 2}, \"*\": {min: 2, max: 5}}\nservices:\n")
	for i := range 20 {
		fmt.Fprintf(&b, "  s%02d: {carrier: ups, name: S%d, dest: [US], pobox: %v, max_weight: %d, dim: {divisor: 139, unit: in_lb}, cost: {rates: r}, transit: {table: t}, cutoff: \"16:00\"}\n", i, i, i%2 == 0, 20000+1000*i)
	}
	b.WriteString("surcharges:\n  - {id: fuel, percent: 12.5}\n  - {id: residential, when: {dest.residential: true}, add: 500, services: [\"carrier:ups\"]}\n  - {id: peak, between: [\"10-01\", \"01-15\"], add: 60, when: {billable_weight: {gt: 2000}}}\nrules:\n")
	for i := range 199 {
		switch i % 5 {
		case 0:
			fmt.Fprintf(&b, "  - {id: r%d, when: {dest.country: US, dest.postal: {prefix: [\"%05d\", \"%03d\"]}}, use: s03}\n", i, i, i)
		case 1:
			fmt.Fprintf(&b, "  - {id: r%d, when: {items.sku: {any: [SKU-%d, SKU-X%d]}, weight: {gte: 10}}, deny: [s01]}\n", i, i, i)
		case 2:
			fmt.Fprintf(&b, "  - {id: r%d, when: {order.channel: channel-%d, billable_weight: {lt: 454}}, cheapest: [all]}\n", i, i)
		case 3:
			fmt.Fprintf(&b, "  - {id: r%d, when: {any_of: [{order.value: {gt: %d}}, {dest.region: [AK, HI], now.hour: %d}]}, hold: ask}\n", i, 900000+i, i%24)
		case 4:
			fmt.Fprintf(&b, "  - {id: r%d, when: {dest.country: US, order.level: express, dest.zone.z: \"9\"}, fastest: [s0%d], within_days: 6}\n", i, i%10)
		}
	}
	b.WriteString("  - {id: last, cheapest: [all], keep_promise: true, prefer: [s07], prefer_margin: 10}\ndefault: {hold: none}\n")
	return b.String()
}

func BenchmarkAssign200Rules(b *testing.B) {
	r, err := carrier.ParseRules([]byte(manyRules()))
	if err != nil {
		b.Fatal(err)
	}
	o := order(nil)
	if d := r.Assign(o, friday); d.Rule != "last" || len(d.Rejected) != 19 {
		b.Fatalf("%+v", d)
	}
	b.ReportAllocs()
	for b.Loop() {
		r.Assign(o, friday)
	}
}

func BenchmarkParse200Rules(b *testing.B) {
	in := []byte(manyRules())
	b.ReportAllocs()
	for b.Loop() {
		if _, err := carrier.ParseRules(in); err != nil {
			b.Fatal(err)
		}
	}
}
