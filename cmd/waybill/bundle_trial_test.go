package main

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"waybill/configs"
	"waybill/sync/downlink"
	"waybill/sync/wire"
)

// shipped returns a template that comes with waybill, changed.
func shipped(t *testing.T, name, from, to string) string {
	t.Helper()
	_, data, err := shippedTemplate(name)
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	if !strings.Contains(text, from) {
		t.Fatalf("%s has no %q", name, from)
	}
	return strings.Replace(text, from, to, 1)
}

// filled writes files into a directory and returns it.
func filled(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestTemplatesOfABundleAreTried holds that a bundle is refused for a template that
// loads and of which no label can be made, and says what would be taken.
func TestTemplatesOfABundleAreTried(t *testing.T) {
	t.Parallel()
	quarter := shipped(t, "generic-quarter", "name: generic-quarter", "name: mine")
	narrow := shipped(t, "generic-quarter", "width: 100, height: 20.2", "width: 30, height: 20.2")
	ups := shipped(t, "ups-4x6", "name: ups-4x6", "name: mine")
	order, err := configs.Samples.ReadFile("samples/ups-4x6.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name  string
		files map[string]string
		want  []string // of the error; none: it is taken
	}{
		{"good", map[string]string{"templates/mine.yaml": quarter}, nil},
		{"too narrow for its barcode", map[string]string{"templates/mine.yaml": narrow}, []string{"templates/mine.yaml makes no label", `element "number"`}},
		{"for other orders than the sample", map[string]string{"templates/mine.yaml": ups}, []string{"routing code", "samples/mine.json"}},
		{"with an order that it is for", map[string]string{"templates/mine.yaml": ups, "samples/mine.json": string(order)}, nil},
		{"with the order of ours", map[string]string{"templates/ups-4x6.yaml": ups}, nil},
		{"for what is no parcel", map[string]string{"templates/tote.yaml": shipped(t, "tote-4x6", "name: tote-4x6", "name: tote"), "templates/codes.yaml": shipped(t, "commands-4x6", "name:", "name:")}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := filled(t, tt.files)
			for what, err := range map[string]error{"station": checkBundle(t.Context(), configs.DefaultStation(), dir), "put": loads(t.Context(), dir)} {
				if (err == nil) != (len(tt.want) == 0) {
					t.Errorf("%s: %v", what, err)
				}
				for _, want := range tt.want {
					if err != nil && !strings.Contains(err.Error(), want) {
						t.Errorf("%s: %v, want %q in it", what, err, want)
					}
				}
			}
		})
	}
}

// TestTheHubGetsAboveItsStations holds that the same files are put once, and once more
// above a version that only stations have.
func TestTheHubGetsAboveItsStations(t *testing.T) {
	t.Parallel()
	house := filled(t, map[string]string{"rules.yaml": string(configs.Rules)})
	config := filepath.Join(filled(t, map[string]string{"hub.yaml": "data: data\n"}), "hub.yaml")
	put := func(args []string, want int, says string) {
		t.Helper()
		var out, errs bytes.Buffer
		if code := run(t.Context(), append([]string{"hub", "bundles"}, args...), strings.NewReader(""), &out, &errs); code != want || !strings.Contains(out.String()+errs.String(), says) {
			t.Errorf("%v: exit code %d, want %d: %s%s, want %q", args, code, want, &out, &errs, says)
		}
	}
	for _, tt := range []struct {
		above []string
		code  int
		want  string
	}{
		{nil, exitDone, "by version 1:"},
		{nil, exitDone, "by version 1:"},
		{[]string{"--above", "7"}, exitDone, "by version 8:"},
		{[]string{"--above", "7"}, exitDone, "by version 8:"},
		{[]string{"--above=-7"}, exitFailure, "that the station says"},
	} {
		put(append([]string{"put", "--config", config, house}, tt.above...), tt.code, tt.want)
	}
	for _, tt := range []struct {
		above []string
		code  int
		want  string
	}{
		{nil, exitDone, "by version 8:"},
		{[]string{"--above", "8"}, exitDone, "by version 9:"},
		{[]string{"--above", "8"}, exitDone, "by version 9:"},
		{[]string{"--above=-8"}, exitFailure, "that the station says"},
	} {
		put(append([]string{"roll-back", "--config", config, "1"}, tt.above...), tt.code, tt.want)
	}
}

// placed puts a bundle in place, as the downlink does.
func placed(t *testing.T, shelf *downlink.Shelf, version int64, key []byte, made time.Time, rules string) downlink.Placed {
	t.Helper()
	p, err := shelf.Lay(wire.Bundle{Version: version, Made: wire.Timestamp(made), Files: []wire.BundleFile{{Name: "rules.yaml", Content: []byte(rules)}}}, key)
	if err == nil {
		err = shelf.Use(p, "")
	}
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestTheStationFallsBack damages the bundles of a station one after the other: it
// works by the one before, and by none that is not whole; and the doctor says so.
func TestTheStationFallsBack(t *testing.T) {
	t.Parallel()
	cfg := configs.DefaultStation()
	cfg.Hub.Enrolled, cfg.Hub.Bundles = filepath.Join(t.TempDir(), "hub"), true
	shelf, now := shelfOf(cfg), time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	key, other := make([]byte, 32), append(make([]byte, 31), 1)
	state := func(wantDir, key, rules, words string) {
		t.Helper()
		got, findings := checkHubRules(cfg, now)
		all := map[string]finding{}
		for _, f := range findings {
			all[f.What] = f
		}
		if all["hub key"].State != key || all["rules of the hub"].State != rules || !strings.Contains(all["rules of the hub"].Detail+all["rules of the hub"].Remedy, words) || got.Hub.Bundle != wantDir {
			t.Errorf("the doctor says %+v of %q, want %s, %s and %q of %q", findings, got.Hub.Bundle, key, rules, words, wantDir)
		}
	}
	state("", "ok", "ok", "none yet")
	if err := shelf.Pin(hex.EncodeToString(key), true); err != nil {
		t.Fatal(err)
	}
	one := placed(t, shelf, 1, key, now.Add(-75*time.Hour), string(configs.Rules))
	state(shelf.Dir(one), "ok", "ok", "3 days ago")
	two := placed(t, shelf, 2, key, now.Add(-5*time.Hour), string(configs.Rules)+"\n# two\n")
	state(shelf.Dir(two), "ok", "ok", "version 2, made ")
	if err := shelf.Pin(hex.EncodeToString(other), true); err != nil {
		t.Fatal(err)
	}
	state(shelf.Dir(two), "ok", "warning", "enrolled before")
	if err := os.WriteFile(filepath.Join(shelf.Dir(two), "rules.yaml"), configs.Rules, 0o600); err != nil {
		t.Fatal(err)
	}
	state(shelf.Dir(one), "ok", "fault", "works by version 1")
	if err := os.RemoveAll(shelf.Dir(one)); err != nil {
		t.Fatal(err)
	}
	state("", "ok", "fault", "works by its own rules")
	if got, err := withBundle(cfg); err != nil || got.Rules != cfg.Rules || !errors.Is(got.Hub.Amiss, downlink.ErrDamaged) {
		t.Errorf("the station starts with %+v, %v", got.Hub, err)
	}
	broken := cfg
	broken.Rules = filepath.Join(t.TempDir(), "gone.yaml")
	if _, err := withBundle(broken); err == nil || !strings.Contains(err.Error(), "gone.yaml") || !errors.Is(err, downlink.ErrDamaged) {
		t.Errorf("where its own rules are no good either: %v", err)
	}
	if err := os.WriteFile(shelf.Current(), []byte("{}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	state("", "ok", "fault", "names no bundle")
	if err := os.Remove(shelf.Current()); err != nil {
		t.Fatal(err)
	}
	state("", "ok", "ok", "none yet")
}

// TestWhatIsNotOfTheBundleIsNotLoaded has other programs, and people, lay files beside
// those of a bundle.
func TestWhatIsNotOfTheBundleIsNotLoaded(t *testing.T) {
	t.Parallel()
	cfg := configs.DefaultStation()
	cfg.Hub.Enrolled, cfg.Hub.Bundles = filepath.Join(t.TempDir(), "hub"), true
	shelf, now := shelfOf(cfg), time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	mine := shipped(t, "generic-quarter", "name: generic-quarter", "name: mine")
	p, err := shelf.Lay(wire.Bundle{Version: 1, Made: wire.Timestamp(now), Files: []wire.BundleFile{{Name: "templates/mine.yaml", Content: []byte(mine)}}}, make([]byte, 32))
	if err == nil {
		err = shelf.Use(p, "")
	}
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"rules.yaml": "services: what", "templates/theirs.yaml": "no template", "templates/._mine.yaml": "\x00", ".DS_Store": "x", "desktop.ini": "x", "templates/Thumbs.db": "x",
	} {
		if err := os.WriteFile(filepath.Join(shelf.Dir(p), filepath.FromSlash(name)), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := withBundle(cfg)
	if err != nil || got.Hub.Amiss != nil || got.Hub.BundleVersion != 1 || got.Rules != cfg.Rules {
		t.Fatalf("%+v, rules %q, %v", got.Hub, got.Rules, err)
	}
	templates, err := loadTemplates(got)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := templates.Get("mine"); err != nil {
		t.Error(err)
	}
	if _, err := templates.Get("theirs"); err == nil {
		t.Error("a template that is not of the bundle is loaded")
	}
	changed := got
	changed.Hub.Bundle, changed.Hub.Amiss = "", downlink.ErrDamaged
	if err := stays(got, changed); !errors.Is(err, downlink.ErrDamaged) {
		t.Errorf("a running station goes back to its own rules: %v", err)
	}
	if err := stays(changed, got); err != nil {
		t.Errorf("a station that works by its own does not take the hub's: %v", err)
	}
}

// TestAStationWithoutRulesLabelsNothing damages the only bundle of a station whose
// configuration names no rules: it starts, and a new order waits.
func TestAStationWithoutRulesLabelsNothing(t *testing.T) {
	t.Parallel()
	own := filepath.Join(t.TempDir(), "rules.yaml")
	if err := os.WriteFile(own, configs.Rules, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		rules string
		files []wire.BundleFile
		waits bool
	}{
		"it names none":              {"", []wire.BundleFile{{Name: "rules.yaml", Content: configs.Rules}}, true},
		"it names some":              {own, []wire.BundleFile{{Name: "rules.yaml", Content: configs.Rules}}, false},
		"nor does the hub give some": {"", []wire.BundleFile{{Name: "samples/a.json", Content: []byte("{}")}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := configs.DefaultStation()
			cfg.Hub.Enrolled, cfg.Hub.Bundles, cfg.Rules = filepath.Join(t.TempDir(), "hub"), true, tt.rules
			cfg.LabelFields = map[string]map[string]string{"usps": {"note": "x"}}
			shelf := shelfOf(cfg)
			p, err := shelf.Lay(wire.Bundle{Version: 1, Made: wire.Timestamp(time.Now()), Files: tt.files}, make([]byte, 32))
			if err == nil {
				err = shelf.Use(p, "")
			}
			if err != nil {
				t.Fatal(err)
			}
			if got, err := withBundle(cfg); err != nil || got.Hub.NoRules || waitsForRules(got) != "" {
				t.Errorf("while it is whole: %+v, %v", got.Hub, err)
			}
			if err := os.RemoveAll(shelf.Dir(p)); err != nil {
				t.Fatal(err)
			}
			got, err := withBundle(cfg)
			if err != nil || got.Hub.NoRules != tt.waits || (waitsForRules(got) != "") != tt.waits || strings.Contains(got.Hub.Amiss.Error(), "new orders wait") != tt.waits {
				t.Errorf("%+v, %v", got.Hub, err)
			}
			// What the configuration names is of the hub's rules, which are gone.
			cfg.LabelFields = map[string]map[string]string{"house_express": {"note": "x"}}
			if _, err := withBundle(cfg); (err == nil) != tt.waits {
				t.Errorf("with a service of the hub's: %v", err)
			}
		})
	}
}

// TestWhatIsInUseCannotBeRead has a station work by the newest bundle that is whole.
func TestWhatIsInUseCannotBeRead(t *testing.T) {
	t.Parallel()
	cfg := configs.DefaultStation()
	cfg.Hub.Enrolled, cfg.Hub.Bundles = filepath.Join(t.TempDir(), "hub"), true
	shelf := shelfOf(cfg)
	p := placed(t, shelf, 3, make([]byte, 32), time.Now(), string(configs.Rules))
	if err := os.WriteFile(shelf.Current(), []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := withBundle(cfg)
	if err != nil || got.Hub.Bundle != shelf.Dir(p) || got.Hub.BundleVersion != 3 || got.Hub.NoRules || got.Hub.Amiss == nil {
		t.Errorf("%+v, %v", got.Hub, err)
	}
}

// TestNoStartForWhatIsUndoneAtOnce has something damage a bundle again after it was laid
// again: the station that works without it does not start anew for that, and does so when
// it is whole, or when its configuration has changed.
func TestNoStartForWhatIsUndoneAtOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := stationServeCmd{Config: filepath.Join(dir, "station.yaml")}
	config := "station: bench-1\nlisten: 127.0.0.1:0\ndata: data\nintake: {dir: orders}\nhub: {url: \"http://127.0.0.1:1\", bundles: true}\n"
	load := func() configured {
		t.Helper()
		l, err := c.load()
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(c.Config, config)
	shelf := shelfOf(load().Station)
	lay := func(harm bool) {
		t.Helper()
		p := placed(t, shelf, 1, make([]byte, 32), time.Now(), string(configs.Rules))
		if harm {
			write(filepath.Join(shelf.Dir(p), "rules.yaml"), "torn")
		}
	}
	lay(true)
	running := load()
	if running.Hub.Amiss == nil || running.Hub.Bundle != "" {
		t.Fatalf("%+v", running.Hub)
	}
	lay(true)
	if maps.Equal(running.seen, load().seen) {
		t.Error("nobody sees that it was laid again")
	}
	if !undone(running, load()) {
		t.Error("it starts anew, to work as it does")
	}
	write(c.Config, config+"log_level: warn\n")
	if undone(running, load()) {
		t.Error("a change of the configuration is not taken")
	}
	write(c.Config, config)
	lay(false)
	if undone(running, load()) {
		t.Error("the bundle is whole, and not taken")
	}
}

// TestTheDoctorComparesKeys has a hub that signs with the key that the station keeps,
// with another, and with none.
func TestTheDoctorComparesKeys(t *testing.T) {
	t.Parallel()
	key := strings.Repeat("ab", 32)
	for told, want := range map[string]int{key: 0, strings.Repeat("cd", 32): 1, "": 0} {
		hub := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			if err := json.NewEncoder(w).Encode(wire.Credential{Station: "bench-1", SigningKey: told}); err != nil {
				t.Error(err)
			}
		}))
		t.Cleanup(hub.Close)
		cfg := configs.DefaultStation()
		cfg.Hub.URL, cfg.Hub.Enrolled = hub.URL, filepath.Join(t.TempDir(), "hub")
		if found := checkSigner(t.Context(), cfg); len(found) != 0 {
			t.Errorf("nothing is kept, and the doctor says %+v", found)
		}
		if err := shelfOf(cfg).Pin(key, true); err != nil {
			t.Fatal(err)
		}
		if found := checkSigner(t.Context(), cfg); len(found) != want || want > 0 && found[0].State != "fault" {
			t.Errorf("the hub tells %q: %+v", told, found)
		}
	}
}
