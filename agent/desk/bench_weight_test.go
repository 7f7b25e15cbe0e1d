package desk_test

import (
	"strings"
	"testing"
	"time"

	"waybill/agent"
	"waybill/agent/desk"
	"waybill/agent/packing"
	"waybill/internal/fault"
	"waybill/printer"
	"waybill/scanner"
	"waybill/shipment"
)

// says lets the scale of bench one say something.
func (r *rig) says(t *testing.T, w desk.Weight) {
	t.Helper()
	w.Scale, w.At = "scale-1", r.now
	if err := r.Weigh(t.Context(), w); err != nil {
		t.Fatal(err)
	}
}

func (r *rig) lift(t *testing.T) {
	t.Helper()
	r.says(t, desk.Weight{Stable: true, Empty: true})
}

// lies lets the scale show a load that it does not call new.
func (r *rig) lies(t *testing.T, grams shipment.Grams) {
	t.Helper()
	r.says(t, desk.Weight{Grams: grams, Stable: true})
}

func (r *rig) packed(t *testing.T, id string) (weights []shipment.Grams) {
	t.Helper()
	for _, p := range r.state(t, id).Packing.Parcels {
		if !p.Packed.IsZero() {
			weights = append(weights, p.Weight)
		}
	}
	return weights
}

func (r *rig) wantPacked(t *testing.T, id string, want ...shipment.Grams) {
	t.Helper()
	got := r.packed(t, id)
	if len(got) != len(want) {
		t.Fatalf("of order %s the parcels packed weigh %v, want %v", id, got, want)
	}
	for i := range got {
		if got[i] != want[i] {
			t.Fatalf("of order %s the parcels packed weigh %v, want %v", id, got, want)
		}
	}
}

func (r *rig) wantNext(t *testing.T, want string) {
	t.Helper()
	b, err := r.Bench(t.Context(), "one")
	if err != nil || !strings.Contains(b.Next, want) {
		t.Fatalf("next is %q, error %v; want %q", b.Next, err, want)
	}
}

// pack says something of an order as a page or a program does.
func (r *rig) pack(t *testing.T, id shipment.OrderID, by desk.PackedBy, wantErr string) {
	t.Helper()
	_, _, err := r.Pack(t.Context(), id, by)
	if wantErr == "" && err != nil || wantErr != "" && (!fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), wantErr)) {
		t.Fatalf("packing of order %s: %v, want %q", id, err, wantErr)
	}
}

// checked makes the label of parcel k, prints it and scans it.
func (r *rig) checked(t *testing.T, id string, k int) {
	t.Helper()
	r.makeLabels(t)
	p := r.state(t, id).Parcels[k-1]
	r.move(t, p.Job, printer.Sending, printer.Sent, printer.Confirmed)
	r.pulls(t, string(p.TrackingNumber)+" > checked")
}

// plain is a bench that weighs and checks nothing else.
func plain(weigh packing.Weigh) func(*packing.Rules) {
	return func(p *packing.Rules) {
		p.Check, p.Weigh, p.Boxes, p.Operators = packing.CheckOff, weigh, nil, nil
	}
}

// declared is an order of parcels that weigh what the shop says.
func declared(id string, grams ...shipment.Grams) shipment.Order {
	o := goods(id, len(grams))
	o.Parcels = nil
	for _, g := range grams {
		o.Parcels = append(o.Parcels, shipment.Parcel{Weight: g})
	}
	return o
}

// alike is an order of mugs, one a parcel.
func alike(id string, mugs int) shipment.Order {
	o := goods(id, mugs)
	o.Items = o.Items[:1:1]
	o.Items[0].Quantity = mugs
	return o
}

const everythingIn = "A > order_opened;MUG > item_packed;MUG > item_packed;PLATE > item_packed"

func TestAWeighingPacksOneParcel(t *testing.T) {
	t.Parallel()
	checks := func(p *packing.Rules) { p.Operators = nil }
	tests := map[string]struct {
		rules func(*packing.Rules)
		order shipment.Order
		does  func(*testing.T, *rig)
	}{
		"of three as heavy": {plain(packing.WeighRequire), declared("A", 500, 500, 500), func(t *testing.T, r *rig) {
			t.Helper()
			r.pulls(t, "A > order_opened")
			r.weigh(t, 500)
			r.wantPacked(t, "A", 500)
			r.lies(t, 500)
			r.checked(t, "A", 1)
			r.wantPacked(t, "A", 500)
			r.wantNext(t, "lift it and put it down again")
			r.pulls(t, "WBC:CLOSE > lift_it")
			r.lift(t)
			r.weigh(t, 510)
			r.wantPacked(t, "A", 500, 510)
		}},
		"set down again before its label is scanned": {plain(packing.WeighRequire), declared("A", 500, 500), func(t *testing.T, r *rig) {
			t.Helper()
			r.pulls(t, "A > order_opened")
			r.weigh(t, 500)
			r.lift(t)
			r.weigh(t, 501)
			r.wantPacked(t, "A", 500)
			r.start(t)
			r.lift(t)
			r.weigh(t, 502)
			r.checked(t, "A", 1)
			r.pulls(t, "WBC:CLOSE > lift_it")
			r.wantPacked(t, "A", 500)
		}},
		"typed on the page, with the parcel on the scale": {checks, goods("A", 1), func(t *testing.T, r *rig) {
			t.Helper()
			r.pulls(t, strings.Split(everythingIn, ";")...)
			r.weigh(t, 1045) // before the box is chosen
			r.pack(t, "A", desk.PackedBy{Bench: "one", Weight: 1040, Box: 1}, "")
			r.wantPacked(t, "A", 1040)
			r.checked(t, "A", 1)
			r.take(t, goods("B", 1), agent.Accepted)
			r.pulls(t, "B > order_opened", "WBC:BOX:1 > box_chosen", "MUG > item_packed", "MUG > item_packed", "PLATE > item_packed > lift it and put it down again")
			r.pulls(t, "WBC:CLOSE > lift_it")
			r.lift(t)
			r.pulls(t, "WBC:CLOSE > weigh_it")
			r.weigh(t, 1044)
			r.wantPacked(t, "B", 1044)
		}},
		"put down for an order that was put aside": {checks, goods("A", 1), func(t *testing.T, r *rig) {
			t.Helper()
			r.take(t, goods("B", 1), agent.Accepted)
			r.pulls(t, "A > order_opened")
			r.weigh(t, 1045)
			r.pulls(t, "WBC:NEXT > next", "B > order_opened", "WBC:BOX:1 > box_chosen", "MUG > item_packed", "MUG > item_packed", "PLATE > item_packed > lift it", "WBC:CLOSE > lift_it")
			r.pulls(t, "WBC:NEXT > next", "A > order_opened", "WBC:BOX:1 > box_chosen", "MUG > item_packed", "MUG > item_packed", "PLATE > item_packed > lift it")
		}},
		"put down before the order": {plain(packing.WeighRequire), declared("A", 500), func(t *testing.T, r *rig) {
			t.Helper()
			r.take(t, declared("B", 500), agent.Accepted)
			r.weigh(t, 500)
			r.pulls(t, "A > packed > Order A")
			r.wantPacked(t, "A", 500)
			r.checked(t, "A", 1)
			r.pulls(t, "B > order_opened > lift it and put it down again")
		}},
		"packed from elsewhere, with the parcel on the scale": {checks, alike("A", 2), func(t *testing.T, r *rig) {
			t.Helper()
			r.pulls(t, "A > order_opened", "WBC:BOX:1 > box_chosen", "MUG > item_packed")
			r.weigh(t, 340)
			r.pack(t, "A", desk.PackedBy{Bench: "two", Weight: 341}, "")
			r.checked(t, "A", 1)
			r.pulls(t, "MUG > item_packed", "WBC:BOX:1 > box_chosen > lift it and put it down again", "WBC:CLOSE > lift_it")
			r.wantPacked(t, "A", 341)
		}},
		"out of sight, while the order was in hand": {checks, alike("A", 1), func(t *testing.T, r *rig) {
			t.Helper()
			r.pulls(t, "A > order_opened", "WBC:BOX:1 > box_chosen")
			r.weigh(t, 340)
			r.says(t, desk.Weight{Words: "Scale away. Plug it in.", Lost: true})
			r.lies(t, 341)
			r.pulls(t, "MUG > item_packed > lift it and put it down again", "WBC:CLOSE > lift_it")
			r.wantPacked(t, "A")
			r.lift(t)
			r.weigh(t, 341)
			r.wantPacked(t, "A", 341)
		}},
		"put down before the order, which was put aside": {plain(packing.WeighRequire), declared("A", 900), func(t *testing.T, r *rig) {
			t.Helper()
			r.take(t, declared("B", 500), agent.Accepted)
			r.weigh(t, 500)
			r.pulls(t, "A > order_opened > Scan CLOSE to take the 0.500 kg", "WBC:NEXT > next", "B > order_opened > lift it and put it down again")
		}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := bench(t, tt.rules)
			r.take(t, tt.order, agent.Accepted)
			tt.does(t, r)
		})
	}
}

// What a dimensioner weighed is not for an order that comes much later: it never
// tells that the parcel was taken away.
func TestTheWeightOfADimensionerAges(t *testing.T) {
	t.Parallel()
	for wait, want := range map[time.Duration]string{time.Minute: "packed", 10 * time.Minute: "order_opened"} {
		r := bench(t, plain(packing.WeighRequire))
		r.take(t, declared("A", 500), agent.Accepted)
		r.says(t, desk.Weight{Grams: 500, Stable: true, Weighed: true, Sides: packing.Sides{Length: 200, Width: 150, Height: 100}})
		r.now = r.now.Add(wait)
		r.pulls(t, "A > "+want)
	}
}

// Nothing goes without its weight while something lies on the scale, but where
// somebody takes it off.
func TestNoWeightIsLeftOutInSilence(t *testing.T) {
	t.Parallel()
	r := bench(t, plain(packing.WeighAsk))
	r.take(t, declared("A", 500), agent.Accepted)
	r.pulls(t, "A > order_opened")
	r.says(t, desk.Weight{Grams: 380, Words: "Not at rest. Wait."})
	r.pulls(t, "WBC:CLOSE > not_at_rest > Not at rest. Wait. Then scan CLOSE again.")
	r.pack(t, "A", desk.PackedBy{Bench: "one", Close: true}, "not_at_rest")
	r.lies(t, 480)
	r.wantNext(t, "lift it and put it down again")
	r.pulls(t, "WBC:CLOSE > lift_it > To go without a weight take it off")
	r.wantPacked(t, "A")
	r.lift(t)
	r.pulls(t, "WBC:CLOSE > packed")
	r.wantPacked(t, "A", 0)
}

// The carton is put on the scale empty, and filled there.
func TestAnEmptyCartonIsNoParcel(t *testing.T) {
	t.Parallel()
	r := bench(t, plain(packing.WeighRequire))
	o := goods("A", 1)
	o.Items[0].Weight, o.Items[1].Weight = 0, 0
	r.take(t, o, agent.Accepted)
	r.pulls(t, "A > order_opened > when it is full, and scan CLOSE")
	r.weigh(t, 250)
	r.wantPacked(t, "A")
	r.wantNext(t, "Scan CLOSE to take the 0.250 kg")
	r.weigh(t, 1250)
	r.wantPacked(t, "A")
	r.pulls(t, "WBC:CLOSE > packed")
	r.wantPacked(t, "A", 1250)
}

// What lies on the scale counts as soon as it may, whoever says the last word.
func TestTheWeightThatLiesThereIsTaken(t *testing.T) {
	t.Parallel()
	items := []desk.PackedLine{{Code: "MUG", Quantity: 2}}
	tests := map[string]func(*testing.T, *rig){
		"the last piece is counted on the page": func(t *testing.T, r *rig) {
			t.Helper()
			r.pack(t, "A", desk.PackedBy{Bench: "one", Items: items, Box: 1}, "")
			r.weigh(t, 1045)
			r.wantPacked(t, "A")
			r.pack(t, "A", desk.PackedBy{Bench: "one", Items: []desk.PackedLine{{Line: 2}}}, "")
		},
		"a program says that it is full": func(t *testing.T, r *rig) {
			t.Helper()
			r.weigh(t, 1045)
			r.pack(t, "A", desk.PackedBy{Bench: "one", Items: append(items[:1:1], desk.PackedLine{Line: 2}), Sides: packing.Sides{Length: 100, Width: 100, Height: 100}, Close: true}, "")
		},
		"it comes with the badge": func(t *testing.T, r *rig) {
			t.Helper()
			r.pack(t, "A", desk.PackedBy{Bench: "one", Items: append(items[:1:1], desk.PackedLine{Line: 2}), Box: 1}, "")
			r.options.Rules.Packing.Operators = []packing.Operator{{ID: "A-7", Name: "Ana"}}
			r.start(t)
			r.weigh(t, 1045)
			r.wantPacked(t, "A")
			r.pulls(t, "WBC:BADGE:A-7 > packed > Ana is at this bench. 1.045 kg.")
			if by := r.state(t, "A").Packing.Parcels[0].By; by != "A-7" {
				t.Errorf("packed by %q", by)
			}
		},
	}
	for name, does := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := bench(t, func(p *packing.Rules) { p.Operators = nil })
			r.take(t, goods("A", 1), agent.Accepted)
			r.pulls(t, "A > order_opened")
			does(t, r)
			r.wantPacked(t, "A", 1045)
		})
	}
}

// A program that packs another order than the one in hand has no part in what lies
// on the scale.
func TestAnotherOrdersWeightIsLeftAlone(t *testing.T) {
	t.Parallel()
	r := bench(t, plain(packing.WeighAsk))
	r.take(t, declared("A", 900), agent.Accepted)
	r.take(t, declared("B", 500), agent.Accepted)
	r.pulls(t, "A > order_opened")
	r.weigh(t, 800) // not as expected: it waits for CLOSE
	r.pack(t, "B", desk.PackedBy{Bench: "one", Close: true}, "")
	r.wantPacked(t, "B", 0)
	r.pulls(t, "WBC:CLOSE > weight_deviates > 0.800 kg")
}

func TestABenchIsMeantByItsName(t *testing.T) {
	t.Parallel()
	r := bench(t, func(p *packing.Rules) { p.Operators = nil })
	r.take(t, goods("A", 1), agent.Accepted)
	_, err := r.ScanAtBench(t.Context(), scanner.Scan{Scanner: "gun", Role: scanner.Bench, Raw: []byte("A"), At: r.now}, "three")
	wantKind(t, err, fault.NotFound)
	_, _, err = r.Pack(t.Context(), "A", desk.PackedBy{Bench: "three", Items: []desk.PackedLine{{Code: "MUG"}}})
	wantKind(t, err, fault.NotFound)
	if r.state(t, "A").Packing.Begun() {
		t.Error("it happened at another bench")
	}
	res, err := r.ScanAtBench(t.Context(), scanner.Scan{Scanner: "gun", Role: scanner.Bench, Raw: []byte("A"), At: r.now}, "two")
	if err != nil || res.Code != "order_opened" {
		t.Errorf("%+v, error %v", res, err)
	}
}

func TestControlBarcodesWantSomebody(t *testing.T) {
	t.Parallel()
	r := bench(t, nil)
	r.take(t, goods("A", 1), agent.Accepted)
	for _, code := range []string{"WBC:NEXT", "WBC:UNDO", "WBC:CLOSE", "WBC:BOX:1", "WBC:REPRINT:LOST"} {
		r.pulls(t, code+" > no_operator > Scan your badge")
	}
	r.pulls(t, "WBC:BADGE:A-7 > operator", "WBC:NEXT > next")
}
