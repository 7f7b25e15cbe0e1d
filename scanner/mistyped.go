package scanner

import (
	"bytes"
	"strings"
	"unicode"
)

// A mistyping is how the keys of a scanner that types come out where another
// keyboard is read than it types for.
type mistyping struct {
	typed func(string) string // what becomes of a text
	words string              // what to do about it
}

// mayBeMistyped reports whether data may be the set-up page's barcode, typed for
// another keyboard. It is quick, for every scan is held against it; B, I and L
// have the same keys on all keyboards that mistypings knows.
func mayBeMistyped(data []byte) bool {
	return len(data) <= 4*len(SetupData) && (bytes.Contains(data, []byte("BILL")) || bytes.Contains(data, []byte("bill")))
}

// mistypings returns the ways that are known. They follow from the keyboards'
// rows (ANSI INCITS 154, DIN 2137 T1, and the customary AZERTY), which are written
// from general knowledge.
func mistypings() []mistyping {
	exchange := func(pairs ...string) func(string) string { return strings.NewReplacer(pairs...).Replace }
	const country = " Set the scanner's keyboard country to the computer's; with driver: evdev, write the scanner's as layout in the configuration."
	return []mistyping{
		{
			typed: invertCase,
			words: "Small letters arrive for capital ones: switch Caps Lock off at the computer, and the exchange of letters off in the scanner.",
		},
		{
			typed: exchange("Y", "Z", "Z", "Y", "]", "+"),
			words: "Y and Z are exchanged: one of scanner and computer is set to a German keyboard." + country,
		},
		{ // typed for a US keyboard, read from a French one
			typed: exchange("A", "Q", "Q", "A", "W", "Z", "Z", "W", "]", "$",
				"1", "&", "2", "é", "3", `"`, "4", "'", "5", "(", "6", "-", "7", "è", "8", "_", "9", "ç", "0", "à"),
			words: "Signs arrive for digits, and A and Q are exchanged: the computer is set to a French keyboard and the scanner is not." + country,
		},
		{ // typed for a French keyboard, on which digits need Shift, read from a US one
			typed: exchange("A", "Q", "Q", "A", "W", "Z", "Z", "W",
				"1", "!", "2", "@", "3", "#", "4", "$", "5", "%", "6", "^", "7", "&", "8", "*", "9", "(", "0", ")"),
			words: "Signs arrive for digits, and A and Q are exchanged: the scanner is set to a French keyboard and the computer is not." + country,
		},
	}
}

// invertCase is what Caps Lock makes of a text.
func invertCase(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsUpper(r) {
			return unicode.ToLower(r)
		}
		return unicode.ToUpper(r)
	}, s)
}
