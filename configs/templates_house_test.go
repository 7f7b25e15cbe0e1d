package configs_test

import (
	"encoding/json"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"waybill/internal/raced"
	"waybill/labels"
	"waybill/labels/fonts"
	"waybill/labels/fonts/system"
	"waybill/labels/layout"
	"waybill/labels/raster"
	"waybill/labels/template"
	"waybill/labels/verify"
	"waybill/shipment"
	"waybill/shipment/address"
	"waybill/shipment/carrier"
)

// A houseSymbol is what a template promises of one of its barcodes, at every
// resolution.
type houseSymbol struct {
	symbology   labels.Symbology
	payload     string
	least, most float64 // width of a module, mm
	height      float64 // least height of bars, mm; 0 for matrices
}

// houseLabels are the templates that are nobody's but ours or a standard's,
// with what must be on the face of their samples.
var houseLabels = map[string]struct {
	symbols []houseSymbol
	texts   []string
}{
	"generic-a6": {
		[]houseSymbol{
			{labels.Code128, "00340434161094042557", 0.33, 0.52, 22},
			{labels.QR, "WB1/576461413038785752/00340434161094042557", 0.5, 1, 0},
		},
		[]string{"DHL PAKET", "Αικατερίνη Παπαδοπούλου\nΛεωφόρος Βασιλίσσης Σοφίας 42", "GRIECHENLAND", "Gartenstraße 12", "0034 0434 1610 9404 2557", "1 of 1", "1.18 kg", "2 × MUG-SPECKLE", "576461413038785752"},
	},
	"generic-quarter": {
		[]houseSymbol{
			{labels.Code128, "1Z999AA10123456784", 0.33, 0.52, 20},
			{labels.QR, "WB1/2044-KC/1Z999AA10123456784", 0.5, 1, 0},
		},
		[]string{"UPS", "Nguyễn Thị Phương Thảo", "Thảo & Sons Tailoring", "KANSAS CITY MO 64111", "1Z 999 AA1 01 2345 6784", "2044-KC"},
	},
	"gs1-logistic-a6": {
		[]houseSymbol{
			{labels.GS1128, "00340434161094042557", 0.494, 0.94, 31.75},
			{labels.GS1128, "42050667", 0.494, 0.94, 31.75},
		},
		[]string{"FROM", "TO", "SSCC", "340434161094042557", "(00)340434161094042557", "CONTENT", "09521234543213", "COUNT", "24", "SHIP TO POST", "50667", "(420)50667", "ORDER NUMBER", "PO-4500018234"},
	},
	"gs1-logistic-4x6": {
		[]houseSymbol{
			{labels.GS1128, "00106141412345678908", 0.494, 0.94, 31.75},
			{labels.GS1128, "42064111", 0.494, 0.94, 31.75},
		},
		[]string{"FROM", "TO", "SSCC", "106141412345678908", "(00)106141412345678908", "SHIP TO POST", "(420)64111", "ORDER NUMBER", "GROSS WEIGHT (kg)", "10.84"},
	},
	"marketplace-4x6": {
		[]houseSymbol{
			{labels.Code128, "9400111201080805483016", 0.33, 0.52, 22},
			{labels.QR, "WB1/578214900011223345/9400111201080805483016", 0.5, 1, 0},
		},
		[]string{"TIKTOK SHOP", "USPS", "SFO-949", "Z3", "Marisol Peña", "578214900011223345", "MUG-SPECKLE", "2 ×", "STRAINER-SS", "LAY FLAT · DO NOT FOLD OR COVER THE BARCODE"},
	},
	"return-4x6": {
		[]houseSymbol{
			{labels.Code128, "9405803699300124287899", 0.33, 0.52, 22},
			{labels.QR, "WB1/578214900011223345/9405803699300124287899", 0.5, 1, 0},
		},
		[]string{"RETURN", "RETURN TO", "Waybill Demo Goods\nReturns desk 3", "Олександра Коваленко\n1801 E Cotati Ave", "RMA-2026-004711", "ORIGINAL ORDER", "578214900011223345", "POSTAGE PAID", "2026-12-20"},
	},
	"cn22": {
		nil,
		[]string{"CN 22", "CUSTOMS DECLARATION", "DÉCLARATION EN DOUANE", "Gift", "Cadeau", "Documents", "Commercial sample", "Échantillon commercial", "Returned goods", "Sale of goods", "Vente de marchandises", "Other", "2 × Merino wool socks, knitted, 3 pairs", "0.380", "49.00 USD", "611594", "IT", "1.180", "82.00 USD", "Date and sender’s signature (8)", "2026-11-23", "LX123456785US"},
	},
	"cn23": {
		[]houseSymbol{{labels.Code128, "CP123456785US", 0.33, 0.51, 12.5}},
		[]string{"CN 23", "DÉCLARATION EN DOUANE", "Peut être ouvert d’office", "Waybill Demo Goods", "18 Rue des Écouffes", "FRANCE", "CP 123 456 785 US", "Merino wool socks, knitted, 3 pairs", "0.380", "49.00 USD", "090210", "PT", "Total gross weight (4)", "1.180", "82.00 USD", "38.40 USD", "INV-2044", "+33155501420", "Date and sender’s signature (15)", "Licence (12)"},
	},
	"tote-4x6": {
		[]houseSymbol{
			{labels.Code128, "TOTE-A12-034", 0.45, 1.01, 30},
			{labels.QR, "TOTE-A12-034", 1, 2.01, 0},
		},
		[]string{"AISLE 12", "A12-034", "TOTE-A12-034"},
	},
}

var everyResolution = []labels.Resolution{labels.DPI203, labels.DPI300, labels.DPI305, labels.DPI600}

func houseTemplate(t *testing.T, name string) *template.Template {
	t.Helper()
	src, err := os.ReadFile("templates/" + name + ".yaml")
	if err != nil {
		t.Fatal(err)
	}
	tm, err := template.Parse(name+".yaml", src)
	if err != nil {
		t.Fatal(err)
	}
	return tm
}

func houseSample(t *testing.T, name string, into any) {
	t.Helper()
	src, err := os.ReadFile("samples/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(src, into); err != nil {
		t.Fatal(err)
	}
}

// houseOrder makes an order ready for a template, as label render does.
func houseOrder(t *testing.T, o shipment.Order, marks ...string) *template.Binding {
	t.Helper()
	if ps := o.Check(); len(ps) > 0 {
		t.Fatal(ps)
	}
	known, _ := carrier.Default().Carrier(o.Carrier)
	d, err := template.NewData(o, 1, template.Settled{
		Carrier: o.Carrier, CarrierName: known.Name, ServiceName: strings.ReplaceAll(string(o.Service), "_", " "),
		TrackingNumber: o.TrackingNumber, TrackingText: carrier.Default().Group(o.Carrier, string(o.TrackingNumber)),
		To: address.Lines(o.ShipTo, o.ShipFrom.Country), From: address.SenderLines(o.ShipFrom, o.ShipTo.Country), ShipDate: "2026-11-23",
		Sample: slices.Contains(marks, "sample"), Reprint: slices.Contains(marks, "reprint"),
	})
	if err != nil {
		t.Fatal(err)
	}
	return template.Bind(d)
}

func houseBinding(t *testing.T, tm *template.Template) *template.Binding {
	t.Helper()
	if tm.For == template.ForTote {
		var tote template.Tote
		houseSample(t, tm.Name, &tote)
		return template.BindTote(tote)
	}
	var o shipment.Order
	houseSample(t, tm.Name, &o)
	return houseOrder(t, o)
}

// houseLay returns the one page of a template, with every symbol read back.
func houseLay(t *testing.T, tm *template.Template, b *template.Binding, res labels.Resolution, f *fonts.Set) labels.Label {
	t.Helper()
	all, err := layout.Pages(tm, b, res, f)
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 1 {
		t.Fatalf("%d pages, want one label", len(all))
	}
	drawn, err := raster.Draw(all[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := verify.Label(all[0], drawn); err != nil {
		t.Fatal(err)
	}
	return all[0]
}

func TestHouseTemplates(t *testing.T) {
	raced.Skip(t)
	t.Parallel()
	faces := fonts.New()
	for name, want := range houseLabels {
		for _, res := range everyResolution {
			t.Run(name+"/"+strconv.Itoa(int(res)), func(t *testing.T) {
				t.Parallel()
				tm := houseTemplate(t, name)
				l := houseLay(t, tm, houseBinding(t, tm), res, faces)
				face := houseFace(l)
				for _, text := range want.texts {
					if !strings.Contains(face, text) {
						t.Errorf("its face does not say %q", text)
					}
				}
				holdSymbols(t, l, want.symbols)
			})
		}
	}
}

// holdSymbols holds that l has the symbols wanted, as wide and high as they
// must be, and no other.
func holdSymbols(t *testing.T, l labels.Label, want []houseSymbol) {
	t.Helper()
	got := map[string]labels.Symbol{}
	for _, item := range l.Items {
		if s, ok := item.(labels.Symbol); ok {
			got[string(s.Symbology)+" "+string(s.Payload)] = s
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d different symbols, want %d: %v", len(got), len(want), got)
	}
	for _, w := range want {
		s, ok := got[string(w.symbology)+" "+w.payload]
		if !ok {
			t.Errorf("no %s of %q", w.symbology, w.payload)
			continue
		}
		if module := houseMM(l, s.ModuleDots); module < w.least || module > w.most {
			t.Errorf("%s of %q: modules of %.3f mm, want %.3f to %.3f", w.symbology, w.payload, module, w.least, w.most)
		}
		if high := houseMM(l, s.HeightDots); high < w.height {
			t.Errorf("%s of %q: bars of %.2f mm, want %.2f", w.symbology, w.payload, high, w.height)
		}
		holdQuiet(t, l, s, 10)
	}
}

// holdQuiet holds that a linear symbol has so many modules of white on both
// sides before the label ends; that nothing is printed there, reading back
// has proved.
func holdQuiet(t *testing.T, l labels.Label, s labels.Symbol, modules int) {
	t.Helper()
	if s.HeightDots == 0 {
		return
	}
	if sides, _ := s.Quiet(); sides < modules {
		t.Errorf("%s: quiet zones of %d modules, want %d", s.Symbology, sides, modules)
	}
	wide, _ := s.Size()
	x, all := l.Resolution.Dots(s.At.X), l.Resolution.Dots(l.Width)
	if white := min(x, all-x-wide); white < modules*s.ModuleDots {
		t.Errorf("%s: %d dots of white at its side, want %d", s.Symbology, white, modules*s.ModuleDots)
	}
}

// TestGS1TextIsHighEnough holds the SSCC's digits to 7 mm and the text under
// the bars to 3 mm, within a dot.
func TestGS1TextIsHighEnough(t *testing.T) {
	raced.Skip(t)
	t.Parallel()
	faces := fonts.New()
	for _, name := range []string{"gs1-logistic-a6", "gs1-logistic-4x6"} {
		tm := houseTemplate(t, name)
		for _, res := range everyResolution {
			l := houseLay(t, tm, houseBinding(t, tm), res, faces)
			for _, item := range l.Items {
				words, ok := item.(labels.Text)
				if !ok {
					continue
				}
				least := 3.0
				if !strings.HasPrefix(words.Text, "(") && len(words.Text) == 18 {
					least = 7
				}
				for i, g := range words.Glyphs {
					if r := words.Text[min(i, len(words.Text)-1)]; len(words.Glyphs) != len(words.Text) || r < '0' || r > '9' {
						continue // only digits are as high as capitals, and only these are glyph for letter
					}
					if high := houseMM(l, g.Dots.H+1); high < least {
						t.Errorf("%s at %d: %q: digits of %.2f mm, want %.2f", name, res, words.Text, high, least)
						break
					}
				}
			}
		}
	}
}

// TestQuarterFitsBothSheets holds the label for sheets of four to the quarters
// of A4 and Letter, with white for the margins that a printer cannot reach.
func TestQuarterFitsBothSheets(t *testing.T) {
	t.Parallel()
	tm := houseTemplate(t, "generic-quarter")
	for sheet, q := range map[string][2]labels.Length{"A4": {105_000, 148_500}, "Letter": {107_950, 139_700}} {
		if tm.Width > q[0] || tm.Height > q[1] {
			t.Errorf("%s: %d by %d µm do not fit a quarter of %d by %d", sheet, tm.Width, tm.Height, q[0], q[1])
		}
	}
	l := houseLay(t, tm, houseBinding(t, tm), labels.DPI300, fonts.New())
	drawn, err := raster.Draw(l)
	if err != nil {
		t.Fatal(err)
	}
	x, y, w, h := drawn.Ink()
	// The label stands in the middle of its quarter, which adds 1.7 mm on A4.
	for side, white := range map[string]int{"left": x, "top": y, "right": drawn.W - x - w, "bottom": drawn.H - y - h} {
		if got := houseMM(l, white); got < 2.4 {
			t.Errorf("%.2f mm of white at the %s, want 2.4", got, side)
		}
	}
}

// TestHouseNamesOfTheWorld lays every parcel's template for names that are
// long or of other scripts than Latin. Those without a font of their own in
// Waybill need one of the system's.
func TestHouseNamesOfTheWorld(t *testing.T) {
	raced.Skip(t)
	t.Parallel()
	own, all := fonts.New(), fonts.New(system.Sources()...)
	for name, to := range map[string]shipment.Address{
		"long": {
			Name: "Maria-Magdalena von Hohenzollern-Sigmaringen Fernández de la Vega", Company: "Gesellschaft für Verpackungsentwicklung und Logistikberatung mbH & Co. KG",
			Line1: "Oberbürgermeister-Doktor-Wilhelm-Külz-Straße 128a", Line2: "Hinterhaus, Aufgang C, 4. Obergeschoss links", City: "Rothenburg ob der Tauber", PostalCode: "91541", Country: "DE",
		},
		"Cyrillic":            {Name: "Володимир Щербаченко", Line1: "вул. Хрещатик, 22, кв. 14", City: "Київ", PostalCode: "01001", Country: "UA"},
		"Greek":               {Name: "Αικατερίνη Παπαδοπούλου", Line1: "Λεωφόρος Συγγρού 104", City: "Αθήνα", PostalCode: "11741", Country: "GR"},
		"Vietnamese":          {Name: "Nguyễn Thị Phương Thảo", Line1: "128 Đường Nguyễn Đình Chiểu", City: "Thành phố Hồ Chí Minh", PostalCode: "700000", Country: "VN"},
		"Arabic":              {Name: "عبد الرحمن الهاشمي", Line1: "شارع الشيخ زايد ١٢", City: "دبي", Country: "AE"},
		"no more than needed": {Name: "Bo", Line1: "1 A St", City: "Ely", PostalCode: "55731", Country: "US"},
	} {
		for _, tm := range []string{"generic-a6", "generic-quarter", "gs1-logistic-a6", "gs1-logistic-4x6", "marketplace-4x6", "return-4x6", "cn22", "cn23"} {
			t.Run(name+"/"+tm, func(t *testing.T) {
				t.Parallel()
				faces := own
				if name == "Arabic" {
					if _, err := all.Face('ع', false); err != nil {
						t.Skip("the system has no Arabic font")
					}
					faces = all
				}
				parsed := houseTemplate(t, tm)
				var o shipment.Order
				houseSample(t, tm, &o)
				o.ShipTo = to
				l := houseLay(t, parsed, houseOrder(t, o), labels.DPI203, faces)
				if tm != "cn22" && !strings.Contains(houseFace(l), to.Name) {
					t.Errorf("its face does not say %q", to.Name)
				}
			})
		}
	}
}

// houseFace returns everything a label says.
func houseFace(l labels.Label) string {
	var b strings.Builder
	for _, item := range l.Items {
		switch item := item.(type) {
		case labels.Text:
			b.WriteString(item.Text + "\n")
		case labels.Bitmap:
			b.WriteString(item.Text + "\n")
		}
	}
	return b.String()
}

func houseMM(l labels.Label, dots int) float64 {
	return float64(dots) * 254 / float64(l.Resolution)
}
