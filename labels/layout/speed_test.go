package layout_test

import (
	"bytes"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"

	"waybill/internal/raced"
	"waybill/labels"
	"waybill/labels/fonts"
	"waybill/labels/layout"
	"waybill/labels/template"
	"waybill/labels/zpl"
	"waybill/shipment"
)

// orders returns n labels' data as a station prints them: every one has
// another recipient, number, order and contents; sender, date and the few
// carriers come again.
func orders(t testing.TB, n int) []template.Data {
	t.Helper()
	first := strings.Fields("Anna Zoë James Дмитро Nguyễn María Łukasz Sofía Peter Grace Oluwaseun Mette Jürgen Chloé Aoife Rajesh")
	last := strings.Fields("Núñez Smith Kowalczyk Øvergård Müller O'Brien Okafor Johansson Dubois Rossi Novák Fernández Vance Tuyết Silva Park")
	streets := strings.Fields("Amphitheatre Main Oak Church Station Ridgeview Mulberry Königsallee Côte Harbour Elm Sunset Bridge Mill Park Wharf")
	cities := []string{"Mountain View CA", "Springfield IL", "Los Angeles CA", "Brooklyn NY", "Austin TX", "Portland OR", "Miami FL"}
	skus := strings.Fields("TS-YOGA TS-TEE-BLK-M MUG-11OZ CASE-15P-CLR LAMP-E27 SOCK-3PK-42 BAG-TOTE-NAT BOOK-0471")
	all := make([]template.Data, n)
	for i := range all {
		r := uint64(i)*0x9e3779b97f4a7c15 + 0x7f4a7c15
		pick := func(of []string) string { r ^= r >> 29; r *= 0xbf58476d1ce4e5b9; return of[r>>33%uint64(len(of))] }
		o := shipment.Order{
			ID: shipment.OrderID(fmt.Sprint(576461413038000000 + r%1000000000)), Channel: "tiktok_shop",
			Parcels: []shipment.Parcel{{Weight: shipment.Grams(200 + r%9000)}},
		}
		for range 1 + r%3 {
			o.Items = append(o.Items, shipment.Item{SKU: pick(skus), Quantity: int(1 + r>>40%4), Weight: 300})
		}
		s := template.Settled{
			TrackingNumber: shipment.TrackingNumber(fmt.Sprintf("1Z999AA1%010d", r%10000000000)),
			To: []string{
				pick(first) + " " + pick(last), fmt.Sprintf("%d %s Street", 1+r%9999, pick(streets)), fmt.Sprintf("Apt %d", 1+r%300),
				fmt.Sprintf("%s %05d", pick(cities), r%100000),
			},
			From: []string{"Waybill Demo Goods", "4505 E 11th St", "Vernon CA 90058"}, ShipDate: "2026-11-20",
		}
		n := string(s.TrackingNumber)
		s.TrackingText = strings.Join([]string{n[:2], n[2:5], n[5:8], n[8:10], n[10:14], n[14:]}, " ")
		s.Carrier, s.CarrierName, s.ServiceName = "ups", "UPS", []string{"Ground", "2nd Day Air", "Next Day Air"}[r%3]
		d, err := template.NewData(o, 1, s)
		if err != nil {
			t.Fatal(err)
		}
		all[i] = d
	}
	return all
}

// BenchmarkOrderToZPL is a shipping label from the order's data to the bytes a
// printer is sent: expressions, layout, both barcodes, ZPL. Each label is
// another one. "fast" writes into memory that the caller has, as a print queue
// does, "own memory" into memory of its own, and "compact" the fewest bytes.
func BenchmarkOrderToZPL(b *testing.B) {
	for _, bc := range []struct {
		name  string
		enc   zpl.Encoder
		reuse bool
	}{{"fast", zpl.Encoder{}, true}, {"own memory", zpl.Encoder{}, false}, {"compact", zpl.Encoder{Compact: true}, false}} {
		b.Run(bc.name, func(b *testing.B) {
			tm, f, all := generic(b), fonts.New(), orders(b, 1024)
			var room []byte
			order := func(i int) int {
				l, err := layout.Lay(tm, all[i%len(all)], labels.DPI203, f)
				if err != nil {
					b.Fatal(err)
				}
				if !bc.reuse {
					room = nil
				}
				if room, err = bc.enc.AppendEncode(room[:0], l); err != nil {
					b.Fatal(err)
				}
				return len(room)
			}
			for i := range 512 { // a station that has printed some
				order(i)
			}
			b.ReportAllocs()
			i, sent := 0, 0
			for b.Loop() {
				sent += order(i)
				i++
			}
			b.ReportMetric(float64(sent)/float64(i), "bytes/label")
		})
	}
}

// TestOrderToZPLAllocations holds how often a label asks for memory.
func TestOrderToZPLAllocations(t *testing.T) {
	tm, f, all := generic(t), fonts.New(), orders(t, 512)
	i := 0
	order := func() {
		l, err := layout.Lay(tm, all[i%len(all)], labels.DPI203, f)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := (zpl.Encoder{}).Encode(l); err != nil {
			t.Fatal(err)
		}
		i++
	}
	for range all {
		order()
	}
	if n := testing.AllocsPerRun(len(all)-1, order); n > 60 {
		t.Errorf("%v allocations a label, want at most 60", n)
	}
}

// BenchmarkOrderToZPLForeign is the same for texts that need the shaper: a line
// in two scripts, and contents that are cut short.
func BenchmarkOrderToZPLForeign(b *testing.B) {
	tm, f := generic(b), fonts.New()
	for name, change := range map[string]func(d *template.Data, i int){
		"two scripts": func(d *template.Data, i int) { d.To = append([]string{fmt.Sprint("Київ Kyiv ", i)}, d.To...) },
		"cut short": func(d *template.Data, i int) {
			for k := range 8 {
				d.Order.Items = append(d.Order.Items, shipment.Item{SKU: fmt.Sprint("SKU-", i, "-", k), Quantity: k})
			}
		},
	} {
		b.Run(name, func(b *testing.B) {
			all := orders(b, 512)
			for i := range all {
				change(&all[i], i)
			}
			var room []byte
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				l, err := layout.Lay(tm, all[i%len(all)], labels.DPI203, f)
				if err != nil {
					b.Fatal(err)
				}
				if room, err = (zpl.Encoder{}).AppendEncode(room[:0], l); err != nil {
					b.Fatal(err)
				}
				i++
			}
		})
	}
}

// TestMemoryIsFlat holds that what is kept does not grow with the labels
// printed.
func TestMemoryIsFlat(t *testing.T) {
	raced.Skip(t)
	if testing.Short() {
		t.Skip("lays out thirty thousand labels")
	}
	tm, f := generic(t), fonts.New()
	used := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	var room []byte
	printed := 0
	run := func(n int) {
		for ; n > 0; n -= 1000 {
			for _, d := range orders(t, 1000) {
				d.TrackingText = fmt.Sprint("run ", printed, " ", d.TrackingText) // every text is a new one
				l, err := layout.Lay(tm, d, labels.DPI203, f)
				if err != nil {
					t.Fatal(err)
				}
				if room, err = (zpl.Encoder{}).AppendEncode(room[:0], l); err != nil {
					t.Fatal(err)
				}
				printed++
			}
		}
	}
	run(10_000)
	before := used()
	run(20_000)
	const most = 256 << 10 // 13 bytes a label
	if after := used(); after > before+most {
		t.Errorf("%d kB in use after 10 000 labels, %d kB after 30 000", before>>10, after>>10)
	}
	runtime.KeepAlive(f)
}

// TestManyAtOnce holds that labels laid out side by side, with what is kept
// between them, are the labels laid out alone.
func TestManyAtOnce(t *testing.T) {
	tm, all := generic(t), orders(t, 200)
	encode := func(d template.Data, f *fonts.Set) []byte {
		l, err := layout.Lay(tm, d, labels.DPI203, f)
		if err != nil {
			t.Error(err)
			return nil
		}
		format, err := zpl.Encoder{}.Encode(l)
		if err != nil {
			t.Error(err)
		}
		return format
	}
	want := make([][]byte, len(all))
	for i, d := range all {
		if i%20 == 0 { // nothing is kept of another label
			want[i] = encode(d, fonts.New())
		}
	}
	f := fonts.New()
	var workers sync.WaitGroup
	for w := range 8 {
		workers.Go(func() {
			for i := range all {
				at := (i*7 + w*31) % len(all)
				if got := encode(all[at], f); want[at] != nil && !bytes.Equal(want[at], got) {
					t.Errorf("label %d differs", at)
				}
			}
		})
	}
	workers.Wait()
}
