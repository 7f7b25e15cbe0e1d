package agent

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"waybill/shipment"
	"waybill/shipment/address"
)

// shipTo is where the problems of the destination stand.
const shipTo = "ship_to."

// checkAddress returns what keeps the destination from being used, and what
// would have if a person did not answer for it.
func (s State) checkAddress(to address.Result) (problems, answeredFor shipment.Problems) {
	word := s.Order.AddressOverride
	said := word != (shipment.AddressOverride{})
	for _, f := range []struct{ name, text string }{{"by", word.By}, {"reason", word.Reason}} {
		if said && strings.TrimSpace(f.text) == "" {
			problems = append(problems, shipment.Problem{
				Field: "address_override." + f.name, Code: address.Missing, Message: "who answers for an address gives name and reason, so that both can be looked up",
			})
		}
	}
	said = said && len(problems) == 0
	for _, issue := range to.Issues {
		if issue.Severity != address.Error {
			continue
		}
		p := shipment.Problem{Field: shipTo + issue.Field, Code: issue.Code, Message: issue.Message}
		if said && issue.Overridable() {
			answeredFor = append(answeredFor, p)
			continue
		}
		problems = append(problems, p)
	}
	return problems, answeredFor
}

// ErrNoOverride is returned by Override for an order whose address is not what
// keeps it.
var ErrNoOverride = errors.New("a person's word changes nothing here")

// Override returns the order to be taken in the place of a refused one when a
// person answers for its address. The error says why that would not help.
func (s State) Override(word shipment.AddressOverride) (shipment.Order, error) {
	if s.Stage() != Refused {
		return s.Order, fmt.Errorf("the order is %s, not refused for its address: %w", s.Stage(), ErrNoOverride)
	}
	other := slices.IndexFunc(s.Why.Problems, func(p shipment.Problem) bool { return !overridable(p) })
	if other >= 0 {
		p := s.Why.Problems[other]
		return s.Order, fmt.Errorf("%s must be mended first (%s): %w", p.Field, p.Message, ErrNoOverride)
	}
	o := s.Order
	o.AddressOverride = word
	return o, nil
}

// Overridable reports whether the order was refused for nothing but what a
// person may answer for.
func (s State) Overridable() bool {
	_, err := s.Override(shipment.AddressOverride{})
	return err == nil
}

func overridable(p shipment.Problem) bool {
	field, ok := strings.CutPrefix(p.Field, shipTo)
	return ok && address.Issue{Field: field}.Overridable()
}
