package page_test

import (
	"context"
	"fmt"
	"strconv"
	"testing"

	"github.com/chromedp/chromedp"

	"waybill/agent/page"
	"waybill/internal/browsertest"
)

// A character that a scanner types as its number with Alt is that character, and
// one that is not known spoils the scan.
func TestAltNumbers(t *testing.T) {
	s := newStation(t, scenes()["check"])
	ctx := browsertest.Open(t, 1280, 800)
	browsertest.Do(ctx, t, chromedp.Navigate(s.srv.URL))
	browsertest.See(ctx, t, `document.getElementById('link').textContent === 'Live'`)
	typesWithAlt(ctx, t, "0100614141", "0029", "21A7")
	if got := next(t, ctx, s.scans); got != "0100614141\x1d21A7" {
		t.Errorf("scan sent as %q", got)
	}
	typesWithAlt(ctx, t, "0100614141", "999", "21A7")
	browsertest.See(ctx, t, `document.getElementById('notice').textContent.includes('Alt+999')`)
	select {
	case got := <-s.scans:
		t.Errorf("a spoilt scan was sent as %q", got)
	default:
	}
}

// typesWithAlt types a scan with one character by its number, as a scanner does.
func typesWithAlt(ctx context.Context, t *testing.T, before, number, after string) {
	t.Helper()
	browsertest.Do(ctx, t, js(fmt.Sprintf(`(() => {
		let at = performance.now();
		const send = (type, key, altKey) => {
			const e = new KeyboardEvent(type, {key, altKey, bubbles: true, cancelable: true});
			Object.defineProperty(e, 'timeStamp', {value: at});
			at += 5;
			document.activeElement.dispatchEvent(e);
		};
		for (const c of %s) send('keydown', c, false);
		send('keydown', 'Alt', true);
		for (const c of %s) { send('keydown', c, true); send('keyup', c, true); }
		send('keyup', 'Alt', false);
		for (const c of %s) send('keydown', c, false);
		send('keydown', 'Enter', false);
	})()`, strconv.Quote(before), strconv.Quote(number), strconv.Quote(after))))
}

// The set-up page reads such a scanner as the other pages do: it is there to be
// tried.
func TestAltNumbersOnTheSetUpPage(t *testing.T) {
	scans := make(chan string, 4)
	srv := setupStation(t, func() page.Setup { return setupScenes()["setup"] }, `{"code":"set_up"}`, scans)
	ctx := browsertest.Open(t, 1280, 800)
	browsertest.Do(ctx, t, chromedp.Navigate(srv.URL+"/scanners/setup"))
	browsertest.See(ctx, t, `document.getElementById('band-word').textContent === 'Scan the barcode'`)
	typesWithAlt(ctx, t, "]C10100614141", "0029", "21A7")
	if got := next(t, ctx, scans); got != "]C10100614141\x1d21A7" {
		t.Errorf("scan sent as %q", got)
	}
	typesWithAlt(ctx, t, "]C10100614141", "999", "21A7")
	browsertest.See(ctx, t, `document.getElementById('notice').textContent.includes('Alt+999')`)
}
