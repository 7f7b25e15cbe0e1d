package verify

import (
	"fmt"

	"waybill/labels"
	"waybill/labels/formview"
	"waybill/labels/raster"
)

// Form proves a form of EPL2 or TSPL against the label it was made from: it is
// drawn as a printer would, must be understood to the last command, print one
// copy, show every dot of the label and no other, and read back.
func Form(l labels.Label, language formview.Language, form []byte) error {
	var view formview.View
	n := 0
	if err := language.Render(form, l.Resolution, func(v formview.View) { view, n = v, n+v.Copies }); err != nil {
		return fmt.Errorf("read-back of label %q: %w", l.Name, err)
	}
	if len(view.Unknown) > 0 {
		return fmt.Errorf("read-back of label %q: commands nobody can vouch for: %q", l.Name, view.Unknown)
	}
	if n != 1 {
		return fmt.Errorf("read-back of label %q: it would print %d labels, want 1", l.Name, n)
	}
	want, err := raster.Draw(l)
	if err != nil {
		return fmt.Errorf("read-back of label %q: %w", l.Name, err)
	}
	if view.Sensed { // the paper goes on where the printer finds its end
		view.Dots = view.Dots.Crop(0, 0, view.Dots.W, max(view.Dots.H, want.H))
	}
	if !showsOnly(view.Dots, want) {
		return fmt.Errorf("read-back of label %q: it would print other dots than were laid out", l.Name)
	}
	return Label(l, view.Dots.Crop(0, 0, want.W, want.H))
}

// showsOnly reports whether got is want: a dot wider at the most, which is what
// becomes of a size in hundredths of a millimetre, and of any greater length,
// which EPL2 may leave to the printer, but without ink there.
func showsOnly(got, want labels.Dots) bool {
	if got.W < want.W || got.W > want.W+1 || got.H < want.H {
		return false
	}
	x, y, w, h := got.Ink()
	return x+w <= want.W && y+h <= want.H && got.Crop(0, 0, want.W, want.H).Equal(want)
}
