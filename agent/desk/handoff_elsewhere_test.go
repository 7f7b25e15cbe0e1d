package desk_test

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"waybill/agent/desk"
	"waybill/agent/handoff"
	"waybill/agent/packing"
	"waybill/internal/fault"
	"waybill/scanner"
	"waybill/shipment"
	"waybill/sync/journal"
	"waybill/sync/wire"
	"waybill/tracking"
	"waybill/tracking/store"
)

// A dockyard is stations that share a hub, each with orders of its own.
type dockyard struct {
	*store.Store
	at   map[*rig]wire.Position // what of each the hub has
	rigs []*rig
	now  time.Time
}

// newDockyard returns two stations with some labels on paper at the first.
func newDockyard(t *testing.T, printed ...string) (*dockyard, *rig, *rig) {
	t.Helper()
	y := &dockyard{at: map[*rig]wire.Position{}, now: morning}
	s, err := store.Open(t.Context(), t.TempDir(), store.Options{Now: func() time.Time { return y.now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	y.Store = s
	one := newRig(t, nil)
	two := y.another(t, one, "dock-2")
	one.stock(t, ground)
	for _, id := range printed {
		one.print(t, id)
	}
	y.rigs = []*rig{one, two}
	return y, one, two
}

// another returns a further station with a new journal; it leases from the hub of
// the first.
func (y *dockyard) another(t *testing.T, first *rig, name shipment.StationID) *rig {
	t.Helper()
	r := newRig(t, nil)
	r.hub, r.station, r.path = first.hub, name, filepath.Join(t.TempDir(), "journal.db")
	r.start(t)
	return r
}

// send brings what a station has recorded to the hub.
func (y *dockyard) send(t *testing.T, r *rig) {
	t.Helper()
	recs, err := r.journal.After(t.Context(), y.at[r], 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	var in []tracking.Incoming
	for _, rec := range recs {
		var env wire.Envelope
		if err := json.Unmarshal(rec.Raw, &env); err != nil {
			t.Fatal(err)
		}
		in = append(in, tracking.Incoming{Env: env, Raw: rec.Raw})
		y.at[r] = rec.Position
	}
	results, err := y.Ingest(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	for _, res := range results {
		if res.Status != wire.Accepted {
			t.Fatalf("the hub: %+v", res)
		}
	}
}

// meet has every station send, and then learn.
func (y *dockyard) meet(t *testing.T) {
	t.Helper()
	for _, r := range y.rigs {
		y.send(t, r)
	}
	for _, r := range y.rigs {
		if err := r.MeetHub(t.Context(), y); err != nil {
			t.Fatal(err)
		}
	}
}

func (r *rig) dock(t *testing.T, number shipment.TrackingNumber, code string) string {
	t.Helper()
	res, err := r.Scan(t.Context(), scanner.Scan{Scanner: "gun", Role: scanner.Dock, Raw: []byte(number), At: r.now})
	if err != nil || res.Code != code {
		t.Fatalf("%s comes to %s %q, error %v; want %s", number, res.Code, res.Message, err, code)
	}
	return res.Message
}

func (r *rig) handoff(t *testing.T, id string) handoff.Manifest {
	t.Helper()
	m, err := r.Manifest(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func numberOf(t *testing.T, r *rig, id string) shipment.TrackingNumber {
	t.Helper()
	return r.state(t, id).Parcels[0].TrackingNumber
}

func ordersOn(entries []handoff.Entry) []string {
	all := []string{}
	for _, e := range entries {
		all = append(all, string(e.Order))
	}
	return all
}

// TestAPickUpChangesHands walks a pick-up to another station and back: what both
// scan is on it once, what must not go is refused at both, and what is taken back
// is expected again.
func TestAPickUpChangesHands(t *testing.T) {
	t.Parallel()
	y, one, two := newDockyard(t, "A", "B", "C", "D", "E")
	h := open(t, one, desk.Opening{Carrier: "usps", By: "Kim"})
	one.dock(t, numberOf(t, one, "A"), "handed_over")
	if _, err := one.VoidFor(t.Context(), "E", "", "wrong box"); err != nil {
		t.Fatal(err)
	}
	y.meet(t)
	one.dock(t, numberOf(t, one, "B"), "handed_over") // and the hub does not hear of it

	if s, err := two.TakeOverHandoff(t.Context(), y, h.ID, desk.TakingOver{From: "bench-1", By: "Sam"}); err != nil || s.Count != 1 || !s.Fetched || s.From != "bench-1" {
		t.Fatalf("%+v, error %v", s, err)
	}
	if _, err := two.TakeOverHandoff(t.Context(), y, h.ID, desk.TakingOver{From: "bench-1"}); !fault.Is(err, fault.Conflict) {
		t.Errorf("taken over twice: %v", err)
	}
	if n := two.count(t, shipment.HandoffTakenOverType); n != 1 {
		t.Errorf("told %d times", n)
	}
	if got := two.dock(t, numberOf(t, one, "A"), "already_handed_over"); !strings.Contains(got, "at station bench-1") {
		t.Errorf("of what left before it says %q", got)
	}
	two.dock(t, numberOf(t, one, "E"), "voided")
	two.dock(t, numberOf(t, one, "B"), "handed_over")
	two.dock(t, numberOf(t, one, "C"), "handed_over")
	if _, e, err := two.UndoHandoff(t.Context(), desk.Once{}, h.ID, desk.Undoing{By: "Sam"}); err != nil || e.Order != "C" {
		t.Errorf("undone was %+v, error %v", e, err)
	}
	if _, e, err := two.UndoHandoff(t.Context(), desk.Once{}, h.ID, desk.Undoing{Number: numberOf(t, one, "A"), By: "Sam"}); err != nil || e.Order != "A" {
		t.Errorf("undone was %+v, error %v", e, err)
	}
	l, err := two.LiveHandoff(t.Context(), h.ID, 10)
	if err != nil || l.Count != 1 || l.MissingCount != 3 {
		t.Errorf("%d on it, %d missing, error %v", l.Count, l.MissingCount, err)
	}
	two.dock(t, numberOf(t, one, "C"), "handed_over")
	if _, _, err := one.CloseHandoffOnce(t.Context(), desk.Once{}, h.ID, desk.Closing{}); err == nil {
		t.Error("closed with parcels missing")
	}
	y.meet(t)
	y.meet(t) // what was merged is merged once
	if got := one.dock(t, numberOf(t, one, "D"), "handoff_taken_over"); !strings.Contains(got, "taken over by station dock-2 at 09:00 by Sam") {
		t.Errorf("the first says %q", got)
	}
	if _, _, err := one.CloseHandoffOnce(t.Context(), desk.Once{}, h.ID, desk.Closing{}); !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "dock-2") {
		t.Errorf("closed by who has it no more: %v", err)
	}
	if n := one.count(t, shipment.HandoffYieldedType); n != 1 {
		t.Errorf("the first told %d times that it has it no more", n)
	}
	m := two.handoff(t, h.ID)
	if diff := cmp.Diff([]string{"B", "C"}, ordersOn(m.Entries)); diff != "" {
		t.Errorf("on it (-want +got):\n%s", diff)
	}
	if len(m.Conflicts) != 1 || m.Conflicts[0].Order != "B" || m.Conflicts[0].Conflict != handoff.Twice {
		t.Errorf("conflicts are %+v", m.Conflicts)
	}
	if day, err := two.CloseOut(t.Context(), two.now); err != nil || len(day.Alarms) != 1 || !strings.Contains(day.Alarms[0].Message, "scanned here and at another station") {
		t.Errorf("alarms are %+v, error %v", day.Alarms, err)
	} else if err := two.Acknowledge(t.Context(), day.Alarms[0].ID, "Sam"); err != nil {
		t.Error(err)
	} else if day, _ = two.CloseOut(t.Context(), two.now); len(day.Alarms) != 0 {
		t.Errorf("after it was seen: %+v", day.Alarms)
	}
	if p := one.state(t, "C").Parcels[0]; p.Handoff != h.ID || p.HandedOver.IsZero() {
		t.Errorf("the first does not know that C has left: %+v", p)
	}
	if p := one.state(t, "A").Parcels[0]; !p.HandedOver.IsZero() {
		t.Errorf("the first does not know that A was taken back: %+v", p)
	}

	// And back.
	if _, err := one.TakeOverHandoff(t.Context(), y, h.ID, desk.TakingOver{From: "dock-2", By: "Kim"}); err != nil {
		t.Fatal(err)
	}
	one.dock(t, numberOf(t, one, "A"), "handed_over")
	one.dock(t, numberOf(t, one, "D"), "handed_over")
	y.meet(t)
	two.dock(t, numberOf(t, one, "D"), "already_handed_over")
	closeIt(t, one, h.ID, desk.Closing{By: "Kim", Driver: "M. Okafor"})
	m = one.handoff(t, h.ID)
	if diff := cmp.Diff([]string{"B", "C", "A", "D"}, ordersOn(m.Entries)); diff != "" {
		t.Errorf("at the end (-want +got):\n%s", diff)
	}
	y.meet(t)
	if s := two.handoff(t, h.ID); s.Taken == nil || s.Taken.Closed.IsZero() || s.Count != 4 {
		t.Errorf("the second knows %+v", s.Session)
	}
}

// TestALateScanIsOnNoManifest holds that what comes to light after the closing is
// shown and not slipped in.
func TestALateScanIsOnNoManifest(t *testing.T) {
	t.Parallel()
	y, one, two := newDockyard(t, "A", "B")
	h := open(t, one, desk.Opening{Carrier: "usps"})
	y.meet(t)
	one.dock(t, numberOf(t, one, "A"), "handed_over")
	if _, err := two.TakeOverHandoff(t.Context(), y, h.ID, desk.TakingOver{From: "bench-1", By: "Sam"}); err != nil {
		t.Fatal(err)
	}
	two.dock(t, numberOf(t, one, "B"), "handed_over")
	closeIt(t, two, h.ID, desk.Closing{LeaveBehind: 1})
	y.meet(t)
	m := two.handoff(t, h.ID)
	if m.Count != 1 || len(m.Conflicts) != 1 || m.Conflicts[0].Conflict != handoff.Late || m.Conflicts[0].Order != "A" {
		t.Errorf("%d on it, not counted %+v", m.Count, m.Conflicts)
	}
	if day, err := two.CloseOut(t.Context(), two.now); err != nil || len(day.Alarms) != 1 || !strings.Contains(day.Alarms[0].Message, "not on the manifest") {
		t.Errorf("alarms are %+v, error %v", day.Alarms, err)
	}
}

// TestALateScanHasLeftThoughOneBeforeItWasTakenBack holds that a parcel which was
// scanned twice at the other station, and taken back between, does not wait here
// again: it is in the van.
func TestALateScanHasLeftThoughOneBeforeItWasTakenBack(t *testing.T) {
	t.Parallel()
	y, one, two := newDockyard(t, "A")
	h := open(t, one, desk.Opening{Carrier: "usps"})
	y.meet(t)
	if _, err := two.TakeOverHandoff(t.Context(), y, h.ID, desk.TakingOver{From: "bench-1", By: "Sam"}); err != nil {
		t.Fatal(err)
	}
	two.dock(t, numberOf(t, one, "A"), "handed_over")
	two.dock(t, "WBC:UNDO", "undone")
	two.dock(t, numberOf(t, one, "A"), "handed_over")
	closeIt(t, one, h.ID, desk.Closing{LeaveBehind: 1}) // unknowing
	y.meet(t)
	if p := one.state(t, "A").Parcels[0]; p.HandedOver.IsZero() || p.Handoff != h.ID {
		t.Errorf("it waits again: %+v", p)
	}
	var told []shipment.HandoffMerged
	if err := one.journal.View(t.Context(), func(tx *journal.ReadTx) error {
		return tx.Events(journal.EventQuery{Types: []shipment.EventType{shipment.HandoffMergedType}}, func(rec wire.Record) error {
			var env wire.Envelope
			var f shipment.HandoffMerged
			if err := json.Unmarshal(rec.Raw, &env); err != nil {
				return err
			}
			err := json.Unmarshal(env.Data, &f)
			told = append(told, f)
			return err
		})
	}); err != nil {
		t.Fatal(err)
	}
	if len(told) != 1 || !cmp.Equal(told[0].Late, []shipment.ParcelID{"A-1"}) || len(told[0].Back) != 0 {
		t.Errorf("told is %+v", told)
	}
	one.lose(t)
	if p := one.state(t, "A").Parcels[0]; p.HandedOver.IsZero() {
		t.Errorf("after the disk was lost it waits again: %+v", p)
	}
}

// TestBothHearThatOneClosedUnknowing holds that where a station closes a pick-up
// before it knows that another has taken it over, an alarm says so at both, once.
func TestBothHearThatOneClosedUnknowing(t *testing.T) {
	t.Parallel()
	y, one, two := newDockyard(t, "A", "B")
	h := open(t, one, desk.Opening{Carrier: "usps"})
	one.dock(t, numberOf(t, one, "A"), "handed_over")
	y.meet(t)
	if _, err := two.TakeOverHandoff(t.Context(), y, h.ID, desk.TakingOver{From: "bench-1", By: "Sam"}); err != nil {
		t.Fatal(err)
	}
	one.dock(t, numberOf(t, one, "B"), "handed_over")
	closeIt(t, one, h.ID, desk.Closing{Driver: "M. Okafor"})
	y.meet(t)
	alarms := func(r *rig) []desk.Alarm {
		t.Helper()
		day, err := r.CloseOut(t.Context(), r.now)
		if err != nil {
			t.Fatal(err)
		}
		return day.Alarms
	}
	for r, want := range map[*rig]string{
		one: "was closed here at 09:00, and had been taken over by station dock-2",
		two: "was closed at station bench-1 at 09:00, with 2 parcels",
	} {
		got := alarms(r)
		if len(got) != 1 || !strings.Contains(got[0].Message, want) {
			t.Fatalf("alarms %+v, want one that %s", got, want)
		}
		if err := r.Acknowledge(t.Context(), got[0].ID, "Sam"); err != nil {
			t.Fatal(err)
		}
	}
	closeIt(t, two, h.ID, desk.Closing{})
	y.meet(t)
	y.meet(t)
	if more := append(alarms(one), alarms(two)...); len(more) != 0 {
		t.Errorf("told again: %+v", more)
	}
}

// TestANewPCTakesUpItsOwnPickUp holds that a station whose journal is lost goes on
// with what it had.
func TestANewPCTakesUpItsOwnPickUp(t *testing.T) {
	t.Parallel()
	y, one, _ := newDockyard(t, "A", "B")
	h := open(t, one, desk.Opening{Carrier: "usps"})
	one.dock(t, numberOf(t, one, "A"), "handed_over")
	y.meet(t)
	fresh := y.another(t, one, "bench-1")
	if _, err := fresh.journal.NewEpoch(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	away, err := fresh.Elsewhere(t.Context(), y)
	if err != nil || len(away.Handoffs) != 1 || away.Handoffs[0].Station != "bench-1" {
		t.Fatalf("offered is %+v, error %v", away, err)
	}
	if _, err := fresh.TakeOverHandoff(t.Context(), y, h.ID, desk.TakingOver{From: "bench-1", By: "Kim"}); err != nil {
		t.Fatal(err)
	}
	if away, err = fresh.Elsewhere(t.Context(), y); err != nil || len(away.Handoffs) != 0 {
		t.Errorf("still offered is %+v, error %v", away, err)
	}
	fresh.dock(t, numberOf(t, one, "A"), "already_handed_over")
	fresh.dock(t, numberOf(t, one, "B"), "handed_over")
	y.rigs = []*rig{fresh}
	y.meet(t)
	y.meet(t)
	closeIt(t, fresh, h.ID, desk.Closing{})
	if m := fresh.handoff(t, h.ID); !cmp.Equal(ordersOn(m.Entries), []string{"A", "B"}) || len(m.Conflicts) != 0 {
		t.Errorf("on it are %v, conflicts %+v", ordersOn(m.Entries), m.Conflicts)
	}
}

// TestTheHubHearsOfAnUndoingAfterADiskWasLost holds that the hub knows which scan is
// undone, and so do the other stations, where the station has made it before its
// disk was lost and has another place for it since: with its orders brought back
// from its events, and with no orders at all.
func TestTheHubHearsOfAnUndoingAfterADiskWasLost(t *testing.T) {
	t.Parallel()
	for name, lose := range map[string]func(*testing.T, *dockyard, *rig) *rig{
		"rebuilt": func(t *testing.T, _ *dockyard, one *rig) *rig {
			t.Helper()
			one.lose(t)
			return one
		},
		"empty": func(t *testing.T, y *dockyard, one *rig) *rig {
			t.Helper()
			fresh := y.another(t, one, "bench-1")
			if _, err := fresh.journal.NewEpoch(t.Context(), 2); err != nil {
				t.Fatal(err)
			}
			return fresh
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			y, one, two := newDockyard(t, "A", "B")
			h := open(t, one, desk.Opening{Carrier: "usps"})
			y.meet(t)
			over := func(r *rig, from shipment.StationID) {
				t.Helper()
				if _, err := r.TakeOverHandoff(t.Context(), y, h.ID, desk.TakingOver{From: from, By: "Sam"}); err != nil {
					t.Fatal(err)
				}
			}
			over(two, "bench-1")
			two.dock(t, numberOf(t, one, "B"), "handed_over")
			one.now = one.now.Add(time.Minute)
			a := numberOf(t, one, "A")
			one.dock(t, a, "handed_over") // the first here, and the hub's second
			y.meet(t)
			over(one, "dock-2")
			y.meet(t)
			one = lose(t, y, one)
			y.rigs = []*rig{one, two}
			over(one, "bench-1")
			y.meet(t)
			if _, e, err := one.UndoHandoff(t.Context(), desk.Once{}, h.ID, desk.Undoing{Number: a, By: "Sam"}); err != nil || e.Of != 1 || e.N != 2 {
				t.Fatalf("%+v is undone, error %v", e, err)
			}
			y.meet(t)
			told, err := y.Handoff(t.Context(), h.ID)
			if err != nil || told.Count != 1 || len(told.Entries) != 2 || told.Entries[0].Back != nil || told.Entries[1].Back == nil {
				t.Errorf("the hub tells %+v, error %v", told, err)
			}
			if on := ordersOn(two.handoff(t, h.ID).Entries); !cmp.Equal(on, []string{"B"}) {
				t.Errorf("the other station has %v on it", on)
			}
			closeIt(t, one, h.ID, desk.Closing{LeaveBehind: 1})
			one.lose(t)
			if on := ordersOn(one.handoff(t, h.ID).Entries); !cmp.Equal(on, []string{"B"}) {
				t.Errorf("rebuilt from the events, %v are on it", on)
			}
		})
	}
}

// TestControlBarcodesAtTheDock holds what UNDO and badges do there.
func TestControlBarcodesAtTheDock(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *desk.Options) { o.Rules.Packing.Operators = []packing.Operator{{ID: "A-7", Name: "Ana"}} })
	r.stock(t, ground)
	h := open(t, r, desk.Opening{Carrier: "usps"})
	n := numberOf(t, r, string(r.print(t, "A").Order.ID))
	command := func(c shipment.ControlCode, code string) {
		t.Helper()
		r.dock(t, shipment.TrackingNumber(c.String()), code)
	}
	command(shipment.ControlCode{Command: shipment.UndoCommand}, "nothing_to_undo")
	command(shipment.ControlCode{Command: shipment.BadgeCommand, Argument: "B-1"}, "unknown_badge")
	command(shipment.ControlCode{Command: shipment.NextCommand}, "not_at_dock")
	command(shipment.ControlCode{Command: shipment.BadgeCommand, Argument: "A-7"}, "operator")
	r.start(t) // who holds the scanner is kept
	r.dock(t, n, "handed_over")
	if e := r.handoff(t, h.ID).Entries[0]; e.Operator != "Ana" || e.Scanner != "gun" {
		t.Errorf("scanned by %q with %q", e.Operator, e.Scanner)
	}
	undo := shipment.TrackingNumber(shipment.ControlCode{Command: shipment.UndoCommand}.String())
	if got := r.dock(t, undo, "undone"); got != "USPS: Order A does not leave with this pick-up. Take it out of the van." {
		t.Errorf("UNDO says %q", got)
	}
	if m := r.handoff(t, h.ID); m.Count != 0 || len(m.Left) != 1 {
		t.Errorf("%d on it, %d missing", m.Count, len(m.Left))
	}
	r.dock(t, n, "handed_over")

	// On a correction nothing is in a van.
	m := numberOf(t, r, string(r.print(t, "B").Order.ID))
	closeIt(t, r, h.ID, desk.Closing{LeaveBehind: 1})
	c := open(t, r, desk.Opening{Corrects: h.ID})
	res, err := r.ScanAt(t.Context(), scanner.Scan{Scanner: "gun", Role: scanner.Dock, Raw: []byte(m), At: r.now}, handoff.Place{Handoff: c.ID})
	if err != nil || res.Code != "handed_over" {
		t.Fatalf("%+v, error %v", res, err)
	}
	if got := r.dock(t, undo, "undone"); got != "USPS: Order B is no longer on this correction. If it is here, it waits for the next pick-up." {
		t.Errorf("UNDO on a correction says %q", got)
	}
}
