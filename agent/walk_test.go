package agent_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"waybill/agent"
	"waybill/agent/packing"
	"waybill/printer"
	"waybill/scanner"
	"waybill/shipment"
)

// A walk is an order on a random way over the desk, and the jobs that the desk
// keeps for it.
type walk struct {
	said    printer.Job // what the spool said last
	rules   agent.Rules
	numbers *pool
	s       agent.State
	jobs    map[printer.JobID]printer.Job
	made    int
	printed map[string]int // parcel and label → label.printed
	handed  map[shipment.ParcelID]int
	voided  bool
	given   map[int]shipment.TrackingNumber
	facts   []shipment.Fact // that were recorded, in order
}

// carry does what the desk does with effects.
func (w *walk) carry(t *rapid.T, s agent.State, effects []agent.Effect) {
	w.s = s
	for _, e := range effects {
		switch e := e.(type) {
		case agent.Keep:
			w.keep(t, e.Job)
		case agent.Record:
			w.facts = append(w.facts, e.Fact)
			switch f := e.Fact.(type) {
			case shipment.LabelPrinted:
				w.printed[fmt.Sprintf("%s/%s/%d", f.Parcel, f.Job, f.Label)]++
			case shipment.ParcelHandedOver:
				w.handed[f.Parcel]++
			}
		}
	}
}

func (w *walk) keep(t *rapid.T, job printer.Job) {
	if before, ok := w.jobs[job.ID]; ok {
		for i, l := range job.Labels {
			if was := before.Labels[i]; was.State != l.State {
				_, err := was.Move(l.State, at)
				if err != nil && w.said.ID == job.ID { // a correction of what the spool says now
					_, err = w.said.Labels[i].Move(l.State, at)
				}
				if err != nil {
					t.Fatalf("job %s: %v", job.ID, err)
				}
			}
		}
	}
	w.jobs[job.ID] = job
}

func (w *walk) job(t *rapid.T, p agent.Parcel) printer.Job {
	w.made++
	job := printer.Job{ID: printer.JobID(fmt.Sprint("job-", w.made)), Ref: string(p.ID), Role: "shipping"}
	for k := range rapid.IntRange(1, 2).Draw(t, "copies") {
		job.Labels = append(job.Labels, printer.Label{K: k + 1, State: printer.Queued})
	}
	return job
}

func (w *walk) parcel(t *rapid.T) agent.Parcel {
	if len(w.s.Parcels) == 0 {
		t.Skip("no parcel yet")
	}
	return rapid.SampledFrom(w.s.Parcels).Draw(t, "parcel")
}

func (w *walk) label(t *rapid.T) {
	in := agent.Labelled{Digest: w.s.Digest, At: at}
	for _, p := range w.s.Parcels {
		in.Jobs = append(in.Jobs, w.job(t, p))
	}
	s, effects := w.s.Step(in)
	w.carry(t, s, effects)
}

func (w *walk) unlabel(t *rapid.T) {
	s, effects := w.s.Step(agent.Unlabelled{Digest: w.s.Digest, Problem: shipment.Problem{Code: "label", Message: "no glyph"}, At: at})
	w.carry(t, s, effects)
}

// move is the spool, or a person who resolves.
func (w *walk) move(t *rapid.T) {
	before, ok := w.jobs[w.parcel(t).Job]
	if !ok {
		t.Skip("no job yet")
	}
	l := rapid.SampledFrom(before.Labels).Draw(t, "label")
	to := rapid.SampledFrom([]printer.LabelState{
		printer.Queued, printer.Sending, printer.Sent, printer.Confirmed, printer.Unconfirmed, printer.Failed, printer.Cancelled,
	}).Draw(t, "to")
	next, err := l.Move(to, at)
	if err != nil {
		t.Skip(err)
	}
	after := before.With(next)
	w.said = after
	s, effects := w.s.Step(agent.LabelMoved{Before: before, After: after, At: at})
	// The decision may correct what the spool says; else it stands.
	if !slices.ContainsFunc(effects, func(e agent.Effect) bool { k, ok := e.(agent.Keep); return ok && k.Job.ID == after.ID }) {
		w.jobs[after.ID] = after
	}
	w.carry(t, s, effects)
}

func (w *walk) scan(t *rapid.T) {
	p := w.parcel(t)
	in := agent.Scanned{Number: p.TrackingNumber, At: at, Job: w.jobs[p.Job], Role: rapid.SampledFrom([]scanner.Role{scanner.Bench, scanner.Dock}).Draw(t, "role")}
	if in.Role == scanner.Dock && rapid.Bool().Draw(t, "open") {
		in.Handoff = "h"
	}
	was := w.s.Stage()
	s, effects := w.s.Step(in)
	if a := answer(effects); a.Signal == scanner.Good && (was == agent.Voided || was == agent.Held || was == agent.Refused) {
		t.Fatalf("good beep for an order that is %s", was)
	} else if a.Code == "" || a.Message == "" {
		t.Fatalf("no answer to a scan of %s", in.Number)
	}
	w.carry(t, s, effects)
}

func (w *walk) reprint(t *rapid.T) {
	p := w.parcel(t)
	done := p.Label == printer.Confirmed || p.Label == printer.Failed || p.Label == printer.Cancelled
	if w.s.Void != "" || w.s.Why != nil || !p.HandedOver.IsZero() || !done {
		t.Skip("the desk refuses it")
	}
	s, effects := w.s.Step(agent.Reprint{K: p.K, Reason: "smudged", Job: w.job(t, p), Old: w.jobs[p.Job], At: at})
	w.carry(t, s, effects)
}

// pack is what somebody at the bench does, sensible or not.
func (w *walk) pack(t *rapid.T) {
	s, effects := w.s.Step(agent.Pack{Rules: w.rules.Packing, At: at, In: rapid.OneOf(
		rapid.Just[packing.Input](packing.Counted{Line: rapid.IntRange(0, 1).Draw(t, "line"), N: 1, Supervisor: true, At: at}),
		rapid.Just[packing.Input](packing.Closed{At: at}), rapid.Just[packing.Input](packing.Undone{At: at}),
		rapid.Just[packing.Input](packing.Weighed{Weight: 500, Scale: "s", At: at}), rapid.Just[packing.Input](packing.Approved{Supervisor: "Bo", At: at}),
	).Draw(t, "input")})
	if a := answer(effects); a.Code == "" || a.Message == "" {
		t.Fatalf("no answer at the bench")
	}
	w.carry(t, s, effects)
}

func (w *walk) void(t *rapid.T) {
	in := agent.Void{Reason: "buyer cancelled", At: at}
	for _, p := range w.s.Parcels {
		if !p.HandedOver.IsZero() {
			t.Skip("the desk refuses it")
		}
		if job, ok := w.jobs[p.Job]; ok {
			in.Jobs = append(in.Jobs, job)
		}
	}
	s, effects := w.s.Step(in)
	w.carry(t, s, effects)
	w.voided = true
}

func (w *walk) take(t *rapid.T) {
	w.numbers.left = rapid.IntRange(0, 3).Draw(t, "numbers")
	digest := rapid.SampledFrom([]string{"d1", "d2"}).Draw(t, "digest")
	gone := w.s.Parcels
	s, effects, taken, err := w.rules.Take(&w.s, arrival(goods(2), digest), w.numbers.take)
	if err != nil {
		t.Fatal(err)
	}
	if w.voided && taken != agent.AlreadyTaken {
		// Other content in the place of a voided order: with new numbers, and
		// the old labels stay void.
		w.voided, w.given = false, map[int]shipment.TrackingNumber{}
		for _, p := range gone {
			if p.TrackingNumber == "" {
				continue
			}
			_, effects := s.Step(agent.Scanned{Number: p.TrackingNumber, Role: scanner.Dock, Handoff: "h", At: at})
			if a := answer(effects); a.Code != "voided" {
				t.Fatalf("the voided number %s scans as %q", p.TrackingNumber, a.Code)
			}
		}
	}
	w.carry(t, s, effects)
}

func (w *walk) resume(t *rapid.T) {
	w.numbers.left = rapid.IntRange(0, 3).Draw(t, "numbers")
	s, effects, _, err := w.rules.Resume(w.s, at, w.numbers.take)
	if err != nil {
		t.Fatal(err)
	}
	w.carry(t, s, effects)
}

// check holds what must be true of an order at any time.
func (w *walk) check(t *rapid.T) {
	w.retold(t)
	for what, n := range w.printed {
		if n > 1 {
			t.Fatalf("label %s was told printed %d times", what, n)
		}
	}
	for parcel, n := range w.handed {
		if n > 1 {
			t.Fatalf("%s was handed over %d times", parcel, n)
		}
	}
	if w.voided {
		if w.s.Stage() != agent.Voided {
			t.Fatalf("a voided order is %s", w.s.Stage())
		}
		for _, job := range w.jobs {
			for _, l := range job.Labels {
				if l.State == printer.Queued || l.State == printer.Unconfirmed {
					t.Fatalf("label %d of job %s of a voided order is %s", l.K, job.ID, l.State)
				}
			}
		}
	}
	seen := map[shipment.TrackingNumber]int{}
	for _, p := range w.s.Parcels {
		if k := w.s.Packing; k != nil && !k.Packed(p.K) && (k.Print == packing.WhenPacked && p.Job != "" || !p.HandedOver.IsZero()) {
			t.Fatalf("parcel %d is not packed, has the job %q, and left at %v", p.K, p.Job, p.HandedOver)
		}
		if p.TrackingNumber == "" {
			continue
		}
		if had, ok := w.given[p.K]; ok && had != p.TrackingNumber {
			t.Fatalf("parcel %d had %s and has %s", p.K, had, p.TrackingNumber)
		}
		w.given[p.K] = p.TrackingNumber
		if seen[p.TrackingNumber]++; seen[p.TrackingNumber] > 1 {
			t.Fatalf("%s is on two parcels", p.TrackingNumber)
		}
	}
}

// packed returns rules with some packing.
func packed(t *rapid.T, r agent.Rules) agent.Rules {
	r.Packing = packing.Rules{
		Check: rapid.SampledFrom([]packing.Check{packing.CheckOff, packing.CheckScan, packing.CheckCount}).Draw(t, "check"),
		Weigh: rapid.SampledFrom([]packing.Weigh{packing.WeighOff, packing.WeighAsk, packing.WeighRequire}).Draw(t, "weigh"),
		Print: rapid.SampledFrom([]packing.Print{packing.OnAccept, packing.WhenPacked}).Draw(t, "print"),
	}
	return r
}

// TestWalk holds, over random ways of an order across the desk, that nothing is
// told twice, leaves twice, or comes back from the dead.
func TestWalk(t *testing.T) {
	t.Parallel()
	r := rules(t)
	rapid.Check(t, func(t *rapid.T) {
		w := &walk{
			rules: packed(t, r), numbers: &pool{left: rapid.IntRange(0, 2).Draw(t, "numbers")},
			jobs: map[printer.JobID]printer.Job{}, printed: map[string]int{}, handed: map[shipment.ParcelID]int{}, given: map[int]shipment.TrackingNumber{},
		}
		s, effects, _, err := w.rules.Take(nil, arrival(goods(2), "d1"), w.numbers.take)
		if err != nil {
			t.Fatal(err)
		}
		w.carry(t, s, effects)
		t.Repeat(map[string]func(*rapid.T){
			"label": w.label, "unlabel": w.unlabel, "move": w.move, "move again": w.move, "scan": w.scan,
			"reprint": w.reprint, "void": w.void, "pack": w.pack, "pack on": w.pack, "pack more": w.pack, "take": w.take, "resume": w.resume, "": w.check,
		})
	})
}
