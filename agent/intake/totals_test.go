package intake_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"waybill/agent/intake"
	"waybill/shipment"
)

func usd(amount int64) shipment.Money { return shipment.Money{Amount: amount, Currency: "USD"} }

// TestTotals holds what is taken of the sums that shops send, and that sums of
// more than what ships are left alone.
func TestTotals(t *testing.T) {
	t.Parallel()
	const tiktok = `{"id":"1","recipient_address":{},"payment":{"currency":"USD","sub_total":"106.49","shipping_fee":"0","tax":"8.79","total_amount":"115.28","seller_discount":"9.45"},
"line_items":[{"seller_sku":"A","sale_price":"100.00"},{"seller_sku":"B","sale_price":"6.49"STATUS}]}`
	const shopify = `{"order":{"id":1,"currency":"USD","shipping_address":{},"total_line_items_price":"30.00","total_discounts":"5.00","total_tax":"2.00","total_price":"GRAND",
"shipping_lines":[{"title":"Standard","price":"4.00"},{"price":"1.00"}],"line_items":[{"sku":"A","quantity":2,"price":"10.00"},{"sku":"B","quantity":1,"price":"10.00"MORE}]}}`
	whole := shipment.Totals{Items: usd(3000), Shipping: usd(500), Tax: usd(200), Discount: usd(500), Grand: usd(3200)}
	sansGrand := whole
	sansGrand.Grand = shipment.Money{}
	for name, tt := range map[string]struct {
		doc      string
		want     shipment.Totals
		problems []string
		extra    string
	}{
		"TikTok":                    {strings.Replace(tiktok, "STATUS", "", 1), shipment.Totals{Items: usd(10649), Shipping: usd(0), Tax: usd(879), Grand: usd(11528)}, nil, "seller_discount"},
		"TikTok, a unit cancelled":  {strings.Replace(tiktok, "STATUS", `,"display_status":"CANCELLED"`, 1), shipment.Totals{}, nil, ""},
		"TikTok, a line is missing": {strings.Replace(strings.Replace(tiktok, "STATUS", "", 1), "106.49", "200.00", 1), shipment.Totals{Items: usd(20000), Shipping: usd(0), Tax: usd(879), Grand: usd(11528)}, []string{"1 totals.items sum_mismatch"}, ""},
		"Shopify":                   {strings.NewReplacer("GRAND", "32.00", "MORE", "").Replace(shopify), whole, nil, ""},
		"Shopify, with a tip":       {strings.NewReplacer("GRAND", "35.00", "MORE", "").Replace(shopify), sansGrand, nil, "total_price"},
		"Shopify, less than it is":  {strings.NewReplacer("GRAND", "12.00", "MORE", "").Replace(shopify), shipment.Totals{Items: usd(3000), Shipping: usd(500), Tax: usd(200), Discount: usd(500), Grand: usd(1200)}, []string{"1 totals.grand sum_mismatch"}, ""},
		"Shopify, tax contained":    {strings.NewReplacer("GRAND", "30.00", "MORE", "").Replace(shopify), shipment.Totals{Items: usd(3000), Shipping: usd(500), Tax: usd(200), Discount: usd(500), Grand: usd(3000)}, nil, ""},
		"Shopify, a line edited":    {strings.NewReplacer("GRAND", "32.00", "MORE", `,"current_quantity":0`).Replace(shopify), shipment.Totals{}, nil, ""},
		"Shopify, nothing to ship":  {strings.NewReplacer("GRAND", "32.00", "MORE", `,"requires_shipping":false`).Replace(shopify), shipment.Totals{}, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			es := intake.Parse("x.json", []byte(tt.doc), intake.Options{})
			if len(es) != 1 {
				t.Fatalf("%d entries", len(es))
			}
			if diff := cmp.Diff(tt.want, es[0].Order.Totals); diff != "" {
				t.Errorf("totals (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.problems, brief(es[0].Problems)); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
			if !strings.Contains(string(es[0].Order.Extra), tt.extra) {
				t.Errorf("extra %s lacks %s", es[0].Order.Extra, tt.extra)
			}
		})
	}
}

// TestReimport holds that the same marketplace order has the same ID whenever
// it comes, and one without an ID, too.
func TestReimport(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"tiktok-shop-order.json", "shopify-order.json", "one.json", "export.csv"} {
		first, again := intake.Parse(file, sample(t, file), intake.Options{}), intake.Parse(file, sample(t, file), intake.Options{})
		for i := range first {
			if first[i].Order.ID != again[i].Order.ID || first[i].Order.ID == "" {
				t.Errorf("%s: %q and %q", file, first[i].Order.ID, again[i].Order.ID)
			}
		}
	}
	nameless := strings.Replace(string(sample(t, "one.json")), `"order_id": "576461413001084903",`, "", 1)
	a := intake.Parse("a.json", []byte(nameless), intake.Options{})[0].Order.ID
	b := intake.Parse("b.json", []byte("\n "+nameless+"\n"), intake.Options{})[0].Order.ID
	if a != b || !strings.HasPrefix(string(a), "WB-") || a.Misread() {
		t.Errorf("%q and %q", a, b)
	}
}
