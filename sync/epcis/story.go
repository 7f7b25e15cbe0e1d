package epcis

import (
	"encoding/json"
	"fmt"
	"slices"

	"waybill/shipment"
	"waybill/sync/wire"
)

// facts is what the data of the events told here have between them. What an
// event does not have stays empty.
type facts struct {
	Order    shipment.Order                                `json:"order"`
	Parcel   shipment.ParcelID                             `json:"parcel"`
	Parcels  []shipment.ParcelID                           `json:"parcels"`
	Number   shipment.TrackingNumber                       `json:"tracking_number"`
	Numbers  map[shipment.ParcelID]shipment.TrackingNumber `json:"tracking_numbers"`
	Each     []shipment.TrackingNumber                     `json:"numbers"` // of Parcels, one for one, where two have one ID
	Carrier  shipment.CarrierID                            `json:"carrier"`
	Station  shipment.StationID                            `json:"station"` // that has the order of a parcel which is another's
	Handoff  string                                        `json:"handoff"`
	From     string                                        `json:"from"`
	Reason   string                                        `json:"reason"`
	Check    string                                        `json:"check"`
	Evidence string                                        `json:"evidence"`
	Items    []item                                        `json:"items"`
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
	made     bool // the number was given here
	labelled bool // the label with this number is known to exist
	packed   bool // it is known what is in it
	content  content
	told     *packing // what was told of that under this number

	// guest is the number of a parcel of another station with the same ID, which this
	// one has handed over. Its label is that station's to tell of.
	guest shipment.TrackingNumber
}

// A content is what is in a parcel, and how that is known.
type content struct {
	goods    []good
	evidence string // scan, count or order
}

// A good is so many of one kind.
type good struct {
	barcode, sku string
	quantity     int
}

// A packing is what was told of a parcel's content, and the event that told it.
type packing struct {
	by      wire.Envelope
	parcel  shipment.ParcelID
	carrier shipment.CarrierID
	number  shipment.TrackingNumber
	content content
}

// A story is an order up to some event of its history. It never depends on what
// comes later: a document that ends earlier must say the same so far.
type story struct {
	order   shipment.Order
	parcels map[shipment.ParcelID]parcel
}

// upTo tells the story from the events before at. An event that cannot be read
// is passed over; whoever comes to it is told.
func upTo(history []wire.Envelope, at wire.Envelope) story {
	s := story{parcels: map[shipment.ParcelID]parcel{}}
	for _, env := range history {
		if !position(at).After(position(env)) {
			break
		}
		_ = s.apply(env)
	}
	return s
}

func position(env wire.Envelope) wire.Position {
	return wire.Position{Epoch: env.Epoch, Sequence: env.Sequence}
}

// apply moves the story on by env.
func (s *story) apply(env wire.Envelope) error {
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
		p.carrier, p.number, p.labelled, p.told, p.made = f.Carrier, f.Number, false, nil, true
	case shipment.LabelPrintedType:
		p.labelled = true
	case shipment.ParcelScannedType, shipment.ParcelHandedOverType:
		if t == shipment.ParcelHandedOverType && p.foreign(env, f) {
			p.guest = f.Number
			s.parcels[f.Parcel] = p
			return nil
		}
		p = p.seen(f)
		if !p.packed { // its label is on it, and nobody has checked what is in
			p.content, p.packed = s.asOrdered()
		}
	case shipment.LabelVoidedType:
		p = parcel{}
	case shipment.ParcelPackedType:
		p.content, p.packed = s.asPacked(f)
	default:
		return nil
	}
	if p.labelled && p.packed && (p.told == nil || !slices.Equal(p.told.content.goods, p.content.goods)) {
		p.told = &packing{env, f.Parcel, p.carrier, p.number, p.content}
	}
	s.parcels[f.Parcel] = p
	return nil
}

// foreign reports whether a parcel that was handed over is another station's, so
// that its label was made there, whatever its ID: the event says whose it is, or
// nobody here gave it that number.
func (p parcel) foreign(env wire.Envelope, f facts) bool {
	if f.Station != "" {
		return f.Station != env.Station()
	}
	return !p.made && !p.labelled || f.Number != "" && p.number != "" && f.Number != p.number
}

// seen returns p after somebody has scanned its label.
func (p parcel) seen(f facts) parcel {
	was := p
	p.labelled = true
	if f.Number != "" {
		p.number = f.Number
	}
	if f.Carrier != "" {
		p.carrier = f.Carrier
	}
	if p.number != was.number || p.carrier != was.carrier {
		p.told = nil // it goes by another name
	}
	return p
}

// asOrdered says what is in the parcel of an order that has only one: nobody
// has checked it, but the label was made for it.
func (s *story) asOrdered() (c content, known bool) {
	if len(s.order.Parcels) > 1 || len(s.order.Items) == 0 {
		return content{}, false
	}
	for _, it := range s.order.Items {
		c.goods = append(c.goods, good{it.Barcode, it.SKU, it.Quantity})
	}
	c.evidence = "order"
	return c, true
}

// asPacked says what is in a packed parcel. Where items are not checked, packed
// is somebody's word that all is in, and no list of what.
func (s *story) asPacked(f facts) (c content, known bool) {
	if f.Check == "" || f.Check == "off" {
		return s.asOrdered()
	}
	for _, it := range f.Items {
		g := good{sku: it.SKU, quantity: it.Quantity}
		if it.Line >= 1 && it.Line <= len(s.order.Items) {
			g.barcode = s.order.Items[it.Line-1].Barcode
		}
		c.goods = append(c.goods, g)
	}
	c.evidence = f.Check
	return c, true
}
