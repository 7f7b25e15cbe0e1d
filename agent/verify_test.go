package agent_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"waybill/agent"
	"waybill/shipment"
)

// TestANumberForAnotherZIP holds the ZIP Code in a USPS number against the
// address: the post sorts by the bars.
func TestANumberForAnotherZIP(t *testing.T) {
	t.Parallel()
	const number = "9400111201080805483016"
	for given, want := range map[shipment.TrackingNumber]string{
		number:                                  "",
		"42094043" + number:                     "",
		"420940431351" + number:                 "",
		"420 94043 9400 1112 0108 0805 4830 16": "",
		"42010118" + number:                     "zip_mismatch",
		"420101183424" + number:                 "zip_mismatch",
	} {
		o := goods(1)
		o.TrackingNumber = given
		s, effects, taken, err := rules(t).Take(nil, arrival(o, "d"), (&pool{}).take)
		if err != nil {
			t.Fatal(err)
		}
		if want != "" {
			if taken != agent.Rejected || s.Why.Code != want || !strings.Contains(s.Why.Message, "10118") || !strings.Contains(s.Why.Message, "94043") {
				t.Errorf("%s: %s, why %+v", given, taken, s.Why)
			}
			continue
		}
		if taken != agent.Accepted || s.Parcels[0].TrackingNumber != number {
			t.Errorf("%s: %s, why %+v, parcels %+v", given, taken, s.Why, s.Parcels)
		}
		if a := accepted(t, effects); a.Order.TrackingNumber != number {
			t.Errorf("%s: the event has %s", given, a.Order.TrackingNumber)
		}
	}
}

func accepted(t *testing.T, effects []agent.Effect) shipment.OrderAccepted {
	t.Helper()
	for _, e := range effects {
		if r, ok := e.(agent.Record); ok {
			if a, ok := r.Fact.(shipment.OrderAccepted); ok {
				return a
			}
		}
	}
	t.Fatal("no order.accepted")
	return shipment.OrderAccepted{}
}

// TestWarningsTravel holds that what a person should look at stops nothing, and
// is in the event and with the order.
func TestWarningsTravel(t *testing.T) {
	t.Parallel()
	o := goods(1)
	o.ShipBy = at.Add(-time.Hour)
	o.Parcels[0].Weight = 10
	o.Totals.Grand = shipment.Money{Amount: 4200, Currency: "USD"}
	in := arrival(o, "d")
	in.Twin = &agent.Twin{ID: "B", Taken: at.AddDate(0, 0, -13)}
	s, effects, taken, err := rules(t).Take(nil, in, (&pool{left: 1}).take)
	if err != nil || taken != agent.Accepted {
		t.Fatalf("%s, why %+v, %v", taken, s.Why, err)
	}
	var codes []string
	for _, w := range s.Warnings {
		codes = append(codes, w.Code)
	}
	if diff := cmp.Diff([]string{"late", "weight_below_items", "same_content"}, codes); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
	a := accepted(t, effects)
	if diff := cmp.Diff(s.Warnings, a.Warnings); diff != "" || a.Total.Amount != 4200 || a.Order.ShipTo.City == "" || len(a.Order.Items) != 1 {
		t.Errorf("event %+v; warnings (-want +got):\n%s", a, diff)
	}
	for name, twin := range map[string]*agent.Twin{"itself": {ID: "A", Taken: at}, "one of long ago": {ID: "B", Taken: at.AddDate(0, 0, -14)}, "none": nil} {
		in.Twin = twin
		if s, _, _, _ := rules(t).Take(nil, in, (&pool{left: 1}).take); len(s.Warnings) != 2 {
			t.Errorf("%s: warnings %v", name, s.Warnings)
		}
	}
}

// TestEveryReasonIsTold holds that a refusal names everything that is wrong, not
// the first of it.
func TestEveryReasonIsTold(t *testing.T) {
	t.Parallel()
	o := goods(1)
	o.Items[0].Quantity, o.Payment, o.ShipTo.PostalCode = 0, shipment.PaymentOnHold, "62701"
	o.TrackingNumber = "420101189400111201080805483016"
	o.Items = append(o.Items, shipment.Item{SKU: "T", Quantity: 1, UnitPrice: shipment.Money{Amount: 1, Currency: "EUR"}})
	o.Totals.Items = shipment.Money{Amount: 1, Currency: "USD"}
	s, _, taken, err := rules(t).Take(nil, arrival(o, "d"), (&pool{}).take)
	if err != nil || taken != agent.Rejected {
		t.Fatalf("%s, %v", taken, err)
	}
	var fields []string
	for _, p := range s.Why.Problems {
		fields = append(fields, p.Field)
	}
	want := []string{"items[0].quantity", "totals.items.currency", "payment", "tracking_number", "ship_to.postal_code"}
	if diff := cmp.Diff(want, fields); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
}
