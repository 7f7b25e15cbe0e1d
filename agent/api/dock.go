package api

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"waybill/agent/desk"
	"waybill/agent/handoff"
	"waybill/agent/page"
	"waybill/internal/guard"
	"waybill/scanner"
	"waybill/shipment"
)

func (s *server) dock(w http.ResponseWriter, r *http.Request) { s.renderDock(w, r, page.RenderDock) }

func (s *server) dockLive(w http.ResponseWriter, r *http.Request) {
	s.renderDock(w, r, page.RenderDockLive)
}

func (s *server) renderDock(w http.ResponseWriter, r *http.Request, draw func(io.Writer, page.Dock) error) {
	v, err := s.dockView(r, r.URL.Query().Get("handoff"))
	var body bytes.Buffer
	if err == nil {
		err = draw(&body, v)
	}
	if err != nil {
		guard.Problem(w, status(err), err.Error())
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	// The client may be gone; there is nobody left to tell.
	_, _ = w.Write(body.Bytes())
}

// maxMissing is how many missing parcels the page of the dock lists.
const maxMissing = 50

func (s *server) dockView(r *http.Request, chosen string) (page.Dock, error) {
	now := s.Now().In(s.location())
	v := page.Dock{Station: string(s.Station), Now: now, Hub: s.Hub != nil, Told: page.Band{Kind: page.Ready, Word: "Scan a parcel"}}
	if told := s.Desk.LastAtDock(); told.Tone != desk.Quiet {
		kinds := map[desk.Tone]page.Kind{desk.Good: page.OK, desk.Warn: page.Check, desk.Bad: page.Stop}
		v.Told = page.Band{Kind: kinds[told.Tone], Word: told.Word, Line: told.Message, At: told.At}
	}
	open, err := s.Desk.OpenHandoffs(r.Context(), maxMissing)
	if err != nil {
		return v, err
	}
	v.Docks = s.Desk.Docks()
	drivers := slices.DeleteFunc(slices.Clone(open), func(l desk.Live) bool { return l.Corrects != "" })
	for _, l := range open {
		p := s.pickup(l)
		v.Pickups = append(v.Pickups, p)
		if l.ID == chosen || chosen == "" && len(drivers) == 1 && drivers[0].ID == l.ID {
			v.Chosen = &p
		}
	}
	if v.Chosen == nil && chosen != "" {
		l, err := s.Desk.LiveHandoff(r.Context(), chosen, maxMissing)
		if err != nil {
			return v, err
		}
		p := s.pickup(l)
		v.Chosen = &p
	}
	if v.Chosen != nil && (v.Chosen.ConflictCount > 0 || !v.Chosen.Closed.IsZero()) {
		m, err := s.Desk.Manifest(r.Context(), v.Chosen.ID)
		if err != nil {
			return v, err
		}
		back := m.BackElsewhere()
		v.Chosen.Conflicts, v.Chosen.Back, v.Chosen.BackCount = s.conflicts(m), s.backElsewhere(m.Carrier, back), len(back)
	}
	for _, id := range s.Carriers.IDs() {
		v.Carriers = append(v.Carriers, page.Choice{ID: string(id), Name: s.carrierName(id)})
	}
	for _, c := range s.Desk.Services() {
		v.Services = append(v.Services, page.ServiceChoice{ID: string(c.ID), Name: c.Name, Carrier: string(c.Carrier)})
	}
	day, err := s.Desk.CloseOut(r.Context(), now)
	if err != nil {
		return v, err
	}
	for _, a := range day.Alarms {
		v.Alarms = append(v.Alarms, page.DockAlarm{ID: a.ID, Text: a.Message})
	}
	for _, d := range s.Desk.Devices() {
		if d.Kind == "scanner" && d.Role == scanner.Dock && d.State != "ready" {
			v.Away = append(v.Away, page.DockDevice{Name: d.Name, Words: d.Words, Todo: d.Todo, Since: d.Since.In(now.Location())})
		}
	}
	for _, c := range day.Carriers {
		line := page.DayLine{Carrier: s.carrierName(c.Carrier), Pickups: c.Pickups, Count: c.HandedOver, Left: c.Waiting, Missed: c.Missed > 0}
		if !c.Cutoff.IsZero() {
			line.Cutoff = s.clock(c.Cutoff)
		}
		v.Days = append(v.Days, line)
	}
	hands, err := s.Desk.Hands(r.Context())
	if err != nil {
		return v, err
	}
	for _, h := range hands {
		since := h.Since
		if h.Lapsed {
			since = h.Seen
		}
		v.Hands = append(v.Hands, page.DockHand{Scanner: h.Scanner, Name: h.Name, Since: s.clock(since), Lapsed: h.Lapsed})
	}
	slices.SortFunc(v.Carriers, func(a, b page.Choice) int {
		return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
	})
	v.Closed, err = s.closedPickups(r.Context())
	return v, err
}

// maxClosed is how many of the latest pick-ups are looked at for closed ones.
const maxClosed = 20

func (s *server) closedPickups(ctx context.Context) ([]page.ClosedPickup, error) {
	list, err := s.Desk.Handoffs(ctx, maxClosed)
	var closed []page.ClosedPickup
	for _, h := range list {
		if h.Closed.IsZero() {
			continue
		}
		what := strings.TrimSpace(string(h.Service) + " " + h.Trailer)
		if h.Dock != "" {
			what = strings.TrimSpace(what + " dock " + h.Dock)
		}
		if h.Corrects != "" {
			what = strings.TrimSpace(what + " correction")
		}
		closed = append(closed, page.ClosedPickup{
			ID: h.ID, Carrier: s.carrierName(h.Carrier), What: what, Closed: s.clock(h.Closed), Driver: h.Driver, Count: h.Count, Left: h.Missing,
		})
	}
	return closed, err
}

// conflicts says which scans of other stations do not count, and why.
func (s *server) conflicts(m handoff.Manifest) []page.DockConflict {
	var all []page.DockConflict
	for _, e := range m.Conflicts[:min(len(m.Conflicts), maxMissing)] {
		why := "scanned here too; it counts once"
		if e.Conflict == handoff.Late {
			why = "not on the manifest, which was closed before this was known"
		}
		all = append(all, page.DockConflict{
			Number: s.Carriers.Group(m.Carrier, string(e.TrackingNumber)), Order: string(e.Order),
			What: fmt.Sprintf("scanned %s by %s: %s", s.clock(e.At), e.By(), why),
		})
	}
	return all
}

// backElsewhere says which parcels on the paper another station has taken back.
func (s *server) backElsewhere(c shipment.CarrierID, list []handoff.Entry) []page.DockConflict {
	var all []page.DockConflict
	for _, e := range list[:min(len(list), maxMissing)] {
		by := fmt.Sprintf("taken back %s at station %s", s.clock(e.Elsewhere.At), e.Elsewhere.Station)
		if e.Elsewhere.By != "" {
			by += " by " + e.Elsewhere.By
		}
		all = append(all, page.DockConflict{Number: s.Carriers.Group(c, string(e.TrackingNumber)), Order: string(e.Order), What: by})
	}
	return all
}

func (s *server) pickup(l desk.Live) page.Pickup {
	p := page.Pickup{
		ID: l.ID, Carrier: s.carrierName(l.Carrier), Service: string(l.Service), Trailer: l.Trailer, Dock: l.Dock, Corrects: l.Corrects, Beside: l.Beside,
		Since: l.Opened, Closed: l.Closed, Driver: l.Driver, Scanned: l.Count, Expected: l.Expected, MissingCount: l.MissingCount, Coming: l.Coming,
		Taken: l.Went(s.clock), From: string(l.From), ConflictCount: l.Session.Conflicts,
	}
	for _, w := range l.Missing {
		p.Missing = append(p.Missing, page.MissingParcel{
			Number: s.Carriers.Group(w.Carrier, string(w.TrackingNumber)), Order: string(w.Order), Name: w.To, Where: w.Where(s.clock), Stop: w.Stop,
		})
	}
	for _, sc := range l.Scanners {
		p.Scanners = append(p.Scanners, page.DockScanner{Name: sc.Name, Count: sc.Count, Order: string(sc.Last.Order), At: sc.Last.At, Last: s.dockScan(l, sc.Last)})
	}
	// By name, so that no button moves away from under a finger.
	slices.SortFunc(p.Scanners, func(a, b page.DockScanner) int { return strings.Compare(a.Name, b.Name) })
	if len(l.Last) > 0 {
		last := s.dockScan(l, l.Last[0])
		p.Last = &last
	}
	return p
}

func (s *server) dockScan(l desk.Live, e handoff.Entry) page.DockScan {
	return page.DockScan{Number: string(e.TrackingNumber), Shown: s.Carriers.Group(l.Carrier, string(e.TrackingNumber)), Order: string(e.Order), Entry: e.N}
}
