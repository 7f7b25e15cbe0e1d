package template_test

import (
	"strings"
	"testing"

	"waybill/labels/template"
)

// value evaluates an expression over the data of the other tests.
func value(t *testing.T, in string) (string, error) {
	t.Helper()
	tm, err := template.Parse("t.yaml", []byte(head+"- name: a\n  kind: text\n  at: [1,1]\n  width: 9\n  size: 8\n  value: '"+in+"'\n"))
	if err != nil {
		return "", err
	}
	return tm.Elements[0].Content(template.Bind(data(t)))
}

func TestFunctions(t *testing.T) {
	for in, want := range map[string]string{
		`group("9400111899223100001234", "4-4-4-4-4-2")`: "9400 1118 9922 3100 0012 34",
		`group("123456789", "4")`:                        "1234 5678 9",
		`group("12", "4-4")`:                             "12",
		`group("", "4")`:                                 "",
		`group("Zoë Núñez", "3")`:                        "Zoë  Nú ñez",
		`country_name("DE")`:                             "Germany",
		`country_name("")`:                               "",
		`money(123456, "USD")`:                           "1234.56 USD",
		`money(5, "EUR")`:                                "0.05 EUR",
		`money(-5, "EUR")`:                               "-0.05 EUR",
		`money(500, "JPY")`:                              "500 JPY",
		`money(5, "KWD")`:                                "0.005 KWD",
		`money(0, "")`:                                   "0.00",
		`date("2026-11-23", "02 Jan 2006")`:              "23 Nov 2026",
		`date("2026-11-23T16:05:00+01:00", "15:04 Mon")`: "16:05 Mon",
		`date("2026-11-23 16:05", "2 January")`:          "23 November",
		`date("", "2 January")`:                          "",
		`mod10("1540014128876")`:                         "3",
		`pad("42", 5)`:                                   "00042",
		`pad("123456", 5)`:                               "123456",
	} {
		if got, err := value(t, in); err != nil || got != want {
			t.Errorf("%s: %q (%v), want %q", in, got, err, want)
		}
	}
}

func TestFunctionsRefuse(t *testing.T) {
	for in, want := range map[string]string{
		`group("1", "4-x")`:                  `group: "4-x" is not a grouping`,
		`group("1", "0")`:                    `group: "0" is not a grouping`,
		`group(parcel_k, "4")`:               "cannot use int as argument",
		`country_name("XX")`:                 `country_name: "XX" is not the two letters of a country`,
		`money(1, "dollars")`:                `money: "dollars" is not the three letters`,
		`date("yesterday", "2 January")`:     `date: "yesterday" is not a date`,
		`mod10("12A")`:                       `mod10: "12A": want digits`,
		`pad("1", 100000)`:                   "pad: 100000 characters, want at most 200",
		`group(fromJSON("1"), "4")`:          "group: cannot take 1 and 4",
		`date("2026-11-23")`:                 "not enough arguments to call date",
		`contry_name("DE")`:                  `unknown name "contry_name"; did you mean "country_name"?`,
		`string(now())`:                      "now",
		`timezone("Europe/Berlin").String()`: "timezone",
	} {
		if got, err := value(t, in); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %q, error %v\nwant one that says %q", in, got, err, want)
		}
	}
}
