package desk

import (
	"context"

	"waybill/agent"
	"waybill/internal/fault"
	"waybill/shipment"
)

// OverrideAddress takes a refused order after all, on the word of a person who
// answers for its address. The word is kept with the order and in the journal.
func (d *Desk) OverrideAddress(ctx context.Context, id shipment.OrderID, word shipment.AddressOverride) (agent.State, agent.Taken, error) {
	s, err := d.Order(ctx, id)
	if err != nil {
		return s, "", err
	}
	o, err := s.Override(word)
	if err != nil {
		return s, "", &fault.Error{Op: "address override", Kind: fault.Conflict, Err: err, Hint: "Mend the order and send it again."}
	}
	return d.TakeOrder(ctx, s.From, o)
}
