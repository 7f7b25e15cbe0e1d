package intake

import (
	"fmt"
	"strings"
	"time"

	"waybill/shipment"
)

func looksShopify(n *node) bool {
	return n.has("shipping_address") || n.has("line_items") && n.has("financial_status")
}

// shopify reads Shopify's order shape.
func (r *reader) shopify() {
	o := r.object(r.root, "")
	ord := &r.e.Order
	ord.ID = shipment.OrderID(o.text("id", "order_id"))
	ord.Channel = "shopify"
	o.status("financial_status")
	if v := o.take("cancelled_at", "payment"); v != nil {
		ord.Payment = shipment.PaymentCancelled
	}
	if s := o.text("fulfillment_status", ""); s == "fulfilled" {
		r.problem("fulfillment_status", o.n.get("fulfillment_status").at, "already_shipped", "the shop says that the order has been shipped")
	}
	if v := o.take("created_at", "placed_at"); v != nil {
		r.placedAt(v, "created_at")
	}
	currency := o.text("currency", "")
	ord.Buyer.Email, ord.Buyer.Phone = o.text("email", "buyer.email"), o.text("phone", "buyer.phone")
	ord.Buyer.Locale = o.text("customer_locale", "buyer.locale")
	if a, ok := o.inner("shipping_address", "ship_to"); ok {
		ord.ShipTo = a.shopifyAddress()
	}
	shipping := shipment.Money{Currency: currency}
	for i, l := range o.list("shipping_lines", "") {
		shipping.Amount += l.price("price", "totals.shipping", currency).Amount
		if i == 0 {
			l.service("code")
			if ord.Service == "" {
				l.service("title")
			}
		}
		l.rest()
	}
	whole := o.shopifyItems(currency)
	o.shopifyTotals(currency, shipping, whole)
	if total := o.whole("total_weight", "parcels", 0); total > 0 && ord.Weight() == 0 {
		ord.Parcels = []shipment.Parcel{{Weight: shipment.Grams(total)}}
	}
	o.rest()
}

func (r *reader) placedAt(v *node, path string) {
	at, err := time.Parse(time.RFC3339, v.str)
	if err != nil {
		r.problem(path, v.at, "wrong_type", "must be a time such as 2026-11-20T09:12:00Z, not %.40s", r.t.raw(v))
		return
	}
	r.e.Order.PlacedAt = at.UTC()
}

func (o object) shopifyAddress() shipment.Address {
	a := shipment.Address{
		Company: o.text("company", "ship_to.company"),
		Line1:   o.text("address1", "ship_to.line1"), Line2: o.text("address2", "ship_to.line2"),
		City: o.text("city", "ship_to.city"), Region: o.text("province_code", "ship_to.region"),
		PostalCode: o.text("zip", "ship_to.postal_code"), Country: o.text("country_code", "ship_to.country"),
	}
	a.Name = strings.TrimSpace(o.text("first_name", "ship_to.name") + " " + o.text("last_name", "ship_to.name"))
	if full := o.text("name", "ship_to.name"); a.Name == "" {
		a.Name = full
	}
	if p := o.text("province", "ship_to.region"); a.Region == "" {
		a.Region = p
	}
	if c := o.text("country", "ship_to.country"); a.Country == "" {
		a.Country = c
	}
	a.Phone = o.unmasked("phone", "ship_to.phone", o.text("phone", "ship_to.phone"))
	o.rest()
	return a
}

// shopifyTotals takes the shop's sums. whole says that every line of the order
// is among its items; else the sums are of more than ships.
func (o object) shopifyTotals(currency string, shipping shipment.Money, whole bool) {
	if currency == "" {
		return
	}
	t := shipment.Totals{
		Items: o.price("total_line_items_price", "totals.items", currency), Shipping: shipping, Tax: o.price("total_tax", "totals.tax", currency),
		Discount: o.price("total_discounts", "totals.discount", currency), Grand: o.price("total_price", "totals.grand", currency),
	}
	if !whole {
		return
	}
	// Tips and duties are part of what the buyer pays, and no part of ours.
	if known := t.Items.Amount + t.Shipping.Amount + t.Tax.Amount - t.Discount.Amount; t.Grand.Told() && t.Grand.Amount > known {
		o.r.note("totals.grand", o.n.get("total_price").at, "more_than_known", "the total of %s has parts that are not told apart; it was left out", t.Grand)
		o.r.keep("total_price", o.n.get("total_price"))
		t.Grand = shipment.Money{}
	}
	o.r.e.Order.Totals = t
}

// shopifyItems takes the lines that ship, and reports whether that is all of
// them.
func (o object) shopifyItems(currency string) (whole bool) {
	whole = true
	for _, li := range o.list("line_items", "items") {
		n := len(o.r.e.Order.Items)
		field := fmt.Sprintf("items[%d]", n)
		quantity := li.whole("quantity", field+".quantity", 1)
		if v := li.take("current_quantity", ""); v != nil { // after edits and refunds
			now := li.whole("current_quantity", field+".quantity", quantity)
			whole = whole && now == quantity
			quantity = now
			if quantity == 0 {
				o.r.note("items", li.n.at, "cancelled", "%s was taken out of the order", li.text("sku", ""))
				continue
			}
		}
		if v := li.take("requires_shipping", ""); v != nil && string(o.r.t.raw(v)) == "false" {
			whole = false
			o.r.note("items", li.n.at, "not_shipped", "%s is nothing to ship", li.text("sku", ""))
			continue
		}
		it := shipment.Item{
			SKU: li.text("sku", field+".sku"), Title: li.text("title", field+".title"), Quantity: int(quantity),
			Weight: shipment.Grams(li.whole("grams", field+".weight_g", 0)), UnitPrice: li.price("price", field+".unit_price", currency),
		}
		li.rest()
		o.r.e.Order.Items = append(o.r.e.Order.Items, it)
	}
	return whole
}
