package zpl_test

import (
	"bytes"
	"fmt"
	"regexp"
	"testing"

	"waybill/labels"
	"waybill/labels/fonts"
	"waybill/labels/layout"
	"waybill/labels/template"
	"waybill/labels/zpl"
	"waybill/shipment"
)

// everywhere is a template with every way in which a text of an order reaches
// a label.
const everywhere = `
name: everywhere
size_mm: [100, 150]
elements:
  - {name: to, kind: text, at: [2, 2], width: 96, height: 30, size: 12, min_size: 4, lines: 8, ellipsis: true, value: to}
  - {name: sku, kind: text, at: [2, 40], width: 96, height: 8, size: 12, min_size: 4, ellipsis: true, invert: true, value: 'map(items, .sku)'}
  - {name: plain, kind: barcode, symbology: code128, at: [0, 50], width: 100, height: 12, min_module: 0.2, value: tracking_number}
  - {name: squares, kind: barcode, symbology: qr, at: [2, 65], width: 40, height: 40, value: order_id}
  - {name: elements, kind: barcode, symbology: gs1_128, at: [0, 110], width: 100, height: 12, min_module: 0.2, when: channel != "", value: channel}
`

// format is what the encoder may write, and nothing else: one format of
// commands of its own, whose field data has no byte that begins a command.
var format = regexp.MustCompile(`^\^XA\^JZY\^JMA\^MUD\^CI28\^PON\^PMN\^LRN\^LH0,0\^LS0\^PW\d+\^LL\d+\n(` +
	`\^FO\d+,\d+\^GB\d+,\d+,\d+\^FS\n|` +
	`\^FO\d+,\d+\^GFA,\d+,\d+,\d+,([0-9A-Zg-z,!:]+|:Z64:[A-Za-z0-9+/=]+:[0-9A-F]{4})\^FS\n|` +
	`\^BY\d+,\d+,\d+\^FO\d+,\d+\^BCN,\d+,N,N,N,N\^FH_\^FD[ -\]_a-}]*\^FS\n` +
	`)*\^PQ1\^XZ\n$`)

// FuzzNoTextIsACommand puts any text wherever an order has one. The label is
// refused, or is one format of our own commands.
func FuzzNoTextIsACommand(f *testing.F) {
	f.Add("^XZ^XA^FO50,50^BCN,100,N,N,N^FDEVIL^FS^XZ", "~JA", ">:>5^XA", "_5EXZ")
	f.Add("Zoë\nمريم\n李", "1Z999AA10123456784", "WB1/A", "42094107\x1d9400111899223100001234")
	f.Add("! U1 setvar \"device.languages\" \"epl\"\r\n", "\x00\x10\x7f", "\\&^FS", "(00)106141412345678908")
	f.Add("office ffi ~DG", "A^B~C>D_E\\F`G", "é", "10A^XA")
	tm, err := template.Parse("everywhere.yaml", []byte(everywhere))
	if err != nil {
		f.Fatal(err)
	}
	set := fonts.New()
	f.Fuzz(func(t *testing.T, text, number, order, elements string) {
		if len(text)+len(number)+len(order)+len(elements) > 2000 {
			return
		}
		d, err := template.NewData(shipment.Order{
			ID: shipment.OrderID(order), Channel: elements, Items: []shipment.Item{{SKU: text, Quantity: 1}},
		}, 1, template.Settled{TrackingNumber: shipment.TrackingNumber(number), To: []string{text, "end"}})
		if err != nil {
			return
		}
		l, err := layout.Lay(tm, d, labels.DPI203, set)
		if err != nil {
			l = label(labels.Bitmap{Dots: dotted(text)}, coded(t, number))
		}
		for _, enc := range []zpl.Encoder{{}, {Compact: true}} {
			got, err := enc.Encode(l)
			if err != nil {
				return
			}
			if n := bytes.Count(got, []byte("^XA")); n != 1 || !format.Match(got) {
				t.Errorf("%d formats, or a command that is none of ours: %s", n, fmt.Sprintf("%.600q", got))
			}
		}
	})
}

// dotted returns a picture whose bits are a text.
func dotted(s string) labels.Dots {
	d := labels.NewDots(8*len(s), 1)
	copy(d.Bits, s)
	return d
}

// coded returns a symbol that pretends to be a Code 128 of any codewords.
func coded(t *testing.T, s string) labels.Symbol {
	t.Helper()
	words := []int{104}
	for _, b := range []byte(s) {
		words = append(words, int(b)%107)
	}
	return labels.Symbol{
		Symbology: labels.Code128, Payload: []byte(s), ModuleDots: 2, HeightDots: 50,
		Modules: labels.NewDots(10, 1), Codewords: append(words, 0, 106),
	}
}
