package text_test

import (
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"waybill/labels"
	"waybill/labels/fonts"
	"waybill/labels/fonts/system"
	"waybill/labels/text"
)

// words are what random texts are made of: names, numbers, and what the
// shaper, the wrapper or the tables could treat in a way of its own.
var words = []string{
	"Zoë", "Núñez", "AVATAR", "Ta.", "W.A.", "1Z", "999", "AA1", "office", "ffi", "Griffith", "fl", "ff", "fj", "f", "i", "l", "fi", "ffl", "Springfield", "fff",
	"Дмитро", "Ковальчук", "Київ", "Γιώργος", "Παπαδόπουλος", "Nguyễn", "Ánh", "Łódź", "Ţ", "ȘȚ", "ij", "ĳ", "ß", "İ",
	"(", ")", "[x]", "-", "–", "/", "12/3", "#4", "№", "€5", "½", "×", "°", "“q”", "'", "…", ",", ";", ":", "!", "?", "%", "&",
	"\u00a0", "\u00ad", "\u2009", "\u200b", "e\u0301", "x\u0302", "\u2011", "A", "V", "T", "o", "y", ".", "LT", "Yo", "P.", "11", "T,",
	"longlonglonglonglonglonglong", "Wolfeschlegelsteinhausenbergerdorff", "a-b-c-d-e-f", "http://x.example/a/b?c=d&e",
}

func anyText() *rapid.Generator[string] {
	pieces := rapid.SliceOfN(rapid.OneOf(
		rapid.SampledFrom(words),
		rapid.SampledFrom([]string{" ", " ", " ", "\n", "\n", "  "}),
		rapid.StringOfN(rapid.RuneFrom(nil, unicode.Latin, unicode.Nd, unicode.P), 1, 4, -1),
		rapid.Map(rapid.IntRange(0x20, 0x7e), func(i int) string { return string(rune(i)) }),
	), 0, 14)
	return rapid.Map(pieces, func(p []string) string { return strings.Join(p, "") })
}

func anyStyle(t *rapid.T) text.Style {
	size := rapid.IntRange(50, 300).Draw(t, "size")
	return text.Style{
		Size: text.Points(size), MinSize: text.Points(rapid.IntRange(40, size).Draw(t, "min")),
		Bold: rapid.Bool().Draw(t, "bold"), Align: text.Align(rapid.IntRange(0, 2).Draw(t, "align")),
		VAlign: text.VAlign(rapid.IntRange(0, 2).Draw(t, "valign")), Lines: rapid.IntRange(1, 5).Draw(t, "lines"),
		Cut: rapid.Bool().Draw(t, "cut"), Width: rapid.IntRange(1, 900).Draw(t, "width"), Height: rapid.IntRange(0, 300).Draw(t, "height"),
	}
}

// same compares blocks; a place is one of ink.
func same(a, b text.Block) bool {
	if a.Dots.W == 0 && b.Dots.W == 0 {
		a.X, a.Y, b.X, b.Y, a.Dots, b.Dots = 0, 0, 0, 0, labels.Dots{}, labels.Dots{}
	}
	return cmp.Equal(a, b)
}

// TestSameAsTheReference holds that what is kept and what is left out changes
// no dot, no size, no line and no refusal.
func TestSameAsTheReference(t *testing.T) {
	kept := fonts.New(system.Sources()...)
	rapid.Check(t, func(t *rapid.T) {
		s, st := anyText().Draw(t, "text"), anyStyle(t)
		res := rapid.SampledFrom([]labels.Resolution{labels.DPI203, labels.DPI300}).Draw(t, "res")
		want, wantErr := text.Reference(kept, res, s, st)
		got, err := text.Draw(kept, res, s, st)
		if (err == nil) != (wantErr == nil) || err == nil && !same(want, got) {
			t.Fatalf("%q in %+v:\ngot  %v at %d,%d of %d lines, size %d (%v)\nwant %v at %d,%d of %d lines, size %d (%v)", s, st,
				got.Dots.W, got.X, got.Y, got.Lines, got.Size, err, want.Dots.W, want.X, want.Y, want.Lines, want.Size, wantErr)
		}
	})
}

// TestNamesAreSimple holds that the texts labels are full of take the short
// way; otherwise the test above would prove little.
func TestNamesAreSimple(t *testing.T) {
	set := fonts.New()
	for s, want := range map[string]bool{
		"Zoë Núñez": true, "1Z 999 AA1 01 2345 6784": true, "Дмитро Ковальчук, 5": true, "Παπαδόπουλος": true, "2 × TS-TEE-BLK-M": true,
		"Nguyễn Thị Ánh": true, "a\nb": true, "": true,
		"Griffith": true, "Springfield, Pacific Hwy fl ffi": true, "Київ, Ελλάδα": false, "x\u0302": false, "a\u200bb": false,
	} {
		for _, bold := range []bool{false, true} {
			if got := text.Simple(set, s, bold); got != want {
				t.Errorf("%q, bold %t: simple %t, want %t", s, bold, got, want)
			}
		}
	}
}

// TestEveryPairOfLetters holds the tables of pairs against whole texts: all
// pairs of what people write on labels, many to a text.
func TestEveryPairOfLetters(t *testing.T) {
	if testing.Short() {
		t.Skip("shapes some thousand texts")
	}
	set := fonts.New()
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 .,-/&'()#:+"
	for _, bold := range []bool{false, true} {
		for _, a := range letters {
			var row strings.Builder
			for _, b := range letters {
				row.WriteRune(a)
				row.WriteRune(b)
			}
			st := text.Style{Size: text.Points(120), Width: 1 << 16, Bold: bold}
			want, err := text.Reference(set, labels.DPI300, row.String(), st)
			if err != nil {
				t.Fatal(err)
			}
			got, err := text.Draw(set, labels.DPI300, row.String(), st)
			if err != nil || !same(want, got) {
				t.Errorf("%q, bold %t: differs (%v)", row.String(), bold, err)
			}
		}
	}
}

// TestListsAreCutAlike compares lists that are longer than their box.
func TestListsAreCutAlike(t *testing.T) {
	set := fonts.New()
	cut := 0
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOfN(rapid.SampledFrom([]string{"2 × TS-YOGA", "1 × fi ", "10 × SKU-0471 ", "a", "", "Київ", "a b  "}), 2, 8).Draw(t, "list")
		st := text.Style{
			Size: text.Points(80), MinSize: text.Points(rapid.IntRange(60, 80).Draw(t, "min")), Cut: true, Bold: rapid.Bool().Draw(t, "bold"),
			Lines: rapid.IntRange(1, 4).Draw(t, "lines"), Width: rapid.IntRange(20, 300).Draw(t, "width"), Height: rapid.IntRange(0, 100).Draw(t, "height"),
			Align: text.Align(rapid.IntRange(0, 2).Draw(t, "align")),
		}
		s := strings.Join(list, "\n")
		want, wantErr := text.Reference(set, labels.DPI203, s, st)
		got, err := text.Draw(set, labels.DPI203, s, st)
		if (err == nil) != (wantErr == nil) || err == nil && !same(want, got) {
			t.Fatalf("%q in %+v: differs (%v, want %v)", s, st, err, wantErr)
		}
		if got.Cut {
			cut++
		}
	})
	if cut == 0 {
		t.Error("no list was cut")
	}
}
