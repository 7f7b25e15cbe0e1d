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
		Weight: page.BenchWeight{Now: "1.210 kg", Kind: page.Check, Expected: "1.456 to 1.544 kg"}, Box: "2 Carton M",
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

	idle := base
	idle.Band = page.Band{}
	idle.Bench = &page.Bench{Name: "bench-a", Next: "Scan your badge."}
	return map[string]page.View{"bench": good, "bench-wrong": wrong, "bench-label": label, "bench-idle": idle}
}

// TestBenchIsDrawn holds that the page says what is wanted, what is expected, and
// who is there, and that what a scanner did is not pressed.
func TestBenchIsDrawn(t *testing.T) {
	t.Parallel()
	for name, wants := range map[string][]string{
		"bench":       {"Still wanted: 2 × Enamel mug", "expected 1.456 to 1.544 kg", "1.210 kg", "Ana Souza", "2 Carton M", `name="line" value="3"`, "0 of 1 in"},
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
		for suffix, size := range map[string][2]int64{"": {1280, 800}, "-tablet": {820, 1180}} {
			browsertest.Do(ctx, t, chromedp.EmulateViewport(size[0], size[1]), chromedp.Navigate(s.srv.URL+"/?bench=bench-a"))
			browsertest.See(ctx, t, `document.getElementById('link').textContent === 'Live'`)
			if err := os.WriteFile(filepath.Join(dir, name+suffix+".png"), browsertest.Shot(ctx, t), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
}
