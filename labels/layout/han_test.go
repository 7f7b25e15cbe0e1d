package layout_test

import (
	"bytes"
	"fmt"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"waybill/internal/raced"
	"waybill/labels"
	"waybill/labels/fonts"
	"waybill/labels/fonts/system"
	"waybill/labels/layout"
	"waybill/labels/template"
	"waybill/labels/text"
	"waybill/shipment"
)

// TestChineseCharactersAreReadWhereTheyGo: a name is drawn in the forms of the
// country it goes to, the sender's where the element says so, and in those that
// the template names before either.
func TestChineseCharactersAreReadWhereTheyGo(t *testing.T) {
	raced.Skip(t)
	t.Parallel()
	const cjk = "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"
	if _, err := os.Stat(cjk); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("%v (run tools/install.sh)", err)
		}
		t.Skipf("%v (run tools/install.sh)", err)
	}
	set := fonts.New(system.Sources()...)
	const words = "直骨返"
	form := func(t *testing.T, l labels.Label) fonts.Han {
		t.Helper()
		for _, item := range l.Items {
			drawn, ok := item.(labels.Text)
			if !ok {
				continue
			}
			for _, h := range fonts.Hans() {
				s, err := text.SetterOf(set).Set(nil, labels.DPI203, words, text.Style{Size: 7056, Width: 400, Han: h})
				if err != nil {
					t.Fatal(err)
				}
				same := len(s.Glyphs) == len(drawn.Glyphs)
				for i := range s.Glyphs {
					same = same && bytes.Equal(s.Glyphs[i].Dots.Bits, drawn.Glyphs[i].Dots.Bits)
				}
				if same {
					return h
				}
			}
		}
		t.Fatalf("the words are in no region's form: %+v", l.Items)
		return 0
	}
	for i, tt := range []struct {
		to, from, template, element string
		many                        bool
		want                        fonts.Han
	}{
		{to: "JP", from: "CN", want: fonts.HanJapan},
		{to: "CN", from: "JP", want: fonts.HanChina},
		{to: "SG", from: "JP", want: fonts.HanChina},
		{to: "TW", from: "CN", want: fonts.HanTaiwan},
		{to: "HK", from: "CN", want: fonts.HanHongKong},
		{to: "MO", from: "CN", want: fonts.HanHongKong},
		{to: "KR", from: "CN", want: fonts.HanKorea},
		{to: "US", from: "CN", want: fonts.HanChina},
		{to: "US", from: "US", want: fonts.HanJapan}, // what the face has first
		{to: "JP", from: "CN", element: "ship_from", want: fonts.HanChina},
		{to: "JP", from: "CN", element: "ko", want: fonts.HanKorea},
		{to: "JP", from: "CN", template: "zh-Hant", want: fonts.HanTaiwan},
		{to: "JP", from: "CN", template: "zh-Hant", element: "zh-Hans", want: fonts.HanChina},
		{to: "KR", from: "CN", many: true, want: fonts.HanKorea},
	} {
		t.Run(fmt.Sprint(i, tt.to), func(t *testing.T) {
			src := "name: t\nsize_mm: [60, 60]\n"
			if tt.template != "" {
				src += "language: " + tt.template + "\n"
			}
			element := "{name: who, kind: text, at: [2, 2], width: 50, size: 20, value: ship_to.name"
			if tt.element != "" {
				element += ", language: " + tt.element
			}
			element += "}"
			if tt.many { // in a table, which sees more than the parcel
				element = "{name: who, kind: repeat, at: [2, 2], width: 50, height: 20, rows: items, pitch: [50, 20], elements: [{name: it, kind: text, at: [0, 0], width: 50, size: 20, value: ship_to.name}]}"
			}
			d, err := template.NewData(shipment.Order{
				ID: "A", ShipTo: shipment.Address{Name: words, Country: tt.to}, ShipFrom: shipment.Address{Country: tt.from},
				Items: []shipment.Item{{SKU: "S", Quantity: 1}},
			}, 1, settled())
			if err != nil {
				t.Fatal(err)
			}
			l, err := layout.Lay(parse(t, src+"elements:\n- "+element+"\n"), d, labels.DPI203, set)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, form(t, l)); diff != "" {
				t.Errorf("forms (-want +got):\n%s", diff)
			}
		})
	}
}

// TestLanguagesHaveForms holds the languages that templates may name against
// those the fonts know.
func TestLanguagesHaveForms(t *testing.T) {
	t.Parallel()
	if diff := cmp.Diff(fonts.HanLanguages(), template.Languages()); diff != "" {
		t.Errorf("languages (-fonts +templates):\n%s", diff)
	}
}
