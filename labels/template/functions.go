package template

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/expr-lang/expr"

	"waybill/shipment/address"
	"waybill/shipment/gs1"
)

// maxPadding bounds what pad returns.
const maxPadding = 200

// functions are those that expressions have beside the library's own. None
// looks at the clock or at anything but its arguments.
func functions() []expr.Option {
	return append(codeFunctions(),
		weightFunction("kg", kilograms), weightFunction("lb", pounds),
		textFunction("country_name", countryName),
		textFunction("mod10", mod10),
		function("group", group),
		function("date", date),
		function("money", money),
		function("pad", pad),
		textFunction("upper", func(s string) (string, error) { return address.Upper(s), nil }),
	)
}

// function lets expressions call a function of two arguments.
func function[A, B any](name string, call func(A, B) (string, error)) expr.Option {
	return expr.Function(name, func(args ...any) (any, error) {
		a, okA := args[0].(A)
		b, okB := args[1].(B)
		if !okA || !okB {
			return nil, fmt.Errorf("%s: cannot take %v and %v", name, args[0], args[1])
		}
		return call(a, b)
	}, new(func(A, B) string))
}

// ownFunctions names the functions that are ours, and usualFunctions the
// library's that people reach for.
func ownFunctions() []string {
	return []string{"country_name", "country_number", "date", "day_of_year", "group", "kg", "lb", "mod10", "money", "pad", "upper"}
}

func usualFunctions() []string {
	return []string{
		"all", "any", "count", "filter", "first", "hasPrefix", "hasSuffix", "int", "join", "last", "len", "lower", "map", "none",
		"replace", "split", "string", "sum", "trim", "trimPrefix", "trimSuffix",
	}
}

// group puts spaces into text: sizes is how many characters stand together, as
// 4-4-4-2, and the last one serves for all that follow.
func group(text, sizes string) (string, error) {
	var counts []int
	for _, s := range strings.Split(sizes, "-") {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 {
			return "", fmt.Errorf("group: %q is not a grouping such as 4-4-4-2", sizes)
		}
		counts = append(counts, n)
	}
	rest := []rune(text)
	var parts []string
	for i := 0; len(rest) > 0; i++ {
		n := min(counts[min(i, len(counts)-1)], len(rest))
		parts, rest = append(parts, string(rest[:n])), rest[n:]
	}
	return strings.Join(parts, " "), nil
}

// dateLayouts are the forms in which dates reach a template.
var dateLayouts = [...]string{time.RFC3339Nano, "2006-01-02 15:04", "2006-01-02 15:04:05", time.DateOnly}

// date writes a date the way layout writes 2 January 2006, 15:04:05. No text is
// no date, and stays so.
func date(text, layout string) (string, error) {
	if text == "" {
		return "", nil
	}
	for _, l := range dateLayouts {
		if t, err := time.Parse(l, text); err == nil {
			return t.Format(layout), nil
		}
	}
	return "", fmt.Errorf("date: %q is not a date such as 2026-11-23 or 2026-11-23T16:05:00Z", text)
}

// money writes an amount of a currency's minor unit (ISO 4217).
func money(amount int, currency string) (string, error) {
	if currency != "" && (len(currency) != 3 || strings.Trim(currency, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "") {
		return "", fmt.Errorf("money: %q is not the three letters of a currency, as in USD", currency)
	}
	places := 2
	switch {
	case currency == "":
	case strings.Contains("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF", currency):
		places = 0
	case strings.Contains("BHD IQD JOD KWD LYD OMR TND", currency):
		places = 3
	}
	digits, sign := strconv.Itoa(amount), ""
	if amount < 0 {
		digits, sign = digits[1:], "-"
	}
	if short := places + 1 - len(digits); short > 0 {
		digits = strings.Repeat("0", short) + digits
	}
	if whole := len(digits) - places; places > 0 {
		digits = digits[:whole] + "." + digits[whole:]
	}
	return strings.TrimSpace(sign + digits + " " + currency), nil
}

// countryName returns the English name of a country that is named by its two
// letters. No code has no name.
func countryName(code string) (string, error) {
	if code == "" {
		return "", nil
	}
	name, ok := address.CountryName(code)
	if !ok {
		return "", fmt.Errorf("country_name: %q is not the two letters of a country", code)
	}
	return name, nil
}

// mod10 returns the GS1 check digit of digits.
func mod10(digits string) (string, error) {
	check, ok := gs1.Mod10(digits)
	if !ok {
		return "", fmt.Errorf("mod10: %q: want digits", digits)
	}
	return string(check), nil
}

// pad puts zeros before text until it has so many characters.
func pad(text string, length int) (string, error) {
	if length > maxPadding {
		return "", fmt.Errorf("pad: %d characters, want at most %d", length, maxPadding)
	}
	return strings.Repeat("0", max(length-utf8.RuneCountInString(text), 0)) + text, nil
}
