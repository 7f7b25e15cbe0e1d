package page_test

import (
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"waybill/agent/page"
	"waybill/shipment"
)

func TestAssets(t *testing.T) {
	whole := render(t, page.Render, page.View{Now: noon})
	total := 0
	for _, path := range regexp.MustCompile(`/assets/[a-z0-9.]+`).FindAllString(whole, -1) {
		rec := get(t, http.MethodGet, path, "")
		if rec.Code != http.StatusOK || !strings.Contains(rec.Header().Get("Cache-Control"), "immutable") {
			t.Errorf("%s: status %d, Cache-Control %q", path, rec.Code, rec.Header().Get("Cache-Control"))
		}
		total += rec.Body.Len()
		if again := get(t, http.MethodGet, path, rec.Header().Get("ETag")); again.Code != http.StatusNotModified {
			t.Errorf("%s asked again: status %d, want 304", path, again.Code)
		}
	}
	if total == 0 {
		t.Fatal("the page names no assets")
	}
	for name, v := range scenes() {
		if size := total + len(render(t, page.Render, v)); size > 60<<10 {
			t.Errorf("%s with its assets has %d bytes, want at most 60 KiB", name, size)
		}
	}
	for _, c := range []struct {
		method, path string
		status       int
		cache        string
	}{
		{http.MethodGet, "/assets/app.js", http.StatusOK, "no-cache"},
		{http.MethodHead, "/assets/app.css", http.StatusOK, "no-cache"},
		{http.MethodPost, "/assets/app.css", http.StatusMethodNotAllowed, ""},
		{http.MethodGet, "/assets/app.000000000000.js", http.StatusNotFound, ""},
		{http.MethodGet, "/assets/../page.go", http.StatusNotFound, ""},
		{http.MethodGet, "/assets/", http.StatusNotFound, ""},
		{http.MethodGet, "/app.css", http.StatusNotFound, ""},
	} {
		rec := get(t, c.method, c.path, "")
		if rec.Code != c.status || rec.Header().Get("Cache-Control") != c.cache {
			t.Errorf("%s %s: status %d, Cache-Control %q; want %d, %q", c.method, c.path, rec.Code, rec.Header().Get("Cache-Control"), c.status, c.cache)
		}
	}
}

// TestScriptsAreLean holds what a script is served without, and that none has a
// string over a line's end, in which nothing may be taken away.
func TestScriptsAreLean(t *testing.T) {
	files, err := filepath.Glob("assets/*.js")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, f := range files {
		source, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(source)) {
			if strings.Count(line, "`")%2 != 0 {
				t.Errorf("%s: a template goes over the end of %q", f, line)
			}
		}
		served := get(t, http.MethodGet, page.AssetPrefix+filepath.Base(f), "").Body.String()
		if strings.Contains(served, "\n ") || strings.Contains(served, "\n//") || len(served) < len(source)/2 {
			t.Errorf("%s is served with %d of %d bytes", f, len(served), len(source))
		}
	}
}

// TestScriptHearsEveryEvent holds the script's list of event names to the
// station's vocabulary.
func TestScriptHearsEveryEvent(t *testing.T) {
	js := get(t, http.MethodGet, "/assets/app.js", "").Body.String()
	src, err := os.ReadFile(filepath.Join("..", "..", "shipment", "event.go"))
	if err != nil {
		t.Fatal(err)
	}
	names := regexp.MustCompile(`\w+Type\s+EventType = "([a-z_.]+)"`).FindAllStringSubmatch(string(src), -1)
	names = append(names, []string{"", string(shipment.OrderAcceptedType)}, []string{"", "scan"}, []string{"", "message"})
	if len(names) < 10 {
		t.Fatalf("found only %d event types", len(names))
	}
	for _, n := range names {
		if !strings.Contains(js, "'"+n[1]+"'") {
			t.Errorf("the script does not listen to %q", n[1])
		}
	}
}

// TestContrast computes what the style sheet's colours promise: 7:1 for text.
func TestContrast(t *testing.T) {
	css := get(t, http.MethodGet, "/assets/app.css", "").Body.String()
	light, dark, ok := strings.Cut(css, "@media (prefers-color-scheme: dark)")
	if !ok {
		t.Fatal("no dark colours")
	}
	dark, _, _ = strings.Cut(dark, "\n* {")
	day := colours(light)
	night := colours(light)
	for name, c := range colours(dark) {
		night[name] = c
	}
	pairs := [][2]string{
		{"ink", "bg"},
		{"ink", "card"},
		{"ink", "soft"},
		{"mute", "card"},
		{"mute", "soft"},
		{"mute", "bg"},
		{"card", "blue"},
		{"card", "ink"},
		{"blue", "blue-bg"},
		{"green", "green-bg"},
		{"amber", "amber-bg"},
		{"red", "red-bg"},
		{"grey", "grey-bg"},
		{"ink", "amber-bg"},
		{"ink", "red-bg"},
		{"ink", "grey-bg"},
		{"green", "card"},
		{"amber", "card"},
		{"blue", "card"},
		{"band-ready", "band-ready-ink"},
		{"band-ok", "band-ok-ink"},
		{"band-check", "band-check-ink"},
		{"band-stop", "band-stop-ink"},
	}
	for scheme, of := range map[string]map[string][3]float64{"light": day, "dark": night} {
		for _, p := range pairs {
			a, okA := of[p[0]]
			b, okB := of[p[1]]
			if !okA || !okB {
				t.Fatalf("%s: no colour %q or %q", scheme, p[0], p[1])
			}
			want := 7.0
			if strings.HasSuffix(p[1], "-bg") {
				want = 5.5 // chips, in bold; AA asks for 4.5
			}
			if got := contrast(a, b); got < want {
				t.Errorf("%s: %s on %s has contrast %.2f, want %.1f", scheme, p[0], p[1], got, want)
			}
		}
	}
}

func colours(css string) map[string][3]float64 {
	out := map[string][3]float64{}
	for _, m := range regexp.MustCompile(`--([a-z-]+): #([0-9a-f]{6}|[0-9a-f]{3});`).FindAllStringSubmatch(css, -1) {
		hex := m[2]
		if len(hex) == 3 {
			hex = string([]byte{hex[0], hex[0], hex[1], hex[1], hex[2], hex[2]})
		}
		var c [3]float64
		for i := range c {
			n, _ := strconv.ParseUint(hex[2*i:2*i+2], 16, 8)
			if v := float64(n) / 255; v <= 0.04045 {
				c[i] = v / 12.92
			} else {
				c[i] = math.Pow((v+0.055)/1.055, 2.4)
			}
		}
		out[m[1]] = c
	}
	return out
}

func contrast(a, b [3]float64) float64 {
	light := func(c [3]float64) float64 { return 0.2126*c[0] + 0.7152*c[1] + 0.0722*c[2] + 0.05 }
	return max(light(a), light(b)) / min(light(a), light(b))
}

func get(t *testing.T, method, path, etag string) *httptest.ResponseRecorder {
	t.Helper()
	req := httptest.NewRequest(method, path, nil)
	if etag != "" {
		req.Header.Set("If-None-Match", etag)
	}
	rec := httptest.NewRecorder()
	page.Assets().ServeHTTP(rec, req)
	return rec
}
