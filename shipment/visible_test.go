package shipment_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"waybill/shipment"
)

func TestQuoted(t *testing.T) {
	t.Parallel()
	for read, want := range map[string]string{
		"":                           `""`,
		"shelf 4":                    `"shelf 4"`,
		`C:\new "box"`:               `"C:\new "box""`, // as it stands on the label, not as a program would write it
		"]C142022153\x1d9101\x00":    `"]C142022153␝9101␀"`,
		"\x04\r\n\x7f":               `"␄␍␊␡"`,
		"Zoë 你好":                     `"Zoë 你好"`,
		"\xff\xfeA":                  `"��A"`,
		"1Z\u202e999\u200b":          `"1Z�999�"`, // which would turn the rest of the sentence round
		"\u0085\u2028":               `"��"`,
		strings.Repeat("é", 40):      `"` + strings.Repeat("é", 40) + `"`,
		strings.Repeat("é", 41):      `"` + strings.Repeat("é", 40) + `…"`,
		strings.Repeat("\x00", 4000): `"` + strings.Repeat("␀", 40) + `…"`,
	} {
		if got := shipment.Quoted(read); got != want {
			t.Errorf("%q is shown as %s, want %s", read, got, want)
		}
	}
}

// TestVisibleHidesNothing holds that what is shown can be seen, character by character
// of what was read, and that text is shown as it is.
func TestVisibleHidesNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		read := string(rapid.SliceOf(rapid.Byte()).Draw(rt, "bytes"))
		if rapid.Bool().Draw(rt, "text") {
			read = rapid.String().Draw(rt, "read")
		}
		got := shipment.Visible(read)
		if strings.ContainsFunc(got, func(c rune) bool { return !unicode.IsGraphic(c) }) || !utf8.ValidString(got) {
			rt.Fatalf("%q is shown as %q", read, got)
		}
		if n, want := utf8.RuneCountInString(got), utf8.RuneCountInString(read); n != want {
			rt.Fatalf("%q has %d characters, shown are %d", read, want, n)
		}
		if !strings.ContainsFunc(read, func(c rune) bool { return !unicode.IsGraphic(c) }) && utf8.ValidString(read) && got != read {
			rt.Fatalf("%q is shown as %q", read, got)
		}
	})
}
