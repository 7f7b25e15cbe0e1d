package shipment_test

import (
	"testing"

	"pgregory.net/rapid"

	"waybill/shipment"
)

func TestLabelCode(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := shipment.LabelCode{
			Order:          shipment.OrderID(rapid.StringMatching(`[!-~]{1,64}`).Draw(t, "order")),
			TrackingNumber: shipment.TrackingNumber(rapid.StringMatching(`[0-9A-Z]{1,34}`).Draw(t, "number")),
		}
		if got, err := shipment.ParseLabelCode(c.String()); got != c || err != nil {
			t.Fatalf("%q reads back as %+v, %v", c, got, err)
		}
	})
	for _, bad := range []string{"", "WB1/", "WB1//1Z", "WB1/1/", "WB1/1", "WB2/1/2", "wb1/1/2", "WB1/1 /2", "WB1/1\x1d/2", "1Z999AA10123456784"} {
		if got, err := shipment.ParseLabelCode(bad); err == nil {
			t.Errorf("%q is taken for %+v", bad, got)
		}
	}
}
