package desk_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"waybill/agent/desk"
	"waybill/internal/fault"
	"waybill/scanner"
	"waybill/shipment"
	"waybill/sync/wire"
)

// A fickle hub fails as it is told.
type fickle struct {
	*dockyard
	err    error // of every question
	loses  int   // how many answers to take-overs are lost
	before func()
}

func (f *fickle) Parcel(ctx context.Context, n shipment.TrackingNumber) (wire.Parcel, error) {
	if f.err != nil {
		return wire.Parcel{}, f.err
	}
	p, err := f.dockyard.Parcel(ctx, n)
	if f.before != nil {
		f.before()
	}
	return p, err
}

func (f *fickle) TakeOverParcel(ctx context.Context, n shipment.TrackingNumber, req wire.TakeoverRequest) (wire.Parcel, error) {
	p, err := f.dockyard.TakeOverParcel(ctx, n, req)
	if f.loses > 0 {
		f.loses--
		return wire.Parcel{}, errHubAway
	}
	return p, err
}

var errHubAway = &fault.Error{Op: "hub", Kind: fault.Transient, Err: fmt.Errorf("no route")}

// newStrangers returns a dockyard whose second station asks the hub.
func newStrangers(t *testing.T, printed ...string) (*dockyard, *rig, *rig) {
	t.Helper()
	y, one, two := newDockyard(t, printed...)
	two.options.AskHub = true
	two.start(t)
	y.meet(t)
	return y, one, two
}

// answered returns what comes of the question that a scan has led to.
func (r *rig) answered(t *testing.T, hub interface {
	Parcel(ctx context.Context, number shipment.TrackingNumber) (wire.Parcel, error)
	TakeOverParcel(ctx context.Context, number shipment.TrackingNumber, req wire.TakeoverRequest) (wire.Parcel, error)
},
) desk.Notice {
	t.Helper()
	notices, end := r.Watch()
	defer end()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- r.AskHub(ctx, hub, func() time.Time { return morning.Add(-time.Hour) }) }()
	defer func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}()
	for {
		select {
		case n := <-notices:
			if n.Topic == "handoff" && n.Tone != desk.Quiet {
				return n
			}
		case <-time.After(20 * time.Second):
			t.Fatal("nothing is told")
		}
	}
}

// TestAParcelOfADeadStationIsHandedOverElsewhere walks the whole way: the scan, what
// the hub says, the second scan, the manifest, and the same after the disk was lost.
func TestAParcelOfADeadStationIsHandedOverElsewhere(t *testing.T) {
	t.Parallel()
	y, one, two := newStrangers(t, "A", "B")
	n := numberOf(t, one, "A")
	if got := two.dock(t, n, "unknown"); !strings.HasSuffix(got, " The hub is asked.") {
		t.Errorf("says %q", got)
	}
	if got := two.answered(t, y); got.Tone != desk.Bad || !strings.Contains(got.Message, "waits at station bench-1") || !strings.Contains(got.Message, "/dock") {
		t.Errorf("told is %+v", got)
	}
	if _, err := two.AdmitParcels(t.Context(), "dock-2", "Sam"); !fault.Is(err, fault.Invalid) {
		t.Errorf("its own are let in: %v", err)
	}
	if _, err := two.AdmitParcels(t.Context(), "bench-1", "Sam"); err != nil {
		t.Fatal(err)
	}
	two.dock(t, n, "unknown")
	if got := two.answered(t, y); got.Tone != desk.Warn || got.Word != "Scan it again" || !got.Dock {
		t.Errorf("told is %+v", got)
	}
	if c := two.count(t, shipment.ParcelTakenOverType); c != 1 {
		t.Errorf("told %d times", c)
	}
	two.lose(t) // what the events tell is enough
	if got := two.dock(t, n, "handed_over"); !strings.Contains(got, "of station bench-1") {
		t.Errorf("says %q", got)
	}
	two.dock(t, n, "already_handed_over")
	list, err := two.Handoffs(t.Context(), 10)
	if err != nil || len(list) != 1 || list[0].Count != 1 || !list[0].Auto {
		t.Fatalf("pick-ups are %+v, error %v", list, err)
	}
	closeIt(t, two, list[0].ID, desk.Closing{By: "Sam"})
	y.send(t, two)
	if h, err := y.Handoff(t.Context(), list[0].ID); err != nil || h.Count != 1 || h.Entries[0].Owner != "bench-1" {
		t.Errorf("the hub tells %+v, error %v", h, err)
	}
	two.lose(t)
	if m := two.handoff(t, list[0].ID); len(m.Entries) != 1 || m.Entries[0].TrackingNumber != n || !m.Entries[0].Guest {
		t.Errorf("rebuilt, on it are %+v", m.Entries)
	}
	two.dock(t, n, "already_handed_over")

	// The word ends.
	b := numberOf(t, one, "B")
	if err := two.EndAdmission(t.Context(), "bench-1"); !fault.Is(err, fault.NotFound) { // it went with the disk
		t.Error(err)
	}
	if _, err := two.AdmitParcels(t.Context(), "bench-1", "Sam"); err != nil {
		t.Fatal(err)
	}
	two.now = two.now.Add(desk.AdmittedFor)
	two.dock(t, b, "unknown")
	if got := two.answered(t, y); got.Word != "Not here" {
		t.Errorf("after a day: %+v", got)
	}
}

// TestAGivenParcelWaitsForAnyPickUp holds that a parcel which the hub gave alone is
// missing from a pick-up of its carrier, and stays when that is closed without it.
func TestAGivenParcelWaitsForAnyPickUp(t *testing.T) {
	t.Parallel()
	y, one, two := newStrangers(t, "A")
	n := numberOf(t, one, "A")
	if _, err := two.AdmitParcels(t.Context(), "bench-1", "Sam"); err != nil {
		t.Fatal(err)
	}
	two.dock(t, n, "unknown")
	two.answered(t, y)
	for range 2 {
		h := open(t, two, desk.Opening{Carrier: "usps"})
		if l, err := two.LiveHandoff(t.Context(), h.ID, 10); err != nil || l.MissingCount != 1 {
			t.Fatalf("missing are %d, error %v", l.MissingCount, err)
		}
		closeIt(t, two, h.ID, desk.Closing{LeaveBehind: 1})
	}
	h := open(t, two, desk.Opening{Carrier: "usps"})
	two.dock(t, n, "handed_over")
	if _, e, err := two.UndoHandoff(t.Context(), desk.Once{}, h.ID, desk.Undoing{Number: n, By: "Sam"}); err != nil || e.TrackingNumber != n {
		t.Fatalf("undone is %+v, error %v", e, err)
	}
	two.dock(t, n, "handed_over")
	closeIt(t, two, h.ID, desk.Closing{})
}

// TestAParcelIsNotGiven holds that a parcel which must not go stays, with the reason.
func TestAParcelIsNotGiven(t *testing.T) {
	t.Parallel()
	y, one, two := newStrangers(t, "A", "B", "C")
	if _, err := two.AdmitParcels(t.Context(), "bench-1", "Sam"); err != nil {
		t.Fatal(err)
	}
	one.take(t, order("D"), "accepted")
	if _, err := one.VoidFor(t.Context(), "A", "", "wrong box"); err != nil {
		t.Fatal(err)
	}
	one.dock(t, numberOf(t, one, "B"), "handed_over")
	y.send(t, one)
	if _, err := y.TakeOverParcel(t.Context(), numberOf(t, one, "C"), wire.TakeoverRequest{Key: "k", Station: "dock-3", From: "bench-1"}); err != nil {
		t.Fatal(err)
	}
	for n, want := range map[shipment.TrackingNumber]string{
		numberOf(t, one, "A"):    "Its label was voided.",
		numberOf(t, one, "B"):    "handed over at station bench-1 at 09:00 already",
		numberOf(t, one, "C"):    "waits at station dock-3",
		numberOf(t, one, "D"):    "Its label is not on paper yet.",
		"9205590300000099999990": "the hub knows no parcel with this number",
	} {
		two.dock(t, n, "unknown")
		if got := two.answered(t, y); got.Tone != desk.Bad || !strings.Contains(got.Message, want) {
			t.Errorf("told is %q, want %q", got.Message, want)
		}
	}
	if c := two.count(t, shipment.ParcelTakenOverType); c != 0 {
		t.Errorf("%d were taken over", c)
	}
	// Between the question and the take-over another station gets it.
	e := string(one.print(t, "E").Order.ID)
	y.send(t, one)
	race := &fickle{dockyard: y, before: func() {
		if _, err := y.TakeOverParcel(t.Context(), numberOf(t, one, e), wire.TakeoverRequest{Key: "k2", Station: "dock-3", From: "bench-1"}); err != nil {
			t.Error(err)
		}
	}}
	two.now = two.now.Add(time.Minute)
	two.dock(t, numberOf(t, one, e), "unknown")
	if got := two.answered(t, race); !strings.Contains(got.Message, "taken over by station dock-3 meanwhile") {
		t.Errorf("told is %q", got.Message)
	}
}

// TestAGivenParcelIsNotLostWithTheAnswer holds what comes of a hub that is away, of an
// answer that is lost, and of a station that dies before it has kept what it was
// given: the next scan asks again, and the parcel is here.
func TestAGivenParcelIsNotLostWithTheAnswer(t *testing.T) {
	t.Parallel()
	y, one, two := newStrangers(t, "A", "B")
	if _, err := two.AdmitParcels(t.Context(), "bench-1", "Sam"); err != nil {
		t.Fatal(err)
	}
	a, b := numberOf(t, one, "A"), numberOf(t, one, "B")
	hub := &fickle{dockyard: y, err: errHubAway}
	two.dock(t, a, "unknown")
	if got := two.answered(t, hub); !strings.Contains(got.Message, "The hub has been away since 08:00") || !strings.Contains(got.Message, string(a)) {
		t.Errorf("told is %q", got.Message)
	}
	hub.err = &fault.Error{Op: "hub", Kind: fault.Permanent, Err: fmt.Errorf("it does not know the token")}
	two.dock(t, a, "unknown")
	if got := two.answered(t, hub); !strings.Contains(got.Message, "it does not know the token") || !strings.Contains(got.Message, "tell IT") {
		t.Errorf("told is %q", got.Message)
	}
	hub.err, hub.loses = nil, 2
	two.dock(t, a, "unknown")
	if got := two.answered(t, hub); got.Word != "Not known" {
		t.Errorf("told is %+v", got)
	}
	two.dock(t, a, "unknown") // and asks again
	if got := two.answered(t, hub); got.Word != "Scan it again" {
		t.Errorf("told is %+v", got)
	}
	hub.loses = 1
	if p, err := y.Parcel(t.Context(), a); err != nil || len(p.Takeovers) != 1 || p.Takeovers[0].By != "Sam" {
		t.Errorf("the hub gave it %+v, error %v", p.Takeovers, err)
	}
	two.dock(t, a, "handed_over")
	// It died after the hub gave it, and before it kept that.
	if _, err := y.TakeOverParcel(t.Context(), b, wire.TakeoverRequest{Key: "k", Station: "dock-2", From: "bench-1", By: "Sam"}); err != nil {
		t.Fatal(err)
	}
	two.start(t)
	two.dock(t, b, "unknown")
	if got := two.answered(t, y); got.Word != "Scan it again" {
		t.Errorf("told is %+v", got)
	}
	two.dock(t, b, "handed_over")
	if c := two.count(t, shipment.ParcelTakenOverType); c != 2 {
		t.Errorf("told %d times", c)
	}
}

// TestStrangersDoNotFloodTheHub holds that few questions wait, that one is not asked
// twice, and that each scan says what comes of it; and that what is no carrier's
// number, or is scanned at a bench, is asked about by nobody.
func TestStrangersDoNotFloodTheHub(t *testing.T) {
	t.Parallel()
	_, _, two := newStrangers(t)
	said := map[string]int{}
	for i := range 50 {
		got := two.dock(t, shipment.TrackingNumber(fmt.Sprintf("1Z999AA1%010d", i)), "unknown")
		got = got[strings.LastIndex(got[:len(got)-1], ". ")+2:]
		said[got]++
	}
	two.dock(t, "1Z999AA10000000000", "unknown")
	if said["The hub is asked."] != 8 || said["The hub is asked about others; scan it again in a moment."] != 42 {
		t.Errorf("said is %v", said)
	}
	for _, raw := range []string{"4006381333931", "hello", "https://example.com"} {
		if got := two.dock(t, shipment.TrackingNumber(raw), "unknown"); strings.Contains(got, "hub") {
			t.Errorf("%s: %q", raw, got)
		}
	}
	if got := two.scan(t, scanner.Bench, "1Z999AA19999999999"); strings.Contains(got.Message, "The hub") {
		t.Errorf("at the bench: %q", got.Message)
	}
}
