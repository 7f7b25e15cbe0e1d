package labelling

import (
	"fmt"
	"slices"
	"time"

	"waybill/agent/handoff"
	"waybill/labels"
	"waybill/labels/layout"
	"waybill/labels/pdf"
	"waybill/labels/template"
	"waybill/labels/verify"
	"waybill/shipment"
	"waybill/shipment/address"
)

// The template of a pick-up's manifest, and what of it the driver's strokes are
// drawn over.
const (
	manifestTemplate = "manifest-a4"
	signatureLine    = "carrier signature"
)

// manifestDots is fine enough for a list that people read, and draws a page in
// little time.
const manifestDots = labels.DPI300

// Manifest returns the paper of a pick-up as PDF, proved to read back: the
// barcode on each page is the pick-up's ID.
func (m *Maker) Manifest(of handoff.Manifest, from shipment.Address, local *time.Location) ([]byte, error) {
	t, err := m.Templates.Get(manifestTemplate)
	if err != nil {
		return nil, err
	}
	pages, err := layout.Pages(t, template.BindManifest(m.manifest(of, from, local)), manifestDots, m.Fonts)
	if err != nil {
		return nil, fmt.Errorf("manifest %s: %w", of.ID, err)
	}
	if line := slices.IndexFunc(t.Elements, func(e template.Element) bool { return e.Name == signatureLine }); line >= 0 && !of.Signature.Empty() {
		last := &pages[len(pages)-1]
		last.Items = append(last.Items, signed(of.Signature, t.Elements[line], last.Resolution))
	}
	document, err := pdf.Encoder{}.EncodeAll(pages)
	if err != nil {
		return nil, fmt.Errorf("manifest %s: %w", of.ID, err)
	}
	if err := verify.PDF(pages, document); err != nil {
		return nil, fmt.Errorf("manifest %s: %w", of.ID, err)
	}
	return document, nil
}

func (m *Maker) manifest(of handoff.Manifest, from shipment.Address, local *time.Location) template.Manifest {
	t := template.Manifest{
		ID: of.ID, Station: string(of.Station), Carrier: of.Carrier, Driver: of.Driver, Vehicle: of.Trailer, Dock: of.Dock, Corrects: of.Corrects,
		Opened: of.Opened.In(local), Head: of.Head, Signature: of.Signed, ShipFrom: address.SenderLines(from, from.Country),
	}
	if !of.Open() {
		t.Closed = of.Closed.In(local)
	}
	if c, ok := m.Carriers.Carrier(of.Carrier); ok {
		t.CarrierName = c.Name
	}
	for _, h := range of.Hands() {
		t.ScannedBy = append(t.ScannedBy, fmt.Sprintf("%s (%d)", h.By, h.Count))
	}
	for _, e := range of.Entries {
		t.Parcels = append(t.Parcels, m.manifestParcel(of.Carrier, e, local))
	}
	for _, e := range of.Returned {
		t.Returned = append(t.Returned, m.manifestParcel(of.Carrier, e, local))
	}
	for _, w := range of.Left {
		t.Missing = append(t.Missing, m.manifestParcel(of.Carrier, handoff.Entry{
			Parcel: w.Parcel, Order: w.Order, TrackingNumber: w.TrackingNumber, ServiceName: w.ServiceName, Weight: w.Weight,
			PostalCode: w.PostalCode, Country: w.Country,
		}, local))
	}
	return t
}

func (m *Maker) manifestParcel(c shipment.CarrierID, e handoff.Entry, local *time.Location) template.ManifestParcel {
	p := template.ManifestParcel{
		TrackingNumber: e.TrackingNumber, TrackingText: m.Carriers.Group(c, string(e.TrackingNumber)), Order: e.Order, Parcel: e.Parcel,
		Service: e.ServiceName, Weight: e.Weight, PostalCode: e.PostalCode, Country: e.Country, BackElsewhere: e.GoneBack(),
	}
	if !e.At.IsZero() {
		p.ScannedAt = e.At.In(local)
	}
	return p
}

// signed draws a driver's strokes so that they stand on a line.
func signed(s handoff.Signature, line template.Element, res labels.Resolution) labels.Bitmap {
	w := res.Dots(min(line.Width, 45*labels.Millimetre))
	h := w * handoff.SignatureH / handoff.SignatureW
	d := labels.NewDots(w, h)
	pen := max(res.Dots(labels.Millimetre*4/10), 1)
	at := func(p [2]int) (x, y int) {
		return p[0] * (w - pen) / handoff.SignatureW, p[1] * (h - pen) / handoff.SignatureH
	}
	for _, stroke := range s.Strokes {
		px, py := at(stroke[0])
		d.FillRect(px, py, pen, pen)
		for _, p := range stroke[1:] {
			x, y := at(p)
			steps := max(abs(x-px), abs(y-py), 1)
			for i := range steps + 1 {
				d.FillRect(px+(x-px)*i/steps, py+(y-py)*i/steps, pen, pen)
			}
			px, py = x, y
		}
	}
	top := max(res.Dots(line.At.Y)-h, 0)
	return labels.Bitmap{At: labels.Point{X: res.Length(res.Dots(line.At.X)), Y: res.Length(top)}, Dots: d}
}

func abs(n int) int { return max(n, -n) }
