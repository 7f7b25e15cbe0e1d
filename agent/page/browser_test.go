package page_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"waybill/agent/page"
	"waybill/internal/browsertest"
)

// A station is a stand-in for the one that serves the page.
type station struct {
	mu      sync.Mutex
	view    page.View
	away    bool
	refuse  string      // what to say to a scan, instead of taking it
	mute    bool        // scans are not answered
	keys    []string    // of the scans
	status  int         // of the answer to a form; 0: it was taken
	events  chan string // frames for the page
	scans   chan string // what the page sent
	damaged chan string // of what is no whole scan: the data and why
	answers chan string // forms the page posted
	srv     *httptest.Server
}

func newStation(t *testing.T, v page.View) *station {
	t.Helper()
	s := &station{view: v, events: make(chan string), scans: make(chan string, 10), damaged: make(chan string, 10), answers: make(chan string, 10)}
	mux := http.NewServeMux()
	mux.Handle(page.AssetPrefix, page.Assets())
	mux.HandleFunc("/preview.png", preview)
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) { s.render(w, page.Render) })
	mux.HandleFunc("GET /live", func(w http.ResponseWriter, _ *http.Request) {
		s.render(w, page.RenderLive)
	})
	mux.HandleFunc("GET /v1/events", s.stream)
	mux.HandleFunc("POST /v1/scans", func(w http.ResponseWriter, r *http.Request) {
		var in struct{ Data, Damaged string }
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			in.Data = err.Error()
		}
		if in.Damaged != "" {
			s.damaged <- in.Data + ": " + in.Damaged
			return
		}
		s.scans <- in.Data
		s.mu.Lock()
		defer s.mu.Unlock()
		s.keys = append(s.keys, r.Header.Get("Idempotency-Key"))
		if s.mute {
			panic(http.ErrAbortHandler)
		}
		if s.refuse != "" {
			w.WriteHeader(http.StatusUnprocessableEntity)
			_ = json.NewEncoder(w).Encode(map[string]string{"title": "Unprocessable", "detail": s.refuse})
			return
		}
		w.WriteHeader(http.StatusAccepted)
	})
	mux.HandleFunc("POST /v1/jobs/", s.answer)
	mux.HandleFunc("POST /orders/", s.answer)
	mux.HandleFunc("POST /printers/", s.answer)
	s.srv = httptest.NewServer(mux)
	t.Cleanup(func() { s.srv.CloseClientConnections(); s.srv.Close() })
	return s
}

// answer takes a form that the page posts.
func (s *station) answer(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answers <- r.URL.Path + " " + string(body)
	if s.status != 0 {
		w.WriteHeader(s.status)
		_ = json.NewEncoder(w).Encode(map[string]string{"title": http.StatusText(s.status), "detail": "ship_to.country must be mended first"})
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (s *station) render(w http.ResponseWriter, render func(io.Writer, page.View) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.away {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	w.Header().Set("Content-Security-Policy", csp)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_ = render(w, s.view)
}

func (s *station) stream(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	_, _ = io.WriteString(w, ": hello\n\n")
	_ = http.NewResponseController(w).Flush()
	for {
		select {
		case frame := <-s.events:
			_, _ = io.WriteString(w, frame)
			_ = http.NewResponseController(w).Flush()
		case <-r.Context().Done():
			return
		}
	}
}

func (s *station) change(f func(*station)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f(s)
}

// tell sends a frame to the page, which must be listening.
func (s *station) tell(t *testing.T, ctx context.Context, frame string) {
	t.Helper()
	select {
	case s.events <- frame:
	case <-ctx.Done():
		t.Fatal("the page does not listen to events")
	case <-time.After(browsertest.Patience):
		t.Fatal("the page did not listen to events in time")
	}
}

// js runs a statement in the page.
func js(statement string) chromedp.Action[chromedp.Void] {
	return chromedp.Evaluate[chromedp.Void](statement)
}

// keys types text and a last key at the element that has the focus, as a
// keyboard would with gap milliseconds between keys.
func keys(text, end string, gaps ...int) chromedp.Action[chromedp.Void] {
	in, _ := json.Marshal(map[string]any{"text": text, "end": end, "gaps": gaps})
	return js(fmt.Sprintf(`(() => {
		const {text, end, gaps} = %s;
		let at = performance.now();
		const all = [...text, ...(end ? [end] : [])];
		window.enters = window.enters || 0;
		all.forEach((key, i) => {
			const gs = key === '\x1d';
			const e = new KeyboardEvent('keydown', {key: gs ? ']' : key, ctrlKey: gs, bubbles: true, cancelable: true});
			Object.defineProperty(e, 'timeStamp', {value: at});
			const target = document.activeElement;
			const open = target.dispatchEvent(e);
			if (open && key === 'Enter') { window.enters++; if (target.form && target.tagName === 'INPUT') target.form.requestSubmit(); else target.click(); }
			if (open && key.length === 1 && target.tagName === 'INPUT') target.setRangeText(key, target.selectionStart, target.selectionEnd, 'end');
			at += gaps[i %% gaps.length];
		});
	})()`, in))
}

func next(t *testing.T, ctx context.Context, from <-chan string) string {
	t.Helper()
	select {
	case got := <-from:
		return got
	case <-ctx.Done():
	case <-time.After(browsertest.Patience):
	}
	t.Fatal("nothing came from the page")
	return ""
}

func TestKeyboardScanner(t *testing.T) {
	v := scenes()["check"]
	s := newStation(t, v)
	ctx := browsertest.Open(t, 1280, 800)
	browsertest.Do(ctx, t, chromedp.Navigate(s.srv.URL))
	browsertest.See(ctx, t, `document.getElementById('link').textContent === 'Live'`)

	focusButton := js(`document.getElementById('yes-j-18-1').focus()`)
	unfocus := js(`document.activeElement.blur()`)
	focusField := js(`document.getElementById('number').focus()`)

	// A scan while a button has the focus goes to the station and presses nothing.
	// Its answer comes late, and takes back nothing that was said since.
	s.mu.Lock()
	browsertest.Do(ctx, t, js(`window.answers = 0; const f = fetch; window.fetch = (...a) => f(...a).then((r) => { window.answers++; return r; })`))
	browsertest.Do(ctx, t, focusButton, keys("1Z999AA10123456784", "Enter", 8))
	if got := next(t, ctx, s.scans); got != "1Z999AA10123456784" {
		t.Errorf("scan sent as %q", got)
	}
	// A scan in two pieces, one too short, and one torn apart are never sent as
	// scans, only kept; what a hand types is neither. The next whole scan is the next
	// to arrive.
	browsertest.Do(ctx, t, unfocus, keys("92055901755477000", "Enter", 5, 5, 5, 5, 5, 5, 60))
	s.mu.Unlock()
	browsertest.See(ctx, t, `window.answers > 0`)
	browsertest.See(ctx, t, `document.getElementById('notice').textContent.includes('in pieces')`)
	browsertest.Do(ctx, t, keys("92055901", "", 5), js(`document.body.offsetTop`))
	browsertest.Do(ctx, t, keys("92055901755477000271", "Enter", 5, 5, 5, 5, 5, 5, 5, 200, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5))
	browsertest.Do(ctx, t, keys("abc", "Enter", 5), keys("hand", "Enter", 120), keys("1234567", "Enter", 120))
	// Its group separators survive.
	browsertest.Do(ctx, t, js(`window.later = performance.now() + 2000`))
	browsertest.See(ctx, t, `performance.now() > window.later`)
	browsertest.Do(ctx, t, keys("0100614141\x1d21A7", "Tab", 5))
	if got := next(t, ctx, s.scans); got != "0100614141\x1d21A7" {
		t.Errorf("scan sent as %q, want only the whole one with its separator", got)
	}
	// In the field, what is seen is sent, once, by hand or by scanner.
	browsertest.Do(ctx, t, focusField, keys("ABC-12", "Enter", 140))
	if got := next(t, ctx, s.scans); got != "ABC-12" {
		t.Errorf("typed number sent as %q", got)
	}
	browsertest.See(ctx, t, `document.getElementById('number').value === ''`)
	browsertest.Do(ctx, t, keys("ABCD12", "Enter", 4))
	if got := next(t, ctx, s.scans); got != "ABCD12" {
		t.Errorf("scan into the field sent as %q", got)
	}
	browsertest.See(ctx, t, `document.getElementById('number').value === ''`)
	// A refusal is told in the station's words.
	s.change(func(s *station) { s.refuse = "No order has this number." })
	browsertest.Do(ctx, t, keys("NOPE99", "Enter", 4))
	browsertest.See(ctx, t, `document.getElementById('notice').textContent.includes('No order has this number.')`)
	next(t, ctx, s.scans)

	if got := next(t, ctx, s.damaged); got != "92055901755477000: it came in pieces" {
		t.Errorf("kept %q", got)
	}
	for { // as one or as two, by how soon the browser has typed on
		got := next(t, ctx, s.damaged)
		if got == "755477000271: it came in pieces" {
			break
		}
		if !regexp.MustCompile(`^(92055901){1,2}: no Enter at its end; if it repeats, set the scanner to send Enter after each scan$`).MatchString(got) {
			t.Errorf("kept %q", got)
		}
	}
	select {
	case more := <-s.scans:
		t.Errorf("sent besides: %q", more)
	case more := <-s.damaged:
		t.Errorf("kept besides: %q", more)
	case more := <-s.answers:
		t.Errorf("a button was pressed: %q", more)
	default:
	}
}

func TestLive(t *testing.T) {
	v := scenes()["check"]
	s := newStation(t, v)
	ctx := browsertest.Open(t, 1280, 800)
	browsertest.Do(ctx, t, chromedp.Navigate(s.srv.URL))
	browsertest.See(ctx, t, `document.getElementById('link').textContent === 'Live'`)
	browsertest.Do(ctx, t, js(`document.getElementById('no-j-18-1').focus()`))

	// Any event brings the news, the focus stays, a stop is said at once.
	s.change(func(s *station) {
		s.view.Band = page.Band{Kind: page.Stop, Word: "Wrong label", Line: "Not this one.", At: noon}
		s.view.Attention = append([]page.Trouble{refused()}, s.view.Attention...)
	})
	s.tell(t, ctx, "event: scan\ndata: {\"signal\":\"bad\",\"message\":\"Not this one.\"}\n\n")
	browsertest.See(ctx, t, `document.getElementById('band-word').textContent === 'Wrong label'`)
	browsertest.See(ctx, t, `document.getElementById('shout').textContent.includes('Wrong label')`)
	browsertest.See(ctx, t, `document.title.startsWith('Wrong label')`)
	browsertest.See(ctx, t, `document.activeElement.id === 'no-j-18-1'`)

	// Pressing while the list moves does nothing, and says so.
	s.change(func(s *station) { s.view.Attention = s.view.Attention[1:] })
	browsertest.Do(ctx, t, js(`window.seen = new MutationObserver(() => {
		const b = document.getElementById('no-j-18-1'); window.seen.disconnect(); b.click();
	}); window.seen.observe(document.querySelector('.grid'), {childList: true});`))
	s.tell(t, ctx, "event: label.unconfirmed\ndata: {}\n\n")
	browsertest.See(ctx, t, `document.getElementById('notice').textContent.includes('Press again')`)

	// An answer is sent once.
	s.change(func(s *station) { s.view.Band = page.Band{Word: "Ready again"} })
	browsertest.Do(ctx, t, js(`window.later = performance.now() + 600`))
	browsertest.See(ctx, t, `performance.now() > window.later`)
	browsertest.Do(ctx, t, js(`document.getElementById('no-j-18-1').click(); document.getElementById('no-j-18-1').click();`))
	if got, want := next(t, ctx, s.answers), "/v1/jobs/18/labels/1/resolve outcome=not_printed"; got != want {
		t.Errorf("answer %q, want %q", got, want)
	}
	browsertest.See(ctx, t, `document.getElementById('band-word').textContent === 'Ready again'`)
	select {
	case more := <-s.answers:
		t.Errorf("answered twice: %q", more)
	default:
	}

	// A station that is away is told, and found again.
	s.change(func(s *station) { s.away = true })
	s.tell(t, ctx, "data: {}\n\n")
	browsertest.See(ctx, t, `!document.getElementById('lost').hidden && /since \d\d:\d\d/.test(document.getElementById('lost').textContent)`)
	s.change(func(s *station) { s.away = false; s.view.Band.Word = "Back" })
	browsertest.See(ctx, t, `document.getElementById('lost').hidden && document.getElementById('band-word').textContent === 'Back'`)
}

// measures is what TestLayout takes of a page.
type measures struct {
	Wide   bool     // it scrolls sideways
	Word   float64  // size of the band's word, in px
	Small  []string // what is too small to be hit
	Unseen []string // parts that are cut off
}

func TestLayout(t *testing.T) {
	ctx := browsertest.Open(t, 1920, 1080)
	for name, v := range scenes() {
		s := newStation(t, v)
		for _, size := range []struct{ w, h int64 }{{1920, 1080}, {1366, 768}, {1024, 768}, {390, 844}, {320, 640}} {
			browsertest.Do(ctx, t, chromedp.EmulateViewport(size.w, size.h), chromedp.Navigate(s.srv.URL))
			got, err := chromedp.Run(ctx, chromedp.Evaluate[measures](`({
				Wide: document.documentElement.scrollWidth > document.documentElement.clientWidth,
				Word: parseFloat(getComputedStyle(document.getElementById('band-word')).fontSize),
				Small: [...document.querySelectorAll('button, input, a.preview')].filter(b => b.offsetParent && (b.offsetHeight < 48 || b.offsetWidth < 48)).map(b => b.outerHTML),
				Unseen: [...document.querySelectorAll('section')].filter(p => p.scrollWidth > p.clientWidth + 1).map(p => p.id),
			})`))
			if err != nil {
				t.Fatal(err)
			}
			if got.Wide {
				t.Errorf("%s at %d px scrolls sideways", name, size.w)
			}
			if size.w >= 1280 && got.Word < 96 {
				t.Errorf("%s at %d px: the band's word has %g px, want 96 or more", name, size.w, got.Word)
			}
			if len(got.Small) > 0 {
				t.Errorf("%s at %d px: smaller than a finger: %v", name, size.w, got.Small)
			}
			if len(got.Unseen) > 0 {
				t.Errorf("%s at %d px: cut off: %v", name, size.w, got.Unseen)
			}
		}
	}
}
