package carrier_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"waybill/shipment"
	"waybill/shipment/carrier"
)

// TestWhatANumberTells holds what a match says besides carrier and check digit.
func TestWhatANumberTells(t *testing.T) {
	for _, tt := range []struct {
		name, number string
		h            carrier.Hints
		want         carrier.Match
	}{
		{"OK S10: the post's country", "RB123456785GB", carrier.Hints{}, carrier.Match{
			Carrier: "royal_mail", Service: "Registered letter post", Valid: true, CheckDigit: "ok", Confidence: carrier.High, Format: "s10", OriginCountry: "GB",
			TrackingURL: "https://www.royalmail.com/track-your-item#/tracking-results/RB123456785GB",
		}},
		{"OK routed IMpb: the ZIP", "420787459400111206206406260787", carrier.Hints{}, carrier.Match{
			Carrier: "usps", Service: "USPS Ground Advantage", Valid: true, CheckDigit: "ok", Confidence: carrier.High, Format: "usps_impb", PostalCode: "78745",
			TrackingURL: "https://tools.usps.com/go/TrackConfirmAction?tLabels=9400111206206406260787",
		}},
		{"OK routed IMpb: the ZIP+4", "4201002334249200190132607600833457", carrier.Hints{}, carrier.Match{
			Carrier: "usps", Service: "USPS Ground Advantage", Valid: true, CheckDigit: "ok", Confidence: carrier.High, Format: "usps_impb", PostalCode: "100233424",
			TrackingURL: "https://tools.usps.com/go/TrackConfirmAction?tLabels=9200190132607600833457",
		}},
		{"OK UPS: the service", "1Z12345E6605272234", carrier.Hints{}, carrier.Match{
			Carrier: "ups", Service: "UPS Worldwide Express", Valid: true, CheckDigit: "ok", Confidence: carrier.High, Format: "ups_1z",
			TrackingURL: "https://www.ups.com/track?tracknum=1Z12345E6605272234",
		}},
		{"digits with a right check digit are likely", "986578788855", carrier.Hints{}, carrier.Match{
			Carrier: "fedex", Service: "FedEx Express", Valid: true, CheckDigit: "ok", Confidence: carrier.Medium, Format: "fedex_12",
			TrackingURL: "https://www.fedex.com/fedextrack/?trknbr=986578788855",
		}},
		{"and sure where the carrier is expected", "986578788855", carrier.Hints{Carrier: "fedex"}, carrier.Match{
			Carrier: "fedex", Service: "FedEx Express", Valid: true, CheckDigit: "ok", Confidence: carrier.High, Format: "fedex_12",
			TrackingURL: "https://www.fedex.com/fedextrack/?trknbr=986578788855",
		}},
		{"the symbol outweighs the expected carrier", "00106141412345678908", carrier.Hints{AIM: "]C1", Carrier: "usps"}, carrier.Match{
			Carrier: "sscc", Service: "SSCC", Valid: true, CheckDigit: "ok", Confidence: carrier.High, Format: "sscc_20",
		}},
	} {
		_, matches := carrier.Default().Recognise(tt.number, tt.h)
		if len(matches) == 0 {
			t.Errorf("%s: no match", tt.name)
			continue
		}
		if diff := cmp.Diff(tt.want, matches[0]); diff != "" {
			t.Errorf("%s (-want +got)\n%s", tt.name, diff)
		}
	}
}

// TestDigitsAreNeverSure holds that plain digits, whatever they are, are not
// said to be a carrier's number for certain.
func TestDigitsAreNeverSure(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		number := rapid.StringMatching(`[0-9]{7,19}`).Draw(t, "digits")
		_, matches := carrier.Default().Recognise(number, carrier.Hints{})
		for i, m := range matches {
			prefixed := slices.Contains([]string{"dhl_paket_18", "bpost_32", "swiss_post_18", "la_poste_15", "dhl_ecommerce_3387"}, m.Format)
			if m.Confidence == carrier.High && !prefixed {
				t.Fatalf("%s: match %d is sure: %+v", number, i, m)
			}
			if carrier.LooksLike(number) != nil && m.Confidence == carrier.Medium && !prefixed {
				t.Fatalf("%s looks like %v, and yet %+v", number, carrier.LooksLike(number), m)
			}
		}
	})
}

// TestOrderOfMatches holds that what is valid is never behind what only has the
// right length, and that each carrier is named once.
func TestOrderOfMatches(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		number := rapid.StringMatching(`[0-9A-Z]{6,36}|[0-9]{8,34}`).Draw(t, "number")
		hint := rapid.SampledFrom([]shipment.CarrierID{"", "ups", "usps", "gls", "dhl_paket", "nobody"}).Draw(t, "hint")
		once, first := carrier.Default().Recognise(number, carrier.Hints{Carrier: hint})
		if len(first) > 0 {
			again, second := carrier.Default().Recognise(once, carrier.Hints{Carrier: first[0].Carrier})
			if len(second) == 0 || second[0].Carrier != first[0].Carrier || second[0].CheckDigit != first[0].CheckDigit || again != once {
				t.Fatalf("%s is %v, and its own form %s is %v", number, first, once, second)
			}
			if alike := carrier.LooksLike(once) != nil; first[0].Valid != second[0].Valid && (!alike || first[0].Valid) {
				t.Fatalf("%s is %v, and %v when its carrier is named", number, first, second)
			}
		}
		seen := map[shipment.CarrierID]bool{}
		for _, m := range first {
			if seen[m.Carrier] {
				t.Fatalf("%s: %s is named twice", number, m.Carrier)
			}
			seen[m.Carrier] = true
		}
		if hint != "" && seen[hint] && first[0].Carrier != hint {
			t.Fatalf("%s: %s is expected, %s is first", number, hint, first[0].Carrier)
		}
	})
}

func TestCarrierOf(t *testing.T) {
	for number, want := range map[shipment.TrackingNumber]shipment.CarrierID{
		"1Z999AA10123456784": "ups", "986578788855": "fedex", "TBA502887274000": "amazon_logistics", "RB123456785GB": "royal_mail",
		"996578788855": "", "60120172242323": "", "841225178292": "", "KYV009956937": "", "nothing": "", "": "",
	} {
		if got, ok := carrier.Default().CarrierOf(number); got != want || ok != (want != "") {
			t.Errorf("CarrierOf(%s) = %q, %t; want %q", number, got, ok, want)
		}
	}
}

func TestLooksLike(t *testing.T) {
	for number, want := range map[string][]string{
		"036000291452": {"upc_a"}, "4006381333931": {"ean_13"}, "96385074": {"ean_8"}, "10614141000415": {"gtin_14"}, "0110614141000415": {"gtin_14"},
		"2125551234": {"phone_number"}, "12125551234": {"phone_number"}, "576461413038785752": {"order_number"},
		"036000291453": nil, "1125551234": nil, "1Z999AA10123456784": nil, "": nil,
	} {
		if diff := cmp.Diff(want, carrier.LooksLike(number)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", number, diff)
		}
	}
}

// TestNormalising holds that spacing, case and width never change the answer.
func TestNormalising(t *testing.T) {
	between := []string{"", " ", "-", ".", "\t", "\u00a0", "\u2011", "\u200b", "\u3000"}
	rapid.Check(t, func(t *rapid.T) {
		number := rapid.SampledFrom([]string{"1Z999AA10123456784", "9400111201080805483016", "RB123456785GB", "986578788855", "YT2229521272164446"}).Draw(t, "number")
		var written strings.Builder
		for _, r := range number {
			switch rapid.IntRange(0, 3).Draw(t, "form") {
			case 1:
				r = []rune(strings.ToLower(string(r)))[0]
			case 2:
				r += 0xfee0
			}
			written.WriteRune(r)
			written.WriteString(rapid.SampledFrom(between).Draw(t, "between"))
		}
		_, want := carrier.Default().Recognise(number, carrier.Hints{})
		got, matches := carrier.Default().Recognise(rapid.SampledFrom([]string{"", "Tracking #: ", "No. "}).Draw(t, "label")+written.String(), carrier.Hints{})
		if strings.HasPrefix(got, "NO") {
			return // without a mark after it, "No." is no label
		}
		if got != number || !cmp.Equal(want, matches) {
			t.Fatalf("%q is %s %v, want %s", written.String(), got, matches, number)
		}
	})
}

// TestChangedDigit holds each scheme that guarantees it to its word: no one
// changed digit passes. The others, and what goes by them, are listed with why.
func TestChangedDigit(t *testing.T) {
	tolerated := map[string]string{
		"ups_1z": "doubled places: a change by 5", "ups_waybill": "as ups_1z", "luhn_like": "as ups_1z", "evri": "as ups_1z",
		"fedex_12": "remainders 10 and 0 are both written 0", "s10": "remainders 1 and 5, and 0 and 6, share a digit",
		"mod7": "a change by 7", "identcode": "weight 4: a change by 5", "sf": "several products have one sum of digits",
	}
	for _, c := range carrier.Default().Carriers() {
		for _, f := range c.Formats {
			if f.Check == "" || tolerated[f.Check] != "" {
				continue
			}
			for _, ex := range f.Examples {
				changedDigits(t, c.ID, f.ID, ex)
			}
		}
	}
}

func changedDigits(t *testing.T, id shipment.CarrierID, format, example string) {
	t.Helper()
	was, matches := carrier.Default().Recognise(example, carrier.Hints{Carrier: id})
	if len(matches) == 0 || matches[0].Carrier != id || matches[0].CheckDigit != "ok" {
		t.Errorf("%s: example %s is %+v", format, example, matches)
		return
	}
	for i := range was {
		for d := byte('0'); d <= '9' && was[i] >= '0' && was[i] <= '9'; d++ {
			changed := was[:i] + string(d) + was[i+1:]
			if d == was[i] {
				continue
			}
			_, now := carrier.Default().Recognise(changed, carrier.Hints{Carrier: id})
			for _, m := range now {
				if m.Format == format && m.Valid && covers(format, i) {
					t.Errorf("%s: %s passes with digit %d changed to %c", format, example, i, d)
				}
			}
		}
	}
}

// covers reports whether the check digit covers the place.
func covers(format string, place int) bool {
	switch format {
	case "fedex_sscc", "colissimo_13":
		return place >= 2
	}
	return true
}

func TestOverlay(t *testing.T) {
	base := carrier.Default()
	over, err := base.Overlay([]byte(`version: 1
sources: {own: {title: our contract, checked_on: "2026-11-27"}}
carriers:
  - {id: ups, tracking_url: "https://example.com/?n=%s"}
  - {id: seko, formats: [{id: seko_own, service: SEKO, pattern: "SEKO[0-9]{8}", source: [own], examples: [SEKO12345678]}]}
  - {id: courier_down_the_road, name: Down the road, formats: [{id: road, pattern: "ROAD[0-9]{4}"}]}
`))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		number string
		want   shipment.CarrierID
		page   string
	}{
		{"SEKO12345678", "seko", ""},
		{"ROAD0001", "courier_down_the_road", ""},
		{"1Z999AA10123456784", "ups", "https://example.com/?n=1Z999AA10123456784"},
	} {
		_, matches := over.Recognise(tt.number, carrier.Hints{})
		if len(matches) == 0 || matches[0].Carrier != tt.want || matches[0].TrackingURL != tt.page {
			t.Errorf("%s: %+v, want %s", tt.number, matches, tt.want)
		}
	}
	if _, matches := base.Recognise("ROAD0001", carrier.Hints{}); len(matches) != 0 {
		t.Errorf("the table laid under has changed: %+v", matches)
	}
	for name, tt := range map[string]struct{ in, want string }{
		"bad key":         {"version: 1\ncolour: red", "colour"},
		"bad new carrier": {"version: 1\ncarriers: [{id: x}]", "a name"},
		"bad format":      {"version: 1\ncarriers: [{id: ups, formats: [{id: f, pattern: '('}]}]", "pattern"},
	} {
		if _, err := base.Overlay([]byte(tt.in)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want %q", name, err, tt.want)
		}
	}
}

// BenchmarkRecognise measures one number of the table of public ones.
func BenchmarkRecognise(b *testing.B) {
	numbers := publicNumbers(b)
	table := carrier.Default()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		table.Recognise(numbers[i%len(numbers)].number, carrier.Hints{})
	}
}

// BenchmarkRecogniseWorst measures the digits that most formats fit.
func BenchmarkRecogniseWorst(b *testing.B) {
	table := carrier.Default()
	b.ReportAllocs()
	for b.Loop() {
		table.Recognise("320595463938", carrier.Hints{Carrier: "gls"})
	}
}

func FuzzParseTable(f *testing.F) {
	f.Add([]byte("version: 1\ncarriers: [{id: a, name: A, formats: [{id: f, pattern: '[0-9]{2,4}(?P<number>a|b)?', check: luhn}]}]"))
	f.Add([]byte("version: 1"))
	f.Fuzz(func(t *testing.T, data []byte) {
		table, err := carrier.Parse(data)
		if err != nil {
			return
		}
		table.Recognise("0123456789", carrier.Hints{})
		if _, err := carrier.Default().Overlay(data); err != nil {
			return
		}
	})
}
