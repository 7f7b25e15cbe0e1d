package address

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"waybill/shipment"
)

// writesCodes reports whether the country's post writes the codes of its
// regions, not their names.
func (c *country) writesCodes() bool {
	switch c.code {
	case "US", "CA", "AU", "BR", "IT":
		return true
	}
	return false
}

// find returns the indexes of the regions that s may name.
func (c *country) find(s string) []int {
	if s == "" || len(c.regions) == 0 {
		return nil
	}
	if list := c.byName[s]; list != nil {
		return list
	}
	want := foldName(s)
	if list := c.byName[want]; list != nil {
		return list
	}
	if iso, ok := strings.CutPrefix(want, strings.ToLower(c.code)+"-"); ok {
		if list := c.byName[iso]; list != nil {
			return list
		}
	}
	if c.writesCodes() {
		// Codes with dots and spaces inside: N. Y., D. C.
		if short := strings.ReplaceAll(want, " ", ""); len(short) <= 3 && c.byName[short] != nil {
			return c.byName[short]
		}
	}
	return c.byName[withoutKind(want)]
}

// findOne returns the region that s names; of several, the one where the
// postcode lies.
func (c *country) findOne(s, code string) (region, bool) {
	list := c.find(s)
	if len(list) > 1 { // Lombardia: the postcode says which of its provinces
		if r, ok := c.sole(code); ok && slices.ContainsFunc(list, func(i int) bool { return c.regions[i].key == r.key }) {
			return r, true
		}
	}
	for _, i := range list {
		if len(list) == 1 || c.regions[i].has(code) {
			return c.regions[i], true
		}
	}
	if len(list) > 0 {
		return c.regions[list[0]], true
	}
	return region{}, false
}

// has reports whether the postcode begins as the region's do.
func (r region) has(code string) bool {
	for _, p := range r.prefixes {
		if strings.HasPrefix(code, p) {
			return true
		}
	}
	return false
}

// regionsOf returns the regions in which the postcode may lie.
func (c *country) regionsOf(code string) []region {
	var out []region
	for _, r := range c.regions {
		if r.has(code) {
			out = append(out, r)
		}
	}
	return out
}

// sole returns the one region in which the postcode lies. A postcode that a
// region names in full, as New York does Fishers Island's, is that region's
// whatever others say of its beginning.
func (c *country) sole(code string) (region, bool) {
	in := c.regionsOf(code)
	for _, r := range in {
		if len(code) >= 5 && slices.Contains(r.prefixes, code[:5]) {
			return r, true
		}
	}
	if len(in) == 1 {
		return in[0], true
	}
	return region{}, false
}

// text returns how the region is written in an address of the country: in its
// own letters where the rest is, as written where that is one of its names.
func (r region) text(c *country, given string, local bool) string {
	if c.writesCodes() {
		return r.key
	}
	names := []string{r.key, r.name, r.latin}
	if local {
		names = names[:2] // Osaka has no place in 北区梅田3-1-1
	}
	if given != "" && slices.Contains(names, given) {
		return given
	}
	folded := foldName(given)
	if c.code == "MX" && given == strings.ToUpper(given) && r.isCode(folded) {
		return given // NL: the code that shops and carriers write for N.L.
	}
	for _, n := range names {
		if n != "" && foldName(n) == folded {
			return n
		}
	}
	switch {
	case local:
		return r.key
	case r.latin != "" && isMixed(given) && !strings.HasSuffix(given, "."):
		return given // Guangdong, Inner Mongolia: no spelling in Latin letters is the post's own
	case r.latin != "":
		return r.latin
	case isAbbreviation(given):
		return r.key
	}
	return r.name
}

// written returns how the region is written where the address does not say.
func (r region) written(c *country, local bool) string {
	if !local && r.latin != "" {
		return r.text(c, r.latin, local)
	}
	return r.text(c, r.name, local)
}

// isCode reports whether a folded name is the region's code, with or without its
// full stops.
func (r region) isCode(folded string) bool {
	return folded == strings.ToLower(r.iso) || strings.ReplaceAll(folded, " ", "") == strings.ReplaceAll(foldName(r.key), " ", "")
}

// isMixed reports whether s has capitals and small letters, as names do.
func isMixed(s string) bool { return s != strings.ToLower(s) && s != strings.ToUpper(s) }

func isAbbreviation(s string) bool { return len(s) <= 4 || strings.HasSuffix(s, ".") }

// region writes a known region as its post does, fills in one that the
// postcode tells, and reports one that the country does not have.
func (c *checker) region() {
	a := &c.Address
	land := formatOf(a.Country)
	if len(land.regions) == 0 || land.noRegion {
		return
	}
	local := isLocal(*a)
	if a.Region == "" {
		c.inferRegion(land, local)
		return
	}
	if r, ok := land.findOne(a.Region, a.PostalCode); ok {
		c.change("region", &a.Region, r.text(land, a.Region, local), "as the post writes "+r.english())
		return
	}
	there, known := land.sole(a.PostalCode)
	if known && there.isStem(a.Region) {
		return
	}
	near := land.near(a.Region)
	if known && slices.ContainsFunc(near, func(r region) bool { return r.key == there.key }) {
		c.change("region", &a.Region, there.written(land, local), fmt.Sprintf("misspelt; %s lies in %s", a.PostalCode, there.english()))
		return
	}
	if land.open && len(near) == 0 {
		return // perhaps one that the list has not
	}
	severity := Warning
	if !land.open && !land.fuzzy && (strings.Contains(land.require, "S") || land.hasPrefixes()) {
		severity = Error
	}
	c.issue("region", UnknownRegion, severity, "%q is no %s of %s%s", a.Region, land.kind(), land.name(), suggest(near, land.regionsOf(a.PostalCode), a.PostalCode))
}

// isStem reports whether given is the stem of the region's name in Latin letters,
// as Novosibirsk Oblast is of Novosibirskaya oblast'.
func (r region) isStem(given string) bool {
	const least = 5
	stem := withoutKind(foldName(given))
	return len(stem) >= least && strings.HasPrefix(foldName(r.latin), stem)
}

// suggest says what may have been meant.
func suggest(near, there []region, code string) string {
	var names []string
	for _, r := range near {
		names = append(names, r.english())
	}
	switch {
	case len(names) > 0:
		return "; did you mean " + strings.Join(names[:min(3, len(names))], " or ") + "?"
	case len(there) == 1:
		return fmt.Sprintf("; %s lies in %s", code, there[0].english())
	}
	return "; write its name or its code"
}

// inferRegion fills in a region that the post wants and the postcode tells,
// unless the city says it.
func (c *checker) inferRegion(land *country, local bool) {
	a := &c.Address
	if !strings.Contains(land.require, "S") || land.sameNameAny(a.City) || c.codeReported() {
		return
	}
	r, ok := land.sole(a.PostalCode)
	if !ok || land.fuzzy {
		return
	}
	c.change("region", &a.Region, r.written(land, local), fmt.Sprintf("%s lies in %s", a.PostalCode, r.english()))
}

// sameName reports whether the city bears the region's name.
func (c *country) sameName(city string, r region) bool {
	for _, i := range c.byName[foldName(city)] {
		if c.regions[i].key == r.key {
			return true
		}
	}
	return false
}

// sameNameAny reports whether the city bears a region's name and the post can
// do without the region then.
func (c *country) sameNameAny(city string) bool {
	return c.cityTells() && len(c.byName[foldName(strings.TrimRight(city, " 0123456789"))]) > 0 // Kingston 10
}

// cityTells reports whether a city that bears its region's name says both, as
// Madrid, Kyiv, Bogotá and Kingston do. Posts that sort by the code of the state
// want it all the same: New York, NY.
func (c *country) cityTells() bool { return c.code == "IT" || !c.writesCodes() }

// english names the region for a message, in Latin letters where it can.
func (r region) english() string {
	name := r.name
	if r.latin != "" {
		name = r.latin
	}
	if r.key != name && len(r.key) <= 4 && r.latin == "" {
		return name + " (" + r.key + ")"
	}
	return name
}

func (c *country) kind() string {
	switch c.code {
	case "US", "AU", "BR", "MX", "IN", "MY":
		return "state"
	case "JP":
		return "prefecture"
	case "AE":
		return "emirate"
	case "IE":
		return "county"
	case "HK":
		return "area"
	}
	return "province or region"
}

func (c *country) hasPrefixes() bool {
	return slices.ContainsFunc(c.regions, func(r region) bool { return len(r.prefixes) > 0 })
}

// near returns the regions whose names are a slip of the pen away, the nearest
// first. Who slips gets the first or the last letter right.
func (c *country) near(s string) []region {
	want := foldName(s)
	var room, roomOther [longestName]rune
	letters := appendRunes(room[:0], want)
	if len(letters) < 4 || len(letters) > longestName-8 {
		return nil
	}
	limit := 1 + len(letters)/8
	nearest := make(map[int]int, 4)
	for _, spelt := range c.spellings {
		name := spelt.name
		if len(name) < 4 || len(name) > len(want)+2*limit || len(name) < len(want)-2*limit || name[0] != want[0] && name[len(name)-1] != want[len(want)-1] {
			continue
		}
		if n := slips(letters, appendRunes(roomOther[:0], name), limit); n <= limit {
			for _, i := range spelt.regions {
				if old, ok := nearest[i]; !ok || n < old {
					nearest[i] = n
				}
			}
		}
	}
	order := slices.SortedFunc(maps.Keys(nearest), func(i, j int) int { return cmp.Or(nearest[i]-nearest[j], i-j) })
	var out []region
	for _, i := range order {
		out = append(out, c.regions[i])
	}
	return out
}

// longestName is the most letters of a name that is looked at for slips.
const longestName = 48

func appendRunes(out []rune, s string) []rune {
	for _, r := range s {
		out = append(out, r)
	}
	return out
}

// slips counts the letters to add, drop, change or swap with their neighbour to make
// b of a; where that is more than most, it says most+1 and counts no further.
func slips(a, b []rune, most int) int {
	if d := len(a) - len(b); d > most || d < -most || max(len(a), len(b)) >= longestName {
		return most + 1
	}
	var rows [3][longestName]uint8 // small, for it is cleared for every name
	before, last, row := &rows[0], &rows[1], &rows[2]
	for j := range len(b) + 1 {
		last[j] = uint8(j) //nolint:gosec // below longestName
	}
	for i := 1; i <= len(a); i++ {
		row[0] = uint8(i) //nolint:gosec // as above
		least, leastLast := row[0], last[0]
		for j := 1; j <= len(b); j++ {
			cost := uint8(1)
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
			least, leastLast = min(least, row[j]), min(leastLast, last[j])
		}
		if int(min(least, leastLast)) > most { // a swap reaches back two rows
			return most + 1
		}
		before, last, row = last, row, before
	}
	return int(last[len(b)])
}

// isLocal reports whether the address is written in other letters than Latin.
func isLocal(a shipment.Address) bool {
	return hasForeign(a.Line1) || hasForeign(a.City)
}

func hasForeign(s string) bool {
	for _, r := range s {
		if r >= 0x250 && unicode.IsLetter(r) && !unicode.Is(unicode.Latin, r) {
			return true
		}
	}
	return false
}

// regionMatches holds the postcode against the region, and says which of the two
// is more probably wrong where the city tells.
func (c *checker) regionMatches() {
	a := &c.Address
	land := formatOf(a.Country)
	if a.PostalCode == "" || !land.hasPrefixes() {
		return
	}
	r, ok := land.findOne(a.Region, a.PostalCode)
	if ok && r.has(a.PostalCode) {
		return
	}
	there := land.regionsOf(a.PostalCode)
	severity := Error
	if land.fuzzy {
		severity = Warning
	}
	if len(there) == 0 {
		if land.whole && !c.codeReported() {
			c.issue("postal_code", PostalCodeRegion, severity, "%s is not in use anywhere in %s; check the postcode", a.PostalCode, land.name())
		}
		return
	}
	if !ok || len(r.prefixes) == 0 || c.codeReported() {
		return // no region, one that is reported already, or one of which nothing is known
	}
	var names []string
	for _, t := range there {
		names = append(names, t.english())
	}
	where := strings.Join(names, " or ")
	mend := "check which of the two is wrong"
	switch {
	case slices.ContainsFunc(there, func(t region) bool { return land.sameName(a.City, t) }):
		mend = fmt.Sprintf("the city is there too, so the region is probably wrong: write %s", where)
	case land.sameName(a.City, r):
		mend = fmt.Sprintf("the city is in %s too, so the postcode is probably wrong: those of %s begin with %s", r.english(), r.english(), r.begins())
	default:
		mend += fmt.Sprintf(": the postcodes of %s begin with %s", r.english(), r.begins())
	}
	c.issue("postal_code", PostalCodeRegion, severity, "%s lies in %s, not in %s; %s", a.PostalCode, where, r.english(), mend)
}

// codeReported reports whether the postcode has an issue already.
func (c *checker) codeReported() bool {
	return slices.ContainsFunc(c.Issues, func(is Issue) bool { return is.Field == "postal_code" })
}

// begins tells how the region's postcodes begin, for a person.
func (r region) begins() string {
	const most = 6
	if len(r.prefixes) > most {
		return strings.Join(r.prefixes[:most], ", ") + " and others"
	}
	return strings.Join(r.prefixes, ", ")
}
