package main_test

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"waybill/internal/browsertest"
)

// TestPackersPageShowsAnOrderGoThrough watches the packer's page in a real
// browser while one order goes from the hot folder to the hand-off. With
// WAYBILL_SHOTS=DIR it keeps the pictures that the documentation shows.
func TestPackersPageShowsAnOrderGoThrough(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("needs a pseudo-terminal")
	}
	ctx := browsertest.Open(t, 1440, 900)
	r := newRig(t)
	r.start(t)
	browsertest.Do(ctx, t, chromedp.EmulateViewport(1440, 1080), chromedp.Navigate("http://"+r.stationAt+"/"))
	band := func(word string) {
		t.Helper()
		browsertest.See(ctx, t, `document.querySelector("#band-word")?.innerText === "`+word+`"`)
	}
	page := func(word string) {
		t.Helper()
		browsertest.See(ctx, t, `document.querySelector("#live")?.innerText.includes("`+word+`")`)
	}
	band("Ready")
	orders := sampleOrders(3)
	write(t, filepath.Join(r.inbox, "one.json"), orders[0].json)
	band("Label printed")
	page(string(orders[0].id))
	keep(ctx, t, "label-printed.png")

	packer, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	go func() { _ = r.pack(packer) }()
	band("Handed over")
	keep(ctx, t, "desk.png")

	// The printer is switched off: the next order waits, and the page says so.
	r.printer.PowerOff()
	write(t, filepath.Join(r.inbox, "two.json"), orders[1].json)
	band("Offline")
	page(string(orders[1].id))
	keep(ctx, t, "printer-off.png")
	r.printer.PowerOn()
	browsertest.See(ctx, t, `!document.querySelector("#live").innerText.includes("Offline")`)
	if !eventually(t.Context(), browsertest.Patience, func() bool { return r.ended(t)[orders[1].id] > 0 }) {
		t.Error("the order that waited for the printer did not end")
	}

	// The scanner is pulled out and put back: it works on.
	if err := r.scanner.Unplug(); err != nil {
		t.Fatal(err)
	}
	page("Scanner away")
	browsertest.Do(ctx, t, chromedp.Navigate("http://"+r.stationAt+"/dock"))
	page("Scanner away: ")
	if err := r.scanner.Plug(); err != nil {
		t.Fatal(err)
	}
	browsertest.See(ctx, t, `!document.querySelector("#live").innerText.includes("Scanner away")`)
	browsertest.Do(ctx, t, chromedp.Navigate("http://"+r.stationAt+"/"))
	browsertest.See(ctx, t, `document.querySelector("#live") !== null && !document.querySelector("#live").innerText.includes("Scanner away")`)
	write(t, filepath.Join(r.inbox, "three.json"), orders[2].json)
	if !eventually(t.Context(), browsertest.Patience, func() bool { return r.ended(t)[orders[2].id] > 0 }) {
		t.Error("the order after the scanner's return did not end")
	}
}

// TestTrackingPageFollows watches the buyer's page in a real browser while the
// parcel is handed over.
func TestTrackingPageFollows(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("needs a pseudo-terminal")
	}
	ctx := browsertest.Open(t, 1280, 900)
	r := newRig(t)
	r.start(t)
	order := sampleOrders(2)[1]
	write(t, filepath.Join(r.inbox, "one.json"), order.json)
	var page string
	if !eventually(t.Context(), browsertest.Patience, func() bool {
		status, body := get(r.hubURL + "/v1/shipments/" + string(order.id))
		var s struct {
			TrackingURL string `json:"tracking_url"`
			Milestone   string `json:"milestone"`
		}
		if status != http.StatusOK || json.Unmarshal(body, &s) != nil {
			return false
		}
		page = s.TrackingURL
		return s.Milestone == "label_created"
	}) {
		t.Fatal("the hub does not know the label")
	}
	browsertest.Do(ctx, t, chromedp.Navigate(page))
	browsertest.See(ctx, t, `document.body.innerText.includes("Shipping label made")`)
	packer, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	go func() { _ = r.pack(packer) }()
	browsertest.See(ctx, t, `document.body.innerText.includes("Handed to the carrier")`)
	keep(ctx, t, "track.png")
}

// keep writes a picture of the page where the documentation's pictures are
// wanted.
func keep(ctx context.Context, t *testing.T, name string) {
	t.Helper()
	dir := os.Getenv("WAYBILL_SHOTS")
	if dir == "" {
		return
	}
	browsertest.See(ctx, t, `document.getAnimations().length === 0`) // they change colours
	if err := os.WriteFile(filepath.Join(dir, name), browsertest.Shot(ctx, t), 0o644); err != nil {
		t.Fatal(err)
	}
}
