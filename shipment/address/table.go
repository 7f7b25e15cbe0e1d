package address

import (
	_ "embed"
	"regexp"
	"slices"
	"strings"
	"sync"
)

//go:generate go run waybill/internal/addressdata

// tableTxt is Google's address data and CLDR's names of countries with the
// corrections of overrides.txt: a block a country, a line a field, blank lines
// between. NOTICE names both owners.
//
//go:embed table.txt
var tableTxt string

// A country is how a country writes addresses. It is parsed when the first
// address of that country is seen.
type country struct {
	code, alpha3 string
	names        map[string]string // by language
	layout       layout            // as the country writes
	latin        layout            // in Latin letters, where that differs
	require      string            // letters of fields; R is city or region
	upper        string            // letters of fields in capitals
	shapes       []string          // of postcodes: 9 a digit, A a letter, * either
	examples     []string          // postcodes as the post writes them
	prefix       string            // before a postcode that crosses the border
	noZip        bool              // has no postcodes
	noRegion     bool              // wants none on a label
	fuzzy        bool              // prefixes of postcodes cross borders of regions
	open         bool              // the list of regions is not whole
	whole        bool              // the regions have every postcode between them
	regions      []region
	byName       map[string][]int // regions by folded name
	spellings    []spelling       // the same, in no order, to be gone through

	zipPattern string
	zipRE      func() *regexp.Regexp // nil where the shapes say all
}

// name is the country's name in English.
func (c *country) name() string { return c.names["en"] }

// A block is a country's part of the table, parsed on demand.
type block struct {
	fields string
	parse  func() *country
}

var index = sync.OnceValue(func() map[string]block {
	blocks := make(map[string]block, 260)
	rest := tableTxt
	for rest != "" {
		var text string
		text, rest, _ = strings.Cut(rest, "\n\n")
		if strings.HasPrefix(text, "#") {
			continue
		}
		code, fields, _ := strings.Cut(text, "\n")
		blocks[code] = block{fields, sync.OnceValue(func() *country { return parseCountry(code, fields) })}
	}
	return blocks
})

// formatOf returns the country with the ISO code; of one that is not known,
// and of none, what is asked of any.
func formatOf(code string) *country {
	b, ok := index()[code]
	if !ok {
		b = index()["ZZ"]
	}
	return b.parse()
}

// known reports whether code is a country's.
func known(code string) bool {
	_, ok := index()[code]
	return ok && code != "ZZ"
}

// inherited are the fields of a country whose block has none.
const (
	anyLayout  = "%N%n%O%n%A%n%D%n%Z %C%n%S"
	anyRequire = "AC"
)

func parseCountry(code, fields string) *country {
	c := &country{code: code, names: map[string]string{}, require: anyRequire}
	local, latin := anyLayout, ""
	for line := range strings.Lines(fields) {
		what, v, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		switch what {
		case "alpha3":
			c.alpha3 = v
		case "fmt":
			local = v
		case "lfmt":
			latin = v
		case "require":
			c.require = v
		case "upper":
			c.upper = v
		case "zip":
			c.zipPattern = v
		case "shapes":
			c.shapes = strings.Split(v, ",")
		case "zipex":
			c.examples = strings.Split(v, ",")
		case "prefix":
			c.prefix = v
		case "flags":
			for f := range strings.FieldsSeq(v) {
				c.flag(f)
			}
		case "r":
			c.regions = append(c.regions, parseRegion(v))
		case "en", "fr", "de", "es", "it", "nl", "pt", "ja", "zh":
			c.names[what] = v
		}
	}
	c.layout = parseLayout(local, c)
	c.latin = c.layout
	if latin != "" {
		c.latin = parseLayout(latin, c)
	}
	if !shapesSayAll(c.zipPattern, c.shapes) {
		c.zipRE = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(?:` + c.zipPattern + `)$`) })
	}
	c.indexRegions()
	return c
}

func (c *country) flag(name string) {
	switch name {
	case "nozip":
		c.noZip = true
	case "noregion":
		c.noRegion = true
	case "fuzzy":
		c.fuzzy = true
	case "open":
		c.open = true
	case "whole":
		c.whole = true
	}
}

// shapesSayAll reports whether the pattern asks for nothing but as many digits
// as the one shape has, so that there is nothing left to match.
func shapesSayAll(pattern string, shapes []string) bool {
	if len(shapes) != 1 {
		return pattern == ""
	}
	n := strings.Count(shapes[0], "9")
	return n == len(shapes[0]) && pattern == `\d{`+string(rune('0'+n))+`}`
}

// A spelling is a folded name and the regions that bear it.
type spelling struct {
	name    string
	regions []int
}

// A region is a state, province or the like.
type region struct {
	key      string   // what the post writes, in the country's own script
	name     string   // its full name; the key where that is one
	latin    string   // in Latin letters, where the key is not
	iso      string   // ISO 3166-2 code without the country's
	prefixes []string // of its postcodes; none: not known
	also     []string // other names
}

func parseRegion(line string) region {
	p := append(strings.Split(line, "~"), "", "", "", "", "")
	r := region{key: p[0], name: p[1], latin: p[2], iso: p[3]}
	if r.name == "" {
		r.name = r.key
	}
	if r.iso == "=" {
		r.iso = r.key
	}
	if p[4] != "" {
		r.prefixes = strings.Split(p[4], ",")
	}
	if p[5] != "" {
		r.also = strings.Split(p[5], "|")
	}
	return r
}

// indexRegions makes the regions findable by every name they have, whole and
// without the word that says province.
func (c *country) indexRegions() {
	if len(c.regions) == 0 {
		return
	}
	c.byName = make(map[string][]int, 4*len(c.regions))
	add := func(name string, i int) {
		if name != "" && !slices.Contains(c.byName[name], i) {
			c.byName[name] = append(c.byName[name], i)
		}
	}
	for i, r := range c.regions {
		for _, n := range append([]string{r.key, r.name, r.latin, r.iso}, r.also...) {
			add(foldName(n), i)
		}
	}
	// As they are written too, which saves folding in what is right already.
	for i, r := range c.regions {
		for _, n := range []string{r.key, r.name, r.latin} {
			if f := foldName(n); n != f && len(c.byName[f]) == 1 {
				add(n, i)
			}
		}
	}
	// Names that are whole go before those that are cut: New Mexico's own name
	// must not lose to another's short one.
	for i, r := range c.regions {
		for _, n := range append([]string{r.key, r.name, r.latin}, r.also...) {
			short := withoutKind(foldName(n))
			if list := c.byName[short]; len(list) == 0 || c.regions[list[0]].short(short) {
				add(short, i)
			}
		}
	}
	for name, list := range c.byName {
		c.spellings = append(c.spellings, spelling{name, list})
	}
}

// short reports whether name is the region's only without its kind.
func (r region) short(name string) bool {
	for _, n := range append([]string{r.key, r.name, r.latin, r.iso}, r.also...) {
		if foldName(n) == name {
			return false
		}
	}
	return true
}
