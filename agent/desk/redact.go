package desk

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"waybill/agent"
	"waybill/printer"
	"waybill/shipment"
	"waybill/sync/journal"
	"waybill/sync/wire"
)

// errEnough ends a walk over documents early.
var errEnough = errors.New("enough")

// redaction is what one step of Redact is to do.
type redaction struct {
	orders   []shipment.OrderID
	labels   []printer.JobID
	refusals []string
	words    []shipment.OrderID // that the hub has said something about
	guests   []string           // parcels of other stations
	left     []string           // pick-ups that left something behind
	more     bool
}

func (r *redaction) add(limit int) error {
	if r.count() < limit {
		return nil
	}
	r.more = true
	return errEnough
}

func (r *redaction) count() int {
	return len(r.orders) + len(r.labels) + len(r.refusals) + len(r.words) + len(r.guests) + len(r.left)
}

// Redact takes what is known of persons out of the oldest documents that nobody works
// on any more and that were done before a moment, of at most limit of them: orders that were handed
// over, voided or refused, with why they were voided, the bytes of printed labels and
// why they were taken back, inputs that were no order, the reasons of words of the hub,
// and for whom parcels of other stations and those that were left behind at the dock
// are. What was shipped, when and with which number stays.
func (d *Desk) Redact(ctx context.Context, before time.Time, limit int) (journal.Progress, error) {
	var r redaction
	if err := d.o.Journal.View(ctx, func(tx *journal.ReadTx) error { return r.plan(tx, before, limit) }); err != nil {
		return journal.Progress{}, fmt.Errorf("personal data that is due: %w", err)
	}
	if r.count() == 0 {
		return journal.Progress{}, nil
	}
	err := d.o.Journal.Update(ctx, func(tx *journal.Tx) error {
		return tx.Forgetting(func() error {
			for _, id := range r.orders {
				if err := d.redactOrder(tx, id, before); err != nil {
					return err
				}
			}
			for _, id := range r.labels {
				if err := tx.Put(kindBytes, string(id), nil, journal.Index{}); err != nil {
					return err
				}
				if err := redactJob(tx, id); err != nil {
					return err
				}
			}
			for _, id := range r.refusals {
				if err := redactRefusal(tx, id); err != nil {
					return err
				}
			}
			for _, id := range r.words {
				if err := redactInstruction(tx, id); err != nil {
					return err
				}
			}
			if err := redactGuests(tx, r.guests); err != nil {
				return err
			}
			for _, id := range r.left {
				if err := redactLeft(tx, id); err != nil {
					return err
				}
			}
			return nil
		})
	})
	return journal.Progress{Events: r.count(), More: r.more}, err
}

// done are the stages after which an order needs no address.
func done() []string {
	return []string{string(agent.HandedOver), string(agent.Voided), string(agent.Refused)}
}

func (r *redaction) plan(tx *journal.ReadTx, before time.Time, limit int) error {
	err := tx.List(kindOrder, journal.Query{States: done()}, func(_ string, raw []byte) error {
		if bytes.Contains(raw, []byte(`"redacted":"`)) {
			return nil
		}
		var s agent.State
		if err := json.Unmarshal(raw, &s); err != nil {
			return nil // it is told where it is used
		}
		if !s.Taken.Before(before) {
			return errEnough // those after it came later
		}
		if !s.Since.Before(before) {
			return nil
		}
		if err := r.add(limit); err != nil {
			return err
		}
		r.orders = append(r.orders, s.Order.ID)
		return nil
	})
	if err == nil || errors.Is(err, errEnough) {
		err = tx.List(kindBytes, journal.Query{}, func(id string, raw []byte) error { return r.label(tx, id, raw, before, limit) })
	}
	if err == nil || errors.Is(err, errEnough) {
		err = tx.List(kindRefusal, journal.Query{}, func(id string, raw []byte) error {
			var f refusal
			if err := json.Unmarshal(raw, &f); err != nil {
				return nil
			}
			if !f.At.Before(before) {
				return errEnough
			}
			if !slices.ContainsFunc(f.Problems, func(p shipment.Problem) bool { return p.Message != "" }) {
				return nil
			}
			if err := r.add(limit); err != nil {
				return err
			}
			r.refusals = append(r.refusals, id)
			return nil
		})
	}
	if err == nil || errors.Is(err, errEnough) {
		err = r.instructions(tx, before, limit)
	}
	if err == nil || errors.Is(err, errEnough) {
		err = r.dock(tx, before, limit)
	}
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}

// instructions notes the hub's old words, most of which are about orders of other
// stations.
func (r *redaction) instructions(tx *journal.ReadTx, before time.Time, limit int) error {
	return tx.List(kindInstruction, journal.Query{States: []string{worded}}, func(id string, raw []byte) error {
		var in wire.Instruction
		if err := json.Unmarshal(raw, &in); err != nil || !time.Time(in.At).Before(before) {
			return nil // one that was said again later stands among the old ones
		}
		if err := r.add(limit); err != nil {
			return err
		}
		r.words = append(r.words, shipment.OrderID(id))
		return nil
	})
}

// label notes a label's bytes whose job has had its time.
func (r *redaction) label(tx *journal.ReadTx, id string, raw []byte, before time.Time, limit int) error {
	if string(raw) == "null" {
		return nil
	}
	job, found, err := getJob(tx, printer.JobID(id))
	switch {
	case err != nil && !errors.Is(err, journal.ErrGarbled):
		return err
	case found && err == nil && !job.Created.Before(before):
		return errEnough
	case found && err == nil && !job.Done():
		return nil
	}
	if err := r.add(limit); err != nil {
		return err
	}
	r.labels = append(r.labels, printer.JobID(id))
	return nil
}

// redactOrder takes the personal data out of an order, if it is still done.
func (d *Desk) redactOrder(tx *journal.Tx, id shipment.OrderID, before time.Time) error {
	s, err := getOrder(&tx.ReadTx, id)
	if err != nil || !slices.Contains(done(), string(s.Stage())) || !s.Since.Before(before) {
		return err
	}
	s.Order, s.Redacted = s.Order.Redact(), d.o.Now()
	s.Warnings, s.Unfit = s.Warnings.Redact(), s.Unfit.Redact()
	if s.Why != nil {
		why := *s.Why
		why.Message, why.Problems = "", why.Problems.Redact()
		s.Why = &why
	}
	s = s.ForgetReasons()
	s.Told, s.Stop = s.Told.Redact(), s.Stop.Redact()
	if err := redactInstruction(tx, id); err != nil {
		return err
	}
	return d.putOrder(tx, s, nil)
}

// redactJob takes away why a person has taken a job's labels back.
func redactJob(tx *journal.Tx, id printer.JobID) error {
	job, found, err := getJob(&tx.ReadTx, id)
	if err != nil || !found {
		if errors.Is(err, journal.ErrGarbled) {
			return nil // it is told where it is used
		}
		return err
	}
	changed := false
	for _, l := range job.Labels {
		if strings.HasPrefix(l.Reason, agent.TakenBackWords+": ") {
			l.Reason, changed = agent.TakenBackWords, true
			job = job.With(l)
		}
	}
	if !changed {
		return nil
	}
	return tx.Put(kindJob, string(id), job, journal.Index{State: jobState(job)})
}

func redactRefusal(tx *journal.Tx, id string) error {
	var f refusal
	if found, err := tx.Get(kindRefusal, id, &f); err != nil || !found {
		return err
	}
	f.Problems = f.Problems.Redact()
	return tx.Put(kindRefusal, id, f, journal.Index{})
}
