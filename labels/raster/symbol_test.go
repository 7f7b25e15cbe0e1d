package raster_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"waybill/labels"
	"waybill/labels/raster"
)

// TestSymbolBoxesAreTheDrawing holds that boxes of modules are those of dots,
// whichever way the symbol is turned.
func TestSymbolBoxesAreTheDrawing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := labels.Symbol{
			Modules: picture(t), ModuleDots: rapid.IntRange(1, 4).Draw(t, "module"),
			Turned: rapid.SampledFrom([]int{0, 90, 180, 270}).Draw(t, "turned"),
		}
		if rapid.Bool().Draw(t, "linear") {
			s.Modules, s.HeightDots = s.Modules.Crop(0, 0, s.Modules.W, 1), rapid.IntRange(1, 9).Draw(t, "height")
			s.BearerModules = rapid.IntRange(0, 1).Draw(t, "bearer")
		}
		if diff := cmp.Diff(raster.Boxes(s.Drawing()), raster.SymbolBoxes(s)); diff != "" {
			t.Fatalf("boxes (-drawing +modules):\n%s", diff)
		}
	})
}
