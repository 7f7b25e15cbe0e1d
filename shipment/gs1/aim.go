package gs1

import "strings"

// ParseAIM splits an AIM symbology identifier, such as ]C1, off the front of a
// scan. Without one, which is how most keyboard wedges leave the factory, aim
// is empty and data is raw.
func ParseAIM(raw []byte) (aim string, data []byte) {
	if n := lenAIM(string(raw[:min(3, len(raw))])); n > 0 {
		return string(raw[:n]), raw[n:]
	}
	return "", raw
}

// CutAIM is ParseAIM for text.
func CutAIM(raw string) (aim, data string) {
	n := lenAIM(raw)
	return raw[:n], raw[n:]
}

func lenAIM(raw string) int {
	if len(raw) < 3 || raw[0] != ']' || symbology(raw[1]) == "" || !isModifier(raw[2]) {
		return 0
	}
	return 3
}

func isModifier(c byte) bool { return isDigit(c) || isLetter(c) }

// symbology names the code characters of AIM identifiers. The table is from the
// manuals of scanner makers (Zebra, Honeywell, Datalogic, NCR, Opticon) and
// general knowledge of ISO/IEC 15424, which was not at hand.
func symbology(code byte) string {
	switch code {
	case 'A':
		return "code39"
	case 'B':
		return "telepen"
	case 'C':
		return "code128"
	case 'D':
		return "code_one"
	case 'd':
		return "data_matrix"
	case 'E':
		return "ean_upc"
	case 'e':
		return "gs1_databar"
	case 'F':
		return "codabar"
	case 'G':
		return "code93"
	case 'H':
		return "code11"
	case 'h':
		return "han_xin"
	case 'I':
		return "itf"
	case 'J':
		return "dotcode"
	case 'K':
		return "code16k"
	case 'L':
		return "pdf417"
	case 'M':
		return "msi"
	case 'N':
		return "anker"
	case 'O':
		return "codablock_f"
	case 'P':
		return "plessey"
	case 'Q':
		return "qr"
	case 'R':
		return "code_2of5_straight"
	case 'S':
		return "code_2of5"
	case 's':
		return "supercode"
	case 'T':
		return "code49"
	case 'U':
		return "maxicode"
	case 'X':
		return "other"
	case 'Z':
		return "no_barcode" // typed in, or from a magnetic stripe
	case 'z':
		return "aztec"
	}
	return ""
}

// gs1Carrier names the symbologies of identifiers whose data is a GS1 element
// string: FNC1 stands in the first place.
func gs1Carrier(aim string) string {
	switch aim {
	case "]C1":
		return "gs1_128"
	case "]e0":
		return "gs1_databar"
	case "]e1", "]e2", "]L3":
		return "gs1_composite"
	case "]d2", "]d5":
		return "gs1_data_matrix"
	case "]Q3", "]Q4":
		return "gs1_qr"
	case "]J1", "]J3":
		return "gs1_dotcode"
	}
	return ""
}

// Symbology names the symbology of an AIM identifier, such as gs1_128 for ]C1;
// it is empty for an empty or unknown identifier.
func Symbology(aim string) string {
	if name := gs1Carrier(aim); name != "" {
		return name
	}
	if lenAIM(aim) != len(aim) || aim == "" {
		return ""
	}
	if aim[1] != 'E' {
		return symbology(aim[1])
	}
	switch aim[2] {
	case '0':
		return "ean_13"
	case '1', '2':
		return "ean_add_on"
	case '3':
		return "ean_13_add_on"
	case '4':
		return "ean_8"
	}
	return symbology('E')
}

// IsGS1 reports whether data under the AIM identifier is a GS1 element string.
func IsGS1(aim string) bool { return gs1Carrier(aim) != "" }

// IsTradeItem reports whether the AIM identifier is of a symbology that only
// carries trade item numbers, never a parcel's.
func IsTradeItem(aim string) bool { return strings.HasPrefix(aim, "]E") || aim == "]e0" }

// HasECI reports whether data under the AIM identifier is in the form in which
// the character set is named within: \000026 for UTF-8, and \\ for a backslash.
func HasECI(aim string) bool {
	switch aim {
	case "]Q2", "]Q4", "]Q6", "]d4", "]d5", "]d6", "]L1", "]U2", "]U3", "]J2", "]J3", "]J5", "]h1",
		"]z3", "]z4", "]z5", "]z9", "]zA", "]zB":
		return true
	}
	return false
}
