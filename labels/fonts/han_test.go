package fonts_test

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"waybill/labels/fonts"
)

func TestHanOfCountriesAndLanguages(t *testing.T) {
	t.Parallel()
	for country, want := range map[string]string{
		"JP": "ja", "CN": "zh-Hans", "sg": "zh-Hans", "TW": "zh-Hant", "HK": "zh-HK", "MO": "zh-HK", "KR": "ko", "US": "", "": "",
	} {
		if got := fonts.HanOf(country).String(); got != want {
			t.Errorf("%s: %q, want %q", country, got, want)
		}
	}
	for _, language := range fonts.HanLanguages() {
		if h, ok := fonts.HanNamed(language); !ok || h.String() != language {
			t.Errorf("%s: %v, %t", language, h, ok)
		}
	}
	for _, none := range []string{"", "en", "zh"} {
		if h, ok := fonts.HanNamed(none); ok {
			t.Errorf("%q has forms of its own: %v", none, h)
		}
	}
}

func TestRegionalCharacters(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]bool{"直かカ한、（ㄅ〇㈱": true, "aé1Яש-–…ก\u200d😀": false} {
		for _, r := range s {
			if fonts.Regional(r) != want {
				t.Errorf("U+%04X: regional is %t, want %t", r, !want, want)
			}
		}
	}
}

// TestTheRegionsFaceGoesFirst: files are taken by their names, and a file that is
// not the region's is not even opened while one of the region's has the character.
func TestTheRegionsFaceGoesFirst(t *testing.T) {
	t.Parallel()
	const cjk = "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"
	data, err := os.ReadFile(cjk)
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("%v (run tools/install.sh)", err)
		}
		t.Skipf("%v (run tools/install.sh)", err)
	}
	var opened []string
	source := func(name string) fonts.Source {
		return fonts.Source{Name: name, Bold: strings.Contains(name, "Bold"), Open: func() ([]byte, error) {
			opened = append(opened, name)
			if strings.HasPrefix(name, "broken") {
				return nil, errors.New("broken")
			}
			return data, nil
		}}
	}
	family := func(f *fonts.Set, h fonts.Han, r rune) string {
		t.Helper()
		face, err := f.FaceIn(h, r, false)
		if err != nil {
			t.Fatal(err)
		}
		return face.Name + ": " + face.Font.Describe().Family
	}
	set := fonts.New(source("NotoSansJP-Regular.otf"), source("NotoSansTC-Bold.otf"), source("NotoSansCJK-Regular.ttc"))
	for _, tt := range []struct {
		h    fonts.Han
		r    rune
		want string
	}{
		{fonts.HanTaiwan, '直', "NotoSansCJK-Regular.ttc: Noto Sans CJK TC"}, // of two, the weight asked for
		{fonts.HanJapan, '直', "NotoSansJP-Regular.otf: Noto Sans CJK JP"},
		{fonts.HanChina, '直', "NotoSansCJK-Regular.ttc: Noto Sans CJK SC"},
		{fonts.HanKorea, '한', "NotoSansCJK-Regular.ttc: Noto Sans CJK KR"},
		{fonts.HanHongKong, '直', "NotoSansCJK-Regular.ttc: Noto Sans CJK HK"},
		{fonts.AnyHan, '直', "NotoSansJP-Regular.otf: Noto Sans CJK JP"},
		{fonts.HanKorea, 'A', "Roboto Condensed: Roboto Condensed"},
	} {
		if got := family(set, tt.h, tt.r); got != tt.want {
			t.Errorf("%v %c: %s, want %s", tt.h, tt.r, got, tt.want)
		}
	}
	opened = nil
	lone := fonts.New(source("NotoSansJP-Regular.otf"), source("NotoSansTC-Bold.otf")) // the region goes before the weight
	if got := family(lone, fonts.HanHongKong, '直'); got != "NotoSansTC-Bold.otf: Noto Sans CJK JP" || slices.Contains(opened, "NotoSansJP-Regular.otf") {
		t.Errorf("Hong Kong without a face of its own: %s, opened %v; want the next of kin's alone", got, opened)
	}
	if got := family(lone, fonts.HanKorea, '直'); got != "NotoSansJP-Regular.otf: Noto Sans CJK JP" {
		t.Errorf("Korea without a face of its own: %s, want whatever has it", got)
	}
}
