package template

import (
	"fmt"
	"strings"

	"waybill/shipment"
)

// Data is what a template may speak of: one parcel of one order, settled.
type Data struct {
	Order          shipment.Order
	Parcel         shipment.ParcelID
	K, Of          int // parcel k of Of, counted from 1
	Weight         shipment.Grams
	Carrier        shipment.CarrierID
	CarrierName    string
	ServiceName    string
	TrackingNumber shipment.TrackingNumber
	TrackingText   string   // the number in groups, for people
	To, From       []string // address lines as the destination's post wants them
	QR             string   // what the label's own code says
	ShipDate       string   // as printed
	Reprint        bool
	Sample         bool // the number is none of a parcel's: the label must not ship

	StationFields map[string]string // what the station's own configuration gives the label
}

// Settled is what has been decided about a parcel by the time its label is
// laid out.
type Settled struct {
	Weight         shipment.Grams // as weighed; 0 takes the order's
	Carrier        shipment.CarrierID
	CarrierName    string // default: Carrier in capitals
	ServiceName    string
	TrackingNumber shipment.TrackingNumber
	TrackingText   string // default: TrackingNumber
	To, From       []string
	QR             string // default: the order's label code
	ShipDate       string
	Reprint        bool
	Sample         bool // the number is none of a parcel's: the label must not ship

	StationFields map[string]string // what the station's own configuration gives the label
}

// NewData returns the data of parcel k, counted from 1, of order o.
func NewData(o shipment.Order, k int, s Settled) (Data, error) {
	of := max(len(o.Parcels), 1)
	if k < 1 || k > of {
		return Data{}, fmt.Errorf("label of order %q: parcel %d of %d does not exist", o.ID, k, of)
	}
	if s.TrackingNumber == "" {
		return Data{}, fmt.Errorf("label of parcel %q: no tracking number (give the order one, or lease the station a range of numbers)", o.ID.Parcel(k))
	}
	if len(s.To) == 0 {
		return Data{}, fmt.Errorf("label of parcel %q: no lines of an address to send it to", o.ID.Parcel(k))
	}
	d := Data{
		Order: o, Parcel: o.ID.Parcel(k), K: k, Of: of,
		Weight: s.Weight, Carrier: s.Carrier, CarrierName: s.CarrierName, ServiceName: s.ServiceName,
		TrackingNumber: s.TrackingNumber, TrackingText: s.TrackingText,
		To: s.To, From: s.From, QR: s.QR, ShipDate: s.ShipDate, Reprint: s.Reprint, Sample: s.Sample,
		StationFields: s.StationFields,
	}
	if d.Weight == 0 && k <= len(o.Parcels) {
		d.Weight = o.Parcels[k-1].Weight
	}
	if d.Weight == 0 && of == 1 {
		d.Weight = o.Weight()
	}
	if d.CarrierName == "" {
		d.CarrierName = strings.ToUpper(strings.ReplaceAll(string(s.Carrier), "_", " "))
	}
	if d.TrackingText == "" {
		d.TrackingText = string(s.TrackingNumber)
	}
	if d.QR == "" {
		d.QR = shipment.LabelCode{Order: o.ID, TrackingNumber: s.TrackingNumber}.String()
	}
	return d, nil
}
