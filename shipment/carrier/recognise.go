package carrier

import (
	"cmp"
	"slices"
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
	Carrier     shipment.CarrierID `json:"carrier"`
	Service     string             `json:"service"`
	Valid       bool               `json:"valid"`
	CheckDigit  string             `json:"check_digit"` // ok, bad or none
	TrackingURL string             `json:"tracking_url"`
}

// The grades of a check digit: none means that the carrier has none we know.
const (
	checkOK   = "ok"
	checkBad  = "bad"
	checkNone = "none"
)

// maxNumber bounds what is taken for a tracking number at all.
const maxNumber = 64

// CarrierOf returns the carrier that number says it is of: the one whose check
// digit is right, or the only one that it fits. Otherwise it does not say.
func (t *Table) CarrierOf(number shipment.TrackingNumber) (c shipment.CarrierID, ok bool) {
	_, matches := t.Recognise(string(number), Hints{})
	if len(matches) == 0 || !matches[0].Valid || matches[0].CheckDigit != "ok" && len(matches) > 1 {
		return "", false
	}
	return matches[0].Carrier, true
}

// Recognise returns every carrier the number may belong to, best first, and
// the number as that carrier writes it: compact, in upper case, without the
// routing code that some carriers put before it in the bars.
//
// The digits alone never decide: what the scanner says of the symbol counts
// most, then the carrier that is expected, then the check digit, then how
// peculiar the format is.
func (t *Table) Recognise(number string, h Hints) (normalized string, matches []Match) {
	normalized = compact(number)
	if normalized == "" || len(normalized) > maxNumber || gs1.IsTradeItem(h.AIM) {
		return normalized, nil
	}
	best := map[shipment.CarrierID]candidate{}
	for _, c := range t.carriers {
		for i := range c.Formats {
			f := &c.Formats[i]
			m, ok := f.match(normalized)
			if !ok {
				continue
			}
			cand := t.judge(c.ID, f, m, h)
			if f.Weak && f.Check == "" && cand.Carrier != h.Carrier {
				continue // any digits fit: not even worth a guess
			}
			if old, seen := best[cand.Carrier]; !seen || cand.score > old.score {
				best[cand.Carrier] = cand
			}
		}
	}
	cands := make([]candidate, 0, len(best))
	for _, c := range best {
		cands = append(cands, c)
	}
	slices.SortFunc(cands, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.Carrier, b.Carrier))
	})
	for _, c := range cands {
		matches = append(matches, c.Match)
	}
	if len(cands) > 0 {
		normalized = cands[0].number
	}
	return normalized, matches
}

type candidate struct {
	Match
	number string
	score  int
}

func (t *Table) judge(id shipment.CarrierID, f *Format, m match, h Hints) candidate {
	valid := m.check != checkBad
	if f.Check == "s10" {
		country := m.number[len(m.number)-2:]
		if op, ok := t.s10Operators[country]; ok {
			id = op
		} else if _, ok := address.CountryName(country); !ok {
			valid = false // no such post
		}
	}
	score := f.Rank
	if f.GS1 && gs1.IsGS1(h.AIM) {
		score += 1000
	}
	if id == h.Carrier && h.Carrier != "" {
		score += 100
	}
	if valid {
		score += map[string]int{checkOK: 40, checkNone: 20}[m.check]
	}
	return candidate{
		Match:  Match{Carrier: id, Service: f.service(m.number), Valid: valid, CheckDigit: m.check, TrackingURL: t.TrackingURL(id, m.number)},
		number: m.number,
		score:  score,
	}
}

type match struct {
	number string
	check  string
}

// match reports whether s, compact, has the format, and how its check digit
// stands.
func (f *Format) match(s string) (match, bool) {
	sub := f.re.FindStringSubmatch(s)
	if sub == nil {
		return match{}, false
	}
	m := match{number: sub[f.number], check: checkNone}
	if f.Check == "" {
		return m, true
	}
	covered := sub[f.number]
	if f.digits > 0 {
		covered = sub[f.digits]
	}
	last := len(covered) - 1
	if f.Check == "s10" {
		last -= 2 // the country follows the check digit
	}
	m.check = checkBad
	if want, ok := checks[f.Check](f.Prefix + covered[:last]); ok && covered[last] == want {
		m.check = checkOK
	}
	return m, true
}

// service returns the service that the number itself names, or else the
// format's.
func (f *Format) service(number string) string {
	for code, name := range f.Services.Names {
		if strings.HasPrefix(number[min(f.Services.At, len(number)):], code) {
			return name
		}
	}
	return cmp.Or(f.Service, "")
}

// compact drops what people and scanners put between the characters, and folds
// to upper case.
func compact(number string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ' || r == '-' || r == '\t' || r == '\r' || r == '\n' || r == gs1.GS || r == '\u00a0':
			return -1
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		}
		return r
	}, number)
}
