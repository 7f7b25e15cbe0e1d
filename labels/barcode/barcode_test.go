package barcode_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"waybill/labels"
	"waybill/labels/barcode"
)

// chars reads {F} as FNC1, and the rest as UTF-8.
func chars(s string) []barcode.Char {
	var cs []barcode.Char
	for s != "" {
		if rest, ok := strings.CutPrefix(s, "{F}"); ok {
			cs, s = append(cs, barcode.FNC1), rest
			continue
		}
		r, n := utf8.DecodeRuneInString(s)
		cs, s = append(cs, barcode.Char(r)), s[n:]
	}
	return cs
}

// TestSymbolsAreShortest holds the lengths that an exhaustive search and two
// independent encoders agree on.
func TestSymbolsAreShortest(t *testing.T) {
	for in, want := range map[string]int{
		"9400111899223100001234": 14, "1Z999AA10123456784": 17, "JJD0099999999999999999": 17,
		"TBA123456789012": 13, "9622001900000000000000776632517510": 20, "12345678901234567890123": 16,
		"12": 4, "123": 6, "12345": 7, "A1234567": 9, "A12345B": 10, "AB1234CD": 11, "AB12345CD": 12,
		"AB123456CD": 12, "1234ABCD5678": 13, "12AB34CD56": 13, "ABC123": 9,
		"abc\tdef\tghi": 16, "ABC\tdef": 11, "a\tB\tc\tD\te": 15,
		"{F}00106141411234567897": 14, "{F}42094107{F}9400111899223100001234": 20,
		"{F}420941071234{F}9400111899223100001234": 22, "{F}0109521234543213": 12,
		"{F}01095212345432131725123110ABC123": 24, "{F}10ABC1234{F}2112345": 18,
		"{F}1012345{F}21987654321": 17, "{F}01095212345432133103001750": 17,
		"123{F}4567": 9, "1234{F}": 6, "{F}1{F}2": 7, "item12345678901x": 16, "0000": 5,
		"A1B2C3D4E5F6": 15, "123456X": 8, "X123456": 8,
		"é": 5, "Zoë": 7, "éé": 7, "ééé": 8, "éééé": 9, "aéb": 7, "éaé": 8, "éaéé": 10, "ééaéé": 11, // FNC4 twice makes them all, once one of them
		"é12345678": 10, "éé12345678éé": 15, "\u0085": 5, "a\u0085": 7, "PEñA123456": 12, "ééé{F}ééé": 12,
	} {
		words, err := barcode.Codewords(chars(in))
		if err != nil {
			t.Errorf("%q: %v", in, err)
			continue
		}
		if len(words) != want {
			t.Errorf("%q: %d symbol characters %v, want %d", in, len(words), words, want)
		}
		bars, err := barcode.Bars(words)
		if err != nil || bars.W != 11*(want-1)+13 {
			t.Errorf("%q: %d modules (%v), want %d", in, bars.W, err, 11*(want-1)+13)
		}
	}
}

// read is Code 128 read by the book: values back to characters.
func read(t interface{ Fatalf(string, ...any) }, words []int) []barcode.Char {
	var out []barcode.Char
	set, shift, upper, latched := words[0]-103, -1, false, false
	letter := func(c int) {
		if upper != latched {
			c += 128
		}
		out, upper = append(out, barcode.Char(c)), false
	}
	for _, w := range words[1 : len(words)-2] {
		s := set
		if shift >= 0 {
			s, shift = shift, -1
		}
		switch {
		case w == 102:
			out = append(out, barcode.FNC1)
		case s == 2 && w < 100:
			out = append(out, barcode.Char('0'+w/10), barcode.Char('0'+w%10))
		case s == 0 && w == 101, s == 1 && w == 100:
			latched, upper = latched != upper, !upper
		case s == 2 && w == 100, s == 0 && w == 100:
			set = 1
		case s == 2 && w == 101, s == 1 && w == 101:
			set = 0
		case w == 99:
			set = 2
		case w == 98:
			shift = 1 - s
		case s == 0 && w < 64, s == 1 && w < 96:
			letter(w + 32)
		case s == 0 && w < 96:
			letter(w - 64)
		default:
			t.Fatalf("value %d in set %d", w, s)
		}
	}
	return out
}

func TestSymbolsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := rapid.SliceOfN(rapid.OneOf(
			rapid.Map(rapid.IntRange('0', '9'), func(i int) barcode.Char { return barcode.Char(i) }),
			rapid.Map(rapid.IntRange(0, 127), func(i int) barcode.Char { return barcode.Char(i) }),
			rapid.Map(rapid.IntRange(0, 255), func(i int) barcode.Char { return barcode.Char(i) }),
			rapid.Just(barcode.FNC1),
		), 1, 40).Draw(t, "in")
		words, err := barcode.Codewords(in)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(in, read(t, words)); diff != "" {
			t.Fatalf("read back (-want +got):\n%s", diff)
		}
	})
}

func TestRefused(t *testing.T) {
	for name, tc := range map[string]struct {
		sym     labels.Symbology
		payload string
		want    string
	}{
		"nothing":            {labels.Code128, "", "needs a payload"},
		"a letter beyond it": {labels.Code128, "Łódź", "character 1 is 'Ł' (U+0141)"},
		"an accent apart":    {labels.Code128, "Zoe\u0308", "character 4 is '\u0308' (U+0308)"},
		"no text":            {labels.Code128, "Zo\xeb", "neither ASCII nor UTF-8"},
		"a name in GS1":      {labels.GS1128, "10Zoë", "byte 5 (0xC3) is not ASCII"},
		"no text in QR":      {labels.QR, "Zo\xeb", "neither ASCII nor UTF-8"},
		"a name in GS1 QR":   {labels.GS1QR, "10Zoë", "byte 5 is not ASCII"},
		"unknown symbology":  {"pdf714", "x", "not known"},
		"too much for QR":    {labels.QR, strings.Repeat("x", 4000), "qr of 4000 bytes"},
		"too long":           {labels.Code128, strings.Repeat("x", 300), "at most 256"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := barcode.Encode(tc.sym, []byte(tc.payload), barcode.Options{})
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %v, want one that says %q", err, tc.want)
			}
		})
	}
}

func TestGS1BeginsWithFNC1(t *testing.T) {
	s, err := barcode.Encode(labels.GS1128, []byte("42094107\x1d9400111899223100001234"), barcode.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if s.Codewords[0] != 105 || s.Codewords[1] != 102 || len(s.Codewords) != 20 {
		t.Errorf("symbol %v, want start C, FNC1 and 20 characters in all", s.Codewords)
	}
}

func BenchmarkCode128(b *testing.B) {
	for b.Loop() {
		if _, err := barcode.Encode(labels.Code128, []byte("1Z999AA10123456784"), barcode.Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkQR(b *testing.B) {
	for b.Loop() {
		if _, err := barcode.Encode(labels.QR, []byte("WB1/576461413038785752/1Z999AA10123456784"), barcode.Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
