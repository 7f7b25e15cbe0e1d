package carrier

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"waybill/internal/strictyaml"
	"waybill/shipment"
)

// A document is a file of rules as it is written.
type document struct {
	Version    int                                `yaml:"version"`
	Units      map[string]string                  `yaml:"units"`
	Operators  map[string]string                  `yaml:"operators"`
	Currency   string                             `yaml:"currency"`
	Lists      map[string]*rawList                `yaml:"lists"`
	Zones      map[string]*rawChart               `yaml:"zones"`
	ZoneSets   map[string]*rawArea                `yaml:"zone_sets"`
	Calendars  map[string]*rawCalendar            `yaml:"calendars"`
	Rates      map[string]*rawRate                `yaml:"rates"`
	Transits   map[string]*rawTransitTable        `yaml:"transit_tables"`
	Services   map[shipment.ServiceID]*rawService `yaml:"services"`
	Surcharges []rawSurcharge                     `yaml:"surcharges"`
	Rules      []rawRule                          `yaml:"rules"`
	Default    *rawOutcome                        `yaml:"default"`
}

type rawList struct {
	Values []string `yaml:"values"`
	File   string   `yaml:"file"`
}

type rawChart struct {
	Country    string              `yaml:"country"` // whose postal codes; US without
	File       string              `yaml:"file"`
	Postal     map[string][]string `yaml:"postal"`
	Regions    map[string][]string `yaml:"regions"`
	Countries  map[string][]string `yaml:"countries"`
	Default    string              `yaml:"default"`
	provenance `yaml:",inline"`
}

type rawArea struct {
	Countries []string `yaml:"countries"`
	Regions   []string `yaml:"regions"`
	Postal    []string `yaml:"postal"`
}

// A provenance is where figures come from and when somebody looked.
type provenance struct {
	Source    string `yaml:"source"`
	CheckedOn string `yaml:"checked_on"`
}

type rawSpan struct {
	From string `yaml:"from"`
	To   string `yaml:"to"`
}

type rawCalendar struct {
	Pickup     []string `yaml:"pickup"`   // weekdays; Monday to Friday without
	Delivery   []string `yaml:"delivery"` // weekdays; Monday to Friday without
	Holidays   []string `yaml:"holidays"` // days of neither
	NoPickup   []string `yaml:"no_pickup"`
	NoDelivery []string `yaml:"no_delivery"`
	Through    string   `yaml:"through"` // the last day the calendar knows of
	provenance `yaml:",inline"`
}

type rawRate struct {
	Zones      string             `yaml:"zones"`
	Valid      rawSpan            `yaml:"valid"`
	UpTo       []int64            `yaml:"up_to"`
	Prices     map[string][]int64 `yaml:"prices"`
	Beyond     *rawBeyond         `yaml:"beyond"`
	Minimum    int64              `yaml:"minimum"`
	Currency   string             `yaml:"currency"`
	provenance `yaml:",inline"`
}

type rawBeyond struct {
	Each   int64            `yaml:"each"`
	Prices map[string]int64 `yaml:"prices"`
}

type rawTransitTable struct {
	Zones      string             `yaml:"zones"`
	Days       map[string]Transit `yaml:"days"`
	Countries  map[string]Transit `yaml:"countries"`
	provenance `yaml:",inline"`
}

type rawDim struct {
	Dim     `yaml:",inline"`
	rawSpan `yaml:",inline"`
}

type rawTransit struct {
	Transit `yaml:",inline"`
	Table   string `yaml:"table"`
}

type rawCost struct {
	Base     int64  `yaml:"base"`
	PerKg    int64  `yaml:"per_kg"`
	Rates    names  `yaml:"rates"`
	Currency string `yaml:"currency"`
}

type rawService struct {
	Terms    string             `yaml:"terms"`
	Carrier  shipment.CarrierID `yaml:"carrier"`
	Name     string             `yaml:"name"`
	Level    []string           `yaml:"level"`
	Tags     []string           `yaml:"tags"`
	Scheme   string             `yaml:"scheme"`
	Dest     []string           `yaml:"dest"`
	POBox    *bool              `yaml:"pobox"`
	Military *bool              `yaml:"military"`
	Hazmat   *[]string          `yaml:"hazmat"`

	MilitaryHazmat *[]string `yaml:"military_hazmat"` // narrower, where the forces are served

	limits     `yaml:",inline"`
	Dim        *Dim              `yaml:"dim"`
	Dims       []rawDim          `yaml:"dims"`
	Cost       rawCost           `yaml:"cost"`
	Transit    rawTransit        `yaml:"transit"`
	Cutoff     string            `yaml:"cutoff"`
	CutoffOn   map[string]string `yaml:"cutoff_on"`
	Calendar   string            `yaml:"calendar"`
	Valid      rawSpan           `yaml:"valid"`
	provenance `yaml:",inline"`
}

// limits are what a parcel of a service may measure; 0 is no limit.
type limits struct {
	MaxWeight      int64 `yaml:"max_weight"`       // g
	MaxLength      int64 `yaml:"max_length"`       // mm, the longest side
	MaxWidth       int64 `yaml:"max_width"`        // mm, the side between
	MaxHeight      int64 `yaml:"max_height"`       // mm, the shortest side
	MaxLengthGirth int64 `yaml:"max_length_girth"` // mm, the longest side and once around the others
	MaxValue       int64 `yaml:"max_value"`        // minor units
}

type rawSurcharge struct {
	Terms      string                  `yaml:"terms"`
	ID         string                  `yaml:"id"`
	Services   rawNode                 `yaml:"services"`
	Service    shipment.ServiceID      `yaml:"service"`
	When       map[string]rawCondition `yaml:"when"`
	Between    []string                `yaml:"between"` // month-day to month-day, each year
	rawSpan    `yaml:",inline"`
	Add        int64      `yaml:"add"`
	Percent    hundredths `yaml:"percent"`
	Of         string     `yaml:"of"`  // base or total
	Per        string     `yaml:"per"` // parcel or order
	Why        string     `yaml:"why"`
	provenance `yaml:",inline"`
}

type rawRule struct {
	ID         string                  `yaml:"id"`
	When       map[string]rawCondition `yaml:"when"`
	Why        string                  `yaml:"why"`
	Binding    bool                    `yaml:"binding"`
	Deny       rawNode                 `yaml:"deny"`
	Allow      rawNode                 `yaml:"allow"`
	Surcharges []rawSurcharge          `yaml:"surcharge"`
	rawOutcome `yaml:",inline"`
}

type rawExtras struct {
	Signature string `yaml:"signature"`
	Insurance string `yaml:"insurance"`
	Incoterm  string `yaml:"incoterm"`
}

type rawOutcome struct {
	Use          shipment.ServiceID `yaml:"use"`
	Cheapest     rawNode            `yaml:"cheapest"`
	Fastest      rawNode            `yaml:"fastest"`
	Prefer       rawNode            `yaml:"prefer"`
	PreferMargin int64              `yaml:"prefer_margin"`
	WithinDays   string             `yaml:"within_days"`
	KeepPromise  bool               `yaml:"keep_promise"`
	Split        []rawBranch        `yaml:"split"`
	Hold         string             `yaml:"hold"`
	IfNone       *rawOutcome        `yaml:"if_none"`
	rawExtras    `yaml:",inline"`
}

type rawBranch struct {
	When      map[string]rawCondition `yaml:"when"`
	Share     int64                   `yaml:"share"`
	Use       shipment.ServiceID      `yaml:"use"`
	rawExtras `yaml:",inline"`
}

// A rawNode is a value that is read once everything it may name is known.
type rawNode struct{ node *yaml.Node }

// UnmarshalYAML keeps the value.
func (r *rawNode) UnmarshalYAML(n *yaml.Node) error {
	r.node = resolved(n)
	return nil
}

func (r rawNode) given() bool { return r.node != nil }

// A rawCondition is what a rule asks of one field.
type rawCondition struct{ rawNode }

func resolved(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

// names is one name, or a list of them.
type names []string

// UnmarshalYAML reads a scalar or a list.
func (ns *names) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		*ns = names{n.Value}
		return nil
	}
	return n.Decode((*[]string)(ns))
}

// hundredths is a number with at most two decimals, kept exactly.
type hundredths int64

// UnmarshalYAML reads 12, 12.5 or 12.75.
func (h *hundredths) UnmarshalYAML(n *yaml.Node) error {
	whole, part, _ := strings.Cut(n.Value, ".")
	w, err := strconv.ParseInt(whole, 10, 32)
	p, err2 := strconv.ParseUint("0"+part, 10, 32)
	if err != nil || err2 != nil || len(part) > 2 {
		return &yaml.TypeError{Errors: []string{fmt.Sprintf("line %d: %q is no number with at most two decimals", n.Line, n.Value)}}
	}
	if len(part) == 1 {
		p *= 10
	}
	if strings.HasPrefix(whole, "-") {
		*h = hundredths(100*w - int64(p))
	} else {
		*h = hundredths(100*w + int64(p))
	}
	return nil
}

// A reading collects what is wrong with a file while it is compiled.
type reading struct {
	file     string
	lines    *strictyaml.Document
	doc      *document
	opts     Options
	rules    *Rules
	mistakes strictyaml.Mistakes
	groups   int // of conditions, so far
	depth    int // of groups in one another, now
}

func (r *reading) add(key, format string, args ...any) {
	r.mistakes = append(r.mistakes, r.lines.Mistake(key, format, args...))
}

// at reports a mistake on the line of n.
func (r *reading) at(n *yaml.Node, key, format string, args ...any) {
	r.mistakes = append(r.mistakes, strictyaml.Mistake{File: r.file, Line: n.Line, Key: key, Message: fmt.Sprintf(format, args...)})
}

// expires notes that what stands at key counts until day.
func (r *reading) expires(key string, until day, format string, args ...any) {
	r.rules.warnings = append(r.rules.warnings, warning{Mistake: r.lines.Mistake(key, format, args...), after: until})
}

// err returns everything wrong, in the file's order.
func (r *reading) err() error {
	if len(r.mistakes) == 0 {
		return nil
	}
	slices.SortStableFunc(r.mistakes, func(a, b strictyaml.Mistake) int { return cmp.Compare(a.Line, b.Line) })
	return r.mistakes
}

// span reads dates from and to; what is left open is always.
func (r *reading) span(key string, s rawSpan) span {
	out := span{from: math.MinInt32, to: math.MaxInt32}
	for _, end := range []struct {
		name, text string
		to         *day
	}{{"from", s.From, &out.from}, {"to", s.To, &out.to}} {
		if end.text == "" {
			continue
		}
		d, err := parseDay(end.text)
		if err != nil {
			r.add(key+"."+end.name, "%q is no date, as in 2026-12-24", end.text)
			continue
		}
		*end.to = d
	}
	if out.from > out.to {
		r.add(key, "ends on %s, before it begins on %s", s.To, s.From)
	}
	return out
}

func (r *reading) open(key, name string) []byte {
	if r.opts.Open == nil {
		r.add(key, "%s: files cannot be read here; write the values into the rules", name)
		return nil
	}
	data, err := r.opts.Open(name)
	if err != nil {
		r.add(key, "%v", err)
		return nil
	}
	return data
}
