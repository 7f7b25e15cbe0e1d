package desk_test

import (
	"strings"
	"testing"

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
			if err != nil || !strings.Contains(said, "a correction here says that they did not leave") || strings.Contains(said, "not on the manifest") {
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
