package wire_test

import (
	"bytes"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"waybill/sync/wire"
)

func drawCode(t *rapid.T) wire.EnrolCode {
	c := wire.EnrolCode{Secret: [wire.SecretSize]byte(rapid.SliceOfN(rapid.Byte(), wire.SecretSize, wire.SecretSize).Draw(t, "secret"))}
	if rapid.Bool().Draw(t, "pinned") {
		c.Pin = rapid.SliceOfN(rapid.Byte(), wire.PinSize, wire.PinSize).Draw(t, "pin")
	}
	return c
}

// TestCodesAreReadAsTheyAreTyped holds that a code is read however a person
// groups its characters and mistakes a digit for a letter, and that no other
// single mistake passes for a code.
func TestCodesAreReadAsTheyAreTyped(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCode(t)
		text := c.String()
		typed := text
		for _, as := range []string{"-: ", "-:", "0:O", "0:o", "1:l", "1:I"} {
			if from, to, _ := strings.Cut(as, ":"); rapid.Bool().Draw(t, as) {
				typed = strings.ReplaceAll(typed, from, to)
			}
		}
		if rapid.Bool().Draw(t, "lower") {
			typed = strings.ToLower(typed)
		}
		got, err := wire.ParseEnrolCode(typed)
		if err != nil || got.Secret != c.Secret || !bytes.Equal(got.Pin, c.Pin) || got.String() != text {
			t.Fatalf("%s typed as %q is %v, %v", text, typed, got, err)
		}
	})
}

func TestCodesThatAreNone(t *testing.T) {
	whole := wire.EnrolCode{Pin: make([]byte, wire.PinSize)}.String()
	for _, text := range []string{"", "-", "hello", "ZZZZZ-ZZZZZ-ZZZZZ-ZZZZZ", whole[:len(whole)-6], whole + "0", strings.Replace(whole, "0", "2", 1), "ÄÖÜ"} {
		if c, err := wire.ParseEnrolCode(text); err == nil {
			t.Errorf("%q is %v", text, c)
		}
	}
}

// FuzzEnrolCode holds that whatever is read as a code is written and read again
// as the same one.
func FuzzEnrolCode(f *testing.F) {
	f.Add(wire.EnrolCode{}.String())
	f.Add(wire.EnrolCode{Pin: make([]byte, wire.PinSize)}.String())
	f.Add("o-l i")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := wire.ParseEnrolCode(text)
		if err != nil {
			return
		}
		again, err := wire.ParseEnrolCode(c.String())
		if err != nil || again.String() != c.String() {
			t.Fatalf("%q is %v, and again %v, %v", text, c, again, err)
		}
	})
}
