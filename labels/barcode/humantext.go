package barcode

import (
	"strings"

	"waybill/labels"
	gsone "waybill/shipment/gs1"
)

// HumanText returns payload as it is printed for people beside its symbol:
// grouped where the symbology has a custom, application identifiers in
// brackets. What it does not know it returns as it is.
func HumanText(s labels.Symbology, payload []byte) string {
	text := string(payload)
	switch s {
	case labels.EAN13:
		return groups(text, 1, 6, 6)
	case labels.EAN8:
		return groups(text, 4, 4)
	case labels.UPCA:
		return groups(text, 1, 5, 5, 1)
	case labels.UPCE:
		return groups(text, 1, 6, 1)
	case labels.ITF14:
		return groups(text, 1, 2, 5, 5, 1)
	case labels.IMb:
		return imbText(text)
	case labels.Codabar:
		if len(text) > 2 {
			return text[1 : len(text)-1] // start and stop are not shown
		}
	case labels.GS1128, labels.GS1QR, labels.GS1DataMatrix:
		elements, err := gsone.ParseElements(text)
		if err != nil {
			return text
		}
		var b strings.Builder
		for _, e := range elements {
			b.WriteString("(" + e.AI + ")" + e.Value)
		}
		return b.String()
	default:
	}
	return text
}

// groups puts spaces between groups of so many characters; what is not as long
// as they are together stays as it is.
func groups(s string, sizes ...int) string {
	sum := 0
	for _, n := range sizes {
		sum += n
	}
	if sum != len(s) {
		return s
	}
	parts := make([]string, len(sizes))
	for i, n := range sizes {
		parts[i], s = s[:n], s[n:]
	}
	return strings.Join(parts, " ")
}
