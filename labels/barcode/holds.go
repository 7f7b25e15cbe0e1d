package barcode

import "waybill/labels"

// Holds says in words what a symbology can hold, for the people whose data it
// refuses.
func Holds(s labels.Symbology) string {
	switch s {
	case labels.Code128:
		return "Latin text (ISO 8859-1), up to 256 characters"
	case labels.GS1128:
		return "GS1 elements in ASCII, as (00)106141412345678908"
	case labels.QR:
		return "UTF-8 text, up to 2953 bytes or 7089 digits"
	case labels.GS1QR, labels.GS1DataMatrix:
		return "GS1 elements in ASCII, as (01)09521234543213(10)ABC or with separators between them"
	case labels.Aztec:
		return "UTF-8 text, up to 1910 bytes, 3067 capital letters or 3832 digits"
	case labels.DataMatrix:
		return "UTF-8 text, up to 1555 bytes or 3116 digits"
	case labels.PDF417:
		return "UTF-8 text, up to 1108 bytes or 2710 digits"
	case labels.EAN13:
		return "12 digits, or 13 with the check digit"
	case labels.EAN8:
		return "7 digits, or 8 with the check digit"
	case labels.UPCA:
		return "11 digits, or 12 with the check digit"
	case labels.UPCE:
		return "6 digits of a number that can be shortened, or 7 with the number system 0 or 1, or 8 with the check digit"
	case labels.ITF14:
		return "13 digits, or 14 with the check digit"
	case labels.Code39:
		return "digits, capital letters, space and - . $ / + %, up to 256"
	case labels.Code39Full, labels.Code93:
		return "ASCII text, up to 256 characters"
	case labels.Codabar:
		return "digits and - $ : / . + between two of A, B, C and D, up to 256"
	case labels.IMb:
		return "20 digits, or 25, 29 or 31 with a routing code"
	case labels.MaxiCode:
		return "UTF-8 text, up to 93 capital letters or 138 digits"
	}
	return "nothing"
}
