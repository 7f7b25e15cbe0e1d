package desk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"waybill/agent"
	"waybill/agent/handoff"
	"waybill/internal/fault"
	"waybill/shipment"
	"waybill/sync/journal"
	"waybill/sync/wire"
)

// pickups is what the desk needs of the hub for pick-ups that more than one
// station has had; package sync/uplink implements it.
type pickups interface {
	Handoffs(ctx context.Context, station shipment.StationID) ([]wire.Handoff, error)
	MovedHandoffs(ctx context.Context, station shipment.StationID) ([]wire.Handoff, error)
	Handoff(ctx context.Context, id string) (wire.Handoff, error)
	TakeOver(ctx context.Context, id string, req wire.TakeoverRequest) (wire.Handoff, error)
}

const takenPrefix = "taken:"

// takenState is where pick-ups are found that another station has taken over.
func takenState(c shipment.CarrierID) string { return takenPrefix + string(c) }

func takenSessions(tx *journal.ReadTx) ([]handoff.Session, error) {
	states, err := tx.States(kindHandoff, takenPrefix)
	if err != nil || len(states) == 0 {
		return nil, err
	}
	return collect[handoff.Session](tx, kindHandoff, journal.Query{States: states})
}

// clock says a time of today as hours and minutes, and another with its day.
func (d *Desk) clock(t time.Time) string {
	if d.day(t) == d.day(d.o.Now()) {
		return t.In(d.o.Location).Format("15:04")
	}
	return t.In(d.o.Location).Format("2 Jan 15:04")
}

// overError says why a pick-up takes nothing any more. hint is for one that is
// closed.
func (d *Desk) overError(op string, s handoff.Session, hint string) error {
	if s.Closed.IsZero() && s.Taken != nil {
		return &fault.Error{
			Op: op, Kind: fault.Conflict, Err: fmt.Errorf("it was %s", s.Went(d.clock)), Hint: "Go on there, or take it over here again.",
		}
	}
	return &fault.Error{Op: op, Kind: fault.Conflict, Err: handoff.ErrClosed, Hint: hint}
}

// An Away is what is known of the pick-ups of other stations.
type Away struct {
	Handoffs []wire.Handoff // open, and not at this station
	AsOf     time.Time      // when the hub said so; zero: it has not yet
	Problem  string         // why the hub says nothing now; empty where it does
}

// Elsewhere asks the hub which open pick-ups this station does not have. Where
// the hub is away, it returns what it said last, and why that is old.
func (d *Desk) Elsewhere(ctx context.Context, hub pickups) (Away, error) {
	list, err := hub.Handoffs(ctx, "")
	if err != nil {
		d.mu.Lock()
		defer d.mu.Unlock()
		old := d.away
		old.Problem = err.Error()
		return old, nil
	}
	away := Away{AsOf: d.o.Now()}
	err = d.o.Journal.View(ctx, func(tx *journal.ReadTx) error {
		for _, h := range list {
			var s handoff.Session
			found, err := tx.Get(kindHandoff, h.ID, &s)
			if err != nil {
				return err
			}
			if h.Station == d.o.Journal.Station() && found && (s.Open() || !s.Closed.IsZero()) {
				continue
			}
			away.Handoffs = append(away.Handoffs, h)
		}
		return nil
	})
	d.mu.Lock()
	defer d.mu.Unlock()
	d.away = away
	return away, err
}

// A TakingOver is what is said when a pick-up is taken over.
type TakingOver struct {
	From shipment.StationID // that has it, as the person was told
	By   string
	Dock string // the door; empty: as it was
}

// TakeOverHandoff goes on here with a pick-up that another station has, or that
// this one had in a journal which is lost: what was handed over is on it, and
// what is expected is known. The hub gives it to one station. After an error the
// same may be asked again.
func (d *Desk) TakeOverHandoff(ctx context.Context, hub pickups, id string, t TakingOver) (handoff.Session, error) {
	op := "take-over of pick-up " + id
	var err error
	if t.Dock, err = d.Dock(t.Dock); err != nil {
		return handoff.Session{}, err
	}
	h, err := hub.Handoff(ctx, id)
	if err != nil {
		return handoff.Session{}, d.hubAway(op, err)
	}
	s := handoff.Session{
		ID: h.ID, Carrier: h.Carrier, Service: h.Service, Trailer: h.Trailer, Dock: cmp.Or(t.Dock, d.doorOf(h.Dock)),
		Corrects: h.Corrects, OpenedBy: cmp.Or(t.By, h.OpenedBy), Opened: h.Opened, Fetched: true, From: t.From,
	}
	if err := d.mayTake(ctx, op, s); err != nil {
		return s, err
	}
	if h.Station != d.o.Journal.Station() || t.From == h.Station {
		h, err = hub.TakeOver(ctx, id, wire.TakeoverRequest{Key: d.o.NewID(), Station: d.o.Journal.Station(), From: t.From, By: t.By})
	} // else the hub has given it already, and its answer was lost
	if err != nil {
		return s, d.hubAway(op, err)
	}
	err = d.o.Journal.Update(ctx, func(tx *journal.Tx) error { return d.takeOver(tx, &s, h, t) })
	if err == nil {
		d.say(Notice{
			Topic: "handoff", Tone: Good, Word: "Taken over", Dock: true, At: d.o.Now(),
			Message: fmt.Sprintf("The pick-up of %s from station %s goes on here, with %d parcels on it.", d.carrierName(s.Carrier), t.From, s.Count),
		})
	}
	return s, err
}

// hubAway says that taking over needs the hub, where it is the hub that is away.
func (d *Desk) hubAway(op string, err error) error {
	if !fault.Is(err, fault.Transient) {
		return err
	}
	return &fault.Error{
		Op: op, Kind: fault.Transient, Err: err,
		Hint: "The hub gives a pick-up to one station, so it must be reached. Until then open a new pick-up here for parcels of this station.",
	}
}

// doorOf returns a pick-up's door where this station's scanners may be at it,
// and else any.
func (d *Desk) doorOf(dock string) string {
	door, err := d.Dock(dock)
	if err != nil {
		return ""
	}
	return door
}

// mayTake returns what keeps the desk from going on with a pick-up.
func (d *Desk) mayTake(ctx context.Context, op string, s handoff.Session) error {
	return d.o.Journal.View(ctx, func(tx *journal.ReadTx) error {
		var here handoff.Session
		found, err := tx.Get(kindHandoff, s.ID, &here)
		switch {
		case err != nil:
			return err
		case found && here.Open():
			return &fault.Error{Op: op, Kind: fault.Conflict, Err: errors.New("this station has it"), Hint: "Go on with it."}
		case found && !here.Closed.IsZero():
			return &fault.Error{Op: op, Kind: fault.Conflict, Err: handoff.ErrClosed, Hint: "Open a new pick-up, or one that corrects it."}
		}
		open, err := openSessions(tx)
		for _, other := range open {
			if s.Clashes(other) {
				return d.clashing([]handoff.Session{other})
			}
		}
		return err
	})
}

// takeOver makes the pick-up this station's.
func (d *Desk) takeOver(tx *journal.Tx, s *handoff.Session, h wire.Handoff, t TakingOver) error {
	var before handoff.Session
	found, err := tx.Get(kindHandoff, h.ID, &before)
	switch {
	case err != nil:
		return err
	case found && before.Open(): // asked twice at once
		*s = before
		return nil
	case found: // it was this station's before, and comes back
		before.Taken, before.Fetched, before.From, before.Auto = nil, true, t.From, false
		before.Dock, before.OpenedBy = cmp.Or(t.Dock, before.Dock), s.OpenedBy
		*s = before
	}
	s.Hands = len(h.Takeovers)
	if _, err := d.merge(tx, s, h); err != nil {
		return err
	}
	if err := d.putSession(tx, *s); err != nil {
		return err
	}
	_, entries, err := getHandoff(&tx.ReadTx, s.ID)
	if err != nil {
		return err
	}
	fact := shipment.HandoffTakenOver{Handoff: s.ID, Carrier: s.Carrier, From: t.From, By: t.By, Parcels: make([]shipment.ParcelID, 0, len(entries)), TrackingNumbers: guestNumbers(entries)}
	for _, e := range entries {
		fact.Parcels = append(fact.Parcels, e.Parcel)
	}
	return d.record(tx, "", fact)
}

// inSight is how long after its end a pick-up that changed hands is looked at:
// the station that went away may come back.
const inSight = 3 * 24 * time.Hour

// MeetHub learns what other stations did to the pick-ups that this one has or
// had: that one was taken over, what was scanned onto it there. It is called again
// and again, and costs nothing where no pick-up is of late.
func (d *Desk) MeetHub(ctx context.Context, hub pickups) error {
	local := map[string]handoff.Session{}
	since := d.o.Now().Add(-inSight)
	list, err := d.Handoffs(ctx, 200)
	for _, s := range list {
		if s.Open() || s.Taken != nil && s.Taken.At.After(since) || s.Closed.After(since) {
			local[s.ID] = s
		}
	}
	if err != nil || len(local) == 0 {
		return err
	}
	told, err := hub.MovedHandoffs(ctx, d.o.Journal.Station())
	if err != nil {
		return err
	}
	for _, h := range told {
		s, ours := local[h.ID]
		if !ours || len(h.Takeovers) == 0 {
			continue
		}
		if h.Scans != s.Heard || s.Open() || taken(s, h) || s.Taken != nil && s.Taken.Closed != h.Closed || len(d.shutBy(h)) > s.Shut {
			if h, err = hub.Handoff(ctx, h.ID); err == nil {
				err = d.meet(ctx, h)
			}
			if err != nil {
				return fmt.Errorf("pick-up %s: %w", s.ID, err)
			}
		}
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
		if len(m.Added)+len(m.Back)+len(m.Twice)+len(m.Late) > 0 {
			if err := d.record(tx, "", m); err != nil {
				return err
			}
			if words := d.mergedWords(s, m); words != "" && s.Taken == nil {
				n = &Notice{Topic: "handoff", Tone: Bad, Word: "Scanned twice", Message: words, Dock: true}
				if err := d.raise(tx, Alarm{ID: "handoff/" + s.ID, Carrier: s.Carrier, Handoff: s.ID, Message: words}); err != nil {
					return err
				}
			}
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
	n := &Notice{
		Topic: "handoff", Tone: Bad, Word: "Taken over", Dock: true,
		Message: fmt.Sprintf("The pick-up of %s was %s. Go on there; parcels that are scanned here are refused.", d.carrierName(s.Carrier), s.Went(d.clock)),
	}
	if closedHere {
		n.Message = fmt.Sprintf("The pick-up of %s was closed here at %s, and had been %s before. Compare the two manifests.", d.carrierName(s.Carrier), d.clock(s.Closed), s.Went(d.clock))
	}
	if err := d.raise(tx, Alarm{ID: "handoff/" + s.ID, Carrier: s.Carrier, Handoff: s.ID, Message: n.Message}); err != nil {
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

func (d *Desk) mergedWords(s handoff.Session, m shipment.HandoffMerged) string {
	words := ""
	if n := len(m.Twice); n > 0 {
		words = fmt.Sprintf("%s: parcel %s was scanned here and at another station. It counts once; see that there is one parcel.", d.carrierName(s.Carrier), m.Twice[0])
		if n > 1 {
			words = fmt.Sprintf("%s: %d parcels were scanned here and at another station, such as %s. Each counts once; see that there is one of each.", d.carrierName(s.Carrier), n, m.Twice[0])
		}
	}
	if n := len(m.Late); n > 0 {
		if words != "" {
			words += " "
		}
		words += fmt.Sprintf("%s: %d parcels, such as %s, were scanned at another station and are not on the manifest closed at %s. Open a pick-up that corrects it.",
			d.carrierName(s.Carrier), n, m.Late[0], d.clock(s.Closed))
	}
	return words
}

// merge brings what other stations scanned onto a pick-up, each scan once, and
// while it is open here what waits for it at them. It returns what is new.
func (d *Desk) merge(tx *journal.Tx, s *handoff.Session, h wire.Handoff) (shipment.HandoffMerged, error) {
	m := shipment.HandoffMerged{Handoff: s.ID}
	for _, e := range h.Entries {
		if err := d.mergeEntry(tx, s, e, &m); err != nil {
			return m, err
		}
	}
	s.Heard = h.Scans
	if s.Open() {
		for _, p := range h.Expected {
			if err := d.putGuest(tx, *s, p); err != nil {
				return m, err
			}
		}
	}
	slices.Sort(m.Added)
	return m, nil
}

func (d *Desk) mergeEntry(tx *journal.Tx, s *handoff.Session, e wire.HandoffEntry, m *shipment.HandoffMerged) error {
	own := d.o.Journal.Station()
	id, known, err := tx.Find(kindEntry, heardKey(s.ID, e.Station, e.N))
	if err != nil {
		return err
	}
	if !known && e.Station == own {
		var mine handoff.Entry
		found, err := tx.Get(kindEntry, entryID(s.ID, e.N), &mine)
		if err != nil {
			return err
		}
		if known = found && mine.Parcel == e.Parcel && mine.Station == ""; known {
			id = entryID(s.ID, e.N)
		}
	}
	if known {
		return d.mergeBack(tx, s, id, e, m)
	}
	entry := handoff.Entry{
		Parcel: e.Parcel, Order: e.Order, TrackingNumber: e.TrackingNumber, Service: e.Service, ServiceName: e.ServiceName, Weight: e.Weight,
		PostalCode: e.PostalCode, Country: e.Country, Scanner: e.Scanner, Operator: e.Operator, At: e.At, Station: e.Station, Of: e.N,
	}
	s.Scans++
	entry.N = s.Scans
	if entry.Guest, err = isGuest(tx, e); err != nil {
		return err
	}
	_, on, err := entryOf(&tx.ReadTx, s.ID, e.Parcel)
	switch {
	case err != nil:
		return err
	case e.Back != nil:
		entry.Back = &handoff.Back{At: e.Back.At, By: e.Back.By, Reason: e.Back.Reason}
	case on:
		entry.Conflict = handoff.Twice
		m.Twice = append(m.Twice, e.Parcel)
	case !s.Closed.IsZero():
		entry.Conflict = handoff.Late
		m.Late = append(m.Late, e.Parcel)
	default:
		s.Count++
		s.Weight += e.Weight
		m.Added = append(m.Added, e.Parcel)
	}
	nameGuest(&m.TrackingNumbers, entry)
	if entry.Conflict != "" {
		s.Conflicts++
	}
	if err := putEntry(tx, s.ID, entry); err != nil {
		return err
	}
	if entry.Back != nil || entry.Conflict == handoff.Twice {
		return nil
	}
	return d.leftElsewhere(tx, *s, entry, false)
}

// mergeBack takes a scan of another station back that was taken back there.
func (d *Desk) mergeBack(tx *journal.Tx, s *handoff.Session, id string, e wire.HandoffEntry, m *shipment.HandoffMerged) error {
	if e.Back == nil || e.Back.Station == d.o.Journal.Station() || !s.Closed.IsZero() {
		return nil
	}
	var entry handoff.Entry
	if found, err := tx.Get(kindEntry, id, &entry); err != nil || !found || entry.Back != nil || entry.Conflict != "" {
		return err
	}
	nameGuest(&m.TrackingNumbers, entry)
	entry.Back = &handoff.Back{At: e.Back.At, By: e.Back.By, Reason: e.Back.Reason}
	s.Count--
	s.Weight -= entry.Weight
	m.Back = append(m.Back, entry.Parcel)
	if err := putEntry(tx, s.ID, entry); err != nil {
		return err
	}
	return d.leftElsewhere(tx, *s, entry, true)
}

// leftElsewhere tells the parcel of another station's scan that it has left, or
// that it was taken back.
func (d *Desk) leftElsewhere(tx *journal.Tx, s handoff.Session, e handoff.Entry, back bool) error {
	if e.Guest {
		return d.guestLeft(tx, s, e, back)
	}
	order, err := getOrder(&tx.ReadTx, e.Order)
	if err != nil {
		return err
	}
	p, ok := order.Parcel(e.TrackingNumber)
	if !ok { // its label was voided since; the pick-up keeps the scan
		return nil
	}
	at := e.At
	if back {
		at = time.Time{}
	}
	step := agent.Elsewhere{K: p.K, Handoff: s.ID, By: e.By(), At: at, Learned: d.o.Now()}
	order, effects := order.Step(step)
	return d.keep(tx, order, effects)
}
