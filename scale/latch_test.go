package scale_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"waybill/scale"
)

func at(grams int64) scale.Reading {
	return scale.Reading{Stable: true, Weight: scale.Weight{Value: grams, Unit: scale.Gram}}
}

func moving(grams int64) scale.Reading {
	r := at(grams)
	r.Stable, r.Condition = false, scale.Motion
	return r
}

func ailing(c scale.Condition) scale.Reading { return scale.Reading{Condition: c} }

func TestLatch(t *testing.T) {
	tests := map[string]struct {
		readings []scale.Reading
		want     []int64 // the grams of each weighing
	}{
		"a parcel, once":                   {[]scale.Reading{at(0), moving(300), at(500), at(500), at(500)}, []int64{500}},
		"two parcels of one weight":        {[]scale.Reading{at(0), at(500), moving(200), at(0), at(500)}, []int64{500, 500}},
		"two exchanged on the scale":       {[]scale.Reading{at(0), at(500), moving(600), at(700)}, []int64{500, 700}},
		"exchanged for one as heavy":       {[]scale.Reading{at(0), at(500), moving(100), at(500)}, []int64{500}},
		"leaned upon":                      {[]scale.Reading{at(0), at(500), moving(900), at(500)}, []int64{500}},
		"filled while it lies there":       {[]scale.Reading{at(0), at(100), moving(200), at(350), moving(400), at(500)}, []int64{100, 350, 500}},
		"creep is nothing new":             {[]scale.Reading{at(0), at(500), at(502), at(504), at(506)}, []int64{500, 506}},
		"lies there at the start":          {[]scale.Reading{at(500), at(500), moving(10), at(0), at(500)}, []int64{500}},
		"another than lay at the start":    {[]scale.Reading{at(500), moving(10), at(700)}, []int64{700}},
		"below zero is empty":              {[]scale.Reading{at(0), at(500), ailing(scale.Under), at(500)}, []int64{500, 500}},
		"stably below zero is empty":       {[]scale.Reading{at(0), at(500), at(-20), at(500)}, []int64{500, 500}},
		"not quite zero is empty":          {[]scale.Reading{at(1), at(500), at(1), at(500)}, []int64{500, 500}},
		"motion is no weighing":            {[]scale.Reading{at(0), moving(500), moving(500)}, nil},
		"silence and faults are no motion": {[]scale.Reading{at(0), at(500), ailing(scale.NoAnswer), ailing(scale.Over), ailing(scale.Garbled), at(500)}, []int64{500}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var l scale.Latch
			var got []int64
			for _, r := range tt.readings {
				for range 2 {
					if l.Push(r) {
						got = append(got, int64(r.Weight.Grams()))
					}
				}
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("weighings (-want +got):\n%s", d)
			}
		})
	}
}

// What came once may be what the wire made of it.
func TestLatchWantsProof(t *testing.T) {
	tests := map[string]struct {
		readings []scale.Reading
		want     []int64
	}{
		"a lost digit":               {[]scale.Reading{at(0), at(0), at(50), at(500), at(500)}, []int64{500}},
		"a lost digit looks empty":   {[]scale.Reading{at(0), at(0), at(500), at(500), at(0), at(500), at(500)}, []int64{500}},
		"a sign from nowhere":        {[]scale.Reading{at(0), at(0), at(500), at(500), ailing(scale.Under), at(500), at(500)}, []int64{500}},
		"motion in between":          {[]scale.Reading{at(0), at(0), at(500), moving(500), at(500)}, nil},
		"the first look is no proof": {[]scale.Reading{at(0), at(500), at(500), at(700), at(700)}, []int64{700}},
		"a flickering last digit":    {[]scale.Reading{at(0), at(0), at(500), at(501)}, []int64{501}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var l scale.Latch
			var got []int64
			for _, r := range tt.readings {
				if l.Push(r) {
					got = append(got, int64(r.Weight.Grams()))
				}
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("weighings (-want +got):\n%s", d)
			}
		})
	}
}

// After an absence, what lies on the scale may be what lay there before.
func TestLatchForgets(t *testing.T) {
	var l scale.Latch
	counts := func(r scale.Reading) bool { first := l.Push(r); return l.Push(r) || first }
	counts(at(0))
	if !counts(at(500)) {
		t.Fatal("the first parcel does not count")
	}
	counts(at(0))
	l.Forget()
	if l.Empty() || counts(at(500)) {
		t.Error("after an absence the same weight counts again")
	}
	if !counts(at(700)) {
		t.Error("after an absence another weight does not count")
	}
	counts(at(0))
	if !l.Empty() || !counts(at(700)) {
		t.Error("a parcel after an empty scale does not count")
	}
}

// A scale that steps by tenths of a pound flickers by one step; that is neither
// another parcel nor a parcel on an empty scale.
func TestLatchKnowsTheScalesStep(t *testing.T) {
	pounds := func(tenths int64) scale.Reading {
		return scale.Reading{Stable: true, Weight: scale.Weight{Value: tenths, Exponent: -1, Unit: scale.Pound}}
	}
	var l scale.Latch
	for i, step := range []struct {
		tenths int64
		want   bool
	}{{0, false}, {1, false}, {52, true}, {51, false}, {53, false}, {1, false}, {52, true}, {56, true}, {0, false}, {2, true}, {0, false}, {3, true}, {6, true}, {1, false}, {2, true}} {
		first := l.Push(pounds(step.tenths))
		if got := l.Push(pounds(step.tenths)) || first; got != step.want {
			t.Errorf("step %d, %d tenths of a pound: a weighing is %v, want %v", i, step.tenths, got, step.want)
		}
	}
}

// What is the least parcel and the least change is told in what the scale shows,
// whatever grams make of it.
func TestLatchComparesWhatTheScaleShows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		unit := rapid.SampledFrom(scale.Units()).Draw(t, "unit")
		exponent := rapid.IntRange(-4, 0).Draw(t, "exponent")
		w := func(value int64) scale.Weight { return scale.Weight{Value: value, Exponent: exponent, Unit: unit} }
		if w(1000).Grams() < 2000 {
			t.Skip("finer than the fixed limits in grams")
		}
		base, steps := rapid.Int64Range(2, 500).Draw(t, "base"), rapid.Int64Range(0, 5).Draw(t, "steps")
		var l scale.Latch
		counts := func(value int64) bool {
			r := scale.Reading{Stable: true, Weight: w(value)}
			first := l.Push(r)
			return l.Push(r) || first
		}
		if counts(0) || counts(1) || !l.Empty() {
			t.Fatalf("one step of %s is no empty scale", w(1))
		}
		if !counts(base) {
			t.Fatalf("%s is no parcel", w(base))
		}
		if got := counts(base + steps); got != (steps >= 3) {
			t.Fatalf("%s after %s is another: %v", w(base+steps), w(base), got)
		}
	})
}

// However the readings come, a weighing is always stable, and between two of like
// weight the scale was empty or showed something else in between.
func TestLatchNeverWeighsTwice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var l scale.Latch
		const none = -1
		last, cleared, before := int64(none), false, scale.Reading{}
		for range rapid.IntRange(1, 60).Draw(t, "readings") {
			grams := rapid.SampledFrom([]int64{-30, 0, 1, 100, 102, 250, 500, 503, 900}).Draw(t, "grams")
			r := at(grams)
			switch rapid.IntRange(0, 4).Draw(t, "kind") {
			case 0:
				r = moving(grams)
			case 1:
				r = ailing(rapid.SampledFrom(scale.Conditions()).Draw(t, "condition"))
			case 2:
				l.Forget()
				cleared, before = false, scale.Reading{}
			}
			cleared = cleared || r.Condition == scale.Under || r.Usable() && grams < 2
			proved := before.Usable() && r.Usable() && max(before.Weight.Value-grams, grams-before.Weight.Value) < 5
			before = r
			if !l.Push(r) {
				continue
			}
			if !proved || grams < 2 {
				t.Fatalf("%+v became a weighing", r)
			}
			if !cleared && last != none && grams-last < 5 && last-grams < 5 {
				t.Fatalf("%d g became a weighing after %d g, and the scale was not empty", grams, last)
			}
			last, cleared = grams, false
		}
	})
}
