package text_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"waybill/labels"
	"waybill/labels/fonts"
	"waybill/labels/fonts/system"
	"waybill/labels/png"
	"waybill/labels/text"
)

const cjk = "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"

func needsCJK(t *testing.T) {
	t.Helper()
	if _, err := os.Stat(cjk); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("%v (run tools/install.sh)", err)
		}
		t.Skipf("%v (run tools/install.sh)", err)
	}
}

func drawnIn(t *testing.T, f *fonts.Set, h fonts.Han, s string) labels.Dots {
	t.Helper()
	b, err := text.Draw(f, labels.DPI305, s, text.Style{Size: text.Points(400), Width: 2000, Han: h})
	if err != nil {
		t.Fatal(err)
	}
	return b.Dots
}

// TestHanFormsOfEachRegion: one code point, drawn as each region's readers know
// it. The pictures were looked at: 直 has a corner at its left in Japan and Korea
// and stands on a line in China, Taiwan and Hong Kong; the inner corner of 骨 is
// on the left in China's form and on the right in the others, and its lower
// strokes slant in Taiwan's; 返 has one dot in Japan's and two in Korea's.
func TestHanFormsOfEachRegion(t *testing.T) {
	t.Parallel()
	needsCJK(t)
	f := fonts.New(system.Sources()...)
	alike := func(s string, a, b fonts.Han) bool {
		x, y := drawnIn(t, f, a, s), drawnIn(t, f, b, s)
		return x.W == y.W && x.H == y.H && bytes.Equal(x.Bits, y.Bits)
	}
	for _, tt := range []struct {
		s    string
		a, b fonts.Han
		same bool
	}{
		{"直", fonts.HanJapan, fonts.HanChina, false},
		{"直", fonts.HanJapan, fonts.HanTaiwan, false},
		{"骨", fonts.HanJapan, fonts.HanChina, false},
		{"骨", fonts.HanChina, fonts.HanTaiwan, false},
		{"返", fonts.HanJapan, fonts.HanKorea, false},
		{"返", fonts.HanChina, fonts.HanTaiwan, false},
		{"直骨返", fonts.HanKorea, fonts.HanChina, false},
		{"直骨返", fonts.HanKorea, fonts.HanJapan, false},
		{"一二三", fonts.HanJapan, fonts.HanChina, true},
		{"Latin 12", fonts.HanJapan, fonts.HanChina, true},
	} {
		if alike(tt.s, tt.a, tt.b) != tt.same {
			t.Errorf("%s in %s and %s: alike is %t, want %t", tt.s, tt.a, tt.b, !tt.same, tt.same)
		}
	}
	if dir := os.Getenv("PICTURES"); dir != "" {
		for _, h := range append(fonts.Hans(), fonts.AnyHan) {
			file, err := png.Picture(drawnIn(t, f, h, "直骨返、海한"), labels.DPI305)
			if err == nil {
				err = os.WriteFile(filepath.Join(dir, "han-"+h.String()+".png"), file, 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestHanFormsComeWithTheTextNotTheTime: what was set before does not change
// what is set next, and every text has one look in a set of fonts.
func TestHanFormsComeWithTheTextNotTheTime(t *testing.T) {
	t.Parallel()
	needsCJK(t)
	open := func() *fonts.Set {
		return fonts.New(fonts.Source{Name: filepath.Base(cjk), Open: func() ([]byte, error) { return os.ReadFile(cjk) }})
	}
	warm := open()
	for _, h := range fonts.Hans() {
		drawnIn(t, warm, h, "直")
	}
	for _, h := range fonts.Hans() {
		if !bytes.Equal(drawnIn(t, warm, h, "直").Bits, drawnIn(t, open(), h, "直").Bits) {
			t.Errorf("%s: another form after the others were set", h)
		}
	}
}
