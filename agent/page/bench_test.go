package page_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"waybill/agent/page"
	"waybill/internal/browsertest"
)

// benchScenes are what a packer sees while packing.
func benchScenes() map[string]page.View {
	base := scenes()["busy"]
	base.Attention = nil
	bench := page.Bench{
		Name: "bench-a", Who: "Ana Souza", Order: "576461413038785752", To: "Siobhán Ó Flaithbheartaigh", Parcel: 1, Of: 1,
		Next: "Still wanted: 2 × Enamel mug 350 ml, 1 × Gift card.", PackURL: "/orders/5/pack", Sized: true, Weighed: true,
		Items: []page.BenchItem{
			{Line: 1, SKU: "TS-BLK-M", Title: "T-shirt, organic cotton, black, M", In: 2, Quantity: 2},
			{Line: 2, SKU: "MUG-0042", Title: "Enamel mug 350 ml", In: 1, Quantity: 3},
			{Line: 3, SKU: "CARD", Title: "Gift card", Quantity: 1, Counts: true},
		},
		Weight: page.BenchWeight{Now: "1.210 kg", Kind: page.Check, Expected: "1.456 to 1.544 kg"}, Box: "2 Carton M", Begun: true,
		Boxes: []page.BenchBox{{N: 1, Name: "Mailer S", Size: "250 × 180 × 50 mm"}, {N: 2, Name: "Carton M", Size: "300 × 220 × 150 mm", Chosen: true}, {N: 3, Name: "Carton L", Size: "400 × 300 × 250 mm"}},
	}
	good := base
	good.Band = page.Band{Kind: page.OK, Word: "It is in", Line: "Enamel mug 350 ml: 1 of 3. Still wanted: 2 × Enamel mug 350 ml, 1 × Gift card.", At: ago(2 * time.Second)}
	b := bench
	good.Bench = &b

	wrong := good
	wrong.Band = page.Band{Kind: page.Stop, Word: "Stop", Line: "This is T-shirt, organic cotton, black, M, and all 2 are in already. Put it back. Still wanted: 2 × Enamel mug 350 ml, 1 × Gift card.", At: ago(time.Second)}

	label := base
	label.Band = page.Band{Kind: page.OK, Word: "Packed", Line: "1.502 kg. Packed. Its label prints now: stick it on and scan it.", At: ago(time.Second)}
	l := bench
	l.Next, l.Label, l.Parcel, l.Weight = "Stick on the label of parcel 1 and scan it.", "1Z 999 AA1 01 2345 6784", 0, page.BenchWeight{Now: "1.502 kg"}
	l.Items = []page.BenchItem{{Line: 1, SKU: "TS-BLK-M", Title: "T-shirt, organic cotton, black, M", In: 2, Quantity: 2}, {Line: 2, SKU: "MUG-0042", Title: "Enamel mug 350 ml", In: 3, Quantity: 3}, {Line: 3, SKU: "CARD", Title: "Gift card", In: 1, Quantity: 1}}
	label.Bench = &l

	ask := good
	ask.Band = page.Band{Kind: page.Stop, Word: "Stop", Line: "It weighs 2.100 kg, heavier than expected (1.456 kg to 1.544 kg). Look what is in it and UNDO, or have a supervisor scan the badge.", At: ago(time.Second)}
	a := bench
	a.Next, a.Asked = "Look what is in it and UNDO, or have a supervisor scan the badge.", true
	a.Items, a.Weight = l.Items, page.BenchWeight{Now: "2.100 kg", Kind: page.Stop, Expected: "1.456 to 1.544 kg"}
	ask.Bench = &a

	idle := base
	idle.Band = page.Band{}
	idle.Bench = &page.Bench{Name: "bench-a", Next: "Scan your badge."}
	return map[string]page.View{"bench": good, "bench-wrong": wrong, "bench-label": label, "bench-ask": ask, "bench-idle": idle}
}

// TestBenchIsDrawn holds that the page says what is wanted, what is expected, and
// who is there, and that what a scanner did is not pressed.
func TestBenchIsDrawn(t *testing.T) {
	t.Parallel()
	for name, wants := range map[string][]string{
		"bench":       {"Still wanted: 2 × Enamel mug", "expected 1.456 to 1.544 kg", "1.210 kg", "Ana Souza", "2 Carton M", "Close the box", `name="undo"`, `name="box" value="3"`, `name="line" value="3"`, "0 of 1 in"},
		"bench-ask":   {"A supervisor must look at this weight", "Let it pass", "2.100 kg"},
		"bench-label": {"Label to scan", "1Z 999 AA1 01 2345 6784", "3 of 3 in"},
		"bench-idle":  {"Scan your badge.", "No order in hand", "nobody"},
	} {
		var out strings.Builder
		if err := page.RenderLive(&out, benchScenes()[name]); err != nil {
			t.Fatal(err)
		}
		for _, want := range wants {
			if !strings.Contains(out.String(), want) {
				t.Errorf("%s: does not say %q", name, want)
			}
		}
		if strings.Contains(out.String(), `name="line" value="2"`) {
			t.Errorf("%s: what has a barcode can be pressed in", name)
		}
	}
	var out strings.Builder
	if err := page.RenderLive(&out, scenes()["busy"]); err != nil || strings.Contains(out.String(), "part-bench") {
		t.Errorf("a desk that does not check shows a bench, error %v", err)
	}
}

// TestBenchShots takes pictures of a bench, for people to look at. It runs only
// where WAYBILL_SHOTS names a folder for them.
func TestBenchShots(t *testing.T) {
	dir := os.Getenv("WAYBILL_SHOTS")
	if dir == "" {
		t.Skip("set WAYBILL_SHOTS to a folder to take pictures of the page")
	}
	ctx := browsertest.Open(t, 1280, 800)
	for name, v := range benchScenes() {
		s := newStation(t, v)
		for suffix, size := range map[string][2]int64{"": {1280, 800}, "-tablet": {820, 1180}, "-typed": {1280, 1000}} {
			browsertest.Do(ctx, t, chromedp.EmulateViewport(size[0], size[1]), chromedp.Navigate(s.srv.URL+"/?bench=bench-a"))
			browsertest.See(ctx, t, `document.getElementById('link').textContent === 'Live'`)
			if suffix == "-typed" {
				browsertest.Do(ctx, t, js(`document.querySelector('#b-typed')?.setAttribute('open', ''); document.querySelector('#b-typed')?.scrollIntoView()`))
			}
			if err := os.WriteFile(filepath.Join(dir, name+suffix+".png"), browsertest.Shot(ctx, t), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestBenchForms presses and types at a bench as a packer in gloves does, with a
// scanner in the other hand.
func TestBenchForms(t *testing.T) {
	s := newStation(t, benchScenes()["bench-ask"])
	ctx := browsertest.Open(t, 1280, 800)
	browsertest.Do(ctx, t, chromedp.Navigate(s.srv.URL+"/?bench=bench-a"))
	browsertest.See(ctx, t, `document.getElementById('link').textContent === 'Live'`)
	later := func(ms string) {
		t.Helper()
		browsertest.Do(ctx, t, js(`window.later = performance.now() + `+ms))
		browsertest.See(ctx, t, `performance.now() > window.later`)
	}
	posts := func(press, want string) {
		t.Helper()
		later("600") // as a hand
		browsertest.Do(ctx, t, js(press))
		if got := next(t, ctx, s.answers); got != "/orders/5/pack "+want {
			t.Errorf("%s posts %q, want %q", press, got, want)
		}
		browsertest.See(ctx, t, `!document.querySelector('form[data-sent]')`)
	}
	posts(`document.getElementById('b-box-3').click()`, "bench=bench-a&box=3")
	posts(`document.getElementById('b-undo').click()`, "bench=bench-a&undo=yes")
	posts(`document.getElementById('b-close').click()`, "bench=bench-a&close=yes")
	posts(`document.querySelector('#b-typed summary').click(); for (const [id, v] of [['b-length', 310], ['b-width', 220], ['b-height', 95]]) document.getElementById(id).value = v; document.getElementById('b-size').click()`,
		"bench=bench-a&length_mm=310&width_mm=220&height_mm=95")

	// A weight that is typed is sent once, and is not there for the next parcel.
	browsertest.Do(ctx, t, js(`document.getElementById('b-weight').focus()`))
	browsertest.Do(ctx, t, js(`document.getElementById('b-weight').value = '1502'`))
	posts(`const b = document.getElementById('b-weigh'); b.click(); b.click()`, "bench=bench-a&weight_g=1502")
	browsertest.See(ctx, t, `document.getElementById('b-weight').value === ''`)

	// News keeps the drawer open and what is half typed, but not for another order.
	browsertest.Do(ctx, t, js(`document.getElementById('b-weight').value = '77'`))
	s.change(func(s *station) {
		b := *s.view.Bench
		b.Asked, s.view.Bench = false, &b
	})
	s.tell(t, ctx, "data: {}\n\n")
	browsertest.See(ctx, t, `!document.getElementById('b-supervisor') && document.getElementById('b-typed').open && document.getElementById('b-weight').value === '77'`)
	s.change(func(s *station) {
		b := *s.view.Bench
		b.PackURL, b.Asked, s.view.Bench = "/orders/6/pack", true, &b
	})
	s.tell(t, ctx, "data: {}\n\n")
	browsertest.See(ctx, t, `document.getElementById('b-supervisor') && document.getElementById('b-weight').value === ''`)

	// A badge is scanned wherever the hand has left the focus, and typed where there
	// is no scanner.
	later("1600")
	browsertest.Do(ctx, t, js(`document.getElementById('b-supervisor').focus()`), keys("WBC:BADGE:B-1", "Enter", 8))
	if got := next(t, ctx, s.scans); got != "WBC:BADGE:B-1" {
		t.Errorf("badge sent as %q", got)
	}
	browsertest.See(ctx, t, `document.getElementById('b-supervisor').value === ''`)
	later("1600")
	browsertest.Do(ctx, t, js(`document.getElementById('b-supervisor').value = 'B-1'; document.getElementById('b-approve').click()`))
	if got, want := next(t, ctx, s.answers), "/orders/6/pack bench=bench-a&supervisor=B-1"; got != want {
		t.Errorf("the typed badge posts %q, want %q", got, want)
	}
	select {
	case more := <-s.answers:
		t.Errorf("posted besides: %q", more)
	case more := <-s.scans:
		t.Errorf("scanned besides: %q", more)
	default:
	}
}

// TestBenchLayout holds that what is pressed at a bench is large enough for a
// glove, and read at arm's length.
func TestBenchLayout(t *testing.T) {
	ctx := browsertest.Open(t, 1280, 800)
	for name, v := range benchScenes() {
		s := newStation(t, v)
		for _, size := range []struct{ w, h int64 }{{1920, 1080}, {1280, 800}, {820, 1180}, {390, 844}} {
			browsertest.Do(ctx, t, chromedp.EmulateViewport(size.w, size.h), chromedp.Navigate(s.srv.URL+"/?bench=bench-a"), js(`document.querySelector('#b-typed')?.setAttribute('open', '')`))
			got, err := chromedp.Run(ctx, chromedp.Evaluate[measures](`({
				Wide: document.documentElement.scrollWidth > document.documentElement.clientWidth,
				Word: Math.min(...[...document.querySelectorAll('.b-next, .bench-hand button, .bench-hand input:not([type=hidden]), .b-title')].map(e => parseFloat(getComputedStyle(e).fontSize))),
				Small: [...document.querySelectorAll('.bench-hand button, .bench-hand input, .bench-hand summary, .b-count button')].filter(b => b.offsetParent && (b.offsetHeight < 56 || b.offsetWidth < 56)).map(b => b.outerHTML),
				Unseen: [...document.querySelectorAll('section')].filter(p => p.scrollWidth > p.clientWidth + 1).map(p => p.id),
			})`))
			if err != nil {
				t.Fatal(err)
			}
			if got.Wide || got.Word < 20 || len(got.Small) > 0 || len(got.Unseen) > 0 {
				t.Errorf("%s at %d px: %+v", name, size.w, got)
			}
		}
	}
}
