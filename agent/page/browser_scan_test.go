package page_test

import (
	"slices"
	"testing"

	"github.com/chromedp/chromedp"

	"waybill/internal/browsertest"
)

// What had no answer is sent again with the key it had, as the page promises. What
// comes after an answer is a scan of its own, though its bytes are the same.
func TestAScanWithoutAnswerKeepsItsKey(t *testing.T) {
	s := newStation(t, scenes()["check"])
	ctx := browsertest.Open(t, 1280, 800)
	browsertest.Do(ctx, t, chromedp.Navigate(s.srv.URL))
	browsertest.See(ctx, t, `document.getElementById('link').textContent === 'Live'`)
	scan := func(mute bool) {
		t.Helper()
		s.mu.Lock()
		s.mute = mute
		s.mu.Unlock()
		browsertest.Do(ctx, t, js(`window.answered = false; window.fetched ??= fetch; window.fetch = (...a) => window.fetched(...a).finally(() => { if (a[0] === '/v1/scans') setTimeout(() => { window.answered = true; }, 20); })`))
		browsertest.Do(ctx, t, keys("1Z999AA10123456784", "Enter", 8))
		next(t, ctx, s.scans)
		browsertest.See(ctx, t, `window.answered`)
		if mute {
			browsertest.See(ctx, t, `document.getElementById('notice').textContent.includes('it counts once')`)
		}
	}
	scan(true)
	scan(false)
	browsertest.Do(ctx, t, js(`window.later = performance.now() + 600`))
	browsertest.See(ctx, t, `performance.now() > window.later`)
	scan(false)
	s.mu.Lock()
	defer s.mu.Unlock()
	// A browser, too, sends a request again when a connection breaks before the answer.
	n := len(s.keys)
	if k := slices.Compact(slices.Clone(s.keys)); n < 3 || len(k) != 2 || len(k[0]) < 16 || s.keys[n-2] != k[0] {
		t.Errorf("keys %q, want one for all but the last scan", s.keys)
	}
}

// A scanner that types and sees its label twice sends two scans with one key, so
// that they count once.
func TestALabelSeenTwiceHasOneKey(t *testing.T) {
	s := newStation(t, scenes()["check"])
	ctx := browsertest.Open(t, 1280, 800)
	browsertest.Do(ctx, t, chromedp.Navigate(s.srv.URL))
	browsertest.See(ctx, t, `document.getElementById('link').textContent === 'Live'`)
	browsertest.Do(ctx, t, js(`(() => { // without a browser's pauses between
		let at = performance.now();
		for (const key of [...'4006381333931', 'Enter', ...'4006381333931', 'Enter', ...'4006381333948', 'Enter']) {
			const e = new KeyboardEvent('keydown', {key, bubbles: true, cancelable: true});
			Object.defineProperty(e, 'timeStamp', {value: at});
			at += 5;
			document.body.dispatchEvent(e);
		}
	})()`))
	for _, want := range []string{"4006381333931", "4006381333931", "4006381333948"} {
		if got := next(t, ctx, s.scans); got != want {
			t.Fatalf("scan sent as %q, want %q", got, want)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if k := s.keys; len(k) != 3 || k[0] != k[1] || k[1] == k[2] {
		t.Errorf("keys %q, want one for the two looks at one label", k)
	}
}
