package agent_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"waybill/agent"
	"waybill/shipment"
)

func TestOverride(t *testing.T) {
	t.Parallel()
	word := shipment.AddressOverride{By: "Kim", Reason: "the buyer confirmed it by telephone"}
	r, numbers := rules(t), &pool{left: 9}
	bad := goods(1)
	bad.ShipTo.PostalCode = "62701" // of Illinois, not California
	s, _, taken, err := r.Take(nil, arrival(bad, "bad"), numbers.take)
	if err != nil || taken != agent.Rejected || !s.Overridable() {
		t.Fatalf("taken %s, why %+v, error %v", taken, s.Why, err)
	}
	o, err := s.Override(word)
	if err != nil {
		t.Fatal(err)
	}
	s, effects, taken, err := r.Take(&s, arrival(o, "overridden"), numbers.take)
	if err != nil || taken != agent.Accepted || s.Stage() != agent.Labelling {
		t.Fatalf("taken %s, why %+v, error %v", taken, s.Why, err)
	}
	if diff := cmp.Diff([]shipment.EventType{"order.accepted", "address.overridden", "carrier.assigned", "tracking.assigned"}, facts(effects)); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	for _, e := range effects {
		if f, ok := e.(agent.Record).Fact.(shipment.AddressOverridden); ok {
			if f.By != word.By || f.Reason != word.Reason || len(f.Problems) != 1 || f.Problems[0].Field != "ship_to.postal_code" {
				t.Errorf("recorded %+v", f)
			}
		}
	}
	if s.Order.AddressOverride != word {
		t.Errorf("the order keeps %+v", s.Order.AddressOverride)
	}
	// The shop sends the refused order again: it is this one, and does not print twice.
	if _, effects, taken, _ = r.Take(&s, arrival(bad, "bad"), numbers.take); taken != agent.AlreadyTaken || len(effects) != 0 {
		t.Errorf("the refused order again: %s, %d effects", taken, len(effects))
	}
	if _, err := s.Override(word); !errors.Is(err, agent.ErrNoOverride) {
		t.Errorf("overridden twice: %v", err)
	}
}

func TestOverrideHasLimits(t *testing.T) {
	t.Parallel()
	r, numbers := rules(t), &pool{left: 9}
	word := shipment.AddressOverride{By: "Kim", Reason: "confirmed"}
	for _, tt := range []struct {
		name  string
		spoil func(*shipment.Order)
		want  []string
	}{
		{"no country", func(o *shipment.Order) { o.ShipTo.Country = "" }, []string{"ship_to.country"}},
		{"no such country", func(o *shipment.Order) { o.ShipTo.Country = "Atlantis" }, []string{"ship_to.country"}},
		{"other trouble", func(o *shipment.Order) { o.ShipTo.PostalCode, o.Items[0].Quantity = "62701", 0 }, []string{"items[0].quantity"}},
		{"nobody", func(o *shipment.Order) { o.ShipTo.PostalCode, o.AddressOverride.By = "62701", " " }, []string{"address_override.by", "ship_to.postal_code"}},
		{"no reason", func(o *shipment.Order) { o.ShipTo.PostalCode, o.AddressOverride.Reason = "62701", "" }, []string{"address_override.reason", "ship_to.postal_code"}},
		{"no reason, sound address", func(o *shipment.Order) { o.AddressOverride.Reason = "" }, []string{"address_override.reason"}},
	} {
		o := goods(1)
		o.AddressOverride = word
		tt.spoil(&o)
		s, _, taken, err := r.Take(nil, arrival(o, tt.name), numbers.take)
		if err != nil || taken != agent.Rejected || numbers.left != 9 {
			t.Errorf("%s: taken %s, error %v", tt.name, taken, err)
			continue
		}
		var fields []string
		for _, p := range s.Why.Problems {
			fields = append(fields, p.Field)
		}
		if diff := cmp.Diff(tt.want, fields); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
	sound := goods(1)
	sound.AddressOverride = word
	_, effects, taken, err := r.Take(nil, arrival(sound, "d"), numbers.take)
	if diff := cmp.Diff([]shipment.EventType{"order.accepted", "carrier.assigned", "tracking.assigned"}, facts(effects)); err != nil || taken != agent.Accepted || diff != "" {
		t.Errorf("nothing to override: %s, %v\n%s", taken, err, diff)
	}
}
