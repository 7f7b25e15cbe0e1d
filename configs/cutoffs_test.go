package configs_test

import (
	"strings"
	"testing"

	"waybill/configs"
	"waybill/shipment/carrier"
)

// TestCutoffsAreOfKnownCarriers holds that a cut-off which no parcel can miss is
// told, each one, and with the name that was meant.
func TestCutoffsAreOfKnownCarriers(t *testing.T) {
	t.Parallel()
	good := configs.Handoff{Cutoffs: map[string]string{"ups": "17:30", "usps": "17:00"}}
	if err := good.Check(carrier.Default()); err != nil {
		t.Error(err)
	}
	bad := configs.Handoff{Cutoffs: map[string]string{"UPS": "17:30", "fedx": "17:00", "usps": "17:00"}}
	err := bad.Check(carrier.Default())
	if err == nil {
		t.Fatal("taken")
	}
	for _, want := range []string{`handoff.cutoffs.UPS: no carrier is known as "UPS" (write ups)`, "handoff.cutoffs.fedx: ", "fedex, "} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not say %q", err, want)
		}
	}
	if strings.Contains(err.Error(), "cutoffs.usps") {
		t.Errorf("%q names one that is right", err)
	}
}
