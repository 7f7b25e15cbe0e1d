package packing_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"waybill/agent/packing"
	"waybill/shipment"
)

func anOrder(t *rapid.T) shipment.Order {
	o := shipment.Order{ID: "A"}
	for i := range rapid.IntRange(1, 4).Draw(t, "lines") {
		it := shipment.Item{SKU: fmt.Sprint("S", i), Quantity: rapid.IntRange(1, 3).Draw(t, "quantity")}
		if rapid.Bool().Draw(t, "weighs") {
			it.Weight = 100
		}
		if rapid.Bool().Draw(t, "barcode") {
			it.Barcode = "4006381333931"
		}
		o.Items = append(o.Items, it)
	}
	return o
}

func someRules(t *rapid.T) packing.Rules {
	r := packing.Rules{
		Check:     rapid.SampledFrom([]packing.Check{packing.CheckScan, packing.CheckCount}).Draw(t, "check"),
		Weigh:     rapid.SampledFrom([]packing.Weigh{packing.WeighOff, packing.WeighAsk, packing.WeighRequire}).Draw(t, "weigh"),
		Print:     rapid.SampledFrom([]packing.Print{packing.OnAccept, packing.WhenPacked}).Draw(t, "print"),
		Tolerance: packing.Tolerance{Grams: 20},
	}
	if rapid.Bool().Draw(t, "boxes") {
		r.Boxes = boxes()
	}
	return r
}

func anInput(t *rapid.T, o shipment.Order) packing.Input {
	line := rapid.IntRange(-1, len(o.Items)).Draw(t, "line")
	return rapid.OneOf(
		rapid.Just[packing.Input](scanned(fmt.Sprint("S", line))), rapid.Just[packing.Input](scanned("4006381333931")),
		rapid.Just[packing.Input](packing.Counted{Line: line, N: rapid.IntRange(0, 3).Draw(t, "n"), Supervisor: rapid.Bool().Draw(t, "supervisor"), At: at}),
		rapid.Just[packing.Input](packing.Chosen{Box: rapid.IntRange(0, 3).Draw(t, "box"), At: at}),
		rapid.Just[packing.Input](packing.Measured{Sides: packing.Sides{Length: 10, Width: 10, Height: rapid.SampledFrom([]shipment.Millimetres{0, 10}).Draw(t, "height")}, From: "typed", At: at}),
		rapid.Just[packing.Input](packing.Weighed{Weight: shipment.Grams(rapid.IntRange(-1, 13).Draw(t, "hectograms") * 100), Scale: "s", At: at}),
		rapid.Just[packing.Input](packing.Closed{At: at}), rapid.Just[packing.Input](packing.Approved{Supervisor: "Bo", At: at}), rapid.Just[packing.Input](packing.Undone{At: at}),
	).Draw(t, "input")
}

// TestWalk holds, over random ways of packing, that no parcel is packed before
// everything is right, that nothing counts twice, that a crash forgets nothing,
// and that there is always a way on.
func TestWalk(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		o, r := anOrder(t), someRules(t)
		j := packing.Job{Order: o, Rules: r}
		p := *packing.Begin(r, rapid.IntRange(1, 3).Draw(t, "parcels"))
		told := map[shipment.ParcelID]int{}
		for range rapid.IntRange(0, 40).Draw(t, "steps") {
			p = walk(t, j, p, anInput(t, o), told)
		}
		for range 200 { // and then somebody who knows what to do
			if p.Done() {
				break
			}
			p = walk(t, j, p, sensible(j, p), told)
		}
		if !p.Done() {
			t.Fatalf("there is no way on from %+v: %s", p, p.Next(j))
		}
		for _, b := range p.Parcels {
			if told[o.ID.Parcel(b.K)] != 1 {
				t.Fatalf("parcel %d was told packed %d times", b.K, told[o.ID.Parcel(b.K)])
			}
		}
	})
}

// sensible returns what a good packer does next.
func sensible(j packing.Job, p packing.Progress) packing.Input {
	k := p.Current()
	b := p.Parcels[k-1]
	left, pieces := 0, 0
	for i, it := range j.Order.Items {
		left += p.Left(j.Order, i)
		pieces += it.Quantity
	}
	others := len(p.Parcels) - k
	if left < others && pieces >= len(p.Parcels) {
		return packing.Undone{At: at}
	}
	for i := range j.Order.Items {
		if p.Left(j.Order, i) > 0 && (others == 0 || left > others) {
			return packing.Counted{Line: i, N: 1, Supervisor: true, At: at}
		}
	}
	switch {
	case len(j.Rules.Boxes) > 0 && !b.Sides.Known():
		return packing.Chosen{Box: 2, At: at}
	case b.Asked:
		return packing.Approved{Supervisor: "Bo", At: at}
	case p.Weigh == packing.WeighRequire && b.Weight == 0:
		return packing.Weighed{Weight: 777, Scale: "s", At: at}
	}
	return packing.Closed{At: at}
}

func walk(t *rapid.T, j packing.Job, p packing.Progress, in packing.Input, told map[shipment.ParcelID]int) packing.Progress {
	raw, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	next, o := p.Step(j, in)
	var kept packing.Progress
	if err := json.Unmarshal(raw, &kept); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(kept, p, cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("%+v changed what was before (-kept +before):\n%s", in, diff)
	}
	again, o2 := kept.Step(j, in)
	if diff := cmp.Diff(next, again, cmpopts.EquateEmpty()); diff != "" || o.Code != o2.Code || o.Message != o2.Message {
		t.Fatalf("after a crash %+v is another (-before +after):\n%s", in, diff)
	}
	if o.Code == "" || o.Message == "" || !p.Done() && p.Next(j) == "" {
		t.Fatalf("%+v has no words: %+v", in, o)
	}
	for i, b := range next.Parcels {
		if was := p.Parcels[i]; !was.Packed.IsZero() {
			if diff := cmp.Diff(was, b, cmpopts.EquateEmpty()); diff != "" {
				t.Fatalf("%+v changed a packed parcel:\n%s", in, diff)
			}
		}
		if b.Asked {
			b.Asked = p.Parcels[i].Asked
		}
		if diff := cmp.Diff(p.Parcels[i], b, cmpopts.EquateEmpty()); o.Tone == packing.Bad && diff != "" && o.Code != "weight_deviates" && o.Code != "weigh_it" && o.Code != "weight_refused" {
			t.Fatalf("%+v was refused as %s and changed something:\n%s", in, o.Code, diff)
		}
		check(t, j, next, b)
	}
	for _, f := range o.Facts {
		if f, ok := f.(shipment.ParcelPacked); ok {
			told[f.Parcel]++
		}
	}
	return next
}

// check holds what must be true of a parcel at any time.
func check(t *rapid.T, j packing.Job, p packing.Progress, b packing.Parcel) {
	for _, in := range b.In {
		if in.N < 0 || in.Counted < 0 || in.Counted > in.N {
			t.Fatalf("parcel %d has %+v", b.K, b.In)
		}
	}
	sum := make([]int, len(j.Order.Items))
	for _, other := range p.Parcels {
		for i, in := range other.In {
			sum[i] += in.N
		}
	}
	all := true
	for i, it := range j.Order.Items {
		if sum[i] > it.Quantity {
			t.Fatalf("%d of line %d are in, of %d", sum[i], i, it.Quantity)
		}
		all = all && sum[i] == it.Quantity
	}
	if b.Packed.IsZero() {
		if p.Print == packing.WhenPacked && p.Why(j, b.K) == "" {
			t.Fatalf("parcel %d is not packed, and nothing keeps its label", b.K)
		}
		return
	}
	if b.K == len(p.Parcels) && !all {
		t.Fatalf("the last parcel is packed with %v of %+v", sum, j.Order.Items)
	}
	if p.Weigh == packing.WeighRequire && b.Weight <= 0 {
		t.Fatalf("parcel %d is packed without a weight", b.K)
	}
	if span, ok := p.Expected(j, b.K); ok && b.Weight > 0 && !span.Holds(b.Weight) && b.ApprovedBy == "" {
		t.Fatalf("parcel %d weighs %d, expected %s, and nobody said yes", b.K, b.Weight, span)
	}
	if len(j.Rules.Boxes) > 0 && !b.Sides.Known() {
		t.Fatalf("parcel %d is packed without a box", b.K)
	}
}
