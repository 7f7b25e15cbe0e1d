package hub

import (
	"fmt"
	"net/http"
	"time"

	"waybill/internal/fault"
	"waybill/shipment"
	"waybill/sync/wire"
	"waybill/tracking"
)

// trackPage is what the buyer's page shows.
type trackPage struct {
	Assets                  assetLinks
	Live, Version           string
	Headline, Expectation   string
	Attention               bool
	Destination             string
	Steps                   []step
	Parcels                 []trackParcel
	Days                    []trackDay
	Updated, UpdatedMachine string
	OrderID                 shipment.OrderID
}

type step struct{ Label, State string } // done, now, todo

type trackParcel struct {
	N, Of                       int // Of is 0 where there is one parcel
	State, Carrier, Number, URL string
}

type trackDay struct {
	Date    string
	Entries []trackEntry
}

type trackEntry struct {
	Time, Machine, Text, Where string
	Latest                     bool
}

// stepLabels name the steps of the progress bar, tracking.Steps of them.
var stepLabels = [tracking.Steps]string{"Confirmed", "Packed", "With the carrier", "On its way", "Delivered"}

// getTrack is the buyer's page. It says nothing of links that open none.
func (h *Hub) getTrack(w http.ResponseWriter, r *http.Request) {
	rec, err := h.store.ByToken(r.Context(), r.PathValue("token"))
	switch {
	case fault.Is(err, fault.NotFound):
		h.writePage(w, r, http.StatusNotFound, h.pages.lost, trackPage{Assets: h.pages.links})
	case err != nil:
		h.log.ErrorContext(r.Context(), "A buyer's page could not be read from the store. Check the disk.", "error", err)
		w.Header().Set("Retry-After", "30")
		http.Error(w, "This page cannot be shown at the moment. Please try again in a minute.", http.StatusServiceUnavailable)
	default:
		h.writePage(w, r, http.StatusOK, h.pages.track, h.trackPage(rec))
	}
}

func (h *Hub) trackPage(rec tracking.Record) trackPage {
	p := trackPage{
		Assets: h.pages.links, Live: "/track/" + rec.Token + "/events", Version: version(rec),
		Headline: rec.Headline(), Expectation: rec.Expectation(), Attention: attention(rec.Shipment),
		Destination: rec.Destination.String(), OrderID: rec.OrderID,
		Updated: rec.Updated.UTC().Format("2 January 2006, 15:04 UTC"), UpdatedMachine: rec.Updated.UTC().Format(time.RFC3339),
		Days: days(rec.Shipment),
	}
	if at := rec.Milestone.Step(); at > 0 {
		for i, label := range stepLabels {
			state := "todo"
			switch {
			case i+1 < at, at == tracking.Steps:
				state = "done"
			case i+1 == at:
				state = "now"
			}
			p.Steps = append(p.Steps, step{label, state})
		}
	}
	for i, parcel := range rec.Parcels {
		tp := trackParcel{
			N: i + 1, State: milestoneLabel(parcel.Milestone), Carrier: h.carrierName(parcel.Carrier),
			Number: h.carriers.Group(parcel.Carrier, string(parcel.TrackingNumber)), URL: h.carrierURL(parcel),
		}
		if len(rec.Parcels) > 1 {
			tp.Of = len(rec.Parcels)
		}
		p.Parcels = append(p.Parcels, tp)
	}
	return p
}

// version changes whenever the page's content does.
func version(rec tracking.Record) string {
	return fmt.Sprintf("%d-%d", len(rec.Facts), rec.Updated.UnixMilli())
}

// attention reports whether the buyer should be told in another colour.
func attention(s tracking.Shipment) bool {
	if s.Held != nil {
		return true
	}
	switch s.Milestone {
	case tracking.Cancelled, tracking.Attempted, tracking.Returning, tracking.Returned, tracking.Lost, tracking.Disposed:
		return true
	default:
		return s.Milestone == "" && s.Rejected != nil
	}
}

// days groups the buyer's timeline by the day it was where it happened, newest
// first.
func days(s tracking.Shipment) []trackDay {
	var ds []trackDay
	entries := s.ForBuyer()
	for i := len(entries) - 1; i >= 0; i-- {
		e := entries[i]
		at := local(e)
		date := at.Format("Monday, 2 January 2006")
		if len(ds) == 0 || ds[len(ds)-1].Date != date {
			ds = append(ds, trackDay{Date: date})
		}
		where := e.Place.String()
		if len(s.Parcels) > 1 && e.Parcel != "" {
			if where != "" {
				where = " · " + where
			}
			where = "Parcel " + parcelNumber(s, e.Parcel) + where
		}
		d := &ds[len(ds)-1]
		d.Entries = append(d.Entries, trackEntry{
			Time: at.Format("15:04"), Machine: at.Format(time.RFC3339), Text: e.Text, Where: where, Latest: i == len(entries)-1,
		})
	}
	return ds
}

func parcelNumber(s tracking.Shipment, id shipment.ParcelID) string {
	for i, p := range s.Parcels {
		if p.ID == id {
			return fmt.Sprint(i + 1)
		}
	}
	return string(id)
}

// local returns the entry's time on the clocks of the place it happened at.
func local(e tracking.Entry) time.Time {
	at := time.Time(e.Time).UTC()
	zone, err := time.Parse("-07:00", e.TZOffset)
	if err != nil {
		return at
	}
	return at.In(zone.Location())
}

func (h *Hub) carrierName(id shipment.CarrierID) string {
	if c, ok := h.carriers.Carrier(id); ok {
		return c.Name
	}
	return string(id)
}

func milestoneLabel(m tracking.Milestone) string {
	switch m {
	case tracking.OrderConfirmed:
		return "Confirmed"
	case tracking.LabelCreated:
		return "Label made"
	case tracking.Packed:
		return "Packed"
	case tracking.HandedOver:
		return "With the carrier"
	case tracking.Accepted, tracking.InTransit:
		return "On its way"
	case tracking.OutForDelivery:
		return "Out for delivery"
	case tracking.Attempted:
		return "Delivery tried"
	case tracking.ReadyForPickup:
		return "Ready to pick up"
	case tracking.Delivered:
		return "Delivered"
	case tracking.Returning:
		return "On its way back"
	case tracking.Returned:
		return "Back at the shop"
	case tracking.Lost:
		return "Lost"
	case tracking.Disposed:
		return "Disposed of"
	case tracking.Cancelled:
		return "Label withdrawn"
	default:
		return "New"
	}
}

// stamp writes t as programs read it.
func stamp(t time.Time) string {
	b, err := wire.Timestamp(t).MarshalText()
	if err != nil {
		return ""
	}
	return string(b)
}
