package scan_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"waybill/shipment"
	"waybill/shipment/carrier"
	"waybill/shipment/gs1"
	"waybill/shipment/scan"
)

func TestParse(t *testing.T) {
	type want struct {
		kind    scan.Kind
		number  string
		carrier shipment.CarrierID
		gs1     []gs1.Element
		command shipment.DeskCommand
		err     string
	}
	for _, tt := range []struct {
		name, raw string
		want      want
	}{
		{"OK our own label", "]Q1WB1/576461413000007919/1Z999AA10123456784", want{kind: scan.Order, number: "1Z999AA10123456784"}},
		{"OK our own label, keyboard wedge", "WB1/576461413000007919/YT0000000000000001", want{kind: scan.Order, number: "YT0000000000000001"}},
		{"OK control barcode", "WBC:next", want{kind: scan.Command, command: shipment.NextCommand}},
		{"OK control barcode in capitals", "]C0WBC:REPRINT", want{kind: scan.Command, command: shipment.ReprintCommand}},
		{"bad control barcode", "WBC:explode", want{kind: scan.Unknown, err: "unknown_command"}},
		{"OK UPS", "]C01Z999AA10123456784", want{kind: scan.TrackingNumber, number: "1Z999AA10123456784", carrier: "ups"}},
		{"bad UPS", "1Z999AA10123456783", want{kind: scan.Unknown, carrier: "ups", err: "check_digit"}},
		{"OK IMpb with routing", "]C142022153\x1d9101026837331000039521", want{
			kind: scan.TrackingNumber, number: "9101026837331000039521", carrier: "usps",
			gs1: []gs1.Element{{AI: "420", Value: "22153"}, {AI: "91", Value: "01026837331000039521"}},
		}},
		{"OK IMpb whose separator the scanner dropped", "420221539101026837331000039521", want{kind: scan.TrackingNumber, number: "9101026837331000039521", carrier: "usps"}},
		{"OK IMpb whose separator was dropped though GS1", "]C1420221539101026837331000039521", want{kind: scan.TrackingNumber, number: "9101026837331000039521", carrier: "usps"}},
		{"OK FedEx 96 in GS1", "]C19611020987654312345672", want{kind: scan.TrackingNumber, number: "987654312345672", carrier: "fedex", gs1: []gs1.Element{{AI: "96", Value: "11020987654312345672"}}}},
		{"OK SSCC", "]C100106141412345678908", want{kind: scan.TrackingNumber, number: "00106141412345678908", carrier: "sscc", gs1: []gs1.Element{{AI: "00", Value: "106141412345678908"}}}},
		{"bad SSCC", "]C100106141412345678909", want{kind: scan.Unknown, carrier: "sscc", err: "check_digit"}},
		{"OK GS1 without a number", "]d20109521234543213\x1d10LOT", want{kind: scan.GS1, gs1: []gs1.Element{{AI: "01", Value: "09521234543213"}, {AI: "10", Value: "LOT"}}}},
		{"OK product", "]E04006381333931", want{kind: scan.GS1, gs1: []gs1.Element{{AI: "01", Value: "04006381333931"}}}},
		{"bad product", "]E04006381333932", want{kind: scan.Unknown, err: "check_digit"}},
		{"bad GS1", "]C10512", want{kind: scan.Unknown, err: "unknown_ai"}},
		{"OK S10", "]C0RB123456785GB", want{kind: scan.TrackingNumber, number: "RB123456785GB", carrier: "royal_mail"}},
		{"OK DPD, with the % of its bars", "]C0%008182709980000020033350276C", want{kind: scan.TrackingNumber, number: "008182709980000020033350276C", carrier: "dpd"}},
		{"OK FedEx 34 is its last 12", "]C01001921334250001000300779017972697", want{kind: scan.TrackingNumber, number: "779017972697", carrier: "fedex"}},
		{"OK carton (ITF-14)", "]I110614141000415", want{kind: scan.GS1, gs1: []gs1.Element{{AI: "01", Value: "10614141000415"}}}},
		{"14 digits are nobody's for certain", "60120172242323", want{kind: scan.Unknown, carrier: "dhl_ecommerce"}},
		{"a product by a keyboard wedge is no parcel", "036000291452", want{kind: scan.Unknown, carrier: "fedex", err: "check_digit"}},
		{"nothing we know", "HELLO", want{kind: scan.Unknown}},
		{"bad empty", "", want{kind: scan.Unknown, err: "empty"}},
		{"bad only an identifier", "]C1", want{kind: scan.Unknown, err: "empty"}},
		{"bad not text", "\xff\xfe", want{kind: scan.Unknown, err: "not_text"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := scan.Parse(carrier.Default(), []byte(tt.raw))
			got := want{kind: s.Kind, number: s.Number, command: s.Command}
			if len(s.Matches) > 0 {
				got.carrier = s.Matches[0].Carrier
			}
			if len(s.GS1) > 0 {
				got.gs1 = s.GS1
			}
			if s.Error != nil {
				got.err = s.Error.Code
			}
			if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(want{})); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestNumbers(t *testing.T) {
	for raw, want := range map[string][]shipment.TrackingNumber{
		"]Q1WB1/1/1Z999AA10123456784":           {"1Z999AA10123456784"},
		"]C142022153\x1d9101026837331000039521": {"9101026837331000039521", "42022153\x1d9101026837331000039521", "420221539101026837331000039521"},
		"1z999aa10123456784":                    {"1Z999AA10123456784", "1z999aa10123456784"},
		"OWN-00017":                             {"OWN-00017", "OWN00017"},
		"WBC:next":                              nil,
		"\xff":                                  nil,
	} {
		if diff := cmp.Diff(want, scan.Parse(carrier.Default(), []byte(raw)).Numbers()); diff != "" {
			t.Errorf("%q (-want +got)\n%s", raw, diff)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("]C142022153\x1d9101026837331000039521"))
	f.Add([]byte("WB1/1/2"))
	f.Add([]byte("]E04006381333931"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		s := scan.Parse(carrier.Default(), raw)
		if s.Kind == scan.Unknown && s.Number != "" || s.Kind == scan.TrackingNumber && (s.Number == "" || len(s.Matches) == 0) {
			t.Errorf("%q: %+v", raw, s)
		}
		s.Numbers()
	})
}
