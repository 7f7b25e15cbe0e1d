package hub_test

import (
	"testing"

	"github.com/chromedp/chromedp"

	"waybill/internal/browsertest"
	"waybill/sync/wire"
)

// In a real browser, under the page's own policy, news shows without a reload
// and every part of the page stays.
func TestTrackPageInBrowser(t *testing.T) {
	ctx := browsertest.Open(t, 320, 800)
	b := newBench(t, nil)
	wantAll(t, b.send(t, oneOrder[:5]), 5, wire.Accepted)
	browsertest.Do(ctx, t, chromedp.EmulateViewport(320, 800), chromedp.Navigate(b.URL+trackPath(t, b, "1Z999AA10123456784")))
	js := func(expr string) string {
		t.Helper()
		v, err := chromedp.Run(ctx, chromedp.Evaluate[string](expr, chromedp.EvalAwaitPromise))
		if err != nil {
			t.Fatalf("%s: %v", expr, err)
		}
		return v
	}
	if got := js(`document.querySelector("h1").textContent`); got != "Your parcel is packed." {
		t.Errorf("before: %q", got)
	}
	if got := js(`String(document.documentElement.scrollWidth)`); got != "320" {
		t.Errorf("at 320 pixels the page is %s wide", got)
	}
	// The page may not have opened its updates yet; it finds what it missed when
	// it does.
	wantAll(t, b.send(t, oneOrder[5:]), 1, wire.Accepted)
	if got := js(`new Promise((done) => {
		const is = () => document.querySelector("h1")?.textContent;
		const look = () => is() !== "Your parcel is packed." && done(is() ?? "gone");
		new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
		look();
	})`); got != "Your parcel is with the carrier." {
		t.Errorf("after: %q", got)
	}
	const rest = `[document.querySelector(".expect")?.textContent, document.querySelector(".dest")?.textContent,
		document.querySelector("[aria-current=step] .label")?.firstChild.textContent,
		document.querySelector(".number")?.textContent, document.querySelector(".latest .text")?.textContent, document.title].join(" | ")`
	want := "Expected Tue 24 – Thu 26 November | Going to Albany, NY, US | With the carrier | 1Z 999 AA1 01 2345 6784 | Handed to the carrier | Your parcel is with the carrier."
	// The parts are taken over one after the other, in one go.
	if got := js(`new Promise((done) => setTimeout(() => done(` + rest + `)))`); got != want {
		t.Errorf("the rest of the page: %q, want %q", got, want)
	}
}
