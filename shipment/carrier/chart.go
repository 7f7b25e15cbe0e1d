package carrier

import (
	"bufio"
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A chart says in which zone a destination lies: by postal code as seen from an
// origin, else by region, else by country.
type chart struct {
	name      string
	index     int
	country   string // whose postal codes the chart is of
	byOrigin  map[string]*prefixes
	anyOrigin *prefixes
	regions   map[string]string
	countries map[string]string
	fallback  string
}

// zone returns the zone of a destination, or nothing.
func (c *chart) zone(f *facts) string {
	to := f.texts[destCountry]
	if to == c.country {
		if from := f.texts[fromPostal]; len(from) >= 3 && c.byOrigin != nil {
			if p := c.byOrigin[from[:3]]; p != nil {
				if zone, ok := p.find(f.texts[destPostal]); ok {
					return zone
				}
			}
		}
		if zone, ok := c.anyOrigin.find(f.texts[destPostal]); ok {
			return zone
		}
		if zone, ok := c.regions[f.texts[destRegion]]; ok {
			return zone
		}
	}
	if zone, ok := c.countries[to]; ok {
		return zone
	}
	if zone, ok := c.countries["*"]; ok && to != c.country {
		return zone
	}
	return c.fallback
}

// zones returns every zone that the chart can answer, sorted.
func (c *chart) zones() []string {
	all := map[string]bool{}
	for _, p := range c.byOrigin {
		p.each(func(zone string) { all[zone] = true })
	}
	c.anyOrigin.each(func(zone string) { all[zone] = true })
	for _, m := range []map[string]string{c.regions, c.countries} {
		for _, zone := range m {
			all[zone] = true
		}
	}
	if c.fallback != "" {
		all[c.fallback] = true
	}
	return slices.Sorted(maps.Keys(all))
}

// prefixes find a value by the beginning of a postal code; the longest that
// fits counts. A nil prefixes finds nothing.
type prefixes struct {
	lengths []prefixLength // longest first
}

type prefixLength struct {
	n      int
	ranges []prefixRange // by from
}

type prefixRange struct{ from, to, value string }

func (p *prefixes) find(code string) (string, bool) {
	if p == nil {
		return "", false
	}
	for i := range p.lengths {
		l := &p.lengths[i]
		if len(code) < l.n {
			continue
		}
		head := code[:l.n]
		at, exact := slices.BinarySearchFunc(l.ranges, head, func(r prefixRange, s string) int { return cmp.Compare(r.from, s) })
		if !exact {
			at--
		}
		if at >= 0 && head <= l.ranges[at].to {
			return l.ranges[at].value, true
		}
	}
	return "", false
}

func (p *prefixes) each(f func(value string)) {
	if p == nil {
		return
	}
	for _, l := range p.lengths {
		for _, r := range l.ranges {
			f(r.value)
		}
	}
}

// add takes in a prefix or a range of prefixes of one length, as 900 or 900-908.
func (p *prefixes) add(text, value string) error {
	from, to, isRange := strings.Cut(postal(text), "-")
	if !isRange {
		to = from
	}
	if from == "" || len(from) != len(to) || from > to {
		return fmt.Errorf("%q is neither a prefix nor a range of two of one length, as 900 or 900-908", text)
	}
	at := slices.IndexFunc(p.lengths, func(l prefixLength) bool { return l.n <= len(from) })
	if at < 0 || p.lengths[at].n != len(from) {
		if at < 0 {
			at = len(p.lengths)
		}
		p.lengths = slices.Insert(p.lengths, at, prefixLength{n: len(from)})
	}
	p.lengths[at].ranges = append(p.lengths[at].ranges, prefixRange{from, to, value})
	return nil
}

// settle sorts, and returns what overlaps.
func (p *prefixes) settle() error {
	for i := range p.lengths {
		ranges := p.lengths[i].ranges
		slices.SortFunc(ranges, func(a, b prefixRange) int {
			return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to), cmp.Compare(a.value, b.value))
		})
		for j := 1; j < len(ranges); j++ {
			if a, b := ranges[j-1], ranges[j]; b.from <= a.to && a != b {
				return fmt.Errorf("%s-%s (%s) and %s-%s (%s) overlap", a.from, a.to, a.value, b.from, b.to, b.value)
			}
		}
		p.lengths[i].ranges = slices.Compact(ranges)
	}
	return nil
}

// postal returns a postal code as charts write it: capitals, without spaces.
func postal(code string) string {
	if !strings.ContainsAny(code, " abcdefghijklmnopqrstuvwxyz") {
		return code
	}
	return strings.ToUpper(strings.ReplaceAll(code, " ", ""))
}

// chart compiles a chart of zones.
func (r *reading) chart(name string, raw *rawChart) *chart {
	at := "zones." + name
	c := &chart{
		name: name, index: len(r.rules.charts), country: cmp.Or(raw.Country, "US"), anyOrigin: &prefixes{},
		regions: r.inverted(at+".regions", raw.Regions), countries: r.inverted(at+".countries", raw.Countries), fallback: raw.Default,
	}
	for _, zone := range slices.Sorted(maps.Keys(raw.Postal)) {
		for i, text := range raw.Postal[zone] {
			if err := c.anyOrigin.add(text, zone); err != nil {
				r.add(fmt.Sprintf("%s.postal.%s[%d]", at, zone, i), "%v", err)
			}
		}
	}
	if raw.File != "" {
		if err := c.readFile(r.open(at+".file", raw.File)); err != nil {
			r.add(at+".file", "%s: %v", raw.File, err)
		}
	}
	for _, origin := range slices.Sorted(maps.Keys(c.byOrigin)) {
		if err := c.byOrigin[origin].settle(); err != nil {
			r.add(at, "from %s: %v", origin, err)
		}
	}
	if err := c.anyOrigin.settle(); err != nil {
		r.add(at, "%v", err)
	}
	if len(c.zones()) == 0 {
		r.add(at, "names no zone: give postal, regions, countries, file or default")
	}
	return c
}

// readFile takes in a chart as a file: lines of prefix,zone or of
// origin,prefix,zone, where origin is the first three digits of the sender's
// code. # begins a comment; the first line may be a heading.
func (c *chart) readFile(data []byte) error {
	lines := bufio.NewScanner(bytes.NewReader(data))
	for n := 1; lines.Scan(); n++ {
		line, _, _ := strings.Cut(lines.Text(), "#")
		line = strings.TrimSpace(strings.TrimPrefix(line, "\ufeff"))
		if line == "" {
			continue
		}
		cells := strings.Split(line, ",")
		for i := range cells {
			cells[i] = strings.Trim(strings.TrimSpace(cells[i]), `"`)
		}
		last := len(cells) - 1
		if n == 1 && strings.EqualFold(cells[last], "zone") {
			continue
		}
		if len(cells) < 2 || len(cells) > 3 || cells[last] == "" {
			return fmt.Errorf("line %d: want prefix,zone or origin,prefix,zone", n)
		}
		into := c.anyOrigin
		if len(cells) == 3 {
			if len(cells[0]) != 3 {
				return fmt.Errorf("line %d: the origin %q is not the first three digits of a code", n, cells[0])
			}
			if c.byOrigin == nil {
				c.byOrigin = map[string]*prefixes{}
			}
			if c.byOrigin[cells[0]] == nil {
				c.byOrigin[cells[0]] = &prefixes{}
			}
			into = c.byOrigin[cells[0]]
		}
		if err := into.add(cells[last-1], cells[last]); err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
	}
	return lines.Err()
}

// inverted turns zone → places into place → zone.
func (r *reading) inverted(at string, zones map[string][]string) map[string]string {
	out := map[string]string{}
	for _, zone := range slices.Sorted(maps.Keys(zones)) {
		for _, place := range zones[zone] {
			if other, again := out[place]; again && other != zone {
				r.add(at+"."+zone, "%s is in zone %s as well", place, other)
			}
			out[place] = zone
		}
	}
	return out
}

// zonesCovered reports the zones of a chart that a table has nothing for.
func (r *reading) zonesCovered(at string, c *chart, has func(zone string) bool) {
	if has("*") {
		return
	}
	for _, zone := range c.zones() {
		if !has(zone) {
			r.add(at, `nothing for zone %q, which the chart %s knows; add it, or "*" for the others`, zone, c.name)
		}
	}
}

// An area is a set of places that rules can name.
type area struct {
	index     int
	countries []string
	regions   []string
	postal    *prefixes
}

func (a *area) holds(f *facts) bool {
	if len(a.countries) > 0 && !slices.Contains(a.countries, f.texts[destCountry]) {
		return false
	}
	if len(a.regions) == 0 && len(a.postal.lengths) == 0 {
		return len(a.countries) > 0
	}
	if slices.Contains(a.regions, f.texts[destRegion]) {
		return true
	}
	_, ok := a.postal.find(f.texts[destPostal])
	return ok
}

func (r *reading) area(name string, raw *rawArea) *area {
	at := "zone_sets." + name
	a := &area{index: len(r.rules.areas), countries: raw.Countries, regions: raw.Regions, postal: &prefixes{}}
	for i, text := range raw.Postal {
		if err := a.postal.add(text, name); err != nil {
			r.add(fmt.Sprintf("%s.postal[%d]", at, i), "%v", err)
		}
	}
	if err := a.postal.settle(); err != nil {
		r.add(at, "%v", err)
	}
	if len(raw.Countries)+len(raw.Regions)+len(raw.Postal) == 0 {
		r.add(at, "names no place: give countries, regions or postal")
	}
	if len(raw.Countries) == 0 && len(raw.Regions)+len(raw.Postal) > 0 {
		r.add(at+".countries", "required: regions and postal codes are of a country")
	}
	return a
}

// wordsIn returns the words of a file: one or several a line, parted by spaces
// or commas; # begins a comment.
func wordsIn(data []byte) []string {
	var out []string
	for line := range strings.Lines(string(data)) {
		line, _, _ = strings.Cut(line, "#")
		out = append(out, strings.FieldsFunc(line, func(r rune) bool { return r == ',' || r <= ' ' || r == '\ufeff' })...)
	}
	return out
}
