package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"waybill/agent"
	"waybill/agent/labelling"
	"waybill/configs"
	"waybill/labels"
	"waybill/labels/fonts"
	"waybill/printer"
	"waybill/shipment"
	"waybill/shipment/carrier"
)

// TestEachLanguageHasAPicture: what the packer's page shows of a label is drawn
// from its very bytes, whatever the language.
func TestEachLanguageHasAPicture(t *testing.T) {
	t.Parallel()
	cfg := configs.DefaultStation()
	templates, err := loadTemplates(cfg)
	if err != nil {
		t.Fatal(err)
	}
	to := shipment.Address{Name: "Zoe", Line1: "1600 Amphitheatre Pkwy", City: "Mountain View", Region: "CA", PostalCode: "94043", Country: "US"}
	state := agent.State{
		Order:   shipment.Order{ID: "A", ShipTo: to, ShipFrom: shipFrom(cfg.ShipFrom), Items: []shipment.Item{{SKU: "S", Quantity: 1, Weight: 100}}},
		Carrier: "ups", Service: "ups_ground", ServiceName: "UPS Ground",
	}
	for _, language := range labelling.Languages() {
		m := maker(cfg, language, carrier.Default(), templates, fonts.New())
		content, err := m.Label(t.Context(), state, agent.Parcel{ID: "A-1", K: 1, TrackingNumber: "1Z999AA10123456784"}, time.Unix(0, 0))
		if err != nil {
			t.Fatalf("%s: %v", language, err)
		}
		picture, err := preview(labels.DPI203)(printer.Job{Language: language, Content: content})
		if err != nil || !bytes.HasPrefix(picture, []byte("\x89PNG")) {
			t.Errorf("%s: picture %.8q, error %v", language, picture, err)
		}
	}
	if _, err := preview(labels.DPI203)(printer.Job{Language: "cpcl"}); err == nil {
		t.Error("a language nobody can draw was drawn")
	}
}

// TestOneLanguageForARole: printers that cannot share a label do not share a
// role; the station says so before it starts.
func TestOneLanguageForARole(t *testing.T) {
	t.Parallel()
	cfg := configs.DefaultStation()
	first := configs.Printer{Name: "a", Driver: "zpl", Roles: []string{labelling.Role}}
	second := configs.Printer{Name: "b", Driver: "file", Roles: []string{"returns", labelling.Role}, Language: "epl"}
	cfg.Printers = []configs.Printer{first, second}
	if _, err := labelLanguage(cfg); err == nil || !strings.Contains(err.Error(), `printer "b": its labels are epl, those of printer "a" are zpl`) {
		t.Errorf("two languages in one role: %v", err)
	}
	cfg.Printers[1].Roles = []string{"returns"}
	if language, err := labelLanguage(cfg); language != "zpl" || err != nil {
		t.Errorf("two roles: %q, %v", language, err)
	}
	cfg.Printers[0].Language = "tspl"
	if _, err := labelLanguage(cfg); err == nil || !strings.Contains(err.Error(), `printer "a"`) {
		t.Errorf("a language that the driver does not take: %v", err)
	}
}
