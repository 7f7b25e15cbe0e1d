package scanner_test

import (
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
		{name: "another barcode", raw: "]C01Z999AA10123456784"},
		{name: "half of it", raw: "]C1" + one},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := scanner.ReadSetup(scanner.Scan{Raw: []byte(tt.raw), AIM: tt.aim})
			if d := cmp.Diff(tt.want, got); d != "" || ok != tt.ok {
				t.Errorf("ok %v, want %v; set-up (-want +got):\n%s", ok, tt.ok, d)
			}
			if ok && !strings.Contains(got.Words(), tt.words) {
				t.Errorf("words %q, want %q in them", got.Words(), tt.words)
			}
		})
	}
	if _, ok := scanner.ReadSetup(scanner.Scan{Raw: []byte(scanner.SetupData), Bad: "cut off"}); ok {
		t.Error("a damaged scan is taken")
	}
}
