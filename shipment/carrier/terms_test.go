package carrier

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/quick"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestShippedTerms holds that everything in terms.yaml has a source, and that
// rules can use all of it.
func TestShippedTerms(t *testing.T) {
	known, err := parseTerms(termsYAML)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString("version: 1\nservices:\n")
	for _, id := range slices.Sorted(maps.Keys(known.Services)) {
		fmt.Fprintf(&b, "  %s: {terms: %s}\n", id, id)
	}
	b.WriteString("surcharges:\n")
	for _, id := range slices.Sorted(maps.Keys(known.Surcharges)) {
		fmt.Fprintf(&b, "  - {terms: %s}\n", id)
	}
	r, err := ParseRules([]byte(b.String() + "rules: []\ndefault: {cheapest: [all]}\n"))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range r.Services() {
		if s.limits.MaxWeight == 0 || len(s.dims) == 0 || s.calendar.name == "" {
			t.Errorf("%s: weight limit %d, %d divisors, calendar %q", s.ID, s.limits.MaxWeight, len(s.dims), s.calendar.name)
		}
	}
	for _, term := range Terms() {
		if _, err := parseDay(term.CheckedOn); err != nil || term.Source == "" || term.Kind == "" {
			t.Errorf("%+v", term)
		}
	}
	if len(known.Calendars) == 0 || len(Terms()) == 0 {
		t.Error("nothing is known")
	}
}

func TestParseTermsMistakes(t *testing.T) {
	const good = "version: 1\nsources: {s: {what: W, kind: general, checked_on: 2026-11-27}}\nservices: {a: {carrier: ups, source: s}}\n"
	if _, err := parseTerms([]byte(good)); err != nil {
		t.Fatal(err)
	}
	for old, now := range map[string]string{"source: s": "source: t", "kind: general": "kind: rumour", "checked_on: 2026-11-27": "checked_on: once", "what: W": "what: ''"} {
		if _, err := parseTerms([]byte(strings.Replace(good, old, now, 1))); err == nil {
			t.Errorf("%s: no mistake", now)
		}
	}
}

// TestUSPSHolidays holds the post's calendar against the rule of the law: the
// eleven days of 5 U.S.C. 6103(a), a Sunday's on the Monday after.
func TestUSPSHolidays(t *testing.T) {
	nth := func(year int, month time.Month, wd time.Weekday, n int) time.Time {
		first := time.Date(year, month, 1, 0, 0, 0, 0, time.UTC)
		return first.AddDate(0, 0, (int(wd)-int(first.Weekday())+7)%7+7*(n-1))
	}
	var want []string
	for _, year := range []int{2026, 2027} {
		fixed := func(month time.Month, d int) time.Time {
			on := time.Date(year, month, d, 0, 0, 0, 0, time.UTC)
			if on.Weekday() == time.Sunday {
				on = on.AddDate(0, 0, 1)
			}
			return on
		}
		lastMonday := nth(year, time.June, time.Monday, 1).AddDate(0, 0, -7)
		for _, d := range []time.Time{
			fixed(time.January, 1), nth(year, time.January, time.Monday, 3), nth(year, time.February, time.Monday, 3), lastMonday, fixed(time.June, 19),
			fixed(time.July, 4), nth(year, time.September, time.Monday, 1), nth(year, time.October, time.Monday, 2), fixed(time.November, 11),
			nth(year, time.November, time.Thursday, 4), fixed(time.December, 25),
		} {
			want = append(want, d.Format(time.DateOnly))
		}
	}
	if diff := cmp.Diff(want, shippedTerms().Calendars["usps"].Holidays); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestPercentOf holds that a share is rounded to the nearest minor unit.
func TestPercentOf(t *testing.T) {
	for _, tt := range []struct {
		amount int64
		p      hundredths
		want   int64
	}{{1000, 1250, 125}, {4, 1250, 1}, {3, 1250, 0}, {1000, -1000, -100}, {-4, 1250, -1}, {4, -1250, -1}, {maxTotal, 10_000, maxTotal}} {
		if got := percentOf(tt.amount, tt.p); got != tt.want {
			t.Errorf("%d hundredths of %d: %d, want %d", tt.p, tt.amount, got, tt.want)
		}
	}
	exact := func(a int32, p int16) bool {
		product := int64(a) * int64(p)
		got := percentOf(int64(a), hundredths(p)) * 10000
		return max(got-product, product-got) <= 5000
	}
	if err := quick.Check(exact, nil); err != nil {
		t.Error(err)
	}
}
