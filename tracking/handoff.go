package tracking

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"waybill/shipment"
	"waybill/sync/wire"
)

// HandoffOf returns the pick-up that e is about, and false where e is about
// none.
func HandoffOf(e wire.Envelope) (string, bool) {
	t, ours := e.EventType()
	if !ours {
		return "", false
	}
	switch t {
	case shipment.HandoffOpenedType, shipment.ParcelHandedOverType, shipment.ParcelTakenBackType, shipment.HandoffClosedType:
	default:
		return "", false
	}
	var about struct {
		Handoff string `json:"handoff"`
	}
	if json.Unmarshal(e.Data, &about) != nil {
		return "", false
	}
	return about.Handoff, about.Handoff != ""
}

// TellHandoff returns a pick-up as its events tell it, in whatever order they
// came, and who took it over, the first before the next. What cannot be read
// tells nothing.
func TellHandoff(id string, events []wire.Envelope, taken []wire.Takeover) wire.Handoff {
	h := wire.Handoff{ID: id, Takeovers: taken}
	events = slices.Clone(events)
	slices.SortFunc(events, func(a, b wire.Envelope) int {
		return cmp.Or(cmp.Compare(a.Source, b.Source), cmp.Compare(a.Epoch, b.Epoch), cmp.Compare(a.Sequence, b.Sequence))
	})
	for _, e := range events {
		tellHandoff(&h, e)
	}
	for _, e := range events { // an undoing may be of another station's scan
		if t, _ := e.EventType(); t == shipment.ParcelTakenBackType {
			takeBack(&h, e)
			h.Scans++
		}
	}
	slices.SortStableFunc(h.Entries, func(a, b wire.HandoffEntry) int { return a.At.Compare(b.At) })
	h.Station = h.OpenedAt
	if n := len(taken); n > 0 {
		h.Station = taken[n-1].Station
	}
	for _, c := range h.Closings {
		if c.Station == h.Station {
			h.Closed = c.At
		}
	}
	on := map[shipment.ParcelID]bool{}
	for _, e := range h.Entries {
		if e.Back == nil {
			on[e.Parcel] = true
		}
	}
	h.Count = len(on)
	h.Scans += len(h.Entries)
	return h
}

func tellHandoff(h *wire.Handoff, e wire.Envelope) {
	at := time.Time(e.Time)
	switch t, _ := e.EventType(); t { //nolint:exhaustive // HandoffOf lets no others in
	case shipment.HandoffOpenedType:
		var f shipment.HandoffOpened
		if json.Unmarshal(e.Data, &f) != nil {
			return
		}
		if h.Opened.IsZero() || at.Before(h.Opened) {
			h.Opened = at
		}
		h.OpenedAt, h.Carrier, h.Service, h.Trailer, h.Dock = e.Station(), f.Carrier, f.Service, f.Trailer, f.Dock
		h.Auto, h.Corrects, h.OpenedBy = f.Auto, f.Corrects, f.By
	case shipment.ParcelHandedOverType:
		var f shipment.ParcelHandedOver
		if json.Unmarshal(e.Data, &f) != nil {
			return
		}
		h.OpenedAt, h.Carrier = cmp.Or(h.OpenedAt, e.Station()), cmp.Or(h.Carrier, f.Carrier)
		h.Entries = append(h.Entries, wire.HandoffEntry{
			Station: e.Station(), N: f.Entry, Order: shipment.OrderID(e.Subject), Parcel: f.Parcel, TrackingNumber: f.TrackingNumber,
			Service: f.Service, ServiceName: f.ServiceName, Weight: f.Weight, PostalCode: f.PostalCode, Country: f.Country,
			Scanner: f.Scanner, Operator: f.Operator, At: at,
		})
	case shipment.HandoffClosedType:
		var f shipment.HandoffClosed
		if json.Unmarshal(e.Data, &f) != nil {
			return
		}
		h.OpenedAt, h.Carrier = cmp.Or(h.OpenedAt, e.Station()), cmp.Or(h.Carrier, f.Carrier)
		h.Closings = append(h.Closings, wire.HandoffClosing{Station: e.Station(), At: at, By: f.By, Driver: f.Driver, Parcels: len(f.Parcels)})
	}
}

// takeBack marks the scan that e undoes: its station's own of that place, or
// else one of the parcel at another station, which its own has taken over.
func takeBack(h *wire.Handoff, e wire.Envelope) {
	var f shipment.ParcelTakenBack
	if json.Unmarshal(e.Data, &f) != nil || f.From != "" && f.From != h.ID {
		return
	}
	own := slices.IndexFunc(h.Entries, func(x wire.HandoffEntry) bool {
		return x.Station == e.Station() && x.N == f.Entry && x.Parcel == f.Parcel
	})
	if own < 0 {
		own = slices.IndexFunc(h.Entries, func(x wire.HandoffEntry) bool {
			return x.Station != e.Station() && x.Parcel == f.Parcel && x.Back == nil
		})
	}
	if own >= 0 && h.Entries[own].Back == nil {
		h.Entries[own].Back = &wire.HandoffBack{Station: e.Station(), At: time.Time(e.Time), By: f.By, Reason: f.Reason}
	}
}

// NeedsDetail reports whether f is of an event whose data Waiting looks at.
func (f Fact) NeedsDetail() bool {
	return f.Type == shipment.OrderAcceptedType || f.Type == shipment.ParcelWeighedType
}

// Waiting returns the parcels of s as a pick-up may meet them: those that wait
// for their carrier, and those of which it is known why they must not go.
// Parcels that have left are not among them. details are the events of the facts
// that need them.
func (s Shipment) Waiting(details []wire.Envelope) []wire.HandoffParcel {
	w := waiting{parcels: map[shipment.ParcelID]*waitingParcel{}}
	for _, f := range s.Facts {
		w.hear(f)
	}
	w.look(s, details)
	var out []wire.HandoffParcel
	for _, p := range s.Parcels {
		known := w.parcels[p.ID]
		if known == nil || known.left {
			continue
		}
		for _, gone := range known.gone {
			old := known.HandoffParcel
			old.TrackingNumber, old.Code, old.Stop = gone, "voided", "Its label was voided."
			out = append(out, old)
		}
		if known.TrackingNumber == "" || slices.Contains(known.gone, known.TrackingNumber) {
			continue
		}
		known.Carrier, known.Service = cmp.Or(p.Carrier, s.Carrier), cmp.Or(p.Service, s.Service)
		switch {
		case s.Held != nil:
			known.Code, known.Stop = "held", fmt.Sprintf("Its order is held: %s", s.Held.Message)
		case !known.printed && known.doubt != "":
			known.Code, known.Stop = "unconfirmed", "Nobody has said yet how many labels of it came out."
		case !known.printed:
			known.Code, known.Stop = "never_printed", "Its label is not on paper yet."
		case w.otherwise.Code != "":
			known.Code, known.Stop = w.otherwise.Code, w.otherwise.Message
		}
		out = append(out, known.HandoffParcel)
	}
	return out
}

// waiting is what is heard of an order's parcels, fact by fact.
type waiting struct {
	parcels   map[shipment.ParcelID]*waitingParcel
	otherwise Reason // it came again otherwise after its label was made
}

type waitingParcel struct {
	wire.HandoffParcel

	printed, left bool
	doubt         string
	gone          []shipment.TrackingNumber // of labels that were voided
}

func (w *waiting) hear(f Fact) {
	if f.Type == shipment.OrderChangedType {
		w.otherwise = f.Reason
		if f.Reason.Code != "cancelled" && f.Reason.Code != "address_changed" {
			w.otherwise = Reason{} // it came as it was, or a person answers for it
		}
	}
	if f.Parcel == "" {
		return
	}
	p := w.parcels[f.Parcel]
	if p == nil {
		p = &waitingParcel{HandoffParcel: wire.HandoffParcel{Parcel: f.Parcel}}
		w.parcels[f.Parcel] = p
	}
	at := time.Time(f.Time)
	switch f.Type { //nolint:exhaustive // the others say nothing of it
	case shipment.TrackingAssignedType:
		p.Station = wire.Envelope{Source: f.Source}.Station()
		p.TrackingNumber, p.printed, p.doubt, p.Seen = f.Number, false, "", time.Time{}
		w.otherwise = Reason{}
	case shipment.LabelPrintedType:
		p.Station = wire.Envelope{Source: f.Source}.Station()
		p.Printed, p.printed, p.doubt = at, true, ""
	case shipment.LabelUnconfirmedType:
		if !p.printed {
			p.doubt = f.Reason.Message
		}
	case shipment.LabelVoidedType:
		if p.TrackingNumber != "" && !slices.Contains(p.gone, p.TrackingNumber) {
			p.gone = append(p.gone, p.TrackingNumber)
		}
		p.printed = false
	case shipment.ParcelScannedType:
		p.Seen, p.printed = at, true // whoever reads a label holds it
	case shipment.ParcelHandedOverType:
		p.left = true
	case shipment.ParcelTakenBackType:
		p.left = false
	}
}

// look fills in what only the events themselves tell: for whom, and how heavy.
func (w *waiting) look(s Shipment, details []wire.Envelope) {
	for _, e := range details {
		switch t, _ := e.EventType(); t { //nolint:exhaustive // no others are asked for
		case shipment.OrderAcceptedType:
			var f shipment.OrderAccepted
			if json.Unmarshal(e.Data, &f) != nil {
				continue
			}
			for id, p := range w.parcels {
				p.Order, p.To, p.PostalCode, p.Country = s.OrderID, f.Order.ShipTo.Name, f.Order.ShipTo.PostalCode, f.Order.ShipTo.Country
				for k := range f.Order.Parcels {
					if id == s.OrderID.Parcel(k+1) && p.Weight == 0 {
						p.Weight = f.Order.Parcels[k].Weight
					}
				}
			}
		case shipment.ParcelWeighedType:
			var f shipment.ParcelWeighed
			if json.Unmarshal(e.Data, &f) != nil {
				continue
			}
			if p := w.parcels[f.Parcel]; p != nil {
				p.Weight = f.Weight
			}
		}
	}
	for _, p := range w.parcels {
		p.Order = s.OrderID
	}
}
