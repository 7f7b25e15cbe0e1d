package carrier

import (
	"strings"

	"waybill/shipment/gs1"
)

// compact drops what people, mails and scanners put before, between and behind
// the characters of a number, and folds it to ASCII capitals.
func compact(number string) string {
	number = afterLabel(number)
	plain := true
	for i := range len(number) {
		if c := number[i]; !isDigit(c) && (c < 'A' || c > 'Z') {
			plain = false
			break
		}
	}
	if plain {
		return number
	}
	return strings.Map(fold, number)
}

// fold returns the character as numbers have it, or -1 where it is none of a
// number's: spaces, hyphens, dots, the brackets of GS1's text, the asterisks of
// Code 39, the separators of scanners, and characters that cannot be seen.
func fold(r rune) rune {
	switch {
	case r >= 'a' && r <= 'z':
		return r - 'a' + 'A'
	case r >= '\uff01' && r <= '\uff5e': // full width, as Chinese and Japanese keyboards write
		return fold(r - 0xfee0)
	case r <= ' ', r == '-', r == '.', r == '(', r == ')', r == '*', r == gs1.GS, r == '\u00a0', r == '\u00ad', r == '\u202f', r == '\u3000', r == '\ufeff',
		r >= '\u2000' && r <= '\u2015', // spaces, invisible joiners and marks of direction, hyphens and dashes
		r >= '\u2028' && r <= '\u202e', r >= '\u2060' && r <= '\u206f', r == '\u2212':
		return -1
	}
	return r
}

// labelWords are the words that stand before a number on papers and in mails.
var labelWords = map[string]bool{
	"tracking": true, "track": true, "trk": true, "tracknr": true, "number": true, "num": true, "no": true, "nr": true,
	"nummer": true, "id": true, "code": true, "parcel": true, "package": true, "shipment": true, "waybill": true, "awb": true,
	"consignment": true, "barcode": true, "sendungsnummer": true, "your": true, "is": true, "the": true, "and": true, "trace": true,
	"ups": true, "usps": true, "fedex": true, "dhl": true, "dpd": true, "gls": true, "ontrac": true, "express": true, "ground": true,
}

// afterLabel returns what follows the words before a number, as in
// "Tracking #: 1Z…". Only words it knows are cut off: what it does not know may
// be part of the number.
func afterLabel(s string) string {
	if strings.Contains(s, "\uff1a") {
		s = strings.ReplaceAll(s, "\uff1a", ":") // the full-width colon
	}
	mark := strings.LastIndexAny(s, ":#")
	if mark < 0 {
		return s
	}
	words := strings.FieldsFunc(strings.ToLower(s[:mark]), func(r rune) bool { return strings.ContainsRune(" \t:#.-&\u00a0", r) })
	for _, word := range words {
		if !labelWords[word] {
			return s
		}
	}
	return s[mark+1:]
}
