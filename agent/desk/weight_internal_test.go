package desk

import (
	"testing"
	"time"

	"waybill/shipment"
)

// A weighing is of what still lies there.
func TestAWeightIsOfWhatLiesThere(t *testing.T) {
	t.Parallel()
	still := func(g shipment.Grams) Weight { return Weight{Grams: g, Stable: true} }
	fresh := func(g shipment.Grams) Weight { return Weight{Grams: g, Stable: true, Weighed: true} }
	empty, moving, away := Weight{Stable: true, Empty: true}, Weight{Grams: 200, Words: "Not at rest."}, Weight{Words: "Scale away."}
	tests := map[string]struct {
		says []Weight
		want shipment.Grams // 0: none
	}{
		"nothing yet":                       {nil, 0},
		"lay there at the start":            {[]Weight{still(500)}, 0},
		"put on":                            {[]Weight{empty, still(500), fresh(500)}, 500},
		"creeps":                            {[]Weight{fresh(500), still(501)}, 500},
		"trembles":                          {[]Weight{fresh(500), moving}, 0},
		"trembled":                          {[]Weight{fresh(500), moving, still(500)}, 500},
		"something is added, not borne out": {[]Weight{fresh(500), still(700)}, 0},
		"something was added":               {[]Weight{fresh(500), still(700), fresh(700)}, 700},
		"flickers by a coarse scale's step": {[]Weight{fresh(500), {Grams: 590, Step: 46, Stable: true}}, 500},
		"more than a coarse scale's steps":  {[]Weight{fresh(500), {Grams: 636, Step: 46, Stable: true}}, 0},
		"taken off":                         {[]Weight{fresh(500), empty}, 0},
		"taken off and another one comes":   {[]Weight{fresh(500), empty, still(500)}, 0},
		"the scale was away for a moment":   {[]Weight{fresh(500), away, still(500)}, 500},
	}
	for name, tt := range tests {
		var w weights
		for _, s := range tt.says {
			w.set("bench", s, "id", time.Time{})
		}
		got, ok := w.of("bench")
		if ok != (tt.want != 0) || ok && got.Grams != tt.want {
			t.Errorf("%s: %d g, %v; want %d", name, got.Grams, ok, tt.want)
		}
		if other, ok := w.of("other"); ok {
			t.Errorf("%s: another bench has %d g", name, other.Grams)
		}
	}
}
