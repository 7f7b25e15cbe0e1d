package scan

import (
	"strings"

	"waybill/shipment/carrier"
)

// A Field is one item of a carrier's two-dimensional code.
type Field struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// What stands around the data of carriers' MaxiCode and PDF417 symbols (ISO/IEC
// 15434): the header, and the format that transport uses, with a year in it.
const (
	envelopeHead = "[)>\x1e"
	transport    = "01\x1d"
	fieldEnd     = "\x1d"
	formatEnd    = "\x1e"
)

// transportFields are the items of a transport message in order (ANSI MH10.8.3,
// as UPS and FedEx print it); the postcode has the two digits of the year before
// it. From the layouts of our own labels, which were made from the carriers'
// published guides.
var transportFields = [...]string{
	"postal_code", "country", "class", "tracking_number", "carrier", "shipper", "day_of_year", "shipment",
	"package", "weight", "validated", "street", "city", "region", "name",
}

// envelope reads the two-dimensional code of a carrier's label.
func (s *Scan) envelope(t *carrier.Table) bool {
	rest, ok := strings.CutPrefix(s.Data, envelopeHead)
	if !ok {
		return false
	}
	rest, ok = strings.CutPrefix(rest, transport)
	if !ok {
		s.fail("envelope", "is data of ISO/IEC 15434 in a format that is not read here; scan the tracking number's own barcode")
		return true
	}
	rest, _, ended := strings.Cut(rest, formatEnd)
	items := strings.Split(rest, fieldEnd)
	for i, v := range items {
		if i == 0 && len(v) >= 2 {
			v = v[2:] // the year
		}
		if v != "" && i < len(transportFields) {
			s.Fields = append(s.Fields, Field{transportFields[i], strings.TrimRight(v, " ")})
		}
	}
	if len(items) < 4 || !ended {
		s.fail("envelope", "is only the beginning of a carrier's code; scan again")
		return true
	}
	for _, n := range numbersOf(items) {
		s.recognise(t, n, carrier.Hints{})
		if s.Kind == TrackingNumber {
			return true
		}
		s.Matches = s.Matches[:0]
	}
	s.fail("envelope", "is a carrier's code without a tracking number that is known here; scan the tracking number's own barcode")
	return true
}

// numbersOf returns what may be the tracking number of a transport message. UPS
// shortens it: 1Z, the shipper's number and the last two digits of the class
// stand elsewhere. FedEx puts four digits of the form's number behind it.
func numbersOf(items []string) []string {
	class, number := items[2], items[3]
	var out []string
	if len(items) > 5 && strings.HasPrefix(number, "1Z") && len(number) == 10 && len(class) >= 2 {
		out = append(out, "1Z"+items[5]+class[len(class)-2:]+number[2:])
	}
	out = append(out, number)
	if len(number) == 16 {
		out = append(out, number[:12])
	}
	return out
}
