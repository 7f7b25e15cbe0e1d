package desk

import (
	"cmp"
	"fmt"

	"waybill/agent"
	"waybill/agent/handoff"
	"waybill/internal/fault"
	"waybill/scanner"
	"waybill/shipment"
	"waybill/shipment/carrier"
	"waybill/shipment/scan"
	"waybill/sync/journal"
	"waybill/sync/wire"
)

// A guest is a parcel whose order is another station's. This one knows it by a
// pick-up that it has taken over, and hands it over with that one only; or the hub
// has given it the parcel alone, and then it goes with any pick-up of its carrier. It
// is kept among the parcels that wait.

const guestPrefix = "guest:"

func guestID(station shipment.StationID, p shipment.ParcelID, number shipment.TrackingNumber) string {
	return fmt.Sprintf(guestPrefix+"%s/%s/%s", station, p, number)
}

func numberKey(n shipment.TrackingNumber) string { return "number:" + string(n) }

func numberKeys(numbers []shipment.TrackingNumber) []string {
	keys := make([]string, len(numbers))
	for i, n := range numbers {
		keys[i] = numberKey(n)
	}
	return keys
}

// keepGuest keeps a guest among those that are expected, or not.
func keepGuest(tx *journal.Tx, w handoff.Waiting) error {
	state := goneGuest
	if guestWaits(w) {
		var err error
		if state, err = guestState(&tx.ReadTx, w); err != nil {
			return err
		}
	}
	return putGuestAs(tx, w, state)
}

// goneGuest is the state of a guest that waits for no carrier here, until it is
// forgotten for whom it is.
const goneGuest = "gone:guest"

// guestWaits reports whether a guest may be expected, though it may have to be stopped.
func guestWaits(w handoff.Waiting) bool {
	return w.Handoff == "" && (w.Code == "" || w.Code == agent.Cancelled || w.Code == agent.AddressChanged)
}

// guestState returns where a guest waits. No pick-up takes one that is known by another,
// and a correction expects nothing.
func guestState(tx *journal.ReadTx, w handoff.Waiting) (string, error) {
	if w.For == "" {
		return waitState(w.Carrier, w.Service), nil
	}
	var s handoff.Session
	found, err := tx.Get(kindHandoff, w.For, &s)
	switch {
	case !s.Closed.IsZero(): // a correction has taken it back, and it is here
		return waitState(w.Carrier, w.Service), err
	case found && s.Open() && s.Corrects == "":
		return waitFor(w.Carrier, w.Service, w.For), err
	}
	return goneGuest, err // it waits where its order is, or where the pick-up is
}

func putGuestAs(tx *journal.Tx, w handoff.Waiting, state string) error {
	return tx.Put(kindWaiting, guestID(w.Station, w.Parcel, w.TrackingNumber), w, journal.Index{State: state, Keys: []string{numberKey(w.TrackingNumber)}})
}

// putGuest learns of a parcel of another station what the hub tells of it.
func (d *Desk) putGuest(tx *journal.Tx, s handoff.Session, p wire.HandoffParcel) error {
	if _, ours, err := tx.Find(kindOrder, numberKey(p.TrackingNumber)); err != nil || ours {
		return err
	}
	now := handoff.Waiting{
		Parcel: p.Parcel, Order: p.Order, TrackingNumber: p.TrackingNumber, Carrier: p.Carrier, Service: p.Service, ServiceName: d.serviceName(p.Service),
		Weight: p.Weight, To: p.To, PostalCode: p.PostalCode, Country: p.Country, Printed: p.Printed, Seen: p.Seen,
		Station: p.Station, For: s.ID, Code: p.Code, Stop: p.Stop,
	}
	before, id, found, err := guestOf(tx, p.TrackingNumber)
	switch {
	case err != nil:
		return err
	case found && (before.Handoff != "" || before == now):
		return nil // it has left here, or nothing is new; the hub may not have heard yet
	case found && id != guestID(now.Station, now.Parcel, now.TrackingNumber):
		now.Station, now.Parcel = before.Station, before.Parcel // a number is one parcel's
	}
	return keepGuest(tx, now)
}

// Services returns the services that the station ships with.
func (d *Desk) Services() []carrier.Service {
	if d.o.Rules.Rules == nil {
		return nil
	}
	return d.o.Rules.Rules.Services()
}

func (d *Desk) serviceName(id shipment.ServiceID) string {
	for _, s := range d.Services() {
		if s.ID == id {
			return s.Name
		}
	}
	return string(id)
}

func guestOf(tx *journal.Tx, n shipment.TrackingNumber) (handoff.Waiting, string, bool, error) {
	var w handoff.Waiting
	id, found, err := tx.Find(kindWaiting, numberKey(n))
	if err == nil && found {
		found, err = tx.Get(kindWaiting, id, &w)
	}
	return w, id, found, err
}

// findGuest returns the guest whose number the scan carries.
func findGuest(tx *journal.Tx, parsed scan.Scan) (handoff.Waiting, bool, error) {
	var w handoff.Waiting
	id, _, found, err := tx.FindFirst(kindWaiting, numberKeys(parsed.Numbers())...)
	if err == nil && found {
		found, err = tx.Get(kindWaiting, id, &w)
	}
	return w, found, err
}

// isGuest reports whether the order of another station's scan is not this one's.
// The number decides: two stations may have orders of one ID, of different shops,
// and a number is on one parcel.
func isGuest(tx *journal.Tx, e wire.HandoffEntry) (bool, error) {
	_, ours, err := tx.Find(kindOrder, numberKey(e.TrackingNumber))
	return !ours, err
}

// dismiss leaves guests that a pick-up left behind, or had when it went to another
// station, to those that have their orders.
func dismiss(tx *journal.Tx, waiting []handoff.Waiting) error {
	for _, w := range waiting {
		if w.Station == "" || w.For == "" { // or the hub gave it to this one, where it waits for the next
			continue
		}
		if err := putGuestAs(tx, w, goneGuest); err != nil {
			return err
		}
	}
	return nil
}

// recall has the guests that were left to others wait again for a pick-up which came
// back.
func recall(tx *journal.Tx, s handoff.Session, expected []wire.HandoffParcel) error {
	for _, p := range expected {
		w, _, found, err := guestOf(tx, p.TrackingNumber)
		if err == nil && found && w.For == s.ID {
			err = keepGuest(tx, w)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// scanGuest decides about a scan at the dock of a parcel of another station.
// found is false where the scan is none's.
func (d *Desk) scanGuest(tx *journal.Tx, in scanner.Scan, parsed scan.Scan, place handoff.Place, at moment) (verdict, bool, error) {
	w, found, err := findGuest(tx, parsed)
	if err != nil || !found {
		return verdict{}, false, err
	}
	v := verdict{order: w.Order, parcel: w.Parcel}
	refuse := func(code, message string) {
		v.answer = agent.Answer{Signal: scanner.Bad, Code: code, Message: message}
	}
	if w.Handoff != "" {
		v.answer, err = d.guestAgain(tx, w)
		return v, true, err
	}
	if w.Code != "" {
		refuse(w.Code, fmt.Sprintf("Stop, order %s of station %s: %s Put it aside.", w.Order, w.Station, cmp.Or(w.Stop, "It must stay.")))
		if w.For == "" { // the hub may say otherwise by now, or give it back
			d.wonder(&v, in, question{w.TrackingNumber})
		}
		return v, true, nil
	}
	if code, message, err := guestStopped(tx, w.Order); err != nil || code != "" {
		refuse(code, message)
		return v, true, err
	}
	on, no, err := d.guestPickUp(tx, w, place, at)
	if err != nil {
		return v, true, err
	}
	if no != nil {
		refuse(no.Code, no.Message)
		if no.Code == handoff.NoHandoff && w.For != "" { // the hub may give it the parcel alone
			d.wonder(&v, in, question{w.TrackingNumber})
		}
		return v, true, nil
	}
	s := on.session
	if on.opened {
		if err := d.record(tx, "", openedFact(s)); err != nil {
			return v, true, err
		}
	}
	e := handoff.Entry{
		Parcel: w.Parcel, Order: w.Order, TrackingNumber: w.TrackingNumber, Service: w.Service, ServiceName: w.ServiceName, Weight: w.Weight,
		PostalCode: w.PostalCode, Country: w.Country, Scanner: in.Scanner, Operator: at.Operator, At: at.At, Guest: true,
	}
	if err := d.enter(tx, s, e); err != nil {
		return v, true, err
	}
	w.Handoff, w.Seen, w.SeenBy = s.ID, at.At, in.Scanner
	v.effects = []agent.Effect{agent.Record{Fact: shipment.ParcelHandedOver{
		Parcel: w.Parcel, TrackingNumber: w.TrackingNumber, Carrier: w.Carrier, Handoff: s.ID, Entry: s.Scans + 1,
		Service: w.Service, ServiceName: w.ServiceName, Weight: w.Weight, PostalCode: w.PostalCode, Country: w.Country, Scanner: in.Scanner,
		Station: w.Station,
	}}}
	v.answer = agent.Answer{Signal: scanner.Good, Code: "handed_over", Message: fmt.Sprintf("Order %s, %s: leaves with %s (of station %s).", w.Order, w.To, w.ServiceName, w.Station)}
	return v, true, keepGuest(tx, w)
}

// guestAgain answers the scan of a guest that has left.
func (d *Desk) guestAgain(tx *journal.Tx, w handoff.Waiting) (agent.Answer, error) {
	e, found, err := signedFor(&tx.ReadTx, w.Handoff, w.Parcel, w.TrackingNumber)
	if err != nil {
		return agent.Answer{}, err
	}
	if !found { // the disk was lost, and the hub has not given its open pick-up back yet
		e.At, e.Scanner = w.Seen, w.SeenBy
	}
	left := handoff.Left{At: e.At, Scanner: e.By()}
	if _, err := tx.Get(kindHandoff, w.Handoff, &left.Handoff); err != nil {
		return agent.Answer{}, err
	}
	here, message := left.Again(w.Order, w.ServiceName, d.clock)
	signal := scanner.Warn
	if here {
		signal = scanner.Bad
	}
	return agent.Answer{Signal: signal, Code: "already_handed_over", Message: message}, nil
}

// guestPickUp finds the pick-up for a guest: the one by which it is known, or one
// that corrects it; any of its carrier's where the hub gave it alone.
func (d *Desk) guestPickUp(tx *journal.Tx, w handoff.Waiting, place handoff.Place, at moment) (pick, *handoff.Refusal, error) {
	bound := handoff.Bound{
		Carrier: w.Carrier, CarrierName: d.carrierName(w.Carrier), Service: w.Service, ServiceName: w.ServiceName, Names: d.carrierName, Clock: d.clock,
	}
	if w.For == "" {
		return d.pickFor(tx, place, bound, at.At)
	}
	open, err := openSessions(&tx.ReadTx)
	if err != nil {
		return pick{}, nil, err
	}
	var its []handoff.Session
	for _, s := range open {
		if s.ID == w.For || s.Corrects == w.For {
			its = append(its, s)
		}
	}
	if len(its) == 0 {
		return pick{}, &handoff.Refusal{
			Code:    handoff.NoHandoff,
			Message: fmt.Sprintf("Stop: order %s is of station %s, and its pick-up is not open here. Hand the parcel over there, or take a pick-up of that station over.", w.Order, w.Station),
		}, nil
	}
	s, no := handoff.Choose(its, place, bound)
	return pick{session: s}, no, nil
}

// guestLeft tells a guest that another station has handed it over, or taken it back.
// It reports whether the guest had left with another pick-up before.
func (d *Desk) guestLeft(tx *journal.Tx, s handoff.Session, e handoff.Entry, back bool) (before bool, err error) {
	w, _, found, err := guestOf(tx, e.TrackingNumber)
	if err != nil {
		return false, err
	}
	if !found {
		w = handoff.Waiting{
			Parcel: e.Parcel, Order: e.Order, TrackingNumber: e.TrackingNumber, Carrier: s.Carrier, Service: e.Service, ServiceName: e.ServiceName,
			Weight: e.Weight, PostalCode: e.PostalCode, Country: e.Country, Seen: e.At, SeenBy: e.Scanner, Station: e.Station, For: s.ID,
		}
	}
	switch {
	case !back:
		before = w.Handoff != "" && w.Handoff != s.ID
		w.Handoff = s.ID // where it was last said to be
	case w.Handoff == s.ID:
		if w.Handoff, err = stillOn(&tx.ReadTx, e); err != nil {
			return false, err
		}
		if w.Handoff == "" && w.For == s.ID && !s.Closed.IsZero() { // it waits where its order is
			return false, dismiss(tx, []handoff.Waiting{w})
		}
	}
	return before, keepGuest(tx, w)
}

// stillOn returns a pick-up that the parcel of a scan was scanned onto as well, where
// that was not taken back; empty: it waits.
func stillOn(tx *journal.ReadTx, e handoff.Entry) (string, error) {
	list, err := collect[handoff.Session](tx, kindHandoff, journal.Query{Newest: true, Limit: maxStillOn})
	for _, s := range list {
		if other, found, err := signedFor(tx, s.ID, e.Parcel, e.TrackingNumber); err != nil || found && other.Back == nil && other.Elsewhere == nil {
			return s.ID, err
		}
	}
	return "", err
}

// maxStillOn is how many of the latest pick-ups are looked through for it.
const maxStillOn = 50

// guestBack takes a guest back that was scanned onto a pick-up: it waits again.
func (d *Desk) guestBack(tx *journal.Tx, s handoff.Session, e handoff.Entry, from string, u Undoing) error {
	w, _, found, err := guestOf(tx, e.TrackingNumber)
	if err == nil && !found {
		err = &fault.Error{Op: "undo on pick-up " + s.ID, Kind: fault.NotFound, Err: fmt.Errorf("parcel %s is not known any more", e.TrackingNumber)}
	}
	if err != nil {
		return err
	}
	if w.Handoff == from {
		if w.Handoff, err = stillOn(&tx.ReadTx, e); err != nil {
			return err
		}
	}
	if err := keepGuest(tx, w); err != nil {
		return err
	}
	fact := shipment.ParcelTakenBack{
		Parcel: e.Parcel, TrackingNumber: e.TrackingNumber, Carrier: s.Carrier, Handoff: s.ID, Entry: d.placeAtHub(e), By: u.By, Reason: u.Reason,
		Station: w.Station,
	}
	if from != s.ID {
		fact.From = from
	}
	return d.record(tx, e.Order, fact)
}

// guestNumbers returns the tracking numbers of the guests among entries; nil: none.
func guestNumbers(entries []handoff.Entry) map[shipment.ParcelID]shipment.TrackingNumber {
	var numbers map[shipment.ParcelID]shipment.TrackingNumber
	for _, e := range entries {
		nameGuest(&numbers, e)
	}
	return numbers
}

// shareID reports whether two of the parcels have one ID: they are of two stations'
// orders of one ID, and nothing but their numbers tells them apart.
func shareID(lists ...[]shipment.ParcelID) bool {
	seen := map[shipment.ParcelID]bool{}
	for _, list := range lists {
		for _, p := range list {
			if seen[p] {
				return true
			}
			seen[p] = true
		}
	}
	return false
}

// nameGuest takes note of a guest's tracking number. The scan that has it may be
// another station's event, and the label is too, so that this journal would know the
// parcel by nothing but the order's ID.
func nameGuest(numbers *map[shipment.ParcelID]shipment.TrackingNumber, e handoff.Entry) {
	if !e.Guest || e.Back != nil || e.TrackingNumber == "" {
		return
	}
	if *numbers == nil {
		*numbers = map[shipment.ParcelID]shipment.TrackingNumber{}
	}
	(*numbers)[e.Parcel] = e.TrackingNumber
}
