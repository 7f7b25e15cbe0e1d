package main_test

import (
	"context"
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
	browsertest.Do(ctx, t, chromedp.Navigate("http://"+r.stationAt+"/"))
	band := func(word string) {
		t.Helper()
		browsertest.See(ctx, t, `document.querySelector("#live")?.innerText.includes(`+"`"+word+"`"+`)`)
	}
	band("Ready")
	orders := sampleOrders(3)
	write(t, filepath.Join(r.inbox, "one.json"), orders[0].json)
	band("Label printed")
	band(string(orders[0].id))
	keep(ctx, t, "label-printed.png")

	packer, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	go func() { _ = r.pack(packer) }()
	band("Handed over")
	keep(ctx, t, "handed-over.png")

	// The printer is switched off: the next order waits, and the page says so.
	r.printer.PowerOff()
	write(t, filepath.Join(r.inbox, "two.json"), orders[1].json)
	band("Offline")
	band(string(orders[1].id))
	keep(ctx, t, "printer-off.png")
	r.printer.PowerOn()
	browsertest.See(ctx, t, `!document.querySelector("#live").innerText.includes("Offline")`)
	band("Handed over")

	// The scanner is pulled out and put back: it works on.
	if err := r.scanner.Unplug(); err != nil {
		t.Fatal(err)
	}
	band("Scanner away")
	if err := r.scanner.Plug(); err != nil {
		t.Fatal(err)
	}
	browsertest.See(ctx, t, `!document.querySelector("#live").innerText.includes("Scanner away")`)
	write(t, filepath.Join(r.inbox, "three.json"), orders[2].json)
	if !eventually(t.Context(), browsertest.Patience, func() bool { return r.ended(t)[orders[2].id] > 0 }) {
		t.Error("the order after the scanner's return did not end")
	}
}

// keep writes a picture of the page where the documentation's pictures are
// wanted.
func keep(ctx context.Context, t *testing.T, name string) {
	t.Helper()
	dir := os.Getenv("WAYBILL_SHOTS")
	if dir == "" {
		return
	}
	if err := os.WriteFile(filepath.Join(dir, name), browsertest.Shot(ctx, t), 0o644); err != nil {
		t.Fatal(err)
	}
}
