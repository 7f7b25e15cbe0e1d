package fonts_test

import (
	"errors"
	"os"
	"sync"
	"testing"

	"waybill/labels"
	"waybill/labels/fonts"
	"waybill/labels/fonts/system"
)

func TestEmbeddedFacesCoverWhatTheyPromise(t *testing.T) {
	set := fonts.New()
	for _, s := range []string{
		"ABCxyz0123456789", "ÄÖÜäöüßñçøåæœÞð", "ŁłŻżŠšČčŘřŐőŰű", "ĞğİıŞş", "ẠạẤấẦầẨẩẪẫẬậĂăĐđƠơƯưỹ",
		"АБВабвЇїЄєҐґЉљЪъ", "ΑΒΓαβγάώΐ", "€£¥№°·…–—‘’“”×",
	} {
		for _, r := range s {
			for _, bold := range []bool{false, true} {
				f, err := set.Face(r, bold)
				if err != nil {
					t.Errorf("%v", err)
				} else if want := map[bool]string{false: "Roboto Condensed", true: "Roboto Condensed Bold"}[bold]; f.Name != want {
					t.Errorf("U+%04X from %s, want %s", r, f.Name, want)
				}
			}
		}
	}
}

func TestMissingIsRemembered(t *testing.T) {
	opened := 0
	set := fonts.New(fonts.Source{Name: "broken", Open: func() ([]byte, error) { opened++; return nil, os.ErrNotExist }})
	for range 3 {
		if _, err := set.Face('中', true); !errors.Is(err, labels.ErrUnprintable) {
			t.Errorf("error %v, want ErrUnprintable", err)
		}
	}
	if opened != 1 {
		t.Errorf("opened %d times, want once", opened)
	}
}

func TestSourcesOpenOnlyWhenNeeded(t *testing.T) {
	opened := false
	set := fonts.New(fonts.Source{Name: "x", Open: func() ([]byte, error) { opened = true; return nil, os.ErrNotExist }})
	if _, err := set.Face('A', true); err != nil || opened {
		t.Errorf("error %v, opened %t", err, opened)
	}
}

func TestSetIsSafeForConcurrentUse(t *testing.T) {
	set := fonts.New(system.Sources()...)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for r := rune('A'); r < 'z'; r++ {
				_, _ = set.Face(r, i%2 == 0)
				_, _ = set.Face(r+0x600, true) // found or not, both are fine here
			}
		})
	}
	wg.Wait()
}

func TestSystemFontsSuitLabels(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"DejaVuSans.ttf", "DejaVuSans-Bold.ttf", "DejaVuSansMono.ttf", "NotoSans-Italic.ttf", "arialbd.ttf", "readme.txt", "Wingdings.ttf"} {
		if err := os.WriteFile(dir+"/"+name, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var got string
	for _, s := range system.In(dir, dir+"/none") {
		got += s.Name
		if s.Bold {
			got += "*"
		}
		got += " "
	}
	if want := "DejaVuSans-Bold.ttf* DejaVuSans.ttf arialbd.ttf* "; got != want {
		t.Errorf("found %q, want %q", got, want)
	}
}
