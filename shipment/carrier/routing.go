package carrier

import (
	"regexp"

	"waybill/shipment"
	"waybill/shipment/gs1"
)

// routedIMpb is what stands in the bars of a USPS label: application identifier
// 420, ZIP Code, perhaps +4, then the number of 22, 26, 30 or 34 digits.
var routedIMpb = regexp.MustCompile(`^420([0-9]{5})([0-9]{4})?(9[1-5][0-9]{20}|9[1-5][0-9]{24}|9[1-5][0-9]{28}|9[1-5][0-9]{32})$`)

// A Routed is a number as it stands in the bars, taken apart.
type Routed struct {
	Number shipment.TrackingNumber // what the parcel is tracked under
	ZIP    string                  // 5 digits of where the label was made for; empty: the number does not say
	Plus4  string                  // 4 digits more; empty: the number does not say
}

// Unroute takes a tracking number that was given from elsewhere apart: without
// what people put between the characters, in upper case, and for USPS without
// the routing that stands before the number in the bars.
func Unroute(number shipment.TrackingNumber) Routed {
	s := compact(string(number))
	m := routedIMpb.FindStringSubmatch(s)
	if m == nil {
		return Routed{Number: shipment.TrackingNumber(s)}
	}
	zip, plus4, rest := m[1], m[2], m[3]
	// Of 34 digits the four after the ZIP Code may be +4 or the number's own; its
	// check digit knows.
	if whole := s[len("420")+5:]; plus4 != "" && !gs1.CheckMod10(rest) && whole[0] == '9' && whole[1] >= '1' && whole[1] <= '5' && gs1.CheckMod10(whole) {
		plus4, rest = "", whole
	}
	return Routed{Number: shipment.TrackingNumber(rest), ZIP: zip, Plus4: plus4}
}
