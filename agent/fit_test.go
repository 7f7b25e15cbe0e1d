package agent_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"waybill/agent"
	"waybill/shipment"
)

// TestTakeFitsCarrier warns of an address that the chosen carrier's systems do not
// take whole, and of none that fits once its lines are divided.
func TestTakeFitsCarrier(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		spoil func(*shipment.Address)
		want  shipment.Problems
	}{
		{"as it is", func(*shipment.Address) {}, nil},
		{"divided", func(a *shipment.Address) { a.Line1 = "1600 Amphitheatre Pkwy, Building 40, Entrance C, Suite 1200" }, nil},
		{"letters that the label shows", func(a *shipment.Address) { a.Name = "Zoë Ångström" }, nil},
		{"a name", func(a *shipment.Address) { a.Name = "The Honourable Zoe of the House of Many Mansions" }, shipment.Problems{
			{Field: "ship_to.name", Code: "too_long", Message: "48 characters are more than usps takes (46); shorten it"},
		}},
		{"a street", func(a *shipment.Address) {
			a.Line1, a.Line2 = "1600 Amphitheatre of the Performing and of the Visual Arts Pkwy", "behind the second gate on the left hand side of the old warehouse"
		}, shipment.Problems{
			{Field: "ship_to.line2", Code: "too_long", Message: "usps takes 2 lines of 46 characters, and the street does not fit them; shorten it, nothing is cut by itself"},
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := goods(1)
			tt.spoil(&o.ShipTo)
			s, effects, taken, err := rules(t).Take(nil, arrival(o, "d"), (&pool{left: 1}).take)
			if err != nil || taken != agent.Accepted {
				t.Fatalf("taken %s, why %+v, error %v", taken, s.Why, err)
			}
			if diff := cmp.Diff(tt.want, s.Unfit); diff != "" {
				t.Errorf("state (-want +got):\n%s", diff)
			}
			for _, e := range effects {
				if f, ok := e.(agent.Record).Fact.(shipment.CarrierAssigned); ok {
					if diff := cmp.Diff(tt.want, f.Warnings); diff != "" {
						t.Errorf("event (-want +got):\n%s", diff)
					}
					return
				}
			}
			t.Error("no carrier was recorded")
		})
	}
}
