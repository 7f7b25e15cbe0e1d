package gs1

import "strings"

// ParseAIM splits an AIM symbology identifier, such as ]C1, off the front of a
// scan. Without one, which is how most keyboard wedges leave the factory, aim
// is empty and data is raw.
func ParseAIM(raw []byte) (aim string, data []byte) {
	if len(raw) < 3 || raw[0] != ']' {
		return "", raw
	}
	if _, known := symbologies[raw[1]]; !known || !isModifier(raw[2]) {
		return "", raw
	}
	return string(raw[:3]), raw[3:]
}

func isModifier(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
}

// symbologies names the code characters of AIM identifiers.
var symbologies = map[byte]string{
	'A': "code39", 'C': "code128", 'd': "data_matrix", 'E': "ean_upc", 'e': "gs1_databar",
	'F': "codabar", 'G': "code93", 'H': "code11", 'h': "han_xin", 'I': "itf", 'J': "dotcode",
	'L': "pdf417", 'M': "msi", 'O': "codablock_f", 'Q': "qr", 'R': "code_2of5_straight", 'S': "code_2of5",
	'U': "maxicode", 'X': "other", 'z': "aztec",
}

// gs1Carriers are the identifiers whose data is a GS1 element string.
var gs1Carriers = map[string]string{
	"]C1": "gs1_128", "]e0": "gs1_databar", "]e1": "gs1_composite", "]e2": "gs1_composite",
	"]d2": "gs1_data_matrix", "]d5": "gs1_data_matrix", "]Q3": "gs1_qr", "]Q4": "gs1_qr", "]J1": "gs1_dotcode",
}

// Symbology names the symbology of an AIM identifier, such as gs1_128 for ]C1;
// it is empty for an empty or unknown identifier.
func Symbology(aim string) string {
	if name, ok := gs1Carriers[aim]; ok {
		return name
	}
	if len(aim) != 3 || aim[0] != ']' {
		return ""
	}
	if aim[1] == 'E' {
		return map[byte]string{'0': "ean_13", '1': "ean_add_on", '2': "ean_add_on", '3': "ean_13_add_on", '4': "ean_8"}[aim[2]]
	}
	return symbologies[aim[1]]
}

// IsGS1 reports whether data under the AIM identifier is a GS1 element string.
func IsGS1(aim string) bool { return gs1Carriers[aim] != "" }

// IsTradeItem reports whether the AIM identifier is of a symbology that only
// carries trade item numbers, never a parcel's.
func IsTradeItem(aim string) bool { return strings.HasPrefix(aim, "]E") || aim == "]e0" }
