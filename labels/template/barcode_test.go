package template_test

import (
	"strings"
	"testing"

	"waybill/labels/template"
)

func TestBarcodeChoicesAreChecked(t *testing.T) {
	const bar = "- {name: a, kind: barcode, at: [1,1], width: 90, height: 20, text: x, symbology: "
	for keys, want := range map[string]string{
		"qr, level: 5":                              "level: want one of L, M, Q, H for qr, have \"5\"",
		"aztec, level: 4":                           "level: want one of 5, 6, 7",
		"pdf417, level: H":                          "level: want one of 0, 1, 2",
		"code128, level: L":                         "level: code128 has no such choice (qr, gs1_qr, pdf417, aztec have)",
		"qr, columns: 4":                            "columns: qr has no such choice (datamatrix, gs1_datamatrix, pdf417 have)",
		"aztec, rows: 4":                            "rows: aztec has no such choice",
		"qr, shape: square":                         "shape: qr has no such choice",
		"pdf417, shape: round":                      "shape: want one of square, rectangle",
		"code128, mode: 4":                          "mode: code128 has no such choice (maxicode have)",
		"maxicode, mode: 7":                         "mode: want a whole number between 2 and 6",
		"code128, bearer: true":                     "bearer: code128 has no such choice",
		"ean13, check: true":                        "check: ean13 has no such choice",
		"qr, row_modules: 3":                        "row_modules: qr has no such choice",
		"datamatrix, min_version: 3":                "min_version: datamatrix has no such choice",
		"code128, quiet: 0":                         "quiet: want a whole number between 1 and 50",
		"code128, human: beside":                    "human: want one of none, below, above",
		"code128, human_size: 8":                    "human_size: there is no text for people to which it applies",
		"code128, human: none, human_value: qr":     "human_value: there is no text for people",
		"code128, human: below, human_size: 90":     "human: its text takes 39.7 mm, which leaves no room for the bars",
		"code128, human: below, human_min_size: 10": "human_min_size: larger than human_size",
		"code128, human: below, human_value: qrr":   `human_value: unknown name "qrr"; did you mean "qr"?`,
		"code128, rotate: 45":                       "rotate: want 90, 180 or 270",
		"code128, min_module: 2, max_module: 1":     "min_module: larger than max_module",
	} {
		_, err := template.Parse("t.yaml", []byte(head+bar+keys+"}"))
		if err == nil || !strings.Contains(err.Error(), `t.yaml:4: element "a": `) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v\nwant one that says %q", keys, err, want)
		}
	}
	for _, keys := range []string{
		"qr, level: Q, min_version: 3", "pdf417, level: 5, columns: 14, rows: 10, row_modules: 5", "datamatrix, shape: rectangle, rows: 8, columns: 32",
		"maxicode, mode: 5", "itf14, bearer: true", "code39, check: true", "codabar, check: true",
		"code128, quiet: 12, human: above, human_size: 7, human_min_size: 5, human_bold: true, human_value: qr, rotate: 180",
	} {
		if _, err := template.Parse("t.yaml", []byte(head+bar+keys+"}")); err != nil {
			t.Errorf("%s: %v", keys, err)
		}
	}
}

func TestRotationIsChecked(t *testing.T) {
	for element, want := range map[string]string{
		"kind: text, width: 9, size: 8, text: x, rotate: 90":           "rotate: needs a height",
		"kind: line, width: 9, thickness: 1, rotate: 90":               `unknown key "rotate"`,
		"kind: box, width: 9, height: 9, rotate: 90":                   `unknown key "rotate"`,
		"kind: text, width: 9, height: 9, size: 8, text: x, rotate: 0": "rotate: want 90, 180 or 270",
	} {
		_, err := template.Parse("t.yaml", []byte(head+"- {name: a, at: [1,1], "+element+"}"))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v\nwant one that says %q", element, err, want)
		}
	}
}
