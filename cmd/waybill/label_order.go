package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"waybill/labels"
	"waybill/labels/layout"
	"waybill/labels/template"
	"waybill/shipment"
	"waybill/shipment/address"
	"waybill/shipment/carrier"
)

// order lays out the labels of an order, one for each parcel; name is its
// file, for messages.
func (r *renderer) order(name string, doc []byte) error {
	var o shipment.Order
	if err := json.Unmarshal(doc, &o); err != nil {
		return fmt.Errorf("order %s: not an order as one JSON object: %w (the README shows one)", name, err)
	}
	if problems := o.Check(); len(problems) > 0 {
		return fmt.Errorf("order %s: %w", name, problems)
	}
	t, err := r.template(cmp.Or(r.c.Template, o.Label.Template, defaultTemplate))
	if err != nil {
		return usage(err)
	}
	s, number, err := r.settle(&o)
	if err != nil {
		return err
	}
	for k := range max(1, len(o.Parcels)) {
		if err := r.parcel(t, o, k+1, s, number); err != nil {
			return err
		}
	}
	return nil
}

// parcel lays out the label of parcel k.
func (r *renderer) parcel(t *template.Template, o shipment.Order, k int, s template.Settled, number func(k int) (shipment.TrackingNumber, error)) error {
	var err error
	if s.TrackingNumber, err = number(k); err != nil {
		return fmt.Errorf("order %s: %w", o.ID, err)
	}
	s.TrackingText = carrier.Default().Group(s.Carrier, string(s.TrackingNumber))
	data, err := template.NewData(o, k, s)
	if err != nil {
		return err
	}
	if t.Many || t.For != template.ForParcel {
		return r.document(t, template.Bind(data))
	}
	l, err := layout.Lay(t, data, r.res, r.fonts)
	return r.add([]labels.Label{l}, err)
}

// settle checks the order's address, which it replaces by the checked one, as it
// does with the number that came with it, and fills what the rules decide. What
// a person should look at it says on standard error. number gives each parcel,
// counted from 1, its tracking number.
func (r *renderer) settle(o *shipment.Order) (template.Settled, func(k int) (shipment.TrackingNumber, error), error) {
	c := r.c
	checked := address.Check(o.ShipTo)
	if checked.Verdict == address.Invalid {
		return template.Settled{}, nil, fmt.Errorf("order %s: %w", o.ID, addressError(checked))
	}
	for _, issue := range checked.Issues {
		fmt.Fprintf(r.con.err, "waybill: warning: order %s: ship_to.%s: %s\n", o.ID, issue.Field, issue.Message)
	}
	o.ShipTo = checked.Address
	o.TrackingNumber = carrier.Unroute(o.TrackingNumber).Number // what people put between its characters is no part of it
	s := template.Settled{Carrier: o.Carrier, ServiceName: serviceWords(o.Service)}
	service, err := c.assign(*o, &s)
	if err != nil {
		return template.Settled{}, nil, err
	}
	number := func(int) (shipment.TrackingNumber, error) { return o.TrackingNumber, nil }
	if o.TrackingNumber == "" {
		s.Sample = true
		number = func(k int) (shipment.TrackingNumber, error) { return sampleNumber(s.Carrier, service, k) }
	}
	if known, ok := carrier.Default().Carrier(s.Carrier); ok {
		s.CarrierName = known.Name
	}
	s.To = address.Lines(o.ShipTo, o.ShipFrom.Country)
	s.From = address.SenderLines(o.ShipFrom, o.ShipTo.Country)
	s.ShipDate = cmp.Or(c.Date, time.Now().Format(time.DateOnly))
	s.Reprint = c.Reprint
	return s, number, nil
}

// assign asks the rules for carrier and service. An order that names both its
// carrier and a number keeps them, even where no rule knows the service.
func (c *labelRenderCmd) assign(o shipment.Order, s *template.Settled) (shipment.ServiceID, error) {
	rules, err := loadRules(c.Rules)
	if err != nil {
		return "", usage(err)
	}
	if o.Carrier == "" { // the number itself may say whose it is
		o.Carrier, _ = carrier.Default().CarrierOf(o.TrackingNumber)
	}
	d := rules.Assign(o, time.Now())
	switch {
	case d.Hold == nil:
		s.Carrier, s.ServiceName = d.Carrier, d.ServiceName
	case o.Carrier != "":
		s.Carrier = o.Carrier
	default:
		return "", fmt.Errorf("order %s: no carrier: %s (name one in \"carrier\")", o.ID, d.Hold.Reason)
	}
	return d.Service, nil
}

func serviceWords(id shipment.ServiceID) string { return strings.ReplaceAll(string(id), "_", " ") }
