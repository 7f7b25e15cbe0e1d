package desk

import (
	"testing"

	"waybill/shipment"
)

// A weighing belongs to one parcel, and to one that still lies there.
func TestAWeightIsOneParcels(t *testing.T) {
	t.Parallel()
	still := func(g shipment.Grams) Weight { return Weight{Grams: g, Stable: true} }
	fresh := func(g shipment.Grams) Weight { return Weight{Grams: g, Stable: true, Weighed: true} }
	empty, moving, away := Weight{Stable: true, Empty: true}, Weight{Grams: 200, Words: "Not at rest."}, Weight{Words: "Scale away."}
	const packed = -1 // stands for a parcel that is packed with what lies there
	taken := Weight{Grams: packed}
	tests := map[string]struct {
		says []Weight
		want shipment.Grams // 0: none
	}{
		"nothing yet":                        {nil, 0},
		"lay there at the start":             {[]Weight{still(500)}, 0},
		"put on":                             {[]Weight{empty, still(500), fresh(500)}, 500},
		"creeps":                             {[]Weight{fresh(500), still(501)}, 500},
		"trembles":                           {[]Weight{fresh(500), moving}, 0},
		"trembled":                           {[]Weight{fresh(500), moving, still(500)}, 500},
		"something is added, not borne out":  {[]Weight{fresh(500), still(700)}, 0},
		"something was added":                {[]Weight{fresh(500), still(700), fresh(700)}, 700},
		"taken off":                          {[]Weight{fresh(500), empty}, 0},
		"taken off and another one comes":    {[]Weight{fresh(500), empty, still(500)}, 0},
		"the scale was away for a moment":    {[]Weight{fresh(500), away, still(500)}, 500},
		"packed, and lies there still":       {[]Weight{fresh(500), taken, still(500)}, 0},
		"packed, and the next one as heavy":  {[]Weight{fresh(500), taken, empty, fresh(500)}, 500},
		"packed, and another on top of that": {[]Weight{fresh(500), taken, fresh(900)}, 900},
	}
	for name, tt := range tests {
		var w weights
		for _, s := range tt.says {
			if s.Grams == packed {
				w.spend("bench")
				continue
			}
			w.set("bench", s)
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
