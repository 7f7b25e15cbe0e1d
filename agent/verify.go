package agent

import (
	"fmt"
	"strings"
	"time"

	"waybill/shipment"
	"waybill/shipment/address"
	"waybill/shipment/carrier"
)

// A Twin is another order of the same content: the same items to the same
// address.
type Twin struct {
	ID    shipment.OrderID
	Taken time.Time
}

// twinDays is how long an order of the same content is worth a word. Later it is
// a customer who came again.
const twinDays = 14

// verify returns the order as it will be shipped, what of it keeps it from
// shipping besides its address, and what a person should look at.
func (r Rules) verify(in Arrival, to address.Result) (o shipment.Order, errors, warnings shipment.Problems) {
	o = in.Order
	errors, warnings = o.Check(), o.Warnings(in.At)
	for _, issue := range to.Issues {
		if issue.Severity != address.Error {
			warnings = append(warnings, shipment.Problem{Field: shipTo + issue.Field, Code: issue.Code, Message: issue.Message})
		}
	}
	if o.TrackingNumber != "" {
		routed := carrier.Unroute(o.TrackingNumber)
		if p, wrong := misrouted(routed, to.Address); wrong {
			errors = append(errors, p)
		}
		// Where no form is known, a hyphen may be part of the number.
		o.TrackingNumber = shipment.TrackingNumber(strings.Join(strings.Fields(string(o.TrackingNumber)), ""))
		if _, matches := r.Carriers.Recognise(string(routed.Number), carrier.Hints{Carrier: o.Carrier}); len(matches) > 0 {
			o.TrackingNumber = routed.Number
		}
		errors = append(errors, miswritten(o.TrackingNumber)...)
	}
	if t := in.Twin; t != nil && t.ID != o.ID && in.At.Sub(t.Taken) < twinDays*24*time.Hour {
		warnings = append(warnings, shipment.Problem{Field: "order_id", Code: "same_content", Message: fmt.Sprintf(
			"order %s of %s has the same items for the same address; make sure that the buyer ordered twice", t.ID, t.Taken.UTC().Format("2006-01-02 15:04 MST"))})
	}
	o.ShipTo = to.Address
	return o, errors, warnings
}

// maxNumber is longer than any carrier's number.
const maxNumber = 64

// miswritten says what keeps a number from being any carrier's: bars would hold it,
// and no carrier's system would know it.
func miswritten(number shipment.TrackingNumber) shipment.Problems {
	if len(number) > maxNumber {
		return shipment.Problems{{Field: "tracking_number", Code: "too_long", Message: fmt.Sprintf(
			"the number has %d characters, more than any carrier's (%d); two may have run together", len(number), maxNumber)}}
	}
	for _, c := range string(number) {
		if c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c == '-' || c == '.' || c == '_' {
			continue
		}
		return shipment.Problems{{Field: "tracking_number", Code: "unprintable", Message: fmt.Sprintf(
			"the number has %q (%U), and carriers write theirs in plain letters A to Z and digits; copy it again from where the label was bought", c, c)}}
	}
	return nil
}

// misrouted says that a number was made for another ZIP Code than the parcel
// goes to: it is another parcel's, or the address changed since it was bought.
// Marketplaces tag such an order, and the post sorts by the bars.
func misrouted(r carrier.Routed, to shipment.Address) (shipment.Problem, bool) {
	if r.ZIP == "" || to.Country != "US" && to.Country != "" {
		return shipment.Problem{}, false
	}
	zip := strings.TrimSpace(to.PostalCode)
	if len(zip) >= 5 && zip[:5] == r.ZIP {
		return shipment.Problem{}, false
	}
	return shipment.Problem{Field: "tracking_number", Code: "zip_mismatch", Message: fmt.Sprintf(
		"the label of %s was made for ZIP Code %s, but the parcel goes to %s; look whether the number is another order's, and buy a label for this address", r.Number, r.ZIP, zip)}, true
}
