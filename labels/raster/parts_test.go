package raster_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"waybill/labels"
	"waybill/labels/raster"
)

func picture(t *rapid.T) labels.Dots {
	d := labels.NewDots(rapid.IntRange(1, 70).Draw(t, "w"), rapid.IntRange(1, 40).Draw(t, "h"))
	for range rapid.IntRange(0, 6).Draw(t, "boxes") {
		d.FillRect(rapid.IntRange(0, 70).Draw(t, "x"), rapid.IntRange(0, 40).Draw(t, "y"),
			rapid.IntRange(0, 30).Draw(t, "wide"), rapid.IntRange(0, 9).Draw(t, "high"))
	}
	return d
}

func TestBoxesCoverEachDotOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := picture(t)
		got := labels.NewDots(want.W, want.H)
		for _, b := range raster.Boxes(want) {
			box := labels.NewDots(b.W, b.H)
			box.FillRect(0, 0, b.W, b.H)
			got.Toggle(box, b.X, b.Y) // a dot that is covered twice is white again
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("boxes (-want +got):\n%s", diff)
		}
	})
}

func TestStripsCoverEachDotOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := picture(t)
		most := rapid.IntRange(1, 100).Draw(t, "most")
		got := labels.NewDots(want.W, want.H)
		for _, s := range raster.Strips(want, most) {
			if len(s.Dots.Bits) > most && s.Dots.H > 1 {
				t.Errorf("a strip of %d bytes, want %d at the most", len(s.Dots.Bits), most)
			}
			if s.X%8 != 0 || s.Y < 0 || s.Y+s.Dots.H > want.H {
				t.Errorf("a strip at %d,%d", s.X, s.Y)
			}
			got.Toggle(s.Dots, s.X, s.Y)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("strips (-want +got):\n%s", diff)
		}
	})
}

func TestSplitIsTheLabel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := labels.Label{Name: "any", Width: 10 * labels.Millimetre, Height: 6 * labels.Millimetre, Resolution: labels.DPI203}
		for range rapid.IntRange(0, 5).Draw(t, "items") {
			at := labels.Point{
				X: labels.Length(rapid.IntRange(-1000, 11000).Draw(t, "x")),
				Y: labels.Length(rapid.IntRange(-1000, 7000).Draw(t, "y")),
			}
			switch rapid.IntRange(0, 2).Draw(t, "kind") {
			case 0:
				l.Items = append(l.Items, labels.Fill{Rect: labels.Rect{Min: at, Width: 2000, Height: 500}})
			case 1:
				l.Items = append(l.Items, labels.Bitmap{At: at, Dots: picture(t)})
			case 2:
				modules := picture(t).Crop(0, 0, 20, 1)
				l.Items = append(l.Items, labels.Symbol{At: at, Modules: modules, ModuleDots: 2, HeightDots: 30})
			}
		}
		want, err := raster.Draw(l)
		if err != nil {
			t.Fatal(err)
		}
		boxes, got, err := raster.Split(l, rapid.IntRange(1, 40).Draw(t, "cost"))
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range boxes {
			if b.X < 0 || b.Y < 0 || b.W < 1 || b.H < 1 || b.X+b.W > want.W || b.Y+b.H > want.H {
				t.Errorf("a box past the edge: %v", b)
			}
			got.FillRect(b.X, b.Y, b.W, b.H)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("label (-want +got):\n%s", diff)
		}
	})
}
