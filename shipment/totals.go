package shipment

import (
	"fmt"
	"strings"
)

// Totals is an order's money as the shop added it up. What the shop does not
// tell has no currency.
type Totals struct {
	Items    Money `json:"items,omitzero"`    // every item's price times its quantity
	Shipping Money `json:"shipping,omitzero"` // what the buyer pays for it
	Tax      Money `json:"tax,omitzero"`      // added to the prices, or contained in them
	Discount Money `json:"discount,omitzero"` // as a positive amount
	Grand    Money `json:"grand,omitzero"`    // what the buyer pays
}

// Told reports whether m was told at all: an amount of nothing has a currency,
// too.
func (m Money) Told() bool { return m != Money{} }

// Total returns what the buyer pays: the shop's grand total, or else the price
// of everything in the order.
func (o Order) Total() Money {
	if o.Totals.Grand.Told() {
		return o.Totals.Grand
	}
	return o.Value()
}

// The most that an amount of money and a quantity may be: what is multiplied
// and added up stays a number that can be trusted.
const (
	MaxAmount   = 1_000_000_000_000
	MaxQuantity = 100_000
)

// A priced is a price or total of an order, and where it stands.
type priced struct {
	field string
	money Money
}

// prices returns every amount of money in the order that was told.
func (o Order) prices() []priced {
	list := make([]priced, 0, len(o.Items)+5)
	for i, it := range o.Items {
		list = append(list, priced{index("items", i, "unit_price"), it.UnitPrice})
	}
	t := o.Totals
	list = append(list, priced{"totals.items", t.Items}, priced{"totals.shipping", t.Shipping}, priced{"totals.tax", t.Tax},
		priced{"totals.discount", t.Discount}, priced{"totals.grand", t.Grand})
	told := list[:0]
	for _, p := range list {
		if p.money.Told() {
			told = append(told, p)
		}
	}
	return told
}

// checkMoney tells of amounts that cannot be, of currencies that differ, and of
// sums that do not add up: a line of the order may be lost, or a quantity wrong.
func (o Order) checkMoney(add func(field, code, msg string)) {
	currency, sound := Money{}, true
	first := ""
	for _, p := range o.prices() {
		switch c := p.money.Currency; {
		case c == "":
			add(p.field+".currency", "missing", "the amount has no currency; give its three letters, as in USD")
			sound = false
		case len(c) != 3 || strings.Trim(c, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "":
			add(p.field+".currency", "unknown_currency", fmt.Sprintf("%.20q is no currency; give its three capital letters, as in USD", c))
			sound = false
		case currency.Currency == "":
			currency.Currency, first = c, p.field
		case c != currency.Currency:
			add(p.field+".currency", "mixed_currency", fmt.Sprintf("%s has %s, and %s has %s; one order has one currency", p.field, c, first, currency.Currency))
			sound = false
		}
		if p.money.Amount < 0 || p.money.Amount > MaxAmount {
			add(p.field+".amount", "out_of_range", fmt.Sprintf("%d: an amount is 0 or more, in the currency's smallest unit; give a discount as totals.discount", p.money.Amount))
			sound = false
		}
	}
	if sound {
		o.checkSums(add)
	}
}

// checkSums holds the totals against the items and against one another.
func (o Order) checkSums(add func(field, code, msg string)) {
	t := o.Totals
	sum, priced := o.priceOfItems()
	if t.Items.Told() && priced && sum != t.Items.Amount {
		add("totals.items", "sum_mismatch", fmt.Sprintf("the items' prices times quantities are %s, but the total says %s: a line is missing, or a quantity or price is wrong",
			Money{sum, t.Items.Currency}, t.Items))
	}
	if !t.Items.Told() || !t.Shipping.Told() || !t.Tax.Told() || !t.Discount.Told() || !t.Grand.Told() {
		return // what is not told may be the difference
	}
	net := t.Items.Amount + t.Shipping.Amount - t.Discount.Amount
	if t.Grand.Amount != net+t.Tax.Amount && t.Grand.Amount != net {
		add("totals.grand", "sum_mismatch", fmt.Sprintf("items %s, shipping %s, tax %s and discount %s make %s (%s where the prices contain the tax), but the grand total says %s",
			t.Items, t.Shipping, t.Tax, t.Discount, Money{net + t.Tax.Amount, t.Grand.Currency}, Money{net, t.Grand.Currency}, t.Grand))
	}
}

// priceOfItems returns what the items cost together; ok is false where one of
// them has no price or cannot be counted.
func (o Order) priceOfItems() (sum int64, ok bool) {
	for _, it := range o.Items {
		if !it.UnitPrice.Told() || it.Quantity < 1 || it.Quantity > MaxQuantity {
			return 0, false
		}
		if sum += it.UnitPrice.Amount * int64(it.Quantity); sum > MaxAmount*MaxQuantity {
			return 0, false
		}
	}
	return sum, len(o.Items) > 0
}

// String returns the amount in the currency's main unit, as in 54.98 USD.
func (m Money) String() string {
	digits := MinorDigits(m.Currency)
	s, sign := fmt.Sprintf("%0*d", digits+1, m.Amount), ""
	if m.Amount < 0 {
		s, sign = fmt.Sprintf("%0*d", digits+1, -m.Amount), "-"
	}
	if digits > 0 {
		s = s[:len(s)-digits] + "." + s[len(s)-digits:]
	}
	return strings.TrimSpace(sign + s + " " + m.Currency)
}

// MinorDigits returns how many decimals a currency has (ISO 4217).
func MinorDigits(currency string) int {
	switch currency {
	case "JPY", "KRW", "VND", "CLP", "ISK", "XAF", "XOF", "XPF", "PYG", "UGX", "RWF", "KMF", "GNF", "DJF", "BIF", "VUV":
		return 0
	case "BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND":
		return 3
	}
	return 2
}
