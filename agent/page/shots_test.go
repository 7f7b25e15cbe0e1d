package page_test

import (
	"context"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"waybill/agent/page"
	"waybill/internal/browsertest"
	"waybill/printer"
)

// TestShots takes pictures of every scene, for people to look at. It runs only
// where WAYBILL_SHOTS names a folder for them.
func TestShots(t *testing.T) {
	dir := os.Getenv("WAYBILL_SHOTS")
	if dir == "" {
		t.Skip("set WAYBILL_SHOTS to a folder to take pictures of the page")
	}
	ctx := browsertest.Open(t, 1920, 1080)
	for name, v := range scenes() {
		s := newStation(t, v)
		for _, look := range []struct {
			suffix, scheme string
			w, h           int64
		}{
			{"", "light", 1920, 1080},
			{"-dark", "dark", 1920, 1080},
			{"-small", "light", 1366, 768},
			{"-phone", "light", 390, 844},
			{"-phone-dark", "dark", 390, 844},
		} {
			media := func(ctx context.Context, tab *chromedp.Target) (chromedp.Void, error) {
				_, err := cdp.Call(ctx, tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
					Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: look.scheme}},
				})
				return chromedp.Void{}, err
			}
			browsertest.Do(ctx, t, media, chromedp.EmulateViewport(look.w, look.h), chromedp.Navigate(s.srv.URL))
			browsertest.See(ctx, t, `document.getElementById('link').textContent === 'Live'`)
			if name == "hub" { // and what it looks like when the station is gone
				s.change(func(s *station) { s.away = look.suffix == "-small" })
				if look.suffix == "-small" {
					browsertest.See(ctx, t, `!document.getElementById('lost').hidden`)
				}
			}
			shoot := chromedp.CaptureScreenshot()
			if look.w < 500 {
				shoot = chromedp.FullScreenshot(100)
			}
			picture, err := chromedp.Run(ctx, shoot)
			if err != nil {
				t.Fatal(err)
			}
			s.change(func(s *station) { s.away = false })
			if err := os.WriteFile(filepath.Join(dir, name+look.suffix+".png"), picture, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestStateShots takes a picture of the page in every state of a printer, for
// people to look at. It runs only where WAYBILL_SHOTS names a folder for them.
func TestStateShots(t *testing.T) {
	dir := os.Getenv("WAYBILL_SHOTS")
	if dir == "" {
		t.Skip("set WAYBILL_SHOTS to a folder to take pictures of the page")
	}
	ctx := browsertest.Open(t, 1280, 720)
	for _, c := range printer.Conditions() {
		words, todo := c.Words()
		v := scenes()["busy"]
		v.Devices = devices()
		d := &v.Devices[0]
		d.Words, d.Todo, d.Picture, d.Since = words, todo, string(c), ago(20*time.Second)
		if !c.Warns() {
			d.State = page.StateBlocked
			v.Band = page.Band{
				Kind: page.Stop, Word: words, Line: "Printer bench: " + words + ". Labels wait; nothing is lost.", Todo: todo, At: ago(20 * time.Second), Picture: string(c),
			}
		}
		if c == printer.LabelWaiting {
			d.State, v.Band.Kind, v.Band.Line = page.StateBusy, page.Working, "Printer bench holds a label out."
		}
		s := newStation(t, v)
		browsertest.Do(ctx, t, chromedp.Navigate(s.srv.URL))
		browsertest.See(ctx, t, `document.getElementById('link').textContent === 'Live'`)
		if err := os.WriteFile(filepath.Join(dir, "state-"+string(c)+".png"), browsertest.Shot(ctx, t), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// csp is the policy the page must live under.
const csp = "default-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"

// preview answers with something that looks like a label.
func preview(w http.ResponseWriter, _ *http.Request) {
	img := image.NewGray(image.Rect(0, 0, 400, 600))
	for i := range img.Pix {
		img.Pix[i] = 255
	}
	black := func(x0, y0, x1, y1 int) {
		for y := y0; y < y1; y++ {
			for x := x0; x < x1; x++ {
				img.SetGray(x, y, color.Gray{})
			}
		}
	}
	for _, y := range []int{40, 62, 84, 150, 190, 230} {
		black(40, y, 200+y%3*60, y+10)
	}
	black(20, 280, 380, 284)
	for x := 40; x < 360; x++ {
		if (x*x/7+x)%5 < 2 {
			black(x, 320, x+1, 500)
		}
	}
	black(110, 520, 290, 534)
	w.Header().Set("Content-Type", "image/png")
	_ = png.Encode(w, img)
}
