package carrier

import (
	"strings"

	"waybill/shipment/gs1"
)

// checks are the check-digit algorithms by name. Each takes the digits without
// the last character and returns what that character must be; false means that
// the digits are none the algorithm covers.
var checks = map[string]func(body string) (byte, bool){
	"gs1_mod10":   gs1.Mod10,
	"ups_1z":      func(body string) (byte, bool) { return upsCheck(strings.TrimPrefix(body, "1Z")) },
	"ups_waybill": upsCheck,
	"s10":         s10Check,
	"fedex_12":    fedexCheck,
	"mod7":        mod7Check,
	"mod37_36":    func(body string) (byte, bool) { return mod3736Check(strings.TrimPrefix(body, "%")) },
	"luhn_like":   doubledCheck,
}

// upsCheck doubles every second character, letters counting as (ASCII-3) mod
// 10, and never adds up the two digits of a product.
func upsCheck(body string) (byte, bool) {
	sum := 0
	for i := range len(body) {
		var v int
		switch c := body[i]; {
		case c >= '0' && c <= '9':
			v = int(c - '0')
		case c >= 'A' && c <= 'Z':
			v = int(c-3) % 10
		default:
			return 0, false
		}
		sum += v * (1 + i%2)
	}
	return byte('0' + (10-sum%10)%10), body != ""
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
	sum := 0
	for i, w := range [8]int{8, 6, 4, 2, 3, 5, 9, 7} {
		c := body[2+i]
		if c < '0' || c > '9' {
			return 0, false
		}
		sum += int(c-'0') * w
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

func fedexCheck(body string) (byte, bool) {
	if len(body) != 11 {
		return 0, false
	}
	sum := 0
	for i := range len(body) {
		c := body[i]
		if c < '0' || c > '9' {
			return 0, false
		}
		sum += int(c-'0') * [3]int{3, 1, 7}[i%3]
	}
	return byte('0' + sum%11%10), true
}

func mod7Check(body string) (byte, bool) {
	rest := 0
	for i := range len(body) {
		c := body[i]
		if c < '0' || c > '9' {
			return 0, false
		}
		rest = (rest*10 + int(c-'0')) % 7
	}
	return byte('0' + rest), body != ""
}

const alphabet36 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"

// mod3736Check is ISO 7064 modulo 37,36, which DPD uses.
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
