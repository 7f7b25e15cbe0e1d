package intake

import (
	"fmt"
	"strings"

	"waybill/shipment"
)

func looksTikTok(n *node) bool { return n.has("recipient_address") }

// tiktok reads the order-detail shape of TikTok Shop: one line item for each
// unit, districts as a list of levels, times as Unix seconds.
func (r *reader) tiktok() {
	o := r.object(r.root, "")
	ord := &r.e.Order
	ord.ID = shipment.OrderID(o.text("id", "order_id"))
	ord.Channel = "tiktok_shop"
	o.status("status")
	if f := o.text("fulfillment_type", ""); f != "" && f != "FULFILLMENT_BY_SELLER" {
		r.problem("fulfillment_type", o.n.get("fulfillment_type").at, "not_ours", "%s: another warehouse ships this order", f)
	}
	ord.PlacedAt = o.unix("create_time", "placed_at")
	ord.ShipBy = o.unix("rts_sla_time", "ship_by")
	o.service("delivery_option_name")
	ord.Buyer.Email = o.text("buyer_email", "buyer.email")
	currency := ""
	if p, ok := o.inner("payment", "totals"); ok {
		currency = p.text("currency", "")
		// Prices are those after discounts, and so is the subtotal. The sum may have
		// parts that have no name here, such as a delivery fee of a state.
		ord.Totals = shipment.Totals{
			Items: p.price("sub_total", "totals.items", currency), Shipping: p.price("shipping_fee", "totals.shipping", currency),
			Tax: p.price("tax", "totals.tax", currency), Grand: p.price("total_amount", "totals.grand", currency),
		}
		p.rest()
	}
	if a, ok := o.inner("recipient_address", "ship_to"); ok {
		ord.ShipTo = a.tiktokAddress()
	}
	o.tiktokItems(currency)
	o.rest()
}

func (o object) tiktokAddress() shipment.Address {
	o.refuseMasked("name", "address_line1", "address_line2", "postal_code")
	a := shipment.Address{
		Name: o.text("name", "ship_to.name"), Line1: o.text("address_line1", "ship_to.line1"),
		Line2: o.text("address_line2", "ship_to.line2"), Line3: o.text("address_line3", "ship_to.line3"),
		PostalCode: o.text("postal_code", "ship_to.postal_code"), Country: o.text("region_code", "ship_to.country"),
	}
	if l4 := o.text("address_line4", "ship_to.line3"); l4 != "" {
		a.Line3 = strings.TrimSpace(a.Line3 + " " + l4)
	}
	if a.Name == "" {
		a.Name = strings.TrimSpace(o.text("first_name", "ship_to.name") + " " + o.text("last_name", "ship_to.name"))
	}
	a.Phone = o.unmasked("phone_number", "ship_to.phone", o.text("phone_number", "ship_to.phone"))
	for _, d := range o.list("district_info", "") {
		name := d.text("address_name", "")
		switch strings.ToLower(d.text("address_level_name", "")) {
		case "country", "":
		case "state", "province", "region", "prefecture":
			a.Region = name
		case "city", "town", "municipality":
			a.City = name
		case "district", "ward", "barangay", "suburb":
			a.District = name
		default: // a county and the like: no part of the address as its post writes it
			o.r.keep(d.path, d.n)
		}
	}
	o.text("full_address", "") // says the same again
	o.rest()
	return a
}

// tiktokItems merges the units of one SKU at one price.
func (o object) tiktokItems(currency string) {
	type unit struct {
		sku   string
		price shipment.Money
	}
	place := map[unit]int{}
	cancelled, items := 0, &o.r.e.Order.Items
	for _, li := range o.list("line_items", "items") {
		if strings.EqualFold(li.text("display_status", ""), "CANCELLED") {
			cancelled++
			o.r.note("items", li.n.at, "cancelled", "a cancelled unit of %s was left out", li.text("seller_sku", ""))
			continue
		}
		c := li.text("currency", "")
		if c == "" {
			c = currency
		}
		field := fmt.Sprintf("items[%d]", len(*items))
		it := shipment.Item{
			SKU: li.text("seller_sku", field+".sku"), Title: li.text("product_name", field+".title"),
			UnitPrice: li.price("sale_price", field+".unit_price", c),
		}
		if it.SKU == "" {
			it.SKU = li.text("sku_id", field+".sku")
		}
		it.Quantity = int(li.whole("quantity", field+".quantity", 1))
		li.rest()
		key := unit{it.SKU, it.UnitPrice}
		if i, had := place[key]; had && it.SKU != "" {
			(*items)[i].Quantity += it.Quantity
			continue
		}
		place[key] = len(*items)
		*items = append(*items, it)
	}
	if cancelled > 0 {
		o.r.e.Order.Totals = shipment.Totals{} // they are of the order before
		if len(*items) == 0 {
			o.r.e.Order.Payment = shipment.PaymentCancelled
		}
	}
}
