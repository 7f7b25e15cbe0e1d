package layout_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"waybill/labels"
	"waybill/labels/fonts"
	"waybill/labels/layout"
	"waybill/labels/template"
	"waybill/shipment"
)

// said is what stands where on a label.
type said struct {
	Text string
	X, Y int
}

// words returns the texts of a label with the top left corner of their ink.
func words(l labels.Label) []said {
	var all []said
	for _, item := range l.Items {
		switch item := item.(type) {
		case labels.Text:
			x, y, _, _ := item.Area()
			all = append(all, said{item.Text, x, y})
		case labels.Bitmap:
			all = append(all, said{item.Text, l.Resolution.Dots(item.At.X), l.Resolution.Dots(item.At.Y)})
		}
	}
	return all
}

func texts(l labels.Label) []string {
	var all []string
	for _, s := range words(l) {
		all = append(all, s.Text)
	}
	return all
}

// orderOf returns the data of an order of n items.
func orderOf(t testing.TB, n int) template.Data {
	t.Helper()
	o := shipment.Order{ID: "A-1"}
	for i := range n {
		o.Items = append(o.Items, shipment.Item{SKU: fmt.Sprintf("S%d", i+1), Quantity: i + 1})
	}
	d, err := template.NewData(o, 1, settled())
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func pagesOf(t testing.TB, tm *template.Template, b *template.Binding) []labels.Label {
	t.Helper()
	all, err := layout.Pages(tm, b, labels.DPI203, fonts.New())
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestTable(t *testing.T) {
	tm := elements(t, `
- name: contents
  kind: table
  at: [10, 5]
  width: 80
  height: 40
  rows: items
  row_height: 10
  header_height: 10
  header:
  - {name: head, kind: text, at: [0, 0], width: 30, size: 12, text: SKU}
  columns:
  - {name: sku, kind: text, at: [0, 0], width: 30, size: 12, value: row.sku}
  - {name: n, kind: text, at: [40, 0], width: 30, size: 12, value: 'string(n) + "/" + string(len(items))', when: row.quantity > 1}
`)
	l := lay(t, tm, orderOf(t, 2), labels.DPI203, fonts.New())
	if diff := cmp.Diff([]string{"SKU", "S1", "S2", "2/2"}, texts(l)); diff != "" {
		t.Errorf("texts (-want +got):\n%s", diff)
	}
	at := words(l)
	if step := at[2].Y - at[1].Y; step != 80 || at[1].X != at[2].X {
		t.Errorf("rows stand at %v, want them 80 dots apart", at)
	}
	_, err := layout.Lay(tm, orderOf(t, 4), labels.DPI203, fonts.New())
	if err == nil || !strings.Contains(err.Error(), `element "contents": row 4: the rest does not fit: 4 rows, room for 3`) {
		t.Errorf("error %v, want one that names the row", err)
	}
	long := orderOf(t, 2)
	long.Order.Items[1].SKU = strings.Repeat("W", 60)
	_, err = layout.Lay(tm, long, labels.DPI203, fonts.New())
	if err == nil || !strings.Contains(err.Error(), `element "contents": row 2: "sku": "WWW`) {
		t.Errorf("error %v, want one that names row and cell", err)
	}
}

func TestRepeatFillsAGrid(t *testing.T) {
	for direction, want := range map[string][2]string{"across": {"S2", "S4"}, "down": {"S3", "S2"}} {
		tm := elements(t, `
- name: cells
  kind: repeat
  at: [1, 1]
  width: 90
  height: 20
  rows: items
  pitch: [30, 10]
  direction: `+direction+`
  elements:
  - {name: sku, kind: text, at: [1, 0], width: 28, size: 12, value: row.sku}
`)
		l := lay(t, tm, orderOf(t, 5), labels.DPI203, fonts.New())
		first := words(l)[0]
		var right, below string
		for _, s := range words(l) {
			if s.Y == first.Y && s.X == first.X+240 {
				right = s.Text
			}
			if s.X == first.X && s.Y == first.Y+80 {
				below = s.Text
			}
		}
		if right != want[0] || below != want[1] {
			t.Errorf("%s: %s to the right and %s below, want %v", direction, right, below, want)
		}
	}
}

const document = `
name: document
size_mm: [60, 60]
pages: many
elements:
- {name: top, kind: text, at: [1, 1], width: 58, size: 8, value: '"page " + string(page) + " of " + string(pages)'}
- {name: title, kind: text, at: [1, 5], width: 58, size: 8, on: first, text: first}
- {name: end, kind: text, at: [1, 50], width: 58, size: 8, on: last, text: last}
- name: items
  kind: table
  at: [1, 20]
  width: 58
  height: 38
  next: {at: [1, 6], height: 50}
  last_free: 10
  rows: items
  row_height: 5
  rule: 0.2
  columns:
  - {name: sku, kind: text, at: [0, 0.5], width: 30, size: 8, value: row.sku}
`

// A failer is a test, or one of its many tries.
type failer interface {
	Helper()
	Errorf(format string, args ...any)
}

// TestPages holds that every row stands on one page, in order, none over
// another, and that the pages know their numbers.
func TestPages(t *testing.T) {
	tm := parse(t, document)
	check := func(t failer, n int, all []labels.Label) {
		t.Helper()
		next := 1
		for i, l := range all {
			var want []string
			want = append(want, fmt.Sprintf("page %d of %d", i+1, len(all)))
			if i == 0 {
				want = append(want, "first")
			}
			if i == len(all)-1 {
				want = append(want, "last")
			}
			got := words(l)
			for j, w := range want {
				if j >= len(got) || got[j].Text != w {
					t.Errorf("page %d says %v, want %q", i+1, got, want)
					return
				}
			}
			rows := got[len(want):]
			if len(rows) == 0 && n > 0 {
				t.Errorf("page %d of %d has no row", i+1, len(all))
			}
			for j, s := range rows {
				if s.Text != fmt.Sprintf("S%d", next) {
					t.Errorf("page %d row %d: %s, want S%d", i+1, j+1, s.Text, next)
				}
				if j > 0 && s.Y-rows[j-1].Y < 39 {
					t.Errorf("page %d row %d: stands on the row above it", i+1, j+1)
				}
				next++
			}
		}
		if next != n+1 {
			t.Errorf("%d rows stand on the pages, want %d", next-1, n)
		}
	}
	for n, pages := range map[int]int{0: 1, 1: 1, 5: 1, 6: 2, 7: 2, 15: 2, 16: 3, 1000: 101} {
		all := pagesOf(t, tm, template.Bind(orderOf(t, n)))
		if len(all) != pages {
			t.Errorf("%d rows: %d pages, want %d", n, len(all), pages)
		}
		check(t, n, all)
	}
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(0, 60).Draw(rt, "n")
		check(rt, n, pagesOf(t, tm, template.Bind(orderOf(t, n))))
	})
}

func TestPagesRefuse(t *testing.T) {
	tm := parse(t, document)
	for name, tc := range map[string]struct {
		lay  func() error
		want string
	}{
		"one label of many pages": {func() error {
			_, err := layout.Lay(tm, orderOf(t, 20), labels.DPI203, fonts.New())
			return err
		}, "rows 8 to 20 stand on pages 2 to 3, and one label was asked for"},
		"too many pages": {func() error {
			_, err := layout.Pages(tm, template.Bind(orderOf(t, 5000)), labels.DPI203, fonts.New())
			return err
		}, "5000 entries need more than 200 pages"},
		"too many rows": {func() error {
			_, err := layout.Pages(tm, template.Bind(orderOf(t, template.MaxRows+1)), labels.DPI203, fonts.New())
			return err
		}, "10001 entries, more than 10000"},
		"another subject": {func() error {
			_, err := layout.Pages(tm, template.BindTote(template.Tote{ID: "T-1"}), labels.DPI203, fonts.New())
			return err
		}, "is for a parcel, and was given a tote (T-1)"},
	} {
		t.Run(name, func(t *testing.T) {
			if err := tc.lay(); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %v\nwant one that says %q", err, tc.want)
			}
		})
	}
	l := lay(t, tm, orderOf(t, 5), labels.DPI203, fonts.New())
	if got := texts(l)[0]; got != "page 1 of 1" {
		t.Errorf("a single page says %q", got)
	}
}

// TestPagesOfOne holds that a template of one label is a document of one page,
// with the same dots.
func TestPagesOfOne(t *testing.T) {
	d := data(t, settled())
	all := pagesOf(t, generic(t), template.Bind(d))
	if diff := cmp.Diff([]labels.Label{lay(t, generic(t), d, labels.DPI203, fonts.New())}, all, cmp.Comparer(func(a, b *labels.Glyph) bool { return a == b || string(a.Dots.Bits) == string(b.Dots.Bits) })); diff != "" {
		t.Errorf("(-label +page):\n%s", diff)
	}
}

func TestSubjects(t *testing.T) {
	manifest := template.Manifest{
		ID: "H-1", Carrier: "royal_mail",
		Parcels: []template.ManifestParcel{{TrackingNumber: "X1", Service: "24", Weight: 1200}, {TrackingNumber: "X2", Service: "24", Weight: 300}},
		Missing: []template.ManifestParcel{{TrackingNumber: "X3"}},
	}
	for subject, tc := range map[template.Subject]struct {
		b     *template.Binding
		value string
		want  string
	}{
		template.ForManifest: {template.BindManifest(manifest), `[carrier_name, string(count), kg(weight_g), join(map(all_parcels, .tracking_text + (.missing ? "!" : "")), " "), services[0].service]`, "ROYAL MAIL\n2\n1.50 kg\nX1 X2 X3!\n24"},
		template.ForTote:     {template.BindTote(template.Tote{ID: "T-1", Zone: "A"}), `[id, name, zone, code]`, "T-1\nT-1\nA\nT-1"},
		template.ForCommands: {template.BindCommands(template.DeskCommands()[:4]), `map(commands, .code)`, "WBC:NEXT\nWBC:UNDO\nWBC:REPRINT:DAMAGED\nWBC:REPRINT:UNREADABLE"},
	} {
		tm := parse(t, fmt.Sprintf("name: s\nfor: %s\nsize_mm: [100, 50]\nelements:\n- {name: a, kind: text, at: [1, 1], width: 98, size: 8, lines: 6, value: '%s'}\n", subject, tc.value))
		if diff := cmp.Diff([]string{tc.want}, texts(pagesOf(t, tm, tc.b)[0])); diff != "" {
			t.Errorf("%s (-want +got):\n%s", subject, diff)
		}
		if _, err := layout.Lay(tm, orderOf(t, 1), labels.DPI203, fonts.New()); err == nil {
			t.Errorf("%s: was filled with a parcel", subject)
		}
	}
}

// FuzzPages holds that any template of pages is refused or laid out within its
// bounds.
func FuzzPages(f *testing.F) {
	f.Add([]byte(document), 9)
	f.Add([]byte("name: t\nsize_mm: [20, 20]\npages: many\nelements:\n- {name: a, kind: repeat, at: [1, 1], width: 18, height: 18, rows: items, pitch: [6, 6], direction: down, last_free: 6, elements: [{name: b, kind: box, at: [0, 0], width: 5, height: 5}]}\n"), 40)
	faces := fonts.New()
	f.Fuzz(func(t *testing.T, src []byte, n int) {
		tm, err := template.Parse("t.yaml", src)
		if err != nil || n < 0 || n > 50 {
			t.Skip()
		}
		all, err := layout.Pages(tm, template.Bind(orderOf(t, n)), labels.DPI203, faces)
		if err == nil && (len(all) == 0 || len(all) > 200) {
			t.Errorf("%d pages", len(all))
		}
	})
}
