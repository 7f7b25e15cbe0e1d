package gs1

import (
	"fmt"
	"strings"

	"waybill/shipment"
)

// A check looks at one part of a value, which already has its length and its
// characters; nil: it is right.
type check func(s string) *finding

// A finding is what a check found wrong.
type finding struct {
	code    Code
	at      int // of the byte in the part
	message string
}

func wrong(code Code, at int, format string, args ...any) *finding {
	return &finding{code, at, fmt.Sprintf(format, args...)}
}

// quoted shows a byte to people.
func quoted(c byte) string { return shipment.Quoted(string([]byte{c})) }

// checks returns the checks by the names that the table has for them.
func checks() map[string]check {
	return map[string]check{
		"check":      checkDigit,
		"pair":       checkPair,
		"company":    func(s string) *finding { return checkCompany(s, 0) },
		"company2":   func(s string) *finding { return checkCompany(s, 1) },
		"date":       func(s string) *finding { return checkShortDate(s, false) },
		"date0":      func(s string) *finding { return checkShortDate(s, true) },
		"longdate":   checkLongDate,
		"hour":       func(s string) *finding { return checkClock(s, 0, "hour", 23) },
		"minute":     func(s string) *finding { return checkClock(s, 0, "minute", 59) },
		"second":     func(s string) *finding { return checkClock(s, 0, "second", 59) },
		"time":       checkTime,
		"country":    checkCountry,
		"country999": checkCountry999,
		"country2":   checkCountry2,
		"currency":   checkCurrency,
		"iban":       checkIBAN,
		"percent":    checkPercent,
		"importer":   oneOf(BadValue, "an importer index, which is a letter, a digit, - or _", digits10+capitals+smalls+"-_"),
		"latitude":   func(s string) *finding { return checkDegrees(s, "latitude", "1800000000") },
		"longitude":  func(s string) *finding { return checkDegrees(s, "longitude", "3600000000") },
		"medium":     checkMedium,
		"package":    checkPackage,
		"piece":      checkPiece,
		"position":   checkPosition,
		"zero":       oneOf(BadZero, "0", "0"),
		"nonzero":    checkNonZero,
		"nozero":     checkNoLeadingZero,
		"nondigit":   checkNonDigit,
		"hyphen":     oneOf(BadValue, "a hyphen, which makes the temperature negative", "-"),
		"yesno":      oneOf(BadValue, "0 for no or 1 for yes", "01"),
		"winding":    oneOf(BadValue, "a winding direction: 0 face out, 1 face in, 9 undefined", "019"),
		"sex":        oneOf(BadValue, "a sex of ISO/IEC 5218: 0, 1, 2 or 9", "0129"),
		"coupon":     checkCoupon,
		"offer":      checkOffer,
	}
}

// oneOf returns the check that every character is one of those allowed.
func oneOf(code Code, what, allowed string) check {
	return func(s string) *finding {
		for i := range len(s) {
			if strings.IndexByte(allowed, s[i]) < 0 {
				return wrong(code, i, "has %s where %s must be", quoted(s[i]), what)
			}
		}
		return nil
	}
}

func checkDigit(s string) *finding {
	if CheckMod10(s) {
		return nil
	}
	want, _ := Mod10(s[:len(s)-1])
	return wrong(BadCheckDigit, len(s)-1, "%s has a wrong check digit; %c would be right", s, want)
}

// The GS1 check character pair (GS1 General Specifications, section 7.9.5):
// the values of the characters in set 82, weighted from the right with the
// primes, modulo 1021, written as two of 32 characters.
const (
	pairModulus = 1021
	set32       = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
)

func checkPair(s string) *finding {
	if len(s) < 2 {
		return wrong(BadCheckPair, 0, "%s is too short for its pair of check characters", s)
	}
	body, pair := s[:len(s)-2], s[len(s)-2:]
	for i := range len(pair) {
		if strings.IndexByte(set32, pair[i]) < 0 {
			return wrong(BadCheckPair, len(body)+i, "ends in %s, which is no check character", quoted(pair[i]))
		}
	}
	sum, prime := 0, 2
	for i := len(body) - 1; i >= 0; i-- {
		sum += strings.IndexByte(set82, body[i]) * prime
		prime = nextPrime(prime)
	}
	sum %= pairModulus
	if want := string([]byte{set32[sum>>5], set32[sum&31]}); pair != want {
		return wrong(BadCheckPair, len(body), "has wrong check characters; %s would be right", want)
	}
	return nil
}

// nextPrime returns the prime behind p, which is small.
func nextPrime(p int) int {
	for {
		p++
		prime := true
		for d := 2; d*d <= p; d++ {
			if p%d == 0 {
				prime = false
				break
			}
		}
		if prime {
			return p
		}
	}
}

// shortestPrefix is the least number of digits of a GS1 Company Prefix.
const shortestPrefix = 4

// checkCompany checks that a GS1 Company Prefix can begin at from.
func checkCompany(s string, from int) *finding {
	if len(s) < from+shortestPrefix {
		return wrong(BadCompany, 0, "is too short for a GS1 Company Prefix, which has %d digits at least", shortestPrefix)
	}
	for i := from; i < from+shortestPrefix; i++ {
		if !isDigit(s[i]) {
			return wrong(BadCompany, i, "has %s within the GS1 Company Prefix, which has %d digits at least", quoted(s[i]), shortestPrefix)
		}
	}
	return nil
}

func checkPercent(s string) *finding {
	for i := 0; i < len(s); i++ {
		if s[i] != '%' {
			continue
		}
		if i+2 >= len(s) || !isHex(s[i+1]) || !isHex(s[i+2]) {
			return wrong(BadPercent, i, "has a %% without two hexadecimal digits behind it")
		}
		i += 2
	}
	return nil
}

func isHex(c byte) bool {
	return isDigit(c) || c >= 'A' && c <= 'F' || c >= 'a' && c <= 'f'
}

// checkPadding checks the = at the end of base 64, as the reference engine does:
// two at most, and then the length is a multiple of three.
func checkPadding(s string) *finding {
	body := strings.TrimRight(s, "=")
	switch pads := len(s) - len(body); {
	case pads > 2 || pads > 0 && len(s)%3 != 0:
		return wrong(BadCharacter, len(body), "has %d padding characters (=), which do not fit its length", pads)
	case strings.IndexByte(body, '=') >= 0:
		return wrong(BadCharacter, strings.IndexByte(body, '='), "has a padding character (=) before its end")
	}
	return nil
}

func checkNonZero(s string) *finding {
	if strings.Trim(s, "0") == "" {
		return wrong(BadZero, 0, "has %s where zero must not be", s)
	}
	return nil
}

func checkNoLeadingZero(s string) *finding {
	if s[0] == '0' {
		return wrong(BadZero, 0, "begins with 0, which it must not")
	}
	return nil
}

func checkNonDigit(s string) *finding {
	if allDigits(s) {
		return wrong(BadValue, 0, "has digits only; one other character at least must be in it")
	}
	return nil
}

// checkPiece checks a piece number and the number of pieces, of equal width.
func checkPiece(s string) *finding {
	piece, total := s[:len(s)/2], s[len(s)/2:]
	switch {
	case strings.Trim(piece, "0") == "":
		return wrong(BadPiece, 0, "has piece number %s; pieces count from 1", piece)
	case strings.Trim(total, "0") == "":
		return wrong(BadPiece, len(piece), "has %s pieces in all; there is one at least", total)
	case piece > total:
		return wrong(BadPiece, 0, "is piece %s of %s", piece, total)
	}
	return nil
}

// checkPosition checks a position and an end with a slash between, as in 2/3.
func checkPosition(s string) *finding {
	position, end, ok := strings.Cut(s, "/")
	if !ok || position == "" || end == "" || !allDigits(position) || !allDigits(end) {
		return wrong(BadPiece, 0, "want a position such as 2/3, not %s", s)
	}
	if position[0] == '0' || end[0] == '0' {
		return wrong(BadPiece, 0, "%s counts from 1, without leading zeros", s)
	}
	if len(position) > len(end) || len(position) == len(end) && position > end {
		return wrong(BadPiece, 0, "is position %s of %s", position, end)
	}
	return nil
}

// checkDegrees checks ten digits of a coordinate, which is moved so that it is
// never negative.
func checkDegrees(s, what, most string) *finding {
	if s > most {
		return wrong(BadCoordinate, 0, "has %s as %s; at most %s", s, what, most)
	}
	return nil
}
