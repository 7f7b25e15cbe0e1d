package verify

import (
	"fmt"

	"waybill/labels"
	"waybill/labels/pdfview"
	"waybill/labels/raster"
)

// PDF proves a document against the labels it was made from, a page to each:
// it is drawn from its finished bytes, must show every dot of the label and no
// other, and read back.
func PDF(ls []labels.Label, document []byte) error {
	views, err := pdfview.Render(document)
	if err != nil {
		return fmt.Errorf("read-back of a document: %w", err)
	}
	if len(views) != len(ls) {
		return fmt.Errorf("read-back of a document: %d pages, want %d", len(views), len(ls))
	}
	for i, l := range ls {
		want, err := raster.Draw(l)
		if err != nil {
			return fmt.Errorf("read-back of label %q: %w", l.Name, err)
		}
		got := views[i]
		if got.Resolution != l.Resolution || !want.Equal(got.Dots) {
			return fmt.Errorf("read-back of label %q: page %d would print other dots than were laid out", l.Name, i+1)
		}
		if err := Label(l, got.Dots); err != nil {
			return err
		}
	}
	return nil
}
