// Package gs1 reads what scanners send: AIM symbology identifiers and GS1
// element strings, and makes the check digits that GS1 defines.
//
// It knows the application identifiers a packing desk meets and refuses the
// others by name. It does not read GS1 Digital Link, and it opens no scanner.
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
