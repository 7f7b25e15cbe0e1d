package agent_test

import (
	"strings"
	"testing"

	"waybill/agent"
	"waybill/shipment"
)

// TestBoughtNumberIsDoubted holds that a number with a wrong check digit, or of
// no known form, is taken all the same, with a warning in the event.
func TestBoughtNumberIsDoubted(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, number string
		carrier      shipment.CarrierID
		taken        agent.Taken
		warning      string
	}{
		{"OK UPS", "1Z999AA10123456784", "ups", agent.Accepted, ""},
		{"bad check digit warns", "1Z999AA10123456785", "ups", agent.Accepted, "check_digit"},
		{"bad form warns", "UPSNEW-0001", "ups", agent.Accepted, "number_form"},
		{"bad carrier is refused", "9400111201080805483016", "ups", agent.Rejected, ""},
		{"OK plain digits are nobody's for certain", "986578788855", "ups", agent.Accepted, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := goods(1)
			o.Carrier, o.Service, o.TrackingNumber = tt.carrier, "", shipment.TrackingNumber(tt.number)
			s, effects, taken, err := rules(t).Take(nil, arrival(o, "d"), (&pool{left: 9}).take)
			if err != nil || taken != tt.taken {
				t.Fatalf("taken %s, why %+v, error %v; want %s", taken, s.Why, err, tt.taken)
			}
			got := ""
			for _, e := range effects {
				if r, ok := e.(agent.Record); ok {
					if a, ok := r.Fact.(shipment.TrackingAssigned); ok && len(a.Warnings) > 0 {
						got = a.Warnings[0].Code
						if !strings.Contains(a.Warnings[0].Message, tt.number) {
							t.Errorf("message %q does not name the number", a.Warnings[0].Message)
						}
					}
				}
			}
			if len(s.Parcels) > 0 && (tt.warning != "") != (len(s.Parcels[0].Warnings) > 0) {
				t.Errorf("the parcel keeps %v for the page, want %q", s.Parcels[0].Warnings, tt.warning)
			}
			if got != tt.warning {
				t.Errorf("warning %q, want %q", got, tt.warning)
			}
		})
	}
}

// TestANumberIsWrittenAsCarriersDo holds that what reaches the bars is letters
// and digits, and that a number which has anything else is refused in words.
func TestANumberIsWrittenAsCarriersDo(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ in, number, code string }{
		{"1z 999 aa1 01 2345 6784", "1Z999AA10123456784", ""},
		{"1z 999 aa1 01 2345 6785", "1Z999AA10123456785", ""}, // its check digit warns
		{" UPS-new\n 0001 ", "UPS-new0001", ""},
		{"1Z999АА10123456784", "", "unprintable"}, // Cyrillic
		{"1Z^XZ~JA9", "", "unprintable"},
		{"A/B-1", "", "unprintable"}, // the slash divides our own QR code
		{strings.Repeat("7", 65), "", "too_long"},
	} {
		o := goods(1)
		o.Carrier, o.Service, o.TrackingNumber = "ups", "", shipment.TrackingNumber(tt.in)
		s, _, taken, err := rules(t).Take(nil, arrival(o, "d"), (&pool{left: 9}).take)
		if err != nil || (taken == agent.Rejected) != (tt.code != "") {
			t.Errorf("%q: taken %s, why %+v, error %v", tt.in, taken, s.Why, err)
			continue
		}
		if tt.code != "" {
			if p := s.Why.Problems[0]; p.Field != "tracking_number" || p.Code != tt.code {
				t.Errorf("%q: %+v, want %s", tt.in, p, tt.code)
			}
		} else if got := string(s.Parcels[0].TrackingNumber); got != tt.number {
			t.Errorf("%q is printed as %q, want %q", tt.in, got, tt.number)
		}
	}
}
