package hub_test

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"waybill/shipment"
	"waybill/sync/wire"
	"waybill/tracking"
	"waybill/tracking/store/storetest"
)

func TestShipments(t *testing.T) {
	b := newBench(t, nil)
	b.send(t, oneOrder)
	for _, ref := range []string{"576461413038785752", "1Z999AA10123456784", "1z999aa10123456784", "1Z%20999AA10123456784"} {
		resp, text := b.do(t, "GET", "/v1/shipments/"+ref, nil)
		if resp.StatusCode != http.StatusOK {
			t.Fatalf("%s: %s %s", ref, resp.Status, text)
		}
		var s struct {
			OrderID     string `json:"order_id"`
			Milestone   string `json:"milestone"`
			Destination struct {
				City string `json:"city"`
			} `json:"destination"`
			TrackingURL string `json:"tracking_url"`
			UpdatedAt   string `json:"updated_at"`
			Parcels     []struct {
				TrackingNumber string `json:"tracking_number"`
				CarrierURL     string `json:"carrier_url"`
			} `json:"parcels"`
			Timeline []struct {
				Time      string `json:"time"`
				TZOffset  string `json:"tzoffset"`
				Milestone string `json:"milestone"`
				Text      string `json:"text"`
			} `json:"timeline"`
		}
		if err := json.Unmarshal([]byte(text), &s); err != nil {
			t.Fatal(err)
		}
		if s.OrderID != "576461413038785752" || s.Milestone != "handed_over" || s.Destination.City != "Albany" || len(s.Parcels) != 1 || len(s.Timeline) != 6 {
			t.Errorf("%s: %s", ref, text)
		}
		if !strings.HasPrefix(s.TrackingURL, b.URL+"/track/") || !strings.Contains(s.Parcels[0].CarrierURL, "1Z999AA10123456784") {
			t.Errorf("links %q, %q", s.TrackingURL, s.Parcels[0].CarrierURL)
		}
		if s.Timeline[0].Time != "2026-11-20T09:01:00.000Z" || s.Timeline[0].TZOffset != "-08:00" {
			t.Errorf("first entry %+v", s.Timeline[0])
		}
		if strings.Contains(text, "Mary") || strings.Contains(text, "Hidden") || strings.Contains(text, `"facts"`) {
			t.Errorf("the answer says too much: %s", text)
		}
	}
	resp, text := b.do(t, "GET", "/v1/shipments/unknown", nil)
	wantProblem(t, resp, text, http.StatusNotFound, "none")
	for path, n := range map[string]int{
		"/v1/shipments": 1, "/v1/shipments?limit=1&milestone=handed_over": 1, "/v1/shipments?milestone=packed": 0, "/v1/shipments?held=true": 0,
	} {
		_, text := b.do(t, "GET", path, nil)
		var list struct{ Shipments []json.RawMessage }
		if err := json.Unmarshal([]byte(text), &list); err != nil || len(list.Shipments) != n || list.Shipments == nil {
			t.Errorf("%s: %s (%v)", path, text, err)
		}
	}
	for _, path := range []string{"/v1/shipments?limit=0", "/v1/shipments?limit=x", "/v1/shipments?limit=501"} {
		if resp, text := b.do(t, "GET", path, nil); resp.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("%s: %s %s", path, resp.Status, text)
		}
	}
}

func TestLeasesOverHTTP(t *testing.T) {
	b := newBench(t, nil)
	if err := b.store.SetRanges(t.Context(), []tracking.Range{{ID: "r", Carrier: "ups", Scheme: "ups_1z", Prefix: "999AA103", From: 1, To: 50, Block: 40}}); err != nil {
		t.Fatal(err)
	}
	ask := func(body string) (reply, string) {
		return b.do(t, "POST", "/v1/leases", []byte(body), "Content-Type", "application/json")
	}
	var first wire.Lease
	for range 2 {
		resp, text := ask(`{"key":"a","station":"bench-1","carrier":"ups","count":40,"future":true}`)
		var l wire.Lease
		if err := json.Unmarshal([]byte(text), &l); err != nil || resp.StatusCode != http.StatusOK || l.Next != 1 || l.End != 41 {
			t.Fatalf("%s %s (%v)", resp.Status, text, err)
		}
		if first.ID != "" && l != first {
			t.Errorf("the same key got %+v and %+v", first, l)
		}
		first = l
	}
	for _, tt := range []struct {
		body   string
		status int
		says   string
	}{
		{`{"key":"a","station":"bench-1","carrier":"usps"}`, 409, "new key"},
		{`{"key":"b","station":"bench-1","carrier":"usps"}`, 404, "Add a range"},
		{`{"station":"bench-1","carrier":"ups"}`, 422, "key"},
		{`{"key":"c","station":"bench-1","carrier":"ups","count":-1}`, 422, "count"},
		{`{`, 422, ""},
	} {
		resp, text := ask(tt.body)
		wantProblem(t, resp, text, tt.status, tt.says)
	}
	resp, text := b.do(t, "GET", "/v1/ranges", nil)
	var list struct {
		Ranges []struct {
			ID, State string
			Left      int64
			PerDay    float64 `json:"per_day"`
		}
	}
	if err := json.Unmarshal([]byte(text), &list); err != nil || resp.StatusCode != http.StatusOK || len(list.Ranges) != 1 ||
		list.Ranges[0].Left != 10 || list.Ranges[0].PerDay != 40 || list.Ranges[0].State != "low" {
		t.Errorf("ranges: %s %s (%v)", resp.Status, text, err)
	}
}

func TestOtherRoutes(t *testing.T) {
	b := newBench(t, nil)
	b.send(t, oneOrder[:2])
	b.send(t, oneOrder[3:])
	resp, text := b.do(t, "POST", "/v1/carrier-updates/ups", []byte("{}"), "Content-Type", "application/json")
	wantProblem(t, resp, text, http.StatusNotImplemented, "not built yet")
	resp, text = b.do(t, "GET", "/v1/events", nil)
	wantProblem(t, resp, text, http.StatusMethodNotAllowed, "POST")
	for _, path := range []string{"/nothing", "/v1/nothing", "/assets/../hub.css", "/assets/none.css"} {
		if resp, text := b.do(t, "GET", path, nil); resp.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %s %s", path, resp.Status, text)
		}
	}
	for path, says := range map[string]string{
		"/healthz":     "ok",
		"/readyz":      "ready",
		"/v1/stations": `"gaps":[{"from":3,"to":3,"since":`,
		"/":            "1, first 1/3–3",
		"/metrics":     "waybill_hub_events_total{status=\"accepted\"} 5\n",
	} {
		if resp, text := b.do(t, "GET", path, nil); resp.StatusCode != http.StatusOK || !strings.Contains(text, says) {
			t.Errorf("%s: %s, want it to say %q:\n%s", path, resp.Status, says, text)
		}
	}
	_, text = b.do(t, "GET", "/openapi.json", nil)
	var doc struct {
		OpenAPI string                    `json:"openapi"`
		Paths   map[string]map[string]any `json:"paths"`
	}
	if err := json.Unmarshal([]byte(text), &doc); err != nil || !strings.HasPrefix(doc.OpenAPI, "3.1") {
		t.Fatalf("OpenAPI %q, %v", doc.OpenAPI, err)
	}
	for _, path := range []string{"/v1/events", "/v1/leases", "/v1/shipments", "/v1/shipments/{ref}", "/v1/stations"} {
		if doc.Paths[path] == nil {
			t.Errorf("OpenAPI has no %s", path)
		}
	}
}

// metricLine is a line of Prometheus' text format.
var metricLine = regexp.MustCompile(`^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{[a-z]+="[^"]*"\})? [0-9.e+-]+)$`)

func TestMetricsFormat(t *testing.T) {
	b := newBench(t, nil)
	b.send(t, oneOrder)
	_, text := b.do(t, "GET", "/metrics", nil)
	for line := range strings.Lines(text) {
		if !metricLine.MatchString(strings.TrimSuffix(line, "\n")) {
			t.Errorf("line %q", line)
		}
	}
	if !strings.Contains(text, `waybill_hub_batch_events_bucket{le="10"} 1`) || !strings.Contains(text, `waybill_hub_batch_events_bucket{le="1"} 0`) {
		t.Errorf("histogram:\n%s", text)
	}
}

func trackPath(t testing.TB, b *bench, ref string) string {
	t.Helper()
	rec, err := b.store.Shipment(t.Context(), ref)
	if err != nil {
		t.Fatal(err)
	}
	return "/track/" + rec.Token
}

func TestTrackPage(t *testing.T) {
	b := newBench(t, nil)
	b.send(t, oneOrder)
	resp, page := b.do(t, "GET", trackPath(t, b, "1Z999AA10123456784"), nil)
	if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "text/html; charset=utf-8" {
		t.Fatalf("%s %s", resp.Status, resp.Header.Get("Content-Type"))
	}
	for _, says := range []string{
		"Your parcel is with the carrier.", "Expected Tue 24 – Thu 26 November", "Going to Albany, NY, US",
		`aria-current="step"`, `aria-live="polite"`, "Friday, 20 November 2026", "01:06", // 09:06 UTC in the shop's zone
		"1Z 999 AA1 01 2345 6784", "tracknum=1Z999AA10123456784", "Handed to the carrier", "Last updated", "noindex", "<noscript>",
	} {
		if !strings.Contains(page, says) {
			t.Errorf("the page does not say %q", says)
		}
	}
	for _, secret := range []string{"Mary", "Hidden", "12207", "90058", "Vernon", "bench-1", "zebra-1"} {
		if strings.Contains(page, secret) {
			t.Errorf("the page says %q", secret)
		}
	}
	if strings.Contains(page, "style=") || strings.Contains(page, "<script>") || strings.Contains(page, "onclick") {
		t.Error("the page has inline style or script, which its policy forbids")
	}
	total := len(page)
	for _, m := range regexp.MustCompile(`(?:href|src)="(/assets/[^"]+)"`).FindAllStringSubmatch(page, -1) {
		resp, asset := b.do(t, "GET", m[1], nil)
		if resp.StatusCode != http.StatusOK || !strings.Contains(resp.Header.Get("Cache-Control"), "immutable") {
			t.Errorf("%s: %s", m[1], resp.Status)
		}
		total += len(asset)
	}
	t.Logf("the page weighs %d bytes with all it loads", total)
	if total > 60<<10 {
		t.Errorf("the page weighs %d bytes with all it loads, more than 60 KiB", total)
	}
}

func TestHostileText(t *testing.T) {
	b := newBench(t, nil)
	d := storetest.NewDesk("bench-1", 1)
	nasty := `<script>alert(1)</script>"'&javascript:`
	order := shipment.Order{ID: "o1", ShipTo: shipment.Address{City: nasty}, ShipFrom: shipment.Address{City: nasty}}
	b.send(t, []tracking.Incoming{
		d.Seal("o1", shipment.OrderAccepted{Order: order}),
		d.Seal("o1", shipment.TrackingAssigned{Parcel: "o1-1", Carrier: shipment.CarrierID(nasty), TrackingNumber: shipment.TrackingNumber(nasty)}),
		d.Seal("o1", shipment.OrderHeld{Reason: "x", Message: nasty}),
	})
	for _, path := range []string{trackPath(t, b, "o1"), "/"} {
		if _, page := b.do(t, "GET", path, nil); strings.Contains(page, "<script>") || strings.Contains(page, `href="javascript`) {
			t.Errorf("%s lets markup through", path)
		}
	}
}

func TestUnknownLinks(t *testing.T) {
	b := newBench(t, nil)
	b.send(t, oneOrder)
	var first string
	for _, token := range []string{"aaaaaaaaaaaaaaaaaaaaaaaaaa", "576461413038785752", "1Z999AA10123456784", "x", "%00"} {
		resp, page := b.do(t, "GET", "/track/"+token, nil)
		if resp.StatusCode != http.StatusNotFound || !strings.Contains(page, "nothing here") {
			t.Errorf("/track/%s: %s", token, resp.Status)
		}
		if first == "" {
			first = page
		} else if page != first {
			t.Error("unknown links can be told apart")
		}
		if resp, _ := b.do(t, "GET", "/track/"+token+"/events", nil); resp.StatusCode != http.StatusNotFound {
			t.Errorf("/track/%s/events: %s", token, resp.Status)
		}
	}
}
