package gs1_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"waybill/shipment/gs1"
)

func elements(kv ...string) (out []gs1.Element) {
	for i := 0; i < len(kv); i += 2 {
		out = append(out, gs1.Element{AI: kv[i], Value: kv[i+1]})
	}
	return out
}

func codeOf(err error) gs1.Code {
	var e *gs1.Error
	if errors.As(err, &e) {
		return e.Code
	}
	if err != nil {
		return gs1.Code(err.Error())
	}
	return ""
}

func TestParseElements(t *testing.T) {
	for _, tt := range []struct {
		name, data string
		want       []gs1.Element
		code       gs1.Code
	}{
		{"OK SSCC", "00106141412345678908", elements("00", "106141412345678908"), ""},
		{"OK a GS at the end", "00106141412345678908\x1d", elements("00", "106141412345678908"), ""},
		{"OK postal routing and IMpb", "42090058\x1d9400111899223197428490", elements("420", "90058", "94", "00111899223197428490"), ""},
		{"OK fixed needs no GS", "0109521234543213173112311012345", elements("01", "09521234543213", "17", "311231", "10", "12345"), ""},
		{"OK fixed bears a GS", "0109521234543213\x1d17311231\x1d1012345", elements("01", "09521234543213", "17", "311231", "10", "12345"), ""},
		{"OK weight", "3102000750", elements("3102", "000750"), ""},
		{"OK order and postcode with country", "400A-1\x1d4218401204", elements("400", "A-1", "421", "8401204"), ""},
		{"OK end of month", "17270200", elements("17", "270200"), ""},
		{"OK same AI twice, same value", "10A\x1d10A", elements("10", "A", "10", "A"), ""},
		{"OK two dates or one", "7007270101270102\x1d7007270101270102", elements("7007", "270101270102", "7007", "270101270102"), ""},
		{"OK optional part left out", "800309521234543213", elements("8003", "09521234543213"), ""},
		{"bad same AI twice", "10A\x1d10B", elements("10", "A"), gs1.DuplicateAI},
		{"bad check digit", "0109521234543214", nil, gs1.BadCheckDigit},
		{"bad short SSCC", "00106141", nil, gs1.TooShort},
		{"bad GS inside fixed", "0010614\x1d1412345678908", nil, gs1.TooShort},
		{"bad dropped FNC1", "420900589400111899223197428490", nil, gs1.TooLong},
		{"bad GS first", "\x1d00106141412345678908", nil, gs1.StraySeparator},
		{"bad GS twice", "10A\x1d\x1d21B", elements("10", "A"), gs1.StraySeparator},
		{"bad month", "17271301", nil, gs1.BadDate},
		{"bad February 30", "17270230", nil, gs1.BadDate},
		{"bad leap day", "17270229", nil, gs1.BadDate},
		{"bad letter in count", "37A", nil, gs1.BadCharacter},
		{"bad caret", "10A^B", nil, gs1.BadCharacter},
		{"bad space", "4301J DOE", nil, gs1.BadCharacter},
		{"bad country", "421999AB", nil, gs1.BadCountry},
		{"bad unknown AI", "0512", nil, gs1.UnknownAI},
		{"bad half a date", "70072701012701", nil, gs1.WrongLength},
		{"bad empty", "", nil, gs1.Empty},
		{"bad only GS", "\x1d\x1d", nil, gs1.StraySeparator},
		{"bad value missing", "10", nil, gs1.TooShort},
		{"bad too many", strings.Repeat("98A\x1d", 65), nil, gs1.TooMany},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := gs1.ParseElements(tt.data)
			if tt.code == gs1.TooMany {
				got = nil // 64 times the same
			}
			if diff := cmp.Diff(tt.want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("elements (-want +got)\n%s", diff)
			}
			if code := codeOf(err); code != tt.code {
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
	f.Add("42090058\x1d9400111899223197428490")
	f.Add("00106141412345678908")
	f.Add("3102000750\x1d")
	f.Add("8110012345612345611110123103961123456")
	f.Add("8007FR7630006000011234567890189\x1d8013123456_ABC")
	f.Fuzz(func(t *testing.T, data string) {
		els, err := gs1.ParseElements(data)
		if err != nil {
			var e *gs1.Error
			if !errors.As(err, &e) || e.Code == "" || e.Offset < 0 || e.Offset > len(data) {
				t.Errorf("error %#v of %d bytes", err, len(data))
			}
			return
		}
		// What was parsed parses again to the same.
		got, err := gs1.ParseElements(gs1.ElementString(els))
		if diff := cmp.Diff(els, got); diff != "" || err != nil {
			t.Errorf("round trip: %v\n%s", err, diff)
		}
		got, err = gs1.ParseBracketed(gs1.FormatBracketed(els))
		if diff := cmp.Diff(els, got); diff != "" || err != nil {
			t.Errorf("in brackets: %v\n%s", err, diff)
		}
	})
}
