package desk_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"waybill/agent"
	"waybill/agent/desk"
	"waybill/agent/handoff"
	"waybill/internal/fault"
	"waybill/printer"
	"waybill/scanner"
	"waybill/shipment"
	"waybill/sync/journal"
	"waybill/sync/wire"
)

// TestWhatStaysAtTheDock holds that each scan that must not move a parcel says
// why, moves nothing, and is in the journal.
func TestWhatStaysAtTheDock(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		code, says string
		signal     scanner.Signal
		prepare    func(t *testing.T, r *rig) (place handoff.Place, raw string)
	}{
		"another carrier's pick-up": {"other_carrier", "this is a parcel of USPS, and the pick-up here is UPS", scanner.Bad, func(t *testing.T, r *rig) (handoff.Place, string) {
			open(t, r, desk.Opening{Carrier: "ups"})
			return handoff.Place{}, number(r.print(t, "A"))
		}},
		"another service's pick-up": {"other_service", "USPS Ground Advantage", scanner.Bad, func(t *testing.T, r *rig) (handoff.Place, string) {
			open(t, r, desk.Opening{Carrier: "usps", Service: express.Service})
			return handoff.Place{}, number(r.print(t, "A"))
		}},
		"the pick-up at another dock": {"other_carrier", "UPS", scanner.Bad, func(t *testing.T, r *rig) (handoff.Place, string) {
			open(t, r, desk.Opening{Carrier: "usps", Dock: "north"})
			open(t, r, desk.Opening{Carrier: "ups", Dock: "south"})
			return handoff.Place{Dock: "south"}, number(r.print(t, "A"))
		}},
		"a closed pick-up": {"handoff_closed", "is closed", scanner.Bad, func(t *testing.T, r *rig) (handoff.Place, string) {
			h := open(t, r, desk.Opening{Carrier: "usps"})
			closeIt(t, r, h.ID, desk.Closing{})
			return handoff.Place{Handoff: h.ID}, number(r.print(t, "A"))
		}},
		"no such pick-up": {"unknown_handoff", "does not know", scanner.Bad, func(t *testing.T, r *rig) (handoff.Place, string) {
			return handoff.Place{Handoff: "none"}, number(r.print(t, "A"))
		}},
		"voided": {"voided", "was voided (wrong box)", scanner.Bad, func(t *testing.T, r *rig) (handoff.Place, string) {
			s := r.print(t, "A")
			void(t, r, "", "wrong box")
			return handoff.Place{}, number(s)
		}},
		"cancelled": {"cancelled", "was voided (the buyer changed her mind)", scanner.Bad, func(t *testing.T, r *rig) (handoff.Place, string) {
			s := r.print(t, "A")
			void(t, r, agent.Cancelled, "the buyer changed her mind")
			return handoff.Place{}, number(s)
		}},
		"cancelled at the shop after the label was made": {"cancelled", "was cancelled after its label was made", scanner.Bad, func(t *testing.T, r *rig) (handoff.Place, string) {
			s := r.print(t, "A")
			again := order("A")
			again.Payment = shipment.PaymentCancelled
			r.take(t, again, agent.Changed)
			return handoff.Place{}, number(s)
		}},
		"address changed after the label was made": {"address_changed", "another address", scanner.Bad, func(t *testing.T, r *rig) (handoff.Place, string) {
			s := r.print(t, "A")
			r.take(t, moved(), agent.Changed)
			return handoff.Place{}, number(s)
		}},
		"the label of before the address was changed": {"address_changed", "put its new label on", scanner.Bad, func(t *testing.T, r *rig) (handoff.Place, string) {
			s := r.print(t, "A")
			void(t, r, "", "moved")
			r.take(t, moved(), agent.Accepted)
			return handoff.Place{}, number(s)
		}},
		"never printed": {"never_printed", "never printed", scanner.Bad, func(t *testing.T, r *rig) (handoff.Place, string) {
			return handoff.Place{}, number(r.take(t, order("A"), agent.Accepted))
		}},
		"held": {"held", "is held", scanner.Bad, func(t *testing.T, r *rig) (handoff.Place, string) {
			s := r.take(t, order("A"), agent.Accepted)
			hold(t, r, s)
			return handoff.Place{}, number(s)
		}},
		"scanned twice": {"already_handed_over", "at 09:00 by scanner gun. It counts once", scanner.Warn, func(t *testing.T, r *rig) (handoff.Place, string) {
			s := r.print(t, "A")
			r.scan(t, scanner.Dock, number(s))
			return handoff.Place{}, number(s)
		}},
		"signed for, and still here": {"already_handed_over", "on the pick-up closed at 09:00. Why is it still here?", scanner.Bad, func(t *testing.T, r *rig) (handoff.Place, string) {
			s := r.print(t, "A")
			r.scan(t, scanner.Dock, number(s))
			closeIt(t, r, r.state(t, "A").Parcels[0].Handoff, desk.Closing{})
			return handoff.Place{}, number(s)
		}},
		"a manifest scanned back": {"manifest", "This is the manifest of USPS's pick-up, closed 20 Nov 09:00 with 0 parcels", scanner.Bad, func(t *testing.T, r *rig) (handoff.Place, string) {
			h := open(t, r, desk.Opening{Carrier: "usps"})
			closeIt(t, r, h.ID, desk.Closing{})
			return handoff.Place{}, strings.ToUpper(h.ID)
		}},
		"another warehouse's label": {"other_warehouse", "another warehouse's", scanner.Bad, func(*testing.T, *rig) (handoff.Place, string) {
			return handoff.Place{}, shipment.LabelCode{Order: "ELSEWHERE", TrackingNumber: "1Z999AA10123456784"}.String()
		}},
		"nothing known": {"unknown", "no parcel of this desk", scanner.Bad, func(*testing.T, *rig) (handoff.Place, string) {
			return handoff.Place{}, "1Z999AA10123456784"
		}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, nil)
			r.stock(t, ground)
			place, raw := tt.prepare(t, r)
			handed, refused := r.count(t, shipment.ParcelHandedOverType), r.count(t, shipment.ScanRefusedType)
			res, err := r.ScanAt(t.Context(), scanner.Scan{Scanner: "gun", Role: scanner.Dock, Raw: []byte(raw), At: r.now}, place)
			if err != nil || res.Signal != tt.signal || res.Code != tt.code || !strings.Contains(res.Message, tt.says) {
				t.Errorf("%v %s %q, error %v; want %v %s, %q", res.Signal, res.Code, res.Message, err, tt.signal, tt.code, tt.says)
			}
			if r.count(t, shipment.ParcelHandedOverType) != handed {
				t.Error("it moved the parcel")
			}
			if n := r.count(t, shipment.ScanRefusedType) - refused; tt.signal == scanner.Bad && n != 1 {
				t.Errorf("told refused %d times", n)
			}
		})
	}
}

// hold has the desk know an order as held, though it has a number.
func hold(t *testing.T, r *rig, s agent.State) {
	t.Helper()
	s.Why = &agent.Why{Stage: agent.Held, Code: "no_rule", Message: "a person must look"}
	err := r.journal.Update(t.Context(), func(tx *journal.Tx) error {
		return tx.Put("order", string(s.Order.ID), s, journal.Index{State: "held", Keys: []string{"number:" + number(s)}})
	})
	if err != nil {
		t.Fatal(err)
	}
}

// moved is order A to another address.
func moved() shipment.Order {
	o := order("A")
	o.ShipTo.Line1 = "350 5th Ave"
	o.ShipTo.City, o.ShipTo.Region, o.ShipTo.PostalCode = "New York", "NY", "10118"
	return o
}

func number(s agent.State) string { return string(s.Parcels[0].TrackingNumber) }

func open(t testing.TB, r *rig, o desk.Opening) handoff.Session {
	t.Helper()
	s, err := r.OpenHandoffOnce(t.Context(), desk.Once{}, o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func closeIt(t testing.TB, r *rig, id string, c desk.Closing) handoff.Session {
	t.Helper()
	s, _, err := r.CloseHandoffOnce(t.Context(), desk.Once{}, id, c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func void(t *testing.T, r *rig, code, reason string) {
	t.Helper()
	if _, err := r.VoidFor(t.Context(), "A", code, reason); err != nil {
		t.Fatal(err)
	}
}

// TestWhatCameOtherwiseIsDecided holds the ways on for a parcel whose order came
// again otherwise: it comes as it was, or a person keeps the label.
func TestWhatCameOtherwiseIsDecided(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.stock(t, ground)
	s := r.print(t, "A")
	for range 3 {
		r.take(t, moved(), agent.Changed) // told once
	}
	r.take(t, order("A"), agent.AlreadyTaken)
	if got := r.state(t, "A").Otherwise; got != nil {
		t.Errorf("still waits after it came as it was: %+v", got)
	}
	r.take(t, moved(), agent.Changed)
	if _, err := r.KeepLabel(t.Context(), "A", "ada", "asked the buyer"); err != nil {
		t.Fatal(err)
	}
	if res := r.scan(t, scanner.Dock, number(s)); res.Code != "handed_over" {
		t.Errorf("%+v", res)
	}
	if n := r.count(t, shipment.OrderChangedType); n != 4 {
		t.Errorf("told changed %d times, want 4: changed, as before, changed, kept", n)
	}
	_, err := r.KeepLabel(t.Context(), "A", "ada", "again")
	wantKind(t, err, fault.Conflict)
}

// TestMissing holds that the expectation follows the desk while a pick-up is
// open, and that nobody closes it over a missing parcel by accident.
func TestMissing(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.stock(t, ground, express)
	h := open(t, r, desk.Opening{Carrier: "usps"})
	r.take(t, order("printing"), agent.Accepted) // no label on paper: not expected
	for _, id := range []string{"A", "B", "C", "D"} {
		r.print(t, id)
	}
	r.scan(t, scanner.Dock, number(r.state(t, "A")))
	r.scan(t, scanner.Bench, number(r.state(t, "B")))
	if _, err := r.Void(t.Context(), "D", "broken"); err != nil {
		t.Fatal(err)
	}
	live := liveOf(t, r, h.ID)
	if live.Count != 1 || live.Expected != 3 || live.MissingCount != 2 || live.Coming != 1 {
		t.Errorf("count %d of %d, missing %d, coming %d", live.Count, live.Expected, live.MissingCount, live.Coming)
	}
	var where []string
	for _, w := range live.Missing {
		where = append(where, string(w.Order)+" "+w.Where(func(t time.Time) string { return t.Format("15:04") }))
	}
	if diff := cmp.Diff([]string{"B scanned 09:00 at gun", "C label printed 09:00 on zebra, never scanned"}, where); diff != "" {
		t.Errorf("missing (-want +got):\n%s", diff)
	}
	for _, said := range []int{0, 1, 3} {
		_, _, err := r.CloseHandoffOnce(t.Context(), desk.Once{}, h.ID, desk.Closing{LeaveBehind: said})
		var missing *desk.MissingError
		if !errors.As(err, &missing) || len(missing.Missing) != 2 {
			t.Errorf("closed with %d left behind: %v", said, err)
		}
	}
	signature := handoff.Signature{Strokes: [][][2]int{{{1, 2}, {3, 4}}}}
	closed := closeIt(t, r, h.ID, desk.Closing{LeaveBehind: 2, Driver: "M. Okafor", By: "ada", Signature: signature})
	if closed.Missing != 2 || closed.Driver != "M. Okafor" || closed.Signed != signature.SHA256() || closed.Count != 1 || closed.Weight != 100 {
		t.Errorf("closed %+v", closed)
	}
	live = liveOf(t, r, h.ID)
	if len(live.Missing) != 2 || live.Expected != 3 {
		t.Errorf("afterwards %d missing of %d expected", len(live.Missing), live.Expected)
	}
	m, err := r.Manifest(t.Context(), h.ID)
	if err != nil || len(m.Entries) != 1 || len(m.Left) != 2 || !cmp.Equal(m.Signature, signature) {
		t.Errorf("manifest %+v, error %v", m, err)
	}
	// What was left behind is expected by the next one.
	next := open(t, r, desk.Opening{Carrier: "usps"})
	if live := liveOf(t, r, next.ID); live.Expected != 2 {
		t.Errorf("the next pick-up expects %d", live.Expected)
	}
}

func liveOf(t testing.TB, r *rig, id string) desk.Live {
	t.Helper()
	live, err := r.LiveHandoff(t.Context(), id, 100)
	if err != nil {
		t.Fatal(err)
	}
	return live
}

// TestUndo holds that the last scan can be taken back, of one scanner too, that
// it is in the journal, and that the parcel is expected again.
func TestUndo(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.stock(t, ground)
	h := open(t, r, desk.Opening{Carrier: "usps"})
	for i, id := range []string{"A", "B", "C"} {
		gun := []string{"left", "right", "left"}[i]
		if _, err := r.Scan(t.Context(), scanner.Scan{Scanner: gun, Role: scanner.Dock, Raw: []byte(number(r.print(t, id)))}); err != nil {
			t.Fatal(err)
		}
	}
	once := desk.Once{Key: "k", BodySHA256: "d"}
	for range 2 { // the answer was lost
		s, e, err := r.UndoHandoff(t.Context(), once, h.ID, desk.Undoing{Scanner: "right", By: "ada", Reason: "fell off"})
		if err != nil || e.Order != "B" || s.Count != 2 {
			t.Fatalf("%+v, %+v, error %v", s, e, err)
		}
	}
	if _, e, err := r.UndoHandoff(t.Context(), desk.Once{}, h.ID, desk.Undoing{}); err != nil || e.Order != "C" {
		t.Fatalf("%+v, error %v", e, err)
	}
	_, _, err := r.UndoHandoff(t.Context(), desk.Once{}, h.ID, desk.Undoing{Number: r.state(t, "B").Parcels[0].TrackingNumber})
	wantKind(t, err, fault.Conflict)
	_, _, err = r.UndoHandoff(t.Context(), desk.Once{}, h.ID, desk.Undoing{Number: "1Z999AA10123456784"})
	wantKind(t, err, fault.NotFound)
	if n := r.count(t, shipment.ParcelTakenBackType); n != 2 {
		t.Errorf("told taken back %d times", n)
	}
	if s := r.state(t, "B"); s.Stage() != agent.Checked || s.Parcels[0].Handoff != "" {
		t.Errorf("B is %s, %+v", s.Stage(), s.Parcels[0])
	}
	if live := liveOf(t, r, h.ID); live.Count != 1 || live.MissingCount != 2 || live.Weight != 100 {
		t.Errorf("%+v", live)
	}
	// It may be scanned again, and counts once.
	if res := r.scan(t, scanner.Dock, number(r.state(t, "B"))); res.Code != "handed_over" {
		t.Errorf("%+v", res)
	}
	_, entries, err := r.Handoff(t.Context(), h.ID)
	if err != nil || len(entries) != 2 || entries[1].N != 4 {
		t.Errorf("%+v, error %v", entries, err)
	}
}

// TestUndoIsOfTheScanThatIsMeant holds that an undoing whose answer was lost does
// not stand for a later one, and that one scan is not taken for another.
func TestUndoIsOfTheScanThatIsMeant(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.stock(t, ground)
	h := open(t, r, desk.Opening{Carrier: "usps"})
	n := r.print(t, "A").Parcels[0].TrackingNumber
	r.scan(t, scanner.Dock, string(n))
	once := desk.Once{Key: "k", BodySHA256: "d"}
	first := desk.Undoing{Number: n, Entry: 1}
	if _, e, err := r.UndoHandoff(t.Context(), once, h.ID, first); err != nil || e.N != 1 {
		t.Fatalf("%+v, error %v", e, err)
	}
	r.scan(t, scanner.Dock, string(n)) // its second scan, which counts now
	told := r.LastAtDock()
	if s, e, err := r.UndoHandoff(t.Context(), once, h.ID, first); err != nil || e.N != 1 || s.Count != 1 {
		t.Errorf("asked again: %+v, %+v, error %v", s, e, err)
	}
	if diff := cmp.Diff(told, r.LastAtDock()); diff != "" {
		t.Errorf("the dock is told again (-want +got):\n%s", diff)
	}
	_, _, err := r.UndoHandoff(t.Context(), desk.Once{}, h.ID, first)
	wantKind(t, err, fault.Conflict)
	if s, e, err := r.UndoHandoff(t.Context(), desk.Once{}, h.ID, desk.Undoing{Number: n, Entry: 2}); err != nil || e.N != 2 || s.Count != 0 {
		t.Errorf("%+v, %+v, error %v", s, e, err)
	}
	if told := r.LastAtDock(); !strings.Contains(told.Message, "out of the van") {
		t.Errorf("the dock is told %q", told.Message)
	}
}

// TestCorrection holds that a closed pick-up stays as it was signed, and that
// another one says what was wrong with it.
func TestCorrection(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.stock(t, ground)
	h := open(t, r, desk.Opening{Carrier: "usps"})
	for _, id := range []string{"A", "B"} {
		r.scan(t, scanner.Dock, number(r.print(t, id)))
	}
	_, err := r.OpenHandoffOnce(t.Context(), desk.Once{}, desk.Opening{Corrects: h.ID})
	wantKind(t, err, fault.Conflict) // still open
	closed := closeIt(t, r, h.ID, desk.Closing{})
	_, _, err = r.UndoHandoff(t.Context(), desk.Once{}, h.ID, desk.Undoing{})
	wantKind(t, err, fault.Conflict)
	c := open(t, r, desk.Opening{Corrects: h.ID, By: "ada"})
	if c.Carrier != "usps" || c.Corrects != h.ID {
		t.Errorf("opened %+v", c)
	}
	c, back, err := r.UndoHandoff(t.Context(), desk.Once{}, c.ID, desk.Undoing{Number: r.state(t, "B").Parcels[0].TrackingNumber, Reason: "driver left it"})
	if err != nil || back.Order != "B" || c.Returned != 1 || c.Count != 0 {
		t.Fatalf("%+v, %+v, error %v", c, back, err)
	}
	scanOnto(t, r, c.ID, number(r.print(t, "forgotten")))
	corrected := closeIt(t, r, c.ID, desk.Closing{})
	if corrected.Count != 1 || corrected.Missing != 0 {
		t.Errorf("%+v", corrected)
	}
	kept, entries, err := r.Handoff(t.Context(), h.ID)
	if err != nil || len(entries) != 2 || !cmp.Equal(kept, closed) {
		t.Errorf("the closed one has become %+v with %+v, error %v", kept, entries, err)
	}
	m, err := r.Manifest(t.Context(), c.ID)
	if err != nil || len(m.Entries) != 1 || len(m.Returned) != 1 || m.Returned[0].Order != "B" {
		t.Errorf("manifest %+v, error %v", m, err)
	}
	if s := r.state(t, "B"); s.Stage() != agent.Checked {
		t.Errorf("B is %s", s.Stage())
	}
}

// TestAPersonTakesOver holds that a pick-up which a scan has opened becomes the
// person's, with what is on it.
func TestAPersonTakesOver(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.stock(t, ground)
	r.scan(t, scanner.Dock, number(r.print(t, "A")))
	h := open(t, r, desk.Opening{Carrier: "usps", Trailer: "T-7", By: "ada"})
	if h.Count != 1 || h.Auto || h.Trailer != "T-7" {
		t.Errorf("%+v", h)
	}
	once := desk.Once{Key: "k", BodySHA256: "d"}
	n := open(t, r, desk.Opening{Carrier: "ups", Dock: "north"})
	s, err := r.OpenHandoffOnce(t.Context(), once, desk.Opening{Carrier: "ups", Dock: "south"})
	if err != nil || s.ID == n.ID {
		t.Fatalf("%+v, error %v", s, err)
	}
	again, err := r.OpenHandoffOnce(t.Context(), once, desk.Opening{Carrier: "ups", Dock: "south"})
	if err != nil || again.ID != s.ID {
		t.Errorf("asked again: %+v, error %v", again, err)
	}
	_, err = r.OpenHandoffOnce(t.Context(), desk.Once{}, desk.Opening{Carrier: "ups"})
	wantKind(t, err, fault.Conflict)
}

// TestAnUnansweredCountOfCopiesStays holds that of several copies in doubt none
// leaves before a person has counted them.
func TestAnUnansweredCountOfCopiesStays(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.stock(t, ground)
	o := order("A")
	o.Label.Copies = 2
	s := r.take(t, o, agent.Accepted)
	r.move(t, s.Parcels[0].Job, printer.Sending, printer.Unconfirmed)
	if res := r.scan(t, scanner.Dock, number(s)); res.Code != "unconfirmed" {
		t.Errorf("%+v", res)
	}
	if live, err := r.Handoffs(t.Context(), 10); err != nil || len(live) != 0 {
		t.Errorf("a pick-up was opened for it: %+v, error %v", live, err)
	}
}

// facts returns what the journal tells of parcels at the dock, in order.
func facts(t testing.TB, r *rig) []shipment.Fact {
	t.Helper()
	var list []shipment.Fact
	err := r.journal.View(t.Context(), func(tx *journal.ReadTx) error {
		return tx.Events(journal.EventQuery{Types: []shipment.EventType{shipment.ParcelHandedOverType, shipment.ParcelTakenBackType}}, func(rec wire.Record) error {
			var env wire.Envelope
			if err := json.Unmarshal(rec.Raw, &env); err != nil {
				return err
			}
			if rec.Type == shipment.ParcelTakenBackType {
				var f shipment.ParcelTakenBack
				list = append(list, &f)
				return json.Unmarshal(env.Data, &f)
			}
			var f shipment.ParcelHandedOver
			list = append(list, &f)
			return json.Unmarshal(env.Data, &f)
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}
