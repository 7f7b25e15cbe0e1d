package gs1_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"waybill/shipment/gs1"
)

// likely are pieces that checks look for: dates, times, countries, currencies,
// bank accounts, pieces of a total, percent-encoding.
var likely = []string{
	"270131", "270200", "280229", "20270131", "1200", "23", "59", "276", "840", "DE", "US", "978", "999", "01", "0102", "1/2",
	"GB82WEST12345698765432", "1987654Ad4X4bL5ttr2310c2K", "0952123004711315021201230", "%20", "0", "1", "9", "-", "1A", "0279085848",
}

// value draws a value for the identifier: mostly of the right form, and often
// with a right check digit.
func value(t *rapid.T, ai string) string {
	var b strings.Builder
	for _, f := range gs1.FormOf(ai) {
		if f.Optional && rapid.Bool().Draw(t, "left out") {
			break
		}
		piece := ""
		if rapid.Bool().Draw(t, "likely") {
			piece = rapid.SampledFrom(likely).Draw(t, "piece")
		}
		if len(piece) < f.Min || len(piece) > f.Max || strings.Trim(piece, f.Characters) != "" {
			n := rapid.IntRange(f.Min, f.Max).Draw(t, "length")
			piece = rapid.StringOfN(rapid.RuneFrom([]rune(f.Characters)), n, n, -1).Draw(t, "piece")
		}
		if check, ok := gs1.Mod10(piece[:len(piece)-1]); ok && len(piece) >= 13 {
			piece = piece[:len(piece)-1] + string(check)
		}
		b.WriteString(piece)
	}
	return b.String()
}

// right draws an element whose value is right.
func right(t *rapid.T) gs1.Element {
	return rapid.Custom(func(t *rapid.T) gs1.Element {
		ai := rapid.SampledFrom(gs1.AIs()).Draw(t, "ai")
		return gs1.Element{AI: ai, Value: value(t, ai)}
	}).Filter(func(e gs1.Element) bool { return gs1.CheckValue(e.AI, e.Value) == nil }).Draw(t, "element")
}

// TestRoundTrips holds that elements survive each way of writing them.
func TestRoundTrips(t *testing.T) {
	links := 0
	rapid.Check(t, func(t *rapid.T) {
		var els []gs1.Element
		seen := map[string]bool{}
		for range rapid.IntRange(1, 6).Draw(t, "elements") {
			if e := right(t); !seen[e.AI] {
				seen[e.AI] = true
				els = append(els, e)
			}
		}
		got, err := gs1.ParseElements(gs1.ElementString(els))
		if diff := cmp.Diff(els, got); diff != "" || err != nil {
			t.Fatalf("element string: %v (-want +got)\n%s", err, diff)
		}
		got, err = gs1.ParseBracketed(gs1.FormatBracketed(els))
		if diff := cmp.Diff(els, got); diff != "" || err != nil {
			t.Fatalf("brackets: %v (-want +got)\n%s", err, diff)
		}
		uri, err := gs1.BuildLink("https://example.com/shop", els)
		if err != nil {
			return // no key among them, or what cannot be an attribute
		}
		links++
		l, err := gs1.ParseLink(uri)
		if err != nil || l.Stem != "https://example.com/shop" || len(l.Elements) != len(els) {
			t.Fatalf("link %s: %+v, %v", uri, l, err)
		}
		for _, e := range l.Elements {
			if !strings.Contains(gs1.FormatBracketed(els), gs1.FormatBracketed([]gs1.Element{e})) {
				t.Fatalf("link %s: %v is not of %v", uri, e, els)
			}
		}
		if again, err := gs1.BuildLink(l.Stem, l.Elements); again != uri || err != nil {
			t.Fatalf("link %s: written again as %s, %v", uri, again, err)
		}
	})
	if links == 0 {
		t.Error("no link was made")
	}
}
