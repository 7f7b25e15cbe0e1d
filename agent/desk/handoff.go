package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"waybill/agent"
	"waybill/agent/handoff"
	"waybill/internal/fault"
	"waybill/shipment"
	"waybill/shipment/scan"
	"waybill/sync/journal"
)

const openPrefix = "open:"

func openState(c shipment.CarrierID) string { return openPrefix + string(c) }

// closedState is where the pick-ups of one day's close-out are found.
func closedState(day string) string { return "closed:" + day }

// day returns the day of t at the station.
func (d *Desk) day(t time.Time) string { return t.In(d.o.Location).Format(time.DateOnly) }

func (d *Desk) putSession(tx *journal.Tx, s handoff.Session) error {
	state := openState(s.Carrier)
	switch {
	case !s.Closed.IsZero():
		state = closedState(d.day(s.Closed))
	case s.Taken != nil:
		state = takenState(s.Carrier)
	}
	return tx.Put(kindHandoff, s.ID, s, journal.Index{State: state})
}

// An Opening is what is said when a pick-up is opened. Only the carrier must be.
type Opening struct {
	Carrier  shipment.CarrierID
	Service  shipment.ServiceID
	Trailer  string
	Dock     string
	By       string
	Corrects string // a closed pick-up
}

// OpenHandoff opens a carrier's pick-up.
func (d *Desk) OpenHandoff(ctx context.Context, c shipment.CarrierID) (handoff.Session, error) {
	return d.OpenHandoffOnce(ctx, Once{}, Opening{Carrier: c})
}

// OpenHandoffOnce opens a pick-up, or takes over the one that a scan has opened
// for the same. With the same key it is opened once.
func (d *Desk) OpenHandoffOnce(ctx context.Context, once Once, o Opening) (handoff.Session, error) {
	var err error
	if o.Dock, err = d.Dock(o.Dock); err != nil {
		return handoff.Session{}, err
	}
	session := handoff.Session{
		ID: d.o.NewID(), Carrier: o.Carrier, Service: o.Service, Trailer: o.Trailer, Dock: o.Dock, OpenedBy: o.By, Corrects: o.Corrects, Opened: d.o.Now(),
	}
	err = d.o.Journal.Update(ctx, func(tx *journal.Tx) error {
		before, again, err := claim(tx, once, Request{Handoff: session.ID})
		if err != nil {
			return err
		}
		if again {
			_, err := tx.Get(kindHandoff, before.Handoff, &session)
			return err
		}
		if err := corrigible(&tx.ReadTx, &session); err != nil {
			return err
		}
		if session, err = d.takesOver(tx, session); err != nil {
			return err
		}
		if err := d.putSession(tx, session); err != nil {
			return err
		}
		if err := reclaim(tx, once, Request{Handoff: session.ID}); err != nil {
			return err
		}
		return d.record(tx, "", openedFact(session))
	})
	if err == nil {
		d.say(Notice{Topic: "handoff", At: d.o.Now()})
	}
	return session, err
}

// takesOver returns the session that is opened by a person: the one that a scan
// has opened for the same driver already, or else s itself.
func (d *Desk) takesOver(tx *journal.Tx, s handoff.Session) (handoff.Session, error) {
	open, err := openSessions(&tx.ReadTx)
	if err != nil {
		return s, err
	}
	open = slices.DeleteFunc(open, func(other handoff.Session) bool { return !s.Clashes(other) })
	switch {
	case len(open) == 0:
		return s, nil
	case len(open) == 1 && open[0].Auto && s.Corrects == "" && (s.Service == "" || open[0].Count == 0):
		// The scans came before the person; both are about the same driver.
		other := open[0]
		other.Auto, other.Service, other.Trailer, other.Dock, other.OpenedBy = false, s.Service, s.Trailer, s.Dock, s.OpenedBy
		return other, nil
	}
	return s, d.clashing(open)
}

// corrigible holds that a session which corrects another may, and gives it the
// other's carrier.
func corrigible(tx *journal.ReadTx, s *handoff.Session) error {
	if s.Corrects == "" {
		return nil
	}
	corrected, err := getSession(tx, s.Corrects)
	if err != nil {
		return err
	}
	if corrected.Closed.IsZero() {
		return &fault.Error{Op: "pick-up " + corrected.ID, Kind: fault.Conflict, Err: errors.New("it is still open"), Hint: "Go on with it; only a closed one needs a correction."}
	}
	if s.Carrier != "" && s.Carrier != corrected.Carrier {
		return &fault.Error{Op: "correction", Kind: fault.Invalid, Err: fmt.Errorf("pick-up %s is of %s, not of %s", corrected.ID, corrected.Carrier, s.Carrier)}
	}
	s.Carrier = corrected.Carrier
	return nil
}

// A Closing is what is said when a pick-up is closed.
type Closing struct {
	By        string
	Driver    string
	Signature handoff.Signature // the zero one: none
	// LeaveBehind is how many parcels that were expected and not scanned are left
	// behind; it must be the true number, so that none is left unseen.
	LeaveBehind int
}

// CloseHandoff closes a pick-up on which nothing is missing, and returns it with
// its parcels.
func (d *Desk) CloseHandoff(ctx context.Context, id string) (handoff.Session, []handoff.Entry, error) {
	return d.CloseHandoffOnce(ctx, Once{}, id, Closing{})
}

// CloseHandoffOnce closes a pick-up and returns it with its parcels. With the
// same key it is closed once, and the answer is the same.
func (d *Desk) CloseHandoffOnce(ctx context.Context, once Once, id string, c Closing) (handoff.Session, []handoff.Entry, error) {
	var session handoff.Session
	var entries []handoff.Entry
	err := d.o.Journal.Update(ctx, func(tx *journal.Tx) error {
		var err error
		if session, entries, err = getHandoff(&tx.ReadTx, id); err != nil {
			return err
		}
		if _, again, err := claim(tx, once, Request{Handoff: id}); err != nil || again {
			return err
		}
		return d.closeSession(tx, &session, entries, c)
	})
	if err == nil {
		d.say(Notice{Topic: "handoff", At: d.o.Now()})
	}
	return session, entries, err
}

func (d *Desk) closeSession(tx *journal.Tx, session *handoff.Session, entries []handoff.Entry, c Closing) error {
	if !session.Open() {
		return d.overError("close of pick-up "+session.ID, *session, "What was forgotten goes onto a pick-up that corrects it.")
	}
	var left []handoff.Waiting
	if session.Corrects == "" { // a correction is not there for the rest of the day
		var err error
		if left, _, _, err = missingFrom(&tx.ReadTx, *session, 0); err != nil {
			return err
		}
	}
	if len(left) != c.LeaveBehind {
		return &MissingError{Session: session.ID, Said: c.LeaveBehind, Missing: left}
	}
	head, err := tx.Head()
	if err != nil {
		return err
	}
	closing := handoff.Closing{At: d.o.Now(), By: c.By, Driver: c.Driver, Missing: len(left), Head: head.Hash}
	if !c.Signature.Empty() {
		closing.Signed = c.Signature.SHA256()
		if err := tx.Put(kindSigned, session.ID, c.Signature, journal.Index{}); err != nil {
			return err
		}
	}
	if len(left) > 0 {
		if err := tx.Put(kindLeft, session.ID, left, journal.Index{}); err != nil {
			return err
		}
	}
	if *session, err = session.Close(closing); err != nil {
		return err
	}
	if err := d.putSession(tx, *session); err != nil {
		return err
	}
	if err := dismiss(tx, left); err != nil {
		return err
	}
	if session.Corrects == "" && session.Service == "" { // of all that its carrier takes
		if err := d.seeCutoffs(tx, session.Carrier, Seen{At: session.Closed, By: session.ClosedBy, Handoff: session.ID}); err != nil {
			return err
		}
	}
	fact := shipment.HandoffClosed{
		Handoff: session.ID, Carrier: session.Carrier, Parcels: make([]shipment.ParcelID, 0, len(entries)), Weight: session.Weight,
		Driver: session.Driver, Signature: session.Signed, By: session.ClosedBy, Head: session.Head, TrackingNumbers: guestNumbers(entries),
	}
	for _, e := range entries {
		fact.Parcels, fact.Numbers = append(fact.Parcels, e.Parcel), append(fact.Numbers, e.TrackingNumber)
	}
	for _, w := range left {
		fact.Missing, fact.MissingNumbers = append(fact.Missing, w.Parcel), append(fact.MissingNumbers, w.TrackingNumber)
		nameGuest(&fact.TrackingNumbers, handoff.Entry{Parcel: w.Parcel, TrackingNumber: w.TrackingNumber, Guest: w.Station != ""})
	}
	if !shareID(fact.Parcels, fact.Missing) {
		fact.Numbers, fact.MissingNumbers = nil, nil
	}
	return d.record(tx, "", fact)
}

// A MissingError says that a pick-up cannot be closed as it was said: another
// number of parcels is missing.
type MissingError struct {
	Session string
	Said    int
	Missing []handoff.Waiting
}

// Error says how many are missing, and what to do.
func (e *MissingError) Error() string {
	n := len(e.Missing)
	if n == 0 {
		return fmt.Sprintf("nothing is missing, and %d were said to be left behind. Close it without.", e.Said)
	}
	return fmt.Sprintf("%d missing, such as %s of order %s, and %d said to be left behind. Scan them, or close it again with their true number.",
		n, e.Missing[0].TrackingNumber, e.Missing[0].Order, e.Said)
}

// errNotOurs is for an undoing of the last scan where only others have scanned.
var errNotOurs = fmt.Errorf("%w of what was scanned here since it was taken over", handoff.ErrEmpty)

// An Undoing says which scan is undone, and why.
type Undoing struct {
	Number  shipment.TrackingNumber // empty: the last one of this station
	Entry   int                     // the scan of Number that is meant; 0: the one that counts
	Scanner string                  // of this scanner; empty: of any
	By      string
	Reason  string

	twice bool // another station has handed it over, and it counts there
}

// UndoHandoff takes a parcel back: the last one that this station scanned onto the
// pick-up, or the one that is named. On a pick-up that corrects a closed one, a parcel of the
// closed one may be named. With the same key it is undone once.
func (d *Desk) UndoHandoff(ctx context.Context, once Once, id string, u Undoing) (handoff.Session, handoff.Entry, error) {
	var session handoff.Session
	var entry handoff.Entry
	repeated := false
	err := d.o.Journal.Update(ctx, func(tx *journal.Tx) error {
		var err error
		if session, err = getSession(&tx.ReadTx, id); err != nil {
			return err
		}
		before, again, err := claim(tx, once, Request{Handoff: id})
		if err != nil {
			return err
		}
		if again {
			repeated = true
			_, err = tx.Get(kindEntry, before.Entry, &entry)
			return err
		}
		var from string
		if entry, from, err = d.toUndo(tx, session, u); err != nil {
			return err
		}
		session, entry, err = d.takeBack(tx, session, entry, from, u)
		if err != nil {
			return err
		}
		return reclaim(tx, once, Request{Handoff: id, Entry: entryID(from, entry.N)})
	})
	if err == nil && !repeated {
		d.say(Notice{
			Topic: "handoff", Tone: Warn, Word: "Taken back", Dock: true, Order: string(entry.Order), At: d.o.Now(), Message: takenBackWords(session, entry),
		})
	}
	return session, entry, err
}

// takenBackWords says what an undoing was, and what to do with the parcel. What
// a correction takes back is in no van.
func takenBackWords(s handoff.Session, e handoff.Entry) string {
	switch {
	case e.Back != nil && e.Back.Handoff != "":
		return fmt.Sprintf("Order %s did not leave with the pick-up that is corrected. It waits for the next one.", e.Order)
	case s.Corrects != "":
		return fmt.Sprintf("Order %s is no longer on this correction. If it is here, it waits for the next pick-up.", e.Order)
	}
	return fmt.Sprintf("Order %s does not leave with this pick-up. Take it out of the van.", e.Order)
}

// toUndo returns the scan that is meant, and the pick-up it was onto.
func (d *Desk) toUndo(tx *journal.Tx, s handoff.Session, u Undoing) (handoff.Entry, string, error) {
	no := func(kind fault.Kind, err error, hint string) (handoff.Entry, string, error) {
		return handoff.Entry{}, "", &fault.Error{Op: "undo on pick-up " + s.ID, Kind: kind, Err: err, Hint: hint}
	}
	if !s.Open() {
		return handoff.Entry{}, "", d.overError("undo on pick-up "+s.ID, s, "Open a pick-up that corrects it, and take the parcel back there.")
	}
	if u.Number == "" {
		_, e, found, err := lastEntry(&tx.ReadTx, []handoff.Session{s}, u.Scanner)
		if err == nil && !found && s.Hands > 0 {
			return no(fault.Conflict, errNotOurs, "Name the tracking_number of what was scanned before or elsewhere.")
		}
		if err == nil && !found {
			return no(fault.Conflict, handoff.ErrEmpty, "Look which parcels are on it.")
		}
		return e, s.ID, err
	}
	parsed := scan.Parse(d.o.Rules.Carriers, []byte(u.Number))
	order, p, found, err := findParcel(tx, parsed)
	if err != nil {
		return handoff.Entry{}, "", err
	}
	if !found {
		w, found, err := findGuest(tx, parsed)
		if err != nil {
			return handoff.Entry{}, "", err
		}
		if !found {
			return no(fault.NotFound, fmt.Errorf("no parcel has the number %s", u.Number), "Scan or copy the number from the label.")
		}
		order.Order.ID, p = w.Order, agent.Parcel{ID: w.Parcel, TrackingNumber: w.TrackingNumber}
	}
	e, from, found, err := undoable(&tx.ReadTx, s, p)
	if err == nil && !found {
		return no(fault.Conflict, fmt.Errorf("parcel %s of order %s is not on it", p.TrackingNumber, order.Order.ID), "Look which parcels are on it.")
	}
	if err == nil && u.Entry != 0 && e.N != u.Entry {
		return no(fault.Conflict, fmt.Errorf("parcel %s of order %s was scanned again since", p.TrackingNumber, order.Order.ID), "Look at it again, then take back what is on the pick-up now.")
	}
	return e, from, err
}

// undoable returns the scan of a parcel that can be taken back on a pick-up, and the
// pick-up it was onto: this one, or the one that this one corrects. There it may also
// be another station's scan that came too late for the paper.
func undoable(tx *journal.ReadTx, s handoff.Session, p agent.Parcel) (e handoff.Entry, from string, found bool, err error) {
	for _, from := range []string{s.ID, s.Corrects} {
		if from == "" {
			continue
		}
		if e, found, err := signedFor(tx, from, p.ID, p.TrackingNumber); err != nil || found && e.Back == nil {
			return e, from, found, err
		}
	}
	return handoff.Entry{}, "", false, nil
}

// takeBack undoes a scan: in the order, on the pick-up and in the story.
func (d *Desk) takeBack(tx *journal.Tx, s handoff.Session, e handoff.Entry, from string, u Undoing) (handoff.Session, handoff.Entry, error) {
	back := handoff.Back{At: d.o.Now(), By: u.By, Reason: u.Reason}
	var err error
	if from == s.ID {
		s, e, err = s.TakeBack(e, back)
	} else { // the closed one stays as it was signed
		s.Returned++
		back.Handoff = s.ID
		e.Back = &back
		if err = putReturned(tx, s, e); err == nil {
			err = putEntry(tx, from, e)
		}
	}
	if err != nil {
		return s, e, &fault.Error{Op: "undo on pick-up " + s.ID, Kind: fault.Conflict, Err: err}
	}
	if from == s.ID {
		if err := putEntry(tx, s.ID, e); err != nil {
			return s, e, err
		}
	}
	if err := d.putSession(tx, s); err != nil {
		return s, e, err
	}
	if e.Guest {
		return s, e, d.guestBack(tx, s, e, from, u)
	}
	order, err := getOrder(&tx.ReadTx, e.Order)
	if err != nil {
		return s, e, err
	}
	p, ok := order.Parcel(e.TrackingNumber)
	if !ok {
		return s, e, &fault.Error{Op: "undo on pick-up " + s.ID, Kind: fault.Conflict, Err: fmt.Errorf("order %s has no parcel %s any more", e.Order, e.TrackingNumber)}
	}
	order, effects := order.Step(agent.TakenBack{K: p.K, Handoff: s.ID, From: from, Entry: d.placeAtHub(e), By: u.By, Reason: u.Reason, Twice: u.twice, At: back.At})
	return s, e, d.keep(tx, order, effects)
}

// placeAtHub returns the place by which the hub finds a scan that is undone. Of one
// that this station made before it lost its disk it is the place of then, and of
// any other the one here: no scan of this station's own has that as well, so the hub
// does not take another station's for one of those.
func (d *Desk) placeAtHub(e handoff.Entry) int {
	if e.Of > 0 && e.Station == d.o.Journal.Station() {
		return e.Of
	}
	return e.N
}

// putReturned keeps that a correction takes back a parcel of the pick-up that it
// corrects.
func putReturned(tx *journal.Tx, s handoff.Session, e handoff.Entry) error {
	return tx.Put(kindEntry, fmt.Sprintf("%s/back-%06d", s.ID, s.Returned), e, journal.Index{State: returnedState(s.ID)})
}

// Handoff returns a pick-up and the parcels on it.
func (d *Desk) Handoff(ctx context.Context, id string) (handoff.Session, []handoff.Entry, error) {
	var session handoff.Session
	var entries []handoff.Entry
	err := d.o.Journal.View(ctx, func(tx *journal.ReadTx) error {
		var err error
		session, entries, err = getHandoff(tx, id)
		return err
	})
	return session, entries, err
}

func getSession(tx *journal.ReadTx, id string) (handoff.Session, error) {
	var session handoff.Session
	found, err := tx.Get(kindHandoff, id, &session)
	if err == nil && !found {
		err = &fault.Error{Op: fmt.Sprintf("pick-up %q", id), Kind: fault.NotFound, Err: errUnknown, Hint: "Look which ones there are: GET /v1/handoffs."}
	}
	return session, err
}

func getHandoff(tx *journal.ReadTx, id string) (handoff.Session, []handoff.Entry, error) {
	session, err := getSession(tx, id)
	if err != nil {
		return session, nil, err
	}
	entries, err := collect[handoff.Entry](tx, kindEntry, journal.Query{States: []string{id}})
	return session, entries, err
}

// Handoffs returns up to limit pick-ups, latest first.
func (d *Desk) Handoffs(ctx context.Context, limit int) ([]handoff.Session, error) {
	var list []handoff.Session
	err := d.o.Journal.View(ctx, func(tx *journal.ReadTx) error {
		var err error
		list, err = collect[handoff.Session](tx, kindHandoff, journal.Query{Limit: limit, Newest: true})
		return err
	})
	return list, err
}
