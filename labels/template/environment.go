package template

import (
	"reflect"

	"github.com/expr-lang/expr/vm"
)

// An environment is what expressions see of Data, under the names in its
// tags. Its fields are plain types: an expression knows text, numbers, lists and
// yes or no.
type environment struct {
	OrderID        string            `expr:"order_id"`
	Channel        string            `expr:"channel"`
	Parcel         string            `expr:"parcel"`
	K              int               `expr:"parcel_k"`
	Of             int               `expr:"parcel_of"`
	WeightG        int               `expr:"weight_g"`
	Carrier        string            `expr:"carrier"`
	CarrierName    string            `expr:"carrier_name"`
	Service        string            `expr:"service"`
	ServiceName    string            `expr:"service_name"`
	TrackingNumber string            `expr:"tracking_number"`
	TrackingText   string            `expr:"tracking_text"`
	To             []string          `expr:"to"`
	From           []string          `expr:"from"`
	ShipTo         addressFields     `expr:"ship_to"`
	ShipFrom       addressFields     `expr:"ship_from"`
	Items          []itemFields      `expr:"items"`
	Parcels        []parcelFields    `expr:"parcels"`
	QR             string            `expr:"qr"`
	ShipDate       string            `expr:"ship_date"`
	Value          int               `expr:"value"`     // of everything in the order, in the currency's minor unit
	Currency       string            `expr:"currency"`  // of value
	Payment        string            `expr:"payment"`   // paid, unpaid, on_hold, cancelled; empty where nobody said
	PlacedAt       string            `expr:"placed_at"` // as 2026-11-20 16:05; empty where nobody said
	ShipBy         string            `expr:"ship_by"`   // as placed_at
	Reprint        bool              `expr:"reprint"`
	Sample         bool              `expr:"sample"`
	Fields         map[string]string `expr:"fields"`        // the parcel's, the order's and the station's; one that is not given is empty
	ParcelFields   map[string]string `expr:"parcel_fields"` // those of fields that are this parcel's alone
	GS             string            `expr:"gs"`            // separator of a GS1-128's element strings
}

type addressFields struct {
	Name       string `expr:"name"`
	Company    string `expr:"company"`
	Line1      string `expr:"line1"`
	Line2      string `expr:"line2"`
	Line3      string `expr:"line3"`
	City       string `expr:"city"`
	District   string `expr:"district"`
	Region     string `expr:"region"`
	PostalCode string `expr:"postal_code"`
	Country    string `expr:"country"`
	Phone      string `expr:"phone"`
}

type itemFields struct {
	SKU      string `expr:"sku"`
	Title    string `expr:"title"`
	Quantity int    `expr:"quantity"`
	WeightG  int    `expr:"weight_g"` // of one piece

	UnitPrice     int    `expr:"unit_price"` // in the currency's minor unit, as cents
	Currency      string `expr:"currency"`
	Value         int    `expr:"value"` // price of the line
	HSCode        string `expr:"hs_code"`
	OriginCountry string `expr:"origin_country"`
	Barcode       string `expr:"barcode"`
}

type parcelFields struct {
	WeightG  int `expr:"weight_g"`
	LengthMM int `expr:"length_mm"`
	WidthMM  int `expr:"width_mm"`
	HeightMM int `expr:"height_mm"`
}

// A Binding is the data of one label, as expressions see it. It has room to
// work in, and so serves one goroutine at a time.
type Binding struct {
	env environment
	scoped
	seen    seen // valid where the environment is what expressions see
	machine vm.VM
}

// Bind makes d ready for a template's expressions.
func Bind(d Data) *Binding {
	b := &Binding{env: d.environment(), scoped: scoped{
		subject: ForParcel, name: string(d.Parcel), to: d.Order.ShipTo.Country, from: d.Order.ShipFrom.Country,
	}}
	b.seen.root = reflect.ValueOf(&b.env).Elem()
	return b
}

func (d Data) environment() environment {
	e := environment{
		OrderID: string(d.Order.ID), Channel: d.Order.Channel, Parcel: string(d.Parcel), K: d.K, Of: d.Of,
		WeightG: int(d.Weight), Carrier: string(d.Carrier), CarrierName: d.CarrierName, ServiceName: d.ServiceName,
		TrackingNumber: string(d.TrackingNumber), TrackingText: d.TrackingText, To: d.To, From: d.From,
		ShipTo: addressFields(d.Order.ShipTo), ShipFrom: addressFields(d.Order.ShipFrom),
		QR: d.QR, ShipDate: d.ShipDate, Reprint: d.Reprint, Sample: d.Sample, GS: "\x1d",
		Service: string(d.Order.Service), Fields: d.labelFields(), ParcelFields: d.parcelFields(),
		Payment: string(d.Order.Payment), PlacedAt: minute(d.Order.PlacedAt), ShipBy: minute(d.Order.ShipBy),
	}
	value := d.Order.Value()
	e.Value, e.Currency = int(value.Amount), value.Currency
	e.Items = make([]itemFields, 0, len(d.Order.Items))
	for _, it := range d.Order.Items {
		e.Items = append(e.Items, itemFields{
			SKU: it.SKU, Title: it.Title, Quantity: it.Quantity, WeightG: int(it.Weight),
			UnitPrice: int(it.UnitPrice.Amount), Currency: it.UnitPrice.Currency, Value: int(it.UnitPrice.Amount) * it.Quantity,
			HSCode: it.HSCode, OriginCountry: it.OriginCountry, Barcode: it.Barcode,
		})
	}
	for _, p := range d.Order.Parcels {
		e.Parcels = append(e.Parcels, parcelFields{int(p.Weight), int(p.Length), int(p.Width), int(p.Height)})
	}
	return e
}
