package desk_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"waybill/agent"
	"waybill/agent/desk"
	"waybill/internal/fault"
	"waybill/printer"
	"waybill/scanner"
	"waybill/shipment"
	"waybill/sync/journal"
	"waybill/sync/wire"
)

// told has the hub say something, as the n-th of all.
func (r *rig) told(t *testing.T, n int64, order string, a wire.Action) {
	t.Helper()
	err := r.Instruct(t.Context(), []wire.Instruction{{
		Sequence: n, Order: shipment.OrderID(order), Action: a, Reason: "unpaid", At: wire.Timestamp(morning.Add(time.Duration(n) * time.Second)),
	}})
	if err != nil {
		t.Fatal(err)
	}
}

// TestAPrintedOrderIsHeldAtTheDock holds a parcel that is on paper, over a restart,
// and lets it go again.
func TestAPrintedOrderIsHeldAtTheDock(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.stock(t, ground)
	s := r.print(t, "A")
	number := s.Parcels[0].TrackingNumber
	r.told(t, 1, "A", wire.ActionHold)
	r.told(t, 1, "A", wire.ActionHold)
	r.start(t)
	if got := r.dock(t, number, agent.OnHubHold); !strings.Contains(got, "unpaid") {
		t.Errorf("the dock does not say why: %s", got)
	}
	if last, found, err := r.HeardInstruction(t.Context()); !found || err != nil || last.Sequence != 1 {
		t.Errorf("heard %+v, %v, %v", last, found, err)
	}
	r.told(t, 2, "A", wire.ActionRelease)
	r.dock(t, number, "handed_over")
	r.told(t, 3, "A", wire.ActionCancel)
	if n := r.count(t, shipment.OrderInstructedType); n != 3 {
		t.Errorf("%d events of instructions, want 3", n)
	}
	if got := r.state(t, "A"); got.Void != "" || got.Stage() != agent.HandedOver {
		t.Errorf("cancelled too late it is %s", got.Stage())
	}
}

// TestACancelledOrderPrintsNothingMore cancels an order whose label waits for the
// printer, and has it come again.
func TestACancelledOrderPrintsNothingMore(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.stock(t, ground)
	s := r.take(t, order("A"), agent.Accepted)
	r.told(t, 1, "A", wire.ActionCancel)
	if got := r.states(t, s.Parcels[0].Job); got[0] != printer.Cancelled {
		t.Errorf("its label is %s", got[0])
	}
	if got := r.dock(t, s.Parcels[0].TrackingNumber, agent.Cancelled); !strings.Contains(got, "unpaid") {
		t.Errorf("the dock does not say why: %s", got)
	}
	again := order("A")
	r.take(t, again, agent.AlreadyTaken)
	again.ShipTo.Name = "Another"
	for range 2 {
		if s := r.take(t, again, agent.Rejected); s.Why.Code != agent.Cancelled {
			t.Errorf("it came otherwise: %+v", s.Why)
		}
	}
	r.dock(t, s.Parcels[0].TrackingNumber, agent.Cancelled)
	if made := r.labels.made.Load(); made != 1 {
		t.Errorf("%d labels were made", made)
	}
}

// TestAWordComesBeforeItsOrder has the hub hold one order and cancel another before
// they come, with no hub there when they do.
func TestAWordComesBeforeItsOrder(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.stock(t, ground)
	r.told(t, 1, "H", wire.ActionHold)
	r.told(t, 2, "C", wire.ActionCancel)
	r.start(t)
	held := r.take(t, order("H"), agent.Accepted)
	if held.Stage() != agent.Labelling || r.labels.made.Load() != 0 {
		t.Errorf("held, it is %s, and %d labels were made", held.Stage(), r.labels.made.Load())
	}
	if s := r.take(t, order("C"), agent.Rejected); s.Why.Code != agent.Cancelled || !strings.Contains(s.Why.Message, "unpaid") {
		t.Errorf("cancelled: %+v", s.Why)
	}
	r.now = r.now.Add(time.Minute)
	if err := r.Resume(t.Context(), time.Second); err != nil || r.labels.made.Load() != 0 {
		t.Errorf("resumed: %v, %d labels were made", err, r.labels.made.Load())
	}
	r.told(t, 3, "H", wire.ActionRelease)
	r.now = r.now.Add(time.Minute)
	if err := r.Resume(t.Context(), time.Second); err != nil || r.labels.made.Load() != 1 {
		t.Errorf("released: %v, %d labels were made", err, r.labels.made.Load())
	}
	if got := r.state(t, "H").Stage(); got != agent.Printing {
		t.Errorf("released it is %s", got)
	}
}

// TestAHoldMeetsALabelInTheMaking holds an order while its label is made: none is
// queued then, and the released order gets one.
func TestAHoldMeetsALabelInTheMaking(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.stock(t, ground)
	r.labels.during = func(agent.Parcel) error {
		r.labels.during = nil
		r.told(t, 1, "A", wire.ActionHold)
		return nil
	}
	if s := r.take(t, order("A"), agent.Accepted); s.Stage() != agent.Labelling || s.Parcels[0].Job != "" {
		t.Errorf("held while its label was made, it is %s with job %q", s.Stage(), s.Parcels[0].Job)
	}
	r.told(t, 2, "A", wire.ActionRelease)
	r.now = r.now.Add(time.Minute)
	if err := r.Resume(t.Context(), time.Second); err != nil || r.state(t, "A").Stage() != agent.Printing {
		t.Errorf("released: %v, %s", err, r.state(t, "A").Stage())
	}
}

// TestAllOrNothingIsTaken has an action come that this version does not know: none of
// the page counts, since none may be passed over.
func TestAllOrNothingIsTaken(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.stock(t, ground)
	s := r.print(t, "A")
	err := r.Instruct(t.Context(), []wire.Instruction{
		{Sequence: 1, Order: "A", Action: wire.ActionHold, At: wire.Timestamp(morning)},
		{Sequence: 2, Order: "B", Action: "split", At: wire.Timestamp(morning)},
	})
	wantKind(t, err, fault.Permanent)
	if _, found, err := r.HeardInstruction(t.Context()); found || err != nil {
		t.Errorf("heard something: %v", err)
	}
	if res := r.scan(t, scanner.Dock, string(s.Parcels[0].TrackingNumber)); res.Code != "handed_over" {
		t.Errorf("at the dock: %s", res.Code)
	}
}

// TestAnotherStationsParcelIsStopped holds and cancels orders of one station whose
// parcels another hands over, before and after it has scanned them.
func TestAnotherStationsParcelIsStopped(t *testing.T) {
	t.Parallel()
	y, one, two := newDockyard(t, "A", "B", "C")
	h := open(t, one, desk.Opening{Carrier: "usps", By: "Kim"})
	y.meet(t)
	two.told(t, 1, "A", wire.ActionHold) // before it knows the parcel
	if _, err := two.TakeOverHandoff(t.Context(), y, h.ID, desk.TakingOver{From: "bench-1", By: "Sam"}); err != nil {
		t.Fatal(err)
	}
	if got := two.dock(t, numberOf(t, one, "A"), agent.OnHubHold); !strings.Contains(got, "unpaid") || !strings.Contains(got, "order A ") {
		t.Errorf("the dock says %q", got)
	}
	two.told(t, 2, "A", wire.ActionRelease)
	two.dock(t, numberOf(t, one, "A"), "handed_over")
	two.told(t, 3, "B", wire.ActionCancel)
	two.start(t)
	two.dock(t, numberOf(t, one, "B"), agent.Cancelled)
	two.dock(t, numberOf(t, one, "C"), "handed_over")
	two.told(t, 4, "C", wire.ActionHold)
	if _, e, err := two.UndoHandoff(t.Context(), desk.Once{}, h.ID, desk.Undoing{By: "Sam"}); err != nil || e.Order != "C" {
		t.Fatalf("undone was %+v, error %v", e, err)
	}
	two.dock(t, numberOf(t, one, "C"), agent.OnHubHold)
	// The station whose order it is hears the same words, and of what left elsewhere.
	y.meet(t)
	one.told(t, 4, "C", wire.ActionHold)
	if s := one.state(t, "C"); s.Stop == nil || s.Stage() != agent.Printed {
		t.Errorf("at its own station it is %s, stopped by %+v", s.Stage(), s.Stop)
	}
}

// TestAWordAfterTheHandOver has a hold and a cancellation come when the parcels are on
// a pick-up: people are told, and what they take back stays here.
func TestAWordAfterTheHandOver(t *testing.T) {
	t.Parallel()
	for action, code := range map[wire.Action]string{wire.ActionHold: agent.OnHubHold, wire.ActionCancel: agent.Cancelled} {
		t.Run(string(action), func(t *testing.T) {
			t.Parallel()
			r := newRig(t, nil)
			r.stock(t, ground)
			number := r.print(t, "A").Parcels[0].TrackingNumber
			r.dock(t, number, "handed_over")
			r.told(t, 1, "A", action)
			if n := r.LastAtDock(); n.Word != "Take it back" || !n.Dock || !strings.Contains(n.Message, "unpaid") {
				t.Errorf("people are told %+v", n)
			}
			s := r.state(t, "A")
			if s.Stage() != agent.HandedOver {
				t.Errorf("it is %s", s.Stage())
			}
			r.dock(t, number, "already_handed_over")
			if _, _, err := r.UndoHandoff(t.Context(), desk.Once{}, s.Parcels[0].Handoff, desk.Undoing{By: "Sam"}); err != nil {
				t.Fatal(err)
			}
			if got := r.dock(t, number, code); !strings.Contains(got, "unpaid") {
				t.Errorf("taken back, the dock says %q", got)
			}
		})
	}
}

// TestNoStopIsLiftedByAnOldWord has the hub's list read again after its store was
// restored from before: numbers that the station knows come with other words.
func TestNoStopIsLiftedByAnOldWord(t *testing.T) {
	t.Parallel()
	at := func(minute int) wire.Timestamp {
		return wire.Timestamp(morning.Add(time.Duration(minute) * time.Minute))
	}
	for _, tt := range []struct {
		name   string
		before wire.Instruction // what the station heard last
		again  wire.Instruction // what the hub has now
		want   string           // at the dock
	}{
		{"a hold that the hub has lost", wire.Instruction{Sequence: 3, Action: wire.ActionHold, At: at(3)}, wire.Instruction{Sequence: 2, Action: wire.ActionRelease, At: at(2)}, agent.OnHubHold},
		{"a hold that was released since", wire.Instruction{Sequence: 3, Action: wire.ActionHold, At: at(3)}, wire.Instruction{Sequence: 2, Action: wire.ActionRelease, At: at(9)}, "handed_over"},
		{"the same number for another word", wire.Instruction{Sequence: 3, Action: wire.ActionRelease, At: at(3)}, wire.Instruction{Sequence: 3, Action: wire.ActionHold, At: at(2)}, agent.OnHubHold},
		{"a cancellation that the hub has lost", wire.Instruction{Sequence: 3, Action: wire.ActionCancel, At: at(3)}, wire.Instruction{Sequence: 2, Action: wire.ActionRelease, At: at(9)}, agent.Cancelled},
		{"a number that is new", wire.Instruction{Sequence: 3, Action: wire.ActionHold, At: at(3)}, wire.Instruction{Sequence: 4, Action: wire.ActionRelease, At: at(1)}, "handed_over"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, nil)
			r.stock(t, ground)
			number := r.print(t, "A").Parcels[0].TrackingNumber
			for _, in := range []wire.Instruction{tt.before, tt.again} {
				in.Order = "A"
				if err := r.Instruct(t.Context(), []wire.Instruction{in}); err != nil {
					t.Fatal(err)
				}
			}
			r.dock(t, number, tt.want)
		})
	}
}

// TestNothingComesAfterACancellation has a hub that lost a cancellation say something
// else of the order, with a number that is new: the order does not ship when it comes.
func TestNothingComesAfterACancellation(t *testing.T) {
	t.Parallel()
	cancelled := wire.Instruction{Sequence: 1, Order: "C", Action: wire.ActionCancel, Reason: "unpaid", At: wire.Timestamp(morning)}
	for _, action := range []wire.Action{wire.ActionHold, wire.ActionRelease} {
		weaker := wire.Instruction{Sequence: 2, Order: "C", Action: action, At: wire.Timestamp(morning.Add(time.Minute))}
		for name, pages := range map[string][][]wire.Instruction{"later": {{cancelled}, {weaker}}, "at once": {{cancelled, weaker}}} {
			t.Run(string(action)+" "+name, func(t *testing.T) {
				t.Parallel()
				r := newRig(t, nil)
				r.stock(t, ground)
				for _, list := range pages {
					if err := r.Instruct(t.Context(), list); err != nil {
						t.Fatal(err)
					}
				}
				if n := r.LastAtDock(); n.Tone != desk.Warn || n.Order != "C" || !strings.Contains(n.Message, "unpaid") || !strings.Contains(n.Message, string(action)) {
					t.Errorf("people are told %+v", n)
				}
				if last, found, err := r.HeardInstruction(t.Context()); !found || err != nil || last.Sequence != 2 {
					t.Errorf("heard %+v, %v, %v", last, found, err)
				}
				if s := r.take(t, order("C"), agent.Rejected); s.Why.Code != agent.Cancelled {
					t.Errorf("it is %+v", s.Why)
				}
			})
		}
	}
}

// TestReasonsAreForgotten has the hub give reasons that speak of a person, about an
// order of here that is done, one that is not, and one of another station, and purges.
func TestReasonsAreForgotten(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.stock(t, ground)
	r.print(t, "done")
	held := r.print(t, "held").Parcels[0].TrackingNumber
	for i, in := range []wire.Instruction{
		{Order: "done", Action: wire.ActionCancel}, {Order: "held", Action: wire.ActionHold}, {Order: "elsewhere", Action: wire.ActionHold},
	} {
		in.Sequence, in.Reason, in.By, in.At = int64(i+1), "Zoe Secret asked for it", "Sam Secret", wire.Timestamp(r.now)
		if err := r.Instruct(t.Context(), []wire.Instruction{in}); err != nil {
			t.Fatal(err)
		}
	}
	said := func() (where []string) {
		t.Helper()
		if err := r.journal.View(t.Context(), func(tx *journal.ReadTx) error {
			for _, kind := range []journal.Kind{"order", "hub_instruction", "hub_instructions_heard", "waiting"} {
				err := tx.List(kind, journal.Query{}, func(id string, raw []byte) error {
					if bytes.Contains(raw, []byte("Secret")) {
						where = append(where, string(kind)+" "+id)
					}
					return nil
				})
				if err != nil {
					return err
				}
			}
			return tx.Events(journal.EventQuery{}, func(rec wire.Record) error {
				var env wire.Envelope
				if err := json.Unmarshal(rec.Raw, &env); err != nil {
					return err
				}
				data, _, err := shipment.Redact(rec.Type, env.Data)
				if bytes.Contains(data, []byte("Zoe")) {
					where = append(where, "event "+string(rec.Type))
				}
				return err
			})
		}); err != nil {
			t.Fatal(err)
		}
		return where
	}
	redact := func(before time.Time) {
		t.Helper()
		for {
			p, err := r.Redact(t.Context(), before, 1)
			if err != nil {
				t.Fatal(err)
			}
			if !p.More {
				return
			}
		}
	}
	redact(r.now.Add(-time.Hour))
	if got := said(); len(got) != 5 { // two orders, three words
		t.Errorf("before their time: %q", got)
	}
	r.now = r.now.AddDate(0, 0, 70)
	redact(r.now.AddDate(0, 0, -60))
	if got := said(); len(got) != 1 || got[0] != "order held" { // somebody still works on it
		t.Errorf("left: %q", got)
	}
	if got := r.dock(t, held, agent.OnHubHold); !strings.Contains(got, "Zoe Secret") {
		t.Errorf("of what is held still the dock says %q", got)
	}
	if s := r.state(t, "done"); s.Stage() != agent.Voided || s.VoidWords() != "cancelled by the hub" {
		t.Errorf("cancelled, it is %s: %s", s.Stage(), s.VoidWords())
	}
}
