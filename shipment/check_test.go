package shipment_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"waybill/shipment"
)

var monday = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

func usd(amount int64) shipment.Money { return shipment.Money{Amount: amount, Currency: "USD"} }

// sound is an order with which nothing is wrong.
func sound() shipment.Order {
	return shipment.Order{
		ID: "A-1", PlacedAt: monday.Add(-time.Hour), ShipBy: monday.Add(time.Hour),
		Items: []shipment.Item{
			{SKU: "TEE", Quantity: 2, UnitPrice: usd(1999), Weight: 180},
			{SKU: "MAT", Quantity: 1, UnitPrice: usd(3499), Weight: 1150},
		},
		Totals:  shipment.Totals{Items: usd(7497), Shipping: usd(499), Tax: usd(600), Discount: usd(1000), Grand: usd(7596)},
		Parcels: []shipment.Parcel{{Weight: 1700, Length: 300, Width: 220, Height: 120}},
	}
}

// brief returns a problem a line, as field and code.
func brief(ps shipment.Problems) []string {
	var out []string
	for _, p := range ps {
		out = append(out, strings.TrimSpace(p.Field+" "+p.Code))
	}
	return out
}

func TestCheckAndWarnings(t *testing.T) {
	t.Parallel()
	type change = func(o *shipment.Order)
	item := func(f func(it *shipment.Item)) change { return func(o *shipment.Order) { f(&o.Items[1]) } }
	parcel := func(f func(p *shipment.Parcel)) change { return func(o *shipment.Order) { f(&o.Parcels[0]) } }
	for name, tt := range map[string]struct {
		change           change
		errors, warnings []string
	}{
		"as it is":                   {func(*shipment.Order) {}, nil, nil},
		"no ID":                      {func(o *shipment.Order) { o.ID = "" }, []string{"order_id missing"}, nil},
		"an ID misread":              {func(o *shipment.Order) { o.ID = "WB-AAAAAAAAAAAAAAAA1" }, []string{"order_id check_character"}, nil},
		"no items":                   {func(o *shipment.Order) { o.Items, o.Totals = nil, shipment.Totals{} }, []string{"items missing"}, nil},
		"neither SKU nor title":      {item(func(it *shipment.Item) { it.SKU = "" }), []string{"items[1].sku missing"}, nil},
		"a title alone":              {item(func(it *shipment.Item) { it.SKU, it.Title = "", "Mat" }), nil, []string{"items[1].sku missing"}},
		"a title turned around":      {item(func(it *shipment.Item) { it.Title = "mug\u202egnp" }), nil, []string{"items[1].title control_character"}},
		"a NUL in the SKU":           {item(func(it *shipment.Item) { it.SKU = "M\x00" }), nil, []string{"items[1].sku control_character"}},
		"a title of two lines":       {item(func(it *shipment.Item) { it.Title = "Mat\nblue 👩‍🚀" }), nil, nil},
		"no quantity":                {item(func(it *shipment.Item) { it.Quantity = 0 }), []string{"items[1].quantity out_of_range"}, nil},
		"a quantity beyond sense":    {item(func(it *shipment.Item) { it.Quantity = 100_001 }), []string{"items[1].quantity out_of_range"}, []string{"parcels weight_below_items"}},
		"a line lost":                {func(o *shipment.Order) { o.Items = o.Items[:1] }, []string{"totals.items sum_mismatch"}, nil},
		"a price unknown":            {item(func(it *shipment.Item) { it.UnitPrice = shipment.Money{} }), nil, nil},
		"a grand total that is off":  {func(o *shipment.Order) { o.Totals.Grand = usd(7597) }, []string{"totals.grand sum_mismatch"}, nil},
		"prices with tax":            {func(o *shipment.Order) { o.Totals.Grand = usd(6996) }, nil, nil},
		"a part untold":              {func(o *shipment.Order) { o.Totals.Grand, o.Totals.Tax = usd(1), shipment.Money{} }, nil, nil},
		"another currency":           {func(o *shipment.Order) { o.Totals.Shipping.Currency = "EUR" }, []string{"totals.shipping.currency mixed_currency"}, nil},
		"another currency of a line": {item(func(it *shipment.Item) { it.UnitPrice.Currency = "EUR" }), []string{"items[1].unit_price.currency mixed_currency"}, nil},
		"no currency":                {item(func(it *shipment.Item) { it.UnitPrice.Currency = "" }), []string{"items[1].unit_price.currency missing"}, nil},
		"no such currency":           {item(func(it *shipment.Item) { it.UnitPrice.Currency = "usd" }), []string{"items[1].unit_price.currency unknown_currency"}, nil},
		"a negative price":           {item(func(it *shipment.Item) { it.UnitPrice.Amount = -1 }), []string{"items[1].unit_price.amount out_of_range"}, nil},
		"a weight below nothing":     {item(func(it *shipment.Item) { it.Weight = -1 }), []string{"items[1].weight_g out_of_range"}, nil},
		"an urgent label":            {func(o *shipment.Order) { o.Label.Priority = "urgent" }, nil, nil},
		"no such priority":           {func(o *shipment.Order) { o.Label.Priority = "50" }, []string{"label.priority unknown_priority"}, nil},
		"lighter than its items":     {parcel(func(p *shipment.Parcel) { p.Weight = 1400 }), nil, []string{"parcels weight_below_items"}},
		"a little lighter":           {parcel(func(p *shipment.Parcel) { p.Weight = 1440 }), nil, nil},
		"much heavier":               {parcel(func(p *shipment.Parcel) { p.Weight = 7000 }), nil, []string{"parcels weight_above_items"}},
		"much heavier than is known": {func(o *shipment.Order) { o.Parcels[0].Weight, o.Items[1].Weight = 7000, 0 }, nil, nil},
		"no weight":                  {parcel(func(p *shipment.Parcel) { p.Weight = 0 }), nil, []string{"parcels[0].weight_g missing"}},
		"no weight at all": {func(o *shipment.Order) {
			o.Parcels, o.Items[0].Weight, o.Items[1].Weight = nil, 0, 0
		}, nil, []string{"items missing"}},
		"milligrams":           {parcel(func(p *shipment.Parcel) { p.Weight = 2_600_000 }), []string{"parcels[0].weight_g out_of_range"}, []string{"parcels weight_above_items"}},
		"centimetres":          {parcel(func(p *shipment.Parcel) { p.Length, p.Width, p.Height = 30, 22, 12 }), []string{"parcels[0] implausible"}, nil},
		"micrometres":          {parcel(func(p *shipment.Parcel) { p.Length = 30_000 }), []string{"parcels[0] out_of_range"}, nil},
		"a side below nothing": {parcel(func(p *shipment.Parcel) { p.Width = -1 }), []string{"parcels[0] out_of_range"}, []string{"parcels[0] incomplete"}},
		"a side missing":       {parcel(func(p *shipment.Parcel) { p.Width = 0 }), nil, []string{"parcels[0] incomplete"}},
		"no sides":             {parcel(func(p *shipment.Parcel) { p.Length, p.Width, p.Height = 0, 0, 0 }), nil, nil},
		"air":                  {parcel(func(p *shipment.Parcel) { p.Length, p.Width, p.Height = 1500, 1500, 1500 }), nil, []string{"parcels[0] implausible"}},
		"late":                 {func(o *shipment.Order) { o.ShipBy = monday.Add(-time.Minute) }, nil, []string{"ship_by late"}},
		"of tomorrow":          {func(o *shipment.Order) { o.PlacedAt = monday.AddDate(0, 0, 1) }, nil, []string{"placed_at future"}},
		"unpaid":               {func(o *shipment.Order) { o.Payment = shipment.PaymentUnpaid }, []string{"payment unpaid"}, nil},
		"on hold":              {func(o *shipment.Order) { o.Payment = shipment.PaymentOnHold }, []string{"payment on_hold"}, nil},
		"cancelled":            {func(o *shipment.Order) { o.Payment = shipment.PaymentCancelled }, []string{"payment cancelled"}, nil},
		"a payment unheard of": {func(o *shipment.Order) { o.Payment = "maybe" }, []string{"payment unknown"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := sound()
			tt.change(&o)
			if diff := cmp.Diff(tt.errors, brief(o.Check())); diff != "" {
				t.Errorf("errors (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.warnings, brief(o.Warnings(monday))); diff != "" {
				t.Errorf("warnings (-want +got):\n%s", diff)
			}
		})
	}
}

// TestCheckNeverOverflows holds that no amounts and sizes break the sums.
func TestCheckNeverOverflows(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		o := sound()
		big := rapid.Int64()
		for i := range o.Items {
			o.Items[i].Quantity = int(big.Draw(t, "quantity"))
			o.Items[i].UnitPrice.Amount = big.Draw(t, "price")
			o.Items[i].Weight = shipment.Grams(big.Draw(t, "weight"))
		}
		p := &o.Parcels[0]
		p.Weight, p.Length = shipment.Grams(big.Draw(t, "parcel")), shipment.Millimetres(big.Draw(t, "side"))
		o.Totals.Items.Amount, o.Totals.Grand.Amount = big.Draw(t, "items"), big.Draw(t, "grand")
		for _, q := range o.Check() {
			if q.Message == "" || q.Code == "" {
				t.Fatalf("%+v", q)
			}
		}
		o.Warnings(monday)
	})
}

func TestMoneyIsWritten(t *testing.T) {
	t.Parallel()
	for want, m := range map[string]shipment.Money{
		"54.98 USD": usd(5498), "0.05 USD": usd(5), "-1.00 USD": usd(-100), "1500 JPY": {Amount: 1500, Currency: "JPY"},
		"1.250 KWD": {Amount: 1250, Currency: "KWD"}, "0.00": {},
	} {
		if got := fmt.Sprint(m); got != want {
			t.Errorf("%#v is written %q, want %q", m, got, want)
		}
	}
	if o := sound(); o.Total() != usd(7596) {
		t.Errorf("total %s", o.Total())
	}
	if (shipment.Money{Currency: "USD"}) == (shipment.Money{}) || !usd(0).Told() || (shipment.Money{}).Told() {
		t.Error("an amount of nothing and none are one")
	}
}
