package layout_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"waybill/internal/raced"
	"waybill/labels"
	"waybill/labels/fonts"
	"waybill/labels/fonts/system"
	"waybill/labels/layout"
	"waybill/labels/png"
	"waybill/labels/raster"
	"waybill/labels/template"
	"waybill/labels/verify"
	"waybill/labels/zpl"
	"waybill/labels/zplview"
	"waybill/shipment"
)

var update = flag.Bool("update", false, "write the golden labels anew")

func generic(t testing.TB) *template.Template {
	t.Helper()
	src, err := os.ReadFile("../../configs/templates/generic-4x6.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return parse(t, string(src))
}

func parse(t testing.TB, src string) *template.Template {
	t.Helper()
	tm, err := template.Parse("test.yaml", []byte(src))
	if err != nil {
		t.Fatal(err)
	}
	return tm
}

// elements returns a small template of the given elements.
func elements(t testing.TB, es string) *template.Template {
	t.Helper()
	return parse(t, "name: small\nsize_mm: [100, 50]\nelements:\n"+es)
}

func settled() template.Settled {
	return template.Settled{
		Carrier: "ups", CarrierName: "UPS", ServiceName: "Ground",
		TrackingNumber: "1Z999AA10123456784", TrackingText: "1Z 999 AA1 01 2345 6784",
		To:       []string{"Zoë Núñez", "1600 Amphitheatre Pkwy", "Mountain View CA 94043"},
		From:     []string{"Waybill Demo Goods", "4505 E 11th St", "Vernon CA 90058"},
		ShipDate: "2026-11-20",
	}
}

func data(t testing.TB, s template.Settled) template.Data {
	t.Helper()
	d, err := template.NewData(shipment.Order{
		ID: "576461413038785752", Channel: "tiktok_shop",
		Items:   []shipment.Item{{SKU: "TS-YOGA", Quantity: 2, Weight: 1150}, {SKU: "TS-TEE-BLK-M", Quantity: 1, Weight: 180}},
		Parcels: []shipment.Parcel{{Weight: 2600}},
	}, 1, s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func lay(t testing.TB, tm *template.Template, d template.Data, res labels.Resolution, f *fonts.Set) labels.Label {
	t.Helper()
	l, err := layout.Lay(tm, d, res, f)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// prove encodes l and reads the bytes back.
func prove(t testing.TB, l labels.Label) []byte {
	t.Helper()
	format, err := zpl.Encoder{}.Encode(l)
	if err != nil {
		t.Fatal(err)
	}
	if err := verify.ZPL(l, format); err != nil {
		t.Fatal(err)
	}
	return format
}

// TestGolden holds the bytes of one label. A difference is looked at, in the
// picture as in the text, before -update makes it the new truth.
func TestGolden(t *testing.T) {
	l := lay(t, generic(t), data(t, settled()), labels.DPI203, fonts.New())
	picture, err := png.Encoder{}.Encode(l)
	if err != nil {
		t.Fatal(err)
	}
	compact, err := zpl.Encoder{Compact: true}.Encode(l)
	if err != nil {
		t.Fatal(err)
	}
	if err := verify.ZPL(l, compact); err != nil {
		t.Error(err)
	}
	for name, got := range map[string][]byte{"generic-4x6.zpl": prove(t, l), "generic-4x6-compact.zpl": compact, "generic-4x6.png": picture} {
		path := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(path, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(want, got) {
			t.Errorf("%s: %d bytes differ from the golden %d", name, len(got), len(want))
		}
	}
}

func TestSameLabelSameBytes(t *testing.T) {
	var first []byte
	for range 3 {
		got := prove(t, lay(t, generic(t), data(t, settled()), labels.DPI300, fonts.New()))
		if first == nil {
			first = got
		}
		if !bytes.Equal(first, got) {
			t.Fatal("the same label gave other bytes")
		}
	}
}

// TestEveryNumberAtEveryResolution proves the shipped template for the numbers
// that carriers use, on every printer.
func TestEveryNumberAtEveryResolution(t *testing.T) {
	raced.Skip(t)
	tm, f := generic(t), fonts.New()
	for _, number := range []string{
		"1Z999AA10123456784", "9400111899223100001234", "JJD0099999999999999999", "TBA123456789012",
		"9622001900000000000000776632517510", "LX123456785US", "C10000000000001", "00340434161094042557",
	} {
		for _, res := range []labels.Resolution{labels.DPI203, labels.DPI300, labels.DPI305, labels.DPI600} {
			if res == labels.DPI600 && number[0] != '1' {
				continue // large pictures take their time, and one shows it
			}
			t.Run(fmt.Sprintf("%s/%d", number, res), func(t *testing.T) {
				s := settled()
				s.TrackingNumber, s.TrackingText = shipment.TrackingNumber(number), ""
				l := lay(t, tm, data(t, s), res, f)
				format := prove(t, l)
				view, err := zplview.Render(format, res)
				if err != nil {
					t.Fatal(err)
				}
				found, err := verify.Decode(view.Dots)
				if err != nil || len(found) != 2 || found[0].Text != number || found[1].Text != "WB1/576461413038785752/"+number {
					t.Errorf("found %v (%v)", found, err)
				}
				for _, item := range l.Items {
					if sym, ok := item.(labels.Symbol); ok && sym.Symbology == labels.Code128 {
						if mil := float64(res.Length(sym.ModuleDots)) / 25.4; mil < 12.5 {
							t.Errorf("modules of %.1f mil, want those carriers ask for", mil)
						}
					}
				}
			})
		}
	}
}

// TestTextIsNeverACommand puts ZPL where people write their names.
func TestTextIsNeverACommand(t *testing.T) {
	tm, f := generic(t), fonts.New()
	for _, evil := range []string{
		"^XZ^XA^FO50,50^BCN,100,N,N,N^FDEVIL^FS^XZ", "~JA", "~JR", "^JUF", "hello ^XZ", `! U1 setvar "device.languages" "epl"`,
		"_5EXZ", ">:>5", "<xpml>", `\&`, "^CC!", "^FS^ID*:*.*^FS",
	} {
		t.Run(evil, func(t *testing.T) {
			s := settled()
			s.To = []string{evil, "1 Main St " + evil}
			s.From = []string{evil}
			d := data(t, s)
			d.Order.Items[0].SKU, d.Order.Channel = evil, evil
			format := prove(t, lay(t, tm, d, labels.DPI203, f))
			if n := bytes.Count(format, []byte("^XA")); n != 1 {
				t.Errorf("%d formats, want 1", n)
			}
			if bytes.ContainsRune(format, '~') || bytes.Contains(format, []byte("setvar")) || bytes.Contains(format, []byte("EVIL")) {
				t.Errorf("the text is in the format")
			}
		})
	}
}

// TestBarcodePayloadIsNeverACommand does the same with a barcode, whose
// payload does travel as field data.
func TestBarcodePayloadIsNeverACommand(t *testing.T) {
	tm := elements(t, `
- {name: bars, kind: barcode, symbology: code128, at: [0, 5], width: 100, height: 12, min_module: 0.16, max_module: 0.26, value: tracking_number}
- {name: gs1, kind: barcode, symbology: gs1_128, at: [0, 20], width: 100, height: 10, max_module: 0.26, text: "42094107\x1d9400111899223100001234"}
`)
	rapid.Check(t, func(rt *rapid.T) {
		payload := rapid.StringOfN(rapid.OneOf(
			rapid.RuneFrom([]rune("^~>_\\,<;:0123456789")),
			rapid.RuneFrom([]rune("0123456789")),
			rapid.Map(rapid.IntRange(0, 127), func(i int) rune { return rune(i) }),
		), 1, 24, -1).Draw(rt, "payload")
		s := settled()
		s.TrackingNumber = shipment.TrackingNumber(payload)
		l, err := layout.Lay(tm, data(t, s), labels.DPI305, fonts.New())
		if err != nil {
			rt.Fatal(err)
		}
		format, err := zpl.Encoder{}.Encode(l)
		if err != nil {
			rt.Fatal(err)
		}
		if err := verify.ZPL(l, format); err != nil {
			rt.Fatalf("%v\n%s", err, format)
		}
	})
}

// TestNamesOfTheWorld lays out the scripts people write their names in, or
// says which character it has no font for.
func TestNamesOfTheWorld(t *testing.T) {
	raced.Skip(t)
	tm := generic(t)
	embedded, all := fonts.New(), fonts.New(system.Sources()...)
	for _, name := range []string{
		"Zoë Núñez", "Nguyễn Thị Ánh Tuyết", "Дмитро Ковальчук", "Kwame Øvergård", "Łukasz Żółć", "Ayşe Yılmaz İğdır",
		"Γιώργος Παπαδόπουλος", "Þórunn Ðórðardóttir", "Ştefan Țurcanu",
	} {
		s := settled()
		s.To = []string{name, "1 Main St"}
		prove(t, lay(t, tm, data(t, s), labels.DPI203, embedded))
	}
	for name, r := range map[string]rune{"مريم الشيخ زايد": 'م', "דוד לוי": 'ד', "李小龍": '李', "田中さくら": '田', "김민준": '김', "สมชาย": 'ส'} {
		s := settled()
		s.To = []string{name, "1 Main St"}
		_, missing := all.Face(r, true)
		l, err := layout.Lay(tm, data(t, s), labels.DPI203, all)
		if missing != nil {
			if !errors.Is(err, labels.ErrUnprintable) || !strings.Contains(err.Error(), string(r)) || !strings.Contains(err.Error(), `element "to"`) {
				t.Errorf("%s: error %v, want one that names %q and the element", name, err, r)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		prove(t, l)
	}
}

func TestRefusals(t *testing.T) {
	for name, tc := range map[string]struct{ in, want string }{
		"text too long": {
			"- {name: a, kind: text, at: [1, 1], width: 20, size: 12, value: order_id}",
			`template "small": element "a": "576461413038785752" does not fit 1 line(s) at 12.0 points (shorten it, or give it more room`,
		},
		"barcode too wide": {
			"- {name: a, kind: barcode, symbology: code128, at: [1, 1], width: 40, height: 10, value: tracking_number}",
			`element "a": code128 of "1Z999AA10123456784": needs 52.2 mm with its quiet zones at the finest module that scans (2 dots), has 40.0 mm (give it a larger box`,
		},
		"text in the quiet zone": {
			"- {name: a, kind: barcode, symbology: code128, at: [1, 1], width: 98, height: 10, value: tracking_number}\n" +
				"- {name: b, kind: text, at: [1, 3], width: 20, size: 12, text: near}",
			`element "b": lies in the white that the barcode "a" needs around it (move one of them)`,
		},
		"rule through a QR code": {
			"- {name: a, kind: barcode, symbology: qr, at: [10, 10], width: 30, height: 30, value: qr}\n" +
				"- {name: b, kind: line, at: [1, 20], width: 98, thickness: 0.3}",
			`element "b": lies in the white that the barcode "a" needs`,
		},
		"payload of nothing": {
			"- {name: a, kind: barcode, symbology: qr, at: [10, 10], width: 30, height: 30, text: ' '}\n" +
				`- {name: b, kind: barcode, symbology: code128, at: [10, 10], width: 30, height: 30, value: "''"}`,
			"needs a payload",
		},
		"GS1 QR of a name": {
			"- {name: a, kind: barcode, symbology: gs1_qr, at: [10, 10], width: 30, height: 30, value: to}",
			"is not ASCII",
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := layout.Lay(elements(t, tc.in), data(t, settled()), labels.DPI203, fonts.New())
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %v\nwant one that says %q", err, tc.want)
			}
		})
	}
}

func TestReprintSaysSo(t *testing.T) {
	s := settled()
	s.Reprint = true
	for _, tc := range []struct {
		reprint bool
		marks   int
	}{{false, 0}, {true, 1}} {
		s.Reprint = tc.reprint
		marks := 0
		for _, item := range lay(t, generic(t), data(t, s), labels.DPI203, fonts.New()).Items {
			if b, ok := item.(labels.Bitmap); ok && b.Text == "REPRINT" {
				marks++
			}
		}
		if marks != tc.marks {
			t.Errorf("reprint %t: %d marks, want %d", tc.reprint, marks, tc.marks)
		}
	}
}

func BenchmarkLay(b *testing.B) {
	tm, d, f := generic(b), data(b, settled()), fonts.New(system.Sources()...)
	lay(b, tm, d, labels.DPI203, f)
	for b.Loop() {
		lay(b, tm, d, labels.DPI203, f)
	}
}

func BenchmarkEncodeZPL(b *testing.B) {
	l := lay(b, generic(b), data(b, settled()), labels.DPI203, fonts.New())
	for b.Loop() {
		if _, err := (zpl.Encoder{}).Encode(l); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncodePNG(b *testing.B) {
	l := lay(b, generic(b), data(b, settled()), labels.DPI203, fonts.New())
	for b.Loop() {
		if _, err := (png.Encoder{}).Encode(l); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVerifyZPL(b *testing.B) {
	l := lay(b, generic(b), data(b, settled()), labels.DPI203, fonts.New())
	format := prove(b, l)
	for b.Loop() {
		if err := verify.ZPL(l, format); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	d, err := raster.Draw(lay(b, generic(b), data(b, settled()), labels.DPI203, fonts.New()))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if found, err := verify.Decode(d); err != nil || len(found) != 2 {
			b.Fatal(found, err)
		}
	}
}
