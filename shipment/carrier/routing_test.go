package carrier_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"waybill/shipment"
	"waybill/shipment/carrier"
)

func TestUnroute(t *testing.T) {
	t.Parallel()
	for in, want := range map[shipment.TrackingNumber]carrier.Routed{
		"420221539101026837331000039521":              {Number: "9101026837331000039521", ZIP: "22153"},
		"420 22153\x1d9101 0268 3733 1000 0395 21":    {Number: "9101026837331000039521", ZIP: "22153"},
		"4201002334249200190132607600833457":          {Number: "9200190132607600833457", ZIP: "10023", Plus4: "3424"},
		"42022153" + "92748931507708513018050063":     {Number: "92748931507708513018050063", ZIP: "22153"},
		"420221531234" + "92748931507708513018050063": {Number: "92748931507708513018050063", ZIP: "22153", Plus4: "1234"},
		"9400111201080805483016":                      {Number: "9400111201080805483016"},
		"1z 999 aa1 01 2345 6784":                     {Number: "1Z999AA10123456784"},
		"420221538101026837331000039521":              {Number: "420221538101026837331000039521"},
		"":                                            {},
		"420":                                         {Number: "420"},
	} {
		if diff := cmp.Diff(want, carrier.Unroute(in)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", in, diff)
		}
	}
}

// TestUnrouteFindsWhatWasRouted holds that every number of a Mailer ID is found
// behind its routing.
func TestUnrouteFindsWhatWasRouted(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		prefix := rapid.SampledFrom([]string{"92001903000000", "93055898787", "9405512901326076"}).Draw(t, "prefix")
		n, err := carrier.Compose(carrier.USPSIMpb, prefix, rapid.Int64Range(0, 99_999).Draw(t, "serial"))
		if err != nil {
			t.Fatal(err)
		}
		want := carrier.Routed{Number: n, ZIP: rapid.StringMatching(`[0-9]{5}`).Draw(t, "zip"), Plus4: rapid.SampledFrom([]string{"", "0001", "9876"}).Draw(t, "plus4")}
		if diff := cmp.Diff(want, carrier.Unroute(shipment.TrackingNumber("420"+want.ZIP+want.Plus4)+n)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}
