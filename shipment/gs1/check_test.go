package gs1_test

import (
	"strings"
	"testing"

	"waybill/shipment/gs1"
)

// TestCheckValue has for each check of the table values that pass and values
// that do not.
func TestCheckValue(t *testing.T) {
	for _, tt := range []struct {
		ai   string
		good string // values, separated by spaces
		bad  map[string]gs1.Code
	}{
		{"00", "106141412345678908 000000000000000000", map[string]gs1.Code{"106141412345678907": gs1.BadCheckDigit, "10614141234567890": gs1.TooShort, "10614141234567890A": gs1.BadCharacter}},
		{"10", `LOT-7 a_b/c<=>? !"%&'()*+,-./:;`, map[string]gs1.Code{"": gs1.TooShort, "a b": gs1.BadCharacter, "a#": gs1.BadCharacter, "é": gs1.BadCharacter, strings.Repeat("9", 21): gs1.TooLong}},
		{"11", "270101 270200 280229 000229 721231", map[string]gs1.Code{"270001": gs1.BadDate, "271301": gs1.BadDate, "270132": gs1.BadDate, "270229": gs1.BadDate, "270431": gs1.BadDate}},
		{"4326", "270101 280229", map[string]gs1.Code{"270200": gs1.BadDate, "270229": gs1.BadDate}},
		{"7250", "20240229 20000229 19991231", map[string]gs1.Code{"20230229": gs1.BadDate, "19000229": gs1.BadDate, "20240100": gs1.BadDate, "20241301": gs1.BadDate}},
		{"4324", "2701010000 2702002359", map[string]gs1.Code{"2701012400": gs1.BadTime, "2701010060": gs1.BadTime}},
		{"8008", "27010123 2701012359 270101235959", map[string]gs1.Code{"27010124": gs1.BadTime, "2701012360": gs1.BadTime, "270101235960": gs1.BadTime, "270101235": gs1.WrongLength}},
		{"253", "9521234543213 9521234543213A/1", map[string]gs1.Code{"9521234543214": gs1.BadCheckDigit, "9521234543213" + strings.Repeat("A", 18): gs1.TooLong}},
		{"255", "9521234543213 95212345432131", map[string]gs1.Code{"9521234543213A": gs1.BadCharacter}},
		{"401", "9521A 9521", map[string]gs1.Code{"952": gs1.BadCompany, "95A1234": gs1.BadCompany}},
		{"8010", "9521#A-/", map[string]gs1.Code{"9521a": gs1.BadCharacter, "A521": gs1.BadCompany}},
		{"421", "276X 84090210", map[string]gs1.Code{"276": gs1.TooShort, "27612345678901": gs1.TooLong, "277X": gs1.BadCountry}},
		{"423", "276 276840 276840056124036", map[string]gs1.Code{"2768": gs1.WrongLength, "276999": gs1.BadCountry, "276840056124036392": gs1.TooLong}},
		{"7030", "276A 999A", map[string]gs1.Code{"998A": gs1.BadCountry}},
		{"4307", "DE US", map[string]gs1.Code{"XX": gs1.BadCountry, "de": gs1.BadCountry, "UK": gs1.BadCountry}},
		{"4301", "J%20DOE A+B %c3%9f", map[string]gs1.Code{"J%2": gs1.BadPercent, "J%GG": gs1.BadPercent, "50%": gs1.BadPercent}},
		{"4309", "00000000000000000000 18000000003600000000", map[string]gs1.Code{"18000000010000000000": gs1.BadCoordinate, "00000000003600000001": gs1.BadCoordinate}},
		{"4321", "0 1", map[string]gs1.Code{"2": gs1.BadValue}},
		{"4331", "000250 000250-", map[string]gs1.Code{"000250+": gs1.BadValue}},
		{"3911", "9781 84012345 3961 9241 9261", map[string]gs1.Code{"9991": "", "0001": gs1.BadCurrency, "1911": gs1.BadCurrency, "9311": gs1.BadCurrency}},
		{"7040", "1ABc 1AB- 1AB_", map[string]gs1.Code{"1AB=": gs1.BadValue, "AABC": gs1.BadCharacter}},
		{"7041", "1A 201 9 PAE", map[string]gs1.Code{"00": gs1.BadPackageType, "1a": gs1.BadPackageType}},
		{"7241", "01 10 80 99", map[string]gs1.Code{"00": gs1.BadValue, "11": gs1.BadValue, "79": gs1.BadValue}},
		{"7252", "0 1 2 9", map[string]gs1.Code{"3": gs1.BadValue}},
		{"7258", "1/1 2/3 9/9", map[string]gs1.Code{"3/2": gs1.BadPiece, "0/3": gs1.BadPiece, "1/0": gs1.BadPiece, "111": gs1.BadPiece, "1//": gs1.BadPiece}},
		{"8001", "12341234512311 00010000100190", map[string]gs1.Code{"00001234512311": gs1.BadZero, "12341234512321": gs1.BadValue}},
		{"8003", "09521234543213 09521234543213XYZ", map[string]gs1.Code{"19521234543213": gs1.BadZero}},
		{"8006", "095212345432130101 095212345432130299", map[string]gs1.Code{"095212345432130001": gs1.BadPiece, "095212345432130100": gs1.BadPiece, "095212345432130302": gs1.BadPiece}},
		{"8007", "GB82WEST12345698765432 DE89370400440532013000", map[string]gs1.Code{"GB82WEST12345698765433": gs1.BadIBAN, "XX82WEST12345698765432": gs1.BadIBAN, "GB82": gs1.BadIBAN, "GB82west12345698765432": gs1.BadIBAN}},
		{"8011", "1 10 999999999999", map[string]gs1.Code{"0": gs1.BadZero, "01": gs1.BadZero}},
		{"8013", "1987654Ad4X4bL5ttr2310c2K", map[string]gs1.Code{"1987654Ad4X4bL5ttr2310c2L": gs1.BadCheckPair, "1987654Ad4X4bL5ttr2310c0K": gs1.BadCheckPair, "A": gs1.BadCheckPair}},
		{"8014", "1987654Ad4X4bL5ttr2310c2K", map[string]gs1.Code{"198765222": gs1.BadCheckPair, "952100000044": gs1.BadValue}},
		{"8030", "abcDEF-_ ab= a==", map[string]gs1.Code{"ab:": gs1.BadCharacter, "abc=": gs1.BadCharacter, "a=b": gs1.BadCharacter}},
		{"8040", "356938035643809", map[string]gs1.Code{"35693803564380": gs1.TooShort}},
		{"8043", "894902000000000000 89490200000000000001", map[string]gs1.Code{"894902000000000000001": gs1.TooLong}},
	} {
		for _, v := range strings.Fields(tt.good) {
			if err := gs1.CheckValue(tt.ai, v); err != nil {
				t.Errorf("(%s)%s: %v", tt.ai, v, err)
			}
		}
		for v, code := range tt.bad {
			if got := codeOf(gs1.CheckValue(tt.ai, v)); got != code {
				t.Errorf("(%s)%s: code %q, want %q", tt.ai, v, got, code)
			}
		}
	}
}

// TestCoupons goes through the fields of both kinds of coupons: what stands
// before the blank is right, and what follows makes the right one wrong.
func TestCoupons(t *testing.T) {
	const base = "0952123" + "004711" + "3150" + "212" + "0" + "123" // company, offer, save value, purchase
	for data, ok := range map[string]bool{
		base:                              true,
		base + "1" + "1" + "150" + "1239": true, // second purchase of the same company
		base + "1" + "1" + "150" + "1230" + "952123": true,
		base + "1" + "4" + "150" + "1239":            false, // no such rule
		base + "2" + "150" + "1239":                  true,
		base + "2" + "050" + "1239":                  false,
		base + "3" + "271231":                        true,
		base + "3" + "271301":                        false,
		base + "3" + "271231" + "4" + "270101":       true,
		base + "3" + "270101" + "4" + "271231":       false, // over before it begins
		base + "4" + "270101" + "3" + "271231":       false, // out of order
		base + "5" + "0" + "123456":                  true,
		base + "5" + "9" + "123456":                  false,
		base + "6" + "1" + "9521234":                 true,
		base + "6" + "0" + "952123":                  false,
		base + "9" + "0" + "1" + "0" + "1":           true,
		base + "9" + "3" + "1" + "0" + "1":           false,
		base + "9" + "0" + "3" + "0" + "1":           false,
		base + "9" + "0" + "1" + "0" + "2":           false,
		base + "9" + "0" + "1" + "0":                 false,
		base + "7":                                   false,
		base[:len(base)-1]:                           false,
		base[:20] + "5123":                           false,
		"7" + base[1:]:                               false,
		"":                                           false,
	} {
		if err := gs1.CheckValue("8110", data); (err == nil) != ok {
			t.Errorf("(8110)%s: %v", data, err)
		}
	}
	const offer = "0" + "0952123" + "004711" + "0" + "123456"
	for data, ok := range map[string]bool{
		offer: true, "1" + offer[1:]: true, "2" + offer[1:]: false, offer + "1": false, offer[:len(offer)-1]: false,
		"07": false, "0": false, offer[:14]: false, "0" + "6" + "952123454321" + "004711" + "9" + "123456789012345": true,
	} {
		if err := gs1.CheckValue("8112", data); (err == nil) != ok {
			t.Errorf("(8112)%s: %v", data, err)
		}
	}
}

// TestTable holds the table to what is known of it from outside: 541
// identifiers in 224 lines, and GS1's list of the beginnings of those that end
// by their length (General Specifications, figure 7.8.5-2).
func TestTable(t *testing.T) {
	known, fixed := 0, map[string]int{
		"00": 18, "01": 14, "02": 14, "03": 14, "04": 16, "11": 6, "12": 6, "13": 6, "14": 6, "15": 6, "16": 6, "17": 6, "18": 6, "19": 6,
		"20": 2, "31": 6, "32": 6, "33": 6, "34": 6, "35": 6, "36": 6, "41": 13,
	}
	for n := range 10000 {
		for _, ai := range []string{pad(n, 2), pad(n, 3), pad(n, 4)} {
			if ai == "" || !gs1.Known(ai) {
				continue
			}
			known++
			if got := gs1.EndsByLength(ai); got != (fixed[ai[:2]] != 0) {
				t.Errorf("(%s) ends by its length: %v", ai, got)
			}
			if gs1.Title(ai) == "" && ai != "8110" && ai != "8112" {
				t.Errorf("(%s) has no title", ai)
			}
		}
	}
	if known != 541 {
		t.Errorf("%d identifiers, want 541", known)
	}
	for ai, want := range map[string]int{"00": 18, "01": 14, "03": 14, "402": 17, "414": 13, "8018": 18, "253": 0, "8006": 0, "10": 0, "05": 0} {
		if got := gs1.CheckedLength(ai); got != want {
			t.Errorf("(%s) has %d digits with a check digit, want %d", ai, got, want)
		}
	}
	for _, ai := range []string{"", "0", "1", "310", "31000", "3106", "718", "89", "ab", "0a", "999"} {
		if gs1.Known(ai) || gs1.Title(ai) != "" || gs1.EndsByLength(ai) {
			t.Errorf("(%s) is known", ai)
		}
	}
}

// TestMistakesInTheTable holds that a slip of the pen in the table does not
// pass for a rule.
func TestMistakesInTheTable(t *testing.T) {
	for text, want := range map[string]string{
		"00 | n18 | fixed | SSCC":                   "",
		"# nothing\n\n8110 | x..70:coupon | attr |": "",
		"00 | n18":                  "line 1: want identifiers",
		"0 | n18 | |":               "no identifier",
		"00-1 | n18 | |":            "no identifier",
		"05-03 | n18 | |":           "no identifier",
		"00 | | |":                  "no value",
		"00 | q18 | |":              "no character set",
		"00 | nx | |":               "want a length",
		"00 | n18:chek | |":         "no check",
		"00 | n18 | fixt |":         "no rule",
		"00 | n..18 | fixed |":      "which varies",
		"00 | n..9 n9 | |":          "no certain end",
		"00 | n9? n9 | |":           "no certain end",
		"00 | n1 | |\n00 | n1 | |":  "line 2: 00 is there twice",
		"00 | n1 | |\n001 | n1 | |": "another length",
	} {
		err := gs1.Compile(text)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

func pad(n, width int) string {
	s := strings.Repeat("0", 4) + itoa(n)
	if n >= [5]int{2: 100, 3: 1000, 4: 10000}[width] {
		return ""
	}
	return s[len(s)-width:]
}

func itoa(n int) string {
	if n < 10 {
		return string(rune('0' + n))
	}
	return itoa(n/10) + itoa(n%10)
}

func TestCheckTogether(t *testing.T) {
	const gtin, sscc = "(01)09521234543213", "(00)106141412345678908"
	for data, want := range map[string]gs1.Code{
		gtin + "(10)LOT":                     "",
		"(10)LOT":                            gs1.RequiredAI,
		sscc + "(02)09521234543213(37)4":     "",
		"(02)09521234543213(37)4":            gs1.RequiredAI, // 37 needs 00 too
		gtin + "(37)4":                       gs1.ExclusiveAIs,
		gtin + "(02)09521234543213":          gs1.ExclusiveAIs,
		gtin + "(3102)000750":                "",
		gtin + "(3102)000750(3103)000750":    gs1.ExclusiveAIs,
		gtin + "(3922)499":                   gs1.RequiredAI,
		gtin + "(3922)499(3102)000750":       "",
		gtin + "(3922)499(30)2":              "",
		"(420)90058(94)00111899223197428490": "",
		"(420)90058(421)84090058":            gs1.ExclusiveAIs,
		"(250)X" + gtin:                      gs1.RequiredAI,
		"(250)X" + gtin + "(21)7":            "",
		sscc + "(4303)X":                     gs1.RequiredAI,
		sscc + "(4302)Y(4303)X":              "",
		"(8030)abc" + gtin:                   gs1.RequiredAI,
		"(8030)abc(253)9521234543213":        gs1.SerialMissing,
		"(8030)abc(253)9521234543213X":       "",
		"(99)A(99)B":                         gs1.DuplicateAI,
		"(99)A(99)A":                         "",
		"(7258)1/2(8018)952123454321300003":  gs1.BadCheckDigit,
	} {
		els, err := gs1.ParseBracketed(data)
		if err == nil {
			err = gs1.CheckTogether(els)
		}
		if got := codeOf(err); got != want {
			t.Errorf("%s: %v, want code %q", data, err, want)
		}
	}
	if got := codeOf(gs1.CheckTogether([]gs1.Element{{AI: "05"}})); got != gs1.UnknownAI {
		t.Errorf("unknown: %q", got)
	}
}

func TestParseBracketed(t *testing.T) {
	for in, want := range map[string]struct {
		elements []gs1.Element
		code     gs1.Code
	}{
		"(01)09521234543213(10)A":   {elements("01", "09521234543213", "10", "A"), ""},
		`(10)A\(B\((21)C`:           {elements("10", "A(B(", "21", "C"), ""},
		"(01)09521234543213|(10)A":  {elements("01", "09521234543213", "10", "A"), ""},
		"(10)A)B":                   {elements("10", "A)B"), ""},
		"":                          {nil, gs1.Empty},
		"(10)A|":                    {elements("10", "A"), gs1.Empty},
		"10A":                       {nil, gs1.Brackets},
		"(10":                       {nil, gs1.Brackets},
		"(1A)B":                     {nil, gs1.UnknownAI},
		"()B":                       {nil, gs1.UnknownAI},
		"(310)2000750":              {nil, gs1.UnknownAI},
		"(10)(21)A":                 {nil, gs1.TooShort},
		"(01)095212345432132(10)A":  {nil, gs1.TooLong},
		"(10)A^B":                   {nil, gs1.BadCharacter},
		"(10)A(17)271301":           {elements("10", "A"), gs1.BadDate},
		strings.Repeat("(98)A", 65): {nil, gs1.TooMany},
	} {
		got, err := gs1.ParseBracketed(in)
		if code := codeOf(err); code != want.code {
			t.Errorf("%s: %v, want code %q", in, err, want.code)
		}
		if want.code != gs1.TooMany && len(got) != len(want.elements) {
			t.Errorf("%s: %v", in, got)
		}
	}
}
