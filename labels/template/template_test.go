package template_test

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"waybill/labels/template"
	"waybill/shipment"
)

const head = "name: t\nsize_mm: [100, 50]\nelements:\n"

func TestMistakesAreNamed(t *testing.T) {
	for name, tc := range map[string]struct{ in, want string }{
		"empty":              {"", "the file is empty"},
		"a list":             {"[1]", "want keys and values, have a list"},
		"no name":            {"size_mm: [1,2]\nelements: []", "name: required"},
		"unknown key":        {"nmae: t", `t.yaml:1: unknown key "nmae"; did you mean "name"?`},
		"size":               {"name: t\nsize_mm: 100\nelements: []", "t.yaml:2: size_mm: want two numbers of millimetres"},
		"too large":          {"name: t\nsize_mm: [1000, 10]\nelements: []", "between 10 and 600 mm"},
		"kind":               {head + "- {name: a, kind: txet}", `t.yaml:4: element "a": kind: want one of text, barcode, line, box`},
		"element key":        {head + "- {name: a, kind: text, at: [1,1], widht: 10, size: 8, text: x}", `element "a": unknown key "widht"; did you mean "width"?`},
		"twice":              {head + "- {name: a, kind: line, at: [1,1], width: 9, thickness: 1}\n- {name: a, kind: line, at: [1,1], width: 9, thickness: 1}", "t.yaml:5: element \"a\": there is another element"},
		"key twice":          {head + "- {name: a, kind: line, at: [1,1], at: [1,1], width: 9, thickness: 1}", `"at"`},
		"value and text":     {head + "- {name: a, kind: text, at: [1,1], width: 9, size: 8, text: x, value: qr}", "want either value (an expression) or text"},
		"neither":            {head + "- {name: a, kind: text, at: [1,1], width: 9, size: 8}", "want either value"},
		"expression":         {head + "- {name: a, kind: text, at: [1,1], width: 9, size: 8, value: order_di}", `element "a": value: unknown name "order_di"; did you mean "order_id"?`},
		"not text":           {head + "- {name: a, kind: text, at: [1,1], width: 9, size: 8, value: ship_to}", "value: gives a whole entry, not one of its parts; an element shows text"},
		"entries":            {head + "- {name: a, kind: text, at: [1,1], width: 9, size: 8, value: items}", "value: gives a list whose entries are no texts"},
		"true":               {head + "- {name: a, kind: text, at: [1,1], width: 9, size: 8, value: reprint}", "value: gives true or false"},
		"no YAML":            {head + "- {name: a, kind: text, at: [1,1], width: 9, size: 8, value: items[0].sku}", "t.yaml:4: did not find expected ',' or '}'; the file is not YAML"},
		"two documents":      {head + "- {name: a, kind: text, at: [1,1], width: 9, size: 8, text: x}\n---\nname: b\n", "t.yaml: only one YAML document is wanted"},
		"condition":          {head + "- {name: a, kind: text, at: [1,1], width: 9, size: 8, text: x, when: order_id}", "when: expected bool"},
		"clock":              {head + "- {name: a, kind: text, at: [1,1], width: 9, size: 8, value: string(now())}", "now"},
		"symbology":          {head + "- {name: a, kind: barcode, at: [1,1], width: 9, height: 9, symbology: pdf714, text: x}", "want one of code128, gs1_128, qr"},
		"past the edge":      {head + "- {name: a, kind: box, at: [95,1], width: 9, height: 9}", "past the label's edge"},
		"line both ways":     {head + "- {name: a, kind: line, at: [1,1], width: 9, height: 9, thickness: 1}", "either width (a horizontal line) or height"},
		"negative":           {head + "- {name: a, kind: box, at: [1,1], width: -9, height: 9}", "greater than 0"},
		"min above size":     {head + "- {name: a, kind: text, at: [1,1], width: 9, size: 8, min_size: 9, text: x}", "min_size: larger"},
		"invert, no height":  {head + "- {name: a, kind: text, at: [1,1], width: 9, size: 8, invert: true, text: x}", "needs a height"},
		"key of another one": {head + "- {name: a, kind: line, at: [1,1], width: 9, thickness: 1, size: 3}", `unknown key "size"`},
		"no yaml":            {"name: [", "template t.yaml"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := template.Parse("t.yaml", []byte(tc.in))
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %v\nwant one that says %q", err, tc.want)
			}
		})
	}
}

func TestEveryMistakeIsReported(t *testing.T) {
	_, err := template.Parse("t.yaml", []byte("name: t\nsize_mm: [1]\nelements:\n- {kind: x}\n- {kind: y}\n"))
	if err == nil || strings.Count(err.Error(), "t.yaml:") < 3 {
		t.Errorf("error %v, want three mistakes", err)
	}
}

func data(t *testing.T) template.Data {
	t.Helper()
	o := shipment.Order{
		ID: "A-1", ShipTo: shipment.Address{Name: "Zoë", PostalCode: "94043"},
		Items:   []shipment.Item{{SKU: "S", Quantity: 2, Weight: 100}},
		Parcels: []shipment.Parcel{{Weight: 2604}, {Weight: 1}},
	}
	d, err := template.NewData(o, 1, template.Settled{Carrier: "royal_mail", TrackingNumber: "X1", To: []string{"Zoë", "London"}})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestExpressions(t *testing.T) {
	for in, want := range map[string]string{
		"order_id":                "A-1",
		"parcel":                  "A-1-1",
		"upper(carrier_name)":     "ROYAL MAIL",
		`upper("Αθήνα, Straße")`:  "ΑΘΗΝΑ, STRAßE",
		"to":                      "Zoë\nLondon",
		`"k " + string(parcel_k)`: "k 1",
		"parcel_of":               "2",
		"kg(weight_g)":            "2.60 kg",
		"lb(weight_g)":            "5 lb 12 oz",
		"qr":                      "WB1/A-1/X1",
		"ship_to.postal_code":     "94043",
		`map(items, string(.quantity) + "x" + .sku)`: "2xS",
		`"420" + gs + tracking_number`:               "420\x1dX1",
	} {
		tm, err := template.Parse("t.yaml", []byte(head+"- name: a\n  kind: text\n  at: [1,1]\n  width: 9\n  size: 8\n  value: '"+in+"'\n"))
		if err != nil {
			t.Errorf("%s: %v", in, err)
			continue
		}
		got, err := tm.Elements[0].Content(template.Bind(data(t)))
		if err != nil || got != want {
			t.Errorf("%s: %q (%v), want %q", in, got, err, want)
		}
	}
}

func TestNewDataRefuses(t *testing.T) {
	o := shipment.Order{ID: "A-1"}
	to := []string{"Zoë"}
	for name, tc := range map[string]struct {
		k    int
		s    template.Settled
		want string
	}{
		"no number":  {1, template.Settled{To: to}, "no tracking number"},
		"no address": {1, template.Settled{TrackingNumber: "X"}, "no lines of an address"},
		"no parcel":  {2, template.Settled{TrackingNumber: "X", To: to}, "parcel 2 of 1 does not exist"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := template.NewData(o, tc.k, tc.s)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %v, want one that says %q", err, tc.want)
			}
		})
	}
}

func TestShippedTemplate(t *testing.T) {
	src, err := os.ReadFile("../../configs/templates/generic-4x6.yaml")
	if err != nil {
		t.Fatal(err)
	}
	tm, err := template.Parse("generic-4x6.yaml", src)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("generic-4x6", tm.Name); diff != "" {
		t.Errorf("name (-want +got):\n%s", diff)
	}
}

func FuzzParse(f *testing.F) {
	src, err := os.ReadFile("../../configs/templates/generic-4x6.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(src)
	f.Add([]byte(head + "- {name: a, kind: box, at: [95,1], width: 9, height: 9}"))
	f.Add([]byte(head + "- {name: a, kind: image, at: [1,1], width: 9, height: 9, file: art/mark.png, dither: floyd}"))
	f.Add([]byte(head + "- {name: a, kind: image, at: [1,1], width: 9, height: 9, data: iVBORw0KGgo=, rotate: 90}"))
	dir := imageDir(f)
	f.Fuzz(func(t *testing.T, src []byte) {
		tm, err := template.ParseIn(dir, "t.yaml", src)
		if (tm == nil) == (err == nil) {
			t.Errorf("template %v, error %v", tm, err)
		}
	})
}
