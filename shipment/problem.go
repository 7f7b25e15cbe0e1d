package shipment

import (
	"fmt"
	"strings"
	"time"
)

// A Problem is one thing wrong with an input: where, what kind, and in words
// that tell a person how to mend it.
type Problem struct {
	Field   string `json:"field,omitempty"` // path, as in ship_to.postal_code or items[0].quantity
	Line    int    `json:"line,omitempty"`  // line of the file, where there is one
	Code    string `json:"code"`            // stable, for programs: missing, wrong_type, out_of_range, …
	Message string `json:"message"`
}

// Problems is everything wrong with an input, as one error.
type Problems []Problem

// Error joins the problems' messages.
func (ps Problems) Error() string {
	parts := make([]string, len(ps))
	for i, p := range ps {
		parts[i] = p.Message
		if p.Field != "" {
			parts[i] = p.Field + ": " + p.Message
		}
	}
	return strings.Join(parts, "; ")
}

// Check returns what is wrong with the order itself, before any rule of an
// address or a carrier is asked. An order without problems has none.
func (o Order) Check() Problems {
	var ps Problems
	add := func(field, code, msg string) { ps = append(ps, Problem{Field: field, Code: code, Message: msg}) }
	if o.ID == "" {
		add("order_id", "missing", "the order has no ID")
	}
	if len(o.ID) > 64 {
		add("order_id", "too_long", "the order ID has more than 64 characters")
	}
	if strings.ContainsFunc(string(o.ID), notPrintable) {
		add("order_id", "control_character", "the order ID has spaces or characters outside ASCII letters, digits and punctuation")
	}
	if len(o.Items) == 0 {
		add("items", "missing", "the order has no items")
	}
	for i, it := range o.Items {
		if it.Quantity < 1 {
			add(index("items", i, "quantity"), "out_of_range", "the quantity must be 1 or more")
		}
		if it.Weight < 0 {
			add(index("items", i, "weight_g"), "out_of_range", "the weight must not be negative")
		}
	}
	if len(o.Parcels) > MaxParcels {
		add("parcels", "out_of_range", "an order has at most 99 parcels")
	}
	for i, p := range o.Parcels {
		if p.Weight < 0 || p.Length < 0 || p.Width < 0 || p.Height < 0 {
			add(index("parcels", i, ""), "out_of_range", "weight and sides must not be negative")
		}
	}
	if o.TrackingNumber != "" && len(o.Parcels) > 1 {
		add("tracking_number", "ambiguous", "one tracking number cannot serve several parcels; leave it out or send one order a parcel")
	}
	if o.Label.Copies < 0 || o.Label.Copies > MaxCopies {
		add("label.copies", "out_of_range", "between 1 and 9 copies can be printed")
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
	switch o.Payment {
	case PaymentUnspoken, PaymentPaid:
	case PaymentUnpaid:
		add("payment", "unpaid", "the order is not paid; it may ship once the marketplace says so")
	case PaymentOnHold:
		add("payment", "on_hold", "the marketplace holds the order; send it again when the hold is lifted")
	case PaymentCancelled:
		add("payment", "cancelled", "the order was cancelled")
	default:
		add("payment", "unknown", "payment is none of paid, unpaid, on_hold, cancelled")
	}
	return ps
}

// The most parcels an order, and the most copies a label, may have.
const (
	MaxParcels = 99
	MaxCopies  = 9
)

func notPrintable(r rune) bool { return r <= ' ' || r > '~' }

func index(list string, i int, field string) string {
	path := fmt.Sprintf("%s[%d]", list, i)
	if field != "" {
		path += "." + field
	}
	return path
}
