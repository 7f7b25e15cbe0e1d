package template

import (
	"cmp"
	"strings"
	"time"

	"waybill/shipment"
)

// A Manifest is the list that goes with the parcels a carrier picks up: both
// sides sign it. It mirrors what a pick-up at the desk records.
type Manifest struct {
	ID          string             `json:"id"`
	Station     string             `json:"station,omitempty"`
	Carrier     shipment.CarrierID `json:"carrier"`
	CarrierName string             `json:"carrier_name,omitempty"` // default: Carrier in capitals
	Driver      string             `json:"driver,omitempty"`       // who picks up
	Vehicle     string             `json:"vehicle,omitempty"`
	Dock        string             `json:"dock,omitempty"`     // the door it stood at
	Corrects    string             `json:"corrects,omitempty"` // the closed pick-up that this one corrects
	Opened      time.Time          `json:"opened,omitzero"`
	Closed      time.Time          `json:"closed,omitzero"`
	Parcels     []ManifestParcel   `json:"parcels"`
	Missing     []ManifestParcel   `json:"missing,omitempty"`   // had a label, and were not scanned
	Returned    []ManifestParcel   `json:"returned,omitempty"`  // of the one it corrects: they did not leave after all
	Signature   string             `json:"signature,omitempty"` // hash of the driver's strokes
	Head        string             `json:"head,omitempty"`      // hash of the journal's last event when it was closed
	ShipFrom    []string           `json:"ship_from,omitempty"`
	ScannedBy   []string           `json:"scanned_by,omitempty"` // who scanned the parcels, each with how many
}

// A ManifestParcel is one line of a manifest.
type ManifestParcel struct {
	TrackingNumber shipment.TrackingNumber `json:"tracking_number"`
	TrackingText   string                  `json:"tracking_text,omitempty"` // default: TrackingNumber
	Order          shipment.OrderID        `json:"order_id"`
	Parcel         shipment.ParcelID       `json:"parcel,omitempty"`
	Service        string                  `json:"service,omitempty"`
	Weight         shipment.Grams          `json:"weight_g,omitempty"`
	PostalCode     string                  `json:"postal_code,omitempty"`
	Country        string                  `json:"country,omitempty"`
	ScannedAt      time.Time               `json:"scanned_at,omitzero"`
	BackElsewhere  bool                    `json:"back_elsewhere,omitempty"` // taken back at another station after the closing
}

// manifestFields is what expressions see of a Manifest.
type manifestFields struct {
	ID           string                 `expr:"id"`
	Station      string                 `expr:"station"`
	Carrier      string                 `expr:"carrier"`
	CarrierName  string                 `expr:"carrier_name"`
	Driver       string                 `expr:"driver"`
	Vehicle      string                 `expr:"vehicle"`
	Dock         string                 `expr:"dock"`
	Corrects     string                 `expr:"corrects"`
	Returned     []manifestParcelFields `expr:"returned"`
	Signature    string                 `expr:"signature"`
	ScannedBy    string                 `expr:"scanned_by"` // who, each with how many, between commas
	From         []string               `expr:"from"`
	Opened       string                 `expr:"opened"` // as 2026-11-20 16:05
	Closed       string                 `expr:"closed"` // empty: still open
	Parcels      []manifestParcelFields `expr:"parcels"`
	Missing      []manifestParcelFields `expr:"missing"`
	All          []manifestParcelFields `expr:"all_parcels"` // parcels, then missing, then returned
	Services     []manifestService      `expr:"services"`
	Count        int                    `expr:"count"`
	MissingCount int                    `expr:"missing_count"`
	BackCount    int                    `expr:"back_elsewhere_count"` // of parcels
	WeightG      int                    `expr:"weight_g"`
	Head         string                 `expr:"head"`
	GS           string                 `expr:"gs"`
}

type manifestParcelFields struct {
	TrackingNumber string `expr:"tracking_number"`
	TrackingText   string `expr:"tracking_text"`
	OrderID        string `expr:"order_id"`
	Parcel         string `expr:"parcel"`
	Service        string `expr:"service"`
	WeightG        int    `expr:"weight_g"`
	PostalCode     string `expr:"postal_code"`
	Country        string `expr:"country"`
	ScannedAt      string `expr:"scanned_at"`   // as 2026-11-20 16:05
	ScannedTime    string `expr:"scanned_time"` // as 16:05:09
	Missing        bool   `expr:"missing"`
	Returned       bool   `expr:"returned"`
	BackElsewhere  bool   `expr:"back_elsewhere"`
}

// manifestService is how many parcels go by one service.
type manifestService struct {
	Service string `expr:"service"`
	Count   int    `expr:"count"`
	WeightG int    `expr:"weight_g"`
}

// BindManifest makes m ready for the expressions of a manifest's template.
func BindManifest(m Manifest) *Binding {
	f := manifestFields{
		ID: m.ID, Station: m.Station, Carrier: string(m.Carrier), CarrierName: cmp.Or(m.CarrierName, carrierWords(m.Carrier)),
		Driver: m.Driver, Vehicle: m.Vehicle, Dock: m.Dock, Corrects: m.Corrects, Signature: m.Signature, ScannedBy: strings.Join(m.ScannedBy, ", "), From: m.ShipFrom, Opened: minute(m.Opened), Closed: minute(m.Closed),
		Count: len(m.Parcels), MissingCount: len(m.Missing), Head: m.Head, GS: "\x1d",
	}
	for _, p := range m.Parcels {
		f.Parcels = append(f.Parcels, p.fields(false))
		f.WeightG += int(p.Weight)
		if p.BackElsewhere {
			f.BackCount++
		}
		f.count(p)
	}
	for _, p := range m.Missing {
		f.Missing = append(f.Missing, p.fields(true))
	}
	for _, p := range m.Returned {
		back := p.fields(false)
		back.Returned = true
		f.Returned = append(f.Returned, back)
	}
	f.All = append(append(append(f.All, f.Parcels...), f.Missing...), f.Returned...)
	return &Binding{scoped: scoped{subject: ForManifest, name: m.ID, scope: scopeOf(f)}}
}

// count adds a parcel to its service.
func (f *manifestFields) count(p ManifestParcel) {
	for i := range f.Services {
		if s := &f.Services[i]; s.Service == p.Service {
			s.Count++
			s.WeightG += int(p.Weight)
			return
		}
	}
	f.Services = append(f.Services, manifestService{p.Service, 1, int(p.Weight)})
}

func (p ManifestParcel) fields(missing bool) manifestParcelFields {
	f := manifestParcelFields{
		TrackingNumber: string(p.TrackingNumber), TrackingText: cmp.Or(p.TrackingText, string(p.TrackingNumber)),
		OrderID: string(p.Order), Parcel: string(p.Parcel), Service: p.Service, WeightG: int(p.Weight),
		PostalCode: p.PostalCode, Country: p.Country, ScannedAt: minute(p.ScannedAt), Missing: missing, BackElsewhere: p.BackElsewhere,
	}
	if !p.ScannedAt.IsZero() {
		f.ScannedTime = p.ScannedAt.Format(time.TimeOnly)
	}
	return f
}
