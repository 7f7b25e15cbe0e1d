package tracking

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"waybill/shipment"
	"waybill/sync/wire"
)

// NeedsDetail reports whether f is of an event whose data Waiting looks at.
func (f Fact) NeedsDetail() bool {
	return f.Type == shipment.OrderAcceptedType || f.Type == shipment.ParcelWeighedType
}

// MayGoBy reports whether an order of s was ever to go with a carrier, and with
// one of its services where one is named.
func (s Shipment) MayGoBy(c shipment.CarrierID, service shipment.ServiceID) bool {
	if s.Carrier == c && (service == "" || s.Service == service) {
		return true
	}
	return slices.ContainsFunc(s.Facts, func(f Fact) bool {
		return f.Type == shipment.CarrierAssignedType && f.Carrier == c && (service == "" || f.Service == service)
	})
}

// Waiting returns the parcels of s as a pick-up may meet them: those that wait
// for their carrier, and those of which it is known why they must not go.
// Parcels that have left are not among them. details are the events of the facts
// that need them.
//
// Where two stations have orders of one ID, each has parcels of its own.
func (s Shipment) Waiting(details []wire.Envelope) []wire.HandoffParcel {
	var out []wire.HandoffParcel
	for _, p := range s.hearParcels(details) {
		if p.leftBy(p.TrackingNumber) {
			continue
		}
		for _, gone := range p.gone {
			if p.leftBy(gone) {
				continue
			}
			old := p.HandoffParcel
			old.TrackingNumber, old.Code, old.Stop = gone, "voided", "Its label was voided."
			out = append(out, old)
		}
		if p.TrackingNumber == "" || slices.Contains(p.gone, p.TrackingNumber) {
			continue
		}
		out = append(out, p.stopped())
	}
	return out
}

// hearParcels returns what is heard of the parcels of s, each station's own, in the
// order of their IDs.
func (s Shipment) hearParcels(details []wire.Envelope) []*waitingParcel {
	w := waiting{orders: map[shipment.StationID]*waitingOrder{}}
	for _, f := range s.Facts {
		if !f.atDock() {
			w.hear(f)
		}
	}
	boxes := s.aboard()
	for _, id := range slices.Sorted(maps.Keys(boxes)) { // last, since the clock of the station that scanned it may be behind
		for _, d := range boxes[id].on {
			w.travel(d)
		}
	}
	w.look(s.OrderID, details)
	for _, p := range w.parcels {
		p.Order = s.OrderID
		if p.Carrier = cmp.Or(p.Carrier, p.order.carrier); p.Carrier == p.order.carrier {
			p.Service = p.order.service
		}
	}
	slices.SortStableFunc(w.parcels, func(a, b *waitingParcel) int {
		return cmp.Or(cmp.Compare(len(a.Parcel), len(b.Parcel)), cmp.Compare(a.Parcel, b.Parcel), cmp.Compare(a.Station, b.Station))
	})
	return w.parcels
}

// atDock reports whether f may be about another station's parcel than that of its
// own order.
func (f Fact) atDock() bool {
	return f.Type == shipment.ParcelHandedOverType || f.Type == shipment.ParcelTakenBackType
}

// waiting is what is heard of an order's parcels, fact by fact, from each station
// that has an order of its ID.
type waiting struct {
	orders  map[shipment.StationID]*waitingOrder
	parcels []*waitingParcel
}

// A waitingOrder is what one station says of its order.
type waitingOrder struct {
	carrier   shipment.CarrierID
	service   shipment.ServiceID
	held      *Reason
	otherwise Reason // it came again otherwise after its label was made
}

type waitingParcel struct {
	wire.HandoffParcel

	order   *waitingOrder
	printed bool
	doubt   string
	left    []shipment.TrackingNumber // by which it has left
	gone    []shipment.TrackingNumber // of labels that were voided
}

// leftBy reports whether the parcel has left with a label of that number.
func (p *waitingParcel) leftBy(n shipment.TrackingNumber) bool {
	return slices.ContainsFunc(p.left, func(by shipment.TrackingNumber) bool { return sameLabel(by, n) })
}

// stopped returns the parcel with why it must not go, where it must not.
func (p *waitingParcel) stopped() wire.HandoffParcel {
	told := p.HandoffParcel
	switch {
	case p.order.held != nil:
		told.Code, told.Stop = "held", fmt.Sprintf("Its order is held: %s", p.order.held.Message)
	case !p.printed && p.doubt != "":
		told.Code, told.Stop = "unconfirmed", "Nobody has said yet how many labels of it came out."
	case !p.printed:
		told.Code, told.Stop = "never_printed", "Its label is not on paper yet."
	case p.order.otherwise.Code != "":
		told.Code, told.Stop = p.order.otherwise.Code, p.order.otherwise.Message
	}
	return told
}

func (w *waiting) hear(f Fact) {
	station := wire.Envelope{Source: f.Source}.Station()
	order := w.orders[station]
	if order == nil {
		order = &waitingOrder{}
		w.orders[station] = order
	}
	order.hear(f)
	if f.Parcel == "" {
		return
	}
	p := w.parcel(f.Parcel, station)
	at := time.Time(f.Time)
	switch f.Type { //nolint:exhaustive // the others say nothing of it
	case shipment.TrackingAssignedType:
		p.TrackingNumber, p.Carrier, p.printed, p.doubt, p.Seen = f.Number, f.Carrier, false, "", time.Time{}
		order.otherwise = Reason{}
	case shipment.LabelPrintedType:
		p.Printed, p.printed, p.doubt = at, true, ""
	case shipment.LabelUnconfirmedType:
		if !p.printed {
			p.doubt = f.Reason.Message
		}
	case shipment.LabelResolvedType: // a person says that it is not on paper
		if f.Of <= 1 { // else there are other copies
			p.doubt = ""
		}
	case shipment.LabelVoidedType:
		if p.TrackingNumber != "" && !slices.Contains(p.gone, p.TrackingNumber) {
			p.gone = append(p.gone, p.TrackingNumber)
		}
		p.printed = false
	case shipment.ParcelScannedType:
		p.Seen, p.printed = at, true // whoever reads a label holds it
	}
}

// travel takes in what a parcel is on.
func (w *waiting) travel(d departure) {
	if d.twice {
		return // where it counts it is told too
	}
	p := w.travelling(d.Fact, wire.Envelope{Source: d.Source}.Station())
	p.left = append(p.left, d.Number)
}

// hear takes in what a fact says of the station's whole order.
func (o *waitingOrder) hear(f Fact) {
	switch f.Type { //nolint:exhaustive // the others say nothing of it
	case shipment.OrderChangedType:
		o.otherwise = f.Reason
		if f.Reason.Code != "cancelled" && f.Reason.Code != "address_changed" {
			o.otherwise = Reason{} // it came as it was, or a person answers for it
		}
	case shipment.CarrierAssignedType:
		o.carrier, o.service = f.Carrier, f.Service
	}
	switch f.Type { // whatever moves the order on ends the wait
	case shipment.OrderHeldType:
		o.held = &Reason{f.Reason.Code, f.Reason.Message}
	case shipment.OrderRejectedType:
	default:
		o.held = nil
	}
}

// parcel returns a station's own parcel, making it if it is new.
func (w *waiting) parcel(id shipment.ParcelID, station shipment.StationID) *waitingParcel {
	i := slices.IndexFunc(w.parcels, func(p *waitingParcel) bool { return p.Parcel == id && p.Station == station })
	if i >= 0 {
		return w.parcels[i]
	}
	p := &waitingParcel{HandoffParcel: wire.HandoffParcel{Parcel: id, Station: station}, order: w.orders[station]}
	if p.order == nil { // nothing but the scan of it is here yet
		p.order = &waitingOrder{}
	}
	w.parcels = append(w.parcels, p)
	return p
}

// travelling returns the parcel that a station has handed over: the
// one with that number, or else its own, or else the only one of that ID.
func (w *waiting) travelling(f Fact, station shipment.StationID) *waitingParcel {
	for _, is := range []func(*waitingParcel) bool{
		func(p *waitingParcel) bool { return f.Number != "" && p.TrackingNumber == f.Number },
		func(p *waitingParcel) bool { return f.Number != "" && slices.Contains(p.gone, f.Number) },
		func(p *waitingParcel) bool { return f.Number == "" && p.Station == station },
		func(p *waitingParcel) bool { return f.Number == "" || p.TrackingNumber == "" },
	} {
		i := slices.IndexFunc(w.parcels, func(p *waitingParcel) bool { return p.Parcel == f.Parcel && is(p) })
		if i >= 0 {
			return w.parcels[i]
		}
	}
	return w.parcel(f.Parcel, station)
}

// look fills in what only the events themselves tell: for whom, and how heavy.
func (w *waiting) look(order shipment.OrderID, details []wire.Envelope) {
	for _, e := range details {
		switch t, _ := e.EventType(); t { //nolint:exhaustive // no others are asked for
		case shipment.OrderAcceptedType:
			var f shipment.OrderAccepted
			if json.Unmarshal(e.Data, &f) != nil {
				continue
			}
			for _, p := range w.parcels {
				if p.Station != e.Station() {
					continue
				}
				p.To, p.PostalCode, p.Country = f.Order.ShipTo.Name, f.Order.ShipTo.PostalCode, f.Order.ShipTo.Country
				for k := range f.Order.Parcels {
					if p.Parcel == order.Parcel(k+1) && p.Weight == 0 {
						p.Weight = f.Order.Parcels[k].Weight
					}
				}
			}
		case shipment.ParcelWeighedType:
			var f shipment.ParcelWeighed
			if json.Unmarshal(e.Data, &f) != nil {
				continue
			}
			for _, p := range w.parcels {
				if p.Parcel == f.Parcel && p.Station == e.Station() {
					p.Weight = f.Weight
				}
			}
		}
	}
}
