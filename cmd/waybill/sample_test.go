package main_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"waybill/shipment"
)

func get(url string) (int, []byte) {
	c := http.Client{Timeout: 5 * time.Second}
	resp, err := c.Get(url)
	if err != nil {
		return 0, nil
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, nil
	}
	return resp.StatusCode, body
}

func eventually(ctx context.Context, limit time.Duration, ok func() bool) bool {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for ctx.Err() == nil {
		if ok() {
			return true
		}
		wait(ctx, 20*time.Millisecond)
	}
	return false
}

func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// A sample is one order, and whether it must be refused.
type sample struct {
	id   shipment.OrderID
	json []byte
	bad  bool
}

// sampleOrders makes n orders of the sort shops send: names in several scripts,
// post office boxes, soldiers' addresses, other countries, and one in eleven
// that cannot be shipped.
func sampleOrders(n int) []sample {
	names := []string{"Zoë Núñez", "Дмитро Коваль", "Nguyễn Thị Ánh", "Κώστας Παπάς", "Łukasz Żak", "Marisol Peña", "J. O'Brien", "Ana ^XZ~JR", "Søren Ø. Ærø"}
	places := []string{
		`"line1":"1600 Amphitheatre Pkwy","city":"Mountain View","region":"CA","postal_code":"94043","country":"US"`,
		`"line1":"350 5th Ave","line2":"Fl 34","city":"New York","region":"NY","postal_code":"10118","country":"US"`,
		`"line1":"PO Box 771","city":"Fairbanks","region":"AK","postal_code":"99707","country":"US"`,
		`"line1":"PSC 3 Box 1234","city":"APO","region":"AE","postal_code":"09021","country":"US"`,
		`"line1":"12 Rue des Tanneurs","city":"Colmar","region":"","postal_code":"68000","country":"FR"`,
		`"line1":"111 Wellington St","city":"Ottawa","region":"ON","postal_code":"k1a0a9","country":"CA"`,
		`"line1":"10 Calle San Francisco","city":"San Juan","region":"PR","postal_code":"00901","country":"US"`,
	}
	broken := []string{
		`"line1":"77 Beacon St","city":"Boston","region":"CA","postal_code":"02108","country":"US"`,
		`"line1":"1 Main St","city":"Springfield","region":"IL","postal_code":"6270","country":"US"`,
		`"line1":"1 Nowhere","city":"Atlantis","postal_code":"1","country":"XQ"`,
	}
	list := make([]sample, n)
	for i := range list {
		place, bad := places[i%len(places)], i%11 == 5
		if bad {
			place = broken[i%len(broken)]
		}
		id := shipment.OrderID(fmt.Sprintf("57990000000%07d", i*7919))
		list[i] = sample{id: id, bad: bad, json: fmt.Appendf(nil,
			`{"order_id":%q,"channel":"tiktok_shop","placed_at":"2026-11-20T09:12:00Z","ship_to":{"name":%q,%s,"phone":"+12025550137"},"items":[{"sku":"S-%d","title":"Sample","quantity":%d,"unit_price":{"amount":1999,"currency":"USD"},"weight_g":%d,"hs_code":"610910","origin_country":"CN"}],"service":"standard"}`,
			id, names[i%len(names)], place, i, 1+i%3, 100+i%900)}
	}
	return list
}
