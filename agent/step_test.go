package agent_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"waybill/agent"
	"waybill/printer"
	"waybill/scanner"
	"waybill/shipment"
)

var at = time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)

const number shipment.TrackingNumber = "9205590300000000000017"

// labelled returns an order whose one label is in the given state.
func labelled(st printer.LabelState) (agent.State, printer.Job) {
	job := printer.Job{ID: "job-1", Ref: "A-1", Role: "shipping", Labels: []printer.Label{{K: 1, State: st}}}
	s := agent.State{
		Order: shipment.Order{ID: "A"}, Carrier: "usps",
		Parcels: []agent.Parcel{{ID: "A-1", K: 1, TrackingNumber: number, Job: "job-1", Label: st}},
	}
	return s, job
}

func facts(effects []agent.Effect) []shipment.EventType {
	var types []shipment.EventType
	for _, e := range effects {
		if r, ok := e.(agent.Record); ok {
			types = append(types, r.Fact.EventType())
		}
	}
	return types
}

func answer(effects []agent.Effect) agent.Answer {
	for _, e := range effects {
		if a, ok := e.(agent.Answer); ok {
			return a
		}
	}
	return agent.Answer{}
}

func TestScan(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		label   printer.LabelState
		change  func(*agent.State)
		in      agent.Scanned
		signal  scanner.Signal
		code    string
		facts   []shipment.EventType
		stage   agent.Stage
		upgrade bool
	}{
		{
			name: "OK dock", label: printer.Confirmed, in: agent.Scanned{Role: scanner.Dock, Handoff: "h"}, signal: scanner.Good, code: "handed_over",
			facts: []shipment.EventType{"parcel.scanned", "parcel.handed_over"}, stage: agent.HandedOver,
		},
		{
			name: "OK bench", label: printer.Confirmed, in: agent.Scanned{Role: scanner.Bench}, signal: scanner.Good, code: "checked",
			facts: []shipment.EventType{"parcel.scanned"}, stage: agent.Checked,
		},
		{
			name: "OK dock after bench", label: printer.Confirmed, change: func(s *agent.State) { s.Parcels[0].Scanned = at },
			in: agent.Scanned{Role: scanner.Dock, Handoff: "h"}, signal: scanner.Good, code: "handed_over",
			facts: []shipment.EventType{"parcel.handed_over"}, stage: agent.HandedOver,
		},
		{
			name: "OK while the printer is still asked", label: printer.Sent, in: agent.Scanned{Role: scanner.Bench}, signal: scanner.Good, code: "checked",
			facts: []shipment.EventType{"parcel.scanned"}, stage: agent.Checked,
		},
		{
			name: "OK unconfirmed label is seen", label: printer.Unconfirmed, in: agent.Scanned{Role: scanner.Bench}, signal: scanner.Good, code: "checked",
			facts: []shipment.EventType{"parcel.scanned", "label.printed"}, stage: agent.Checked, upgrade: true,
		},
		{
			name: "warn twice at the dock", label: printer.Confirmed, change: func(s *agent.State) { s.Parcels[0].HandedOver = at },
			in: agent.Scanned{Role: scanner.Dock, Handoff: "h"}, signal: scanner.Warn, code: "already_handed_over", stage: agent.HandedOver,
		},
		{
			name: "warn twice at the bench", label: printer.Confirmed, change: func(s *agent.State) { s.Parcels[0].Scanned = at },
			in: agent.Scanned{Role: scanner.Bench}, signal: scanner.Warn, code: "already_checked", stage: agent.Checked,
		},
		{
			name: "bad voided", label: printer.Confirmed, change: func(s *agent.State) { s.Void = "buyer cancelled" },
			in: agent.Scanned{Role: scanner.Dock, Handoff: "h"}, signal: scanner.Bad, code: "voided", facts: []shipment.EventType{"scan.refused"}, stage: agent.Voided,
		},
		{
			name: "bad held", label: printer.Confirmed, change: func(s *agent.State) { s.Why = &agent.Why{Stage: agent.Held} },
			in: agent.Scanned{Role: scanner.Dock, Handoff: "h"}, signal: scanner.Bad, code: "held", facts: []shipment.EventType{"scan.refused"}, stage: agent.Held,
		},
		{
			name: "bad never printed", label: printer.Queued, in: agent.Scanned{Role: scanner.Dock, Handoff: "h"}, signal: scanner.Bad, code: "never_printed",
			facts: []shipment.EventType{"scan.refused"}, stage: agent.Printing,
		},
		{
			name: "bad the label of before, its reprint queued", label: printer.Queued, change: func(s *agent.State) { s.Parcels[0].Reprints = 1 },
			in: agent.Scanned{Role: scanner.Dock, Handoff: "h"}, signal: scanner.Bad, code: "reprinting", facts: []shipment.EventType{"scan.refused"}, stage: agent.Printing,
		},
		{
			name: "bad the label of before, its reprint being sent", label: printer.Sending, change: func(s *agent.State) { s.Parcels[0].Reprints = 1 },
			in: agent.Scanned{Role: scanner.Dock, Handoff: "h"}, signal: scanner.Bad, code: "reprinting", facts: []shipment.EventType{"scan.refused"}, stage: agent.Printing,
		},
		{
			name: "bad the label of before, its reprint sent and not seen", label: printer.Sent, change: func(s *agent.State) { s.Parcels[0].Reprints = 1 },
			in: agent.Scanned{Role: scanner.Bench}, signal: scanner.Bad, code: "reprinting", facts: []shipment.EventType{"scan.refused"}, stage: agent.Printing,
		},
		{
			name: "bad the label of before, its reprint failed", label: printer.Failed, change: func(s *agent.State) { s.Parcels[0].Reprints = 1 },
			in: agent.Scanned{Role: scanner.Dock, Handoff: "h"}, signal: scanner.Bad, code: "unprinted", facts: []shipment.EventType{"scan.refused"}, stage: agent.Unprinted,
		},
		{
			name: "bad no pick-up", label: printer.Confirmed, in: agent.Scanned{Role: scanner.Dock}, signal: scanner.Bad, code: "no_handoff",
			facts: []shipment.EventType{"scan.refused"}, stage: agent.Printed,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, job := labelled(tt.label)
			if tt.change != nil {
				tt.change(&s)
			}
			tt.in.Number, tt.in.Job, tt.in.At = number, job, at
			next, effects := s.Step(tt.in)
			a := answer(effects)
			if a.Signal != tt.signal || a.Code != tt.code {
				t.Errorf("answer %v %q, want %v %q", a.Signal, a.Code, tt.signal, tt.code)
			}
			if diff := cmp.Diff(tt.facts, facts(effects)); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
			if next.Stage() != tt.stage {
				t.Errorf("stage %s, want %s", next.Stage(), tt.stage)
			}
			if tt.upgrade && next.Parcels[0].Evidence != printer.E4 {
				t.Errorf("evidence %q, want E4", next.Parcels[0].Evidence)
			}
		})
	}
}

func TestALabelIsToldPrintedOnce(t *testing.T) {
	t.Parallel()
	s, before := labelled(printer.Sent)
	l := before.Labels[0]
	l.State, l.Evidence = printer.Confirmed, printer.E3
	after := before.With(l)
	s, effects := s.Step(agent.LabelMoved{Before: before, After: after, At: at})
	if diff := cmp.Diff([]shipment.EventType{"label.printed"}, facts(effects)); diff != "" {
		t.Errorf("first time (-want +got):\n%s", diff)
	}
	if _, effects = s.Step(agent.LabelMoved{Before: after, After: after, At: at}); len(facts(effects)) != 0 {
		t.Errorf("told again: %v", facts(effects))
	}
}

// A label that a scanner has read is on paper, whatever the printer says later.
func TestAScannedLabelDoesNotBecomeUnconfirmed(t *testing.T) {
	t.Parallel()
	s, before := labelled(printer.Sent)
	s, _ = s.Step(agent.Scanned{Number: number, Role: scanner.Bench, Job: before, At: at})
	l := before.Labels[0]
	l.State, l.Reason = printer.Unconfirmed, "the printer was switched off"
	s, effects := s.Step(agent.LabelMoved{Before: before, After: before.With(l), At: at})
	if s.Parcels[0].Label != printer.Confirmed || s.Parcels[0].Evidence != printer.E4 {
		t.Errorf("label %s by %s, want confirmed by E4", s.Parcels[0].Label, s.Parcels[0].Evidence)
	}
	if diff := cmp.Diff([]shipment.EventType{"label.printed"}, facts(effects)); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

// Nor is it sent again, though the printer says that nothing came out.
func TestAScannedLabelIsNotSentAgain(t *testing.T) {
	t.Parallel()
	s, before := labelled(printer.Sent)
	s, _ = s.Step(agent.Scanned{Number: number, Role: scanner.Bench, Job: before, At: at})
	l := before.Labels[0]
	l.State = printer.Queued
	s, effects := s.Step(agent.LabelMoved{Before: before, After: before.With(l), At: at})
	var kept printer.Job
	for _, e := range effects {
		if k, ok := e.(agent.Keep); ok {
			kept = k.Job
		}
	}
	if len(kept.Labels) != 1 || kept.Labels[0].State != printer.Confirmed || kept.Labels[0].Evidence != printer.E4 {
		t.Errorf("job %+v, want its label confirmed by E4", kept)
	}
	if s.Parcels[0].Label != printer.Confirmed {
		t.Errorf("label %s", s.Parcels[0].Label)
	}
}

func TestVoidTakesBackWhatNoPrinterHasSeen(t *testing.T) {
	t.Parallel()
	s, job := labelled(printer.Queued)
	s, effects := s.Step(agent.Void{Reason: "buyer cancelled", Jobs: []printer.Job{job}, At: at})
	var kept printer.Job
	for _, e := range effects {
		if k, ok := e.(agent.Keep); ok {
			kept = k.Job
		}
	}
	if len(kept.Labels) != 1 || kept.Labels[0].State != printer.Cancelled || s.Stage() != agent.Voided {
		t.Errorf("job %+v, stage %s", kept, s.Stage())
	}
	if again, effects := s.Step(agent.Void{Reason: "again", At: at}); len(effects) != 0 || again.Void != "buyer cancelled" {
		t.Error("voided twice")
	}
}

func TestReprintMustBeReadBackAgain(t *testing.T) {
	t.Parallel()
	s, job := labelled(printer.Confirmed)
	s.Parcels[0].Scanned = at
	again := printer.Job{ID: "job-2", Ref: "A-1", Role: "shipping", Labels: []printer.Label{{K: 1, State: printer.Queued}}}
	s, effects := s.Step(agent.Reprint{K: 1, Reason: "smudged", Job: again, Old: job, At: at})
	if s.Stage() != agent.Printing || s.Parcels[0].Reprints != 1 {
		t.Errorf("stage %s after %d reprints", s.Stage(), s.Parcels[0].Reprints)
	}
	if diff := cmp.Diff([]shipment.EventType{"label.reprinted"}, facts(effects)); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

func TestStageFollowsTheHindmostParcel(t *testing.T) {
	t.Parallel()
	s, _ := labelled(printer.Confirmed)
	s.Parcels[0].HandedOver = at
	s.Parcels = append(s.Parcels, agent.Parcel{ID: "A-2", K: 2, Job: "job-2", Label: printer.Confirmed, Scanned: at})
	if s.Stage() != agent.Checked {
		t.Errorf("stage %s, want checked", s.Stage())
	}
}
