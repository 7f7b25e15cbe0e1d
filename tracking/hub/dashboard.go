package hub

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"waybill/internal/guard"
	"waybill/shipment"
	"waybill/tracking"
)

const (
	latestShipments = 25
	quietAfter      = 15 * time.Minute // a station not heard for longer is shown in another colour
)

type dashboardPage struct {
	Assets          assetLinks
	Now, NowMachine string
	Counts          []countView
	Stations        []stationRow
	Shipments       []shipmentRow
}

type countView struct {
	N         int64
	Label     string
	Attention bool
}

type stationRow struct {
	ID                              shipment.StationID
	Seen, SeenMachine, Lag, Missing string
	Access, Token, AccessWhy        string // how the hub lets it in, since when it has its token, and what to know
	Events, Quarantined             int64
	Attention                       bool
}

type shipmentRow struct {
	OrderID                                                shipment.OrderID
	State, Why, Carrier, To, Changed, ChangedMachine, Page string
	Numbers                                                []shipment.TrackingNumber
	Attention                                              bool
}

func (h *Hub) getDashboard(w http.ResponseWriter, r *http.Request) {
	p, err := h.dashboard(r)
	if err != nil {
		h.log.ErrorContext(r.Context(), "The dashboard could not be read from the store. Check the disk.", "error", err)
		guard.Problem(w, http.StatusServiceUnavailable, "the store did not answer; try again shortly")
		return
	}
	h.writePage(w, r, http.StatusOK, h.pages.dashboard, p)
}

func (h *Hub) dashboard(r *http.Request) (dashboardPage, error) {
	ctx := r.Context()
	now := h.now()
	p := dashboardPage{Assets: h.pages.links, Now: now.UTC().Format("2 January 2006, 15:04:05 UTC"), NowMachine: stamp(now)}
	c, err := h.store.Counts(ctx)
	if err != nil {
		return p, err
	}
	p.Counts = []countView{{c.Shipments, "shipments", false}}
	for _, m := range tracking.Milestones() {
		if n := c.Milestones[m]; n > 0 {
			p.Counts = append(p.Counts, countView{n, strings.ToLower(milestoneLabel(m)), false})
		}
	}
	for _, v := range []countView{
		{c.Held, "on hold", true},
		{c.Rejected, "cannot ship", true},
		{c.SharedNumbers, "numbers used twice", true},
		{c.Quarantined, "events set aside", true},
		{c.Unreadable, "events not understood", true},
	} {
		if v.N > 0 {
			p.Counts = append(p.Counts, v)
		}
	}
	ss, err := h.store.Stations(ctx)
	if err != nil {
		return p, err
	}
	access, err := h.accessByStation(ctx)
	if err != nil {
		return p, err
	}
	for _, s := range ss {
		row := stationRow{
			ID: s.ID, Seen: ago(now.Sub(s.LastSeen)), SeenMachine: stamp(s.LastSeen), Lag: lag(s), Missing: missing(s, now),
			Events: s.Events, Quarantined: s.Quarantined,
			Attention: s.Missing() > 0 || s.Quarantined > 0 || now.Sub(s.LastSeen) > quietAfter,
		}
		row.access(access[s.ID], now)
		delete(access, s.ID)
		p.Stations = append(p.Stations, row)
	}
	for _, a := range access { // never heard
		row := stationRow{ID: a.Station, Seen: "never", Lag: "–", Missing: "none"}
		row.access(a, now)
		p.Stations = append(p.Stations, row)
	}
	slices.SortFunc(p.Stations, func(a, b stationRow) int { return strings.Compare(string(a.ID), string(b.ID)) })
	rs, err := h.store.List(ctx, tracking.Filter{}, latestShipments)
	if err != nil {
		return p, err
	}
	for _, rec := range rs {
		p.Shipments = append(p.Shipments, h.shipmentRow(rec, now))
	}
	return p, nil
}

func (h *Hub) shipmentRow(rec tracking.Record, now time.Time) shipmentRow {
	row := shipmentRow{
		OrderID: rec.OrderID, State: milestoneLabel(rec.Milestone), Carrier: h.carrierName(rec.Carrier),
		To: rec.Destination.String(), Changed: ago(now.Sub(rec.Updated)), ChangedMachine: stamp(rec.Updated),
		Page: "/track/" + rec.Token, Attention: rec.Held != nil || rec.Rejected != nil,
	}
	switch {
	case rec.Rejected != nil:
		row.State, row.Why = "Cannot ship", rec.Rejected.Message
	case rec.Held != nil:
		row.State, row.Why = "On hold", rec.Held.Message
	}
	for _, p := range rec.Parcels {
		if p.TrackingNumber != "" {
			row.Numbers = append(row.Numbers, p.TrackingNumber)
		}
	}
	return row
}

// missing says which events of a station have not arrived, and for how long.
func missing(s tracking.Station, now time.Time) string {
	n := s.Missing()
	if n == 0 {
		return "none"
	}
	text := fmt.Sprint(n)
	for _, e := range s.Epochs {
		if len(e.Gaps) > 0 {
			text = fmt.Sprintf("%d, first %d/%d–%d", n, e.Epoch, e.Gaps[0].From, e.Gaps[0].To)
			break
		}
	}
	if since, ok := s.OldestGap(); ok {
		text += ", for " + short(now.Sub(since))
	}
	return text
}

func lag(s tracking.Station) string {
	if s.LastEvent.UnixMilli() <= 0 {
		return "–"
	}
	l := s.Lag()
	switch {
	case l < -time.Second:
		return "clock ahead " + short(-l)
	case l < time.Second:
		return "under 1 s"
	default:
		return short(l)
	}
}

func ago(d time.Duration) string {
	if d < 2*time.Second {
		return "just now"
	}
	return short(d) + " ago"
}

func short(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", int(d.Hours()))
	default:
		return fmt.Sprintf("%d days", int(d.Hours()/24))
	}
}
