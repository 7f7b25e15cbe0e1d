package desk_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"waybill/agent/desk"
	"waybill/agent/handoff"
)

// TestAnOldScanDoesNotOverruleACorrection holds that another station's scan which
// comes in after a correction has taken the parcel back is known as a second one of
// the same: the parcel stays where the correction says, also after the disk was lost.
func TestAnOldScanDoesNotOverruleACorrection(t *testing.T) {
	t.Parallel()
	for name, closer := range map[string]int{"by the station with the order": 0, "by the one that took it over": 1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			y, one, two := newDockyard(t, "A")
			a := numberOf(t, one, "A")
			h := open(t, one, desk.Opening{Carrier: "usps"})
			y.meet(t)
			if _, err := two.TakeOverHandoff(t.Context(), y, h.ID, desk.TakingOver{From: "bench-1", By: "Sam"}); err != nil {
				t.Fatal(err)
			}
			here, there := y.rigs[closer], y.rigs[1-closer]
			there.dock(t, a, "handed_over") // and nobody hears of it for long
			here.dock(t, a, "handed_over")
			closeIt(t, here, h.ID, desk.Closing{})
			c := open(t, here, desk.Opening{Corrects: h.ID})
			if _, e, err := here.UndoHandoff(t.Context(), desk.Once{}, c.ID, desk.Undoing{Number: a, Reason: "left on the floor"}); err != nil || e.Back == nil || e.Back.Handoff != c.ID {
				t.Fatalf("%+v is taken back, error %v", e, err)
			}
			waits := func() int {
				t.Helper()
				list, err := here.CloseOut(t.Context(), here.now)
				if err != nil || len(list.Carriers) != 1 {
					t.Fatalf("%+v, error %v", list, err)
				}
				return list.Carriers[0].Waiting
			}
			waiting := waits()
			y.meet(t)
			m := here.handoff(t, h.ID)
			if len(m.Conflicts) != 1 || m.Conflicts[0].Conflict != handoff.Twice || m.Count != 1 {
				t.Errorf("%d on it, not counted %+v", m.Count, m.Conflicts)
			}
			if waiting != 1 || waits() != waiting {
				t.Errorf("%d parcels wait, before the old scan came %d", waits(), waiting)
			}
			day, err := here.CloseOut(t.Context(), here.now)
			said := ""
			for _, a := range day.Alarms {
				said += a.Message + "\n"
			}
			if err != nil || !strings.Contains(said, "a correction here says that it did not leave") || strings.Contains(said, "not on the manifest") {
				t.Errorf("alarms say %q, error %v", said, err)
			}
			closeIt(t, here, c.ID, desk.Closing{})
			before := ordersOn(here.handoff(t, h.ID).Conflicts)
			here.lose(t)
			if diff := cmp.Diff(before, ordersOn(here.handoff(t, h.ID).Conflicts)); diff != "" {
				t.Errorf("not counted (-was +rebuilt):\n%s", diff)
			}
			if closer == 0 && !here.state(t, "A").Parcels[0].HandedOver.IsZero() {
				t.Errorf("after the disk was lost it has left: %+v", here.state(t, "A").Parcels[0])
			}
		})
	}
}

// TestAParcelOnTwoPickUps holds that a parcel which two stations have scanned onto
// pick-ups of their own, and could not know it, is told as such, and that taking it
// back from one leaves it on the other: it waits once it is taken back from both.
// The rebuilt desk knows the same.
func TestAParcelOnTwoPickUps(t *testing.T) {
	t.Parallel()
	type way struct {
		name  string
		backs []string // where it is taken back, in this order
		on    string
		count int // on the pick-up of this station
	}
	for _, tt := range []way{
		{"none", nil, "theirs", 1},
		{"from ours", []string{"ours"}, "theirs", 0},
		{"from ours by UNDO", []string{"undo"}, "theirs", 0},
		{"from theirs", []string{"theirs"}, "ours", 1},
		{"from both", []string{"theirs", "ours"}, "", 0},
		{"from both, the other way round", []string{"ours", "theirs"}, "", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			y, one, two := newDockyard(t, "A")
			a := numberOf(t, one, "A")
			theirs := open(t, one, desk.Opening{Carrier: "usps"})
			y.meet(t)
			if _, err := two.TakeOverHandoff(t.Context(), y, theirs.ID, desk.TakingOver{From: "bench-1", By: "Sam"}); err != nil {
				t.Fatal(err)
			}
			two.dock(t, a, "handed_over")
			closeIt(t, one, theirs.ID, desk.Closing{LeaveBehind: 1}) // both unknowing
			ours := open(t, one, desk.Opening{Carrier: "usps"})
			one.now = one.now.Add(time.Minute)
			one.dock(t, a, "handed_over")
			y.meet(t)
			day, err := one.CloseOut(t.Context(), one.now)
			if err != nil || !slices.ContainsFunc(day.Alarms, func(a desk.Alarm) bool {
				return strings.Contains(a.Message, "parcel A-1 was scanned onto two pick-ups")
			}) {
				t.Errorf("alarms are %+v, error %v", day.Alarms, err)
			}
			names := map[string]string{ours.ID: "ours", theirs.ID: "theirs"}
			for _, back := range tt.backs {
				switch back {
				case "undo":
					one.dock(t, "WBC:UNDO", "undone")
				case "ours":
					if _, _, err := one.UndoHandoff(t.Context(), desk.Once{}, ours.ID, desk.Undoing{Number: a}); err != nil {
						t.Fatal(err)
					}
				case "theirs":
					c := open(t, one, desk.Opening{Corrects: theirs.ID})
					if _, _, err := one.UndoHandoff(t.Context(), desk.Once{}, c.ID, desk.Undoing{Number: a}); err != nil {
						t.Fatal(err)
					}
					closeIt(t, one, c.ID, desk.Closing{})
				}
			}
			holds := func(when string) {
				t.Helper()
				p := one.state(t, "A").Parcels[0]
				if names[p.Handoff] != tt.on || p.HandedOver.IsZero() != (tt.on == "") || len(p.Also) != max(0, 1-len(tt.backs)) {
					t.Errorf("%s: it is on %q, %+v; want %q", when, names[p.Handoff], p, tt.on)
				}
			}
			holds("as it is")
			if s, _, err := one.Handoff(t.Context(), ours.ID); err != nil || s.Count != tt.count {
				t.Errorf("%d on this station's, error %v; want %d", s.Count, err, tt.count)
			}
			if tt.on != "" {
				one.dock(t, a, "already_handed_over")
			}
			one.lose(t)
			holds("after the disk was lost")
		})
	}
}
