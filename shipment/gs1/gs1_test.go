package gs1_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"waybill/shipment/gs1"
)

func TestParseAIM(t *testing.T) {
	for _, tt := range []struct{ raw, aim, data, symbology string }{
		{"]C1420900589400", "]C1", "420900589400", "gs1_128"},
		{"]C0ABC", "]C0", "ABC", "code128"},
		{"]E04006381333931", "]E0", "4006381333931", "ean_13"},
		{"]d201", "]d2", "01", "gs1_data_matrix"},
		{"]Q1WB1/1/2", "]Q1", "WB1/1/2", "qr"},
		{"]zCx", "]zC", "x", "aztec"},
		{"1Z999AA10123456784", "", "1Z999AA10123456784", ""},
		{"]C", "", "]C", ""},
		{"]?1x", "", "]?1x", ""},
		{"]C\x1dx", "", "]C\x1dx", ""},
	} {
		aim, data := gs1.ParseAIM([]byte(tt.raw))
		got := []string{aim, string(data), gs1.Symbology(aim)}
		if diff := cmp.Diff([]string{tt.aim, tt.data, tt.symbology}, got); diff != "" {
			t.Errorf("%q (-want +got)\n%s", tt.raw, diff)
		}
	}
}

func TestParseElements(t *testing.T) {
	el := func(kv ...string) (out []gs1.Element) {
		for i := 0; i < len(kv); i += 2 {
			out = append(out, gs1.Element{AI: kv[i], Value: kv[i+1]})
		}
		return out
	}
	for _, tt := range []struct {
		name, data string
		want       []gs1.Element
		code       string
	}{
		{"OK SSCC", "00106141412345678908", el("00", "106141412345678908"), ""},
		{"OK leading and trailing GS", "\x1d00106141412345678908\x1d", el("00", "106141412345678908"), ""},
		{"OK postal routing and IMpb", "42090058\x1d9400111899223197428490", el("420", "90058", "94", "00111899223197428490"), ""},
		{"OK fixed needs no GS", "0109521234543213173112311012345", el("01", "09521234543213", "17", "311231", "10", "12345"), ""},
		{"OK weight", "3102000750", el("3102", "000750"), ""},
		{"OK order and postcode with country", "400A-1\x1d4218401204", el("400", "A-1", "421", "8401204"), ""},
		{"OK end of month", "17270200", el("17", "270200"), ""},
		{"OK same AI twice, same value", "10A\x1d10A", el("10", "A", "10", "A"), ""},
		{"bad same AI twice", "10A\x1d10B", el("10", "A"), "duplicate_ai"},
		{"bad check digit", "0109521234543214", nil, "check_digit"},
		{"bad short SSCC", "00106141", nil, "too_short"},
		{"bad GS inside fixed", "0010614\x1d1412345678908", nil, "too_short"},
		{"bad dropped FNC1", "420900589400111899223197428490", nil, "too_long"},
		{"bad month", "17271301", nil, "date"},
		{"bad February 30", "17270230", nil, "date"},
		{"bad letter in count", "37A", nil, "bad_character"},
		{"bad caret", "10A^B", nil, "bad_character"},
		{"bad space", "4301J DOE", nil, "bad_character"},
		{"bad unknown AI", "0512", nil, "unknown_ai"},
		{"bad empty", "", nil, "empty"},
		{"bad only GS", "\x1d\x1d", nil, "empty"},
		{"bad value missing", "10", nil, "too_short"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := gs1.ParseElements([]byte(tt.data))
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("elements (-want +got)\n%s", diff)
			}
			var ge *gs1.Error
			errors.As(err, &ge)
			code := ""
			if ge != nil {
				code = ge.Code
			}
			if code != tt.code {
				t.Errorf("error %v, want code %q", err, tt.code)
			}
		})
	}
}

// TestMod10FindsAnyWrongDigit holds what the check digit is for: one digit
// read wrongly never passes.
func TestMod10FindsAnyWrongDigit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		number := []byte(rapid.StringMatching(`[0-9]{1,33}`).Draw(t, "digits"))
		check, ok := gs1.Mod10(string(number))
		if !ok {
			t.Fatal("no check digit")
		}
		number = append(number, check)
		if !gs1.CheckMod10(string(number)) {
			t.Fatalf("%s does not pass its own check", number)
		}
		i := rapid.IntRange(0, len(number)-1).Draw(t, "place")
		d := byte(rapid.IntRange(1, 9).Draw(t, "change"))
		number[i] = '0' + (number[i]-'0'+d)%10
		if gs1.CheckMod10(string(number)) {
			t.Fatalf("%s passes with digit %d changed", number, i)
		}
	})
}

func FuzzParseElements(f *testing.F) {
	f.Add([]byte("42090058\x1d9400111899223197428490"))
	f.Add([]byte("]C100106141412345678908"))
	f.Add([]byte("3102000750\x1d"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		_, data := gs1.ParseAIM(raw)
		els, err := gs1.ParseElements(data)
		if err != nil {
			return
		}
		// What was parsed parses again to the same.
		var again []byte
		for _, e := range els {
			again = append(append(append(again, e.AI...), e.Value...), gs1.GS)
		}
		got, err := gs1.ParseElements(again)
		if diff := cmp.Diff(els, got); diff != "" || err != nil {
			t.Errorf("round trip: %v\n%s", err, diff)
		}
	})
}
