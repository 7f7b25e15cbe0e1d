package carrier

import (
	"strings"

	"waybill/shipment/gs1"
)

// A checkFunc takes the characters that a check digit covers, without it, and
// returns what it must be; false means that they are none it covers.
type checkFunc func(body string) (byte, bool)

// checks are the check-digit algorithms by name. The words about each are in
// checkWords.
var checks = map[string]checkFunc{
	"gs1_mod10":   gs1.Mod10,
	"ups_1z":      func(body string) (byte, bool) { return upsCheck(strings.TrimPrefix(body, "1Z")) },
	"ups_waybill": func(body string) (byte, bool) { return upsCheck(strings.TrimLeft(body, "AHJKTV")) },
	"s10":         s10Check,
	"fedex_12":    fedexCheck,
	"mod7":        mod7Check,
	"mod37_36":    func(body string) (byte, bool) { return mod3736Check(strings.TrimPrefix(body, "%")) },
	"luhn":        luhnCheck,
	"luhn_like":   doubledCheck,
	"gls":         glsCheck,
	"identcode":   identcodeCheck,
	"evri":        evriCheck,
	"sf":          sfCheck,
	"correos":     correosCheck,
}

// checkWords says in words what each algorithm does, for the carriers' pages.
var checkWords = map[string]string{
	"gs1_mod10":   "GS1 modulo 10: from the right, weights 3, 1, 3, …; the digit fills up to the next ten (GS1 General Specifications, 7.9)",
	"ups_1z":      "UPS: letters count as (ASCII − 3) mod 10; after 1Z every second character is doubled, the two digits of a product are not added up; the digit fills up to the next ten",
	"ups_waybill": "UPS, as in 1Z numbers, over the nine digits after the letter",
	"s10":         "UPU S10: weights 8, 6, 4, 2, 3, 5, 9, 7; 11 − sum mod 11; 10 is written 0, 11 is written 5",
	"fedex_12":    "FedEx: weights 3, 1, 7, 3, 1, 7, …; sum mod 11, of which the last digit",
	"mod7":        "the digits before it as one number, modulo 7",
	"mod37_36":    "ISO/IEC 7064 MOD 37,36, over digits and letters",
	"luhn":        "Luhn: from the right every second digit doubled, the two digits of a product added up; the digit fills up to the next ten",
	"luhn_like":   "as Luhn's, but from the left and without adding up the two digits of a product",
	"gls":         "as GS1 modulo 10, but the sum begins with 1",
	"identcode":   "Deutsche Post Identcode: weights 4, 9, 4, 9, … from the left; the digit fills up to the next ten",
	"evri":        "letters count as (ASCII − 3) mod 10; weights 2, 1, 2, … from the left; the last digit of the sum",
	"sf":          "from the fourth digit: weights 1, 3, 5, … from the right, the last two digits of each product added up; the digit fills up to the next ten",
	"correos":     "the sum of the character codes modulo 23, as a letter of TRWAGMYFPDXBNJZSQVHLCKE",
}

// CheckWords says in words how the format's check digit is made; it is empty
// where there is none.
func (f Format) CheckWords() string { return checkWords[f.Check] }

// upsValue is what a character counts for UPS; false means that it counts for
// nothing.
func upsValue(c byte) (int, bool) {
	switch {
	case isDigit(c):
		return int(c - '0'), true
	case c >= 'A' && c <= 'Z':
		return int(c-3) % 10, true
	}
	return 0, false
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// toTen returns the digit that fills sum up to the next multiple of ten.
func toTen(sum int) byte { return byte('0' + (10-sum%10)%10) }

// upsCheck doubles every second character and never adds up the two digits of
// a product.
func upsCheck(body string) (byte, bool) {
	sum := 0
	for i := range len(body) {
		v, ok := upsValue(body[i])
		if !ok {
			return 0, false
		}
		sum += v * (1 + i%2)
	}
	return toTen(sum), body != ""
}

// doubledCheck is OnTrac's: every second digit from the second is doubled, and
// the two digits of a product are not added up.
func doubledCheck(body string) (byte, bool) {
	if strings.Trim(body, "0123456789") != "" {
		return 0, false
	}
	return upsCheck(body)
}

// s10Check is the UPU's: body is two letters and eight digits; the check digit
// stands before the country.
func s10Check(body string) (byte, bool) {
	if len(body) != 10 {
		return 0, false
	}
	sum, ok := weighted(body[2:], 8, 6, 4, 2, 3, 5, 9, 7)
	if !ok {
		return 0, false
	}
	switch d := 11 - sum%11; d {
	case 10:
		return '0', true
	case 11:
		return '5', true
	default:
		return byte('0' + d), true
	}
}

// weighted returns the sum of the digits times the weights, which repeat.
func weighted(body string, weights ...int) (int, bool) {
	sum := 0
	for i := range len(body) {
		if !isDigit(body[i]) {
			return 0, false
		}
		sum += int(body[i]-'0') * weights[i%len(weights)]
	}
	return sum, body != ""
}

func fedexCheck(body string) (byte, bool) {
	sum, ok := weighted(body, 3, 1, 7)
	return byte('0' + sum%11%10), ok && len(body) == 11
}

func mod7Check(body string) (byte, bool) {
	rest := 0
	for i := range len(body) {
		if !isDigit(body[i]) {
			return 0, false
		}
		rest = (rest*10 + int(body[i]-'0')) % 7
	}
	return byte('0' + rest), body != ""
}

func luhnCheck(body string) (byte, bool) {
	sum := 0
	for i := range len(body) {
		c := body[len(body)-1-i]
		if !isDigit(c) {
			return 0, false
		}
		v := int(c-'0') * (2 - i%2)
		sum += v/10 + v%10
	}
	return toTen(sum), body != ""
}

func glsCheck(body string) (byte, bool) {
	d, ok := gs1.Mod10(body)
	return '0' + (d-'0'+9)%10, ok
}

func identcodeCheck(body string) (byte, bool) {
	sum, ok := weighted(body, 4, 9)
	return toTen(sum), ok
}

func evriCheck(body string) (byte, bool) {
	sum := 0
	for i := range len(body) {
		v, ok := upsValue(body[i])
		if !ok {
			return 0, false
		}
		sum += v * (2 - i%2)
	}
	return byte('0' + sum%10), body != ""
}

// sfCheck leaves out the three digits of the area.
func sfCheck(body string) (byte, bool) {
	if len(body) < 4 {
		return 0, false
	}
	sum := 0
	for i, weight := len(body)-1, 1; i >= 3; i, weight = i-1, weight+2 {
		if !isDigit(body[i]) {
			return 0, false
		}
		v := int(body[i]-'0') * weight
		sum += v/10%10 + v%10 // a hundred is left out, too
	}
	return toTen(sum), true
}

func correosCheck(body string) (byte, bool) {
	sum := 0
	for i := range len(body) {
		sum += int(body[i])
	}
	return "TRWAGMYFPDXBNJZSQVHLCKE"[sum%23], body != ""
}

const alphabet36 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"

// mod3736Check is ISO/IEC 7064 modulo 37,36, which DPD uses.
func mod3736Check(body string) (byte, bool) {
	product := 36
	for i := range len(body) {
		v := strings.IndexByte(alphabet36, body[i])
		if v < 0 {
			return 0, false
		}
		product = (product + v) % 36
		if product == 0 {
			product = 36
		}
		product = product * 2 % 37
	}
	return alphabet36[(37-product)%36], body != ""
}
