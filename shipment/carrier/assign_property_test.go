package carrier_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"waybill/shipment"
	"waybill/shipment/carrier"
)

// A drawnService is a service whose limits the test knows as well.
type drawnService struct {
	id                string
	pobox, military   bool
	maxWeight, girth  int64
	hazmat            []string
	base, perKg       int64
	min, max          int
	us, abroad        bool
	saturday, morning bool
	tag               string
}

func drawServices(t *rapid.T) []drawnService {
	out := make([]drawnService, rapid.IntRange(1, 6).Draw(t, "services"))
	for i := range out {
		least := rapid.IntRange(0, 5).Draw(t, "min")
		out[i] = drawnService{
			id: fmt.Sprintf("s%d", i), pobox: rapid.Bool().Draw(t, "pobox"), military: rapid.Bool().Draw(t, "military"),
			maxWeight: rapid.Int64Range(1, 30000).Draw(t, "max_weight"), girth: rapid.Int64Range(500, 4000).Draw(t, "girth"),
			hazmat: rapid.SliceOfNDistinct(rapid.SampledFrom(carrier.Hazmats()), 0, 3, rapid.ID[string]).Draw(t, "hazmat"),
			base:   rapid.Int64Range(0, 900).Draw(t, "base"), perKg: rapid.Int64Range(0, 300).Draw(t, "per_kg"),
			min: least, max: least + rapid.IntRange(0, 6).Draw(t, "more"), us: rapid.Bool().Draw(t, "us"), abroad: rapid.Bool().Draw(t, "abroad"),
			saturday: rapid.Bool().Draw(t, "saturday"), morning: rapid.Bool().Draw(t, "morning"), tag: rapid.SampledFrom([]string{"red", "blue"}).Draw(t, "tag"),
		}
	}
	return out
}

// text returns rules of the services, with the rules' own text.
func text(services []drawnService, rules string) string {
	var b strings.Builder
	b.WriteString("version: 1\ncurrency: USD\ncalendars:\n  six: {pickup: [mon, tue, wed, thu, fri, sat], delivery: [mon, tue, wed, thu, fri, sat], holidays: [2026-11-26]}\nservices:\n")
	for _, s := range services {
		dest := []string{`"DE"`}
		if s.us {
			dest = []string{`"US"`}
		}
		if s.abroad {
			dest = append(dest, `"JP"`)
		}
		cutoff, calendar := "23:59", "usps"
		if s.morning {
			cutoff = "08:00"
		}
		if s.saturday {
			calendar = "six"
		}
		fmt.Fprintf(&b, "  %s: {carrier: ups, name: N, tags: [%s], dest: [%s], pobox: %v, military: %v, hazmat: [%s], max_weight: %d, max_length_girth: %d, cost: {base: %d, per_kg: %d}, transit: {min: %d, max: %d}, cutoff: %q, calendar: %s}\n",
			s.id, s.tag, strings.Join(dest, ", "), s.pobox, s.military, strings.Join(s.hazmat, ", "), s.maxWeight, s.girth, s.base, s.perKg, s.min, s.max, cutoff, calendar)
	}
	return b.String() + "rules:\n" + rules
}

func drawOrder(t *rapid.T) shipment.Order {
	o := order(func(o *shipment.Order) {
		o.ID = shipment.OrderID(rapid.StringMatching(`[0-9]{6}`).Draw(t, "id"))
		o.ShipTo.Country = rapid.SampledFrom([]string{"US", "DE", "JP"}).Draw(t, "country")
		if rapid.Bool().Draw(t, "box") {
			o.ShipTo.Line1 = "PO Box 12"
		}
		if o.ShipTo.Country == "US" && rapid.Bool().Draw(t, "forces") {
			o.ShipTo.City, o.ShipTo.Region = "APO", "AE"
		}
		o.Items[0].Hazmat = rapid.SliceOfNDistinct(rapid.SampledFrom(carrier.Hazmats()), 0, 2, rapid.ID[string]).Draw(t, "hazmat")
		o.PromiseDays = rapid.IntRange(0, 8).Draw(t, "promise_days")
		if rapid.Bool().Draw(t, "by") {
			o.DeliverBy = friday.AddDate(0, 0, rapid.IntRange(0, 14).Draw(t, "deliver_by")).Format(time.DateOnly)
		}
	})
	o.Parcels = make([]shipment.Parcel, rapid.IntRange(1, 3).Draw(t, "parcels"))
	for i := range o.Parcels {
		side := func() shipment.Millimetres { return shipment.Millimetres(rapid.IntRange(1, 1500).Draw(t, "side")) }
		o.Parcels[i] = shipment.Parcel{Weight: shipment.Grams(rapid.IntRange(1, 30000).Draw(t, "weight")), Length: side(), Width: side(), Height: side()}
	}
	return o
}

func drawRules(t *rapid.T, services []drawnService) string {
	var b strings.Builder
	one := func() string { return rapid.SampledFrom(services).Draw(t, "service").id }
	for i := range rapid.IntRange(0, 6).Draw(t, "rules") {
		when := rapid.SampledFrom([]string{
			"{weight: {lt: 5000}}", "{dest.country: US}", "{any_of: [{dest.pobox: true}, {weight: {gte: 900}}]}", "{not: {dest.country: [DE, JP]}}",
			"{items.hazmat: {any: [liquid, magnet]}}", "{dest.postal: {prefix: 94}}", "{billable_weight: {gt: 2000}, now.weekday: [fri]}",
		}).Draw(t, "when")
		then := rapid.SampledFrom([]string{
			"deny: [" + one() + "]", "use: " + one(), "cheapest: [all]", "fastest: [all]", "cheapest: [tag:" + services[0].tag + "]", "prefer: [" + one() + "]",
			"hold: ask", "split: [{use: " + one() + ", share: 3}, {use: " + one() + ", share: 1}]", "surcharge: [{add: 100, service: " + one() + "}]",
			"cheapest: [all], prefer: [" + one() + "], prefer_margin: 50",
		}).Draw(t, "then")
		fmt.Fprintf(&b, "  - {id: r%d, when: %s, %s}\n", i, when, then)
	}
	return b.String()
}

func drawnRules(t *rapid.T) (services []drawnService, rules string, r *carrier.Rules) {
	services = drawServices(t)
	rules = drawRules(t, services)
	r, err := carrier.ParseRules([]byte(text(services, rules) + "default: {cheapest: [all]}\n"))
	if err != nil {
		t.Skip(err) // rules that contradict themselves
	}
	return services, rules, r
}

// TestAssignIsDeterministic holds that the same order is decided in the same
// way, by the same rules read again.
func TestAssignIsDeterministic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		services, rules, r := drawnRules(t)
		o := drawOrder(t)
		again, err := carrier.ParseRules([]byte(text(services, rules) + "default: {cheapest: [all]}\n"))
		if err != nil {
			t.Fatal(err)
		}
		d := r.Assign(o, friday)
		if diff := cmp.Diff(d, again.Assign(o, friday)); diff != "" {
			t.Fatalf("(-first +again)\n%s", diff)
		}
		if (d.Hold == nil) == (d.Service == "") || d.Hold == nil && len(d.Rejected) != len(services)-1 {
			t.Fatalf("%d services, decision %+v", len(services), d)
		}
	})
}

// TestHardLimitsAlwaysHold holds that nothing, not even an order that names the
// service, is chosen against a limit of it.
func TestHardLimitsAlwaysHold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		services, _, r := drawnRules(t)
		o := drawOrder(t)
		if rapid.Bool().Draw(t, "named") {
			o.Service = shipment.ServiceID(rapid.SampledFrom(services).Draw(t, "asked").id)
		}
		d := r.Assign(o, friday)
		if d.Hold != nil {
			return
		}
		s := services[slices.IndexFunc(services, func(s drawnService) bool { return s.id == string(d.Service) })]
		if strings.HasPrefix(o.ShipTo.Line1, "PO Box") && !s.pobox || o.ShipTo.City == "APO" && !s.military {
			t.Fatalf("%s does not go to %+v", s.id, o.ShipTo)
		}
		if c := o.ShipTo.Country; c == "US" != s.us && c != "JP" || c == "JP" && !s.abroad {
			t.Fatalf("%s does not go to %s", s.id, c)
		}
		for _, h := range o.Items[0].Hazmat {
			if !slices.Contains(s.hazmat, h) {
				t.Fatalf("%s does not take %s", s.id, h)
			}
		}
		for _, p := range o.Parcels {
			sides := []shipment.Millimetres{p.Length, p.Width, p.Height}
			slices.Sort(sides)
			if int64(p.Weight) > s.maxWeight || int64(sides[2]+2*(sides[0]+sides[1])) > s.girth {
				t.Fatalf("%s does not take %+v", s.id, p)
			}
		}
	})
}

// TestDenyNeverChooses holds that a service which a first rule denies is not
// chosen, and that what is chosen instead is not worse explained.
func TestDenyNeverChooses(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		services, rules, r := drawnRules(t)
		o := drawOrder(t)
		before := r.Assign(o, friday)
		if before.Hold != nil || len(services) == 1 {
			return
		}
		denied, err := carrier.ParseRules([]byte(text(services, fmt.Sprintf("  - {id: denied, deny: [%s]}\n", before.Service)+rules) + "default: {cheapest: [all]}\n"))
		if err != nil {
			t.Fatal(err)
		}
		d := denied.Assign(o, friday)
		if d.Service == before.Service {
			t.Fatalf("%s is denied and was chosen", d.Service)
		}
		if !slices.ContainsFunc(d.Rejected, func(r carrier.Rejection) bool {
			return r.Service == before.Service && strings.Contains(r.Reason, "denied")
		}) {
			t.Fatalf("%s is not said to be denied: %+v", before.Service, d.Rejected)
		}
	})
}

// TestPromiseFilters holds that a rule which keeps the promise chooses nothing
// that comes later, and holds only where no service would have come in time.
func TestPromiseFilters(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		services := drawServices(t)
		way := rapid.SampledFrom([]string{"cheapest", "fastest"}).Draw(t, "way")
		r, err := carrier.ParseRules([]byte(text(services, fmt.Sprintf("  - {id: p, %s: [all], keep_promise: true, if_none: {hold: late}}\n", way)) + "default: {hold: none}\n"))
		if err != nil {
			t.Fatal(err)
		}
		free, err := carrier.ParseRules([]byte(text(services, "  - {id: f, fastest: [all]}\n") + "default: {hold: none}\n"))
		if err != nil {
			t.Fatal(err)
		}
		o := drawOrder(t)
		o.PromiseDays = 0
		if o.DeliverBy == "" {
			return
		}
		d, fastest := r.Assign(o, friday), free.Assign(o, friday)
		if d.Hold == nil && (d.Promise.Latest == "" || d.Promise.Latest > o.DeliverBy) {
			t.Fatalf("promised for %s, chosen for %+v", o.DeliverBy, d.Promise)
		}
		if d.Hold != nil && fastest.Hold == nil && fastest.Promise.Latest != "" && fastest.Promise.Latest <= o.DeliverBy {
			t.Fatalf("held (%s), though %s arrives by %s", d.Hold.Reason, fastest.Service, fastest.Promise.Latest)
		}
	})
}

// TestSplitKeepsShares holds that many orders part as the shares say, and that
// one order always goes the same way.
func TestSplitKeepsShares(t *testing.T) {
	r, err := carrier.ParseRules([]byte(`version: 1
services:
  a: {carrier: ups, name: A, dest: [US]}
  b: {carrier: usps, name: B, dest: [US]}
  c: {carrier: usps, name: C, dest: [US], max_weight: 1000}
rules:
  - {id: s, split: [{use: a, share: 60}, {use: b, share: 30}, {use: c, share: 10}]}
default: {hold: none}
`))
	if err != nil {
		t.Fatal(err)
	}
	count := func(weight shipment.Grams) map[shipment.ServiceID]int {
		n := map[shipment.ServiceID]int{}
		for i := range 20000 {
			n[r.Assign(order(func(o *shipment.Order) {
				o.ID, o.Parcels[0].Weight = shipment.OrderID(fmt.Sprint(576461413038785752+i)), weight
			}), friday).Service]++
		}
		return n
	}
	near := func(name string, got, want int) {
		if got < want-300 || got > want+300 { // more than four standard deviations
			t.Errorf("%s: %d of 20000 orders, want about %d", name, got, want)
		}
	}
	n := count(500)
	near("a", n["a"], 12000)
	near("b", n["b"], 6000)
	near("c", n["c"], 2000)
	n = count(2000) // c cannot; its share goes to the others
	near("a without c", n["a"], 13333)
	near("b without c", n["b"], 6667)
}
