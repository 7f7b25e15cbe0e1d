package desk_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"waybill/agent"
	"waybill/agent/desk"
	"waybill/agent/packing"
	"waybill/internal/fault"
	"waybill/printer"
	"waybill/scanner"
	"waybill/shipment"
)

// bench returns a rig whose bench checks and weighs what is packed.
func bench(t *testing.T, change func(*packing.Rules)) *rig {
	t.Helper()
	r := newRig(t, func(o *desk.Options) {
		o.Rules.Packing = packing.Rules{
			Check: packing.CheckScan, Weigh: packing.WeighRequire, Print: packing.WhenPacked, Tolerance: packing.Tolerance{Grams: 30},
			Boxes:     []packing.Box{{N: 1, Name: "Mailer", Outer: packing.Sides{Length: 200, Width: 150, Height: 50}, Tare: 40}},
			Operators: []packing.Operator{{ID: "A-7", Name: "Ana"}, {ID: "B-1", Name: "Bo", Supervisor: true}},
			Totes:     "TOTE-",
		}
		if change != nil {
			change(&o.Rules.Packing)
		}
		o.Benches = []desk.Bench{{Name: "one", Scanners: []string{"gun"}, Scale: "scale-1"}, {Name: "two", Scanners: []string{"wand"}}}
	})
	r.stock(t, ground)
	return r
}

// goods is an order of two mugs and a plate, of 1000 g.
func goods(id string, parcels int) shipment.Order {
	o := order(id)
	o.Items = []shipment.Item{
		{SKU: "MUG", Title: "Blue mug", Quantity: 2, Weight: 300, Barcode: "4006381333931"},
		{SKU: "PLATE", Title: "Plate", Quantity: 1, Weight: 400},
	}
	if parcels > 1 {
		o.Parcels = make([]shipment.Parcel, parcels)
	}
	return o
}

// pulls scans one after the other; each is raw, code and part of the message, as
// "raw > code > message".
func (r *rig) pulls(t *testing.T, pulls ...string) {
	t.Helper()
	for _, p := range pulls {
		part := strings.SplitN(p, " > ", 3)
		res := r.scan(t, scanner.Bench, part[0])
		if res.Code != part[1] || len(part) == 3 && !strings.Contains(res.Message, part[2]) {
			t.Fatalf("scan of %s: %s %q; want %s with %q", part[0], res.Code, res.Message, part[1], part[2:])
		}
	}
}

// reprints scans why a label is to be printed again, and holds that the printer does not
// wait for the scanner to be told.
func (r *rig) reprints(t *testing.T) {
	t.Helper()
	before := r.queued.Load()
	in := scanner.Scan{Scanner: "gun", Role: scanner.Bench, Raw: []byte("WBC:REPRINT:LOST"), At: r.now}
	res, err := r.ScanTelling(t.Context(), in, func(desk.ScanResult) {
		if r.queued.Load() == before {
			t.Error("the scanner is told, and the printer knows of nothing yet")
		}
	})
	if err != nil || res.Code != "reprinted" {
		t.Fatalf("it comes to %s %q, error %v", res.Code, res.Message, err)
	}
}

// wands is pulls with the scanner of bench two.
func (r *rig) wands(t *testing.T, pulls ...string) {
	t.Helper()
	for _, p := range pulls {
		part := strings.SplitN(p, " > ", 3)
		res, err := r.Scan(t.Context(), scanner.Scan{Scanner: "wand", Role: scanner.Bench, Raw: []byte(part[0]), At: r.now})
		if err != nil || res.Code != part[1] || len(part) == 3 && !strings.Contains(res.Message, part[2]) {
			t.Fatalf("scan of %s at bench two: %s %q, error %v; want %s with %q", part[0], res.Code, res.Message, err, part[1], part[2:])
		}
	}
}

func (r *rig) weigh(t *testing.T, grams shipment.Grams) {
	t.Helper()
	if err := r.Weigh(t.Context(), desk.Weight{Scale: "scale-1", Grams: grams, Stable: true, Weighed: true, At: r.now}); err != nil {
		t.Fatal(err)
	}
}

func (r *rig) makeLabels(t *testing.T) {
	t.Helper()
	if err := r.LabelPacked(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// TestAParcelFromOrderToLabel goes the whole way of one parcel over a bench, and
// loses the power before each step.
func TestAParcelFromOrderToLabel(t *testing.T) {
	t.Parallel()
	r := bench(t, nil)
	s := r.take(t, goods("A", 1), agent.Accepted)
	other := r.take(t, goods("B", 1), agent.Accepted)
	if s.Stage() != agent.ToPack || s.Parcels[0].Job != "" || s.Parcels[0].TrackingNumber == "" {
		t.Fatalf("stage %s, parcel %+v", s.Stage(), s.Parcels[0])
	}
	number, stranger := string(s.Parcels[0].TrackingNumber), string(other.Parcels[0].TrackingNumber)
	for _, pull := range []string{
		"A > no_operator > badge",
		"WBC:BADGE:Z > unknown_badge",
		"WBC:BADGE:A-7 > operator > Ana is at this bench. Scan the order",
		"4006381333931 > no_order > Scan the order or its tote first",
		"A > order_opened > Still wanted: 2 × Blue mug, 1 × Plate",
		"A > in_hand",
		"]E04006381333931 > item_packed > Blue mug: 1 of 2",
		"B > order_in_hand > Scan NEXT",
		"]E04006381333948 > wrong_item > Still wanted: 1 × Blue mug, 1 × Plate.",
		"PLATE > item_packed",
		"WBC:CLOSE > not_complete > Still wanted: 1 × Blue mug",
		"MUG > item_packed > Choose the box",
		"WBC:UNDO > undone > Take 1 × Blue mug out",
		"MUG > item_packed",
		"WBC:BOX:4 > no_such_box",
		"WBC:BOX:1 > box_chosen > Put it on the scale: 1.010 kg to 1.070 kg",
		"WBC:CLOSE > weigh_it",
	} {
		r.start(t)
		r.pulls(t, pull)
		if st := r.state(t, "A"); st.Stage() != agent.ToPack || st.Parcels[0].Job != "" {
			t.Fatalf("after %s the order is %s", pull, st.Stage())
		}
	}
	r.weigh(t, 1300) // not what is expected: nothing is taken by itself
	if st := r.state(t, "A"); st.Stage() != agent.ToPack || st.Packing.Parcels[0].Asked {
		t.Fatalf("a wrong weight made it %s: %+v", st.Stage(), st.Packing.Parcels)
	}
	r.pulls(t, "WBC:CLOSE > weight_deviates > 1.300 kg, heavier", "WBC:BADGE:A-7 > no_supervisor", "WBC:BADGE:B-1 > packed > approved by B-1")
	if st := r.state(t, "A"); st.Stage() != agent.Labelling || st.Parcels[0].Weight != 1300 || st.Order.Parcels[0].Height != 50 {
		t.Fatalf("packed, it is %s: %+v", st.Stage(), st.Parcels)
	}
	r.start(t)
	r.makeLabels(t)
	st := r.state(t, "A")
	r.pulls(t, "B > order_in_hand > label", "MUG > label_first", number+" > never_printed")
	r.move(t, st.Parcels[0].Job, printer.Sending, printer.Sent, printer.Confirmed)
	r.pulls(t, stranger+" > other_label > Wanted: the label of order A, "+number, "WBC:REPRINT > reprint_why")
	r.reprints(t)
	again := r.state(t, "A").Parcels[0]
	r.move(t, again.Job, printer.Sending, printer.Sent, printer.Confirmed)
	r.pulls(t, number+" > checked", number+" > already_checked", "B > order_opened")
	if st := r.state(t, "A"); st.Stage() != agent.Checked || st.Parcels[0].Reprints != 1 {
		t.Errorf("at the end it is %s", st.Stage())
	}
	want := []shipment.EventType{"parcel.weighed", "parcel.packed"}
	var got []shipment.EventType
	for _, e := range r.events(t, "A") {
		if e == "parcel.weighed" || e == "parcel.packed" {
			got = append(got, e)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	ev := evidenceOf(t, r)
	if last := ev[len(ev)-1]; last.Bench != "one" || last.Operator != "A-7" || last.Code != "order_opened" {
		t.Errorf("the last scan left %+v", last)
	}
}

// A weight as expected is taken by itself, whichever comes first: the last item or
// the weight.
func TestARightWeightNeedsNoHand(t *testing.T) {
	t.Parallel()
	for name, weighs := range map[string]func(*testing.T, *rig){
		"put on the scale at the end": func(t *testing.T, r *rig) {
			t.Helper()
			r.pulls(t, "MUG > item_packed", "MUG > item_packed", "PLATE > item_packed > scale")
			r.weigh(t, 1045)
		},
		"packed on the scale": func(t *testing.T, r *rig) {
			t.Helper()
			r.pulls(t, "MUG > item_packed", "MUG > item_packed")
			r.weigh(t, 1045)
			r.pulls(t, "PLATE > packed > 1.045 kg. Packed.")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := bench(t, nil)
			r.take(t, goods("A", 1), agent.Accepted)
			r.pulls(t, "WBC:BADGE:A-7 > operator", "A > order_opened", "WBC:BOX:1 > box_chosen")
			weighs(t, r)
			if st := r.state(t, "A"); st.Stage() != agent.Labelling || st.Parcels[0].Weight != 1045 {
				t.Errorf("stage %s, %+v", st.Stage(), st.Parcels)
			}
		})
	}
}

func TestTwoParcelsAndTwoBenches(t *testing.T) {
	t.Parallel()
	r := bench(t, func(p *packing.Rules) { p.Weigh, p.Boxes, p.Operators = packing.WeighOff, nil, nil })
	s := r.take(t, goods("A", 2), agent.Accepted)
	one, two := string(s.Parcels[0].TrackingNumber), string(s.Parcels[1].TrackingNumber)
	r.pulls(t, "A > order_opened", "MUG > item_packed")
	r.wands(t, "A > at_other_bench")
	r.pulls(t, "WBC:CLOSE > packed > Parcel 1 of 2")
	r.makeLabels(t)
	st := r.state(t, "A")
	if st.Parcels[0].Job == "" || st.Parcels[1].Job != "" {
		t.Fatalf("labels: %+v", st.Parcels)
	}
	r.move(t, st.Parcels[0].Job, printer.Sending, printer.Confirmed)
	r.pulls(t, "PLATE > label_first", one+" > checked > Still wanted: 1 × Blue mug, 1 × Plate")
	if res := r.scan(t, scanner.Dock, one); res.Code != "order_incomplete" {
		t.Errorf("half an order leaves: %+v", res)
	}
	if res := r.scan(t, scanner.Dock, two); res.Code != "not_packed" {
		t.Errorf("an unpacked parcel leaves: %+v", res)
	}
	r.pulls(t, "PLATE > item_packed", "MUG > packed > Parcel 2 of 2")
	r.makeLabels(t)
	r.move(t, r.state(t, "A").Parcels[1].Job, printer.Sending, printer.Confirmed)
	r.pulls(t, two+" > checked")
	if res := r.scan(t, scanner.Dock, one); res.Code != "handed_over" {
		t.Errorf("a whole order stays: %+v", res)
	}
}

// TestALabelTakesNoOrderFromAnotherBench scans labels at one bench of an order that
// is in hand at another: it is checked, and comes in hand only once nothing is
// wanted there any more; then it is in hand there no more.
func TestALabelTakesNoOrderFromAnotherBench(t *testing.T) {
	t.Parallel()
	r := bench(t, func(p *packing.Rules) { p.Weigh, p.Boxes, p.Operators = packing.WeighOff, nil, nil })
	s := r.take(t, goods("A", 2), agent.Accepted)
	one, two := string(s.Parcels[0].TrackingNumber), string(s.Parcels[1].TrackingNumber)
	printed := func(i int) {
		t.Helper()
		r.makeLabels(t)
		r.move(t, r.state(t, "A").Parcels[i].Job, printer.Sending, printer.Confirmed)
	}
	inHand := func(one, two shipment.OrderID) {
		t.Helper()
		for name, want := range map[string]shipment.OrderID{"one": one, "two": two} {
			if b, err := r.Bench(t.Context(), name); err != nil || b.Order != want {
				t.Errorf("at bench %s is %q, error %v; want %q", name, b.Order, err, want)
			}
		}
	}
	r.pulls(t, "A > order_opened", "MUG > item_packed", "WBC:CLOSE > packed > Parcel 1 of 2")
	printed(0)
	r.wands(t, one+" > checked > Order A stays in hand at bench one", "PLATE > unknown")
	r.pulls(t, "MUG > item_packed")
	r.wands(t, two+" > at_other_bench", one+" > already_checked > stays in hand at bench one", "PLATE > unknown", "A > at_other_bench")
	inHand("A", "")
	r.pulls(t, "PLATE > packed > Parcel 2 of 2")
	printed(1)
	r.wands(t, one+" > already_checked > stays in hand at bench one") // which waits for the label of parcel 2
	inHand("A", "")
	r.wands(t, two+" > checked", "WBC:REPRINT:DAMAGED > reprinted")
	inHand("", "A")

	// Voided and sent again, it is packed where it is in hand.
	if _, err := r.VoidFor(t.Context(), "A", "", "wrong box"); err != nil {
		t.Fatal(err)
	}
	r.take(t, goods("A", 1), agent.Accepted)
	r.pulls(t, "A > at_other_bench")
	r.wands(t, "MUG > item_packed", "WBC:NEXT > next")
	r.pulls(t, "A > order_opened > Still wanted: 1 × Blue mug, 1 × Plate")
	inHand("A", "")
}

func TestTotes(t *testing.T) {
	t.Parallel()
	r := bench(t, func(p *packing.Rules) { p.Weigh, p.Boxes, p.Operators = packing.WeighOff, nil, nil })
	r.take(t, goods("A", 1), agent.Accepted)
	r.pulls(t,
		"TOTE-1 > empty_tote", "A > order_opened", "TOTE-1 > tote_bound > Tote TOTE-1 holds order A", "WBC:NEXT > next",
		"tote-1 > order_opened > Order A", "MUG > item_packed", "WBC:NEXT > next > put aside as it is", "TOTE-1 > order_opened > Still wanted: 1 × Blue mug, 1 × Plate",
		"PLATE > item_packed", "MUG > packed", "WBC:NEXT > next > before its label", "TOTE-1 > empty_tote",
	)
}

// What is at the bench needs no check where the station asks for none.
func TestABenchThatDoesNotCheck(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.stock(t, ground)
	s := r.print(t, "A")
	r.pulls(t, "WBC:CLOSE > no_order", "WBC:REPRINT:DAMAGED > no_order", string(s.Parcels[0].TrackingNumber)+" > checked", "WBC:REPRINT:DAMAGED > reprinted", "WBC:NEXT > next")
	if st := r.state(t, "A"); st.Stage() != agent.Printing || st.Parcels[0].Reprints != 1 {
		t.Errorf("stage %s after %d reprints", st.Stage(), st.Parcels[0].Reprints)
	}
}

// TestAnOrderIsPackedWhereItIsInHand holds that a program which names no bench packs
// nothing that another bench has in hand, and is told which.
func TestAnOrderIsPackedWhereItIsInHand(t *testing.T) {
	t.Parallel()
	r := bench(t, func(p *packing.Rules) { p.Operators = nil })
	r.take(t, goods("A", 1), agent.Accepted)
	if res, err := r.Scan(t.Context(), scanner.Scan{Scanner: "wand", Role: scanner.Bench, Raw: []byte("A"), At: r.now}); err != nil || res.Code != "order_opened" {
		t.Fatalf("%+v, error %v", res, err)
	}
	mug := desk.PackedBy{Items: []desk.PackedLine{{Code: "MUG"}}}
	_, _, err := r.Pack(t.Context(), "A", mug)
	wantKind(t, err, fault.Conflict)
	if err == nil || !strings.Contains(err.Error(), "at_other_bench: Order A is in hand at bench two.") {
		t.Errorf("where no bench is named: %v", err)
	}
	if left := r.state(t, "A").Packing.Left(goods("A", 1), 0); left != 2 {
		t.Errorf("%d mugs are wanted still", left)
	}
	mug.Bench = "two"
	if _, words, err := r.Pack(t.Context(), "A", mug); err != nil || strings.Contains(words, "in hand") {
		t.Errorf("there: %q, error %v", words, err)
	}
	mug.Bench = "one"
	if _, words, err := r.Pack(t.Context(), "A", mug); err != nil || !strings.HasSuffix(words, "Order A is in hand at bench two.") {
		t.Errorf("at another bench, by its name: %q, error %v", words, err)
	}
}

// TestABenchThatIsNoMoreBlocksNothing takes a bench out of the configuration that has
// an order in hand.
func TestABenchThatIsNoMoreBlocksNothing(t *testing.T) {
	t.Parallel()
	r := bench(t, func(p *packing.Rules) { p.Operators = nil })
	r.take(t, goods("A", 1), agent.Accepted)
	r.take(t, goods("B", 1), agent.Accepted)
	for scannerName, order := range map[string]string{"gun": "B", "wand": "A"} {
		if _, err := r.Scan(t.Context(), scanner.Scan{Scanner: scannerName, Role: scanner.Bench, Raw: []byte(order), At: r.now}); err != nil {
			t.Fatal(err)
		}
	}
	r.options.Benches = []desk.Bench{{Name: "one", Scanners: []string{"gun"}}, {Name: "three", Scanners: []string{"wand"}}}
	r.start(t)
	notices, stop := r.Watch()
	defer stop()
	for range 2 { // the second time nothing is left to do
		if err := r.ReleaseBenches(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if n := <-notices; n.Word != "Bench removed" || n.Order != "A" || !strings.Contains(n.Message, "Bench two is no more in the configuration. Order A") {
		t.Errorf("the page says %+v", n)
	}
	if n := r.count(t, shipment.DeviceChangedType); n != 1 {
		t.Errorf("told by %d events", n)
	}
	if res, err := r.Scan(t.Context(), scanner.Scan{Scanner: "wand", Role: scanner.Bench, Raw: []byte("A"), At: r.now}); err != nil || res.Code != "order_opened" {
		t.Errorf("%+v, error %v", res, err)
	}
	if b, err := r.Bench(t.Context(), "one"); err != nil || b.Order != "B" {
		t.Errorf("at bench one is %q, error %v", b.Order, err)
	}
}
