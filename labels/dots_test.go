package labels_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"waybill/labels"
)

// slow is FillRect dot by dot.
func slow(d labels.Dots, x, y, w, h int) {
	for i := range w {
		for j := range h {
			d.Set(x+i, y+j)
		}
	}
}

func TestFillRectDropsWhatLiesOutside(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, h := rapid.IntRange(1, 40).Draw(t, "w"), rapid.IntRange(1, 9).Draw(t, "h")
		x, y := rapid.IntRange(-20, 45).Draw(t, "x"), rapid.IntRange(-5, 9).Draw(t, "y")
		rw, rh := rapid.IntRange(0, 50).Draw(t, "rw"), rapid.IntRange(0, 10).Draw(t, "rh")
		got, want := labels.NewDots(w, h), labels.NewDots(w, h)
		got.FillRect(x, y, rw, rh)
		slow(want, x, y, rw, rh)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("dots (-want +got):\n%s", diff)
		}
	})
}

func TestDrawAndCropAreInverse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		src := labels.NewDots(13, 5)
		copy(src.Bits, rapid.SliceOfN(rapid.Byte(), 10, 10).Draw(t, "bits"))
		for y := range src.H { // the spare bits of a row are no dots
			src.Bits[y*src.Stride+1] &= 0xf8
		}
		x, y := rapid.IntRange(0, 20).Draw(t, "x"), rapid.IntRange(0, 6).Draw(t, "y")
		page := labels.NewDots(40, 12)
		page.Draw(src, x, y)
		if diff := cmp.Diff(src, page.Crop(x, y, 13, 5)); diff != "" {
			t.Fatalf("cropped (-want +got):\n%s", diff)
		}
		page.Toggle(src, x, y)
		if _, _, w, _ := page.Ink(); w != 0 {
			t.Fatal("toggling what is drawn leaves ink")
		}
	})
}

func TestInk(t *testing.T) {
	d := labels.NewDots(30, 10)
	d.FillRect(7, 2, 11, 5)
	x, y, w, h := d.Ink()
	if diff := cmp.Diff([]int{7, 2, 11, 5}, []int{x, y, w, h}); diff != "" {
		t.Errorf("ink (-want +got):\n%s", diff)
	}
}

func TestSizeNeverPassesThePaper(t *testing.T) {
	for res, want := range map[labels.Resolution][2]int{
		labels.DPI203: {812, 1219}, labels.DPI300: {1200, 1800}, labels.DPI305: {1219, 1828}, labels.DPI600: {2438, 3657},
	} {
		w, h := labels.Label{Width: 4 * labels.Inch, Height: 6 * labels.Inch, Resolution: res}.Size()
		if diff := cmp.Diff(want, [2]int{w, h}); diff != "" {
			t.Errorf("%d (-want +got):\n%s", res, diff)
		}
	}
}
