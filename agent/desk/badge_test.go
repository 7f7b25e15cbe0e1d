package desk_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"waybill/agent"
	"waybill/agent/desk"
	"waybill/agent/packing"
	"waybill/internal/fault"
	"waybill/scanner"
	"waybill/shipment"
)

// TestABadgeLapsesAtTheDock holds that who has gone home is not who hands over, that
// no parcel is refused for it, and that the page says who is there.
func TestABadgeLapsesAtTheDock(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *desk.Options) {
		o.Rules.Packing.Operators, o.Rules.Packing.BadgeLasts = []packing.Operator{{ID: "A-7", Name: "Ana"}}, 12*time.Hour
	})
	r.stock(t, ground)
	h := open(t, r, desk.Opening{Carrier: "usps"})
	numbers := map[string]shipment.TrackingNumber{}
	for _, id := range []string{"A", "B", "C", "D"} {
		numbers[id] = r.print(t, id).Parcels[0].TrackingNumber
	}
	r.dock(t, "WBC:BADGE:A-7", "operator")
	r.now = r.now.Add(8 * time.Hour)
	r.dock(t, numbers["A"], "handed_over")
	r.now = r.now.Add(8 * time.Hour) // sixteen hours after the badge, eight after a scan
	r.dock(t, numbers["B"], "handed_over")
	seen := r.now
	r.now = r.now.Add(13 * time.Hour)
	res := r.scan(t, scanner.Dock, string(numbers["C"]))
	if res.Signal != scanner.Warn || res.Code != "handed_over" || !strings.HasSuffix(res.Message, "Who are you? Ana was here last at 01:00. Scan your badge.") {
		t.Errorf("%+v", res)
	}
	hands, err := r.Hands(t.Context())
	if want := []desk.Hand{{Scanner: "gun", Name: "Ana", Since: morning, Seen: seen, Lapsed: true}}; err != nil || cmp.Diff(want, hands) != "" {
		t.Errorf("%+v, error %v", hands, err)
	}
	if res := r.scan(t, scanner.Dock, "WBC:UNDO"); res.Signal != scanner.Warn || res.Code != "undone" {
		t.Errorf("%+v", res)
	}
	r.dock(t, numbers["C"], "handed_over")
	if got := r.dock(t, "WBC:BADGE:A-7", "operator"); strings.Contains(got, "Who are you") {
		t.Errorf("a badge is answered %q", got)
	}
	if got := r.dock(t, numbers["D"], "handed_over"); strings.Contains(got, "Who are you") {
		t.Errorf("after a badge: %q", got)
	}
	var who []string
	for _, e := range r.handoff(t, h.ID).Entries {
		who = append(who, e.Operator)
	}
	if diff := cmp.Diff([]string{"Ana", "Ana", "", "Ana"}, who); diff != "" {
		t.Errorf("who handed over (-want +got):\n%s", diff)
	}
}

// TestABadgeOfTheFutureLapses holds that a badge which was scanned while the clock
// was ahead counts no longer than any other once the clock is right.
func TestABadgeOfTheFutureLapses(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *desk.Options) {
		o.Rules.Packing.Operators, o.Rules.Packing.BadgeLasts = []packing.Operator{{ID: "A-7", Name: "Ana"}}, 12*time.Hour
	})
	r.stock(t, ground)
	open(t, r, desk.Opening{Carrier: "usps"})
	var numbers []shipment.TrackingNumber
	for _, id := range []string{"A", "B"} {
		numbers = append(numbers, r.print(t, id).Parcels[0].TrackingNumber)
	}
	r.now = morning.AddDate(1, 0, 0)
	r.dock(t, "WBC:BADGE:A-7", "operator")
	r.now = morning
	if got := r.dock(t, numbers[0], "handed_over"); strings.Contains(got, "Who are you") {
		t.Errorf("with the clock set right: %q", got)
	}
	r.now = morning.Add(13 * time.Hour)
	if got := r.dock(t, numbers[1], "handed_over"); !strings.Contains(got, "Who are you? Ana was here last at 09:00.") {
		t.Errorf("thirteen hours later: %q", got)
	}
}

// TestABadgeLapsesAtTheBench holds that a bench asks for a badge again, keeps the
// order in hand, and goes on with it.
func TestABadgeLapsesAtTheBench(t *testing.T) {
	t.Parallel()
	r := bench(t, func(p *packing.Rules) { p.BadgeLasts = 12 * time.Hour })
	r.take(t, goods("A", 1), agent.Accepted)
	r.pulls(t, "WBC:BADGE:A-7 > operator", "A > order_opened")
	r.now = r.now.Add(11 * time.Hour)
	r.pulls(t, "MUG > item_packed")
	r.now = r.now.Add(13 * time.Hour)
	if b, err := r.Bench(t.Context(), "one"); err != nil || b.Operator != "" || b.Next != "Scan your badge." || b.Order != "A" {
		t.Errorf("the page shows %+v, error %v", b, err)
	}
	for range 2 {
		r.pulls(t, "MUG > no_operator > Who are you? Ana was here last at 20 Nov 20:00.")
		r.start(t)
	}
	r.pulls(t, "WBC:BADGE:B-1 > operator", "MUG > item_packed")
	if b, err := r.Bench(t.Context(), "one"); err != nil || b.Operator != "B-1" || !b.Since.Equal(r.now) {
		t.Errorf("then %+v, error %v", b, err)
	}
}

// TestAnOpenQuestionKeepsNobodyOut holds that somebody can sign in at a bench whose
// badge has lapsed while a supervisor is asked about a weight, and that the first
// badge there is a word on nothing.
func TestAnOpenQuestionKeepsNobodyOut(t *testing.T) {
	t.Parallel()
	for name, back := range map[string]string{"the packer": "A-7", "the supervisor": "B-1"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := bench(t, func(p *packing.Rules) { p.BadgeLasts = 12 * time.Hour })
			r.take(t, goods("A", 1), agent.Accepted)
			r.pulls(t, "WBC:BADGE:A-7 > operator", "A > order_opened", "MUG > item_packed", "MUG > item_packed", "PLATE > item_packed", "WBC:BOX:1 > box_chosen")
			r.weigh(t, 2000)
			r.pulls(t, "WBC:CLOSE > weight_deviates")
			r.now = r.now.Add(13 * time.Hour)
			r.pulls(t, "WBC:UNDO > no_operator", "WBC:BADGE:"+back+" > operator")
			if st := r.state(t, "A"); !st.Packing.Parcels[0].Asked || st.Packing.Packed(1) {
				t.Errorf("the question is gone: %+v", st.Packing.Parcels)
			}
			r.pulls(t, "WBC:BADGE:B-1 > packed")
			if st := r.state(t, "A"); st.Packing.Parcels[0].ApprovedBy != "B-1" || st.Packing.Parcels[0].By != back {
				t.Errorf("packed as %+v", st.Packing.Parcels)
			}
		})
	}
}

// TestPackingOnThePageIsBeingThere holds that who packs by pressing and typing, and
// scans nothing, is at the bench, that what another says from elsewhere changes
// nothing of that, and that a badge which has lapsed is asked for by name.
func TestPackingOnThePageIsBeingThere(t *testing.T) {
	t.Parallel()
	r := bench(t, func(p *packing.Rules) { p.BadgeLasts, p.Check = 12*time.Hour, packing.CheckCount })
	r.take(t, goods("A", 1), agent.Accepted)
	r.pulls(t, "WBC:BADGE:A-7 > operator", "A > order_opened")
	mug := []desk.PackedLine{{Line: 1, Quantity: 1}}
	for _, by := range []desk.PackedBy{{Items: mug, Bench: "one", Page: true}, {Items: mug}, {Box: 1}} {
		r.now = r.now.Add(11 * time.Hour)
		r.pack(t, "A", by, "")
	}
	r.now = r.now.Add(11 * time.Hour)
	r.pack(t, "A", desk.PackedBy{Operator: "B-1", Undo: true}, "")
	if b, err := r.Bench(t.Context(), "one"); err != nil || b.Operator != "A-7" || !b.Seen.Equal(morning.Add(33*time.Hour)) {
		t.Errorf("at the bench is %q, seen at %v, error %v", b.Operator, b.Seen, err)
	}
	r.now = r.now.Add(2 * time.Hour)
	_, _, err := r.Pack(t.Context(), "A", desk.PackedBy{Box: 1})
	if want := "nobody is at bench one. Who are you? Ana was here last at 21 Nov 18:00. Scan your badge."; !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), want) {
		t.Errorf("packed by nobody: %v; want %q", err, want)
	}
	if b, err := r.Bench(t.Context(), "one"); err != nil || b.Operator != "" {
		t.Errorf("at the bench is %q, error %v", b.Operator, err)
	}
}
