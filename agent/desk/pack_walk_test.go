package desk_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"waybill/agent"
	"waybill/agent/desk"
	"waybill/agent/packing"
	"waybill/printer"
	"waybill/scanner"
	"waybill/shipment"
)

// TestNothingPrintsUnpacked calls the desk at random, with crashes between, and
// holds that no way leads to the label of a parcel that is not packed, nor out of
// the house.
func TestNothingPrintsUnpacked(t *testing.T) {
	t.Parallel()
	r := bench(t, func(p *packing.Rules) { p.Operators = nil })
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		r.stock(t, ground)
		id := "O" + string(rune('A'+n%26)) + string(rune('A'+n/26%26)) + string(rune('A'+n/676))
		parcels := rapid.IntRange(1, 2).Draw(rt, "parcels")
		if _, taken, err := r.TakeOrder(t.Context(), "a.json", goods(id, parcels)); err != nil || taken != agent.Accepted {
			rt.Fatalf("%s, error %v", taken, err)
		}
		scan := func(role scanner.Role, raw string) {
			if _, err := r.Scan(t.Context(), scanner.Scan{Scanner: "gun", Role: role, Raw: []byte(raw), At: r.now}); err != nil {
				rt.Fatal(err)
			}
		}
		for range rapid.IntRange(1, 12).Draw(rt, "steps") {
			number := string(rapid.SampledFrom(r.state(t, id).Parcels).Draw(rt, "parcel").TrackingNumber)
			switch rapid.IntRange(0, 11).Draw(rt, "act") {
			case 0:
				_, _ = r.Label(t.Context(), shipment.OrderID(id))
			case 1:
				if err := r.Desk.Resume(t.Context(), 0); err != nil {
					rt.Fatal(err)
				}
			case 2:
				_, _ = r.Reprint(t.Context(), shipment.OrderID(id), rapid.IntRange(1, parcels).Draw(rt, "k"), "because")
			case 3:
				if err := r.LabelPacked(t.Context()); err != nil {
					rt.Fatal(err)
				}
			case 4:
				_, _, _ = r.Pack(t.Context(), shipment.OrderID(id), desk.PackedBy{Items: []desk.PackedLine{{Line: rapid.IntRange(1, 2).Draw(rt, "line")}}, Close: rapid.Bool().Draw(rt, "close")})
			case 5:
				_, _, _ = r.Pack(t.Context(), shipment.OrderID(id), desk.PackedBy{Box: 1, Weight: shipment.Grams(rapid.SampledFrom([]int{0, 340, 640, 740, 1040, 2000}).Draw(rt, "grams"))})
			case 6:
				scan(scanner.Dock, number)
			case 7:
				scan(scanner.Bench, number)
			case 8:
				scan(scanner.Bench, rapid.SampledFrom([]string{id, "MUG", "PLATE", "WBC:BOX:1", "WBC:CLOSE", "WBC:UNDO", "WBC:NEXT", "WBC:REPRINT:LOST"}).Draw(rt, "raw"))
			case 9:
				if err := r.Weigh(t.Context(), desk.Weight{Scale: "scale-1", Grams: 1040, Stable: true, Weighed: true}); err != nil {
					rt.Fatal(err)
				}
			case 10:
				_, _, _ = r.TakeOrder(t.Context(), "again.json", goods(id, parcels))
			case 11:
				if err := r.ResumeHeld(t.Context()); err != nil {
					rt.Fatal(err)
				}
			}
			st := r.state(t, id)
			for _, p := range st.Parcels {
				if !st.Packing.Packed(p.K) && (p.Job != "" || p.Label != "" || !p.HandedOver.IsZero() || !p.Scanned.IsZero()) {
					rt.Fatalf("parcel %d is not packed: %+v", p.K, p)
				}
				if p.Job != "" && p.Label == printer.Queued && rapid.Bool().Draw(rt, "prints") {
					r.move(t, p.Job, printer.Sending, printer.Confirmed)
				}
			}
			if st.Stage() == agent.HandedOver && !st.Packing.Done() {
				rt.Fatal("half an order left")
			}
		}
	})
}

// TestNoOrderIsInHandAtTwoBenches scans at two benches at random.
func TestNoOrderIsInHandAtTwoBenches(t *testing.T) {
	t.Parallel()
	r := bench(t, func(p *packing.Rules) { p.Weigh, p.Boxes, p.Operators = packing.WeighOff, nil, nil })
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		r.stock(t, ground)
		id := fmt.Sprint("O", n)
		s := r.take(t, goods(id, 2), agent.Accepted)
		raws := []string{id, "MUG", "WBC:CLOSE", "WBC:NEXT", string(s.Parcels[0].TrackingNumber), string(s.Parcels[1].TrackingNumber)}
		for range rapid.IntRange(1, 40).Draw(rt, "steps") {
			in := scanner.Scan{Scanner: rapid.SampledFrom([]string{"gun", "wand"}).Draw(rt, "scanner"), Role: scanner.Bench, At: r.now}
			in.Raw = []byte(rapid.SampledFrom(raws).Draw(rt, "raw"))
			if _, err := r.Scan(t.Context(), in); err != nil {
				rt.Fatal(err)
			}
			r.makeLabels(t)
			for _, p := range r.state(t, id).Parcels {
				if p.Job != "" && p.Label == printer.Queued {
					r.move(t, p.Job, printer.Sending, printer.Confirmed)
				}
			}
			one, err := r.Bench(t.Context(), "one")
			if err != nil {
				rt.Fatal(err)
			}
			if two, err := r.Bench(t.Context(), "two"); err != nil || two.Order == one.Order && two.Order != "" {
				rt.Fatalf("order %q is in hand at both benches, error %v", two.Order, err)
			}
		}
	})
}

// BenchmarkItemScan is one item's scan at a bench, from the bytes to the beep: one
// transaction, one fsync.
func BenchmarkItemScan(b *testing.B) {
	r := newRig(b, func(o *desk.Options) {
		o.Rules.Packing = packing.Rules{Check: packing.CheckScan, Print: packing.WhenPacked}
	})
	r.stock(b, ground)
	o := goods("A", 1)
	o.Items[0].Quantity, o.Items[0].Weight, o.Items[1].Weight = 100_000, 0, 0
	r.take(b, o, agent.Accepted)
	r.scan(b, scanner.Bench, "A")
	b.ReportAllocs()
	for b.Loop() {
		if res := r.scan(b, scanner.Bench, "]E04006381333931"); res.Code != "item_packed" {
			b.Fatalf("%+v", res)
		}
	}
}
