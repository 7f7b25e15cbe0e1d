package printfaults_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"waybill/internal/process"
)

// A station is a real station process, which is killed and started again.
type station struct{ *process.Process }

// template is a label small enough that every byte of it can be cut at.
const template = `name: small
about: A small label.
size_mm: [60, 25]
elements:
  - {name: bars, kind: barcode, symbology: code128, at: [1, 3], width: 58, height: 15, align: centre, value: tracking_number}
`

// newStation writes the configuration of a station with printers in dir.
func newStation(t *testing.T, bin, dir, printers string) *station {
	t.Helper()
	addr := process.FreeAddrs(t, 1)[0]
	config := fmt.Sprintf("station: faults\nlisten: %s\ndata: data\ntemplate: small\ntemplates: templates\nintake: {dir: orders}\nscanners: []\nprinters:\n%s"+
		"hub: {url: \"http://127.0.0.1:1\", max_backoff: 1h}\nlog_level: info\n", addr, printers)
	return &station{process.New(t, bin, "station", dir, addr, map[string]string{"station.yaml": config, "templates/small.yaml": template})}
}

// order hands an order in until the station says that it has it.
func (s *station) order(ctx context.Context, id string, n, copies int, large bool) error {
	label := map[string]any{"copies": copies}
	if large {
		label["template"] = "generic-4x6"
	}
	body, err := json.Marshal(map[string]any{
		"order_id": id,
		"ship_to":  map[string]any{"name": "Ann Other", "line1": "350 5th Ave", "city": "New York", "region": "NY", "postal_code": "10118", "country": "US", "phone": "+12025550137"},
		"items":    []any{map[string]any{"sku": "S-1", "title": "Sample", "quantity": 1, "unit_price": map[string]any{"amount": 1999, "currency": "USD"}, "weight_g": 200}},
		"service":  "ups_ground", "tracking_number": upsNumber(n), "label": label,
	})
	if err != nil {
		return err
	}
	for ctx.Err() == nil {
		status, text, err := s.Call(ctx, http.MethodPost, "/v1/orders", body)
		switch {
		case err != nil: // killed: whether it has the order, only asking again can tell
		case status == http.StatusCreated, status == http.StatusOK:
			return nil
		case status < http.StatusInternalServerError:
			return fmt.Errorf("order %s: the station answers %d: %s", id, status, text)
		}
		process.Wait(ctx, 20*time.Millisecond)
	}
	return ctx.Err()
}

// upsNumber returns the n-th tracking number of an account, with its check
// digit: letters count as they come after the digits, every second place twice.
func upsNumber(n int) string {
	body := fmt.Sprintf("12345E03%07d", n)
	sum := 0
	for i, c := range body {
		v := int(c - '0')
		if c >= 'A' {
			v = int(c-'A'+2) % 10
		}
		if i%2 == 1 {
			v *= 2
		}
		sum += v
	}
	return fmt.Sprintf("1Z%s%d", body, (10-sum%10)%10)
}
