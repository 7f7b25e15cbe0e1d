package labelproof_test

import (
	"fmt"
	"testing"

	"waybill/internal/labelproof"
	"waybill/internal/raced"
	"waybill/labels"
	"waybill/labels/barcode"
	"waybill/labels/pdf"
	"waybill/labels/raster"
)

// sixDPI are the resolutions that printers have and that people give.
var sixDPI = []labels.Resolution{2030, labels.DPI203, labels.DPI300, labels.DPI305, 6000, labels.DPI600}

// linear returns a label for every linear symbology, with bars of 2 and of 3
// dots, upright and on its side, at a place that is not a round one.
func linear(t *testing.T, res labels.Resolution) []labels.Label {
	t.Helper()
	var all []labels.Label
	for symbology, payload := range map[labels.Symbology]string{
		labels.Code128: "1Z999AA10123456784", labels.GS1128: "(00)106141411234567897", labels.EAN13: "590123412345", labels.EAN8: "9638507",
		labels.UPCA: "03600029145", labels.UPCE: "123456", labels.ITF14: "1540014128876", labels.Code39: "WB-1", labels.Code39Full: "wb-1",
		labels.Code93: "WB-1", labels.Codabar: "A1234B", labels.IMb: "01234567094987654321",
	} {
		for _, module := range []int{2, 3} {
			for _, turned := range []int{0, 90} {
				s, err := barcode.Encode(symbology, []byte(payload), barcode.Options{Bearer: symbology == labels.ITF14})
				if err != nil {
					t.Fatal(err)
				}
				s.ModuleDots, s.Turned = module, turned
				if s.Modules.H == 1 {
					s.HeightDots = 100
				}
				s.At = labels.Point{X: res.Length(41), Y: res.Length(37)}
				w, h := s.Size()
				all = append(all, labels.Label{
					Name:  fmt.Sprintf("%s, bars of %d dots, turned by %d°", symbology, module, turned),
					Width: res.Length(w + 90), Height: res.Length(h + 80), Resolution: res, Items: []labels.Item{s},
				})
			}
		}
	}
	return all
}

// TestLinearSymbolsInPDF holds that no rasteriser draws a dot of any linear
// symbol wrong, at any of six resolutions.
func TestLinearSymbolsInPDF(t *testing.T) {
	raced.Skip(t)
	for _, r := range labelproof.Rasterisers() {
		t.Run(r.Name, func(t *testing.T) {
			for _, res := range sixDPI {
				all := linear(t, res)
				document, err := pdf.Encoder{}.EncodeAll(all)
				if err != nil {
					t.Fatal(err)
				}
				pages, err := r.Draw(t.Context(), document, res)
				missing(t, err)
				if len(pages) != len(all) {
					t.Fatalf("%d pages of %d", len(pages), len(all))
				}
				wrong, dots := 0, 0
				for i, l := range all {
					want, err := raster.Draw(l)
					if err != nil {
						t.Fatal(err)
					}
					dots += want.W * want.H
					if got := pages[i]; !got.Equal(want) {
						n := differ(want, got, l, nil)
						wrong += n
						t.Errorf("%s at %.1f dpi: %d wrong dots (%d by %d, want %d by %d)", l.Name, float64(res)/10, n, got.W, got.H, want.W, want.H)
					}
				}
				t.Logf("%.1f dpi: %d labels, %d dots, %d wrong", float64(res)/10, len(all), dots, wrong)
			}
		})
	}
}
