package address

import (
	"strings"

	"golang.org/x/text/unicode/norm"
)

// postalCode writes the postcode as its post does and checks its format.
func (c *checker) postalCode() {
	a := &c.Address
	if a.PostalCode == "" {
		return
	}
	land := formatOf(a.Country)
	if land.zipPattern == "" {
		c.change("postal_code", &a.PostalCode, tidyCode(a.PostalCode), "postcodes are written in plain capitals and digits")
		return
	}
	if written, ok := land.write(a.PostalCode); ok {
		c.change("postal_code", &a.PostalCode, written, "written as the post of "+land.name()+" does")
		return
	}
	if padded, ok := land.pad(plainCode(a.PostalCode), a.Region); ok {
		c.change("postal_code", &a.PostalCode, padded, "leading zero restored: "+padded+" lies in "+a.Region)
		return
	}
	c.change("postal_code", &a.PostalCode, tidyCode(a.PostalCode), "postcodes are written in plain capitals and digits")
	c.issue("postal_code", PostalCodeFormat, Error, "%q is no postcode of %s, which look like %s", a.PostalCode, land.name(), land.example())
}

// noPostalCode empties a postcode that is none: what forms are given that
// insist on one.
func (c *checker) noPostalCode() {
	a := &c.Address
	if a.PostalCode == "" {
		return
	}
	if land := formatOf(a.Country); land.noZip {
		c.change("postal_code", &a.PostalCode, "", land.name()+" has no postcodes")
		return
	}
	if isFiller(plainCode(a.PostalCode)) {
		c.change("postal_code", &a.PostalCode, "", "stands in for a postcode that was not given")
	}
}

// isFiller reports whether a plain postcode is what forms are given that
// insist on one.
func isFiller(plain string) bool {
	switch plain {
	case "", "NA", "NONE", "NULL", "NIL", "999077", "999078", "XXXXX", "XXXXXX":
		return true
	}
	return strings.Trim(plain, "0") == ""
}

// write writes a postcode in the country's own way, and reports whether it is
// one of its postcodes.
func (c *country) write(code string) (string, bool) {
	if c.fits(code) && c.is(code) {
		return code, true
	}
	plain := plainCode(code)
	if w, ok := c.shape(plain); ok {
		return w, true
	}
	// What people put before it: the country's code or plate, the word itself.
	for _, prefix := range []string{c.code, c.alpha3, strings.Trim(c.prefix, "- "), c.code[:1], "PLZ", "ZIP", "CEP", "PIN", "CP", "PC"} {
		if rest, cut := strings.CutPrefix(plain, prefix); cut && prefix != "" {
			if w, ok := c.shape(rest); ok {
				return w, true
			}
		}
	}
	// What people leave off it: the country's code where that is part of the postcode.
	for _, prefix := range []string{c.code, "CP"} {
		if w, ok := c.shape(prefix + plain); ok {
			return w, true
		}
	}
	return "", false
}

// fits reports whether code has one of the country's shapes as it stands.
func (c *country) fits(code string) bool {
	for _, s := range c.shapes {
		if w, ok := shapeOne(s, code, true); ok && w == code {
			return true
		}
	}
	return false
}

// is reports whether a postcode that has the shape is one of the country's.
func (c *country) is(code string) bool {
	return c.zipRE == nil || c.zipRE().MatchString(code)
}

// shape writes plain the way the first fitting shape does.
func (c *country) shape(plain string) (string, bool) {
	for _, s := range c.shapes {
		if w, ok := shapeOne(s, plain, false); ok && c.is(w) {
			return w, true
		}
	}
	return "", false
}

// shapeOne puts code into a shape. Its separators are added, or, where exact
// is asked, must be there.
func shapeOne(shape, code string, exact bool) (string, bool) {
	if exact && len(code) != len(shape) {
		return "", false
	}
	var buf [24]byte
	out, at := buf[:0], 0
	for i := range len(shape) {
		s := shape[i]
		if s == ' ' || s == '-' {
			if exact {
				if code[at] != s {
					return "", false
				}
				at++
			}
			out = append(out, s)
			continue
		}
		if at == len(code) {
			return "", false
		}
		c := code[at]
		digit, letter := c >= '0' && c <= '9', c >= 'A' && c <= 'Z'
		if !(s == '9' && digit || s == 'A' && letter || s == '*' && (digit || letter)) {
			return "", false
		}
		out = append(out, c)
		at++
	}
	if at != len(code) {
		return "", false
	}
	if exact {
		return code, true
	}
	return string(out), true
}

// pad restores zeros that a spreadsheet took off the front, where the region
// proves that it was so.
func (c *country) pad(plain, regionName string) (string, bool) {
	if regionName == "" || len(c.shapes) == 0 || len(plain) < 3 {
		return "", false
	}
	for _, s := range c.shapes {
		n := strings.Count(s, "9")
		if n+strings.Count(s, "-")+strings.Count(s, " ") != len(s) || n <= len(plain) || n > len(plain)+2 {
			continue
		}
		w, ok := c.shape(strings.Repeat("0", n-len(plain)) + plain)
		if !ok {
			continue
		}
		if r, found := c.findOne(regionName, w); found && r.has(w) {
			return w, true
		}
	}
	return "", false
}

// plainCode is a postcode in plain capitals and digits, without what people
// put between.
func plainCode(code string) string {
	if isPlainCode(code) {
		return code
	}
	var b strings.Builder
	for _, r := range nativeDigits(norm.NFKC.String(code)) {
		switch {
		case r >= 'a' && r <= 'z':
			b.WriteByte(byte(r) - 'a' + 'A')
		case r < 0x80 && (r >= '0' && r <= '9' || r >= 'A' && r <= 'Z'):
			b.WriteByte(byte(r))
		case strings.ContainsRune(" -._/〒\u00a0‐‑‒–—−ー", r):
		default:
			b.WriteRune(r) // no postcode has it; the message shows it
		}
	}
	return b.String()
}

func isPlainCode(code string) bool {
	for i := range len(code) {
		if c := code[i]; !(c >= '0' && c <= '9' || c >= 'A' && c <= 'Z') {
			return false
		}
	}
	return true
}

// tidyCode is a postcode whose format is not known, in plain capitals.
func tidyCode(code string) string {
	return foldSpace(strings.ToUpper(nativeDigits(foldWidth(code))))
}

// example shows a person what the country's postcodes look like.
func (c *country) example() string {
	list := c.examples
	if len(list) > 2 {
		list = list[:2]
	}
	return strings.Join(list, " or ")
}
