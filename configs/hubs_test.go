package configs_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"waybill/configs"
)

// Where what the station has of each hub is kept goes by the hub, and not by its place in
// the configuration: no hub is shown what is another's.
func TestEachHubHasItsFolder(t *testing.T) {
	t.Parallel()
	const a, b, c = "https://a.example", "https://b.example", "https://c.example:9640/way"
	type step struct {
		own, further string
		enrol        bool // at both; otherwise the configuration is only looked at
		want         [2]string
	}
	for name, steps := range map[string][]step{
		"swapped": {
			{a, b, true, [2]string{"hub", "hubs/b.example"}},
			{b, a, true, [2]string{"hubs/b.example", "hub"}},
			{a, b, true, [2]string{"hub", "hubs/b.example"}},
		},
		"moved away and back": {
			{a, b, true, [2]string{"hub", "hubs/b.example"}},
			{c, b, true, [2]string{"hubs/c.example_3a9640_2fway", "hubs/b.example"}},
			{"http://A.example/", c, true, [2]string{"hub", "hubs/c.example_3a9640_2fway"}},
		},
		"a hub at which it never was": {
			{a, b, false, [2]string{"hub", "hubs/b.example"}},
			{b, c, true, [2]string{"hub", "hubs/c.example_3a9640_2fway"}},
			{a, b, true, [2]string{"hubs/a.example", "hub"}},
		},
		"the port that the scheme implies": {
			{a, "https://b.example:443", true, [2]string{"hub", "hubs/b.example"}},
			{"https://a.example:443", b, true, [2]string{"hub", "hubs/b.example"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			file := filepath.Join(dir, "station.yaml")
			for i, s := range steps {
				write(t, file, "data: data\nhub: {url: '"+s.own+"'}\nfurther_hubs: [{url: '"+s.further+"'}]\n")
				cfg, err := configs.LoadStation(file)
				if err != nil {
					t.Fatal(err)
				}
				if err := cfg.NoteHub(); err != nil {
					t.Fatal(err)
				}
				var got [2]string
				for n, link := range cfg.HubLinks() {
					rel, err := filepath.Rel(filepath.Join(dir, "data"), link.Enrolled)
					if err != nil {
						t.Fatal(err)
					}
					got[n] = filepath.ToSlash(rel)
					if token, _ := link.Token(); s.enrol {
						write(t, token, "a token of "+link.URL)
					}
				}
				if diff := cmp.Diff(s.want, got); diff != "" {
					t.Errorf("step %d (-want +got)\n%s", i, diff)
				}
			}
		})
	}
}

// What a version before this one has left has no address beside it, and is of the hub
// that the station has at its first start; its further ones' may be under their port.
func TestFoldersOfBefore(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "station.yaml")
	write(t, filepath.Join(dir, "data", "hub", "token"), "a")
	write(t, filepath.Join(dir, "data", "hubs", "b.example_3a443", "token"), "b")
	for i, want := range [][2]string{{"hub", "hubs/b.example_3a443"}, {"hubs/b.example_3a443", "hub"}} {
		hubs := [2]string{"https://a.example", "https://b.example:443"}
		write(t, file, "data: data\nhub: {url: '"+hubs[i]+"'}\nfurther_hubs: [{url: '"+hubs[1-i]+"'}]\n")
		cfg, err := configs.LoadStation(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := cfg.NoteHub(); err != nil {
			t.Fatal(err)
		}
		for n, link := range cfg.HubLinks() {
			if got := filepath.Join(dir, "data", filepath.FromSlash(want[n])); link.Enrolled != got {
				t.Errorf("start %d: %s is kept in %s, want %s", i, link.URL, link.Enrolled, got)
			}
		}
	}
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
