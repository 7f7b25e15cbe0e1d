package desk_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"waybill/agent/desk"
	"waybill/agent/handoff"
	"waybill/shipment"
	"waybill/sync/journal"
)

// said reports whether an alarm of the station says words.
func (r *rig) said(t *testing.T, words string) bool {
	t.Helper()
	return slices.ContainsFunc(r.alarms(t), func(a string) bool { return strings.Contains(a, words) })
}

// backLines returns what a manifest's CSV says of parcels that were taken back elsewhere.
func backLines(t *testing.T, m handoff.Manifest) []string {
	t.Helper()
	var out strings.Builder
	if err := m.WriteCSV(&out, morning.Location()); err != nil {
		t.Fatal(err)
	}
	var lines []string
	for line := range strings.Lines(out.String()) {
		if strings.HasPrefix(line, "back_elsewhere,") {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	return lines
}

// TestTakenBackElsewhereAfterTheClosing holds that a parcel which another station
// takes back from a pick-up that is closed here stays on the paper that was signed,
// leaves nowhere, and is told: once, and after the disk was lost too. A correction takes
// it off; where it is scanned again there, it has left.
func TestTakenBackElsewhereAfterTheClosing(t *testing.T) {
	t.Parallel()
	const alarm = "parcel A-1 was taken back at station "
	for name, closer := range map[string]int{"by the station with the order": 0, "by the one that took it over": 1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			y, one, two := newDockyard(t, "A")
			a := numberOf(t, one, "A")
			h := open(t, one, desk.Opening{Carrier: "usps"})
			one.dock(t, a, "handed_over")
			y.meet(t)
			if _, err := two.TakeOverHandoff(t.Context(), y, h.ID, desk.TakingOver{From: "bench-1", By: "Sam"}); err != nil {
				t.Fatal(err)
			}
			here, there := y.rigs[closer], y.rigs[1-closer]
			told := here.count(t, shipment.HandoffMergedType) + 1
			closeIt(t, here, h.ID, desk.Closing{Driver: "M. Okafor"})
			if _, _, err := there.UndoHandoff(t.Context(), desk.Once{}, h.ID, desk.Undoing{Number: a, By: "Sam", Reason: "wrong van"}); err != nil {
				t.Fatal(err)
			}
			y.meet(t)
			y.meet(t)
			if !here.said(t, alarm+string(there.journal.Station())+", and the manifest closed here at 09:00 has it") {
				t.Errorf("alarms are %q", here.alarms(t))
			}
			if n := here.count(t, shipment.HandoffMergedType); n != told {
				t.Errorf("told by %d events, want %d", n, told)
			}
			holds := func(when string) handoff.Entry {
				t.Helper()
				m := here.handoff(t, h.ID)
				if m.Count != 1 || len(m.Entries) != 1 || m.Entries[0].Back != nil || m.Entries[0].Elsewhere == nil || m.Entries[0].Elsewhere.Reason != "wrong van" {
					t.Fatalf("%s: on the manifest are %+v, count %d", when, m.Entries, m.Count)
				}
				if back := backLines(t, m); len(back) != 1 || !strings.HasPrefix(back[0], "back_elsewhere,1,"+string(a)+",A,A-1,") || !strings.HasSuffix(back[0], ",Sam,"+string(there.journal.Station())) {
					t.Errorf("%s: the CSV says %q of it", when, back)
				}
				if p := one.state(t, "A").Parcels[0]; !p.HandedOver.IsZero() {
					t.Errorf("%s: it has left: %+v", when, p)
				}
				return m.Entries[0]
			}
			before := holds("as it is")
			if day, err := two.CloseOut(t.Context(), two.now); closer == 1 && err == nil && slices.ContainsFunc(day.Carriers, func(c desk.CarrierDay) bool { return c.Waiting > 0 }) {
				t.Errorf("it waits at the station without its order: %+v", day.Carriers)
			} else if err != nil {
				t.Error(err)
			}
			here.lose(t)
			if diff := cmp.Diff(before, holds("after the disk was lost")); diff != "" {
				t.Errorf("(-was +rebuilt):\n%s", diff)
			}
			y.meet(t)
			if n := here.count(t, shipment.HandoffMergedType); n != told {
				t.Errorf("told by %d events, want %d", n, told)
			}
			c := open(t, here, desk.Opening{Corrects: h.ID})
			if closer == 0 {
				if _, e, err := here.UndoHandoff(t.Context(), desk.Once{}, c.ID, desk.Undoing{Number: a}); err != nil || e.Back == nil || e.Back.Handoff != c.ID {
					t.Errorf("%+v is taken back, error %v", e, err)
				}
				if back := backLines(t, here.handoff(t, h.ID)); back != nil {
					t.Errorf("corrected, the CSV says %q", back)
				}
				one.dock(t, a, "handed_over") // onto a pick-up of its own
			}
		})
	}
}

// TestTakenBackElsewhereAndScannedAgain holds that the parcel has left then, by the
// scan that was signed here, and that nobody is told to correct it.
func TestTakenBackElsewhereAndScannedAgain(t *testing.T) {
	t.Parallel()
	for name, between := range map[string]bool{"and nobody knew": false, "and it was known": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			y, one, two := newDockyard(t, "A")
			a := numberOf(t, one, "A")
			h := open(t, one, desk.Opening{Carrier: "usps"})
			one.dock(t, a, "handed_over")
			y.meet(t)
			if _, err := two.TakeOverHandoff(t.Context(), y, h.ID, desk.TakingOver{From: "bench-1", By: "Sam"}); err != nil {
				t.Fatal(err)
			}
			closeIt(t, one, h.ID, desk.Closing{})
			if _, _, err := two.UndoHandoff(t.Context(), desk.Once{}, h.ID, desk.Undoing{Number: a}); err != nil {
				t.Fatal(err)
			}
			if between {
				y.meet(t)
			}
			if one.said(t, "was taken back at station dock-2") != between {
				t.Errorf("alarms are %q", one.alarms(t))
			}
			two.dock(t, a, "handed_over")
			y.meet(t)
			y.meet(t)
			if one.said(t, "was taken back at station dock-2") {
				t.Errorf("alarms are %q", one.alarms(t))
			}
			holds := func(when string) {
				t.Helper()
				m := one.handoff(t, h.ID)
				if len(m.Entries) != 1 || m.Entries[0].Elsewhere != nil || m.Count != 1 || len(m.Conflicts) != 1 {
					t.Errorf("%s: on the manifest are %+v, not counted %+v", when, m.Entries, m.Conflicts)
				}
				if p := one.state(t, "A").Parcels[0]; !p.On(h.ID) {
					t.Errorf("%s: it waits: %+v", when, p)
				}
			}
			holds("as it is")
			one.relived(t, "A")
			holds("after the disk was lost")
		})
	}
}

// TestALateScanThatIsTakenBackWaits holds that a scan which was too late for the
// manifest here counts for nothing once it was taken back there, and that a further
// one is late again.
func TestALateScanThatIsTakenBackWaits(t *testing.T) {
	t.Parallel()
	y, one, two := newDockyard(t, "A")
	a := numberOf(t, one, "A")
	h := open(t, one, desk.Opening{Carrier: "usps"})
	y.meet(t)
	if _, err := two.TakeOverHandoff(t.Context(), y, h.ID, desk.TakingOver{From: "bench-1", By: "Sam"}); err != nil {
		t.Fatal(err)
	}
	two.dock(t, a, "handed_over")
	closeIt(t, one, h.ID, desk.Closing{LeaveBehind: 1}) // unknowing
	for range 2 {
		holds := func(late int) {
			t.Helper()
			y.meet(t)
			for range 2 {
				m := one.handoff(t, h.ID)
				if m.Count != 0 || len(m.Conflicts) != late || m.Session.Conflicts != late {
					t.Errorf("%d on it, not counted %+v, %d; want %d", m.Count, m.Conflicts, m.Session.Conflicts, late)
				}
				if p := one.state(t, "A").Parcels[0]; p.On(h.ID) != (late == 1) {
					t.Errorf("with %d that came late, it is %+v", late, p)
				}
				one.relived(t, "A")
			}
		}
		holds(1)
		if _, _, err := two.UndoHandoff(t.Context(), desk.Once{}, h.ID, desk.Undoing{Number: a}); err != nil {
			t.Fatal(err)
		}
		holds(0)
		two.dock(t, a, "handed_over")
	}
}

// TestAnAlarmNamesAllThatNobodyHasSeen holds that what comes to light of a pick-up
// is told beside what was told before, until somebody has taken note of it.
func TestAnAlarmNamesAllThatNobodyHasSeen(t *testing.T) {
	t.Parallel()
	y, one, two := newDockyard(t, "A", "B", "C")
	h := open(t, one, desk.Opening{Carrier: "usps"})
	y.meet(t)
	if _, err := two.TakeOverHandoff(t.Context(), y, h.ID, desk.TakingOver{From: "bench-1", By: "Sam"}); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ order, want string }{
		{"A", "USPS: parcel A-1 was scanned here and at another station."},
		{"B", "USPS: 2 parcels, such as A-1, were scanned here and at another station."},
		{"C", "USPS: parcel C-1 was scanned here and at another station."},
	} {
		if tt.order == "C" {
			day, err := two.CloseOut(t.Context(), two.now)
			if err != nil || len(day.Alarms) != 1 {
				t.Fatalf("alarms are %+v, error %v", day.Alarms, err)
			}
			if err := two.Acknowledge(t.Context(), day.Alarms[0].ID, "Sam"); err != nil {
				t.Fatal(err)
			}
		}
		n := numberOf(t, one, tt.order)
		two.dock(t, n, "handed_over")
		one.dock(t, n, "handed_over") // it does not know yet
		y.send(t, one)
		if err := two.MeetHub(t.Context(), y); err != nil {
			t.Fatal(err)
		}
		if got := two.alarms(t); len(got) != 1 || !strings.HasPrefix(got[0], tt.want) {
			t.Errorf("after %s alarms are %q, want %q", tt.order, got, tt.want)
		}
	}
}

// TestScansOfBeforeAreKeyed holds that a scan which a correction took back, as earlier
// versions kept it, is found once the station has started: an old one of another
// station does not overrule the correction.
func TestScansOfBeforeAreKeyed(t *testing.T) {
	t.Parallel()
	y, one, two := newDockyard(t, "A")
	a := numberOf(t, one, "A")
	h := open(t, one, desk.Opening{Carrier: "usps"})
	y.meet(t)
	if _, err := two.TakeOverHandoff(t.Context(), y, h.ID, desk.TakingOver{From: "bench-1", By: "Sam"}); err != nil {
		t.Fatal(err)
	}
	two.dock(t, a, "handed_over") // and nobody hears of it for long
	one.dock(t, a, "handed_over")
	closeIt(t, one, h.ID, desk.Closing{})
	c := open(t, one, desk.Opening{Corrects: h.ID})
	if _, _, err := one.UndoHandoff(t.Context(), desk.Once{}, c.ID, desk.Undoing{Number: a}); err != nil {
		t.Fatal(err)
	}
	closeIt(t, one, c.ID, desk.Closing{})
	if err := one.journal.Update(t.Context(), func(tx *journal.Tx) error {
		id := h.ID + "/000001"
		var e json.RawMessage
		if found, err := tx.Get("handoff_entry", id, &e); err != nil || !found {
			t.Fatalf("%s is there: %t, error %v", id, found, err)
		}
		if err := tx.Put("handoff_entry", h.ID+"/000009", "damaged", journal.Index{State: h.ID}); err != nil {
			return err
		}
		return tx.Put("handoff_entry", id, e, journal.Index{State: h.ID})
	}); err != nil {
		t.Fatal(err)
	}
	one.start(t)
	if err := one.Expect(t.Context()); err != nil {
		t.Fatal(err)
	}
	y.meet(t)
	if !one.said(t, "a correction here says that it did not leave") || one.said(t, "not on the manifest") {
		t.Errorf("alarms are %q", one.alarms(t))
	}
	if p := one.state(t, "A").Parcels[0]; !p.HandedOver.IsZero() {
		t.Errorf("the old scan has overruled the correction: %+v", p)
	}
}
