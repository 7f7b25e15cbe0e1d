package shipment

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// The most parcels an order, and the most copies a label, may have.
const (
	MaxParcels = 99
	MaxCopies  = 9
)

// What no parcel is: heavier than this, longer than this, or denser than any
// metal (osmium has 22.6 g/cm³). Whoever sends more has another unit in mind.
const (
	maxParcelWeight Grams       = 2_000_000
	maxSide         Millimetres = 6_000
	maxDensity                  = 23 // g/cm³
)

// Check returns what is wrong with the order itself, before any rule of an
// address or a carrier is asked. An order without problems has none. What a
// person should merely look at is told by Warnings.
func (o Order) Check() Problems {
	var ps Problems
	add := func(field, code, msg string) { ps = append(ps, Problem{Field: field, Code: code, Message: msg}) }
	o.checkID(add)
	o.checkItems(add)
	o.checkMoney(add)
	o.checkParcels(add)
	if o.Label.Copies < 0 || o.Label.Copies > MaxCopies {
		add("label.copies", "out_of_range", "between 1 and 9 copies can be printed")
	}
	if !slices.Contains([]string{"", "urgent", "normal", "later"}, o.Label.Priority) {
		add("label.priority", "unknown_priority", "a label's priority is urgent, normal or later")
	}
	if _, err := time.Parse(time.DateOnly, o.DeliverBy); err != nil && o.DeliverBy != "" {
		add("deliver_by", "wrong_type", "the promised day is no date; write it as 2026-12-24")
	}
	if o.PromiseDays < 0 {
		add("promise_days", "out_of_range", "the promised days must not be negative")
	}
	if o.tooLarge() {
		add("", "too_large", "the order is larger than 1 MiB; leave out what shipping it does not need, or split it")
	}
	o.checkPayment(add)
	return ps
}

func (o Order) checkID(add func(field, code, msg string)) {
	if o.ID == "" {
		add("order_id", "missing", "the order has no ID")
	}
	if len(o.ID) > 64 {
		add("order_id", "too_long", "the order ID has more than 64 characters")
	}
	if strings.ContainsFunc(string(o.ID), notPrintable) {
		add("order_id", "control_character", "the order ID has spaces or characters outside ASCII letters, digits and punctuation")
	}
	if o.ID.Misread() {
		add("order_id", "check_character", "the order ID looks like one that was made here, but its check character is wrong: a character was misread or mistyped")
	}
}

func (o Order) checkItems(add func(field, code, msg string)) {
	if len(o.Items) == 0 {
		add("items", "missing", "the order has no items")
	}
	for i, it := range o.Items {
		if it.SKU == "" && it.Title == "" {
			add(index("items", i, "sku"), "missing", "the item has neither SKU nor title: nobody can tell what to pack")
		}
		if it.Quantity < 1 || it.Quantity > MaxQuantity {
			add(index("items", i, "quantity"), "out_of_range", fmt.Sprintf("the quantity must be 1 or more, and at most %d", MaxQuantity))
		}
		if it.Weight < 0 || it.Weight > maxParcelWeight {
			add(index("items", i, "weight_g"), "out_of_range", "the weight must not be negative, and in grams, no more than 2 tonnes")
		}
	}
}

func (o Order) checkParcels(add func(field, code, msg string)) {
	if len(o.Parcels) > MaxParcels {
		add("parcels", "out_of_range", "an order has at most 99 parcels")
	}
	for i, p := range o.Parcels {
		sides := [3]Millimetres{p.Length, p.Width, p.Height}
		switch smallest, largest := min(sides[0], sides[1], sides[2]), max(sides[0], sides[1], sides[2]); {
		case p.Weight < 0 || smallest < 0:
			add(index("parcels", i, ""), "out_of_range", "weight and sides must not be negative")
		case p.Weight > maxParcelWeight:
			add(index("parcels", i, "weight_g"), "out_of_range", fmt.Sprintf("%d g are more than 2 tonnes, which is no parcel; give the weight in grams", p.Weight))
		case largest > maxSide:
			add(index("parcels", i, ""), "out_of_range", fmt.Sprintf("a side of %d mm is longer than 6 m, which is no parcel; give the sides in millimetres", largest))
		case smallest > 0 && int64(p.Weight)*1000 > maxDensity*p.volume():
			add(index("parcels", i, ""), "implausible", fmt.Sprintf("%d g in %d × %d × %d mm would be denser than any metal; give the weight in grams and the sides in millimetres",
				p.Weight, p.Length, p.Width, p.Height))
		}
	}
	if o.TrackingNumber != "" && len(o.Parcels) > 1 {
		add("tracking_number", "ambiguous", "one tracking number cannot serve several parcels; leave it out or send one order a parcel")
	}
}

// volume is in cubic millimetres.
func (p Parcel) volume() int64 { return int64(p.Length) * int64(p.Width) * int64(p.Height) }

func (o Order) checkPayment(add func(field, code, msg string)) {
	switch o.Payment {
	case PaymentUnspoken, PaymentPaid:
	case PaymentUnpaid:
		add("payment", "unpaid", "the order is not paid; it may ship once the marketplace says so")
	case PaymentOnHold:
		add("payment", "on_hold", "the marketplace holds the order; send it again when the hold is lifted")
	case PaymentCancelled:
		add("payment", "cancelled", "the order was cancelled")
	default:
		add("payment", "unknown", fmt.Sprintf("%.40q is none of paid, unpaid, on_hold, cancelled", o.Payment))
	}
}

func notPrintable(r rune) bool { return r <= ' ' || r > '~' }

func index(list string, i int, field string) string {
	path := fmt.Sprintf("%s[%d]", list, i)
	if field != "" {
		path += "." + field
	}
	return path
}
