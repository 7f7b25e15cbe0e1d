package intake_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"waybill/agent/intake"
	"waybill/shipment"
)

func sample(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// brief says line, field and code of each problem; the words may change.
func brief(ps shipment.Problems) []string {
	var out []string
	for _, p := range ps {
		out = append(out, fmt.Sprintf("%d %s %s", p.Line, p.Field, p.Code))
	}
	return out
}

func at(t testing.TB, s string) time.Time {
	t.Helper()
	v, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestParseSamples(t *testing.T) {
	tests := []struct {
		file  string
		want  shipment.Order
		extra string
		notes []string
	}{
		{
			file: "tiktok-shop-order.json",
			want: shipment.Order{
				ID: "576461413000102947", Channel: "tiktok_shop", Payment: shipment.PaymentPaid, Service: "standard",
				PlacedAt: at(t, "2025-11-16T09:00:00Z"), ShipBy: at(t, "2025-11-19T08:59:59Z"),
				ShipTo: shipment.Address{Name: "Ava Yamamoto", Line1: "350 5th Ave", Line2: "Fl 34", City: "New York", Region: "NY", PostalCode: "10118", Country: "US"},
				Items: []shipment.Item{
					{SKU: "TS-LAMP-01", Title: "Sunset projection lamp", Quantity: 1, UnitPrice: shipment.Money{Amount: 2499, Currency: "USD"}},
					{SKU: "TS-BTL-750", Title: "Insulated bottle 750 ml", Quantity: 1, UnitPrice: shipment.Money{Amount: 2999, Currency: "USD"}},
				},
				Totals: shipment.Totals{Items: shipment.Money{Amount: 5498, Currency: "USD"}, Shipping: shipment.Money{Amount: 499, Currency: "USD"}},
				Buyer:  shipment.Buyer{Email: "x7f2k@scs3.tiktok.com"},
			},
			notes: []string{"24 ship_to.phone masked"},
		},
		{
			file: "shopify-order.json",
			want: shipment.Order{
				ID: "1413000118785", Channel: "shopify", Payment: shipment.PaymentPaid, Service: "standard", PlacedAt: at(t, "2026-11-16T15:45:00Z"),
				ShipTo: shipment.Address{Name: "Liam Yamamoto", Line1: "400 Broad St", City: "Seattle", Region: "WA", PostalCode: "98109", Country: "US", Phone: "+12025550015"},
				Items: []shipment.Item{{
					SKU: "TS-EAR-PRO", Title: "Wireless earbuds (lithium battery in equipment)", Quantity: 1, Weight: 95,
					UnitPrice: shipment.Money{Amount: 4999, Currency: "USD"},
				}},
				Totals: shipment.Totals{Shipping: shipment.Money{Amount: 499, Currency: "USD"}},
				Buyer:  shipment.Buyer{Email: "buyer15@example.com"},
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.file, func(t *testing.T) {
			es := intake.Parse(tt.file, sample(t, tt.file), intake.Options{})
			if len(es) != 1 || len(es[0].Problems) > 0 {
				t.Fatalf("%d entries, problems of the first %v; want one without", len(es), es[0].Problems)
			}
			got := es[0].Order
			if !json.Valid(got.Extra) {
				t.Errorf("extra is no JSON: %s", got.Extra)
			}
			got.Extra = nil
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("order (-want +got):\n%s", d)
			}
			if d := cmp.Diff(tt.notes, brief(es[0].Notes)); d != "" {
				t.Errorf("notes (-want +got):\n%s", d)
			}
		})
	}
}

// The generic document is read field by field just as its type is written.
func TestParseGenericRoundTrip(t *testing.T) {
	es := intake.Parse("one.json", sample(t, "one.json"), intake.Options{})
	if len(es) != 1 || len(es[0].Problems) > 0 {
		t.Fatalf("entries %v", es)
	}
	var want shipment.Order
	if err := json.Unmarshal(sample(t, "one.json"), &want); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, es[0].Order); d != "" {
		t.Errorf("order (-want +got):\n%s", d)
	}
	if line := es[0].LineOf("ship_to.postal_code"); line != 21 {
		t.Errorf("postal code is on line %d, want 21", line)
	}
	if line := es[0].LineOf("ship_to.company"); line != 15 {
		t.Errorf("a field that is absent is on line %d, want 15, where its object begins", line)
	}
}

func TestParseCSV(t *testing.T) {
	es := intake.Parse("export.csv", sample(t, "export.csv"), intake.Options{})
	if len(es) != 40 {
		t.Errorf("%d orders, want 40", len(es))
	}
	items := 0
	for _, e := range es {
		if len(e.Problems) > 0 {
			t.Errorf("order %s: %v", e.Order.ID, e.Problems)
		}
		items += len(e.Order.Items)
	}
	if items != 66 {
		t.Errorf("%d items, want one for each of the 66 rows", items)
	}
	want := shipment.Order{
		ID: "576461413001599638", PlacedAt: at(t, "2026-11-21T10:34:00Z"), Service: "standard",
		ShipTo: shipment.Address{Name: "أحمد D'Angelo", Line1: "233 S Wacker Dr", Line2: "Ste 4400", City: "Chicago", Region: "IL", PostalCode: "60606", Country: "US", Phone: "+12025550202"},
		Items: []shipment.Item{
			{SKU: "TS-LAMP-01", Title: "Sunset projection lamp", Quantity: 2, UnitPrice: shipment.Money{Amount: 2499, Currency: "USD"}, Weight: 640},
			{SKU: "TS-SER-30", Title: "Vitamin C serum 30 ml", Quantity: 1, UnitPrice: shipment.Money{Amount: 1599, Currency: "USD"}, Weight: 110},
		},
		Extra: json.RawMessage(`{"delivery_option":"Standard shipping"}`),
	}
	if d := cmp.Diff(want, es[1].Order); d != "" {
		t.Errorf("second order (-want +got):\n%s", d)
	}
	if es[1].Line != 3 {
		t.Errorf("it begins on line %d, want 3", es[1].Line)
	}
}

func TestParseProblems(t *testing.T) {
	ok := `{"order_id":"1","ship_to":{"country":"US"},"items":[{"sku":"A","quantity":1}]}`
	tests := []struct {
		name, file, data string
		want             []string // of all entries
	}{
		{name: "OK", file: "a.json", data: ok},
		{name: "OK with a byte order mark and CR LF", file: "a.json", data: "\xef\xbb\xbf{\r\n\"order_id\":\"1\",\r\n\"items\":[{\"sku\":\"A\",\"quantity\":1}]}\r\n"},
		{name: "bad end", file: "a.json", data: "{\"order_id\":\"1\",\n \"items\":[", want: []string{"2  syntax"}},
		{name: "bad comma", file: "a.json", data: "{\"order_id\":\"1\",\n \"items\":[],}", want: []string{"2  syntax"}},
		{
			name: "bad types, all of them", file: "a.json", data: "{\"order_id\":1,\n\"ship_to\":{\n\"postal_code\":2134},\n\"items\":[\n{\"sku\":\"A\",\"quantity\":\"2\"},\n{\"sku\":\"A\",\"quantity\":1.5}],\n\"parcels\":{},\n\"placed_at\":\"yesterday\"}",
			want: []string{"3 ship_to.postal_code wrong_type", "5 items[0].quantity wrong_type", "6 items[1].quantity wrong_type", "7 parcels wrong_type", "8 placed_at wrong_type"},
		},
		{
			name: "bad values have their lines", file: "a.json", data: "{\"order_id\":\"a b\",\n\"items\":[{\"sku\":\"A\",\n\"quantity\":0}],\n\"payment\":\"unpaid\"}",
			want: []string{"1 order_id control_character", "3 items[0].quantity out_of_range", "4 payment unpaid"},
		},
		{name: "bad number", file: "a.json", data: `{"items":[{"sku":"A","quantity":99999999999999999999}]}`, want: []string{"1 items[0].quantity out_of_range"}},
		{
			name: "bad key twice", file: "a.json", data: "{\"order_id\":\"1\",\n\"order_id\":\"2\",\"items\":[{\"sku\":\"A\",\"quantity\":1,\n\"quantity\":2}]}",
			want: []string{"2 order_id duplicate_key", "3 items[0].quantity duplicate_key"},
		},
		{name: "bad UTF-16", file: "a.json", data: "\xff\xfe{\x00}\x00", want: []string{"1  encoding"}},
		{name: "bad UTF-8", file: "a.json", data: "{\n\"order_id\":\"\xff\"}", want: []string{"2  encoding"}},
		{name: "bad NUL", file: "a.csv", data: "Order ID,SKU\n\x00,", want: []string{"2  encoding"}},
		{name: "bad nothing", file: "a.json", data: " \n", want: []string{"1  empty"}},
		{name: "bad list without orders", file: "a.json", data: "[]", want: []string{"1  empty"}},
		{name: "bad header only", file: "a.csv", data: "Order ID,SKU,Quantity\n", want: []string{"1  empty"}},
		{name: "bad order in a list", file: "a.json", data: "[" + ok + ",\n3]", want: []string{"2  wrong_type"}},
		{name: "bad line among good ones", file: "a.jsonl", data: ok + "\n\n{oops\n" + ok + "\n", want: []string{"3  syntax"}},
		{name: "bad first line", file: "a.jsonl", data: "{oops\n" + ok + "\n", want: []string{"1  syntax"}},
		{name: "bad depth", file: "a.json", data: strings.Repeat("[", 100) + strings.Repeat("]", 100), want: []string{"1  too_deep"}},
		{name: "bad depth beyond any stack", file: "a.json", data: strings.Repeat("[", 1<<20), want: []string{"1  too_deep"}},
		{name: "bad CSV quote refuses the file", file: "a.csv", data: "Order ID,SKU,Quantity\n1,A,1\n2,\"B,1\n", want: []string{"3  syntax"}},
		{name: "bad CSV header", file: "a.csv", data: "1,2,3\n4,5,6\n", want: []string{"1  header"}},
		{name: "bad CSV row", file: "a.csv", data: "Order ID,SKU,Quantity\n1,A\n2,B,two\n3,C,1\n", want: []string{"2  wrong_type", "2 items missing", "3 items[0].quantity wrong_type"}},
		{name: "bad CSV rows that disagree", file: "a.csv", data: "Order ID,SKU,Quantity,City\n1,A,1,Rome\n1,B,1,Paris\n", want: []string{"3 ship_to.city conflict"}},
		{name: "bad CSV order ID that a spreadsheet rounded", file: "a.csv", data: "Order ID,SKU,Quantity\n5.76461E+17,A,1\n", want: []string{"2 order_id wrong_type"}},
		{name: "bad CSV price", file: "a.csv", data: "Order ID,SKU,Unit Price\n1,A,\"1,299.00\"\n2,A,15.995\n", want: []string{"2 items[0].unit_price wrong_type", "3 items[0].unit_price wrong_type"}},
		{name: "OK CSV as spreadsheets write it", file: "a.csv", data: "\xef\xbb\xbfOrder ID;Seller SKU;Quantity\r\n=\"576461413001599638\";A;1\r\n576461413001599639\t;A;2\r\n"},
		{name: "bad unpaid", file: "t.json", data: `{"id":"1","status":"UNPAID","recipient_address":{},"line_items":[{"seller_sku":"A"}]}`, want: []string{"1 payment unpaid"}},
		{name: "bad on hold", file: "t.json", data: `{"id":"1","status":"ON_HOLD","recipient_address":{},"line_items":[{"seller_sku":"A"}]}`, want: []string{"1 payment on_hold"}},
		{name: "bad gone already", file: "t.json", data: `{"id":"1","status":"IN_TRANSIT","recipient_address":{},"line_items":[{"seller_sku":"A"}]}`, want: []string{"1 status already_shipped"}},
		{name: "bad status nobody knows", file: "t.json", data: `{"id":"1","status":"NEW_ONE","recipient_address":{},"line_items":[{"seller_sku":"A"}]}`, want: []string{"1 status unknown_status"}},
		{name: "bad masked address", file: "t.json", data: `{"id":"1","recipient_address":{"address_line1":"3** 5th Ave"},"line_items":[{"seller_sku":"A"}]}`, want: []string{"1 recipient_address.address_line1 masked"}},
		{name: "bad cancelled unit alone", file: "t.json", data: `{"id":"1","recipient_address":{},"line_items":[{"seller_sku":"A","display_status":"CANCELLED"}]}`, want: []string{"1 items missing", "1 payment cancelled"}},
		{name: "bad refunded", file: "s.json", data: `{"order":{"id":1,"financial_status":"refunded","shipping_address":{},"line_items":[{"sku":"A"}]}}`, want: []string{"1 payment cancelled"}},
		{name: "bad shipped", file: "s.json", data: `{"order":{"id":1,"fulfillment_status":"fulfilled","shipping_address":{},"line_items":[{"sku":"A"}]}}`, want: []string{"1 fulfillment_status already_shipped"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, e := range intake.Parse(tt.file, []byte(tt.data), intake.Options{}) {
				got = append(got, brief(e.Problems)...)
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("problems (-want +got):\n%s", d)
			}
		})
	}
}

func TestBrokenSample(t *testing.T) {
	es := intake.Parse("broken.json", sample(t, "broken.json"), intake.Options{})
	if len(es) != 1 || len(es[0].Problems) != 1 || !es[0].Unreadable() {
		t.Fatalf("entries %+v, want one that cannot be read", es)
	}
	if msg := es[0].Problems[0].Message; !strings.Contains(msg, "line 1, column 98") || !strings.Contains(msg, "cut off") {
		t.Errorf("the message %q does not say where and what", msg)
	}
}

// Units of one SKU are one item, unless their prices differ; nothing of the
// input is lost.
func TestTikTokUnitsAndExtra(t *testing.T) {
	doc := `{"data":{"id":"7","status":"AWAITING_SHIPMENT","recipient_address":{"phone_number":"(+1)2025550113"},"warehouse_id":"W1","line_items":[
{"seller_sku":"A","sale_price":"10.5","currency":"USD","id":"1"},{"seller_sku":"A","sale_price":"10.50","currency":"USD"},
{"seller_sku":"A","sale_price":"9.00","currency":"USD"},{"seller_sku":"J","sale_price":"1500","currency":"JPY"}]}}`
	es := intake.Parse("x.json", []byte(doc), intake.Options{})
	if len(es) != 1 || len(es[0].Problems) != 1 || es[0].Problems[0].Code != "mixed_currency" {
		t.Fatalf("entries %+v", es)
	}
	want := []shipment.Item{
		{SKU: "A", Quantity: 2, UnitPrice: shipment.Money{Amount: 1050, Currency: "USD"}},
		{SKU: "A", Quantity: 1, UnitPrice: shipment.Money{Amount: 900, Currency: "USD"}},
		{SKU: "J", Quantity: 1, UnitPrice: shipment.Money{Amount: 1500, Currency: "JPY"}},
	}
	if d := cmp.Diff(want, es[0].Order.Items); d != "" {
		t.Errorf("items (-want +got):\n%s", d)
	}
	if p := es[0].Order.ShipTo.Phone; p != "+12025550113" {
		t.Errorf("phone %q, want +12025550113", p)
	}
	if d := cmp.Diff(`{"line_items[0].id":"1","warehouse_id":"W1"}`, string(es[0].Order.Extra)); d != "" {
		t.Errorf("extra (-want +got):\n%s", d)
	}
}

func TestUnknownFieldsAreKept(t *testing.T) {
	doc := `{"order_id":"1","gift":{"wrap": true},"items":[{"sku":"A","quantity":1,"colour":"red"}],"extra":{"note":"hi"}}`
	es := intake.Parse("x.json", []byte(doc), intake.Options{})
	if d := cmp.Diff(`{"gift":{"wrap":true},"items[0].colour":"red","note":"hi"}`, string(es[0].Order.Extra)); d != "" {
		t.Errorf("extra (-want +got):\n%s", d)
	}
}

// The same content has the same ID, however it is written.
func TestMadeIDs(t *testing.T) {
	id := func(doc string) shipment.OrderID {
		es := intake.Parse("x.json", []byte(doc), intake.Options{})
		if len(es) != 1 || len(es[0].Problems) > 0 {
			t.Fatalf("entries %+v", es)
		}
		return es[0].Order.ID
	}
	a := id(`{"items":[{"sku":"A","quantity":1}]}`)
	if b := id("[\n {\"items\": [ {\"sku\":\"A\", \"quantity\":1} ] } ]"); a != b {
		t.Errorf("the same order is %s and %s", a, b)
	}
	if b := id(`{"items":[{"sku":"B","quantity":1}]}`); a == b {
		t.Errorf("another order is %s too", b)
	}
	if !strings.HasPrefix(string(a), "WB-") || len(a) != 3+16+1 {
		t.Errorf("made ID %q, want WB- and 17 characters", a)
	}
}

func TestColumnMapping(t *testing.T) {
	data := []byte("Bestellnr.,Ort,Artikel,Menge\n1,Bonn,A,2\n")
	o := intake.Options{Columns: map[string]string{"order_id": "Bestellnr.", "city": "Ort", "sku": "Artikel", "quantity": "Menge"}}
	es := intake.Parse("x.csv", data, o)
	if len(es) != 1 || len(es[0].Problems) > 0 || es[0].Order.ShipTo.City != "Bonn" || es[0].Order.Items[0].Quantity != 2 {
		t.Errorf("entries %+v", es)
	}
	o.Columns["city"] = "Stadt"
	if es := intake.Parse("x.csv", data, o); len(es) != 1 || !es[0].Unreadable() {
		t.Errorf("a mapped column that is not there: %+v, want a refusal", es)
	}
	if err := intake.CheckColumns(map[string]string{"colour": "x"}); err == nil {
		t.Error("a mapping of an unknown field passes")
	}
}

func TestLimits(t *testing.T) {
	if es := intake.Parse("x.json", make([]byte, 2<<20), intake.Options{MaxBytes: 1 << 20}); len(es) != 1 || es[0].Problems[0].Code != "too_large" {
		t.Errorf("a file that is too large: %+v", es)
	}
	lines := strings.Repeat(`{"items":[{"quantity":1}]}`+"\n", 11)
	if es := intake.Parse("x.jsonl", []byte(lines), intake.Options{MaxOrders: 10}); len(es) != 1 || es[0].Problems[0].Code != "too_large" {
		t.Errorf("too many orders: %d entries", len(es))
	}
	if es := intake.Parse("x.jsonl", []byte(lines), intake.Options{MaxOrders: 11}); len(es) != 11 {
		t.Errorf("%d entries, want 11", len(es))
	}
}

func FuzzParse(f *testing.F) {
	for _, name := range []string{"one.json", "broken.json", "export.csv", "shopify-order.json", "tiktok-shop-order.json"} {
		f.Add(name, sample(f, name))
	}
	f.Add("x.jsonl", []byte("{\"items\":[{\"quantity\":1}]}\n{}\n"))
	f.Add("x.csv", []byte("Order ID;SKU;Quantity\n\"1\";A;2\n"))
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		es := intake.Parse(name, data, intake.Options{})
		if len(es) == 0 {
			t.Fatal("no entry: the file would vanish without a word")
		}
		lines := 1 + strings.Count(string(data), "\n")
		for _, e := range es {
			if e.Line < 1 || e.Line > lines {
				t.Errorf("entry on line %d of %d", e.Line, lines)
			}
			if len(e.Problems) == 0 && e.Order.ID == "" {
				t.Error("an order without an ID and without a problem")
			}
			for _, p := range e.Problems {
				if p.Line < 1 || p.Line > lines || p.Message == "" || p.Code == "" {
					t.Errorf("problem %+v in %d lines", p, lines)
				}
			}
			if len(e.Problems) == 0 {
				raw, err := json.Marshal(e.Order)
				if err != nil {
					t.Fatalf("order cannot be written: %v", err)
				}
				again := intake.Parse("x.json", raw, intake.Options{})
				if len(again) != 1 || len(again[0].Problems) > 0 {
					t.Fatalf("the order written by ourselves is refused: %v\n%s", again[0].Problems, raw)
				}
			}
		}
	})
}

// A large document with something wrong everywhere is read in time that grows
// with its size only: eight times the text may take eight times as long, and
// three times that on a busy machine.
func TestManyProblems(t *testing.T) {
	read := func(items int) time.Duration {
		doc := `{"order_id":"1","items":[` + strings.Repeat("\n{\"quantity\":0,\"colour\":1},", items) + `{"quantity":"x"}]}`
		began := time.Now()
		es := intake.Parse("x.json", []byte(doc), intake.Options{})
		took := time.Since(began)
		if len(es) != 1 || len(es[0].Problems) > 101 || len(es[0].Problems) < 100 {
			t.Errorf("%d entries with %d problems, want one with about 100", len(es), len(es[0].Problems))
		}
		return took
	}
	// A machine with other work can make any one run slow; what grows with the
	// square, 64 times here, stays slow however often it is tried.
	var few, many time.Duration
	for range 8 {
		if few, many = read(5_000), read(40_000); many <= 24*few {
			return
		}
	}
	t.Errorf("40,000 items took %v, 5,000 took %v", many, few)
}

func BenchmarkParseLines(b *testing.B) {
	var flat strings.Builder
	es := intake.Parse("one.json", sample(b, "one.json"), intake.Options{})
	raw, err := json.Marshal(es[0].Order)
	if err != nil {
		b.Fatal(err)
	}
	for range 200 {
		flat.Write(raw)
		flat.WriteByte('\n')
	}
	data := []byte(flat.String())
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if es := intake.Parse("x.jsonl", data, intake.Options{}); len(es) != 200 {
			b.Fatal(len(es))
		}
	}
}
