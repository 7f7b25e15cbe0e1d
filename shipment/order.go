package shipment

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// An OrderID is the marketplace's name for an order. It is the main reference
// for buyer, seller and packer all the way, and the subject of every event.
type OrderID string

// A ParcelID names one parcel of an order: the order's ID, a hyphen and the
// parcel's place in the order, counted from 1.
type ParcelID string

// A TrackingNumber is the carrier's name for a parcel, as printed in the bars.
type TrackingNumber string

// A CarrierID is a carrier's short name, such as "ups" or "dhl_express".
type CarrierID string

// A ServiceID is a carrier's service, such as "ground".
type ServiceID string

// Grams is a weight. Orders carry weights as whole grams.
type Grams int64

// Millimetres is a side of a parcel. Orders carry sides as whole millimetres.
type Millimetres int64

// Money is an amount in the currency's minor unit, such as US cents.
type Money struct {
	Amount   int64  `json:"amount"`
	Currency string `json:"currency"`
}

// A Payment says whether an order may ship. The zero value, as in documents
// that do not speak of payment, may.
type Payment string

// The payment states that matter at the desk.
const (
	PaymentUnspoken  Payment = ""
	PaymentPaid      Payment = "paid"
	PaymentUnpaid    Payment = "unpaid"
	PaymentOnHold    Payment = "on_hold"
	PaymentCancelled Payment = "cancelled"
)

// An Order is what a station takes in: what to ship, from where, to whom.
type Order struct {
	ID             OrderID         `json:"order_id"`
	Channel        string          `json:"channel,omitempty"`
	PlacedAt       time.Time       `json:"placed_at,omitzero"`
	ShipBy         time.Time       `json:"ship_by,omitzero"`
	DeliverBy      string          `json:"deliver_by,omitempty"`   // the day the buyer was promised, as 2026-12-24
	PromiseDays    int             `json:"promise_days,omitempty"` // or in how many working days
	Payment        Payment         `json:"payment,omitempty"`
	ShipFrom       Address         `json:"ship_from,omitzero"`
	ShipTo         Address         `json:"ship_to"`
	Items          []Item          `json:"items"`
	Totals         Totals          `json:"totals,omitzero"`
	Parcels        []Parcel        `json:"parcels,omitempty"`
	Carrier        CarrierID       `json:"carrier,omitempty"`
	Service        ServiceID       `json:"service,omitempty"`
	TrackingNumber TrackingNumber  `json:"tracking_number,omitempty"`
	Buyer          Buyer           `json:"buyer,omitzero"`
	Label          LabelWish       `json:"label,omitzero"`
	Extra          json.RawMessage `json:"extra,omitempty"` // input fields we have no name for, kept as they came

	// AddressOverride is there when a person answers for the address of ShipTo.
	AddressOverride AddressOverride `json:"address_override,omitzero"`
}

// An AddressOverride is a person's word that the address is right as it stands
// although the check says otherwise: who said so, and why. It counts only with
// both. The zero value overrides nothing.
type AddressOverride struct {
	By     string `json:"by,omitempty"`
	Reason string `json:"reason,omitempty"`
}

// An Address is a place a parcel comes from or goes to. Country is the ISO
// 3166-1 alpha-2 code, Region the part of the country as its post writes it.
type Address struct {
	Name       string `json:"name,omitempty"`
	Company    string `json:"company,omitempty"`
	Line1      string `json:"line1,omitempty"`
	Line2      string `json:"line2,omitempty"`
	Line3      string `json:"line3,omitempty"`
	City       string `json:"city,omitempty"`
	District   string `json:"district,omitempty"`
	Region     string `json:"region,omitempty"`
	PostalCode string `json:"postal_code,omitempty"`
	Country    string `json:"country,omitempty"`
	Phone      string `json:"phone,omitempty"`
}

// An Item is one line of an order.
type Item struct {
	SKU           string `json:"sku"`
	Title         string `json:"title,omitempty"`
	Quantity      int    `json:"quantity"`
	UnitPrice     Money  `json:"unit_price,omitzero"`
	Weight        Grams  `json:"weight_g,omitempty"`
	HSCode        string `json:"hs_code,omitempty"`
	OriginCountry string `json:"origin_country,omitempty"`
	Barcode       string `json:"barcode,omitempty"`

	// Hazmat is what about the item a carrier must know before it takes it, such
	// as lithium_ion_in_equipment or limited_quantity.
	Hazmat []string `json:"hazmat,omitempty"`
	Tags   []string `json:"tags,omitempty"` // the seller's own words, for rules
}

// A Parcel is one box of an order, as expected before it is weighed.
type Parcel struct {
	Weight Grams       `json:"weight_g,omitempty"`
	Length Millimetres `json:"length_mm,omitempty"`
	Width  Millimetres `json:"width_mm,omitempty"`
	Height Millimetres `json:"height_mm,omitempty"`

	// Fields is what the carrier gave for this parcel's label alone, such as its
	// licence plate. It goes before the order's own LabelWish.Fields.
	Fields map[string]string `json:"fields,omitempty"`
}

// A Buyer is the person to keep informed, and how.
type Buyer struct {
	Email  string   `json:"email,omitempty"`
	Phone  string   `json:"phone,omitempty"`
	Locale string   `json:"locale,omitempty"`
	Notify []string `json:"notify,omitempty"`
}

// A LabelWish is what an order asks of its label. The zero value leaves the
// choice to the station's rules: its template, one copy.
type LabelWish struct {
	Template string `json:"template,omitempty"`
	Copies   int    `json:"copies,omitempty"`
	Priority string `json:"priority,omitempty"` // urgent, normal or later

	// Fields is what a carrier's own label shows beyond the order: routing and
	// sort codes, permit numbers, as the carrier gave them. Of several parcels,
	// each may have its own in Parcel.Fields.
	Fields map[string]string `json:"fields,omitempty"`
}

// Parcel returns the ID of the order's parcel number k, counted from 1.
func (id OrderID) Parcel(k int) ParcelID {
	return ParcelID(fmt.Sprintf("%s-%d", id, k))
}

// Order returns the ID of the order that the parcel is of. What names no parcel is
// returned as it is.
func (id ParcelID) Order() OrderID {
	if i := strings.LastIndexByte(string(id), '-'); i > 0 {
		return OrderID(id[:i])
	}
	return OrderID(id)
}

// Weight returns the weight of everything in the order, which stands in for a
// parcel's weight where the order names no parcel.
func (o Order) Weight() Grams {
	var sum Grams
	for _, it := range o.Items {
		sum += it.Weight * Grams(it.Quantity)
	}
	return sum
}

// Value returns the price of everything in the order, in the first item's
// currency; items in another currency do not count.
func (o Order) Value() Money {
	var sum Money
	for i, it := range o.Items {
		if i == 0 {
			sum.Currency = it.UnitPrice.Currency
		}
		if it.UnitPrice.Currency == sum.Currency {
			sum.Amount += it.UnitPrice.Amount * int64(it.Quantity)
		}
	}
	return sum
}
