package packing_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"waybill/agent/packing"
	"waybill/shipment"
	"waybill/shipment/carrier"
	"waybill/shipment/scan"
)

var at = time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)

// mugs is an order of 3 mugs and a plate.
func mugs() shipment.Order {
	return shipment.Order{ID: "A", Items: []shipment.Item{
		{SKU: "MUG-BLUE", Title: "Blue mug", Quantity: 3, Weight: 400, Barcode: "4006381333931"},
		{SKU: "PLATE", Title: "Plate", Quantity: 1, Weight: 800},
	}}
}

func boxes() []packing.Box {
	return []packing.Box{
		{N: 1, Name: "Mailer", Outer: packing.Sides{Length: 200, Width: 150, Height: 50}, Tare: 40},
		{N: 2, Name: "Carton", Outer: packing.Sides{Length: 300, Width: 200, Height: 200}, Tare: 200},
	}
}

func scanned(raw string) packing.Scanned {
	s := scan.Parse(carrier.Default(), []byte(raw))
	return packing.Scanned{Codes: packing.CodesOf(s), What: s.Data, By: "Ana", At: at}
}

const (
	mug   = "]E04006381333931"
	plate = "PLATE"
)

func TestStep(t *testing.T) {
	t.Parallel()
	heavy := func(p shipment.Parcel) string {
		if p.Weight > 5000 {
			return "takes at most 5000 g"
		}
		return ""
	}
	type step struct {
		in   packing.Input
		tone packing.Tone
		code string
		says string // part of the message
	}
	by := func(in packing.Input) packing.Input { return in }
	weigh := func(g shipment.Grams) packing.Input {
		return packing.Weighed{Weight: g, Scale: "bench", By: "Ana", At: at}
	}
	tests := []struct {
		name    string
		rules   packing.Rules
		parcels int
		steps   []step
		packed  int // parcels, at the end
	}{
		{
			name: "scanned, and nothing else is wanted", rules: packing.Rules{Check: packing.CheckScan}, parcels: 1, packed: 1,
			steps: []step{
				{scanned(mug), packing.Good, "item_packed", "Blue mug: 1 of 3. Still wanted: 2 × Blue mug, 1 × Plate."},
				{scanned("4006381333931"), packing.Good, "item_packed", "2 of 3"},
				{scanned("]E04006381333948"), packing.Bad, "wrong_item", "is no item of order A. Put it back. Still wanted: 1 × Blue mug, 1 × Plate."},
				{scanned("]C0plate"), packing.Good, "item_packed", "Still wanted: 1 × Blue mug."},
				{scanned(plate), packing.Bad, "item_complete", "This is Plate, and all 1 are in already. Put it back. Still wanted: 1 × Blue mug."},
				{scanned("]d20104006381333931"), packing.Good, "packed", "Packed."},
				{scanned(mug), packing.Bad, "item_complete", "all 3 are packed already"},
				{scanned("other"), packing.Bad, "wrong_item", "everything of it is packed"},
				{packing.Undone{}, packing.Bad, "packed_already", "void the order"},
				{packing.Closed{At: at}, packing.Warn, "packed_already", ""},
			},
		},
		{
			name: "what has a barcode is scanned, what has none is counted", rules: packing.Rules{Check: packing.CheckScan}, parcels: 1, packed: 1,
			steps: []step{
				{packing.Counted{Line: 0, N: 3, At: at}, packing.Bad, "scan_it", "a supervisor may count it"},
				{packing.Counted{Line: 1, N: 2, At: at}, packing.Bad, "too_many", "1 of 1 are wanted still"},
				{packing.Counted{Line: 1, N: 1, At: at}, packing.Good, "item_counted", "Plate: 1 of 1"},
				{packing.Counted{Line: 1, N: 1, At: at}, packing.Bad, "item_complete", ""},
				{packing.Counted{Line: 2, N: 1, At: at}, packing.Bad, "no_such_line", "2 lines"},
				{packing.Counted{Line: 0, N: 3, Supervisor: true, At: at}, packing.Good, "packed", ""},
			},
		},
		{
			name: "counted, boxed and weighed", parcels: 1, packed: 1,
			rules: packing.Rules{Check: packing.CheckCount, Weigh: packing.WeighRequire, Print: packing.WhenPacked, Boxes: boxes(), Tolerance: packing.Tolerance{Grams: 30, Percent: 2}},
			steps: []step{
				{packing.Closed{At: at}, packing.Bad, "not_complete", "Still wanted: 3 × Blue mug, 1 × Plate."},
				{weigh(2000), packing.Warn, "not_complete", "Still wanted"},
				{packing.Counted{Line: 0, N: 3, At: at}, packing.Good, "item_counted", ""},
				{packing.Counted{Line: 1, N: 1, At: at}, packing.Good, "item_counted", "choose the box"},
				{packing.Chosen{Box: 7, At: at}, packing.Bad, "no_such_box", "Boxes: 1 Mailer, 2 Carton."},
				{packing.Chosen{Box: 2, At: at}, packing.Good, "box_chosen", "Put it on the scale: 2.156 kg to 2.244 kg."},
				{packing.Closed{At: at}, packing.Bad, "weigh_it", "No label without a weight"},
				{weigh(2700), packing.Bad, "weight_deviates", "2.700 kg, heavier than expected (2.156 kg to 2.244 kg)"},
				{packing.Closed{At: at}, packing.Bad, "weight_deviates", "supervisor"},
				{weigh(2210), packing.Good, "packed", "Its label prints now"},
			},
		},
		{
			name: "a supervisor's word", parcels: 1, packed: 1, rules: packing.Rules{Check: packing.CheckOff, Weigh: packing.WeighAsk, Print: packing.WhenPacked},
			steps: []step{
				{packing.Approved{Supervisor: "Bo", At: at}, packing.Warn, "nothing_to_approve", ""},
				{weigh(1000), packing.Bad, "weight_deviates", "lighter"},
				{packing.Approved{Supervisor: "Bo", At: at}, packing.Good, "packed", "approved by Bo"},
			},
		},
		{
			name: "a typed size: nobody knows what the carton weighs", parcels: 1, packed: 1,
			rules: packing.Rules{Check: packing.CheckCount, Weigh: packing.WeighRequire, Print: packing.WhenPacked, Boxes: boxes(), Tolerance: packing.Tolerance{Grams: 30}},
			steps: []step{
				{packing.Counted{Line: 0, N: 3, At: at}, packing.Good, "item_counted", ""},
				{packing.Counted{Line: 1, N: 1, At: at}, packing.Good, "item_counted", "choose the box"},
				{packing.Measured{Sides: packing.Sides{Length: 1, Width: 2, Height: 3}, From: "typed", At: at}, packing.Good, "measured", "Put it on the scale: at least 1.970 kg."},
				{weigh(1900), packing.Bad, "weight_deviates", "1.900 kg, lighter than expected (at least 1.970 kg)"},
				{weigh(2900), packing.Good, "packed", "2.900 kg"},
			},
		},
		{
			name: "a weight that is asked for can be left out", parcels: 1, packed: 1, rules: packing.Rules{Weigh: packing.WeighAsk},
			steps: []step{{packing.Closed{At: at}, packing.Good, "packed", ""}},
		},
		{
			name: "what the service does not take", parcels: 1, packed: 0, rules: packing.Rules{Weigh: packing.WeighRequire},
			steps: []step{
				{weigh(6000), packing.Bad, "weight_refused", "takes at most 5000 g"},
				{weigh(0), packing.Bad, "no_weight", ""},
			},
		},
		{
			name: "two parcels", parcels: 2, packed: 2, rules: packing.Rules{Check: packing.CheckScan, Print: packing.WhenPacked},
			steps: []step{
				{packing.Closed{At: at}, packing.Bad, "not_complete", "parcel 1 is empty"},
				{scanned(mug), packing.Good, "item_packed", "or more"},
				{scanned(mug), packing.Good, "item_packed", ""},
				{packing.Closed{At: at}, packing.Good, "packed", "Parcel 1 of 2"},
				{packing.Undone{}, packing.Warn, "nothing_to_undo", ""},
				{scanned(mug), packing.Good, "item_packed", ""},
				{packing.Closed{At: at}, packing.Bad, "not_complete", "Still wanted: 1 × Plate."},
				{scanned(plate), packing.Good, "packed", "Parcel 2 of 2"},
			},
		},
		{
			name: "everything in the first of two", parcels: 2, packed: 0, rules: packing.Rules{Check: packing.CheckCount},
			steps: []step{
				{packing.Counted{Line: 0, N: 3, At: at}, packing.Good, "item_counted", ""},
				{packing.Counted{Line: 1, N: 1, At: at}, packing.Good, "item_counted", "nothing is left for the others"},
				{packing.Closed{At: at}, packing.Bad, "not_complete", "UNDO"},
				{packing.Undone{}, packing.Good, "undone", "Take 1 × Plate out again."},
			},
		},
		{
			name: "undo", parcels: 1, packed: 0, rules: packing.Rules{Check: packing.CheckScan, Boxes: boxes()},
			steps: []step{
				{packing.Undone{}, packing.Warn, "nothing_to_undo", ""},
				{scanned(mug), packing.Good, "item_packed", ""},
				{scanned(mug), packing.Good, "item_packed", ""},
				{packing.Chosen{Box: 1, At: at}, packing.Good, "box_chosen", ""},
				{by(packing.Measured{Sides: packing.Sides{Length: 1, Width: 2, Height: 3}, From: "typed", At: at}), packing.Good, "measured", "1 × 2 × 3 mm"},
				{packing.Undone{}, packing.Good, "undone", "box is taken back"},
				{packing.Undone{}, packing.Good, "undone", "box is taken back"},
				{packing.Undone{}, packing.Good, "undone", "Take 1 × Blue mug out again. Still wanted: 2 × Blue mug"},
				{packing.Undone{}, packing.Good, "undone", "Still wanted: 3 × Blue mug"},
				{packing.Undone{}, packing.Warn, "nothing_to_undo", ""},
				{packing.Measured{From: "typed", At: at}, packing.Bad, "no_size", ""},
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			j := packing.Job{Order: mugs(), Rules: tt.rules, Bench: "bench-1", Refuses: heavy}
			p := *packing.Begin(tt.rules, tt.parcels)
			for i, s := range tt.steps {
				var o packing.Outcome
				p, o = p.Step(j, s.in)
				if o.Tone != s.tone || o.Code != s.code || !strings.Contains(strings.ToLower(o.Message), strings.ToLower(s.says)) || o.Message == "" {
					t.Fatalf("step %d, %+v: %v %s %q; want %v %s with %q", i, s.in, o.Tone, o.Code, o.Message, s.tone, s.code, s.says)
				}
			}
			packed := 0
			for k := 1; k <= tt.parcels; k++ {
				if p.Packed(k) {
					packed++
				}
			}
			if packed != tt.packed {
				t.Errorf("%d parcels are packed, want %d", packed, tt.packed)
			}
		})
	}
}

// TestWhichWeightNeedsNoWord holds when a weight is a parcel's without anybody
// saying that the box is full.
func TestWhichWeightNeedsNoWord(t *testing.T) {
	t.Parallel()
	light, declared := mugs(), mugs()
	light.Items = []shipment.Item{{SKU: "MUG-BLUE", Title: "Blue mug", Quantity: 3, Barcode: "4006381333931"}}
	declared.Parcels = []shipment.Parcel{{Weight: 2100}}
	box := packing.Chosen{Box: 2, At: at}
	tests := map[string]struct {
		order       shipment.Order
		check       packing.Check
		inputs      []packing.Input
		weight      shipment.Grams
		takes, fits bool   // put on now; lay there before
		next        string // what is said
	}{
		"checked, box known":            {mugs(), packing.CheckCount, []packing.Input{box}, 2200, true, true, "Put it on the scale: 2.170 kg to 2.230 kg."},
		"checked, box known, too heavy": {mugs(), packing.CheckCount, []packing.Input{box}, 2300, false, false, "Put it on the scale: 2.170 kg to 2.230 kg."},
		"checked, box unknown":          {mugs(), packing.CheckCount, nil, 2900, true, false, "Put it on the scale: at least 1.970 kg."},
		"checked, box unknown, light":   {mugs(), packing.CheckCount, nil, 1900, false, false, "Put it on the scale: at least 1.970 kg."},
		"checked, items without weight": {light, packing.CheckCount, nil, 900, true, false, "Put it on the scale."},
		"unchecked, as the shop says":   {declared, packing.CheckOff, nil, 2100, true, true, "Put it on the scale: 2.070 kg to 2.130 kg."},
		"unchecked, box unknown":        {mugs(), packing.CheckOff, nil, 2100, false, false, "Put it on the scale when it is full, and scan CLOSE: at least 1.970 kg."},
		"unchecked, nothing known":      {light, packing.CheckOff, nil, 250, false, false, "Put it on the scale when it is full, and scan CLOSE."},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := packing.Rules{Check: tt.check, Weigh: packing.WeighRequire, Print: packing.WhenPacked, Tolerance: packing.Tolerance{Grams: 30}}
			if len(tt.inputs) > 0 {
				r.Boxes = boxes()
			}
			j, p := packing.Job{Order: tt.order, Rules: r}, *packing.Begin(r, 1)
			if r.Check.Checks() {
				for i, it := range tt.order.Items {
					tt.inputs = append(tt.inputs, packing.Counted{Line: i, N: it.Quantity, Supervisor: true, At: at})
				}
			}
			for _, in := range tt.inputs {
				p, _ = p.Step(j, in)
			}
			if takes, fits := p.Takes(j, tt.weight), p.Fits(j, tt.weight); takes != tt.takes || fits != tt.fits {
				t.Errorf("put on now %v, lay there before %v; want %v, %v", takes, fits, tt.takes, tt.fits)
			}
			if got := p.Next(j); got != tt.next {
				t.Errorf("next: %q, want %q", got, tt.next)
			}
		})
	}
}

// TestPackedParcelsAreTold holds what the history says of a packed parcel.
func TestPackedParcelsAreTold(t *testing.T) {
	t.Parallel()
	r := packing.Rules{Check: packing.CheckCount, Weigh: packing.WeighRequire, Print: packing.WhenPacked, Boxes: boxes(), Tolerance: packing.Tolerance{Grams: 50}}
	j := packing.Job{Order: mugs(), Rules: r, Bench: "bench-1"}
	p := *packing.Begin(r, 1)
	var o packing.Outcome
	for _, in := range []packing.Input{
		scanned(mug),
		packing.Counted{Line: 0, N: 2, By: "Ana", At: at},
		scanned(plate),
		packing.Chosen{Box: 2, By: "Ana", At: at},
		packing.Weighed{Weight: 2500, Scale: "bench", By: "Ana", At: at},
		packing.Approved{Supervisor: "Bo", By: "Ana", At: at},
	} {
		p, o = p.Step(j, in)
	}
	want := []shipment.Fact{
		shipment.ParcelWeighed{Parcel: "A-1", Weight: 2500, Least: 2150, Most: 2250, Scale: "bench", Bench: "bench-1", Operator: "Ana", ApprovedBy: "Bo"},
		shipment.ParcelPacked{
			Parcel: "A-1", Of: 1, Check: "count", Box: 2, BoxName: "Carton", Weight: 2500, Length: 300, Width: 200, Height: 200, Sides: "box", Bench: "bench-1", Operator: "Ana",
			Items: []shipment.PackedItem{{Line: 1, SKU: "MUG-BLUE", Title: "Blue mug", Quantity: 3, Counted: 2}, {Line: 2, SKU: "PLATE", Title: "Plate", Quantity: 1}},
		},
	}
	if diff := cmp.Diff(want, o.Facts); diff != "" || o.Packed != 1 {
		t.Errorf("parcel %d, facts (-want +got):\n%s", o.Packed, diff)
	}
}

func TestCodes(t *testing.T) {
	t.Parallel()
	o := shipment.Order{ID: "A", Items: []shipment.Item{
		{SKU: "ean", Barcode: "4006381333931", Quantity: 9},
		{SKU: "upc", Barcode: "036000291452", Quantity: 9},
		{SKU: "case", Barcode: "10614141000415", Quantity: 9},
		{SKU: "X-1", Quantity: 9},
		{SKU: "ean8", Barcode: "96385074", Quantity: 9},
	}}
	for raw, want := range map[string]string{
		"]E04006381333931": "ean", "4006381333931": "ean", "]d20104006381333931\x1d10LOT": "ean", "]C10104006381333931": "ean",
		"https://example.com/01/04006381333931": "ean", "]E00036000291452": "upc", "036000291452": "upc",
		"]I110614141000415": "case", "]C10110614141000415": "case", "]E496385074": "ean8", "96385074": "ean8",
		"x-1": "X-1", "]Q1X-1": "X-1", "X-10": "", "WBC:NEXT": "", "": "", "]E04006381333932": "", "4006381333932": "",
	} {
		_, got := packing.Begin(packing.Rules{Check: packing.CheckScan}, 1).Step(packing.Job{Order: o}, scanned(raw))
		if got.SKU != want {
			t.Errorf("%q is %q (%s), want %q", raw, got.SKU, got.Message, want)
		}
	}
}
