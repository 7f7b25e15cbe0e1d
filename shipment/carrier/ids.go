package carrier

import (
	"slices"

	"waybill/shipment"
)

// IDs returns the IDs of all carriers of the table, sorted.
func (t *Table) IDs() []shipment.CarrierID {
	ids := make([]shipment.CarrierID, len(t.carriers))
	for i, c := range t.carriers {
		ids[i] = c.ID
	}
	slices.Sort(ids)
	return ids
}
