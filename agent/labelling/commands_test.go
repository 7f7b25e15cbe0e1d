package labelling_test

import (
	"bytes"
	"image"
	_ "image/png"
	"testing"

	"waybill/agent/labelling"
	"waybill/agent/packing"
	"waybill/labels"
	"waybill/labels/fonts"
	"waybill/labels/pdfview"
	"waybill/labels/verify"
	"waybill/shipment"
	"waybill/shipment/carrier"
	"waybill/shipment/scan"
)

// TestTheSheetScansBack holds that every control barcode of the sheet is read as
// what it is, by a decoder that is not the encoder, as bars and as a square.
func TestTheSheetScansBack(t *testing.T) {
	t.Parallel()
	for _, on := range append(labelling.Sheets(), "") {
		t.Run("on "+string(on), func(t *testing.T) {
			t.Parallel()
			scansBack(t, on)
		})
	}
}

func scansBack(t *testing.T, on labelling.Sheet) {
	t.Helper()
	m := labelling.Maker{Carriers: carrier.Default(), Templates: shipped(t), Fonts: fonts.New(), Resolution: labels.DPI203}
	rules := packing.Rules{
		Boxes:     []packing.Box{{N: 1, Name: "Mailer S", Outer: packing.Sides{Length: 250, Width: 180, Height: 50}}, {N: 9, Name: "Carton XL", Outer: packing.Sides{Length: 600, Width: 400, Height: 400}}},
		Operators: []packing.Operator{{ID: "A-7", Name: "Ana Souza"}, {ID: "ABCDEFGHIJ-12345", Name: "Bo", Supervisor: true}},
	}
	document, err := m.Commands(rules, on)
	if err != nil {
		t.Fatal(err)
	}
	views, err := pdfview.Render(document)
	if err != nil {
		t.Fatal(err)
	}
	read := map[shipment.ControlCode]int{}
	for i, v := range views {
		if wide := v.Dots.W < v.Dots.H; !wide || on == labelling.Sheet4x6 && (v.Dots.W != 812 || v.Dots.H != 1219) {
			t.Errorf("page %d on %s has %d by %d dots", i+1, on, v.Dots.W, v.Dots.H)
		}
		found, err := verify.Decode(v.Dots)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range found {
			parsed := scan.Parse(carrier.Default(), []byte(s.Text))
			if parsed.Kind != scan.Command {
				t.Errorf("page %d: %q is read as %s", i+1, s.Text, parsed.Kind)
			}
			read[shipment.ControlCode{Command: parsed.Command, Argument: parsed.Argument}]++
		}
		picture, pages, err := m.CommandsPicture(rules, on, i+1)
		if err != nil || pages != len(views) {
			t.Fatalf("page %d of %d, error %v", i+1, pages, err)
		}
		if _, _, err := image.Decode(bytes.NewReader(picture)); err != nil {
			t.Errorf("page %d is no picture: %v", i+1, err)
		}
	}
	for _, want := range []shipment.ControlCode{
		{Command: "next"},
		{Command: "undo"},
		{Command: "close"},
		{Command: "reprint", Argument: "damaged"},
		{Command: "reprint", Argument: "unreadable"},
		{Command: "reprint", Argument: "lost"},
		{Command: "box", Argument: "1"},
		{Command: "box", Argument: "9"},
		{Command: "badge", Argument: "A-7"},
		{Command: "badge", Argument: "ABCDEFGHIJ-12345"},
	} {
		if read[want] != 2 {
			t.Errorf("%s is read %d times, want as bars and as a square", want, read[want])
		}
		delete(read, want)
	}
	if len(read) > 0 {
		t.Errorf("the sheet has more: %v", read)
	}
	if picture, _, err := m.CommandsPicture(rules, on, 99); picture != nil || err != nil {
		t.Errorf("page 99: %d bytes, error %v", len(picture), err)
	}
}
