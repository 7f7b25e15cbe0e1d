package desk

import (
	"context"
	"fmt"
	"sync"
	"time"

	"waybill/agent"
	"waybill/agent/packing"
	"waybill/scanner"
	"waybill/shipment"
	"waybill/sync/journal"
)

// A Weight is what a bench's scale says.
type Weight struct {
	Scale   string // its name in the configuration
	Grams   shipment.Grams
	Stable  bool   // it is a weight, and at rest
	Weighed bool   // and it is of something that was put on since the last
	Empty   bool   // nothing lies on it, for sure
	Words   string // why it is no weight, and what to do; empty where it is one
	At      time.Time

	Sides packing.Sides // of a dimensioner: how large what was put on is; zero: not measured
}

// weights is what the scales say now, by bench. It is not kept: after a restart
// the scale says it again.
type weights struct {
	mu sync.Mutex
	by map[string]benchWeight
}

// A benchWeight is what a bench's scale says, and the weighing of what lies there
// that no packed parcel has had for its own.
type benchWeight struct {
	now   Weight
	free  Weight
	known bool // there is a free one
}

func (w *weights) set(bench string, now Weight) (changed bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.by == nil {
		w.by = map[string]benchWeight{}
	}
	b := w.by[bench]
	was := b.now
	b.now = now
	switch {
	case now.Weighed:
		b.free, b.known = now, true
	case now.Empty:
		b.free, b.known = Weight{}, false
	}
	w.by[bench] = b
	return was.Grams != now.Grams || was.Stable != now.Stable || was.Words != now.Words
}

func (w *weights) last(bench string) (Weight, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	b, ok := w.by[bench]
	return b.now, ok
}

// creep is by how much a weight may change while it lies there.
const creep = 5

// of returns the weight of what lies on a bench's scale, at rest, if no parcel has
// had it: a parcel that was packed and is not taken off yet has nothing to say
// about the next one.
func (w *weights) of(bench string) (Weight, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	b := w.by[bench]
	d := b.now.Grams - b.free.Grams
	return b.free, b.known && b.free.Grams > 0 && b.now.Stable && max(d, -d) <= creep
}

// spend takes the weight on a bench's scale for a parcel that is packed.
func (w *weights) spend(bench string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if b, ok := w.by[bench]; ok {
		b.free, b.known = Weight{}, false
		w.by[bench] = b
	}
}

// Weigh takes what a scale says. A new stable weight is that of the order in hand
// at its bench, where everything else of it is there and the weight is as
// expected; one that is not waits for somebody to close the box, which asks a
// supervisor.
func (d *Desk) Weigh(ctx context.Context, now Weight) error {
	bench, ok := d.benchWith(now.Scale)
	if !ok {
		return nil
	}
	if d.weights.set(bench, now) {
		d.say(Notice{Topic: "weight", At: d.o.Now()})
	}
	weighs, measures := now.Stable && now.Weighed && now.Grams > 0, now.Stable && now.Sides.Known()
	if !weighs && !measures || !d.packs() {
		return nil
	}
	var told *verdict
	err := d.o.Journal.Update(ctx, func(tx *journal.Tx) error {
		told = nil
		b, err := getBench(&tx.ReadTx, bench)
		if err != nil {
			return err
		}
		s := &benchScan{d: d, tx: tx, bench: b, at: d.o.Now()}
		cur, inHand, err := s.current()
		if err != nil || !inHand || cur.Packing == nil {
			return err
		}
		var in packing.Input
		switch {
		case measures && cur.Packing.TakesSides():
			in = packing.Measured{Sides: now.Sides, From: now.Scale, By: b.Operator, At: s.at}
		case weighs && cur.Packing.Takes(s.job(cur), now.Grams):
			in = packing.Weighed{Weight: now.Grams, Scale: now.Scale, By: b.Operator, At: s.at}
		default:
			return nil
		}
		v, err := s.step(cur, in)
		if err != nil {
			return err
		}
		told = &v
		s.bench.Told = Told{v.answer.Signal, v.answer.Code, v.answer.Message, s.at}
		if err := putBench(tx, s.bench); err != nil {
			return err
		}
		return d.carryOut(tx, v.order, v.effects)
	})
	if err != nil {
		return fmt.Errorf("weight at bench %s: %w", bench, err)
	}
	if told != nil {
		d.afterPacking(bench, *told)
		d.saySoAt(bench, told.answer, told.order)
	}
	return nil
}

// benchWith returns the name of the bench that a scale is at. The only scale of a
// station with one bench is at it.
func (d *Desk) benchWith(scale string) (string, bool) {
	for _, b := range d.benches() {
		if b.Scale == scale {
			return b.Name, true
		}
	}
	return "", false
}

// afterPacking wakes whoever makes labels, after a parcel was packed at a bench,
// and lets the next one have no part in its weight.
func (d *Desk) afterPacking(bench string, v verdict) {
	if !v.packed {
		return
	}
	d.weights.spend(bench)
	if d.o.Packed != nil {
		d.o.Packed()
	}
}

// LabelPacked makes the labels of parcels that were packed.
func (d *Desk) LabelPacked(ctx context.Context) error {
	var list []agent.State
	err := d.o.Journal.View(ctx, func(tx *journal.ReadTx) error {
		var err error
		list, err = collect[agent.State](tx, kindOrder, journal.Query{States: []string{string(agent.Labelling)}})
		return err
	})
	if err != nil {
		return fmt.Errorf("packed parcels without labels: %w", err)
	}
	for _, s := range list {
		if s.Packing == nil {
			continue // it is in the hands of whoever took it
		}
		if _, err := d.label(ctx, s.Order.ID); err != nil {
			return err
		}
	}
	return nil
}

// damaged is the verdict on a scan that is not whole.
func damaged(in scanner.Scan) verdict {
	return bad("damaged", "Damaged scan (%s). Scan again.", in.Bad)
}
