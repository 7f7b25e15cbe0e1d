package labels_test

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"

	"waybill/labels"
)

// TestCropIsEveryDot compares Crop with a dot after the other, of parts in and
// about the picture.
func TestCropIsEveryDot(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := labels.NewDots(rapid.IntRange(0, 40).Draw(t, "width"), rapid.IntRange(0, 6).Draw(t, "height"))
		copy(d.Bits, rapid.SliceOfN(rapid.Byte(), 0, len(d.Bits)).Draw(t, "bits")) // bits past its width are no dots
		x, y := rapid.IntRange(-45, 45).Draw(t, "x"), rapid.IntRange(-7, 7).Draw(t, "y")
		want := labels.NewDots(rapid.IntRange(0, 50).Draw(t, "w"), rapid.IntRange(0, 8).Draw(t, "h"))
		for wy := range want.H {
			for wx := range want.W {
				if d.Black(x+wx, y+wy) {
					want.Set(wx, wy)
				}
			}
		}
		if got := d.Crop(x, y, want.W, want.H); !bytes.Equal(want.Bits, got.Bits) || got.W != want.W || got.H != want.H {
			t.Fatalf("at %d,%d: %08b\nwant %08b", x, y, got.Bits, want.Bits)
		}
	})
}

// TestEqualIsEveryDot compares Equal with a dot after the other, on pictures
// that differ in a few bits at the most, some of them past the width.
func TestEqualIsEveryDot(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := labels.NewDots(rapid.IntRange(0, 20).Draw(t, "width"), rapid.IntRange(0, 3).Draw(t, "height"))
		copy(a.Bits, rapid.SliceOfN(rapid.Byte(), 0, len(a.Bits)).Draw(t, "bits"))
		b := a
		if b.Bits = bytes.Clone(a.Bits); len(b.Bits) > 0 {
			b.Bits[rapid.IntRange(0, len(b.Bits)-1).Draw(t, "byte")] ^= rapid.SampledFrom([]byte{0, 1, 0x80, 0x10, 0x0f}).Draw(t, "flipped")
		}
		want := true
		for y := range a.H {
			for x := range a.W {
				want = want && a.Black(x, y) == b.Black(x, y)
			}
		}
		if got := a.Equal(b); got != want {
			t.Fatalf("%t, want %t: %v, %v", got, want, a, b)
		}
		wider := a
		if wider.W++; a.Equal(wider) {
			t.Fatal("equal to one of another size")
		}
	})
}

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
