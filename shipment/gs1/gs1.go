// Package gs1 is the one home of what GS1 defines: application identifiers
// with the rules of their values, element strings, their bracketed form,
// Digital Link URIs, check digits; and of the AIM symbology identifiers that
// say which of these a scan is.
//
// What it takes and refuses is what the GS1 Barcode Syntax Engine takes and
// refuses. It looks no company prefix up, asks no resolver, and does not read
// compressed Digital Links: it says so.
package gs1

// GS is the group separator that ends an element of variable length. Scanners
// send it for the symbol character FNC1.
const GS = 0x1d

// Mod10 returns the GS1 check digit of digits, which do not yet carry one. It
// reports false where digits is empty or holds anything but digits.
func Mod10(digits string) (byte, bool) {
	if digits == "" {
		return 0, false
	}
	sum, weight := 0, 3
	for i := len(digits) - 1; i >= 0; i-- {
		c := digits[i]
		if c < '0' || c > '9' {
			return 0, false
		}
		sum += int(c-'0') * weight
		weight = 4 - weight
	}
	return byte('0' + (10-sum%10)%10), true
}

// CheckMod10 reports whether the last digit of number is its check digit.
func CheckMod10(number string) bool {
	if len(number) < 2 {
		return false
	}
	want, ok := Mod10(number[:len(number)-1])
	return ok && number[len(number)-1] == want
}
