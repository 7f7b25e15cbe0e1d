package carrier

import (
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"sync"

	"waybill/internal/strictyaml"
	"waybill/shipment"
)

//go:embed terms.yaml
var termsYAML []byte

// terms is what carriers are known to take and when they work: dated data, each
// entry with its source.
type terms struct {
	Version    int                      `yaml:"version"`
	Sources    map[string]termsSource   `yaml:"sources"`
	Calendars  map[string]*rawCalendar  `yaml:"calendars"`
	Services   map[string]*rawService   `yaml:"services"`
	Surcharges map[string]*rawSurcharge `yaml:"surcharges"`
}

// A termsSource is where figures were read, how far it is to be trusted, and
// when.
type termsSource struct {
	What      string `yaml:"what"`
	Kind      string `yaml:"kind"` // carrier, secondary or general
	CheckedOn string `yaml:"checked_on"`
}

var shippedTerms = sync.OnceValue(func() *terms {
	t, err := parseTerms(termsYAML)
	if err != nil {
		panic(fmt.Sprintf("embedded terms.yaml: %v", err)) // the package's test parses it
	}
	return t
})

func parseTerms(data []byte) (*terms, error) {
	t := &terms{}
	lines, err := strictyaml.Decode("terms", data, t)
	if err != nil {
		return nil, fmt.Errorf("carriers' terms: %w", err)
	}
	r := &reading{file: "terms", lines: lines, rules: &Rules{}, doc: &document{}}
	sourced := func(at, source string) {
		if _, ok := t.Sources[source]; !ok {
			r.add(at+".source", "%q is none of the sources", source)
		}
	}
	for id, s := range t.Sources {
		if _, err := parseDay(s.CheckedOn); err != nil || s.What == "" || !slices.Contains([]string{"carrier", "secondary", "general"}, s.Kind) {
			r.add("sources."+id, "want what, kind (carrier, secondary or general) and checked_on")
		}
	}
	for name, c := range t.Calendars {
		sourced("calendars."+name, c.Source)
	}
	for name, s := range t.Services {
		sourced("services."+name, s.Source)
	}
	for name, s := range t.Surcharges {
		sourced("surcharges."+name, s.Source)
	}
	return t, r.err()
}

// takeTerms completes a service with its carrier's terms. What the rules say
// may be narrower than the terms, never wider.
func (r *reading) takeTerms(at string, s *Service, raw rawService) {
	known := shippedTerms()
	t, ok := known.Services[raw.Terms]
	if !ok {
		r.add(at+".terms", "unknown terms %q (have %v)", raw.Terms, slices.Sorted(maps.Keys(known.Services)))
		return
	}
	source := fmt.Sprintf("%s, checked on %s", known.Sources[t.Source].What, known.Sources[t.Source].CheckedOn)
	if s.Carrier == "" {
		s.Carrier = t.Carrier
	} else if s.Carrier != t.Carrier {
		r.add(at+".carrier", "%s, but the terms %s are of %s", s.Carrier, raw.Terms, t.Carrier)
	}
	if s.Name == "" {
		s.Name = t.Name
	}
	if raw.Level == nil {
		s.Level = t.Level
	}
	if len(t.Dest) > 0 {
		s.dest = append(s.dest, t.Dest)
	}
	if raw.Dim == nil && raw.Dims == nil {
		s.dims = r.dims(at, *t)
	}
	for _, may := range []struct {
		key    string
		own    *bool
		theirs *bool
		set    *bool
	}{{"pobox", raw.POBox, t.POBox, &s.pobox}, {"military", raw.Military, t.Military, &s.military}} {
		switch theirs := valueOf(may.theirs); {
		case may.own == nil:
			*may.set = theirs
		case *may.own && !theirs:
			r.add(at+"."+may.key, "true, but the carrier's terms say no (%s); remove it", source)
		}
	}
	if raw.Hazmat == nil {
		s.hazmat = valueOf(t.Hazmat)
	}
	if s.toForces == nil && t.MilitaryHazmat != nil {
		s.toForces = append([]string{}, *t.MilitaryHazmat...)
	}
	for _, h := range s.hazmat {
		if !slices.Contains(valueOf(t.Hazmat), h) {
			r.add(at+".hazmat", "%s, which the carrier's terms do not take (%s); remove it", h, source)
		}
	}
	for _, l := range []struct {
		key    string
		own    *int64
		theirs int64
	}{
		{"max_weight", &s.limits.MaxWeight, t.MaxWeight},
		{"max_length", &s.limits.MaxLength, t.MaxLength},
		{"max_width", &s.limits.MaxWidth, t.MaxWidth},
		{"max_height", &s.limits.MaxHeight, t.MaxHeight},
		{"max_length_girth", &s.limits.MaxLengthGirth, t.MaxLengthGirth},
		{"max_value", &s.limits.MaxValue, t.MaxValue},
	} {
		if l.theirs > 0 && *l.own > l.theirs {
			r.add(at+"."+l.key, "%d is above the %d of the carrier's terms (%s); lower it or remove it", *l.own, l.theirs, source)
		}
		if *l.own == 0 {
			*l.own = l.theirs
		}
	}
}

// surchargeTerms returns a surcharge of the carriers' terms, with what the rules
// change about it.
func (r *reading) surchargeTerms(at string, own rawSurcharge) rawSurcharge {
	known := shippedTerms()
	t, ok := known.Surcharges[own.Terms]
	if !ok {
		r.add(at+".terms", "unknown terms %q (have %v)", own.Terms, slices.Sorted(maps.Keys(known.Surcharges)))
		return own
	}
	out := *t
	if out.ID = own.Terms; own.ID != "" {
		out.ID = own.ID
	}
	if own.Add != 0 {
		out.Add = own.Add
	}
	if own.Percent != 0 {
		out.Percent = own.Percent
	}
	if own.When != nil {
		out.When = own.When
	}
	if own.From != "" || own.To != "" {
		out.rawSpan = own.rawSpan
	}
	if own.Services.given() || own.Service != "" {
		out.Services, out.Service = own.Services, own.Service
	}
	return out
}

// A Term is what is known of a carrier's service, for people to read.
type Term struct {
	ID        string             `json:"id"`
	Carrier   shipment.CarrierID `json:"carrier"`
	Name      string             `json:"name"`
	MaxWeight int64              `json:"max_weight_g,omitempty"`
	Source    string             `json:"source"`
	Kind      string             `json:"source_kind"`
	CheckedOn string             `json:"checked_on"`
}

// Terms returns what is known of the carriers' services, by ID.
func Terms() []Term {
	known := shippedTerms()
	out := make([]Term, 0, len(known.Services))
	for _, id := range slices.Sorted(maps.Keys(known.Services)) {
		s := known.Services[id]
		src := known.Sources[s.Source]
		out = append(out, Term{ID: id, Carrier: s.Carrier, Name: s.Name, MaxWeight: s.MaxWeight, Source: src.What, Kind: src.Kind, CheckedOn: src.CheckedOn})
	}
	return out
}
