package desk_test

import (
	"errors"
	"strings"
	"testing"

	"waybill/agent"
	"waybill/agent/desk"
	"waybill/agent/packing"
	"waybill/internal/fault"
	"waybill/shipment"
)

var errUnprintable = errors.New("no glyph")

// TestPackAllOrNothing holds that what another program says of a parcel counts as
// a whole.
func TestPackAllOrNothing(t *testing.T) {
	t.Parallel()
	r := bench(t, nil)
	r.take(t, goods("A", 1), agent.Accepted)
	items := []desk.PackedLine{{Code: "4006381333931", Quantity: 2}, {Line: 2, Quantity: 1}}
	for name, tt := range map[string]struct {
		by   desk.PackedBy
		kind fault.Kind
		want string
	}{
		"nobody":              {desk.PackedBy{Items: items}, fault.Invalid, "nobody is at bench one"},
		"a stranger":          {desk.PackedBy{Operator: "Z", Items: items}, fault.Invalid, "no operator has the badge"},
		"nothing":             {desk.PackedBy{Operator: "A-7"}, fault.Invalid, "nothing was said"},
		"too many":            {desk.PackedBy{Operator: "A-7", Items: append(items[:2:2], desk.PackedLine{Code: "MUG"})}, fault.Conflict, "item_complete"},
		"another item":        {desk.PackedBy{Operator: "A-7", Items: []desk.PackedLine{{Code: "SPOON"}}}, fault.Conflict, "wrong_item"},
		"no item":             {desk.PackedBy{Operator: "A-7", Items: []desk.PackedLine{{}}}, fault.Conflict, "wrong_item"},
		"not all":             {desk.PackedBy{Operator: "A-7", Items: items[:1], Close: true}, fault.Conflict, "Still wanted: 1 × Plate"},
		"a deviating weight":  {desk.PackedBy{Operator: "A-7", Items: items, Box: 1, Weight: 2000}, fault.Conflict, "weight_deviates"},
		"nobody's word on it": {desk.PackedBy{Operator: "A-7", Items: items, Box: 1, Weight: 2000, Supervisor: "A-7"}, fault.Invalid, "no supervisor's badge"},
	} {
		if name == "no item" {
			tt.kind, tt.want = fault.Invalid, "each item needs"
		}
		_, _, err := r.Pack(t.Context(), "A", tt.by)
		if !fault.Is(err, tt.kind) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %v with %q", name, err, tt.kind, tt.want)
		}
		if st := r.state(t, "A"); st.Packing.Begun() || st.Stage() != agent.ToPack {
			t.Fatalf("%s: something counted: %+v", name, st.Packing)
		}
	}
	if _, err := r.Reprint(t.Context(), "A", 1, "because"); !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "not packed yet") {
		t.Errorf("a reprint before the packing: %v", err)
	}
	if err := r.NotPacked("print", r.state(t, "A"), 1); !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "Still wanted: 2 × Blue mug, 1 × Plate") {
		t.Errorf("why it is not printed: %v", err)
	}
	st, words, err := r.Pack(t.Context(), "A", desk.PackedBy{Operator: "A-7", Items: items, Box: 1, Weight: 2000, Supervisor: "B-1"})
	if err != nil || !strings.Contains(words, "Packed.") || st.Stage() != agent.Printing || st.Parcels[0].Weight != 2000 {
		t.Fatalf("%q, stage %s, error %v", words, st.Stage(), err)
	}
	if _, _, err := r.Pack(t.Context(), "A", desk.PackedBy{Operator: "A-7", Items: items}); !fault.Is(err, fault.Conflict) {
		t.Errorf("packed twice: %v", err)
	}
	if n := r.labels.made.Load(); n != 2 { // one proof when it came, one to print
		t.Errorf("%d labels were made", n)
	}
}

// An order of which no label can be made is refused when it comes.
func TestAnUnprintableOrderIsNotPacked(t *testing.T) {
	t.Parallel()
	r := bench(t, nil)
	r.labels.during = func(agent.Parcel) error { return &fault.Error{Kind: fault.Invalid, Err: errUnprintable} }
	s := r.take(t, goods("A", 1), agent.Rejected)
	if s.Stage() != agent.Refused {
		t.Errorf("it is %s", s.Stage())
	}
}

// What comes with other content takes the place of an order until something is in
// a box.
func TestAnOrderChangesBeforeItIsPacked(t *testing.T) {
	t.Parallel()
	r := bench(t, func(p *packing.Rules) { p.Weigh, p.Boxes, p.Operators = packing.WeighOff, nil, nil })
	r.take(t, goods("A", 1), agent.Accepted)
	other := goods("A", 1)
	other.Items[0].Quantity = 1
	if s := r.take(t, other, agent.Accepted); s.Order.Items[0].Quantity != 1 || s.Packing == nil {
		t.Errorf("taken as %+v", s.Order.Items)
	}
	r.pulls(t, "A > order_opened", "MUG > item_packed > Still wanted: 1 × Plate")
	moved := goods("A", 1)
	moved.ShipTo.Line1 = "1 Infinite Loop"
	r.take(t, moved, agent.Changed)
	r.pulls(t, "WBC:NEXT > next", "A > address_changed > a person decides")
}

// A weight that was typed and deviates waits for a supervisor's badge, as one from
// a scale does.
func TestATypedWeightIsApprovedAtTheBench(t *testing.T) {
	t.Parallel()
	r := bench(t, nil)
	r.take(t, goods("A", 1), agent.Accepted)
	r.pulls(t, "WBC:BADGE:A-7 > operator", "A > order_opened", "MUG > item_packed", "MUG > item_packed", "PLATE > item_packed", "WBC:BOX:1 > box_chosen")
	if _, _, err := r.Pack(t.Context(), "A", desk.PackedBy{Weight: 2000}); !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "weight_deviates") {
		t.Fatalf("a deviating weight: %v", err)
	}
	r.start(t)
	r.pulls(t, "WBC:BADGE:B-1 > packed")
	if st := r.state(t, "A"); st.Parcels[0].Weight != 2000 || st.Packing.Parcels[0].ApprovedBy != "B-1" || st.Packing.Parcels[0].Scale != "typed" {
		t.Errorf("packed as %+v", st.Packing.Parcels)
	}
}

// A dimensioner says how large a parcel is, where no box was chosen.
func TestADimensionerMeasures(t *testing.T) {
	t.Parallel()
	r := bench(t, nil)
	r.take(t, goods("A", 1), agent.Accepted)
	r.pulls(t, "WBC:BADGE:A-7 > operator", "A > order_opened", "MUG > item_packed", "MUG > item_packed", "PLATE > item_packed")
	measure := func(l shipment.Millimetres) {
		if err := r.Weigh(t.Context(), desk.Weight{Scale: "scale-1", Stable: true, Sides: packing.Sides{Length: l, Width: 200, Height: 100}}); err != nil {
			t.Fatal(err)
		}
	}
	measure(5000) // longer than the service takes
	if st := r.state(t, "A"); st.Packing.Parcels[0].Sides.Known() {
		t.Errorf("a size that no carrier takes is kept: %+v", st.Packing.Parcels)
	}
	measure(300)
	measure(400) // and only the first is this parcel's
	if b := r.state(t, "A").Packing.Parcels[0]; b.Sides.Length != 300 || b.SidesFrom != "scale-1" {
		t.Errorf("measured as %+v", b)
	}
	r.weigh(t, 1010)
	if st := r.state(t, "A"); st.Stage() != agent.Labelling || st.Order.Parcels[0].Length != 300 {
		t.Errorf("stage %s, %+v", st.Stage(), st.Order.Parcels)
	}
}

// TestWhatIsPressedOnThePage holds that a press tells the bench what came of it,
// that CLOSE takes what lies on the scale, and that it is then nobody else's.
func TestWhatIsPressedOnThePage(t *testing.T) {
	t.Parallel()
	r := bench(t, nil)
	r.take(t, goods("A", 1), agent.Accepted)
	r.take(t, goods("B", 1), agent.Accepted)
	r.pulls(t, "WBC:BADGE:A-7 > operator", "A > order_opened", "4006381333931 > item_packed", "4006381333931 > item_packed", "PLATE > item_packed")
	told := func(code string) {
		t.Helper()
		b, err := r.Bench(t.Context(), "one")
		if err != nil || b.Told.Code != code {
			t.Errorf("the bench was told %q, %v; want %q", b.Told.Code, err, code)
		}
	}
	press := func(id shipment.OrderID, by desk.PackedBy) error {
		t.Helper()
		by.Bench, by.Page = "one", true
		_, _, err := r.Pack(t.Context(), id, by)
		return err
	}
	if err := press("A", desk.PackedBy{Box: 1}); err != nil {
		t.Fatal(err)
	}
	told("box_chosen")
	if err := press("A", desk.PackedBy{Undo: true}); err != nil {
		t.Fatal(err)
	}
	told("undone")
	if err := press("A", desk.PackedBy{Box: 1}); err != nil {
		t.Fatal(err)
	}
	r.weigh(t, 2000) // too much: nothing is taken by itself
	if err := press("A", desk.PackedBy{Close: true}); !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "weight_deviates") {
		t.Fatalf("closed with a weight that deviates: %v", err)
	}
	if err := press("A", desk.PackedBy{Supervisor: "B-1"}); err != nil {
		t.Fatal(err)
	}
	told("packed")
	if st := r.state(t, "A"); st.Packing.Parcels[0].Weight != 2000 || st.Packing.Parcels[0].ApprovedBy != "B-1" || st.Packing.Parcels[0].Scale != "scale-1" {
		t.Errorf("packed as %+v", st.Packing.Parcels[0])
	}
	// The parcel still lies there.
	if err := press("B", desk.PackedBy{Items: []desk.PackedLine{{Code: "MUG", Quantity: 2}, {Code: "PLATE"}}, Box: 1}); err != nil {
		t.Fatal(err)
	}
	if err := press("B", desk.PackedBy{Close: true}); !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "weigh_it") {
		t.Errorf("closed with the weight of the parcel before: %v", err)
	}
}
