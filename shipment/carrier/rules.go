package carrier

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"waybill/internal/strictyaml"
	"waybill/shipment"
)

// Rules is the merchant's services and wishes. Read them with ParseRules. They
// never change once read.
type Rules struct {
	services   []*Service // by ID
	lists      map[string][]string
	charts     map[string]*chart
	areas      map[string]*area
	calendars  map[string]*calendar
	rates      map[string]*rateTable
	transits   map[string]*transitTable
	surcharges []surcharge
	rules      []*rule
	fallback   *outcome
	warnings   []warning
}

// A warning is something that makes the rules doubtful, from the day after.
type warning struct {
	strictyaml.Mistake
	after day
}

// Options are where ParseRules finds what rules only name.
type Options struct {
	// Open returns the content of a file that the rules name, such as a chart of
	// zones. Without it such a name is an error.
	Open func(name string) ([]byte, error)
}

// Levels are the service levels an order may ask for instead of a service.
func Levels() []string { return []string{"express", "standard", "economy"} }

// ParseRules reads services and rules. Every mistake is reported with its
// line: unknown keys, services and fields, rules that are never reached or can
// never decide anything, weight breaks that overlap, zones without a price,
// and the want of a default.
func ParseRules(data []byte) (*Rules, error) { return Options{}.ParseRules(data) }

// ParseRules is ParseRules for rules that name files.
func (o Options) ParseRules(data []byte) (*Rules, error) {
	doc := &document{}
	lines, err := strictyaml.Decode("rules", data, doc)
	if err != nil {
		return nil, fmt.Errorf("carrier rules: %w", err)
	}
	r := &reading{file: "rules", lines: lines, doc: doc, opts: o, rules: &Rules{
		lists: map[string][]string{}, charts: map[string]*chart{}, areas: map[string]*area{}, calendars: map[string]*calendar{},
		rates: map[string]*rateTable{}, transits: map[string]*transitTable{},
	}}
	r.head()
	r.data()
	r.compile()
	if len(r.mistakes) == 0 {
		r.lint()
	}
	if err := r.err(); err != nil {
		return nil, fmt.Errorf("carrier rules: %w", err)
	}
	return r.rules, nil
}

func (r *reading) head() {
	if r.doc.Version != 1 {
		r.add("version", "%d, want 1", r.doc.Version)
	}
	for unit, want := range map[string]string{"weight": "g", "length": "mm", "money": "minor"} {
		if got, ok := r.doc.Units[unit]; ok && got != want {
			r.add("units."+unit, "%q, want %s; only whole %s are understood", got, want, want)
		}
	}
	if len(r.doc.Services) == 0 {
		r.add("services", "required")
	}
}

// each calls f for the entries of a map, in order; an empty one is a mistake.
func each[K ~string, V any](r *reading, section string, m map[K]*V, f func(name K, v *V)) {
	for _, name := range slices.Sorted(maps.Keys(m)) {
		if m[name] == nil {
			r.add(section+"."+string(name), "empty")
			continue
		}
		f(name, m[name])
	}
}

// data compiles what services and rules refer to.
func (r *reading) data() {
	each(r, "lists", r.doc.Lists, func(name string, l *rawList) {
		values := slices.Clone(l.Values)
		if l.File != "" {
			values = append(values, wordsIn(r.open("lists."+name+".file", l.File))...)
		}
		if len(values) == 0 {
			r.add("lists."+name, "empty: give values or a file of them")
		}
		r.rules.lists[name] = values
	})
	each(r, "zones", r.doc.Zones, func(name string, c *rawChart) { r.rules.charts[name] = r.chart(name, c) })
	each(r, "zone_sets", r.doc.ZoneSets, func(name string, a *rawArea) { r.rules.areas[name] = r.area(name, a) })
	known := &reading{file: "terms", lines: &strictyaml.Document{}, rules: r.rules, doc: r.doc}
	for name, c := range shippedTerms().Calendars {
		r.rules.calendars[name] = known.calendar(name, c)
	}
	each(r, "calendars", r.doc.Calendars, func(name string, c *rawCalendar) { r.rules.calendars[name] = r.calendar(name, c) })
	each(r, "rates", r.doc.Rates, func(name string, t *rawRate) { r.rules.rates[name] = r.rate(name, t) })
	each(r, "transit_tables", r.doc.Transits, func(name string, t *rawTransitTable) { r.rules.transits[name] = r.transitTable(name, t) })
}

// compile compiles services, surcharges and rules.
func (r *reading) compile() {
	each(r, "services", r.doc.Services, func(id shipment.ServiceID, s *rawService) {
		r.rules.services = append(r.rules.services, r.service(id, *s))
	})
	for i, raw := range r.doc.Surcharges {
		r.rules.surcharges = append(r.rules.surcharges, r.surcharge(fmt.Sprintf("surcharges[%d]", i), raw))
	}
	seen := map[string]bool{}
	for i := range r.doc.Rules {
		at, raw := fmt.Sprintf("rules[%d]", i), &r.doc.Rules[i]
		if raw.ID == "" || seen[raw.ID] {
			r.add(at+".id", "%q: every rule wants an ID of its own", raw.ID)
		}
		seen[raw.ID] = true
		r.rules.rules = append(r.rules.rules, r.rule(at, raw))
	}
	if r.doc.Default == nil {
		r.add("default", "required; say what happens when no rule matches, such as hold: no rule matched")
		return
	}
	r.rules.fallback = r.outcome("default", r.doc.Default)
	if r.rules.fallback.way == wayNone {
		r.add("default", "decides nothing: give use, cheapest, fastest, prefer, split or hold")
	}
	used := map[string]bool{}
	for _, s := range r.rules.services {
		c := s.calendar
		if c.through == math.MaxInt32 || used[c.name] {
			continue
		}
		used[c.name] = true
		r.expires("calendars."+c.name, c.through, "the calendar %s ends on %s; later promises know no holidays", c.name, c.through)
	}
}

// Services returns the services, by ID.
func (r *Rules) Services() []Service {
	out := make([]Service, len(r.services))
	for i, s := range r.services {
		out[i] = *s
	}
	return out
}

// Carriers returns the carriers of the services, each once: those a station
// needs numbers of.
func (r *Rules) Carriers() []shipment.CarrierID {
	var out []shipment.CarrierID
	for _, s := range r.services {
		if !slices.Contains(out, s.Carrier) {
			out = append(out, s.Carrier)
		}
	}
	return out
}

// Warnings returns what makes the rules doubtful on a day: figures that have
// run out, and oddities that are not mistakes. They are told in words, with the
// line where there is one.
func (r *Rules) Warnings(now time.Time) []string {
	today := dayOf(now)
	var out []warning
	for _, w := range r.warnings {
		if w.after < today {
			out = append(out, w)
		}
	}
	slices.SortStableFunc(out, func(a, b warning) int { return cmp.Compare(a.Line, b.Line) })
	words := make([]string, len(out))
	for i, w := range out {
		words[i] = w.Error()
	}
	return slices.Compact(words)
}

// Refuses returns why a service does not take a parcel of that weight and size,
// as the rest of a sentence that begins with "it"; empty where it does, or where
// the service is not known. What is 0 of the parcel is not asked about.
func (r *Rules) Refuses(id shipment.ServiceID, p shipment.Parcel) string {
	for _, s := range r.services {
		if s.ID == id {
			return s.refusesParcel(p)
		}
	}
	return ""
}
