package agent

import (
	"fmt"

	"waybill/shipment"
	"waybill/shipment/carrier"
)

// mismatch reports whether number surely belongs to another carrier than c. A
// number that merely fits no known format does not: carriers change theirs. Nor
// do plain digits, of which one in ten has another carrier's check digit.
func (r Rules) mismatch(number shipment.TrackingNumber, c shipment.CarrierID) (other shipment.CarrierID, wrong bool) {
	_, matches := r.Carriers.Recognise(string(number), carrier.Hints{Carrier: c})
	for _, m := range matches {
		if m.Carrier == c {
			return "", false
		}
		if m.Valid && m.CheckDigit == "ok" && m.Confidence == carrier.High && other == "" {
			other = m.Carrier
		}
	}
	return other, other != ""
}

// doubts returns what is odd about a number that came with the order, for a
// person to look at. Nothing stops for it: the carrier sold the number, and
// carriers change their forms before anybody hears of it.
func (r Rules) doubts(number shipment.TrackingNumber, c shipment.CarrierID) shipment.Problems {
	known, ok := r.Carriers.Carrier(c)
	if !ok || len(known.Formats) == 0 {
		return nil
	}
	_, matches := r.Carriers.Recognise(string(number), carrier.Hints{Carrier: c})
	switch {
	case len(matches) == 0 || matches[0].Carrier != c:
		return shipment.Problems{{Field: "tracking_number", Code: "number_form", Message: fmt.Sprintf(
			"%s has no form of a %s number that is known here; see that it was not cut off or typed wrongly", number, known.Name)}}
	case !matches[0].Valid:
		return shipment.Problems{{Field: "tracking_number", Code: "check_digit", Message: fmt.Sprintf(
			"the check digit of %s is wrong for a %s number; if it was typed, compare it with the carrier's", number, known.Name)}}
	}
	return nil
}
