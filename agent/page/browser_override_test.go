package page_test

import (
	"net/http"
	"testing"

	"github.com/chromedp/chromedp"

	"waybill/agent/page"
	"waybill/internal/browsertest"
)

// TestOverride answers for an address as a packer does: with a scanner in the other
// hand, and while the page brings news.
func TestOverride(t *testing.T) {
	v := scenes()["override"]
	s := newStation(t, v)
	ctx := browsertest.Open(t, 1280, 800)
	browsertest.Do(ctx, t, chromedp.Navigate(s.srv.URL))
	browsertest.See(ctx, t, `document.getElementById('link').textContent === 'Live'`)
	settled := func() {
		t.Helper()
		browsertest.Do(ctx, t, js(`window.later = performance.now() + 600`))
		browsertest.See(ctx, t, `performance.now() > window.later`)
	}
	press := js(`document.getElementById('ship-order-A').click()`)
	settled()

	// Nobody answers without a name.
	browsertest.Do(ctx, t, js(`document.getElementById('why-order-A').focus()`), keys("The buyer confirmed it", "", 120), press)
	browsertest.See(ctx, t, `document.getElementById('by-order-A').matches(':invalid')`)

	// A scan into the field is a scan.
	browsertest.Do(ctx, t, js(`document.getElementById('by-order-A').focus()`), keys("Kim", "", 120), js(`window.later = performance.now() + 1000`))
	browsertest.See(ctx, t, `performance.now() > window.later`)
	browsertest.Do(ctx, t, keys("1Z999AA10123456784", "Enter", 8))
	if got := next(t, ctx, s.scans); got != "1Z999AA10123456784" {
		t.Errorf("scan sent as %q", got)
	}
	browsertest.See(ctx, t, `document.getElementById('by-order-A').value === 'Kim'`)

	// News does not take what is written.
	s.change(func(s *station) {
		s.view.Band = page.Band{Word: "News"}
		s.view.Attention = append([]page.Trouble{unconfirmed()}, s.view.Attention...)
	})
	s.tell(t, ctx, "data: {}\n\n")
	browsertest.See(ctx, t, `document.getElementById('band-word').textContent === 'News'`)
	browsertest.See(ctx, t, `document.getElementById('by-order-A').value === 'Kim' && document.getElementById('why-order-A').value === 'The buyer confirmed it'`)
	browsertest.See(ctx, t, `document.activeElement.id === 'by-order-A'`)

	// A refusal is told in the station's words, and what is written stays.
	settled()
	s.change(func(s *station) { s.status = http.StatusConflict })
	browsertest.Do(ctx, t, press)
	const want = "/orders/A/override-address by=Kim&reason=The+buyer+confirmed+it"
	if got := next(t, ctx, s.answers); got != want {
		t.Errorf("answer %q, want %q", got, want)
	}
	browsertest.See(ctx, t, `document.getElementById('notice').textContent.includes('ship_to.country must be mended first')`)
	browsertest.See(ctx, t, `document.getElementById('by-order-A').value === 'Kim'`)

	// The answer is sent once, however often the button is pressed.
	s.change(func(s *station) { s.status = 0 })
	settled()
	browsertest.Do(ctx, t, js(`const b = document.getElementById('ship-order-A'); b.click(); b.click();`))
	if got := next(t, ctx, s.answers); got != want {
		t.Errorf("answer %q, want %q", got, want)
	}
	s.change(func(s *station) { s.view.Attention, s.view.Band = nil, page.Band{Word: "Taken"} })
	s.tell(t, ctx, "data: {}\n\n")
	browsertest.See(ctx, t, `document.getElementById('band-word').textContent === 'Taken' && !document.querySelector('form.override')`)
	select {
	case more := <-s.answers:
		t.Errorf("answered besides: %q", more)
	case more := <-s.scans:
		t.Errorf("scanned besides: %q", more)
	default:
	}
}
