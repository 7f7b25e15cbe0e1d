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
	Step    shipment.Grams // of the scale: it knows no better; 0: a gram
	Stable  bool           // it is a weight, and at rest
	Weighed bool           // and it is of something that was put on since the last
	Empty   bool           // nothing lies on it, for sure
	Lost    bool           // it was out of sight: what lies there may be another thing than what was weighed
	Words   string         // why it is no weight, and what to do; empty where it is one
	At      time.Time

	Sides packing.Sides // of a dimensioner: how large what was put on is; zero: not measured
}

// weights is what the scales say now, by bench. It is not kept: after a restart
// the scale says it again. Whose a weighing is, is kept with the bench: see Claim.
type weights struct {
	mu sync.Mutex
	by map[string]benchWeight
}

// A weighing is the weight of something that was put on a scale.
type weighing struct {
	Weight
	id   string    // that no other has, after a restart either
	came time.Time // by our clock
}

// A benchWeight is what a bench's scale says, and the weighing of what lies there.
type benchWeight struct {
	now  Weight
	last weighing // without an ID: what lies there, if anything, was not weighed
}

// set takes note of what a scale says at a bench. id is for it if it is a
// weighing.
func (w *weights) set(bench string, now Weight, id string, at time.Time) (changed bool) {
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
		b.last = weighing{now, id, at}
	case now.Empty, now.Lost:
		b.last = weighing{}
	}
	w.by[bench] = b
	return was.Grams != now.Grams || was.Stable != now.Stable || was.Words != now.Words
}

func (w *weights) now(bench string) (Weight, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	b, ok := w.by[bench]
	return b.now, ok
}

// last returns the weighing of what was put on a bench's scale last, if it was not
// lifted since.
func (w *weights) last(bench string) (weighing, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	b := w.by[bench]
	return b.last, b.last.id != ""
}

// Less than creep, or two of the scale's steps, a weight may change while it lies
// there: the scale's latch calls what changes more another weight.
const creep = 4

// of returns the weighing of what lies on a bench's scale, at rest.
func (w *weights) of(bench string) (weighing, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	b := w.by[bench]
	d := b.now.Grams - b.last.Grams
	return b.last, b.last.id != "" && b.last.Grams > 0 && b.now.Stable && max(d, -d) <= max(creep, 2*b.now.Step)
}

// Weigh takes what a scale says. A new stable weight is that of the order in hand
// at its bench, where everything else of it is there and the weight is as
// expected; one that is not waits for somebody to close the box, which asks a
// supervisor. What is weighed while a label is awaited is the parcel that the label
// is for, once more: no other may have that weight.
func (d *Desk) Weigh(ctx context.Context, now Weight) error {
	bench, ok := d.benchWith(now.Scale)
	if !ok {
		return nil
	}
	id := ""
	if now.Weighed {
		id = d.o.NewID()
	}
	if d.weights.set(bench, now, id, d.o.Now()) {
		d.say(Notice{Topic: "weight", At: d.o.Now()})
	}
	weighs, measures := now.Stable && now.Weighed && now.Grams > 0, now.Stable && now.Sides.Known()
	if !weighs && !measures || !d.packs() {
		return nil
	}
	var told *verdict
	err := d.o.Journal.Update(ctx, func(tx *journal.Tx) error {
		told = nil
		b, err := d.bench(&tx.ReadTx, bench)
		if err != nil {
			return err
		}
		s := &benchScan{d: d, tx: tx, bench: b, at: d.o.Now(), fresh: true}
		cur, inHand, err := s.current()
		if err != nil {
			return err
		}
		s.claim(cur, inHand)
		if in := s.ofScale(cur, inHand, now); in != nil {
			v, err := s.step(cur, in)
			if err != nil {
				return err
			}
			told = &v
			s.bench.Told = Told{v.answer.Signal, v.answer.Code, v.answer.Message, s.at}
		}
		if s.bench == b {
			return nil
		}
		if err := d.putBench(tx, s.bench); err != nil || told == nil {
			return err
		}
		return d.carryOut(tx, told.order, told.effects)
	})
	if err != nil {
		return fmt.Errorf("weight at bench %s: %w", bench, err)
	}
	if told != nil {
		d.afterPacking(*told)
		d.saySoAt(bench, told.answer, told.order)
	}
	return nil
}

// ofScale returns what a scale that speaks now does to the order in hand; nil:
// nothing.
func (s *benchScan) ofScale(cur agent.State, inHand bool, now Weight) packing.Input {
	waits, _ := awaited(cur, inHand)
	if !inHand || cur.Packing == nil || waits || s.nobody() {
		return nil
	}
	if now.Sides.Known() && cur.Packing.TakesSides() {
		return packing.Measured{Sides: now.Sides, From: now.Scale, By: s.bench.Operator, At: s.at}
	}
	if w, ok := s.weight(cur); ok && now.Weighed && cur.Packing.Takes(s.job(cur), w.Grams) {
		return s.weighed(w)
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

// afterPacking wakes whoever makes labels, after a parcel was packed at a bench.
func (d *Desk) afterPacking(v verdict) {
	if v.packed && d.o.Packed != nil {
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
