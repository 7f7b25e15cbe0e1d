package carrier

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"waybill/internal/strictyaml"
	"waybill/shipment"
)

// Rules is the merchant's services and wishes. Read them with ParseRules.
type Rules struct {
	version  int
	services []Service // by ID
	rules    []rule
	fallback outcome
}

// A Service is what a carrier offers, and the hard limits of it.
type Service struct {
	ID             shipment.ServiceID `yaml:"-"`
	Carrier        shipment.CarrierID `yaml:"carrier"`
	Name           string             `yaml:"name"`
	Level          []string           `yaml:"level"`  // the service levels it serves: express, standard, economy
	Scheme         string             `yaml:"scheme"` // by which its numbers are composed
	Dest           []string           `yaml:"dest"`   // countries; "*" all, "!US" all the listed but this
	POBox          bool               `yaml:"pobox"`
	Military       bool               `yaml:"military"`
	MaxWeight      int64              `yaml:"max_weight"`       // g
	MaxLength      int64              `yaml:"max_length"`       // mm, the longest side
	MaxLengthGirth int64              `yaml:"max_length_girth"` // mm, the longest side and once around the others
	MaxValue       int64              `yaml:"max_value"`        // minor units
	Dim            Dim                `yaml:"dim"`
	Cost           Cost               `yaml:"cost"`
	Transit        Transit            `yaml:"transit"`
	Cutoff         string             `yaml:"cutoff"` // HH:MM at the station; later orders leave on the next working day
}

// A Dim turns volume into weight. The zero Dim does not.
type Dim struct {
	Divisor int64  `yaml:"divisor"`
	Unit    string `yaml:"unit"`     // in_lb or cm_kg
	OverIn3 int64  `yaml:"over_in3"` // only above this many cubic inches
}

// A Cost is what a parcel costs: base and, for each kilogram begun, more.
type Cost struct {
	Base     int64  `yaml:"base"`
	PerKg    int64  `yaml:"per_kg"`
	Currency string `yaml:"currency"`
}

// A Transit is how many working days a parcel travels.
type Transit struct {
	Min int `yaml:"min"`
	Max int `yaml:"max"`
}

type rule struct {
	ID    string               `yaml:"id"`
	When  map[string]condition `yaml:"when"`
	Why   string               `yaml:"why"`
	Deny  []shipment.ServiceID `yaml:"deny"`
	Allow []shipment.ServiceID `yaml:"allow"`
	Then  outcome              `yaml:",inline"`
}

// An outcome ends the rules: one service, the cheapest of some, or a person.
type outcome struct {
	Use        shipment.ServiceID   `yaml:"use"`
	Cheapest   []shipment.ServiceID `yaml:"cheapest"` // [all]: of all that are left
	WithinDays int                  `yaml:"within_days"`
	Hold       string               `yaml:"hold"`
}

const all shipment.ServiceID = "all"

// Levels are the service levels an order may ask for instead of a service.
func Levels() []string { return []string{"express", "standard", "economy"} }

// ParseRules reads services and rules. Every mistake is reported with its
// line: unknown keys, services and fields, rules that can never decide
// anything, and the want of a default.
func ParseRules(data []byte) (*Rules, error) {
	var doc struct {
		Version   int                             `yaml:"version"`
		Units     map[string]string               `yaml:"units"`
		Operators map[string]string               `yaml:"operators"`
		Services  map[shipment.ServiceID]*Service `yaml:"services"`
		Rules     []rule                          `yaml:"rules"`
		Default   *outcome                        `yaml:"default"`
	}
	lines, err := strictyaml.Decode("rules", data, &doc)
	if err != nil {
		return nil, fmt.Errorf("carrier rules: %w", err)
	}
	check := &rulesCheck{lines: lines, known: doc.Services}
	if doc.Version != 1 {
		check.add("version", "%d, want 1", doc.Version)
	}
	for unit, want := range map[string]string{"weight": "g", "length": "mm", "money": "minor"} {
		if got, ok := doc.Units[unit]; ok && got != want {
			check.add("units."+unit, "%q, want %s; only whole %s are understood", got, want, want)
		}
	}
	if len(doc.Services) == 0 {
		check.add("services", "required")
	}
	r := &Rules{version: doc.Version, rules: doc.Rules}
	for _, id := range slices.Sorted(maps.Keys(doc.Services)) {
		if doc.Services[id] == nil {
			check.add("services."+string(id), "empty")
			continue
		}
		s := *doc.Services[id]
		s.ID = id
		check.service("services."+string(id), s)
		r.services = append(r.services, s)
	}
	seen := map[string]bool{}
	for i, rule := range r.rules {
		at := fmt.Sprintf("rules[%d]", i)
		if rule.ID == "" || seen[rule.ID] {
			check.add(at+".id", "%q: every rule wants an ID of its own", rule.ID)
		}
		seen[rule.ID] = true
		check.rule(at, rule, i == len(r.rules)-1)
	}
	if doc.Default == nil {
		check.add("default", "required; say what happens when no rule matches, such as hold: no rule matched")
	} else {
		r.fallback = *doc.Default
		check.outcome("default", r.fallback, true)
	}
	if len(check.mistakes) > 0 {
		slices.SortStableFunc(check.mistakes, func(a, b strictyaml.Mistake) int { return cmp.Compare(a.Line, b.Line) })
		return nil, fmt.Errorf("carrier rules: %w", check.mistakes)
	}
	return r, nil
}

// Services returns the services, by ID.
func (r *Rules) Services() []Service { return slices.Clone(r.services) }

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

type rulesCheck struct {
	lines    *strictyaml.Document
	known    map[shipment.ServiceID]*Service
	mistakes strictyaml.Mistakes
}

func (c *rulesCheck) add(key, format string, args ...any) {
	c.mistakes = append(c.mistakes, c.lines.Mistake(key, format, args...))
}

func (c *rulesCheck) service(at string, s Service) {
	if s.Carrier == "" || s.Name == "" {
		c.add(at, "carrier and name are required")
	} else if _, ok := Default().Carrier(s.Carrier); !ok {
		c.add(at+".carrier", "unknown carrier %q", s.Carrier)
	}
	if s.Scheme != "" && !slices.Contains(Schemes(), s.Scheme) {
		c.add(at+".scheme", "unknown scheme %q (have %v)", s.Scheme, Schemes())
	}
	if len(s.Dest) == 0 {
		c.add(at+".dest", `required: countries, or ["*"]`)
	}
	for _, l := range s.Level {
		if !slices.Contains(Levels(), l) {
			c.add(at+".level", "unknown level %q (have %v)", l, Levels())
		}
	}
	if s.Dim.Divisor != 0 && s.Dim.Unit != "in_lb" && s.Dim.Unit != "cm_kg" || s.Dim.Divisor < 0 {
		c.add(at+".dim", "want a divisor above 0 and unit in_lb or cm_kg")
	}
	if s.Transit.Min < 0 || s.Transit.Max < s.Transit.Min || s.Transit.Max > 365 {
		c.add(at+".transit", "want min and max working days, min not above max")
	}
	if s.MaxWeight < 0 || s.MaxLength < 0 || s.MaxLengthGirth < 0 || s.MaxValue < 0 || s.Cost.Base < 0 || s.Cost.PerKg < 0 {
		c.add(at, "limits and costs must not be negative")
	}
	if s.Cutoff != "" {
		if _, err := time.Parse("15:04", s.Cutoff); err != nil {
			c.add(at+".cutoff", "%q is no time of day, as in \"17:00\"", s.Cutoff)
		}
	}
}

func (c *rulesCheck) rule(at string, r rule, last bool) {
	for field, cond := range r.When {
		kind, ok := conditionFields[field]
		if !ok {
			c.add(at+".when."+field, "unknown field (have %v)", slices.Sorted(maps.Keys(conditionFields)))
			continue
		}
		if err := cond.fits(kind); err != nil {
			c.add(at+".when."+field, "%v", err)
		}
	}
	c.ids(at+".deny", r.Deny)
	c.ids(at+".allow", r.Allow)
	narrows := len(r.Deny)+len(r.Allow) > 0
	c.outcome(at, r.Then, !narrows)
	if len(r.When) == 0 && !last && r.Then.always() {
		c.add(at, "matches every order, so the rules after it are never reached")
	}
}

func (c *rulesCheck) outcome(at string, o outcome, required bool) {
	ways := 0
	for _, used := range []bool{o.Use != "", len(o.Cheapest) > 0, o.Hold != ""} {
		if used {
			ways++
		}
	}
	if ways > 1 {
		c.add(at, "give one of use, cheapest and hold, not several")
	}
	if ways == 0 && required {
		c.add(at, "decides nothing: give use, cheapest, hold, allow or deny")
	}
	if o.Use != "" {
		c.ids(at+".use", []shipment.ServiceID{o.Use})
	}
	if len(o.Cheapest) != 1 || o.Cheapest[0] != all {
		c.ids(at+".cheapest", o.Cheapest)
	}
}

func (c *rulesCheck) ids(at string, ids []shipment.ServiceID) {
	for _, id := range ids {
		if _, ok := c.known[id]; !ok {
			c.add(at, "unknown service %q (have %v)", id, slices.Sorted(maps.Keys(c.known)))
		}
	}
}

// always reports whether the outcome ends the rules whatever services are left.
func (o outcome) always() bool {
	return o.Hold != "" || o.WithinDays == 0 && len(o.Cheapest) == 1 && o.Cheapest[0] == all
}
