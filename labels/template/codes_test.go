package template_test

import (
	"strings"
	"testing"

	"waybill/labels/template"
	"waybill/shipment/address"
)

// evaluate returns what a text element with the value says.
func evaluate(t *testing.T, value string) (string, error) {
	t.Helper()
	tm, err := template.Parse("t.yaml", []byte(head+"- name: a\n  kind: text\n  at: [1,1]\n  width: 9\n  size: 8\n  value: '"+value+"'\n"))
	if err != nil {
		t.Fatal(err)
	}
	return tm.Elements[0].Content(template.Bind(data(t)))
}

func TestCodes(t *testing.T) {
	for in, want := range map[string]string{
		`country_number("US")`:      "840",
		`country_number("AF")`:      "004",
		`country_number("ZW")`:      "716",
		`day_of_year("2026-01-01")`: "001",
		`day_of_year("2024-12-31")`: "366",
	} {
		if got, err := evaluate(t, in); err != nil || got != want {
			t.Errorf("%s: %q (%v), want %q", in, got, err, want)
		}
	}
	for in, want := range map[string]string{
		`country_number("us")`:         `"us" is not the two letters of a country`,
		`country_number("")`:           `"" is not the two letters`,
		`country_number("04")`:         `"04" is not the two letters`,
		`day_of_year("Nov 23")`:        `"Nov 23" is not a date such as 2026-11-23`,
		`day_of_year(tracking_number)`: "is not a date",
	} {
		if got, err := evaluate(t, in); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %q (%v), want an error that says %q", in, got, err, want)
		}
	}
}

// TestEveryCountryHasANumber: whatever country an address may be in, a symbol
// can name it.
func TestEveryCountryHasANumber(t *testing.T) {
	for a := 'A'; a <= 'Z'; a++ {
		for b := 'A'; b <= 'Z'; b++ {
			code := string([]rune{a, b})
			_, known := address.CountryName(code)
			if _, err := evaluate(t, `country_number("`+code+`")`); known != (err == nil) {
				t.Errorf("%s: a country of addresses: %t, its number: %v", code, known, err)
			}
		}
	}
}
