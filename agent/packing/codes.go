package packing

import (
	"strings"

	"waybill/shipment"
	"waybill/shipment/gs1"
	"waybill/shipment/scan"
)

// A Code is what an item is known by: a trade item's number of 14 digits, or a
// text as it stands in the barcode. Codes are compared, never shown.
type Code string

// CodesOf returns what a scan may say an item is, likeliest first.
func CodesOf(s scan.Scan) []Code {
	var codes []Code
	for _, e := range s.GS1 {
		if e.AI == "01" {
			codes = append(codes, gtin(e.Value))
		}
	}
	if len(codes) > 0 || s.Kind == scan.Command || s.Kind == scan.Order {
		return codes // what a symbol says is a trade item is no SKU of the same digits
	}
	return textCodes(s.Data)
}

// itemCodes returns what an order's item is known by.
func itemCodes(it shipment.Item) []Code {
	var codes []Code
	for _, text := range []string{it.Barcode, it.SKU} {
		codes = append(codes, textCodes(text)...)
	}
	return codes
}

// textCodes returns what a text without a symbol around it may be.
func textCodes(text string) []Code {
	text = strings.TrimSpace(text)
	if text == "" {
		return nil
	}
	codes := make([]Code, 0, 2)
	switch len(text) {
	case 8, 12, 13, 14: // GTIN-8, UPC-A, EAN-13, GTIN-14
		if strings.Trim(text, "0123456789") == "" && gs1.CheckMod10(text) {
			codes = append(codes, gtin(text))
		}
	}
	return append(codes, Code("text:"+strings.ToUpper(text)))
}

// gtin returns the code of a trade item: shorter numbers are those of 14 digits
// with zeros in front (GS1 General Specifications, the GTIN in 14 digits).
func gtin(digits string) Code {
	return Code("gtin:" + strings.Repeat("0", max(0, 14-len(digits))) + digits)
}
