package main_test

import (
	"bytes"
	"context"
	"image"
	"image/png"
	"runtime"
	"testing"

	"github.com/chromedp/chromedp"

	"waybill/internal/browsertest"
	"waybill/labels"
	"waybill/labels/verify"
	"waybill/scanner"
)

// TestAScannerIsSetUp sets a scanner up on the page for it, in a real browser: the
// barcode is read off the screen by a decoder that is not ours to draw with, and
// sent as scanners send it before and after they are set up. With
// WAYBILL_SHOTS=DIR it keeps the picture that the documentation shows.
func TestAScannerIsSetUp(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("needs a pseudo-terminal")
	}
	ctx := browsertest.Open(t, 1280, 900)
	r := newRig(t)
	r.start(t)
	browsertest.Do(ctx, t, chromedp.EmulateViewport(1280, 900), chromedp.Navigate("http://"+r.stationAt+"/scanners/setup"))
	band := func(word string) {
		t.Helper()
		browsertest.See(ctx, t, `document.querySelector("#band-word")?.innerText === "`+word+`"`)
	}
	shows := func(part, words string) {
		t.Helper()
		browsertest.See(ctx, t, `document.querySelector("`+part+`")?.innerText.includes("`+words+`")`)
	}
	band("Scan the barcode")
	browsertest.See(ctx, t, `document.querySelector(".bars img").complete && document.querySelector(".bars img").naturalWidth > 0`)
	data := readOffTheScreen(ctx, t)
	if data != scanner.SetupData {
		t.Fatalf("the page shows %q, want %q", data, scanner.SetupData)
	}
	pull := func(raw string) {
		t.Helper()
		if err := r.scanner.Pull([]byte(raw)); err != nil {
			t.Fatal(err)
		}
	}

	// As it comes from the factory: no identifier; then it is switched on.
	pull(data)
	band("Not yet")
	shows("#part-checks", "AIM identifiers do not arrive: switch them on.")
	shows("#part-scanners", "Not set up yet")
	keep(ctx, t, "scanner-setup.png")
	pull("]C1" + data)
	band("Scanner set up")
	shows("#part-checks", "AIM identifiers arrive.")
	browsertest.See(ctx, t, `document.querySelector("#part-scanners .tried")?.innerText.startsWith("Set up,")`)

	// One that types, for another keyboard than the computer has; it is told apart.
	typed := chromedp.Evaluate[chromedp.Void](`(() => {
		let at = performance.now();
		for (const key of [..."+C1010952123454321310WAZBILL21SETUP", "Enter"]) {
			const e = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true });
			Object.defineProperty(e, "timeStamp", { value: at += 6 });
			document.body.dispatchEvent(e);
		}
	})()`)
	browsertest.Do(ctx, t, typed)
	band("Not yet")
	shows("#part-checks", "Y and Z are exchanged")
	shows("#part-checks", "It types as a keyboard does")
	browsertest.See(ctx, t, `document.querySelector("#part-scanners .tried")?.innerText.startsWith("Set up,")`) // the other one is as it was

	// Its cable is pulled: the page says since when, and finds it again by itself.
	if err := r.scanner.Unplug(); err != nil {
		t.Fatal(err)
	}
	browsertest.See(ctx, t, `/Scanner away since \d\d:\d\d\./.test(document.querySelector("#part-scanners").innerText)`)
	if err := r.scanner.Plug(); err != nil {
		t.Fatal(err)
	}
	browsertest.See(ctx, t, `!document.querySelector("#part-scanners").innerText.includes("Scanner away")`)
	pull("I" + data) // not the bytes of before: those may be one look at one label
	shows("#part-checks", "AIM identifiers do not arrive, but \\\"I\\\" does")
}

// readOffTheScreen returns what the one barcode says that the window shows.
func readOffTheScreen(ctx context.Context, t *testing.T) string {
	t.Helper()
	shot, err := png.Decode(bytes.NewReader(browsertest.Shot(ctx, t)))
	if err != nil {
		t.Fatal(err)
	}
	found, err := verify.Decode(darkDots(shot))
	if err != nil {
		t.Fatal(err)
	}
	var read []string
	for _, f := range found {
		if f.Symbology == labels.GS1128 {
			read = append(read, f.Text)
		}
	}
	if len(read) != 1 {
		t.Fatalf("the screen shows %d barcodes of GS1-128: %q; all: %+v", len(read), read, found)
	}
	return read[0]
}

// darkDots returns the dark dots of a picture.
func darkDots(p image.Image) labels.Dots {
	b := p.Bounds()
	d := labels.NewDots(b.Dx(), b.Dy())
	for y := range b.Dy() {
		for x := range b.Dx() {
			r, g, blue, _ := p.At(b.Min.X+x, b.Min.Y+y).RGBA()
			if r+g+blue < 3*0x8000 {
				d.FillRect(x, y, 1, 1)
			}
		}
	}
	return d
}
