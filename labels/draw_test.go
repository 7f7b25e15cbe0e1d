package labels_test

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"

	"waybill/labels"
)

// TestDrawMovesEveryDot compares Draw with a dot after the other, at places in
// and about the picture.
func TestDrawMovesEveryDot(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		picture := func(name string) labels.Dots {
			d := labels.NewDots(rapid.IntRange(0, 40).Draw(t, name+" width"), rapid.IntRange(0, 6).Draw(t, name+" height"))
			copy(d.Bits, rapid.SliceOfN(rapid.Byte(), 0, len(d.Bits)).Draw(t, name)) // bits past its width are no dots
			return d
		}
		src, got := picture("source"), picture("target")
		x, y := rapid.IntRange(-45, 45).Draw(t, "x"), rapid.IntRange(-7, 7).Draw(t, "y")
		want := got
		want.Bits = bytes.Clone(got.Bits)
		for sy := range src.H {
			for sx := range src.W {
				if src.Black(sx, sy) {
					want.Set(x+sx, y+sy)
				}
			}
		}
		got.Draw(src, x, y)
		if !bytes.Equal(want.Bits, got.Bits) {
			t.Fatalf("at %d,%d: %08b\nwant %08b", x, y, got.Bits, want.Bits)
		}
	})
}
