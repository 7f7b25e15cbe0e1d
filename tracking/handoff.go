package tracking

import (
	"cmp"
	"encoding/json"
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
	quick := Fact{Type: t}
	if t == shipment.ParcelHandedOverType && quick.readQuickly(e.Data) {
		return quick.Handoff, quick.Handoff != ""
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
	on := map[label]bool{}
	for _, e := range h.Entries {
		if e.Back == nil {
			on[labelOf(e)] = true
		}
	}
	h.Count = len(on)
	h.Scans += len(h.Entries)
	return h
}

// A label is what a box is known by: the carrier's number on it, or, where an
// event says none, the parcel with the station whose order it is of. Two stations
// may have orders of one ID, and so parcels.
type label struct {
	number shipment.TrackingNumber
	owner  shipment.StationID
	parcel shipment.ParcelID
}

func labelOf(e wire.HandoffEntry) label {
	if e.TrackingNumber != "" {
		return label{number: e.TrackingNumber}
	}
	return label{owner: ownerOf(e), parcel: e.Parcel}
}

// ownerOf returns the station whose order a scanned parcel is of.
func ownerOf(e wire.HandoffEntry) shipment.StationID { return cmp.Or(e.Owner, e.Station) }

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
			Scanner: f.Scanner, Operator: f.Operator, At: at, Owner: f.Station,
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
// else one of the parcel at another station, which its own has taken over. The
// number says which parcel is meant; an event that says none may mean the one whose
// order its station has.
func takeBack(h *wire.Handoff, e wire.Envelope) {
	var f shipment.ParcelTakenBack
	if json.Unmarshal(e.Data, &f) != nil || f.From != "" && f.From != h.ID {
		return
	}
	means := func(x wire.HandoffEntry) bool {
		return x.Parcel == f.Parcel && (f.TrackingNumber == "" || x.TrackingNumber == "" || x.TrackingNumber == f.TrackingNumber)
	}
	at := slices.IndexFunc(h.Entries, func(x wire.HandoffEntry) bool {
		return x.Station == e.Station() && x.N == f.Entry && means(x)
	})
	owner := cmp.Or(f.Station, e.Station())
	for _, likely := range []func(wire.HandoffEntry) bool{
		func(x wire.HandoffEntry) bool { return x.TrackingNumber != "" && x.TrackingNumber == f.TrackingNumber },
		func(x wire.HandoffEntry) bool { return ownerOf(x) == owner },
		func(wire.HandoffEntry) bool { return true },
	} {
		if at >= 0 {
			break
		}
		at = slices.IndexFunc(h.Entries, func(x wire.HandoffEntry) bool {
			return x.Station != e.Station() && x.Back == nil && means(x) && likely(x)
		})
	}
	if at >= 0 && h.Entries[at].Back == nil {
		h.Entries[at].Back = &wire.HandoffBack{Station: e.Station(), At: time.Time(e.Time), By: f.By, Reason: f.Reason}
	}
}
