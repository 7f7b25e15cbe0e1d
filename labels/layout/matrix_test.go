package layout_test

import (
	"testing"

	"waybill/labels"
	"waybill/labels/fonts"
	"waybill/labels/layout"
)

// TestMatrixCodes lays out the square codes, names beyond ASCII and GS1 among
// them, and reads them back from the printer's language.
func TestMatrixCodes(t *testing.T) {
	for name, element := range map[string]string{
		"QR of a name":  "{name: a, kind: barcode, symbology: qr, at: [2, 2], width: 40, height: 40, level: Q, value: to}",
		"GS1 QR":        `{name: a, kind: barcode, symbology: gs1_qr, at: [2, 2], width: 30, height: 30, value: '"010952123454321310AB%" + gs + "2112345"'}`,
		"Aztec":         "{name: a, kind: barcode, symbology: aztec, at: [2, 2], width: 30, height: 30, value: qr}",
		"QR in a small": "{name: a, kind: barcode, symbology: qr, at: [2, 2], width: 14, height: 14, text: 李小龍}",
	} {
		t.Run(name, func(t *testing.T) {
			for _, res := range []labels.Resolution{labels.DPI203, labels.DPI300, labels.DPI600} {
				l, err := layout.Lay(elements(t, "- "+element), data(t, settled()), res, fonts.New())
				if err != nil {
					t.Fatal(err)
				}
				prove(t, l)
			}
		})
	}
}
