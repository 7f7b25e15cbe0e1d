package desk

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"waybill/agent"
	"waybill/agent/handoff"
	"waybill/printer"
	"waybill/scanner"
	"waybill/shipment"
	"waybill/shipment/scan"
	"waybill/sync/journal"
)

// A pick is the pick-up that a scan at the dock goes onto.
type pick struct {
	session handoff.Session
	opened  bool // it is new and not kept yet
}

// pickUp finds the pick-up for a parcel and tells step of it, or why there is
// none. It writes nothing.
func (d *Desk) pickUp(tx *journal.Tx, place handoff.Place, s agent.State, p agent.Parcel, step *agent.Scanned) (pick, error) {
	if !p.HandedOver.IsZero() {
		_, err := tx.Get(kindHandoff, p.Handoff, &step.Left)
		return pick{}, err
	}
	if step.Role != scanner.Dock {
		return pick{}, nil
	}
	found, no, err := d.pickFor(tx, place, d.bound(s), step.At)
	if err != nil {
		return pick{}, err
	}
	step.Handoff, step.Entry, step.Refusal = found.session.ID, found.session.Scans+1, no
	return found, nil
}

// pickFor finds the pick-up at a place for a parcel on its way, or why there is none.
// It writes nothing.
func (d *Desk) pickFor(tx *journal.Tx, place handoff.Place, b handoff.Bound, at time.Time) (pick, *handoff.Refusal, error) {
	open, err := openSessions(&tx.ReadTx)
	if err != nil {
		return pick{}, nil, err
	}
	if place.Handoff != "" { // it may be closed, and then that is what to say
		var meant handoff.Session
		if found, err := tx.Get(kindHandoff, place.Handoff, &meant); err != nil {
			return pick{}, nil, err
		} else if found {
			open = []handoff.Session{meant}
		}
	}
	session, no := handoff.Choose(open, place, b)
	if no == nil || no.Code != handoff.NoHandoff {
		return pick{session: session}, no, nil
	}
	gone, err := takenSessions(&tx.ReadTx)
	if err != nil {
		return pick{}, nil, err
	}
	if elsewhere := b.Elsewhere(gone, place); elsewhere != nil {
		return pick{session: session}, elsewhere, nil
	}
	if d.o.AutoOpen {
		return pick{handoff.Session{ID: d.o.NewID(), Carrier: b.Carrier, Dock: place.Dock, Auto: true, Opened: at}, true}, nil, nil
	}
	return pick{session: session}, no, nil
}

func (d *Desk) bound(s agent.State) handoff.Bound {
	return handoff.Bound{
		Carrier: s.Carrier, CarrierName: d.carrierName(s.Carrier), Service: s.Service, ServiceName: s.ServiceName, Names: d.carrierName, Clock: d.clock,
	}
}

func (d *Desk) carrierName(id shipment.CarrierID) string {
	if c, ok := d.o.Rules.Carriers.Carrier(id); ok {
		return c.Name
	}
	return string(id)
}

// onto puts a parcel onto the pick-up that was found for it.
func (d *Desk) onto(tx *journal.Tx, on pick, s agent.State, p agent.Parcel, step agent.Scanned, operator string) error {
	if on.opened {
		if err := d.record(tx, "", openedFact(on.session)); err != nil {
			return err
		}
	}
	return d.enter(tx, on.session, handoff.Entry{
		Parcel: p.ID, Order: s.Order.ID, TrackingNumber: p.TrackingNumber, Service: s.Service, ServiceName: s.ServiceName, Weight: p.Weight,
		PostalCode: s.Order.ShipTo.PostalCode, Country: s.Order.ShipTo.Country, Scanner: step.Scanner, Operator: operator, At: step.At,
	})
}

// enter keeps a scan onto a pick-up.
func (d *Desk) enter(tx *journal.Tx, s handoff.Session, e handoff.Entry) error {
	session, entry, err := s.Add(e)
	if err != nil {
		return err
	}
	if err := putEntry(tx, session.ID, entry); err != nil {
		return err
	}
	return d.putSession(tx, session)
}

func openedFact(s handoff.Session) shipment.HandoffOpened {
	return shipment.HandoffOpened{
		Handoff: s.ID, Carrier: s.Carrier, Service: s.Service, Trailer: s.Trailer, Dock: s.Dock, By: s.OpenedBy, Auto: s.Auto, Corrects: s.Corrects,
	}
}

// entryID returns where a scan onto a pick-up is kept: each has a place of its
// own, so that none takes another's.
func entryID(session string, n int) string { return fmt.Sprintf("%s/%06d", session, n) }

// entryKey is by what the scan that counts for a parcel is found, or by which it is
// known though it does not count: by its number too, since parcels of two stations
// may have one ID.
func entryKey(session string, p shipment.ParcelID, n shipment.TrackingNumber) string {
	return session + "/" + string(p) + "/" + string(n)
}

// The states of entries, beside the session's ID for those that count.
func undoneState(session string) string   { return "undone:" + session }
func returnedState(session string) string { return "returned:" + session }
func conflictState(session string) string { return "conflict:" + session }

// heardKey is by what another station's scan is found, so that it is taken once.
func heardKey(session string, station shipment.StationID, n int) string {
	return fmt.Sprintf("heard:%s/%s/%d", session, station, n)
}

func putEntry(tx *journal.Tx, session string, e handoff.Entry) error {
	// One that a correction has taken back stays on the paper that was signed. It
	// counts no more, and keeps its key: another station's scan of the same parcel
	// may come in after the correction, and must not overrule it.
	key := entryKey(session, e.Parcel, e.TrackingNumber)
	idx := journal.Index{State: session, Keys: []string{key}}
	switch {
	case e.Back != nil && e.Back.Handoff == "": // of no pick-up any more, also where it came late
		idx = journal.Index{State: undoneState(session)}
	case e.Conflict == handoff.Late: // a correction may take it back; of two that came late the first
		idx.State = conflictState(session)
		if owner, taken, err := tx.Find(kindEntry, key); err != nil {
			return err
		} else if taken && owner != entryID(session, e.N) {
			idx.Keys = nil
		}
	case e.Conflict != "":
		idx = journal.Index{State: conflictState(session)}
	}
	if e.Of > 0 {
		idx.Keys = append(idx.Keys, heardKey(session, e.Station, e.Of))
	}
	return tx.Put(kindEntry, entryID(session, e.N), e, idx)
}

// A waitState is where parcels that wait for their carrier are counted.
func waitState(c shipment.CarrierID, s shipment.ServiceID) string {
	return waitPrefix(c) + string(s)
}

func waitPrefix(c shipment.CarrierID) string { return "wait:" + string(c) + "/" }

// waitFor is the same for parcels that no pick-up takes but one.
func waitFor(c shipment.CarrierID, s shipment.ServiceID, handoff string) string {
	return waitState(c, s) + "/" + handoff
}

// gone is the state of a parcel that waits for no carrier.
const gone = "gone"

// expect keeps what is expected at the dock in step with the orders: every
// parcel whose label is on paper and that may leave. A change that cannot
// concern it costs nothing.
func (d *Desk) expect(tx *journal.Tx, s agent.State, effects []agent.Effect) error {
	for _, p := range s.Parcels {
		expected := waits(s, p)
		if !expected && p.HandedOver.IsZero() && s.Void == "" && p.Reprints == 0 && p.Label != printer.Unconfirmed && p.Away == nil {
			continue // it has not come as far
		}
		var before handoff.Waiting
		known, err := tx.Get(kindWaiting, string(p.ID), &before)
		if err != nil {
			return err
		}
		now := waitingOf(s, p)
		now.Printed, now.Printer, now.First = before.Printed, before.Printer, before.First
		if f, ok := printedFact(effects, p.ID); ok || now.Printed.IsZero() {
			now.Printed, now.Printer = d.o.Now(), f.Printer
			if before.TrackingNumber == now.TrackingNumber {
				now.First = before.Labelled()
			} else {
				now.First = time.Time{}
			}
		}
		state := gone
		if expected {
			state = waitState(s.Carrier, s.Service)
		}
		if !known && !expected {
			continue
		}
		if err := tx.Put(kindWaiting, string(p.ID), now, journal.Index{State: state}); err != nil {
			return err
		}
	}
	return nil
}

// waits reports whether a parcel is expected at the dock here.
func waits(s agent.State, p agent.Parcel) bool {
	return p.Label == printer.Confirmed && p.HandedOver.IsZero() && p.Away == nil && s.Void == "" && s.Why == nil
}

func waitingOf(s agent.State, p agent.Parcel) handoff.Waiting {
	w := handoff.Waiting{
		Parcel: p.ID, Order: s.Order.ID, TrackingNumber: p.TrackingNumber, Carrier: s.Carrier, Service: s.Service, ServiceName: s.ServiceName,
		Weight: p.Weight, To: s.Order.ShipTo.Name, PostalCode: s.Order.ShipTo.PostalCode, Country: s.Order.ShipTo.Country,
		Seen: p.Scanned, SeenBy: p.ScannedBy,
	}
	if s.Otherwise != nil {
		w.Stop = s.Otherwise.Message
	}
	return w
}

// printedFact returns the fact that a label of the parcel is on paper, if it is
// among effects.
func printedFact(effects []agent.Effect, id shipment.ParcelID) (shipment.LabelPrinted, bool) {
	for _, e := range effects {
		if r, ok := e.(agent.Record); ok {
			if f, ok := r.Fact.(shipment.LabelPrinted); ok && f.Parcel == id {
				return f, true
			}
		}
	}
	return shipment.LabelPrinted{}, false
}

// waitingFor returns up to limit parcels that wait for a carrier, oldest first,
// and how many there are; 0 is all of them.
func waitingFor(tx *journal.ReadTx, c shipment.CarrierID, limit int) ([]handoff.Waiting, int, error) {
	states, err := tx.States(kindWaiting, waitPrefix(c))
	if err != nil {
		return nil, 0, err
	}
	return waitingIn(tx, states, limit)
}

func waitingIn(tx *journal.ReadTx, states []string, limit int) ([]handoff.Waiting, int, error) {
	if len(states) == 0 {
		return nil, 0, nil
	}
	n, err := tx.Count(kindWaiting, states...)
	if err != nil || n == 0 {
		return nil, 0, err
	}
	list, err := collect[handoff.Waiting](tx, kindWaiting, journal.Query{States: states, Limit: limit})
	return list, n, err
}

// missingFrom returns up to limit parcels that wait for an open pick-up and for no
// other, oldest first, and how many there are. Beside them may be parcels that
// another driver of the same carrier, for whom a person has opened a pick-up,
// takes as well: whoever closes last is asked about those.
func missingFrom(tx *journal.ReadTx, s handoff.Session, limit int) (list []handoff.Waiting, n, beside int, err error) {
	states, err := tx.States(kindWaiting, waitPrefix(s.Carrier))
	if err != nil || len(states) == 0 {
		return nil, 0, 0, err
	}
	open, err := openSessions(tx)
	if err != nil {
		return nil, 0, 0, err
	}
	var shared []string
	states = slices.DeleteFunc(states, func(state string) bool {
		name, its, known := strings.Cut(strings.TrimPrefix(state, waitPrefix(s.Carrier)), "/")
		service := shipment.ServiceID(name)
		takes := func(t handoff.Session) bool {
			return t.ID != s.ID && t.Open() && !t.Auto && t.Corrects == "" && t.Takes(s.Carrier, service)
		}
		switch {
		case !s.Takes(s.Carrier, service):
			return true
		case known:
			return its != s.ID
		case !slices.ContainsFunc(open, takes):
			return false
		}
		shared = append(shared, state)
		return true
	})
	if len(shared) > 0 {
		if beside, err = tx.Count(kindWaiting, shared...); err != nil {
			return nil, 0, 0, err
		}
	}
	list, n, err = waitingIn(tx, states, limit)
	return list, n, beside, err
}

// unknownScan answers a scan that is no parcel's.
func (d *Desk) unknownScan(tx *journal.Tx, parsed scan.Scan) (agent.Answer, error) {
	a := agent.Answer{Signal: scanner.Bad, Code: "unknown", Message: d.unknownMessage(parsed)}
	message, isManifest, err := d.manifestWords(&tx.ReadTx, parsed)
	if isManifest {
		a.Code, a.Message = "manifest", message
	} else if parsed.Code != nil {
		a.Code = "other_warehouse"
	}
	return a, err
}

// manifestWords says which pick-up's manifest was scanned, where it is one.
func (d *Desk) manifestWords(tx *journal.ReadTx, parsed scan.Scan) (string, bool, error) {
	if !slices.Contains(parsed.LooksLike, "manifest") {
		return "", false, nil
	}
	var s handoff.Session
	found, err := tx.Get(kindHandoff, strings.ToLower(parsed.Data), &s)
	if err != nil || !found {
		return "", false, err
	}
	if s.Open() {
		return fmt.Sprintf("This is the manifest of %s's open pick-up with %d parcels, and no parcel. Nothing was counted.", d.carrierName(s.Carrier), s.Count), true, nil
	}
	return fmt.Sprintf("This is the manifest of %s's pick-up, closed %s with %d parcels, and no parcel. Nothing was counted.",
		d.carrierName(s.Carrier), s.Closed.In(d.o.Location).Format("2 Jan 15:04"), s.Count), true, nil
}

func openSessions(tx *journal.ReadTx) ([]handoff.Session, error) {
	states, err := tx.States(kindHandoff, openPrefix)
	if err != nil || len(states) == 0 {
		return nil, err
	}
	return collect[handoff.Session](tx, kindHandoff, journal.Query{States: states})
}

// entryOf returns the scan that counts for a parcel on a pick-up.
func entryOf(tx *journal.ReadTx, session string, p shipment.ParcelID, n shipment.TrackingNumber) (handoff.Entry, bool, error) {
	e, found, err := signedFor(tx, session, p, n)
	return e, found && e.Back == nil && e.Elsewhere == nil && e.Conflict == "", err
}

// signedFor returns the scan of a parcel by which it is known on a pick-up: one that
// counts, that stands on its paper and was taken back by a correction or at another
// station, or that came too late for the paper.
func signedFor(tx *journal.ReadTx, session string, p shipment.ParcelID, n shipment.TrackingNumber) (handoff.Entry, bool, error) {
	var e handoff.Entry
	id, found, err := tx.Find(kindEntry, entryKey(session, p, n))
	if err == nil && !found { // as it was kept before, by the parcel alone
		id, found, err = tx.Find(kindEntry, session+"/"+string(p))
	}
	if err != nil || !found {
		return e, false, err
	}
	found, err = tx.Get(kindEntry, id, &e)
	return e, found && e.TrackingNumber == n, err
}

// lastEntry returns the latest scan that counts of this station's own onto any of
// the pick-ups, and which that is; of one scanner where scanner is given. At a
// pick-up that was taken over are scans of other stations, whose scanners may have
// the same names. Latest is what the journal has last: the clock may have been set
// since.
func lastEntry(tx *journal.ReadTx, on []handoff.Session, scanner string) (handoff.Session, handoff.Entry, bool, error) {
	var session handoff.Session
	var last handoff.Entry
	if len(on) == 0 {
		return session, last, false, nil
	}
	states := make([]string, 0, len(on))
	for _, s := range on {
		states = append(states, s.ID)
	}
	err := tx.List(kindEntry, journal.Query{States: states, Newest: true}, func(id string, raw []byte) error {
		var e handoff.Entry
		if err := json.Unmarshal(raw, &e); err != nil {
			return fmt.Errorf("scan %s onto a pick-up in the journal: %w", id, err)
		}
		if e.Station != "" || scanner != "" && e.Scanner != scanner {
			return nil
		}
		i := slices.IndexFunc(on, func(s handoff.Session) bool { return entryID(s.ID, e.N) == id })
		if i < 0 {
			return fmt.Errorf("scan %s in the journal is onto none of the pick-ups it is listed under", id)
		}
		session, last = on[i], e
		return errStop
	})
	if errors.Is(err, errStop) {
		return session, last, true, nil
	}
	return session, last, false, err
}

// errStop ends a walk that has found what it looks for.
var errStop = errors.New("found")
