package desk

import (
	"context"
	"fmt"
	"slices"

	"waybill/agent/handoff"
	"waybill/shipment"
	"waybill/sync/journal"
	"waybill/sync/wire"
)

// movedHandoffs is what the desk needs of the hub to learn of pick-ups that changed
// hands; package sync/uplink implements it.
type movedHandoffs interface {
	HandoffNews(ctx context.Context, station shipment.StationID, q wire.NewsQuestion) (wire.Handoffs, error)
	HeardHandoffs(ctx context.Context, station shipment.StationID, h wire.Heard) error
	Handoff(ctx context.Context, id string) (wire.Handoff, error)
}

// MeetHub learns what other stations did to the pick-ups that this one has or
// had: that one was taken over, what was scanned onto it there. It is called again
// and again, and asks nothing where there never was a pick-up.
func (d *Desk) MeetHub(ctx context.Context, hub movedHandoffs) error {
	var open []handoff.Session
	n := 0
	err := d.o.Journal.View(ctx, func(tx *journal.ReadTx) (err error) {
		if n, err = tx.Count(kindHandoff); err == nil && n > 0 {
			open, err = openSessions(tx)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("open pick-ups: %w", err)
	}
	if n == 0 {
		return nil
	}
	met := map[string]bool{}
	told := hear(ctx, d.o.Journal, news[wire.Handoff]{
		ask: func(q wire.NewsQuestion) ([]wire.Handoff, bool, error) {
			told, err := hub.HandoffNews(ctx, d.o.Journal.Station(), q)
			return told.Handoffs, told.More, err
		},
		of: func(h wire.Handoff) wire.HeardOf { return wire.HeardOf{ID: h.ID, Change: h.Change} },
		meet: func(h wire.Handoff) (bool, error) {
			met[h.ID] = true
			return true, d.meetTold(ctx, hub, h)
		},
		heard: func(h wire.Heard) error { return hub.HeardHandoffs(ctx, d.o.Journal.Station(), h) },
	})
	for _, s := range open {
		if s.Hands == 0 || met[s.ID] {
			continue
		}
		if told.away || !told.note(ctx, d.meetWhole(ctx, hub, s.ID)) { // what waits for it changes without news of it
			break
		}
	}
	return told.err()
}

// meetTold meets a pick-up that the hub tells of, if it is one of this station and
// anything of it is not known here.
func (d *Desk) meetTold(ctx context.Context, hub movedHandoffs, h wire.Handoff) error {
	var s handoff.Session
	var ours bool
	err := d.o.Journal.View(ctx, func(tx *journal.ReadTx) (err error) {
		ours, err = tx.Get(kindHandoff, h.ID, &s)
		return err
	})
	switch {
	case err != nil:
		return fmt.Errorf("pick-up %s: %w", h.ID, err)
	case !ours || len(h.Takeovers) == 0:
		return nil
	case h.Scans != s.Heard || s.Open() || taken(s, h) || s.Taken != nil && s.Taken.Closed != h.Closed || len(d.shutBy(h)) > s.Shut:
		return d.meetWhole(ctx, hub, h.ID)
	default:
		return nil
	}
}

// meetWhole asks the hub for all of a pick-up, and meets it.
func (d *Desk) meetWhole(ctx context.Context, hub movedHandoffs, id string) error {
	h, err := hub.Handoff(ctx, id)
	if err == nil {
		err = d.meet(ctx, h)
	}
	if err != nil {
		return fmt.Errorf("pick-up %s: %w", id, err)
	}
	return nil
}

// taken reports whether the hub says that another station has s, since this one
// had it last.
func taken(s handoff.Session, h wire.Handoff) bool {
	return s.Taken == nil && len(h.Takeovers) > s.Hands
}

// meet brings a pick-up to what the hub tells of it.
func (d *Desk) meet(ctx context.Context, h wire.Handoff) error {
	var n *Notice
	err := d.o.Journal.Update(ctx, func(tx *journal.Tx) error {
		n = nil
		s, err := getSession(&tx.ReadTx, h.ID)
		if err != nil {
			return err
		}
		before := s
		if taken(s, h) && h.Station != d.o.Journal.Station() {
			if n, err = d.yield(tx, &s, h); err != nil {
				return err
			}
		}
		if s.Taken != nil {
			went := *s.Taken
			went.Closed = h.Closed
			s.Taken = &went
		}
		m, err := d.merge(tx, &s, h)
		if err != nil {
			return err
		}
		twice, err := d.learned(tx, s, m)
		if err != nil {
			return err
		}
		if twice != nil {
			n = twice
		}
		shut, err := d.hearShut(tx, &s, h)
		if err != nil {
			return err
		}
		if shut != nil {
			n = shut
		}
		if s.Heard == before.Heard && s.Taken == nil && before.Taken == nil && s.Shut == before.Shut {
			return nil
		}
		return d.putSession(tx, s)
	})
	if err == nil && n != nil {
		n.At = d.o.Now()
		d.say(*n)
	} else if err == nil {
		d.say(Notice{Topic: "handoff", At: d.o.Now()})
	}
	return err
}

// yield leaves a pick-up to the station that has taken it over.
func (d *Desk) yield(tx *journal.Tx, s *handoff.Session, h wire.Handoff) (*Notice, error) {
	t := h.Takeovers[len(h.Takeovers)-1]
	closedHere := !s.Closed.IsZero()
	s.Taken = &handoff.Taken{Station: t.Station, By: t.By, At: t.At}
	if err := d.putSession(tx, *s); err != nil { // guests wait for what is open
		return nil, err
	}
	if !closedHere {
		waiting, _, err := waitingFor(&tx.ReadTx, s.Carrier, 0)
		if err != nil {
			return nil, err
		}
		if err := dismiss(tx, slices.DeleteFunc(waiting, func(w handoff.Waiting) bool { return w.For != s.ID })); err != nil {
			return nil, err
		}
	}
	n := &Notice{
		Topic: "handoff", Tone: Bad, Word: "Taken over", Dock: true,
		Message: fmt.Sprintf("The pick-up of %s was %s. Go on there; parcels that are scanned here are refused.", d.carrierName(s.Carrier), s.Went(d.clock)),
	}
	if closedHere {
		n.Message = fmt.Sprintf("The pick-up of %s was closed here at %s, and had been %s before. Compare the two manifests.", d.carrierName(s.Carrier), d.clock(s.Closed), s.Went(d.clock))
	}
	if err := d.raise(tx, Alarm{ID: wentAlarm(s.ID), Carrier: s.Carrier, Handoff: s.ID, Message: n.Message}); err != nil {
		return n, err
	}
	return n, d.record(tx, "", shipment.HandoffYielded{Handoff: s.ID, Carrier: s.Carrier, To: t.Station, By: t.By, At: t.At, Scans: s.Scans})
}

// shutBy returns the closings of a pick-up by other stations.
func (d *Desk) shutBy(h wire.Handoff) []wire.HandoffClosing {
	return slices.DeleteFunc(slices.Clone(h.Closings), func(c wire.HandoffClosing) bool { return c.Station == d.o.Journal.Station() })
}

// hearShut tells the station that goes on with a pick-up that another one has
// closed it, since that did not know yet that it was taken over: a driver may have
// signed twice.
func (d *Desk) hearShut(tx *journal.Tx, s *handoff.Session, h wire.Handoff) (*Notice, error) {
	closings := d.shutBy(h)
	if len(closings) <= s.Shut || s.Taken != nil {
		return nil, nil
	}
	c := closings[len(closings)-1]
	s.Shut = len(closings)
	words := fmt.Sprintf("The pick-up of %s was closed at station %s at %s, with %d parcels: it did not know that the pick-up goes on here. Compare the two manifests.",
		d.carrierName(s.Carrier), c.Station, d.clock(c.At), c.Parcels)
	// Beside an alarm about its parcels, which somebody may not have seen yet.
	err := d.raise(tx, Alarm{ID: "handoff/" + s.ID + "/closed", Carrier: s.Carrier, Handoff: s.ID, Message: words})
	return &Notice{Topic: "handoff", Tone: Bad, Word: "Closed twice", Message: words, Dock: true}, err
}
