// Package desk carries out what package agent decides: it keeps the desk's
// state and history in the journal, hands labels to the spool, and answers
// scans only once they are durable.
//
// It decides nothing itself and talks to no device and no network: those are
// handed in, and call it.
package desk

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"waybill/agent"
	"waybill/internal/fault"
	"waybill/printer"
	"waybill/shipment"
	"waybill/shipment/carrier"
	"waybill/shipment/scan"
	"waybill/sync/journal"
)

// The kinds of documents the desk keeps.
const (
	kindOrder   journal.Kind = "order"
	kindJob     journal.Kind = "job"
	kindBytes   journal.Kind = "job_content" // the bytes of a job's label, under the job's ID
	kindLease   journal.Kind = "lease"
	kindWish    journal.Kind = "lease_wish" // a lease asked for and not answered yet
	kindHandoff journal.Kind = "handoff"
	kindEntry   journal.Kind = "handoff_entry"
	kindLeft    journal.Kind = "handoff_left"      // what a closed pick-up left behind
	kindSigned  journal.Kind = "handoff_signature" // the driver's strokes
	kindWaiting journal.Kind = "waiting"           // a parcel with a good label that no carrier has yet
	kindRefusal journal.Kind = "refusal"           // an input that is not even an order
	kindRequest journal.Kind = "request"           // an Idempotency-Key and what it was used for
	kindFile    journal.Kind = "label_file"        // a label file's name in the hot folder, which is its key
	kindContent journal.Kind = "content"           // what was ordered for which address, and the last order that said so
	kindPause   journal.Kind = "pause"             // what a person has paused
)

// A Labeler makes the bytes of one parcel's label and proves that they read
// back. An error that wraps labels.ErrUnprintable or is a *labels.MismatchError
// is the order's; so is every other error but one of kind fault.Transient.
type Labeler interface {
	Label(ctx context.Context, s agent.State, p agent.Parcel, at time.Time) (content []byte, err error)
	Language() string
	Role() string
}

// A Former is a Labeler that knows what its labels are drawn for. It is optional:
// labels of others go to any printer of their role.
type Former interface {
	Form(s agent.State) (printer.Form, error)
}

// Options is what a desk needs.
type Options struct {
	Journal  *journal.Journal
	Rules    agent.Rules
	Labels   Labeler
	AutoOpen bool // a scan at the dock opens its carrier's pick-up
	Now      func() time.Time
	NewID    func() string // UUIDv7
	Location *time.Location
	Log      *slog.Logger
	// Queued is called after a print job was queued, Low after a carrier's
	// numbers ran low. Neither may block.
	Queued func()
	Low    func()
	// LowWater is how many numbers of a service are too few, and ReserveDays for
	// how many days at the present rate they must last at least. 0 days is no
	// such wish.
	LowWater    int64
	ReserveDays int
	// RawRoles are the roles to which labels of other programs in ZPL may go, and
	// RawFiles is the one of those from the hot folder; empty: they are refused.
	RawRoles []string
	RawFiles string
	// Senders are how scanners that do not keep to AIM identifiers and GS send, by
	// the scanner's name.
	Senders map[string]scan.Sender
	// Docks are the doors that scanners belong to, by the scanner's name; a scanner
	// that has none scans onto any pick-up.
	Docks map[string]string
	// Cutoffs are until when carriers take parcels, in Location.
	Cutoffs map[shipment.CarrierID]carrier.Cutoff
	// Benches are where parcels are packed; empty: one, which has every scanner.
	Benches []Bench
	// AskHub says that AskHub runs: the hub is asked about parcels that are scanned
	// at the dock and that nobody here knows.
	AskHub bool
	// Packed is called after a parcel was packed whose label is to be made now, for
	// LabelPacked. It may not block.
	Packed func()
}

// A Desk is one packing desk. Its methods may be called from any goroutine.
type Desk struct {
	o       Options
	notices notices
	devices devices
	holds   holds

	contents  contents
	strangers strangers
	weights   weights
	setUps    setUps
	benchDocs benchDocs

	printers Printers // nil: nothing is known of them

	mu   sync.Mutex
	band Notice // the last thing the packer was told
	dock Notice // and at the dock
	away Away   // what the hub said last of other stations' pick-ups

	met map[shipment.TrackingNumber]string // what it said last of parcels that changed hands
}

// New returns the desk over a journal.
func New(o Options) *Desk {
	return &Desk{o: o, devices: devices{state: map[string]Device{}, told: map[string]Device{}}, strangers: newStrangers()}
}

// Resume brings to an end what was cut short by a crash, or by an error that has
// passed: orders whose labels were not made. Orders younger than patience are
// left to whoever has them in hand.
func (d *Desk) Resume(ctx context.Context, patience time.Duration) error {
	var unlabelled []shipment.OrderID
	before := d.o.Now().Add(-patience)
	err := d.o.Journal.View(ctx, func(tx *journal.ReadTx) error {
		list, err := collect[agent.State](tx, kindOrder, journal.Query{States: []string{string(agent.Labelling)}})
		for _, s := range list {
			if !s.Since.After(before) {
				unlabelled = append(unlabelled, s.Order.ID)
			}
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("orders without labels: %w", err)
	}
	for _, id := range unlabelled {
		if _, err := d.label(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// Order returns what the desk knows of an order.
func (d *Desk) Order(ctx context.Context, id shipment.OrderID) (agent.State, error) {
	var s agent.State
	err := d.o.Journal.View(ctx, func(tx *journal.ReadTx) error {
		var err error
		s, err = getOrder(tx, id)
		return err
	})
	return s, err
}

// Orders returns up to limit orders, latest first; stages narrows them.
func (d *Desk) Orders(ctx context.Context, limit int, stages ...agent.Stage) ([]agent.State, error) {
	var list []agent.State
	err := d.o.Journal.View(ctx, func(tx *journal.ReadTx) error {
		var err error
		list, err = listOrders(tx, limit, stages...)
		return err
	})
	return list, err
}

func listOrders(tx *journal.ReadTx, limit int, stages ...agent.Stage) ([]agent.State, error) {
	q := journal.Query{Limit: limit, Newest: true}
	for _, s := range stages {
		q.States = append(q.States, string(s))
	}
	return collect[agent.State](tx, kindOrder, q)
}

// collect returns the documents of a kind that q selects.
func collect[T any](tx *journal.ReadTx, kind journal.Kind, q journal.Query) ([]T, error) {
	var list []T
	err := tx.List(kind, q, func(id string, raw []byte) error {
		var doc T
		if err := json.Unmarshal(raw, &doc); err != nil {
			return fmt.Errorf("%s %q in the journal: %w", kind, id, err)
		}
		list = append(list, doc)
		return nil
	})
	return list, err
}

func getOrder(tx *journal.ReadTx, id shipment.OrderID) (agent.State, error) {
	var s agent.State
	found, err := tx.Get(kindOrder, string(id.Canonical()), &s)
	if err == nil && !found {
		hint := "Check the number; orders are known by the marketplace's order ID."
		if id.Misread() {
			hint = "Type it again: its check character says that one character is wrong."
		}
		err = &fault.Error{Op: fmt.Sprintf("order %q", id), Kind: fault.NotFound, Err: errUnknown, Hint: hint}
	}
	return s, err
}

var errUnknown = fmt.Errorf("the desk does not know it")

var errNotOtherwise = fmt.Errorf("the order has not come otherwise since its label was made")

// getJob returns a job without the bytes of its label.
func getJob(tx *journal.ReadTx, id printer.JobID) (printer.Job, bool, error) {
	var job printer.Job
	found, err := tx.Get(kindJob, string(id), &job)
	return job, found, err
}

// keep writes an order's state and carries out the effects, all in tx.
func (d *Desk) keep(tx *journal.Tx, s agent.State, effects []agent.Effect) error {
	if err := d.putOrder(tx, s, effects); err != nil {
		return err
	}
	return d.carryOut(tx, s.Order.ID, effects)
}

// putOrder writes an order's state, and what is expected at the dock for it.
func (d *Desk) putOrder(tx *journal.Tx, s agent.State, effects []agent.Effect) error {
	keys := make([]string, 0, 2*len(s.Parcels))
	for _, p := range s.Parcels {
		keys = append(keys, "parcel:"+string(p.ID))
		if p.TrackingNumber != "" {
			keys = append(keys, "number:"+string(p.TrackingNumber), d.carrierNumber(s.Carrier, p.TrackingNumber))
		}
	}
	for _, n := range s.Gone {
		keys = append(keys, "number:"+string(n))
	}
	if err := tx.Put(kindOrder, string(s.Order.ID), s, journal.Index{State: string(s.Stage()), Keys: keys}); err != nil {
		return err
	}
	return d.expect(tx, s, effects)
}

// carrierNumber returns the key of a number as its carrier writes it: bars may
// hold more than the number, and two ways of writing it are one number.
func (d *Desk) carrierNumber(c shipment.CarrierID, n shipment.TrackingNumber) string {
	normalized, matches := d.o.Rules.Carriers.Recognise(string(n), carrier.Hints{Carrier: c})
	if len(matches) == 0 || matches[0].Carrier != c || !matches[0].Valid {
		normalized = string(n)
	}
	return "carrier_number:" + string(c) + "/" + normalized
}

// carryOut carries out the effects, all in tx. Answers are for whoever asked.
func (d *Desk) carryOut(tx *journal.Tx, subject shipment.OrderID, effects []agent.Effect) error {
	for _, e := range effects {
		var err error
		switch e := e.(type) {
		case agent.Record:
			err = d.record(tx, subject, e.Fact)
		case agent.Keep:
			err = d.putJob(tx, e.Job)
		case agent.Answer:
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (d *Desk) record(tx *journal.Tx, subject shipment.OrderID, fact shipment.Fact) error {
	e, err := shipment.NewEvent(d.o.Now(), subject, fact)
	if err != nil {
		return err
	}
	if err := tx.Append(e); err != nil {
		return err
	}
	return d.tally(tx, e)
}

// queued says whether effects put a job before the spool.
func queued(effects []agent.Effect) bool {
	for _, e := range effects {
		if k, ok := e.(agent.Keep); ok && isPending(jobState(k.Job)) {
			return true
		}
	}
	return false
}
