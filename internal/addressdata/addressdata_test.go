package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestPrefixes(t *testing.T) {
	for _, tt := range []struct {
		name, pattern, want string
	}{
		{"nothing", "", ""},
		{"plain", "06", "06"},
		{"class", "3[56]", "35,36"},
		{"alternatives, one inside another", "20[02-5]|2|569", "2,569"},
		{"ten make one", `2[456]\d{2}`, "24,25,26"},
		{"optional letter", "K?[45]", "4,5,K4,K5"},
		{"groups", `(?:3[6-9]|40)\d{2}`, "36,37,38,39,40"},
		{"Canada", "X0A|X0B|X0C", "X0A,X0B,X0C"},
	} {
		got, err := prefixes(tt.pattern)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		if diff := cmp.Diff(tt.want, strings.Join(got, ",")); diff != "" {
			t.Errorf("%s (-want +got)\n%s", tt.name, diff)
		}
	}
	for _, pattern := range []string{"1+", "[", `\d{4}\d{4}`, "^1"} {
		if got, err := prefixes(pattern); err == nil {
			t.Errorf("%q became %d prefixes, want an error", pattern, len(got))
		}
	}
}

// TestShortenKeepsTheMeaning holds that the short list takes exactly the codes that
// the long one takes.
func TestShortenKeepsTheMeaning(t *testing.T) {
	begins := func(list []string, code string) bool {
		for _, p := range list {
			if strings.HasPrefix(code, p) {
				return true
			}
		}
		return false
	}
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOfN(rapid.StringMatching("[0-9]{1,3}"), 1, 40).Draw(t, "list")
		code := rapid.StringMatching("[0-9]{5}").Draw(t, "code")
		short := shorten(append([]string(nil), list...))
		if begins(list, code) != begins(short, code) {
			t.Errorf("%v became %v, which judges %s differently", list, short, code)
		}
	})
}

func TestOverride(t *testing.T) {
	land := func() map[string]*country {
		return map[string]*country{"XX": {code: "XX", fields: map[string]string{"zip": "1"}, regions: []*region{{key: "A B"}}}}
	}
	for _, tt := range []struct {
		name, line, wantErr string
		ok                  func(*country) bool
	}{
		{"OK field", `XX zip \d ;; why ;; source`, "", func(c *country) bool { return c.fields["zip"] == `\d` }},
		{"OK emptied", "XX zip - ;; why ;; source", "", func(c *country) bool { return c.fields["zip"] == "" }},
		{"OK names", "XX +also P|Q ;; why ;; source", "", func(c *country) bool { return len(c.also) == 2 }},
		{"OK region's prefixes", "XX +zips:A_B 12 ;; why ;; source", "", func(c *country) bool { return c.regions[0].zips == "12" }},
		{"OK new region", "XX +region K~Name~~~1,2 ;; why ;; source", "", func(c *country) bool { return len(c.regions) == 2 && c.regions[1].zips == "1,2" }},
		{"OK remark", "# nothing", "", func(*country) bool { return true }},
		{"bad no reason", "XX zip 1 ;;  ;; source", "why ;; source", nil},
		{"bad no source", "XX zip 1 ;; why", "why ;; source", nil},
		{"bad country", "YY zip 1 ;; why ;; source", "no country", nil},
		{"bad field", "XX zap 1 ;; why ;; source", "no field", nil},
		{"bad region", "XX zips:Z 1 ;; why ;; source", "no region", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			lands := land()
			err := override(lands, tt.line+"\n")
			switch {
			case tt.wantErr == "" && (err != nil || !tt.ok(lands["XX"])):
				t.Errorf("not applied: %+v, %v", lands["XX"], err)
			case tt.wantErr != "" && (err == nil || !strings.Contains(err.Error(), tt.wantErr)):
				t.Errorf("error %v, want %q", err, tt.wantErr)
			}
		})
	}
}
