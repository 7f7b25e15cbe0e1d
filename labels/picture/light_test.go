package picture

import (
	"math"
	"testing"
)

// TestLightIsSRGB reckons the table anew.
func TestLightIsSRGB(t *testing.T) {
	for i, got := range light {
		c := float64(i) / 255
		want := math.Pow((c+0.055)/1.055, 2.4)
		if c <= 0.04045 {
			want = c / 12.92
		}
		if math.Abs(want*white-float64(got)) > 0.51 {
			t.Errorf("light of %d: %d, want %.2f", i, got, want*white)
		}
		if g := grey(uint8(i), uint8(i), uint8(i)); g != uint8(i) {
			t.Errorf("grey of grey %d: %d", i, g)
		}
	}
	if r, g, b := grey(255, 0, 0), grey(0, 255, 0), grey(0, 0, 255); r != 127 || g != 220 || b != 76 {
		t.Errorf("greys of red, green and blue: %d, %d, %d", r, g, b)
	}
}

// TestScreenHasEveryThresholdOnce holds that the screen is even.
func TestScreenHasEveryThresholdOnce(t *testing.T) {
	seen := map[int32]bool{}
	for y := range 8 {
		for x := range 8 {
			seen[bayer(x, y)] = true
		}
	}
	if len(seen) != 64 {
		t.Errorf("%d thresholds, want 64", len(seen))
	}
}
