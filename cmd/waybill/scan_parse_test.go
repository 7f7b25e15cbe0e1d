package main

import (
	"bytes"
	"strings"
	"testing"
)

// TestScanParseRefuses holds what is no scan, or no way to read one: nothing of
// it is read as something else.
func TestScanParseRefuses(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		args, in string
		code     int
		says     string
	}{
		"bytes that are no text":               {"", "\"]C1\xff\xfe\"\n", 1, "its bytes are no UTF-8"},
		"and no advice that would read others": {"", "\"]C1\xff\"\n", 1, "no JSON string can hold; give each scan as it is, with --plain"},
		"half a character":                     {"", `"\ud800ABC"` + "\n", 1, `\ud800 is half a character`},
		"the other half":                       {"", `"AB\uDC00"` + "\n", 1, `\uDC00 is half a character`},
		"two first halves":                     {"", `"\ud83d\ud83d\udce6"` + "\n", 1, `\ud83d is half a character`},
		"half, behind a backslash":             {"", `"\\\ud800"` + "\n", 1, `\ud800 is half a character`},
		"a whole one":                          {"", `"\ud83d\udce6"` + "\n", 0, "\"raw\":\"\U0001F4E6\""},
		"none, only its letters":               {"", `"\\ud800"` + "\n", 0, `"raw":"\\ud800"`},
		"the same, as it is":                   {"--plain", "]C0\xff\xfe\n", 0, `"raw_b64":`},
		"a letter for FNC1":                    {"--separator A", "", 2, "want one of {GS} | ~ ^"},
		"another maker":                        {"--code-ids acme", "", 2, "have zebra"},
		"a number":                             {"", "42\n", 1, "not one JSON string"},
	} {
		var out, errOut bytes.Buffer
		code := run(t.Context(), append([]string{"scan", "parse"}, strings.Fields(tt.args)...), strings.NewReader(tt.in), &out, &errOut)
		if code != tt.code || !strings.Contains(out.String()+errOut.String(), tt.says) {
			t.Errorf("%s: exit %d: %s%s", name, code, out.String(), errOut.String())
		}
	}
}
