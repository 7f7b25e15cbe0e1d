package carrier

import (
	"strings"

	"waybill/shipment"
	"waybill/shipment/address"
	"waybill/shipment/gs1"
)

// Hints is what is known about a number besides its characters. The zero Hints
// knows nothing.
type Hints struct {
	Carrier shipment.CarrierID // the carrier the label was bought from
	AIM     string             // the scanner's symbology identifier, such as ]C1
}

// A Match is a carrier a number may belong to.
type Match struct {
	Carrier       shipment.CarrierID `json:"carrier"`
	Service       string             `json:"service"`
	Valid         bool               `json:"valid"`
	CheckDigit    string             `json:"check_digit"` // ok, bad or none
	TrackingURL   string             `json:"tracking_url"`
	Confidence    Confidence         `json:"confidence"`
	Format        string             `json:"format"`
	OriginCountry string             `json:"origin_country,omitempty"`
	PostalCode    string             `json:"destination_postal_code,omitempty"` // the ZIP of the routing code in the bars
}

// The grades of a check digit: none means that the carrier has none we know.
const (
	checkOK   = "ok"
	checkBad  = "bad"
	checkNone = "none"
)

// A Confidence is how sure it is that the number is this carrier's.
type Confidence string

// The confidences. Low means that many things that are no parcel's number fit
// as well, or that the check digit is wrong.
const (
	High   Confidence = "high"
	Medium Confidence = "medium"
	Low    Confidence = "low"
)

// maxNumber bounds what is taken for a tracking number at all.
const maxNumber = 64

// Recognise returns every carrier the number may belong to, best first, and
// the number as that carrier writes it: compact, in upper case, without the
// routing code that some carriers put before it in the bars.
//
// The digits alone never decide: what the scanner says of the symbol counts
// most, then the carrier that is expected, then the check digit, then how
// peculiar the format is. A number whose carrier has no check digit is valid
// where its form is right, unless its length is all that the form says and the
// digits are a product's, a phone's or an order's; Confidence says how little it
// may mean.
func (t *Table) Recognise(number string, h Hints) (normalized string, matches []Match) {
	normalized = compact(number)
	var room [roomForMost]candidate
	cands := t.candidates(room[:0], normalized, h)
	if len(cands) == 0 {
		return normalized, nil
	}
	alike := LooksLike(normalized) != nil
	matches = make([]Match, len(cands))
	for i, c := range cands {
		matches[i] = Match{
			Carrier: c.carrier, Service: c.format.service(c.number), Valid: c.valid && !(alike && c.onlyLong(h)), CheckDigit: c.check,
			TrackingURL: t.trackingURL(c.carrier, c.number), Confidence: c.confidence(h, alike), Format: c.format.ID,
			OriginCountry: c.country(), PostalCode: c.postalCode(normalized),
		}
	}
	return cands[0].number, matches
}

// CarrierOf returns the carrier that number says it is of: the one whose check
// digit is right, or the only one whose numbers look so. Otherwise it does not
// say.
func (t *Table) CarrierOf(number shipment.TrackingNumber) (c shipment.CarrierID, ok bool) {
	var room [roomForMost]candidate
	cands := t.candidates(room[:0], compact(string(number)), Hints{})
	if len(cands) == 0 || !cands[0].valid || cands[0].format.Grade == Shared {
		return "", false
	}
	if cands[0].check == checkOK {
		return cands[0].carrier, true
	}
	alone := len(cands) == 1 || !cands[1].valid || cands[1].format.Grade != Distinctive
	if cands[0].format.Grade != Distinctive || !alone {
		return "", false
	}
	return cands[0].carrier, true
}

// A candidate is a carrier whose format the number has.
type candidate struct {
	carrier shipment.CarrierID
	format  *Format
	shape   *shape
	number  string
	check   string
	valid   bool
	score   int
	order   int // the carrier's place in the table
}

// roomForMost is how many carriers have a format that the commonest digits fit.
const roomForMost = 16

// candidates appends to cands, which is empty, the carriers that number,
// compact, may belong to: best first, each with its best format.
func (t *Table) candidates(cands []candidate, number string, h Hints) []candidate {
	if gs1.IsTradeItem(h.AIM) || oneDigit(number) {
		return nil
	}
	isGS1 := gs1.IsGS1(h.AIM)
	for _, e := range t.entries(number) {
		if !e.shape.fits(number) {
			continue
		}
		c := t.judge(e, number, h.Carrier, isGS1)
		if c.format.Grade == Shared && !c.valid && c.carrier != h.Carrier {
			continue // the length alone says nothing
		}
		cands = enter(cands, c)
	}
	return cands
}

// oneDigit reports whether the number is one digit again and again, as people
// fill a field with. Many check digits are right for zeros.
func oneDigit(number string) bool {
	return number != "" && isDigit(number[0]) && strings.Count(number, number[:1]) == len(number)
}

// enter puts c in its place among cands, unless its carrier has a better format
// there.
func enter(cands []candidate, c candidate) []candidate {
	for i := range cands {
		if cands[i].carrier == c.carrier {
			if cands[i].score >= c.score {
				return cands
			}
			cands = append(cands[:i], cands[i+1:]...)
			break
		}
	}
	at := len(cands)
	for at > 0 && c.before(&cands[at-1]) {
		at--
	}
	cands = append(cands, candidate{})
	copy(cands[at+1:], cands[at:])
	cands[at] = c
	return cands
}

func (c *candidate) before(other *candidate) bool {
	return c.score > other.score || c.score == other.score && c.order < other.order
}

// What each finding counts. A finding of one kind outweighs all of the kinds
// that stand behind it, ranks included.
const (
	saidBySymbol = 1000 // the AIM identifier says GS1, and the format is GS1's
	expected     = 100
)

// standing is what the check digit counts, by the format's grade. A wrong check
// digit of a common format outweighs a shared format that fits: a misread number
// of the usual carrier is not presented as a right one of another.
func standing(g Grade, check string) int {
	ok, none, bad := 60, 50, 35
	switch g {
	case Common:
		ok, none, bad = 45, 21, 33
	case Shared:
		ok, none, bad = 15, 10, 0
	case Distinctive:
	}
	switch check {
	case checkOK:
		return ok
	case checkNone:
		return none
	}
	return bad
}

// usualRank is the most that a wrong number's form counts: that a form is narrow
// speaks for a number that passes, not for one that does not. Among those the
// table's order decides, in which the usual carriers come first.
const usualRank = 5

func (t *Table) judge(e entry, number string, hint shipment.CarrierID, isGS1 bool) candidate {
	c := candidate{carrier: t.carriers[e.carrier].ID, format: e.format, shape: e.shape, number: e.shape.number.in(number)}
	c.check = e.format.checked(e.shape, number)
	c.valid = c.check != checkBad
	if e.format.Check == "s10" {
		country := c.country()
		if op, ok := t.s10Operators[country]; ok {
			c.carrier = op
		} else if _, ok := address.CountryName(country); !ok {
			c.valid = false // no such post
		}
	}
	c.order = e.carrier
	c.score = e.format.Rank + standing(e.format.Grade, c.check)
	if c.check == checkBad {
		c.score -= max(0, e.format.Rank-usualRank)
	}
	if e.format.GS1 && isGS1 {
		c.score += saidBySymbol
	}
	if c.carrier == hint && hint != "" {
		c.score += expected
	}
	return c
}

// checked returns how the check digit of number, which has the shape, stands.
func (f *Format) checked(sh *shape, number string) string {
	if f.check == nil {
		return checkNone
	}
	covered := sh.digits.in(number)
	last := len(covered) - 1
	if f.Check == "s10" {
		last -= 2 // the country follows the check digit
	}
	body := covered[:last]
	if f.Prefix != "" {
		body = f.Prefix + body
	}
	if want, ok := f.check(body); ok && covered[last] == want {
		return checkOK
	}
	if f.Unpublished {
		return checkNone
	}
	return checkBad
}

// confidence returns how sure the candidate is. alike says that the number also
// is a product's, a phone's or an order's.
func (c candidate) confidence(h Hints, alike bool) Confidence {
	hinted := c.carrier == h.Carrier && h.Carrier != ""
	switch {
	case !c.valid:
		return Low
	case c.format.GS1 && gs1.IsGS1(h.AIM):
		return High
	case c.format.Grade == Distinctive && (c.check == checkOK || c.format.Rank >= 6):
		return High
	case hinted && c.check == checkOK:
		return High
	case hinted || c.format.Grade == Distinctive:
		return Medium
	case c.format.Grade == Common && c.check == checkOK && !alike:
		return Medium
	}
	return Low
}

// onlyLong reports whether nothing but the length of the number speaks for the
// candidate.
func (c candidate) onlyLong(h Hints) bool {
	return c.format.Grade == Shared && c.check == checkNone && (c.carrier != h.Carrier || h.Carrier == "")
}

// country returns the country of an S10 number's post.
func (c candidate) country() string {
	if c.format.Check != "s10" {
		return ""
	}
	return c.number[len(c.number)-2:]
}

// postalCode returns the ZIP that the bars hold before the number.
func (c candidate) postalCode(number string) string {
	if c.shape.number.from < 8 || number[:3] != "420" {
		return ""
	}
	return number[3:c.shape.number.from]
}

// service returns the service that the number itself names, or else the
// format's.
func (f *Format) service(number string) string {
	for _, n := range f.Services.lengths {
		if at := f.Services.At; at+n <= len(number) {
			if name, ok := f.Services.Names[number[at:at+n]]; ok {
				return name
			}
		}
	}
	return f.Service
}

// LooksLike returns what else than a parcel's number the digits may be: a
// product's code, a phone number, a marketplace's order. Compact numbers only;
// nil means that nothing is known.
func LooksLike(number string) []string {
	for i := range len(number) {
		if !isDigit(number[i]) {
			return nil
		}
	}
	var out []string
	add := func(what string, is bool) {
		if is {
			out = append(out, what)
		}
	}
	switch n := len(number); n {
	case 8, 12, 13, 14:
		add(map[int]string{8: "ean_8", 12: "upc_a", 13: "ean_13", 14: "gtin_14"}[n], gs1.CheckMod10(number))
	case 10:
		add("phone_number", number[0] >= '2' && number[3] >= '2')
	case 11:
		add("phone_number", number[0] == '1' && number[1] >= '2' && number[4] >= '2')
	case 16: // with the identifier 01
		add("gtin_14", number[:2] == "01" && gs1.CheckMod10(number[2:]))
	case 18, 19: // TikTok Shop's, which are time-ordered and begin so for years to come
		add("order_number", number[:2] == "57" || number[:2] == "58")
	}
	return out
}
