package address

import (
	"regexp"
	"strings"

	"waybill/shipment"
)

// anyBox finds a post office box in the languages and spellings that shops
// see. Plain "Box 12" is none: rural routes and military units have boxes too.
var anyBox = regexp.MustCompile(`(?i)` + strings.Join([]string{
	`\bp(?:ost(?:al)?)?[. ]*o(?:ff(?:ice|\.)?)?[. ]*box\b`, `\bp\.?o\.?b\.?[ #]*\d`, `\bpost[- ]?box\b`, `\bg\.?p\.?o\.? box\b`,
	`\b(?:private|locked) (?:mail )?bag\b`, `\bcare po\b`, `\bbo[iî]te postale\b`, `\bcase postale\b`, `\bpostfach\b`, `\bpostbus\b`, `\bpostboks\b`,
	`\bpostilokero\b`, `\bapartado (?:de correos?|postal|a[eé]reo|n?[ºo°.]*\s*\d)`, `\bapdo\.?\s*(?:de correos?|postal|\d)`,
	`\bcasilla (?:de correos?|postal|\d)`, `\bcaixa postal\b`, `\bcasella postale\b`, `\bskr(?:ytka|\.) ?poczt`, `\bp\.? ?o\.? ?b\.?$`,
	`(?:^|[\s,])а/я`, `абонентс\S+ ящик`, `поштова скринька`, `ταχ(?:υδρομικ\S*|\.)\s*θυρ`, `私書箱`, `邮政信箱`, `郵政信箱`, `사서함`,
	`ص\.? ?ب\.?(?:\s|\d|$)`, `صندوق (?:ال)?بريد`, `ת\.? ?ד\.?\s*\d`,
}, "|"))

// boxIn finds spellings that mean a box in some countries only.
var boxIn = []struct {
	countries string
	re        *regexp.Regexp
	field     string
}{
	{"FR MC BE LU CH CI SN CM MA TN DZ MG GA BJ BF ML NE TG CD CG", regexp.MustCompile(`(?i)\bb\.?p\.? ?\d`), "lines"},
	{"FR MC", regexp.MustCompile(`(?i)\bcedex\b`), "city"},
	{"IT SM CH CA", regexp.MustCompile(`(?i)(?:^|, ?)c\.?p\.? \d`), "lines"},
	{"SE", regexp.MustCompile(`(?i)^box \d`), "lines"},
	{"FI", regexp.MustCompile(`(?i)^pl \d`), "lines"},
	{"MX ES AR", regexp.MustCompile(`(?i)^a\.?p\.? ?\d`), "lines"},
}

var locker = regexp.MustCompile(`(?i)\b(?:packstation|paketbox|paczkomat|parcel ?locker|pakkeboks|inpost locker)\b`)

// IsPOBox reports whether the address is a box at a post office, where only
// the post delivers.
func IsPOBox(a shipment.Address) bool {
	_, ok := boxField(a)
	return ok
}

// IsMilitary reports whether the address is of the United States' forces or
// diplomats abroad.
func IsMilitary(a shipment.Address) bool {
	return a.Country == "US" && (isMilitaryRegion(a.Region) || isMilitaryCity(a.City))
}

func isMilitaryRegion(r string) bool { return r == "AA" || r == "AE" || r == "AP" }

func isMilitaryCity(city string) bool {
	switch strings.ToUpper(city) {
	case "APO", "FPO", "DPO":
		return true
	}
	return false
}

func boxField(a shipment.Address) (string, bool) {
	for _, f := range []field{{"line1", &a.Line1}, {"line2", &a.Line2}, {"line3", &a.Line3}, {"company", &a.Company}} {
		if anyBox.MatchString(*f.p) {
			return f.name, true
		}
		for _, b := range boxIn {
			if b.field == "lines" && a.Country != "" && strings.Contains(b.countries, a.Country) && b.re.MatchString(*f.p) {
				return f.name, true
			}
		}
	}
	for _, b := range boxIn {
		if b.field == "city" && a.Country != "" && strings.Contains(b.countries, a.Country) && b.re.MatchString(a.City) {
			return "city", true
		}
	}
	return "", false
}

func (c *checker) boxes() {
	a := c.Address
	if f, ok := boxField(a); ok {
		c.issue(f, POBox, Warning, "a post office box: only the post delivers there")
	}
	for _, f := range []field{{"line1", &a.Line1}, {"line2", &a.Line2}, {"line3", &a.Line3}} {
		if locker.MatchString(*f.p) {
			c.issue(f.name, ParcelLocker, Warning, "a parcel locker: only the carrier who runs it delivers there")
		}
	}
	if a.Country == "US" && isMilitaryRegion(a.Region) && !isMilitaryCity(a.City) && a.City != "" {
		c.issue("city", MilitaryCity, Warning, "military mail to %s goes to APO, FPO or DPO, not to %q", a.Region, a.City)
	}
}
