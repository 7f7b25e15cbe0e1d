package desk

import (
	"context"
	"fmt"

	"waybill/agent"
	"waybill/agent/handoff"
	"waybill/internal/fault"
	"waybill/shipment"
	"waybill/sync/journal"
)

// A Live is a pick-up as it is at this moment.
type Live struct {
	handoff.Session
	Expected     int               // on it and missing together
	Missing      []handoff.Waiting // the first of them; of a closed one, what it left behind
	MissingCount int
	Beside       int             // wait too, and another pick-up of the carrier takes them
	Coming       int             // parcels of its carrier whose labels are not out yet
	Last         []handoff.Entry // the latest scans that count, newest first
	Scanners     []ScannerCount
}

// A ScannerCount is how much of a pick-up one scanner has scanned, of late.
type ScannerCount struct {
	Name  string
	Count int // of the latest scans
	Last  handoff.Entry
}

// maxLatest is how many of the latest scans a Live looks at.
const maxLatest = 50

// LiveHandoff returns a pick-up as it is, with up to limit missing parcels.
func (d *Desk) LiveHandoff(ctx context.Context, id string, limit int) (Live, error) {
	var l Live
	err := d.o.Journal.View(ctx, func(tx *journal.ReadTx) error {
		session, err := getSession(tx, id)
		if err == nil {
			l, err = live(tx, session, limit)
		}
		return err
	})
	return l, err
}

// OpenHandoffs returns every open pick-up as it is, with up to limit missing
// parcels of each.
func (d *Desk) OpenHandoffs(ctx context.Context, limit int) ([]Live, error) {
	var list []Live
	err := d.o.Journal.View(ctx, func(tx *journal.ReadTx) error {
		open, err := openSessions(tx)
		for _, s := range open {
			l, err := live(tx, s, limit)
			if err != nil {
				return err
			}
			list = append(list, l)
		}
		return err
	})
	return list, err
}

func live(tx *journal.ReadTx, s handoff.Session, limit int) (Live, error) {
	l := Live{Session: s}
	var err error
	if s.Open() {
		if l.Missing, l.MissingCount, l.Beside, err = missingFrom(tx, s, limit); err != nil {
			return l, err
		}
		if l.Coming, err = coming(tx, s); err != nil {
			return l, err
		}
	} else if _, err = tx.Get(kindLeft, s.ID, &l.Missing); err != nil {
		return l, err
	} else {
		l.MissingCount = s.Missing
		l.Missing = l.Missing[:min(len(l.Missing), limit)]
	}
	if s.Corrects != "" && s.Open() { // what it is for is said one by one
		l.Missing, l.MissingCount, l.Beside = nil, 0, 0
	}
	l.Expected = l.Count + l.MissingCount
	l.Last, err = collect[handoff.Entry](tx, kindEntry, journal.Query{States: []string{s.ID}, Limit: maxLatest, Newest: true})
	for _, e := range l.Last {
		l.count(e)
	}
	return l, err
}

func (l *Live) count(e handoff.Entry) {
	name := e.Scanner
	if e.Station != "" {
		name = fmt.Sprintf("%s at station %s", name, e.Station)
	}
	for i := range l.Scanners {
		if l.Scanners[i].Name == name {
			l.Scanners[i].Count++
			return
		}
	}
	l.Scanners = append(l.Scanners, ScannerCount{Name: name, Count: 1, Last: e})
}

// maxComing bounds how many orders are looked at for labels that are to come.
const maxComing = 500

// coming returns how many parcels of a pick-up's carrier have no label on paper
// yet.
func coming(tx *journal.ReadTx, s handoff.Session) (int, error) {
	orders, err := listOrders(tx, maxComing, agent.ToPack, agent.Labelling, agent.Printing, agent.Unconfirmed)
	n := 0
	for _, o := range orders {
		if s.Takes(o.Carrier, o.Service) {
			n += len(o.Parcels)
		}
	}
	return n, err
}

// Manifest returns what the paper of a pick-up says. One that is still open says
// so, and what is missing now.
func (d *Desk) Manifest(ctx context.Context, id string) (handoff.Manifest, error) {
	m := handoff.Manifest{Station: d.o.Journal.Station()}
	err := d.o.Journal.View(ctx, func(tx *journal.ReadTx) error {
		var err error
		if m.Session, m.Entries, err = getHandoff(tx, id); err != nil {
			return err
		}
		if m.Returned, err = collect[handoff.Entry](tx, kindEntry, journal.Query{States: []string{returnedState(id)}}); err != nil {
			return err
		}
		for i := range m.Entries { // on paper people have names
			m.Entries[i].Operator = d.OperatorName(m.Entries[i].Operator)
		}
		if m.Conflicts, err = collect[handoff.Entry](tx, kindEntry, journal.Query{States: []string{conflictState(id)}}); err != nil {
			return err
		}
		if _, err = tx.Get(kindSigned, id, &m.Signature); err != nil {
			return err
		}
		if m.Open() && m.Corrects == "" {
			m.Left, _, _, err = missingFrom(tx, m.Session, 0)
			return err
		}
		_, err = tx.Get(kindLeft, id, &m.Left)
		return err
	})
	return m, err
}

// KeepLabel says that a person has looked at an order that came again otherwise
// after its label was made, and that the label is right.
func (d *Desk) KeepLabel(ctx context.Context, id shipment.OrderID, by, reason string) (agent.State, error) {
	var s agent.State
	err := d.o.Journal.Update(ctx, func(tx *journal.Tx) error {
		var err error
		if s, err = getOrder(&tx.ReadTx, id); err != nil {
			return err
		}
		if s.Otherwise == nil {
			return &fault.Error{Op: "keep label", Kind: fault.Conflict, Err: errNotOtherwise}
		}
		var effects []agent.Effect
		s, effects = s.Step(agent.KeepLabel{By: by, Reason: reason, At: d.o.Now()})
		return d.keep(tx, s, effects)
	})
	if err == nil {
		d.say(Notice{Topic: "order", Order: string(id), At: d.o.Now()})
	}
	return s, err
}
