package desk_test

import (
	"strings"
	"testing"
	"time"

	"waybill/agent/desk"
	"waybill/agent/handoff"
	"waybill/internal/fault"
	"waybill/scanner"
)

// scanOnto scans a number onto the pick-up that is meant.
func scanOnto(t *testing.T, r *rig, id, number string) desk.ScanResult {
	t.Helper()
	return scanAt(t, r, handoff.Place{Handoff: id}, number)
}

func scanAt(t *testing.T, r *rig, at handoff.Place, number string) desk.ScanResult {
	t.Helper()
	res, err := r.ScanAt(t.Context(), scanner.Scan{Scanner: "gun", Role: scanner.Dock, Raw: []byte(number)}, at)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// TestADockIsOneThatThereIs holds that a pick-up's door is one of the scanners',
// however it is typed: at another one no scan would be onto it, and a second
// pick-up would take them.
func TestADockIsOneThatThereIs(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *desk.Options) { o.Docks = map[string]string{"gun": "north", "old": "South", "new": "south"} })
	r.stock(t, ground)
	_, err := r.OpenHandoffOnce(t.Context(), desk.Once{}, desk.Opening{Carrier: "usps", Dock: "nroth"})
	wantKind(t, err, fault.Invalid)
	if err == nil || !strings.Contains(err.Error(), "nroth") {
		t.Errorf("%v", err)
	}
	h := open(t, r, desk.Opening{Carrier: "usps", Dock: " NORTH"})
	if h.Dock != "north" {
		t.Errorf("opened at %q", h.Dock)
	}
	if res := r.scan(t, scanner.Dock, number(r.print(t, "A"))); res.Code != "handed_over" {
		t.Errorf("%+v", res)
	}
	if live := liveOf(t, r, h.ID); live.Count != 1 {
		t.Errorf("%d parcels are on it", live.Count)
	}
	if got := r.Docks(); len(got) != 2 {
		t.Errorf("docks %q", got)
	}
}

// TestTimesAreTheStations holds that a scan's answer says times in the station's
// zone, and the day where it is another one.
func TestTimesAreTheStations(t *testing.T) {
	t.Parallel()
	la, err := time.LoadLocation("America/Los_Angeles")
	if err != nil {
		t.Fatal(err)
	}
	r := newRig(t, func(o *desk.Options) { o.Location = la })
	r.stock(t, ground)
	n := number(r.print(t, "A"))
	r.scan(t, scanner.Dock, n) // at nine in UTC
	for _, tt := range []struct {
		later time.Duration
		says  string
	}{{time.Hour, "already, at 01:00 by"}, {25 * time.Hour, "already, at 20 Nov 01:00 by"}} {
		r.now = morning.Add(tt.later)
		if res := r.scan(t, scanner.Dock, n); res.Code != "already_handed_over" || !strings.Contains(res.Message, tt.says) {
			t.Errorf("after %s: %+v, want %q", tt.later, res, tt.says)
		}
	}
	closeIt(t, r, r.state(t, "A").Parcels[0].Handoff, desk.Closing{})
	if res := r.scan(t, scanner.Dock, n); !strings.Contains(res.Message, "at 20 Nov 01:00 by scanner gun, on the pick-up closed at 02:00") {
		t.Errorf("%+v", res)
	}
}

// TestNobodySignsForHalf holds that a person who opens the pick-up of two docks
// where scans have opened one each is told of both: a driver would sign for one
// with nothing missing.
func TestNobodySignsForHalf(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.stock(t, ground)
	for id, dock := range map[string]string{"A": "north", "B": "south"} {
		if res := scanAt(t, r, handoff.Place{Dock: dock}, number(r.print(t, id))); res.Code != "handed_over" {
			t.Fatalf("%+v", res)
		}
	}
	_, err := r.OpenHandoffOnce(t.Context(), desk.Once{}, desk.Opening{Carrier: "usps", By: "ada"})
	wantKind(t, err, fault.Conflict)
	for _, want := range []string{"USPS has 2 pick-ups open", "at dock north since 09:00 with 1 parcel", "at dock south"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %q", err, want)
		}
	}
	for _, dock := range []string{"north", "south"} {
		if h := open(t, r, desk.Opening{Carrier: "usps", Dock: dock, By: "ada"}); h.Count != 1 || h.Auto {
			t.Errorf("%+v", h)
		}
	}
}

// TestTwoVansOfACarrier holds that a scanner of no dock does not choose between
// two, and that what one may take is not missing from the other.
func TestTwoVansOfACarrier(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.stock(t, ground)
	north, south := open(t, r, desk.Opening{Carrier: "usps", Dock: "north"}), open(t, r, desk.Opening{Carrier: "usps", Dock: "south"})
	a := number(r.print(t, "A"))
	r.print(t, "B")
	if res := r.scan(t, scanner.Dock, a); res.Code != "ambiguous_handoff" || !strings.Contains(res.Message, "at dock north") || !strings.Contains(res.Message, "at dock south") {
		t.Errorf("%+v", res)
	}
	if res := scanAt(t, r, handoff.Place{Dock: "North"}, a); res.Code != "handed_over" {
		t.Errorf("%+v", res)
	}
	if l := liveOf(t, r, north.ID); l.MissingCount != 0 || l.Beside != 1 || l.Expected != 1 {
		t.Errorf("north misses %d of %d, beside it %d", l.MissingCount, l.Expected, l.Beside)
	}
	closeIt(t, r, north.ID, desk.Closing{})
	if l := liveOf(t, r, south.ID); l.MissingCount != 1 || l.Beside != 0 {
		t.Errorf("south misses %d, beside it %d", l.MissingCount, l.Beside)
	}
	if s := closeIt(t, r, south.ID, desk.Closing{LeaveBehind: 1}); s.Missing != 1 {
		t.Errorf("%+v", s)
	}
}

// TestACorrectionStandsNowhere holds that the correction of a past pick-up keeps
// no other carrier away, and no pick-up of today.
func TestACorrectionStandsNowhere(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.stock(t, ground)
	h := open(t, r, desk.Opening{Carrier: "usps"})
	closeIt(t, r, h.ID, desk.Closing{})
	c := open(t, r, desk.Opening{Corrects: h.ID})
	_, err := r.OpenHandoffOnce(t.Context(), desk.Once{}, desk.Opening{Corrects: h.ID})
	wantKind(t, err, fault.Conflict) // one at a time
	if res := r.scan(t, scanner.Dock, number(r.print(t, "A"))); res.Code != "handed_over" {
		t.Errorf("%+v", res)
	}
	if l := liveOf(t, r, c.ID); l.Count != 0 {
		t.Errorf("the correction has %d parcels that did not name it", l.Count)
	}
	if today := open(t, r, desk.Opening{Carrier: "usps"}); today.Count != 1 || today.Corrects != "" {
		t.Errorf("%+v", today)
	}
	if res := scanOnto(t, r, c.ID, number(r.print(t, "B"))); res.Code != "handed_over" || liveOf(t, r, c.ID).Count != 1 {
		t.Errorf("%+v", res)
	}
}
