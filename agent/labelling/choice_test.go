package labelling_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"waybill/agent"
	"waybill/agent/labelling"
	"waybill/configs"
	"waybill/labels"
	"waybill/labels/fonts"
	"waybill/shipment"
	"waybill/shipment/carrier"
)

func shipped(t testing.TB) *labelling.Templates {
	t.Helper()
	templates, err := labelling.LoadTemplates(os.DirFS("../../configs/templates"), nil, "generic-4x6")
	if err != nil {
		t.Fatal(err)
	}
	return templates
}

func rules(t *testing.T) *carrier.Rules {
	t.Helper()
	parsed, err := carrier.ParseRules(configs.Rules)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

// TestTheServiceChoosesTheTemplate: what an order asks for goes before its
// service, that before its carrier, and the preset comes last. What a template
// requires is not gone round.
func TestTheServiceChoosesTheTemplate(t *testing.T) {
	t.Parallel()
	choice := labelling.Choice{
		Template: map[string]string{"usps_priority": "usps-4x6", "usps": "generic-a6"},
		Fields: map[string]map[string]string{
			"usps":          {"postage": "PERMIT NO. 1|CARRIER", "program": "eVS"},
			"usps_priority": {"postage": "PERMIT NO. 2|SERVICE"},
		},
	}
	tests := map[string]struct {
		carrier shipment.CarrierID
		service shipment.ServiceID
		wish    string
		choice  labelling.Choice
		name    string // how the label's name begins
		err     string
	}{
		"service":              {"usps", "usps_priority", "", choice, "usps-4x6 of ", ""},
		"carrier":              {"usps", "usps_ground_advantage", "", choice, "generic-a6 of ", ""},
		"neither":              {"ups", "ups_ground", "", choice, "generic-4x6 of ", ""},
		"the order's own":      {"usps", "usps_priority", "generic-4x6", choice, "generic-4x6 of ", ""},
		"unknown of the order": {"usps", "usps_priority", "usps-6x4", choice, "", `"usps-6x4": there is none of that name`},
		"nothing chosen":       {"usps", "usps_priority", "", labelling.Choice{}, "generic-4x6 of ", ""},
		"what it requires": {
			"usps", "usps_priority", "",
			labelling.Choice{Template: choice.Template},
			"",
			`template "usps-4x6": it does not say how postage is paid`,
		},
	}
	m := labelling.Maker{Carriers: carrier.Default(), Templates: shipped(t), Fonts: fonts.New(), Resolution: labels.DPI203}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			m := m
			m.Choice = tt.choice
			l, err := m.Lay(stateOf(tt.carrier, tt.service, tt.wish), agent.Parcel{ID: "A-1", K: 1, TrackingNumber: "9205590300000000142075"}, time.Unix(0, 0))
			switch {
			case tt.err == "" && err != nil:
				t.Fatal(err)
			case tt.err != "":
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Errorf("error %v, want one with %s", err, tt.err)
				}
			case !strings.HasPrefix(l.Name, tt.name):
				t.Errorf("label %q, want %q", l.Name, tt.name)
			}
			if tt.name == "usps-4x6 of " && (!says(l, "PERMIT NO. 2") || !says(l, "USPS TRACKING # eVS")) {
				t.Errorf("the label says %q, want its service's permit and its carrier's program", texts(l))
			}
		})
	}
}

// TestParcelsHaveFieldsOfTheirOwn: each of several parcels has its routing and
// its licence plate, and no parcel bears another's.
func TestParcelsHaveFieldsOfTheirOwn(t *testing.T) {
	t.Parallel()
	m := labelling.Maker{Carriers: carrier.Default(), Templates: shipped(t), Fonts: fonts.New(), Resolution: labels.DPI203}
	s := stateOf("dhl_express", "dhl_express_worldwide", "dhl-express-4x6")
	s.ServiceName = "DHL Express Worldwide"
	s.Order.Label.Fields = map[string]string{
		"waybill": "1234567890", "origin": "LAX", "destination": "DE-BER-TXL", "routing_code": "DE10115+48000001",
	}
	s.Order.Parcels = []shipment.Parcel{
		{Weight: 500, Fields: map[string]string{"license_plate": "JD014600009876543210"}},
		{Weight: 700, Fields: map[string]string{"license_plate": "JD014600009876543211", "destination": "DE-MUC-MUC"}},
		{Weight: 900},
	}
	for k, want := range map[int][]string{1: {"0098 7654 3210", "DE-BER-TXL"}, 2: {"0098 7654 3211", "DE-MUC-MUC"}} {
		l, err := m.Lay(s, agent.Parcel{ID: s.Order.ID.Parcel(k), K: k, TrackingNumber: "1234567890"}, time.Unix(0, 0))
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range want {
			if !says(l, w) {
				t.Errorf("parcel %d says %q, want %s", k, texts(l), w)
			}
		}
	}
	_, err := m.Lay(s, agent.Parcel{ID: s.Order.ID.Parcel(3), K: 3, TrackingNumber: "1234567890"}, time.Unix(0, 0))
	if err == nil || !strings.Contains(err.Error(), "the licence plate of this piece is missing") {
		t.Errorf("error %v, want one that asks for parcel 3's licence plate", err)
	}
	if diff := len(s.Order.Label.Fields); diff != 4 {
		t.Errorf("the order has %d fields now, want its own 4", diff)
	}
}

// TestNamesThatAreNotThere: a station says at its start, not at the first order,
// which key names what is not there, and what there is.
func TestNamesThatAreNotThere(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		choice labelling.Choice
		want   []string
	}{
		"good":        {labelling.Choice{Template: map[string]string{"usps": "usps-4x6", "ups_ground": "ups-4x6"}, Fields: map[string]map[string]string{"usps": nil}}, nil},
		"service":     {labelling.Choice{Template: map[string]string{"usps_prio": "usps-4x6"}}, []string{"template_by.usps_prio: ", "usps_ground_advantage, usps_priority", "dhl_express"}},
		"template":    {labelling.Choice{Template: map[string]string{"usps": "usps-6x4"}}, []string{"template_by.usps: ", `"usps-6x4"`, "ups-4x6, usps-4x6"}},
		"no template": {labelling.Choice{Template: map[string]string{"usps": ""}}, []string{"template_by.usps: no template is named"}},
		"manifest":    {labelling.Choice{Template: map[string]string{"usps": "manifest-a4"}}, []string{"template_by.usps: ", "filled with a manifest"}},
		"fields":      {labelling.Choice{Fields: map[string]map[string]string{"upps": {"billing": "P/P"}}}, []string{"label_fields.upps: ", "ups_ground"}},
		"both": {
			labelling.Choice{Template: map[string]string{"x": "usps-4x6"}, Fields: map[string]map[string]string{"y": nil}},
			[]string{"template_by.x: ", "label_fields.y: "},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			err := tt.choice.Check(shipped(t), rules(t), carrier.Default())
			if (err == nil) != (len(tt.want) == 0) {
				t.Fatalf("error %v", err)
			}
			for _, w := range tt.want {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("error %v, want one with %q", err, w)
				}
			}
		})
	}
	// Without rules nobody knows the services; the templates are known.
	without := func(template string) error {
		return labelling.Choice{Template: map[string]string{"house_express": template}}.Check(shipped(t), nil, carrier.Default())
	}
	if err := without("usps-4x6"); err != nil {
		t.Errorf("without rules: %v", err)
	}
	if err := without("usps-6x4"); err == nil || !strings.Contains(err.Error(), "template_by.house_express: ") {
		t.Errorf("without rules: %v, want the template that is not there", err)
	}
	if _, err := labelling.LoadTemplates(os.DirFS("../../configs/templates"), nil, "tote-4x6"); err == nil || !strings.Contains(err.Error(), "filled with a tote") {
		t.Errorf("a preset that is no parcel's label: %v", err)
	}
}

// TestCompactLabels: for a slow line a label has fewer bytes, and is proved all
// the same.
func TestCompactLabels(t *testing.T) {
	t.Parallel()
	m := labelling.Maker{Carriers: carrier.Default(), Templates: shipped(t), Fonts: fonts.New(), Resolution: labels.DPI203}
	size := func() int {
		t.Helper()
		content, err := m.Label(t.Context(), stateOf("ups", "ups_ground", ""), agent.Parcel{ID: "A-1", K: 1, TrackingNumber: "1Z999AA10123456784"}, time.Unix(0, 0))
		if err != nil {
			t.Fatal(err)
		}
		return len(content)
	}
	fast := size()
	m.Compact = true
	if compact := size(); compact*2 > fast {
		t.Errorf("compact takes %d bytes, fast %d; want less than half", compact, fast)
	}
}

func stateOf(c shipment.CarrierID, s shipment.ServiceID, wish string) agent.State {
	at := shipment.Address{Name: "Zoe", Line1: "1600 Amphitheatre Pkwy", City: "Mountain View", Region: "CA", PostalCode: "94043", Country: "US"}
	return agent.State{
		Order: shipment.Order{
			ID: "A", ShipTo: at, ShipFrom: at, Items: []shipment.Item{{SKU: "S", Quantity: 1, Weight: 100}},
			Label: shipment.LabelWish{Template: wish},
		},
		Carrier: c, Service: s, ServiceName: strings.ReplaceAll(string(s), "_", " "),
	}
}

func texts(l labels.Label) []string {
	var all []string
	for _, item := range l.Items {
		if text, ok := item.(labels.Text); ok {
			all = append(all, text.Text)
		}
	}
	return all
}

func says(l labels.Label, words string) bool {
	return strings.Contains(strings.Join(texts(l), "\n"), words)
}
