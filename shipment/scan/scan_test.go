package scan_test

import (
	"strings"
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
		{"OK box", "WBC:BOX:9", want{kind: scan.Command, command: shipment.BoxCommand}},
		{"OK badge", "]C0WBC:badge:a-7", want{kind: scan.Command, command: shipment.BadgeCommand}},
		{"bad box", "WBC:BOX:10", want{kind: scan.Unknown, err: "unknown_command"}},
		{"bad box without a number", "WBC:BOX", want{kind: scan.Unknown, err: "unknown_command"}},
		{"bad badge", "WBC:BADGE:ana@example.com", want{kind: scan.Unknown, err: "unknown_command"}},
		{"bad reason", "WBC:REPRINT:ANGER", want{kind: scan.Unknown, err: "unknown_command"}},
		{"bad control barcode", "WBC:explode", want{kind: scan.Unknown, err: "unknown_command"}},
		{"OK UPS", "]C01Z999AA10123456784", want{kind: scan.TrackingNumber, number: "1Z999AA10123456784", carrier: "ups"}},
		{"bad UPS", "1Z999AA10123456783", want{kind: scan.Unknown, carrier: "ups", err: "check_digit"}},
		{"OK IMpb with routing", "]C142022153\x1d9101026837331000039521", want{
			kind: scan.TrackingNumber, number: "9101026837331000039521", carrier: "usps",
			gs1: []gs1.Element{{AI: "420", Value: "22153"}, {AI: "91", Value: "01026837331000039521"}},
		}},
		{"OK IMpb whose separator the scanner dropped", "420221539101026837331000039521", want{kind: scan.TrackingNumber, number: "9101026837331000039521", carrier: "usps"}},
		{"IMpb whose separator was dropped though GS1", "]C1420221539101026837331000039521", want{kind: scan.TrackingNumber, number: "9101026837331000039521", carrier: "usps", err: "too_long"}},
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
		{"OK bracketed", "(01)09521234543213(10)LOT", want{kind: scan.GS1, gs1: []gs1.Element{{AI: "01", Value: "09521234543213"}, {AI: "10", Value: "LOT"}}}},
		{"bad bracketed, cut off", "(15", want{kind: scan.Unknown, err: "brackets"}},
		{"bad bracketed", "(01)09521234543214", want{kind: scan.Unknown, err: "check_digit"}},
		{"OK ^ for FNC1", "^10LOT^0109521234543213", want{kind: scan.GS1, gs1: []gs1.Element{{AI: "10", Value: "LOT"}, {AI: "01", Value: "09521234543213"}}}},
		{"OK ^ for FNC1, composite", "^0109521234543213|^10LOT", want{kind: scan.GS1, gs1: []gs1.Element{{AI: "01", Value: "09521234543213"}, {AI: "10", Value: "LOT"}}}},
		{"OK ^ for FNC1, composite of a product", "4006381333931|^10LOT", want{kind: scan.GS1, gs1: []gs1.Element{{AI: "01", Value: "04006381333931"}, {AI: "10", Value: "LOT"}}}},
		{"bad ^ for FNC1, composite without its second part", "^0109521234543213|^", want{kind: scan.Unknown, err: "empty"}},
		{"bad ^ for FNC1, two lots", "^0109521234543213^10A|^10B", want{kind: scan.Unknown, err: "duplicate_ai"}},
		{"OK bracketed composite", "(01)09521234543213|(10)LOT", want{kind: scan.GS1, gs1: []gs1.Element{{AI: "01", Value: "09521234543213"}, {AI: "10", Value: "LOT"}}}},
		{"bad a batch alone", "]C110LOT", want{kind: scan.Unknown, err: "required_ai"}},
		{"OK Digital Link", "]Q1https://example.com/01/09521234543213/10/L%2F1?17=271231", want{kind: scan.GS1, gs1: []gs1.Element{{AI: "01", Value: "09521234543213"}, {AI: "10", Value: "L/1"}, {AI: "17", Value: "271231"}}}},
		{"OK Digital Link of an SSCC", "https://id.gs1.org/00/106141412345678908", want{kind: scan.TrackingNumber, number: "00106141412345678908", carrier: "sscc", gs1: []gs1.Element{{AI: "00", Value: "106141412345678908"}}}},
		{"bad a web page", "]Q1https://example.com/", want{kind: scan.Unknown, err: "link_no_key"}},
		{"bad compressed link", "https://id.gs1.org/DBHKVAdpQgqrgA0", want{kind: scan.Unknown, err: "link_compressed"}},
		{"OK SSCC with its address", "]C100106141412345678908\x1d4301J%20DOE", want{kind: scan.TrackingNumber, number: "00106141412345678908", carrier: "sscc", gs1: []gs1.Element{{AI: "00", Value: "106141412345678908"}, {AI: "4301", Value: "J%20DOE"}}}},
		{"OK no identifier, GS first", "\x1d0109521234543213", want{kind: scan.GS1, carrier: "canada_post", gs1: []gs1.Element{{AI: "01", Value: "09521234543213"}}}},
		{"OK no identifier, an SSCC and what it contains", "0010614141234567890802095212345432133712", want{
			kind: scan.TrackingNumber, number: "00106141412345678908", carrier: "sscc",
			gs1: []gs1.Element{{AI: "00", Value: "106141412345678908"}, {AI: "02", Value: "09521234543213"}, {AI: "37", Value: "12"}},
		}},
		{"no identifier, and what seems to be contained has a wrong check digit", "0010614141234567890802095212345432143712", want{kind: scan.Unknown}},
		{"OK no identifier, GS first, no key", "\x1d99BOX-7", want{kind: scan.GS1, gs1: []gs1.Element{{AI: "99", Value: "BOX-7"}}}},
		{"bad no identifier, GS first, a batch alone", "\x1d10LOT", want{kind: scan.Unknown, err: "required_ai"}},
		{"OK the separator by name", "]C110LOT{GS}0109521234543213", want{kind: scan.GS1, gs1: []gs1.Element{{AI: "10", Value: "LOT"}, {AI: "01", Value: "09521234543213"}}}},
		{"OK no identifier, ~ for GS", "010952123454321310LOT~17271231", want{kind: scan.GS1, gs1: []gs1.Element{{AI: "01", Value: "09521234543213"}, {AI: "10", Value: "LOT"}, {AI: "17", Value: "271231"}}}},
		{"bad no identifier, and no GS1", "ABC\x1dDEF", want{kind: scan.Unknown, err: "unknown_ai"}},
		{"OK product with an add-on", "]E3400638133393112", want{kind: scan.GS1, gs1: []gs1.Element{{AI: "01", Value: "04006381333931"}}}},
		{"OK product with an add-on apart", "]E04006381333931]E112", want{kind: scan.GS1, gs1: []gs1.Element{{AI: "01", Value: "04006381333931"}}}},
		{"OK composite", "]E04006381333931|]e010LOT", want{kind: scan.GS1, gs1: []gs1.Element{{AI: "01", Value: "04006381333931"}, {AI: "10", Value: "LOT"}}}},
		{"bad composite", "]E04006381333931|]e017271301", want{kind: scan.Unknown, err: "date"}},
		{"bad product of 12 digits", "]E0036000291452", want{kind: scan.Unknown, err: "too_short"}},
		{"bad product that has letters", "]E0400638133393A", want{kind: scan.Unknown, err: "bad_character"}},
		{"bad product that is short and has letters", "]E0WBC:UNDO", want{kind: scan.Unknown, err: "bad_character"}},
		{"bad product and more", "]E040063813339314006381333931", want{kind: scan.Unknown, err: "too_long"}},
		{"bad add-on alone", "]E112", want{kind: scan.Unknown, err: "add_on"}},
		{"OK EAN-8", "]E496385074", want{kind: scan.GS1, gs1: []gs1.Element{{AI: "01", Value: "00000096385074"}}}},
		{"OK MaxiCode of UPS", "]U1[)>\x1e01\x1d96303081829\x1d840\x1d003\x1d1Z00427185\x1dUPSN\x1d999AA1\x1d327\x1d\x1d1/1\x1d7\x1dN\x1d\x1dATLANTA\x1dGA\x1e\x04", want{kind: scan.TrackingNumber, number: "1Z999AA10300427185", carrier: "ups"}},
		{"OK PDF417 of FedEx", "]L2[)>\x1e01\x1d0294115\x1d840\x1d01\x1d7790179726970201\x1dFDE\x1d740561073\x1d327\x1d\x1d1/1\x1d1.86LB\x1dN\x1d2200 Post St\x1dSan Francisco\x1dCA\x1dNoor Haddad\x1e\x04", want{kind: scan.TrackingNumber, number: "779017972697", carrier: "fedex"}},
		{"bad half a MaxiCode", "]U1[)>\x1e01\x1d96303081829\x1d840", want{kind: scan.Unknown, err: "envelope"}},
		{"bad other envelope", "[)>\x1e06\x1d1PABC\x1e\x04", want{kind: scan.Unknown, err: "envelope"}},
		{"OK text with a character set", "]Q2\\000026WB1/1\\\\2/YT0000000000000001", want{kind: scan.Order, number: "YT0000000000000001"}},
		{"bad character set", "]Q2\\000020\x83", want{kind: scan.Unknown, err: "character_set"}},
		{"bad damaged label", "WB1/576461413000007919", want{kind: scan.Unknown, err: "label_code"}},
		{"bad label of tomorrow", "WB2/1/2/3", want{kind: scan.Unknown, err: "label_version"}},
		{"a manifest scanned back", "01890a5d-ac96-774b-bcce-b302099a8057", want{kind: scan.Unknown}},
		{"bad empty", "", want{kind: scan.Unknown, err: "empty"}},
		{"bad only an identifier", "]C1", want{kind: scan.Unknown, err: "empty"}},
		{"bad only a character set", "]Q2\\000026", want{kind: scan.Unknown, err: "empty"}},
		{"bad not text", "\xff\xfe", want{kind: scan.Unknown, err: "not_text"}},
		{"bad NUL within", "1Z999AA1\x000123456784", want{kind: scan.Unknown, err: "not_text"}},
		{"bad NUL within a code that may name a character set", "]Q21Z999AA1\x000123456784", want{kind: scan.Unknown, err: "not_text"}},
		{"bad NUL within a code that names one", "]d4\\0000261Z999AA1\x000123456784", want{kind: scan.Unknown, err: "not_text"}},
		{"OK NULs around a code that names one", "]Q2\\0000261Z999AA10123456784\x00", want{kind: scan.TrackingNumber, number: "1Z999AA10123456784", carrier: "ups"}},
		{"OK NULs around", "\x00\x001Z999AA10123456784\x00", want{kind: scan.TrackingNumber, number: "1Z999AA10123456784", carrier: "ups"}},
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

// TestPosition holds that an error's position is a byte of the scan's data, and
// that what is wrong only together has none.
func TestPosition(t *testing.T) {
	for _, tt := range []struct {
		raw, code string
		want      int
	}{
		{"]C117271301", "date", 5},
		{"(17)271301", "date", 7},
		{"^17271301", "date", 6},
		{"\x1d17271301", "date", 6},
		{"]E04006381333931|]e017271301", "date", 22},
		{"4006381333931|^17271301", "date", 20},
		{"https://a/01/09521234543213?17=271301", "date", 32},
		{"]C110A\x1d10B", "duplicate_ai", 7},
		{"(99)A(99)B", "duplicate_ai", 0},
		{"^99A|^99B", "duplicate_ai", 0},
		{"]C110A", "required_ai", 0},
		{"]C101095212345432133742", "exclusive_ais", 0},
	} {
		s := scan.Parse(carrier.Default(), []byte(tt.raw))
		if s.Error == nil || s.Error.Code != tt.code || s.Error.Position != tt.want {
			t.Errorf("%q: %+v, want %s at %d", tt.raw, s.Error, tt.code, tt.want)
		}
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

// TestNeverActs holds that what only looks like a control barcode of ours does
// nothing.
func TestNeverActs(t *testing.T) {
	for _, raw := range []string{
		"]C1WBC:next", "]E0WBC:next", "]d2WBC:CLOSE", " WBC:next", "WBC: next", "WBC:next ", "wbc:next", "Wbc:next", "WBC:next\r", "WBC:next\x00",
		"WBC:nextWBC:next", "WBC:", "WBC:next,undo", "WBC：next", "\ufeffWBC:next", "(10)WBC:next", "https://example.com/WBC:next",
		"WBC:ne\u017ft", "WBC:\u212Anext", "WB1/WBC:next", "WBC:undo\x1d", "^WBC:next", "]E3WBC:next12",
	} {
		if s := scan.Parse(carrier.Default(), []byte(raw)); s.Kind == scan.Command || s.Command != "" {
			t.Errorf("%q acts: %+v", raw, s)
		}
	}
}

// TestSender has scanners that keep to their makers' identifiers.
func TestSender(t *testing.T) {
	for _, tt := range []struct {
		from           scan.Sender
		raw, aim, data string
		kind           scan.Kind
	}{
		{scan.Sender{CodeIDs: gs1.Zebra}, "K42022153\x1d9101026837331000039521", "]C1", "42022153\x1d9101026837331000039521", scan.TrackingNumber},
		{scan.Sender{CodeIDs: gs1.Zebra, Separator: "~"}, "P0G0109521234543213~10A", "]d2", "0109521234543213\x1d10A", scan.GS1},
		{scan.Sender{CodeIDs: gs1.Zebra}, "A036000291452", "]E0", "0036000291452", scan.GS1},
		{scan.Sender{CodeIDs: gs1.Honeywell}, "j1Z999AA10123456784", "]C0", "1Z999AA10123456784", scan.TrackingNumber},
		{scan.Sender{CodeIDs: gs1.Honeywell, Separator: "{GS}"}, "I10A{GS}0109521234543213", "]C1", "10A\x1d0109521234543213", scan.GS1},
		{scan.Sender{CodeIDs: gs1.DatalogicUS}, "FF96385074", "]E4", "96385074", scan.GS1},
		{scan.Sender{CodeIDs: gs1.DatalogicEU}, "k0109521234543213", "]C1", "0109521234543213", scan.GS1},
		{scan.Sender{CodeIDs: gs1.DatalogicEU}, "Bnothing", "", "Bnothing", scan.Unknown},
		{scan.Sender{CodeIDs: gs1.Zebra}, "]C01Z999AA10123456784", "]C0", "1Z999AA10123456784", scan.TrackingNumber},
		{scan.Sender{Separator: "|"}, "]C110A|0109521234543213", "]C1", "10A\x1d0109521234543213", scan.GS1},
		{scan.Sender{}, "]C110A|0109521234543213", "]C1", "10A|0109521234543213", scan.Unknown},
	} {
		s := tt.from.Parse(carrier.Default(), []byte(tt.raw))
		if s.AIM != tt.aim || s.Data != tt.data || s.Kind != tt.kind {
			t.Errorf("%+v of %q: %q %q %s, %+v", tt.from, tt.raw, s.AIM, s.Data, s.Kind, s.Error)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("]C142022153\x1d9101026837331000039521"))
	f.Add([]byte("WB1/1/2"))
	f.Add([]byte("]E04006381333931|]e010LOT"))
	f.Add([]byte("https://example.com/01/09521234543213/10/L%2F1?17=271231"))
	f.Add([]byte("(01)09521234543213(10)LOT"))
	f.Add([]byte("4006381333931|^10LOT^21S"))
	f.Add([]byte("\x1d99BOX-7"))
	f.Add([]byte("[)>\x1e01\x1d96303081829\x1d840\x1d003\x1d1Z00427185\x1dUPSN\x1d999AA1\x1e\x04"))
	f.Add([]byte("]Q2\\000026WBC:next"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		s := scan.Parse(carrier.Default(), raw)
		if s.Kind == scan.Command && !strings.EqualFold(s.Data, shipment.ControlCode{Command: s.Command, Argument: s.Argument}.String()) {
			t.Errorf("%q acts as %s", raw, s.Command)
		}
		if s.Kind == scan.GS1 && (len(s.GS1) == 0 || s.Error != nil) || s.Error != nil && (len(s.GS1) > 0 || s.Error.Code == "" || s.Error.Message == "") {
			t.Errorf("%q: %+v", raw, s)
		}
		if s.Kind == scan.Unknown && s.Number != "" || s.Kind == scan.TrackingNumber && (s.Number == "" || len(s.Matches) == 0) {
			t.Errorf("%q: %+v", raw, s)
		}
		s.Numbers()
	})
}
