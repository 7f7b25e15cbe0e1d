package verify_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"waybill/internal/raced"
	"waybill/labels"
	"waybill/labels/barcode"
	"waybill/labels/verify"
)

// inspected returns the report on the one symbol of a page.
func inspected(t *testing.T, page labels.Dots, res labels.Resolution, set string) (verify.Found, verify.Report) {
	t.Helper()
	found, err := verify.Decode(page)
	if err != nil || len(found) != 1 {
		t.Fatalf("found %+v, %v", found, err)
	}
	return found[0], verify.Inspect(page, res, found[0], set)
}

func codes(r verify.Report) []string {
	var codes []string
	for _, p := range r.Problems {
		codes = append(codes, p.Code)
	}
	return codes
}

// TestDecodability holds the estimate against what ISO/IEC 15417's formula says
// of bars that are a dot wider: three bars of a character grow by a dot each,
// of 1.75 modules.
func TestDecodability(t *testing.T) {
	for _, tc := range []struct {
		s       labels.Symbology
		payload string
		module  int
		want    int
		grade   string
	}{
		{labels.Code128, "1Z999AA10123456784", 2, 14, "F"},
		{labels.Code128, "1Z999AA10123456784", 3, 42, "C"},
		{labels.Code128, "1Z999AA10123456784", 4, 57, "B"},
		{labels.Code128, "1Z999AA10123456784", 5, 65, "A"},
		{labels.Code128, "1Z999AA10123456784", 8, 78, "A"},
		{labels.EAN13, "590123412345", 2, 0, "F"}, // two bars of a 1, 2, 7 or 8, of one module
		{labels.EAN13, "590123412345", 3, 33, "D"},
		{labels.EAN13, "590123412345", 4, 50, "B"},
		{labels.Code93, "WB-1", 2, 100, "A"}, // growth moves no edge against the next of its kind
	} {
		page := labels.NewDots(1800, 100)
		page.Draw(symbolOf(t, tc.s, tc.payload, barcode.Options{}, tc.module).Drawing(), 200, 30)
		_, r := inspected(t, page, labels.DPI203, "none")
		if r.Decodability == nil || *r.Decodability != tc.want || r.Grade != tc.grade || r.GrowthTolerance != nil {
			t.Errorf("%s with a module of %d dots: decodability %v, grade %s; want %d, %s", tc.s, tc.module, *r.Decodability, r.Grade, tc.want, tc.grade)
		}
	}
	for _, s := range []labels.Symbology{labels.Code39, labels.ITF14, labels.Codabar} {
		payload := map[labels.Symbology]string{labels.Code39: "WB-12", labels.ITF14: "1540014128876", labels.Codabar: "A123456B"}[s]
		last := -1
		for module := 2; module <= 8; module++ {
			page := labels.NewDots(1800, 100)
			page.Draw(symbolOf(t, s, payload, barcode.Options{}, module).Drawing(), 200, 30)
			_, r := inspected(t, page, labels.DPI203, "none")
			if *r.Decodability <= last || *r.Decodability > 100 {
				t.Errorf("%s: decodability %d with a module of %d dots, after %d", s, *r.Decodability, module, last)
			}
			last = *r.Decodability
		}
	}
}

func TestGrowthTolerance(t *testing.T) {
	raced.Skip(t)
	for _, s := range []labels.Symbology{labels.QR, labels.DataMatrix, labels.Aztec, labels.PDF417, labels.IMb} {
		payload := "WB1/A/B"
		if s == labels.IMb {
			payload = "53379777234994544928"
		}
		for module, want := range map[int]string{1: "F", 2: "C", 3: "B", 4: "A", 6: "A"} {
			if module == 1 && s == labels.IMb {
				continue // a module of a dot leaves no tracker
			}
			page := labels.NewDots(1200, 400)
			page.Draw(symbolOf(t, s, payload, barcode.Options{}, module).Drawing(), 100, 60)
			_, r := inspected(t, page, labels.DPI203, "none")
			if r.GrowthTolerance == nil || r.Grade != want || r.Decodability != nil {
				t.Errorf("%s with a module of %d dots: %+v, want grade %s", s, module, r, want)
			}
		}
	}
	l := hexagons(t, []byte("1Z12345675"), 4, labels.DPI203)
	if _, r := inspected(t, draw(t, l), labels.DPI203, ""); r.Grade != "A" || r.Rule != "ups_maxicode" || len(r.Problems) > 0 {
		t.Errorf("MaxiCode: %+v", r)
	}
}

func TestQuietZonesAreMeasured(t *testing.T) {
	for _, tc := range []struct {
		name  string
		s     labels.Symbology
		ink   func(d labels.Dots, w, h int) // the symbol lies at 60, 60
		sides []float64                     // left, right
		want  []string
	}{
		{"free", labels.Code128, func(labels.Dots, int, int) {}, []float64{20, 20}, nil},
		{"a rule at the left", labels.Code128, func(d labels.Dots, _, h int) { d.FillRect(39, 60, 3, h) }, []float64{6, 20}, []string{verify.QuietZone}},
		{"a dot at the right", labels.Code128, func(d labels.Dots, w, _ int) { d.FillRect(60+w+28, 70, 1, 1) }, []float64{20, 9.3}, []string{verify.QuietZone}},
		{"print above", labels.Code128, func(d labels.Dots, w, _ int) { d.FillRect(60, 50, w, 5) }, []float64{20, 20}, nil},
		{"free", labels.QR, func(labels.Dots, int, int) {}, []float64{20, 20}, nil},
		{"a rule below", labels.QR, func(d labels.Dots, w, h int) { d.FillRect(60, 60+h+6, w, 2) }, []float64{20, 20}, []string{verify.QuietZone}},
		{"a blot at the left", labels.QR, func(d labels.Dots, _, _ int) { d.FillRect(50, 60, 4, 4) }, []float64{2, 20}, []string{verify.QuietZone}},
	} {
		for degrees := 0; degrees < 360; degrees += 90 {
			drawn := symbolOf(t, tc.s, "1Z999AA10123456784", barcode.Options{}, 3).Drawing()
			page := labels.NewDots(drawn.W+160, drawn.H+160)
			page.Draw(drawn, 60, 60)
			tc.ink(page, drawn.W, drawn.H)
			_, r := inspected(t, page.Turn(degrees), labels.DPI203, "none")
			if r.Quiet.Left != tc.sides[0] || r.Quiet.Right != tc.sides[1] || !slices.Equal(codes(r), tc.want) || (r.Grade == "F") != (len(tc.want) > 0) {
				t.Errorf("%s, %s, turned by %d: %+v", tc.s, tc.name, degrees, r)
			}
		}
	}
	// The label's edge ends a quiet zone too.
	drawn := symbolOf(t, labels.Code128, "1Z999AA10123456784", barcode.Options{}, 3).Drawing()
	page := labels.NewDots(drawn.W+60, 80)
	page.Draw(drawn, 20, 20)
	if _, r := inspected(t, page, labels.DPI203, "none"); r.Quiet.Left != 6.7 || len(r.Problems) != 1 {
		t.Errorf("at the label's edge: %+v", r)
	}
}

func TestDrawnOverIsTold(t *testing.T) {
	drawn := symbolOf(t, labels.Code128, "1Z999AA10123456784", barcode.Options{}, 3).Drawing()
	page := labels.NewDots(drawn.W+160, 120)
	page.Draw(drawn, 80, 30)
	page.FillRect(200, 50, 60, 2)
	if _, r := inspected(t, page, labels.DPI203, "none"); !slices.Equal(codes(r), []string{verify.UnreadRows}) || r.Grade != "F" {
		t.Errorf("a rule across two rows: %+v", r)
	}
}

func TestRules(t *testing.T) {
	for _, tc := range []struct {
		name           string
		s              labels.Symbology
		payload        string
		module, height int
		res            labels.Resolution
		set, rule      string
		want           []string
	}{
		{"UPS, as it should", labels.Code128, "1Z999AA10123456784", 3, 208, labels.DPI203, "", "ups_tracking", nil},
		{"UPS, too low", labels.Code128, "1Z999AA10123456784", 3, 60, labels.DPI203, "", "ups_tracking", []string{verify.TooLow}},
		{"USPS, as it should", labels.GS1128, "42094107\x1d9400111899223100001234", 3, 170, labels.DPI203, "", "usps_impb", nil},
		{"USPS without ZIP", labels.Code128, "9400111899223100001234", 3, 170, labels.DPI203, "", "usps_impb", nil},
		{"USPS, too fine", labels.GS1128, "42094107\x1d9400111899223100001234", 2, 170, labels.DPI203, "", "usps_impb", []string{verify.ModuleTooFine}},
		{"USPS, too wide", labels.GS1128, "42094107\x1d9400111899223100001234", 7, 250, labels.DPI300, "", "usps_impb", []string{verify.ModuleTooWide}},
		{"SSCC, as it should", labels.GS1128, "00106141411234567897", 4, 254, labels.DPI203, "", "gs1_sscc", nil},
		{"SSCC, too fine and too low", labels.GS1128, "00106141411234567897", 3, 200, labels.DPI203, "", "gs1_sscc", []string{verify.ModuleTooFine, verify.TooLow}},
		{"another GS1-128", labels.GS1128, "0109521234543213", 3, 200, labels.DPI203, "", "", nil},
		{"the same, asked for", labels.GS1128, "0109521234543213", 3, 200, labels.DPI203, "gs1", "gs1_128", []string{verify.ModuleTooFine, verify.TooLow}},
		{"S10", labels.Code128, "RR123456785US", 3, 104, labels.DPI203, "", "upu_s10", nil},
		{"FedEx", labels.Code128, "9622001900000000000000776632517510", 3, 200, labels.DPI203, "", "fedex_tracking", nil},
		{"DHL", labels.Code128, "JJD0099999999999999999", 3, 200, labels.DPI203, "", "dhl", nil},
		{"DHL Paket", labels.GS1128, "00340434161094043615", 4, 208, labels.DPI203, "", "dhl_paket", nil},
		{"somebody's own", labels.Code128, "TOTE-1", 3, 60, labels.DPI203, "", "", nil},
		{"another carrier's rule", labels.Code128, "1Z999AA10123456784", 3, 60, labels.DPI203, "usps", "", nil},
	} {
		sym := symbolOf(t, tc.s, tc.payload, barcode.Options{}, tc.module)
		sym.HeightDots = tc.height
		drawn := sym.Drawing()
		page := labels.NewDots(drawn.W+2*25*tc.module, drawn.H+20)
		page.Draw(drawn, 25*tc.module, 10)
		if _, r := inspected(t, page, tc.res, tc.set); r.Rule != tc.rule || !slices.Equal(codes(r), tc.want) {
			t.Errorf("%s: rule %q, problems %v; want %q, %v", tc.name, r.Rule, r.Problems, tc.rule, tc.want)
		}
	}
	page, err := os.ReadFile("../../docs/label-verify.md")
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, r := range verify.Rules() {
		if !strings.Contains(string(page), "| `"+r.Name+"` |") {
			t.Errorf("rule %s is missing in docs/label-verify.md", r.Name)
		}
		if names[r.Name] || r.Source == "" || r.Set == "" || len(r.Symbologies) == 0 {
			t.Errorf("rule %+v lacks a name of its own, its set, its symbologies or its source", r)
		}
		names[r.Name] = true
	}
}

func TestReads(t *testing.T) {
	for _, tc := range []struct {
		f    verify.Found
		text string
		want bool
	}{
		{verify.Found{Symbology: labels.Code128, Text: "A(1)"}, "A(1)", true},
		{verify.Found{Symbology: labels.Code128, Text: "A1"}, "A(1)", false},
		{verify.Found{Symbology: labels.Code39, Text: "WB+B"}, "WBb", true},
		{verify.Found{Symbology: labels.GS1128, Text: "10AB\x1d2112"}, "(10)AB(21)12", true},
		{verify.Found{Symbology: labels.GS1128, Text: "10AB\x1d2112"}, "(10)AC(21)12", false},
	} {
		if got := tc.f.Reads(tc.text); got != tc.want {
			t.Errorf("%+v reads %q: %v, want %v", tc.f, tc.text, got, tc.want)
		}
	}
}
