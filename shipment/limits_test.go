package shipment_test

import (
	"strings"
	"testing"

	"waybill/shipment"
)

func TestAnOrderMustFitIntoAnEvent(t *testing.T) {
	t.Parallel()
	o := shipment.Order{ID: "a", Items: []shipment.Item{{SKU: "x", Quantity: 1}}}
	o.Extra = []byte(`"` + strings.Repeat("x", shipment.MaxOrderBytes-1000) + `"`)
	if ps := o.Check(); len(ps) != 0 {
		t.Errorf("an order below the limit: %v", ps)
	}
	// What JSON writes longer than it came counts as long as it is written.
	for name, extra := range map[string]string{
		"long":    strings.Repeat("x", shipment.MaxOrderBytes),
		"escaped": strings.Repeat("<", shipment.MaxOrderBytes/6),
	} {
		o.Extra = []byte(`"` + extra + `"`)
		ps := o.Check()
		if len(ps) != 1 || ps[0].Code != "too_large" || !strings.Contains(ps[0].Message, "1 MiB") {
			t.Errorf("%s: %v", name, ps)
		}
	}
}
