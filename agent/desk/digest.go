package desk

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"waybill/agent"
	"waybill/shipment"
	"waybill/sync/journal"
)

// twinOf returns the last order of the content.
func twinOf(tx *journal.Tx, content string) (*agent.Twin, error) {
	var t agent.Twin
	found, err := tx.Get(kindContent, content, &t)
	if err != nil || !found {
		return nil, err
	}
	return &t, nil
}

// contentDigest returns what of an order a buyer would not order twice by
// intent: the same items to the same address.
func contentDigest(o shipment.Order) (string, error) {
	items := make([]shipment.Item, len(o.Items))
	for i, it := range o.Items {
		items[i] = shipment.Item{SKU: it.SKU, Quantity: it.Quantity}
		if it.SKU == "" {
			items[i].Title = it.Title
		}
	}
	slices.SortFunc(items, func(a, b shipment.Item) int {
		return cmp.Or(strings.Compare(a.SKU, b.SKU), strings.Compare(a.Title, b.Title), cmp.Compare(a.Quantity, b.Quantity))
	})
	raw, err := json.Marshal(struct {
		To    shipment.Address `json:"to"`
		Items []shipment.Item  `json:"items"`
	}{o.ShipTo, items})
	if err != nil {
		return "", fmt.Errorf("order %q: %w", o.ID, err)
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:]), nil
}

func orderDigest(o shipment.Order) (string, error) {
	// What decides nothing about label, parcel or way may differ: a shop's later
	// export of the same order is the same order.
	o.Extra, o.Buyer, o.PlacedAt, o.ShipBy = nil, shipment.Buyer{}, time.Time{}, time.Time{}
	o.Totals, o.Label.Priority = shipment.Totals{}, ""
	if o.Payment == shipment.PaymentPaid {
		o.Payment = shipment.PaymentUnspoken
	}
	raw, err := json.Marshal(o)
	if err != nil {
		return "", fmt.Errorf("order %q: %w", o.ID, err)
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:]), nil
}
