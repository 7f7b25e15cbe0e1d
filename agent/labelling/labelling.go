// Package labelling makes the bytes of a parcel's label: it binds the template
// to the order, lays it out, encodes it, and reads the encoded bytes back with
// a decoder of another make before they may go to a printer.
//
// It keeps the templates, so that a file that was edited badly leaves the last
// good one in use. It prints nothing.
package labelling

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"waybill/agent"
	"waybill/labels"
	"waybill/labels/fonts"
	"waybill/labels/layout"
	"waybill/labels/template"
	"waybill/printer"
	"waybill/shipment"
	"waybill/shipment/address"
	"waybill/shipment/carrier"
)

// Role is what a printer of shipping labels is called in the configuration.
const Role = "shipping"

// A Maker makes labels for one resolution.
type Maker struct {
	Carriers   *carrier.Table
	Templates  *Templates
	Choice     Choice
	Fonts      *fonts.Set
	Resolution labels.Resolution
	Compact    bool   // the fewest bytes, for a slow line; ZPL alone knows the difference
	Write      string // the language; empty for ZPL
	DotsPerMM  int    // as the station's printers say of themselves; 0 where that is not known
}

// Language returns the printer language of the labels.
func (m *Maker) Language() string { return cmp.Or(m.Write, ZPL) }

// Role returns the printer role the labels are for.
func (m *Maker) Role() string { return Role }

// Form returns what the labels of an order are drawn for.
func (m *Maker) Form(s agent.State) (printer.Form, error) {
	t, err := m.Templates.Get(m.Choice.template(s))
	if err != nil {
		return printer.Form{}, err
	}
	return printer.Form{
		Width: int(t.Width / labels.Micrometre), Height: int(t.Height / labels.Micrometre), DotsPerMM: m.DotsPerMM,
	}, nil
}

// Label returns the bytes of parcel p's label, proved to read back.
func (m *Maker) Label(ctx context.Context, s agent.State, p agent.Parcel, at time.Time) ([]byte, error) {
	l, err := m.Lay(s, p, at)
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	content, err := Encode(l, m.Language(), m.Compact)
	if err != nil {
		return nil, fmt.Errorf("label of %s: %w", p.ID, err)
	}
	return content, nil
}

// Lay lays out parcel p's label.
func (m *Maker) Lay(s agent.State, p agent.Parcel, at time.Time) (labels.Label, error) {
	t, err := m.Templates.Get(m.Choice.template(s))
	if err != nil {
		return labels.Label{}, err
	}
	carrierName := ""
	if c, ok := m.Carriers.Carrier(s.Carrier); ok {
		carrierName = c.Name
	}
	data, err := template.NewData(s.Order, p.K, template.Settled{
		Weight: p.Weight, Carrier: s.Carrier, CarrierName: carrierName, ServiceName: s.ServiceName,
		TrackingNumber: p.TrackingNumber, TrackingText: m.Carriers.Group(s.Carrier, string(p.TrackingNumber)),
		To:       address.Lines(s.Order.ShipTo, s.Order.ShipFrom.Country),
		From:     address.SenderLines(s.Order.ShipFrom, s.Order.ShipTo.Country),
		QR:       shipment.LabelCode{Order: s.Order.ID, TrackingNumber: p.TrackingNumber}.String(),
		ShipDate: at.Format("2006-01-02"),
		Reprint:  p.Reprints > 0,

		StationFields: m.Choice.fields(s),
	})
	if err != nil {
		return labels.Label{}, err
	}
	return layout.Lay(t, data, m.Resolution, m.Fonts)
}
