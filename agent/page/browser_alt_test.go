package page_test

import (
	"fmt"
	"strconv"
	"testing"

	"github.com/chromedp/chromedp"

	"waybill/internal/browsertest"
)

// A character that a scanner types as its number with Alt is that character, and
// one that is not known spoils the scan.
func TestAltNumbers(t *testing.T) {
	s := newStation(t, scenes()["check"])
	ctx := browsertest.Open(t, 1280, 800)
	browsertest.Do(ctx, t, chromedp.Navigate(s.srv.URL))
	browsertest.See(ctx, t, `document.getElementById('link').textContent === 'Live'`)
	scan := func(before, number, after string) {
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
	scan("0100614141", "0029", "21A7")
	if got := next(t, ctx, s.scans); got != "0100614141\x1d21A7" {
		t.Errorf("scan sent as %q", got)
	}
	scan("0100614141", "999", "21A7")
	browsertest.See(ctx, t, `document.getElementById('notice').textContent.includes('Alt+999')`)
	select {
	case got := <-s.scans:
		t.Errorf("a spoilt scan was sent as %q", got)
	default:
	}
}
