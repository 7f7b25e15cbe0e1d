package template_test

import (
	"strings"
	"testing"

	"waybill/labels/template"
	"waybill/shipment"
)

const demanding = `name: t
size_mm: [100, 50]
require:
  - {that: 'ship_to.country == "US"', say: it is for the United States}
  - {that: 'fields.routing != ""', say: give label.fields.routing}
  - {that: 'len(split(fields.routing, "-")[1]) == 3', say: the routing code has no facility}
elements: []
`

func TestRequirements(t *testing.T) {
	tm, err := template.Parse("t.yaml", []byte(demanding))
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		country string
		fields  map[string]string
		want    []string // none: it holds
	}{
		"all there":             {"US", map[string]string{"routing": "US-ATL"}, nil},
		"all that is missing":   {"DE", nil, []string{`template "t": it is for the United States`, `template "t": give label.fields.routing`}},
		"one condition":         {"US", map[string]string{"routing": "US-ATLANTA"}, []string{"has no facility"}},
		"what cannot be judged": {"US", map[string]string{"routing": "ATL"}, []string{`template "t": require: `, "out of range"}},
	} {
		t.Run(name, func(t *testing.T) {
			d := data(t)
			d.Order.ShipTo.Country, d.Order.Label = tc.country, shipment.LabelWish{Fields: tc.fields}
			err := tm.Check(template.Bind(d))
			if (err == nil) != (tc.want == nil) {
				t.Fatalf("error %v, want %q", err, tc.want)
			}
			for _, want := range tc.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %v\nwant one that says %q", err, want)
				}
			}
			if err != nil && strings.Count(err.Error(), "\n") != len(tc.want)-1 && name != "what cannot be judged" {
				t.Errorf("error %v\nsays other than %q", err, tc.want)
			}
		})
	}
}

func TestMistakesUnderRequire(t *testing.T) {
	const head = "name: t\nsize_mm: [100, 50]\nelements: []\nrequire:"
	for name, tc := range map[string]struct{ in, want string }{
		"no list":        {" yes", "t.yaml:4: require: want a list of conditions"},
		"no condition":   {"\n- {say: x}", "t.yaml:5: that: required for a condition under require"},
		"no words":       {"\n- {that: sample}", "t.yaml:5: say: required"},
		"not a question": {"\n- {that: order_id, say: x}", "expected bool"},
		"misspelt":       {"\n- {that: smaple, say: x}", `unknown name "smaple"; did you mean "sample"?`},
		"unknown key":    {"\n- {when: sample, say: x}", `unknown key "when"`},
		"too many":       {strings.Repeat("\n- {that: sample, say: x}", 61), "require: 61 conditions, more than 60"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := template.Parse("t.yaml", []byte(head+tc.in+"\n"))
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %v\nwant one that says %q", err, tc.want)
			}
		})
	}
}
