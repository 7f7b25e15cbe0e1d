package configs_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"waybill/configs"
	"waybill/internal/raced"
	"waybill/labels"
	"waybill/labels/fonts"
	"waybill/labels/layout"
	"waybill/labels/raster"
	"waybill/labels/template"
	"waybill/labels/verify"
	"waybill/shipment"
)

// document returns the pages of a shipped template, each proved to read back.
func document(t *testing.T, name string, b *template.Binding, res labels.Resolution) []labels.Label {
	t.Helper()
	src, err := configs.Templates.ReadFile("templates/" + name + ".yaml")
	if err != nil {
		t.Fatal(err)
	}
	tm, err := template.Parse(name+".yaml", src)
	if err != nil {
		t.Fatal(err)
	}
	pages, err := layout.Pages(tm, b, res, fonts.New())
	if err != nil {
		t.Fatalf("%s at %d: %v", name, res, err)
	}
	for _, p := range pages {
		d, err := raster.Draw(p)
		if err == nil {
			err = verify.Label(p, d)
		}
		if err != nil {
			t.Fatalf("%s at %d: %v", p.Name, res, err)
		}
	}
	return pages
}

// textCount counts what the pages say.
func textCount(pages []labels.Label) map[string]int {
	all := map[string]int{}
	for _, p := range pages {
		for _, item := range p.Items {
			switch item := item.(type) {
			case labels.Text:
				all[item.Text]++
			case labels.Bitmap:
				all[item.Text]++
			}
		}
	}
	return all
}

// TestManifestNamesEveryParcelOnce holds it for pick-ups of every size, and
// that both sides sign on the last page.
func TestManifestNamesEveryParcelOnce(t *testing.T) {
	raced.Skip(t)
	at := time.Date(2026, 11, 20, 16, 5, 9, 0, time.UTC)
	for _, tc := range []struct{ parcels, missing int }{{0, 0}, {1, 0}, {0, 3}, {19, 1}, {21, 0}, {130, 40}} {
		m := template.Manifest{ID: "0192a6c0-5b1e-7c3a-9f2e-3d4c5b6a7988", Station: "bench-1", Carrier: "dhl_ecommerce", Opened: at, Closed: at, Head: strings.Repeat("9f86d081", 8), ShipFrom: []string{"Waybill Demo Goods", "4505 E 11th St"}}
		for i := range tc.parcels + tc.missing {
			p := template.ManifestParcel{
				TrackingNumber: shipment.TrackingNumber(fmt.Sprintf("92612903029785432510%05d", i)), TrackingText: fmt.Sprintf("92 6129 0302 9785 4325 10%05d", i),
				Order: shipment.OrderID(strings.Repeat("LONG-", 8) + fmt.Sprint(i)), Service: fmt.Sprintf("SmartMail Parcel Plus Expedited %d", i%9), Weight: 25401, PostalCode: "94043-1351", Country: "US", ScannedAt: at,
			}
			if i < tc.parcels {
				p.BackElsewhere = i == 18
				m.Parcels = append(m.Parcels, p)
			} else {
				m.Missing = append(m.Missing, p)
			}
		}
		pages := document(t, "manifest-a4", template.BindManifest(m), labels.DPI203)
		all := textCount(pages)
		for _, p := range append(m.Parcels, m.Missing...) {
			if all[p.TrackingText] != 1 {
				t.Errorf("%d and %d parcels: %s stands on it %d times", tc.parcels, tc.missing, p.TrackingText, all[p.TrackingText])
			}
		}
		if all["NOT SCANNED"] != tc.missing || all["Signature"] != 2 || textCount(pages[len(pages)-1:])["Signature"] != 2 {
			t.Errorf("%d and %d parcels: %d marked as not scanned, %d signatures", tc.parcels, tc.missing, all["NOT SCANNED"], all["Signature"])
		}
		back := 0
		if tc.parcels > 18 {
			back = 1
		}
		if all["BACK ELSEWHERE"] != back {
			t.Errorf("%d and %d parcels: %d marked as taken back elsewhere, want %d", tc.parcels, tc.missing, all["BACK ELSEWHERE"], back)
		}
		if all["Waybill Demo Goods"] != 1 {
			t.Errorf("%d and %d parcels: the sender stands on it %d times", tc.parcels, tc.missing, all["Waybill Demo Goods"])
		}
		for i := range pages {
			if all[fmt.Sprintf("Page %d of %d", i+1, len(pages))] != 2 {
				t.Errorf("page %d of %d does not say so", i+1, len(pages))
			}
		}
	}
}

// TestPackingSlipsNameEveryItem holds it for short and long orders, and that
// prices stay away unless they are asked for.
func TestPackingSlipsNameEveryItem(t *testing.T) {
	raced.Skip(t)
	for _, name := range []string{"packing-slip-4x6", "packing-slip-a4"} {
		for _, items := range []int{1, 6, 7, 40} {
			for _, prices := range []string{"", "yes"} {
				o := shipment.Order{ID: shipment.OrderID(strings.Repeat("ORDER-", 9)), ShipTo: shipment.Address{Name: "Zoë"}}
				for i := range items {
					o.Items = append(o.Items, shipment.Item{
						SKU: fmt.Sprintf("SKU-%d", i), Title: strings.Repeat("A long title ", i%7), Quantity: 1 + i*i*i,
						UnitPrice: shipment.Money{Amount: 77700, Currency: "JPY"},
					})
				}
				o.Label.Fields = map[string]string{"prices": prices, "note": strings.Repeat("Thank you! ", 20)}
				d, err := template.NewData(o, 1, template.Settled{Carrier: "ups", TrackingNumber: "1Z999AA10123456784", To: []string{"Zoë Núñez", "1 Main St", "Mountain View CA 94043"}})
				if err != nil {
					t.Fatal(err)
				}
				all := textCount(document(t, name, template.Bind(d), labels.DPI203))
				priced := 0
				for text, n := range all {
					if strings.HasSuffix(text, " JPY") {
						priced += n
					}
				}
				for _, it := range o.Items {
					if all[it.SKU] != 1 {
						t.Errorf("%s of %d items: %s stands on it %d times", name, items, it.SKU, all[it.SKU])
					}
				}
				if (priced > 0) != (prices != "") {
					t.Errorf("%s with prices %q: %d texts are prices", name, prices, priced)
				}
			}
		}
	}
}

// TestCommandsAreFarApart holds that a scanner that is aimed at one control
// barcode does not see another one: 10 mm and more between them, at every
// resolution. On a label the bars and the square of one and the same are closer.
func TestCommandsAreFarApart(t *testing.T) {
	raced.Skip(t)
	for _, name := range []string{"commands-a4", "commands-4x6"} {
		for _, res := range []labels.Resolution{labels.DPI203, labels.DPI300, labels.DPI305, labels.DPI600} {
			farApart(t, name, res)
		}
	}
}

func farApart(t *testing.T, name string, res labels.Resolution) {
	t.Helper()
	all, total := append(template.DeskCommands(), template.BadgeCommand("ABCDEFGHIJ-12345", "Somebody with a long name", "")), 0
	for _, page := range document(t, name, template.BindCommands(all), res) {
		var symbols []labels.Symbol
		for _, item := range page.Items {
			if s, ok := item.(labels.Symbol); ok {
				symbols = append(symbols, s)
			}
		}
		total += len(symbols)
		for i, a := range symbols {
			for _, b := range symbols[:i] {
				if name != "commands-a4" && string(a.Payload) == string(b.Payload) {
					continue
				}
				if apart := gap(a, b, res); apart < 10*labels.Millimetre {
					t.Errorf("%s: %s and %s are %.1f mm apart", name, a.Payload, b.Payload, float64(apart)/float64(labels.Millimetre))
				}
			}
		}
	}
	if total != 2*len(all) {
		t.Errorf("%s: %d symbols, want two for each of %d commands", name, total, len(all))
	}
}

// gap returns how far two symbols are from each other, across or down.
func gap(a, b labels.Symbol, res labels.Resolution) labels.Length {
	aw, ah := a.Size()
	bw, bh := b.Size()
	across := max(a.At.X-b.At.X-res.Length(bw), b.At.X-a.At.X-res.Length(aw))
	down := max(a.At.Y-b.At.Y-res.Length(bh), b.At.Y-a.At.Y-res.Length(ah))
	return max(across, down)
}
