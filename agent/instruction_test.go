package agent_test

import (
	"strings"
	"testing"
	"time"

	"waybill/agent"
	"waybill/printer"
	"waybill/scanner"
	"waybill/shipment"
)

// instructedState is an order of two parcels with good labels.
func instructedState() agent.State {
	at := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	s := agent.State{Order: shipment.Order{ID: "A"}, Carrier: "ups", Service: "ups_ground", ServiceName: "UPS Ground", Taken: at, Since: at}
	for k, n := range []shipment.TrackingNumber{"1Z999AA10123456784", "1Z999AA10123456793"} {
		s.Parcels = append(s.Parcels, agent.Parcel{
			ID: shipment.OrderID("A").Parcel(k + 1), K: k + 1, TrackingNumber: n, Job: printer.JobID("j" + string(n)), Label: printer.Confirmed,
		})
	}
	return s
}

func left(s agent.State, n int) agent.State {
	s.Parcels = append([]agent.Parcel(nil), s.Parcels...)
	for i := range n {
		s.Parcels[i].HandedOver = s.Since
	}
	return s
}

func word(n int64, action string) agent.Instructed {
	at := time.Date(2026, 11, 20, 9, int(n), 0, 0, time.UTC)
	return agent.Instructed{Instruction: agent.Instruction{Sequence: n, Action: action, Reason: "unpaid", By: "Kim", At: at}, Learned: at}
}

func TestTheHubsWordCounts(t *testing.T) {
	t.Parallel()
	unlabelled := func(s agent.State) agent.State {
		s.Parcels = append([]agent.Parcel(nil), s.Parcels...)
		for i := range s.Parcels {
			s.Parcels[i].Job, s.Parcels[i].Label = "", ""
		}
		return s
	}
	for _, tt := range []struct {
		name    string
		state   agent.State
		words   []agent.Instructed
		outcome string // of the last word
		stage   agent.Stage
		code    string // of the scan of parcel 2 at the dock; handed_over: it leaves
		labels  int    // to be made
	}{
		{"held", instructedState(), []agent.Instructed{word(1, agent.HubHold)}, "stopped", agent.Printed, agent.OnHubHold, 0},
		{"released", instructedState(), []agent.Instructed{word(1, agent.HubHold), word(2, agent.HubRelease)}, "released", agent.Printed, "handed_over", 0},
		{"cancelled", instructedState(), []agent.Instructed{word(1, agent.HubCancel)}, "voided", agent.Voided, agent.Cancelled, 0},
		{"held, then cancelled", instructedState(), []agent.Instructed{word(1, agent.HubHold), word(2, agent.HubCancel)}, "voided", agent.Voided, agent.Cancelled, 0},
		{"cancelled when one has left", left(instructedState(), 1), []agent.Instructed{word(1, agent.HubCancel)}, "stopped", agent.Printed, agent.Cancelled, 0},
		{"cancelled when all have left", left(instructedState(), 2), []agent.Instructed{word(1, agent.HubCancel)}, "too_late", agent.HandedOver, "already_handed_over", 0},
		{"held before its labels", unlabelled(instructedState()), []agent.Instructed{word(1, agent.HubHold)}, "stopped", agent.Labelling, "never_printed", 0},
		{"released before its labels", unlabelled(instructedState()), []agent.Instructed{word(1, agent.HubHold), word(2, agent.HubRelease)}, "released", agent.Labelling, "never_printed", 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := tt.state
			var effects []agent.Effect
			for _, w := range tt.words {
				if s, effects = s.Step(w); len(effects) == 0 {
					t.Fatalf("word %d does nothing", w.Sequence)
				}
				if again, more := s.Step(w); len(more) > 0 || again.Stage() != s.Stage() {
					t.Errorf("word %d told again: %v", w.Sequence, more)
				}
			}
			record, _ := effects[0].(agent.Record)
			fact, ok := record.Fact.(shipment.OrderInstructed)
			if last := tt.words[len(tt.words)-1]; !ok || fact.Outcome != tt.outcome || fact.Sequence != last.Sequence || fact.Action != last.Action {
				t.Errorf("told is %+v, want %s", record.Fact, tt.outcome)
			}
			if s.Stage() != tt.stage || len(s.ToLabel()) != tt.labels {
				t.Errorf("it is %s with %d labels to be made, want %s with %d", s.Stage(), len(s.ToLabel()), tt.stage, tt.labels)
			}
			p := s.Parcels[1]
			after, effects := s.Step(agent.Scanned{
				Number: p.TrackingNumber, Scanner: "gun", Role: scanner.Dock, Handoff: "H", At: s.Since,
				Job: printer.Job{ID: p.Job, Labels: []printer.Label{{K: 1, State: printer.Confirmed}}},
			})
			answer := answerOf(t, effects)
			if answer.Code != tt.code {
				t.Errorf("at the dock: %+v, want %s", answer, tt.code)
			}
			if (tt.code == agent.OnHubHold || tt.code == agent.Cancelled) && (!strings.Contains(answer.Message, "unpaid") || answer.Signal != scanner.Bad || !after.Parcels[1].HandedOver.IsZero()) {
				t.Errorf("at the dock: %+v", answer)
			}
		})
	}
}

func answerOf(t *testing.T, effects []agent.Effect) agent.Answer {
	t.Helper()
	for _, e := range effects {
		if a, ok := e.(agent.Answer); ok {
			return a
		}
	}
	t.Fatalf("no answer in %v", effects)
	return agent.Answer{}
}
