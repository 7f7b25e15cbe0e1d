package scanner_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"waybill/scanner"
)

func TestReadSetup(t *testing.T) {
	const one, two = "010952123454321310WAYBILL", "21SETUP"
	tests := []struct {
		name, raw, aim string
		want           scanner.Setup
		ok             bool
		words          string
	}{
		{name: "as it should be", raw: "]C1" + one + "\x1d" + two, want: scanner.Setup{AIM: true, Separator: "\x1d"}, ok: true, words: "This scanner is set up"},
		{name: "the identifier beside the data", raw: one + "\x1d" + two, aim: "]C1", want: scanner.Setup{AIM: true, Separator: "\x1d"}, ok: true, words: "This scanner is set up"},
		{name: "no identifier, no GS", raw: one + two, ok: true, words: "switch them on"},
		{name: "a maker's prefix", raw: "I" + one + "\x1d" + two, want: scanner.Setup{Prefix: "I", Separator: "\x1d"}, ok: true, words: `"I" does`},
		{name: "another separator", raw: "]C1" + one + "{GS}" + two, want: scanner.Setup{AIM: true, Separator: "{GS}"}, ok: true, words: `"{GS}" arrives in place of GS`},
		{name: "a tab behind it", raw: "]C1" + one + "\x1d" + two + "\t", want: scanner.Setup{AIM: true, Separator: "\x1d", Rest: "\t"}, ok: true, words: `"␉" follows the data`},
		{
			name: "Caps Lock is on", raw: "]c1010952123454321310waybill\x1d21setup",
			want: scanner.Setup{Prefix: "]c1", Separator: "\x1d", Mistyped: "Small"}, ok: true, words: "Caps Lock",
		},
		{
			name: "for a US keyboard, on a German one", raw: "+C1010952123454321310WAZBILL21SETUP",
			want: scanner.Setup{Prefix: "+C1", Mistyped: "Y and Z"}, ok: true, words: "German keyboard",
		},
		{
			name: "for a US keyboard, on a French one", raw: `$C&à&àç(é&é"'('"é&"&à` + "ZQYBILL\x1dé&SETUP",
			want: scanner.Setup{Prefix: "$C&", Separator: "\x1d", Mistyped: "Signs"}, ok: true, words: "the computer is set to a French keyboard",
		},
		{
			name: "for a French keyboard, on a US one", raw: ")!)(%@!@#$%$#@!#!)ZQYBILL@!SETUP",
			want: scanner.Setup{Mistyped: "Signs"}, ok: true, words: "the scanner is set to a French keyboard",
		},
		{name: "another barcode of the same maker", raw: "WAYBILL 21SETUP"},
		{name: "another barcode", raw: "]C01Z999AA10123456784"},
		{name: "half of it", raw: "]C1" + one},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := scanner.ReadSetup(scanner.Scan{Raw: []byte(tt.raw), AIM: tt.aim})
			if tt.want.Mistyped != "" && strings.HasPrefix(got.Mistyped, tt.want.Mistyped) {
				got.Mistyped = tt.want.Mistyped // its words are held below
			}
			if d := cmp.Diff(tt.want, got); d != "" || ok != tt.ok {
				t.Errorf("ok %v, want %v; set-up (-want +got):\n%s", ok, tt.ok, d)
			}
			full, _ := scanner.ReadSetup(scanner.Scan{Raw: []byte(tt.raw), AIM: tt.aim})
			if ok && !strings.Contains(full.Words(), tt.words) {
				t.Errorf("words %q, want %q in them", full.Words(), tt.words)
			}
			if ok && full.Good() == slices.ContainsFunc(full.Findings(), func(f scanner.Finding) bool { return !f.Good }) {
				t.Errorf("good is %v, and the findings are %+v", full.Good(), full.Findings())
			}
		})
	}
	if _, ok := scanner.ReadSetup(scanner.Scan{Raw: []byte(scanner.SetupData), Bad: "cut off"}); ok {
		t.Error("a damaged scan is taken")
	}
}
