package page_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"waybill/agent/page"
	"waybill/internal/browsertest"
)

// setupScenes are what a person sees who sets a scanner up.
func setupScenes() map[string]page.Setup {
	none := page.Setup{Station: "bench-1", Now: noon, Barcode: "/bars.svg", Scanners: []page.Device{
		{Kind: "scanner", Name: "gun-a", State: page.StateReady, Since: ago(time.Hour), Detail: "Honeywell Xenon 1900, serial number 17123B4A5C"},
		{Kind: "scanner", Name: "dock", State: page.StateAway, Words: "Scanner away", Todo: "Plug it in again; it works on by itself.", Since: ago(3*time.Hour + 21*time.Minute), Detail: "usb://05e0:1701 is not attached"},
	}}
	todo := none
	todo.Tried = []page.TriedScanner{{Name: "gun-a", At: ago(2 * time.Second), Checks: []page.SetupCheck{
		{What: "AIM identifiers", Words: "AIM identifiers do not arrive: switch them on."},
		{What: "GS between fields", Good: true, Words: "GS arrives."},
	}}}
	good := none
	good.Tried = []page.TriedScanner{{Name: "gun-a", Good: true, At: ago(2 * time.Second), Checks: []page.SetupCheck{
		{What: "AIM identifiers", Good: true, Words: "AIM identifiers arrive."},
		{What: "GS between fields", Good: true, Words: "GS arrives."},
	}}}
	typed := none
	typed.Tried = []page.TriedScanner{{Name: "page", Typed: true, At: ago(2 * time.Second), Checks: []page.SetupCheck{
		{What: "Keyboard", Words: "Y and Z are exchanged: one of scanner and computer is set to a German keyboard. Set the scanner's keyboard country to the computer's; with driver: evdev, write the scanner's as layout in the configuration. Then scan again."},
	}}, good.Tried[0]}
	old := good
	old.Now = noon.Add(time.Hour)
	return map[string]page.Setup{"setup": none, "setup-todo": todo, "setup-good": good, "setup-typed": typed, "setup-old": old}
}

func TestSetupIsDrawn(t *testing.T) {
	t.Parallel()
	for name, wants := range map[string][]string{
		"setup":       {"Scan the barcode", "Nothing yet", "Scanner away since 10:42", "Transmit Code ID Character", "2026-11-28"},
		"setup-todo":  {"Not yet", "switch them on", "Not set up yet", `class="s-check"`, `class="s-ok"`},
		"setup-good":  {"Scanner set up", "gun-a sends everything", "Set up, 14:03"},
		"setup-typed": {"Not yet", "The scanner that types here", "Y and Z are exchanged", "It types as a keyboard does"},
		"setup-old":   {"Scan the barcode", "Nothing yet", "Set up, 14:03"}, // of the scanner, and not of who comes now
	} {
		var out strings.Builder
		if err := page.RenderSetup(&out, setupScenes()[name]); err != nil {
			t.Fatal(err)
		}
		for _, want := range wants {
			if !strings.Contains(out.String(), want) {
				t.Errorf("%s: does not say %q", name, want)
			}
		}
	}
}

// A setupStation is a stand-in for the station that serves the set-up page.
func setupStation(t *testing.T, view func() page.Setup, answer string, scans chan<- string) *httptest.Server {
	t.Helper()
	draw := func(render func(io.Writer, page.Setup) error) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			var body bytes.Buffer
			if err := render(&body, view()); err != nil {
				t.Error(err)
			}
			w.Header().Set("Content-Security-Policy", csp)
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = w.Write(body.Bytes())
		}
	}
	mux := http.NewServeMux()
	mux.Handle(page.AssetPrefix, page.Assets())
	mux.HandleFunc("/bars.svg", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "image/svg+xml")
		_, _ = io.WriteString(w, `<svg xmlns="http://www.w3.org/2000/svg" width="682" height="120"><path d="M30 60h622" stroke="#000" stroke-width="80" stroke-dasharray="2 4 6 2 4 8"/></svg>`)
	})
	mux.HandleFunc("GET /scanners/setup", draw(page.RenderSetup))
	mux.HandleFunc("GET /scanners/setup/live", draw(page.RenderSetupLive))
	mux.HandleFunc("GET /v1/events", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	})
	mux.HandleFunc("POST /v1/scans", func(w http.ResponseWriter, r *http.Request) {
		var in struct{ Data string }
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			in.Data = err.Error()
		}
		scans <- in.Data
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, answer)
	})
	srv := httptest.NewServer(mux)
	t.Cleanup(func() { srv.CloseClientConnections(); srv.Close() })
	return srv
}

// TestSetupKeyboard types as scanners and hands do on the set-up page.
func TestSetupKeyboard(t *testing.T) {
	scans := make(chan string, 10)
	srv := setupStation(t, func() page.Setup { return setupScenes()["setup"] }, `{"code":"unknown","message":"That is no parcel."}`, scans)
	ctx := browsertest.Open(t, 1280, 800)
	browsertest.Do(ctx, t, chromedp.Navigate(srv.URL+"/scanners/setup"))
	browsertest.See(ctx, t, `document.getElementById('band-word').textContent === 'Scan the barcode'`)

	// A hand is not taken for a scanner; a button that has the focus is not pressed.
	browsertest.Do(ctx, t, js(`document.getElementById('print').focus(); window.printed = 0; window.print = () => { window.printed++; }`))
	browsertest.Do(ctx, t, keys("by hand", "Enter", 120), js(`window.enters = 0; window.printed = 0`))
	browsertest.Do(ctx, t, keys("]C10109\x1d21A B", "Enter", 6))
	if got := next(t, ctx, scans); got != "]C10109\x1d21A B" {
		t.Errorf("scan sent as %q", got)
	}
	browsertest.See(ctx, t, `document.getElementById('notice').textContent.includes('not the barcode of this page. That is no parcel.') && window.printed === 0`)

	// A scanner that sends no Enter is told apart.
	browsertest.Do(ctx, t, js(`window.later = performance.now() + 1000`))
	browsertest.See(ctx, t, `performance.now() > window.later`)
	browsertest.Do(ctx, t, keys("]C101095212345", "", 6))
	browsertest.See(ctx, t, `document.getElementById('notice').textContent.includes('without Enter')`)
	select {
	case more := <-scans:
		t.Errorf("sent besides: %q", more)
	default:
	}
}

// TestSetupLayout holds that the page can be read and pressed at every size.
func TestSetupLayout(t *testing.T) {
	now := setupScenes()["setup"]
	srv := setupStation(t, func() page.Setup { return now }, `{}`, make(chan string, 1))
	ctx := browsertest.Open(t, 1280, 800)
	for name, v := range setupScenes() {
		now = v
		for _, size := range []struct{ w, h int64 }{{1920, 1080}, {1280, 800}, {820, 1180}, {390, 844}} {
			browsertest.Do(ctx, t, chromedp.EmulateViewport(size.w, size.h), chromedp.Navigate(srv.URL+"/scanners/setup"))
			got, err := chromedp.Run(ctx, chromedp.Evaluate[measures](`({
				Wide: document.documentElement.scrollWidth > document.documentElement.clientWidth,
				Word: parseFloat(getComputedStyle(document.getElementById('band-word')).fontSize),
				Small: [...document.querySelectorAll('button, a.button')].filter(b => b.offsetParent && (b.offsetHeight < 48 || b.offsetWidth < 48)).map(b => b.outerHTML),
				Unseen: [...document.querySelectorAll('section')].filter(p => p.scrollWidth > p.clientWidth + 1).map(p => p.id),
			})`))
			if err != nil {
				t.Fatal(err)
			}
			if got.Wide || size.w >= 1280 && got.Word < 72 || len(got.Small) > 0 || len(got.Unseen) > 0 {
				t.Errorf("%s at %d px: %+v", name, size.w, got)
			}
			if dir := os.Getenv("WAYBILL_SHOTS"); dir != "" && size.w != 1920 {
				suffix := map[int64]string{1280: "", 820: "-tablet", 390: "-phone"}[size.w]
				if err := os.WriteFile(filepath.Join(dir, name+suffix+".png"), browsertest.Shot(ctx, t), 0o600); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}
