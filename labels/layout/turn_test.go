package layout_test

import (
	"fmt"
	"testing"

	"waybill/labels"
	"waybill/labels/fonts"
	"waybill/labels/layout"
	"waybill/labels/raster"
	"waybill/labels/verify"
)

// everySymbology returns the keys of a barcode of each symbology.
func everySymbology() map[labels.Symbology]string {
	return map[labels.Symbology]string{
		labels.Code128:       "value: tracking_number",
		labels.GS1128:        "text: (420)94107(92)055903301900000000",
		labels.QR:            "value: qr",
		labels.GS1QR:         "text: 0109521234543213",
		labels.Aztec:         "value: qr",
		labels.DataMatrix:    "shape: rectangle, text: TS-YOGA-1",
		labels.GS1DataMatrix: "text: (01)09521234543213(10)AB",
		labels.PDF417:        "columns: 4, value: qr",
		labels.EAN13:         "text: '590123412345'",
		labels.EAN8:          "text: '9638507'",
		labels.UPCA:          "text: '03600029145'",
		labels.UPCE:          "text: '123456'",
		labels.ITF14:         "bearer: true, text: '1540014128876', min_module: 0.33",
		labels.Code39:        "check: true, text: WB-1",
		labels.Code39Full:    "text: wb-1",
		labels.Code93:        "text: wb-1",
		labels.Codabar:       "text: A12B",
		labels.IMb:           "text: '01234567094987654321'",
		labels.MaxiCode:      "mode: 4, text: 1Z12345675",
	}
}

// filled returns a label that one element fills.
func filled(t *testing.T, w, h float64, element string, res labels.Resolution) labels.Label {
	t.Helper()
	tm := parse(t, fmt.Sprintf("name: filled\nsize_mm: [%g, %g]\nelements:\n- {name: a, at: [0, 0], width: %g, height: %g, %s}\n", w, h, w, h, element))
	return lay(t, tm, data(t, settled()), res, fonts.New())
}

func drawn(t *testing.T, l labels.Label) labels.Dots {
	t.Helper()
	d, err := raster.Draw(l)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestTurnedIsTheSameTurned holds that a turned element is the upright one,
// turned dot for dot, and that every symbol reads back whichever way it stands,
// from its dots and from the printer's language.
func TestTurnedIsTheSameTurned(t *testing.T) {
	elements := map[string]string{
		"text":     "kind: text, size: 12, lines: 3, value: to",
		"right":    "kind: text, size: 12, align: right, valign: bottom, lines: 3, value: to",
		"inverted": "kind: text, size: 12, invert: true, align: centre, valign: middle, text: REPRINT",
		"human":    "kind: barcode, symbology: code128, align: centre, value: tracking_number, human: below",
		"above":    "kind: barcode, symbology: qr, align: right, text: WB1, human: above, human_size: 7",
	}
	for s, keys := range everySymbology() {
		elements[string(s)] = "kind: barcode, align: centre, symbology: " + string(s) + ", " + keys
	}
	for name, element := range elements {
		for _, res := range []labels.Resolution{labels.DPI203, labels.DPI300, labels.DPI600} {
			t.Run(fmt.Sprintf("%s/%d", name, res), func(t *testing.T) {
				t.Parallel()
				const wide, high = 95.25, 31.75 // mm: whole dots at every resolution
				upright := drawn(t, filled(t, wide, high, element, res))
				for _, degrees := range []int{90, 180, 270} {
					w, h := float64(wide), float64(high)
					if degrees != 180 {
						w, h = h, w
					}
					l := filled(t, w, h, element+fmt.Sprintf(", rotate: %d", degrees), res)
					got := drawn(t, l)
					if !upright.Turn(degrees).Equal(got) {
						t.Errorf("%d degrees: other dots than the upright one turned", degrees)
					}
					if err := verify.Label(l, got); err != nil {
						t.Errorf("%d degrees: %v", degrees, err)
					}
					prove(t, l)
				}
			})
		}
	}
}

// TestTurnedAreaIsOnTheLabel holds what at, width and height mean of a turned
// element: the area it has on the label, in whose corner its text begins.
func TestTurnedAreaIsOnTheLabel(t *testing.T) {
	for degrees, corner := range map[int][2]int{90: {1, 0}, 180: {1, 1}, 270: {0, 1}} { // right, bottom
		w, h := 20, 40
		if degrees == 180 {
			w, h = h, w
		}
		l := lay(t, elements(t, fmt.Sprintf("- {name: a, kind: text, at: [10, 5], width: %d, height: %d, size: 14, rotate: %d, text: EDGE}", w, h, degrees)),
			data(t, settled()), labels.DPI203, fonts.New())
		x, y, iw, ih := drawn(t, l).Ink()
		const near = 16 // dots: the white above capitals
		left, top, right, bottom := x-80, y-40, 80+8*w-x-iw, 40+8*h-y-ih
		across, down := left, top
		if corner[0] == 1 {
			across = right
		}
		if corner[1] == 1 {
			down = bottom
		}
		if min(left, top, right, bottom) < 0 || across > near || down > near {
			t.Errorf("%d degrees: %d dots from the left, %d from the top, %d from the right, %d from the bottom of its area",
				degrees, left, top, right, bottom)
		}
	}
}

func TestTurnedIsRefused(t *testing.T) {
	l, err := layout.Lay(elements(t, "- {name: a, kind: text, at: [1, 1], width: 8, height: 20, size: 14, rotate: 90, text: A LONG TEXT THAT HAS NO ROOM}"),
		data(t, settled()), labels.DPI203, fonts.New())
	if err == nil {
		t.Errorf("fits: %v", l)
	}
}
