package page_test

import (
	"testing"

	"github.com/chromedp/chromedp"

	"waybill/agent/page"
	"waybill/internal/browsertest"
)

// TestAnotherPrinterTakesOnePress: the button names the machine that was seen, is
// pressed once however often, and no scan presses it; when the fault is over, its
// picture goes.
func TestAnotherPrinterTakesOnePress(t *testing.T) {
	s := newStation(t, scenes()["machine"])
	ctx := browsertest.Open(t, 1280, 800)
	browsertest.Do(ctx, t, chromedp.Navigate(s.srv.URL))
	browsertest.See(ctx, t, `document.getElementById('link').textContent === 'Live'`)
	browsertest.See(ctx, t, `document.querySelector('#part-band .picture').getBoundingClientRect().width > 80`)
	browsertest.Do(ctx, t, js(`window.later = performance.now() + 600`))
	browsertest.See(ctx, t, `performance.now() > window.later`)

	browsertest.Do(ctx, t, js(`document.getElementById('use-machine-bench').focus()`), keys("1Z999AA10123456784", "Enter", 8))
	if got := next(t, ctx, s.scans); got != "1Z999AA10123456784" {
		t.Errorf("scan sent as %q", got)
	}
	browsertest.Do(ctx, t, js(`const b = document.getElementById('use-machine-bench'); b.click(); b.click();`))
	if got, want := next(t, ctx, s.answers), "/printers/bench/use machine=D4J222301177"; got != want {
		t.Errorf("answer %q, want %q", got, want)
	}
	s.change(func(s *station) { s.view = scenes()["busy"]; s.view.Band = page.Band{Word: "Printing"} })
	s.tell(t, ctx, "data: {}\n\n")
	browsertest.See(ctx, t, `document.getElementById('band-word').textContent === 'Printing' && !document.querySelector('#part-band .picture, .drawn, form.use')`)
	select {
	case more := <-s.answers:
		t.Errorf("answered besides: %q", more)
	default:
	}
}
