package desk

import (
	"slices"
	"time"

	"waybill/agent"
	"waybill/agent/handoff"
	"waybill/shipment"
	"waybill/sync/journal"
	"waybill/sync/wire"
)

// merge brings what other stations scanned onto a pick-up, each scan once, and
// while it is open here what waits for it at them. It returns what is new.
func (d *Desk) merge(tx *journal.Tx, s *handoff.Session, h wire.Handoff) (shipment.HandoffMerged, error) {
	m := shipment.HandoffMerged{Handoff: s.ID}
	// First what was taken back: the same parcel may have been scanned again since,
	// and the clocks of two stations do not say which came first.
	var fresh []wire.HandoffEntry
	for _, e := range h.Entries {
		id, known, err := d.heardOf(tx, s.ID, e)
		if err == nil && known && (s.Closed.IsZero() || !scannedAgain(h, e)) {
			err = d.mergeBack(tx, s, id, e, &m)
		}
		if err != nil {
			return m, err
		}
		if !known {
			fresh = append(fresh, e)
		}
	}
	for _, e := range fresh {
		if err := d.mergeEntry(tx, s, e, &m); err != nil {
			return m, err
		}
	}
	for _, e := range fresh {
		if e.Back == nil || scannedAgain(h, e) {
			continue
		}
		if err := d.mergeGone(tx, s, e, &m); err != nil {
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

// heardOf returns where a scan is kept that the hub tells of, where it is known
// here.
func (d *Desk) heardOf(tx *journal.Tx, session string, e wire.HandoffEntry) (id string, known bool, err error) {
	id, known, err = tx.Find(kindEntry, heardKey(session, e.Station, e.N))
	if err != nil || known || e.Station != d.o.Journal.Station() {
		return id, known, err
	}
	var mine handoff.Entry
	found, err := tx.Get(kindEntry, entryID(session, e.N), &mine)
	return entryID(session, e.N), found && mine.Parcel == e.Parcel && mine.Station == "", err
}

func (d *Desk) mergeEntry(tx *journal.Tx, s *handoff.Session, e wire.HandoffEntry, m *shipment.HandoffMerged) error {
	entry := handoff.Entry{
		Parcel: e.Parcel, Order: e.Order, TrackingNumber: e.TrackingNumber, Service: e.Service, ServiceName: e.ServiceName, Weight: e.Weight,
		PostalCode: e.PostalCode, Country: e.Country, Scanner: e.Scanner, Operator: e.Operator, At: e.At, Station: e.Station, Of: e.N,
	}
	s.Scans++
	entry.N = s.Scans
	var err error
	if entry.Guest, err = isGuest(tx, e); err != nil {
		return err
	}
	signed, on, err := signedFor(&tx.ReadTx, s.ID, e.Parcel, e.TrackingNumber) // also one that a correction took back since: that is the last word
	switch {
	case err != nil:
		return err
	case e.Back != nil:
		entry.Back = takenBackBy(e)
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
	m.Scans = append(m.Scans, told(entry))
	if err := putEntry(tx, s.ID, entry); err != nil {
		return err
	}
	if entry.Conflict == handoff.Twice && signed.Elsewhere != nil && signed.Back == nil {
		return d.mergeAgain(tx, s, signed, m)
	}
	if entry.Back != nil || entry.Conflict == handoff.Twice {
		return nil
	}
	before, err := d.leftElsewhere(tx, *s, entry, false)
	if before {
		m.Both = append(m.Both, e.Parcel)
	}
	return err
}

// mergeBack takes a scan back that was taken back at another station. What is on the
// paper of a pick-up that was closed here stays on it as it was signed.
func (d *Desk) mergeBack(tx *journal.Tx, s *handoff.Session, id string, e wire.HandoffEntry, m *shipment.HandoffMerged) error {
	if e.Back == nil || e.Back.Station == d.o.Journal.Station() {
		return nil
	}
	var entry handoff.Entry
	found, err := tx.Get(kindEntry, id, &entry)
	if err != nil || !found || entry.Back != nil || entry.Elsewhere != nil || entry.Conflict == handoff.Twice {
		return err
	}
	nameGuest(&m.TrackingNumbers, entry)
	switch {
	case entry.Conflict == handoff.Late: // on no paper, and on the pick-up no more
		entry.Back = takenBackBy(e)
		s.Conflicts--
	case !s.Closed.IsZero():
		entry.Elsewhere = takenBackBy(e)
	default:
		entry.Back = takenBackBy(e)
		s.Count--
		s.Weight -= entry.Weight
	}
	m.Back = append(m.Back, entry.Parcel)
	m.Scans = append(m.Scans, told(entry))
	if err := putEntry(tx, s.ID, entry); err != nil {
		return err
	}
	_, err = d.leftElsewhere(tx, *s, entry, true)
	return err
}

func takenBackBy(e wire.HandoffEntry) *handoff.Back {
	return &handoff.Back{At: e.Back.At, By: e.Back.By, Reason: e.Back.Reason, Station: e.Back.Station}
}

// mergeAgain has a parcel leave by its scan on the paper that was signed here: another
// station had taken it back, and has scanned it onto the same pick-up again.
func (d *Desk) mergeAgain(tx *journal.Tx, s *handoff.Session, signed handoff.Entry, m *shipment.HandoffMerged) error {
	signed.Elsewhere = nil
	m.Added = append(m.Added, signed.Parcel)
	m.Scans = append(m.Scans, told(signed))
	if err := putEntry(tx, s.ID, signed); err != nil {
		return err
	}
	before, err := d.leftElsewhere(tx, *s, signed, false)
	if before {
		m.Both = append(m.Both, signed.Parcel)
	}
	return err
}

// scannedAgain reports whether the parcel of a scan that was taken back has another
// scan that was not. It has left then, also where that one came too late for the
// manifest of a pick-up that was closed here.
func scannedAgain(h wire.Handoff, e wire.HandoffEntry) bool {
	return slices.ContainsFunc(h.Entries, func(x wire.HandoffEntry) bool { return x.TrackingNumber == e.TrackingNumber && x.Back == nil })
}

// mergeGone has a parcel wait again that is known here to have left with the
// pick-up, by a scan which was in a journal that is lost and was taken back
// elsewhere since.
func (d *Desk) mergeGone(tx *journal.Tx, s *handoff.Session, e wire.HandoffEntry, m *shipment.HandoffMerged) error {
	_, on, err := entryOf(&tx.ReadTx, s.ID, e.Parcel, e.TrackingNumber)
	if err != nil || on {
		return err
	}
	order, p, ours, err := ownParcel(&tx.ReadTx, e.TrackingNumber)
	if err != nil || !ours || !p.On(s.ID) {
		return err
	}
	m.Back = append(m.Back, p.ID)
	order, effects := order.Step(agent.Elsewhere{K: p.K, Handoff: s.ID, Learned: d.o.Now()})
	return d.keep(tx, order, effects)
}

// ownParcel returns the parcel of one of the station's orders that travels under a
// number.
func ownParcel(tx *journal.ReadTx, n shipment.TrackingNumber) (agent.State, agent.Parcel, bool, error) {
	id, found, err := tx.Find(kindOrder, numberKey(n))
	if err != nil || !found {
		return agent.State{}, agent.Parcel{}, false, err
	}
	order, err := getOrder(tx, shipment.OrderID(id))
	if err != nil {
		return order, agent.Parcel{}, false, err
	}
	p, ok := order.Parcel(n)
	return order, p, ok, nil
}

// leftElsewhere tells the parcel of another station's scan that it has left, or
// that it was taken back. It reports whether the parcel had left with another pick-up
// before.
func (d *Desk) leftElsewhere(tx *journal.Tx, s handoff.Session, e handoff.Entry, back bool) (before bool, err error) {
	if e.Guest {
		return d.guestLeft(tx, s, e, back)
	}
	order, p, ok, err := ownParcel(&tx.ReadTx, e.TrackingNumber)
	if err != nil || !ok { // its label was voided since; the pick-up keeps the scan
		return false, err
	}
	before = !p.HandedOver.IsZero() && !p.On(s.ID)
	at := e.At
	if back {
		at = time.Time{}
	}
	step := agent.Elsewhere{K: p.K, Handoff: s.ID, By: e.By(), At: at, Learned: d.o.Now()}
	order, effects := order.Step(step)
	return before, d.keep(tx, order, effects)
}

// told returns what an event says of a scan that another station has made.
func told(e handoff.Entry) shipment.HandoffScan {
	return shipment.HandoffScan{
		Station: e.Station, Of: e.Of, Entry: e.N, Order: e.Order, Parcel: e.Parcel, TrackingNumber: e.TrackingNumber, Service: e.Service,
		ServiceName: e.ServiceName, Weight: e.Weight, PostalCode: e.PostalCode, Country: e.Country, Scanner: e.Scanner, Operator: e.Operator,
		At: e.At, Guest: e.Guest, Conflict: e.Conflict, Back: toldBack(e.Back), BackElsewhere: toldBack(e.Elsewhere),
	}
}

func toldBack(b *handoff.Back) *shipment.ScanBack {
	if b == nil {
		return nil
	}
	return &shipment.ScanBack{At: b.At, By: b.By, Reason: b.Reason, Station: b.Station}
}

// heardEntry returns the scan that an event tells of.
func heardEntry(s shipment.HandoffScan) handoff.Entry {
	return handoff.Entry{
		N: s.Entry, Parcel: s.Parcel, Order: s.Order, TrackingNumber: s.TrackingNumber, Service: s.Service, ServiceName: s.ServiceName,
		Weight: s.Weight, PostalCode: s.PostalCode, Country: s.Country, Scanner: s.Scanner, Operator: s.Operator, At: s.At,
		Station: s.Station, Of: s.Of, Guest: s.Guest, Conflict: s.Conflict, Back: heardBack(s.Back), Elsewhere: heardBack(s.BackElsewhere),
	}
}

func heardBack(b *shipment.ScanBack) *handoff.Back {
	if b == nil {
		return nil
	}
	return &handoff.Back{At: b.At, By: b.By, Reason: b.Reason, Station: b.Station}
}
