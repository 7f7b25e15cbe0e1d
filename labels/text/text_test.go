package text_test

import (
	"crypto/sha256"
	"errors"
	"strings"
	"testing"

	"waybill/labels"
	"waybill/labels/fonts"
	"waybill/labels/fonts/system"
	"waybill/labels/text"
)

func style(size int) text.Style {
	return text.Style{Size: text.Points(size * 10), Width: 600}
}

func TestDrawIsTheSameEveryTime(t *testing.T) {
	var first [32]byte
	for i := range 3 {
		b, err := text.Draw(fonts.New(), labels.DPI203, "Nguyễn Thị Ánh, Київ, Ελλάδα", style(12))
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(b.Dots.Bits)
		if i == 0 {
			first = sum
		}
		if sum != first || len(b.Dots.Bits) == 0 {
			t.Errorf("drawing %d differs", i)
		}
	}
}

func TestUnprintable(t *testing.T) {
	for name, tc := range map[string]struct{ in, names, remedy string }{
		"Chinese":     {"李小龍", "U+674E 李", "fonts-noto-cjk"},
		"Arabic":      {"مريم", "U+0645 م", "fonts-noto-core"},
		"Thai":        {"กรุงเทพ", "U+0E01", "Thai"},
		"emoji":       {"Anna 🌸", "U+1F338 🌸", "black outlines only"},
		"tab":         {"a\tb", "U+0009", "control character"},
		"escape":      {"a\x1bb", "U+001B", "control character"},
		"override":    {"a\u202eb", "U+202E", ""},
		"broken UTF8": {"a\xffb", "U+FFFD", "damaged"},
		"replacement": {"a\ufffdb", "U+FFFD", "damaged"},
		"private use": {"a\ue123b", "U+E123", ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := text.Draw(fonts.New(), labels.DPI203, tc.in, style(12))
			if !errors.Is(err, labels.ErrUnprintable) {
				t.Fatalf("error %v, want one that wraps ErrUnprintable", err)
			}
			if !strings.Contains(err.Error(), tc.names) || !strings.Contains(err.Error(), tc.remedy) {
				t.Errorf("error %q, want it to name %q and say %q", err, tc.names, tc.remedy)
			}
		})
	}
}

func TestFitting(t *testing.T) {
	long := "The Very Long Company Name of Somebody in Nowhere"
	for name, tc := range map[string]struct {
		in    string
		style text.Style
		lines int
		cut   bool
		err   bool
	}{
		"one line":            {"Anna", style(20), 1, false, false},
		"two given lines":     {"Anna\nBerlin", text.Style{Size: text.Points(200), Width: 600, Lines: 2}, 2, false, false},
		"empty":               {"", style(20), 0, false, false},
		"too many lines":      {"a\nb\nc", text.Style{Size: text.Points(200), Width: 600, Lines: 2}, 0, false, true},
		"wraps":               {long, text.Style{Size: text.Points(200), Width: 500, Lines: 3}, 3, false, false},
		"shrinks":             {long, text.Style{Size: text.Points(200), MinSize: text.Points(80), Width: 600}, 1, false, false},
		"no room":             {long, text.Style{Size: text.Points(200), Width: 300}, 0, false, true},
		"ellipsis":            {long, text.Style{Size: text.Points(200), Width: 300, Cut: true}, 1, true, false},
		"height":              {"a\nb\nc", text.Style{Size: text.Points(200), MinSize: text.Points(100), Width: 300, Lines: 3, Height: 110}, 3, false, false},
		"no height":           {"a\nb\nc", text.Style{Size: text.Points(200), Width: 300, Lines: 3, Height: 60}, 0, false, true},
		"ellipsis, two lines": {"a\nb\nc", text.Style{Size: text.Points(200), Width: 300, Lines: 2, Cut: true}, 2, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			b, err := text.Draw(fonts.New(), labels.DPI203, tc.in, tc.style)
			var room *text.NoRoomError
			if errors.As(err, &room) != tc.err {
				t.Fatalf("error %v, want no room: %t", err, tc.err)
			}
			if err != nil {
				return
			}
			if b.Lines != tc.lines || b.Cut != tc.cut {
				t.Errorf("%d lines, cut %t; want %d, %t", b.Lines, b.Cut, tc.lines, tc.cut)
			}
			if b.X < -2 || b.X+b.Dots.W > tc.style.Width+2 {
				t.Errorf("ink from %d to %d, want it within 0 and %d", b.X, b.X+b.Dots.W, tc.style.Width)
			}
		})
	}
}

// TestArabicIsShaped holds that letters join and run from right to left: the
// word is narrower than its letters one by one.
func TestArabicIsShaped(t *testing.T) {
	set := fonts.New(system.Sources()...)
	if _, err := set.Face('م', false); err != nil {
		t.Skip("no font with Arabic on this machine")
	}
	word, err := text.Draw(set, labels.DPI203, "مريم", style(40))
	if err != nil {
		t.Fatal(err)
	}
	apart, err := text.Draw(set, labels.DPI203, "م\u200cر\u200cي\u200cم", style(40))
	if err != nil {
		t.Fatal(err)
	}
	if word.Dots.W >= apart.Dots.W {
		t.Errorf("joined %d dots wide, apart %d: the letters do not join", word.Dots.W, apart.Dots.W)
	}
}

func FuzzDraw(f *testing.F) {
	for _, s := range []string{"Anna", "مريم 12", "a\nb", "\u0301", "ﷺ", "a\u200db"} {
		f.Add(s, 200)
	}
	set := fonts.New()
	f.Fuzz(func(t *testing.T, s string, width int) {
		if len(s) > 500 {
			return
		}
		b, err := text.Draw(set, labels.DPI203, s, text.Style{
			Size: text.Points(200), MinSize: text.Points(60), Width: min(max(width, 1), 800), Lines: 4, Height: 300, Cut: true,
		})
		if err == nil && b.Lines > 4 {
			t.Errorf("%d lines", b.Lines)
		}
	})
}

func BenchmarkDraw(b *testing.B) {
	set := fonts.New()
	for b.Loop() {
		if _, err := text.Draw(set, labels.DPI203, "Zoë Núñez", style(14)); err != nil {
			b.Fatal(err)
		}
	}
}
