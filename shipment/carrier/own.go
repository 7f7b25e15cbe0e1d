package carrier

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"waybill/shipment/gs1"
)

// ownTemplate is the shape of a template: letters and digits that stand as they
// are, the digits of the serial, a check character, and what follows it.
var ownTemplate = regexp.MustCompile(`^([0-9A-Z]*)\{([0-9]{1,2})\}(?:\{([a-z0-9_]+)\})?([0-9A-Z]*)$`)

// ownChecks are the check characters that a template may ask for. GS1's finds
// every single wrong digit; ISO 7064 modulo 37,36 finds that and every pair of
// neighbours changed over, with letters too.
var ownChecks = map[string]func(body string) (byte, bool){
	"gs1_mod10": gs1.Mod10,
	"mod37_36":  mod3736Check,
}

// The bounds of an own number: what a bench can tell from a stray code, and
// what a bar code on a parcel still holds.
const (
	ownShortest   = 8
	ownLongest    = 30
	ownMostDigits = 18 // the serials of which an int64 can hold
)

// ownForm returns the form that a template describes, as in ACME{8}{mod37_36}:
// the letters ACME, a serial of 8 digits, a check character.
func ownForm(template string) (form, error) {
	m := ownTemplate.FindStringSubmatch(template)
	if m == nil {
		return form{}, fmt.Errorf("want capital letters and digits around {N} for a serial of N digits and, if you like, {gs1_mod10} or {mod37_36} for a check character, as in ACME{8}{mod37_36}")
	}
	digits, err := strconv.Atoi(m[2])
	if err != nil || digits < 1 || digits > ownMostDigits {
		return form{}, fmt.Errorf("{%s}: want a serial of 1 to %d digits", m[2], ownMostDigits)
	}
	f := form{head: m[1], digits: digits, tail: m[4]}
	width := len(f.head) + digits + len(f.tail)
	if m[3] != "" {
		check, ok := ownChecks[m[3]]
		switch {
		case !ok:
			return form{}, fmt.Errorf("{%s}: no such check character; want gs1_mod10 or mod37_36", m[3])
		case m[3] == "gs1_mod10" && strings.Trim(f.head, digits10) != "":
			return form{}, fmt.Errorf("{gs1_mod10} covers digits only; take {mod37_36} where there are letters")
		}
		f.check = check
		width++
	}
	if width < ownShortest || width > ownLongest {
		return form{}, fmt.Errorf("its numbers have %d characters; want %d to %d", width, ownShortest, ownLongest)
	}
	return f, nil
}
