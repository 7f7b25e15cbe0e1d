// Package address checks and normalises postal addresses, country by country,
// and writes them the way the destination's post wants to read them.
//
// The countries are data (table.txt, written by internal/addressdata from
// published tables and overrides.txt), the checks functions over it. The package never says that an address is deliverable:
// it knows no street and no house number. It alters nothing silently: every
// change is listed with its reason.
package address

import (
	"fmt"
	"unicode/utf8"

	"waybill/shipment"
)

// A Verdict sums an address check up.
type Verdict string

// The verdicts.
const (
	Valid     Verdict = "valid"
	Corrected Verdict = "corrected" // usable after the listed changes
	Invalid   Verdict = "invalid"   // a person must look at it
)

// A Severity says whether an issue stops the parcel.
type Severity string

// The severities.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
)

// The codes of issues.
const (
	Missing          = "missing"                     // a field the post cannot do without
	UnknownCountry   = "unknown_country"             // neither code nor name of a country
	UnknownRegion    = "unknown_region"              // not a state or province of the country
	PostalCodeFormat = "postal_code_format"          // not what the country's postcodes look like
	PostalCodeRegion = "postal_code_region_mismatch" // the postcode lies in another region
	TooLong          = "too_long"                    // longer than carriers (warning) or labels (error) take
	ControlCharacter = "control_character"           // control or text-direction characters
	Unprintable      = "unprintable"                 // characters that no label can show
	POBox            = "po_box"                      // a box: only the post can deliver there
	ParcelLocker     = "parcel_locker"               // a locker of one carrier
	MilitaryCity     = "military_city"               // a military state without APO, FPO or DPO
	GeneralDelivery  = "general_delivery"            // kept at a post office until it is called for
	LookAlike        = "look_alike"                  // letters of two alphabets in one word
	HouseNumber      = "house_number_missing"        // no number where houses have them
	HouseNumberOrder = "house_number_order"          // a number where the country does not write it
	NotLatin         = "not_latin"                   // letters that a carrier does not take and that no rule writes in Latin
	LostCharacter    = "lost_character"              // a question mark where an export lost a letter
)

// An Issue is one thing to know about an address.
type Issue struct {
	Field    string   `json:"field"`
	Code     string   `json:"code"`
	Severity Severity `json:"severity"`
	Message  string   `json:"message"`
}

// A Result is what a check found. Address is the normalised address; what
// Changes lists is all that differs from the one checked.
type Result struct {
	Verdict Verdict
	Address shipment.Address
	Issues  []Issue
	Changes []shipment.Change
}

// The longest a field may be, in characters: what every carrier takes, and
// what still fits a label when it is wrapped.
const (
	carrierLimit = 35
	labelLimit   = 100
)

// mostBytes is the length from which a field is not looked into: more than
// labelLimit characters are in any script.
const mostBytes = 1000

// Check checks and normalises an address.
func Check(a shipment.Address) Result {
	c := &checker{Result: Result{Address: a}}
	c.text()
	c.placeholders()
	c.lines()
	if !c.country() {
		c.requiredAnywhere()
	} else {
		if !c.overlong() {
			c.move()
		}
		c.postalCode()
		c.region()
		c.regionMatches()
		c.required()
	}
	c.boxIn, c.box = boxField(c.Address)
	c.conventions()
	c.lengths()
	c.boxes()
	c.Verdict = Valid
	if len(c.Changes) > 0 {
		c.Verdict = Corrected
	}
	for _, is := range c.Issues {
		if is.Severity == Error {
			c.Verdict = Invalid
		}
	}
	return c.Result
}

// move puts what stands in the wrong field where it belongs.
func (c *checker) move() {
	c.military()
	c.boxFromCode() // before a country without postcodes drops it
	c.noPostalCode()
	c.misplaced()
	c.placeFromLine()
	c.placeInLine()
	c.repeated()
	c.lines()
}

// overlong reports whether a field holds what no form would take. It is said to
// be too long, and nothing is looked for in it.
func (c *checker) overlong() bool {
	for _, f := range fields(&c.Address) {
		if len(*f.p) > mostBytes {
			return true
		}
	}
	return false
}

// A checker is a check on its way: its Address is normalised step by step.
type checker struct {
	Result

	box   boxKind // what boxField says of the normalised address
	boxIn string
}

func (c *checker) issue(field, code string, s Severity, format string, args ...any) {
	c.Issues = append(c.Issues, Issue{Field: field, Code: code, Severity: s, Message: fmt.Sprintf(format, args...)})
}

// change sets a field and records why. A field changed twice keeps one entry
// a reason, so that the chain can be followed.
func (c *checker) change(field string, p *string, now, why string) {
	if *p == now {
		return
	}
	c.Changes = append(c.Changes, shipment.Change{Field: field, Old: *p, New: now, Why: why})
	*p = now
}

type field struct {
	name string
	p    *string
}

func fields(a *shipment.Address) []field {
	return []field{
		{"name", &a.Name},
		{"company", &a.Company},
		{"line1", &a.Line1},
		{"line2", &a.Line2},
		{"line3", &a.Line3},
		{"city", &a.City},
		{"district", &a.District},
		{"region", &a.Region},
		{"postal_code", &a.PostalCode},
		{"country", &a.Country},
		{"phone", &a.Phone},
	}
}

// lines closes gaps between the address lines.
func (c *checker) lines() {
	a := &c.Address
	const why = "the line above was empty"
	for range 2 {
		if a.Line1 == "" && a.Line2 != "" {
			c.change("line1", &a.Line1, a.Line2, why)
			c.change("line2", &a.Line2, "", why)
		}
		if a.Line2 == "" && a.Line3 != "" {
			c.change("line2", &a.Line2, a.Line3, why)
			c.change("line3", &a.Line3, "", why)
		}
	}
}

func (c *checker) country() bool {
	a := &c.Address
	if a.Country == "" {
		c.issue("country", Missing, Error, "the country is missing; give its two-letter ISO code")
		return false
	}
	code, ok := CountryCode(a.Country)
	if !ok {
		c.issue("country", UnknownCountry, Error, "%q is no country; give its two-letter ISO code", a.Country)
		return false
	}
	c.change("country", &a.Country, code, "ISO 3166-1 code of the country")
	// The territories are countries to ISO and states to the United States' post.
	switch code {
	case "PR", "GU", "VI", "AS", "MP":
		c.change("region", &a.Region, code, "to the post a state of the United States")
		c.change("country", &a.Country, "US", "to the post a state of the United States")
	}
	return true
}

func (c *checker) required() {
	a := &c.Address
	c.requiredAnywhere()
	land := formatOf(a.Country)
	missing := func(field, what string) {
		c.issue(field, Missing, Error, "%s is missing; mail to %s cannot do without", what, land.name())
	}
	for _, r := range land.require {
		switch {
		case r == 'C' && a.City == "" && !isForces(*a):
			missing("city", "the city")
		case r == 'R' && a.City == "" && a.Region == "":
			missing("city", "the city or region")
		case r == 'S' && a.Region == "" && !land.sameNameAny(a.City):
			c.missingRegion(land)
		case r == 'Z' && a.PostalCode == "":
			missing("postal_code", "the postcode")
		}
	}
}

// missingRegion reports a region that the post asks for. It is not missed where
// the postcode tells it, though not surely enough to fill it in; and where the
// regions are not known, the city may well say it, as Baghdad does.
func (c *checker) missingRegion(land *country) {
	severity := Error
	switch {
	case land.fuzzy && len(land.regionsOf(c.Address.PostalCode)) > 0:
		return
	case len(land.regions) == 0:
		severity = Warning
	}
	c.issue("region", Missing, severity, "the %s is missing; the post of %s asks for it", land.kind(), land.name())
}

func (c *checker) requiredAnywhere() {
	if c.Address.Name == "" && c.Address.Company == "" {
		c.issue("name", Missing, Error, "neither name nor company is given")
	}
	if c.Address.Line1 == "" {
		c.issue("line1", Missing, Error, "the street line is missing")
	}
}

func (c *checker) lengths() {
	for _, f := range fields(&c.Address) {
		switch n := utf8.RuneCountInString(*f.p); {
		case n > labelLimit:
			c.issue(f.name, TooLong, Error, "%d characters are more than a label can hold (%d); shorten it", n, labelLimit)
		case n > carrierLimit:
			c.issue(f.name, TooLong, Warning, "%d characters are more than some carriers take (%d); the label wraps it", n, carrierLimit)
		}
	}
}
