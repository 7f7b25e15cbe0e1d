package epcis

import (
	"encoding/json"
	"fmt"
	"strings"

	"waybill/shipment"
	"waybill/sync/wire"
)

// facts is what the data of the events told here have between them. What an
// event does not have stays empty.
type facts struct {
	Order    shipment.Order          `json:"order"`
	Parcel   shipment.ParcelID       `json:"parcel"`
	Parcels  []shipment.ParcelID     `json:"parcels"`
	Number   shipment.TrackingNumber `json:"tracking_number"`
	Carrier  shipment.CarrierID      `json:"carrier"`
	Handoff  string                  `json:"handoff"`
	From     string                  `json:"from"`
	Reason   string                  `json:"reason"`
	Check    string                  `json:"check"`
	Evidence string                  `json:"evidence"`
	Items    []item                  `json:"items"`
}

// An item is so many of one line of the order, counted from 1.
type item struct {
	Line     int    `json:"line"`
	SKU      string `json:"sku"`
	Quantity int    `json:"quantity"`
}

func read(env wire.Envelope) (shipment.EventType, facts, error) {
	t, ours := env.EventType()
	if !ours || !told(t) {
		return "", facts{}, nil
	}
	var f facts
	if err := json.Unmarshal(env.Data, &f); err != nil {
		return t, f, fmt.Errorf("data of event %s (%d/%d): %w", env.ID, env.Epoch, env.Sequence, err)
	}
	return t, f, nil
}

// told says whether events of type t are read here.
func told(t shipment.EventType) bool {
	switch t {
	case shipment.OrderAcceptedType, shipment.TrackingAssignedType, shipment.LabelPrintedType, shipment.LabelVoidedType,
		shipment.ParcelScannedType, shipment.ParcelHandedOverType, shipment.HandoffClosedType, shipment.ParcelPackedType, shipment.ParcelTakenBackType:
		return true
	default:
		return false
	}
}

// A parcel is what the history says of one at some point.
type parcel struct {
	carrier  shipment.CarrierID
	number   shipment.TrackingNumber
	labelled bool // the label with this number is known to exist
	packed   bool
	items    []item
	evidence string // how it is known what is in it
	told     bool   // that it was packed, under this number
}

// A story is an order up to some event of its history.
type story struct {
	order   shipment.Order
	parcels map[shipment.ParcelID]parcel
}

// upTo tells the story from the events before at. An event that cannot be read
// is passed over; whoever comes to it is told.
func upTo(history []wire.Envelope, at wire.Envelope) story {
	s := story{parcels: map[shipment.ParcelID]parcel{}}
	for i, env := range history {
		if position(env).After(position(at)) || position(env) == position(at) {
			break
		}
		_ = s.apply(env, history[i:])
	}
	return s
}

func position(env wire.Envelope) wire.Position {
	return wire.Position{Epoch: env.Epoch, Sequence: env.Sequence}
}

// apply moves the story on by env. rest is the history from env on.
func (s *story) apply(env wire.Envelope, rest []wire.Envelope) error {
	t, f, err := read(env)
	if t == "" || err != nil {
		return err
	}
	p := s.parcels[f.Parcel]
	switch t {
	case shipment.OrderAcceptedType:
		s.order = f.Order
		return nil
	case shipment.TrackingAssignedType:
		p.carrier, p.number, p.labelled, p.told = f.Carrier, f.Number, false, false
	case shipment.LabelPrintedType, shipment.ParcelScannedType, shipment.ParcelHandedOverType:
		p.labelled = true
		if f.Number != "" {
			p.number = f.Number
		}
		if f.Carrier != "" {
			p.carrier = f.Carrier
		}
	case shipment.LabelVoidedType:
		p = parcel{}
	case shipment.ParcelPackedType:
		p.packed, p.items, p.evidence = true, f.Items, f.Check
	default:
		return nil
	}
	if p.labelled && !p.packed && !s.packedLater(f.Parcel, rest) {
		p.packed, p.items, p.evidence = s.asOrdered()
	}
	if p.labelled && p.packed {
		p.told = true
	}
	s.parcels[f.Parcel] = p
	return nil
}

// asOrdered says what is in the parcel of an order that has only one: nobody
// has checked it, but the label was made for it.
func (s *story) asOrdered() (packed bool, items []item, evidence string) {
	if len(s.order.Parcels) > 1 || len(s.order.Items) == 0 {
		return false, nil, ""
	}
	for i, it := range s.order.Items {
		items = append(items, item{Line: i + 1, SKU: it.SKU, Quantity: it.Quantity})
	}
	return true, items, "order"
}

// packedLater says whether the history goes on to tell how the parcel was
// packed, which is worth more than what was ordered.
func (s *story) packedLater(id shipment.ParcelID, rest []wire.Envelope) bool {
	for _, env := range rest {
		t, f, err := read(env)
		if err != nil || f.Parcel != id {
			continue
		}
		switch t {
		case shipment.ParcelPackedType:
			return true
		case shipment.LabelVoidedType:
			return false
		default:
		}
	}
	return false
}

// orderOf returns the order that a parcel is of.
func orderOf(p shipment.ParcelID) shipment.OrderID {
	if i := strings.LastIndexByte(string(p), '-'); i > 0 {
		return shipment.OrderID(p[:i])
	}
	return shipment.OrderID(p)
}
