package labelling_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"waybill/agent"
	"waybill/agent/labelling"
	"waybill/labels"
	"waybill/labels/fonts"
	"waybill/printer"
	"waybill/shipment/carrier"
)

// TestLanguages: one label is written, and proved, in each language; how it
// begins tells which.
func TestLanguages(t *testing.T) {
	t.Parallel()
	m := labelling.Maker{Carriers: carrier.Default(), Templates: shipped(t), Fonts: fonts.New(), Resolution: labels.DPI203}
	begins := map[string]string{"": "^XA", labelling.ZPL: "^XA", labelling.EPL: "\nR0,0\n", labelling.TSPL: "\r\nSIZE ", labelling.PDF: "%PDF-1."}
	for _, language := range append([]string{""}, labelling.Languages()...) {
		m := m
		m.Write = language
		begin, known := begins[language]
		if !known {
			t.Errorf("no test for %q", language)
			continue
		}
		content, err := m.Label(t.Context(), stateOf("ups", "ups_ground", ""), agent.Parcel{ID: "A-1", K: 1, TrackingNumber: "1Z999AA10123456784"}, time.Unix(0, 0))
		if err != nil || !bytes.HasPrefix(content, []byte(begin)) {
			t.Errorf("%q: %.60q, error %v; want it to begin with %q", language, content, err, begin)
		}
	}
	m.Write = "cpcl"
	if _, err := m.Label(t.Context(), stateOf("ups", "ups_ground", ""), agent.Parcel{ID: "A-1", K: 1, TrackingNumber: "1Z999AA10123456784"}, time.Unix(0, 0)); err == nil {
		t.Error("a label was written in a language that nobody knows")
	}
}

// TestReprintsAreMarked: a label printed again says so on its face, whatever
// language it is written in.
func TestReprintsAreMarked(t *testing.T) {
	t.Parallel()
	m := labelling.Maker{Carriers: carrier.Default(), Templates: shipped(t), Fonts: fonts.New(), Resolution: labels.DPI203}
	first := agent.Parcel{ID: "A-1", K: 1, TrackingNumber: "1Z999AA10123456784"}
	again := first
	again.Reprints = 1
	marks := func(p agent.Parcel) (n int) {
		l, err := m.Lay(stateOf("ups", "ups_ground", ""), p, time.Unix(0, 0))
		if err != nil {
			t.Fatal(err)
		}
		for _, item := range l.Items {
			if b, ok := item.(labels.Bitmap); ok && b.Text == "REPRINT" {
				n++
			}
		}
		return n
	}
	if marks(first) != 0 || marks(again) != 1 {
		t.Errorf("%d marks on the first label, %d on its reprint", marks(first), marks(again))
	}
	for _, m.Write = range labelling.Languages() {
		one, err := m.Label(t.Context(), stateOf("ups", "ups_ground", ""), first, time.Unix(0, 0))
		two, err2 := m.Label(t.Context(), stateOf("ups", "ups_ground", ""), again, time.Unix(0, 0))
		if err != nil || err2 != nil || bytes.Equal(one, two) {
			t.Errorf("%s: the reprint is the same, or errors %v, %v", m.Write, err, err2)
		}
	}
}

// TestForm: a label goes to printers loaded with what it is drawn for.
func TestForm(t *testing.T) {
	t.Parallel()
	m := labelling.Maker{Templates: shipped(t), DotsPerMM: 8}
	got, err := m.Form(stateOf("ups", "ups_ground", ""))
	if want := (printer.Form{Width: 101_600, Height: 152_400, DotsPerMM: 8}); got != want || err != nil {
		t.Errorf("%+v, %v; want %+v", got, err, want)
	}
}

func TestLanguageOf(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		wish  string
		takes []string
		want  string
		err   string
	}{
		"preset":                {"", nil, "zpl", ""},
		"the driver's":          {"", []string{"tspl"}, "tspl", ""},
		"the driver's first":    {"", []string{"epl", "zpl"}, "epl", ""},
		"as wished":             {"tspl", nil, "tspl", ""},
		"as wished and taken":   {"zpl", []string{"epl", "zpl"}, "zpl", ""},
		"wished, and not taken": {"zpl", []string{"epl"}, "", `the driver takes ["epl"]`},
		"nobody writes it":      {"cpcl", nil, "", `"cpcl": labels are written in one of`},
	} {
		got, err := labelling.LanguageOf(tt.wish, tt.takes)
		if got != tt.want || (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
			t.Errorf("%s: %q, %v; want %q, %q", name, got, err, tt.want, tt.err)
		}
	}
}
