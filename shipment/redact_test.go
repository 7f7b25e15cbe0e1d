package shipment_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"waybill/shipment"
)

// secret is in every field that speaks of a person, and must be in none afterwards.
const secret = "Zoë Secret"

func secretOrder() shipment.Order {
	a := shipment.Address{Name: secret, Company: secret, Line1: secret, Line2: secret, Line3: secret, City: secret, District: secret, Region: "CA", PostalCode: secret, Country: "US", Phone: secret}
	return shipment.Order{
		ID: "A1", ShipFrom: a, ShipTo: a, Buyer: shipment.Buyer{Email: secret, Phone: secret, Locale: "en-US"},
		Items:           []shipment.Item{{SKU: "S", Quantity: 2, UnitPrice: shipment.Money{Amount: 1 << 60, Currency: "USD"}}},
		Label:           shipment.LabelWish{Template: "t", Fields: map[string]string{"x": secret}},
		Parcels:         []shipment.Parcel{{Weight: 100, Fields: map[string]string{"x": secret}}},
		Extra:           json.RawMessage(`{"note":"` + secret + `"}`),
		AddressOverride: shipment.AddressOverride{By: "A-7", Reason: secret},
	}
}

func TestRedact(t *testing.T) {
	problems := shipment.Problems{{Field: "ship_to.line1", Code: "too_long", Message: secret}}
	scan := shipment.ScanEvidence{Raw: secret, RawBase64: secret, Message: secret, Scanner: "dock"}
	for _, tt := range []struct {
		fact  shipment.Fact
		stays []string
	}{
		{shipment.OrderAccepted{Order: secretOrder(), From: "a.json", Warnings: problems}, []string{`"order_id":"A1"`, `"country":"US"`, `"region":"CA"`, `"amount":1152921504606846976`, `"weight_g":100`, "too_long", "A-7"}},
		{shipment.OrderRejected{From: "a.json", Problems: problems}, []string{"too_long", "ship_to.line1"}},
		{shipment.OrderHeld{Reason: "twin", Message: secret}, []string{"twin"}},
		{shipment.OrderChanged{Code: "cancelled", Message: secret}, []string{"cancelled"}},
		{shipment.AddressCorrected{Changes: []shipment.Change{{Field: "line1", Old: secret, New: secret, Why: secret}}}, []string{"line1"}},
		{shipment.AddressOverridden{By: "A-7", Reason: secret, Problems: problems}, []string{"A-7", "too_long"}},
		{shipment.CarrierAssigned{Carrier: "ups", Warnings: problems}, []string{"ups"}},
		{shipment.TrackingAssigned{TrackingNumber: "1Z", Warnings: problems}, []string{"1Z"}},
		{shipment.LabelResolved{Parcel: "A1-1", Outcome: shipment.LabelCancelled, Reason: secret}, []string{"A1-1", "cancelled"}},
		{shipment.LabelReprinted{Parcel: "A1-1", Job: "j", Reason: secret}, []string{"A1-1", `"j"`}},
		{shipment.LabelVoided{Parcel: "A1-1", Reason: secret, Code: "cancelled"}, []string{"A1-1", "cancelled"}},
		{shipment.ParcelScanned{TrackingNumber: "1Z", ScanEvidence: scan}, []string{"1Z", "dock"}},
		{shipment.ScanRefused{ScanEvidence: scan, Parcel: "A1-1"}, []string{"A1-1"}},
		{shipment.ParcelHandedOver{TrackingNumber: "1Z", PostalCode: secret, Country: "US", ScanEvidence: scan}, []string{"1Z", "US"}},
		{shipment.ParcelTakenBack{Parcel: "A1-1", Reason: secret}, []string{"A1-1"}},
		{shipment.HandoffClosed{Handoff: "h", Driver: secret, Signature: "5ca1ab1e"}, []string{"5ca1ab1e"}},
	} {
		e, err := shipment.NewEvent(time.Time{}, "A1", tt.fact)
		if err != nil {
			t.Fatal(err)
		}
		got, changed, err := shipment.Redact(e.Type, e.Data)
		if err != nil || !changed || strings.Contains(string(got), "Secret") {
			t.Errorf("%s: %s, %v", e.Type, got, err)
		}
		for _, want := range tt.stays {
			if !strings.Contains(string(got), want) {
				t.Errorf("%s: %s is gone: %s", e.Type, want, got)
			}
		}
		again, changed, err := shipment.Redact(e.Type, got)
		if err != nil || changed || string(again) != string(got) {
			t.Errorf("%s, once more: %s, %v", e.Type, again, err)
		}
	}
}

func TestRedactLeavesTheRest(t *testing.T) {
	for _, data := range []string{``, `null`, `7`, `[]`, `{"printer":"bench"}`, `{"message":1,"order":5}`} {
		got, changed, err := shipment.Redact(shipment.LabelPrintedType, json.RawMessage(data))
		if err != nil || changed || string(got) != data {
			t.Errorf("%s: %s, %v, %v", data, got, changed, err)
		}
	}
	if _, _, err := shipment.Redact(shipment.OrderAcceptedType, json.RawMessage(`{"order":`)); err == nil {
		t.Error("no error for what is no JSON")
	}
	for _, data := range []string{`{"order":5}`, `{"order":{"ship_to":[]},"warnings":{}}`} {
		if got, changed, err := shipment.Redact(shipment.OrderAcceptedType, json.RawMessage(data)); err != nil || changed || string(got) != data {
			t.Errorf("%s: %s, %v, %v", data, got, changed, err)
		}
	}
}

func TestOrderRedact(t *testing.T) {
	o := secretOrder()
	got := o.Redact()
	raw, err := json.Marshal(got)
	if err != nil || strings.Contains(string(raw), "Secret") {
		t.Errorf("%s, %v", raw, err)
	}
	if got.ID != "A1" || got.ShipTo.Country != "US" || got.Items[0].Quantity != 2 || got.Parcels[0].Weight != 100 {
		t.Errorf("%s", raw)
	}
	if diff := cmp.Diff(secretOrder(), o); diff != "" {
		t.Errorf("the order itself was changed:\n%s", diff)
	}
}
