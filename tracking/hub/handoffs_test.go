package hub_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"waybill/shipment"
	"waybill/sync/wire"
	"waybill/tracking"
	"waybill/tracking/hub"
	"waybill/tracking/store/storetest"
)

// TestAPickUpIsGivenToTheStationThatAsks holds who may read of pick-ups and take
// one over: stations, each for itself.
func TestAPickUpIsGivenToTheStationThatAsks(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(o *hub.Options) {
		o.StationTokens = map[shipment.StationID]string{"dock-1": hashed("one"), "dock-2": hashed("two")}
		o.APITokens = []string{hashed("reader")}
	})
	d := storetest.NewDesk("dock-1", 1)
	b.send(t, []tracking.Incoming{d.Seal("", shipment.HandoffOpened{Handoff: "h7", Carrier: "ups"})}, "Authorization", "Bearer one")
	ask := func(method, path, token, body string) (int, string) {
		r, text := b.do(t, method, path, []byte(body), "Authorization", "Bearer "+token, "Content-Type", "application/json")
		return r.StatusCode, text
	}
	for _, path := range []string{"/v1/handoffs", "/v1/handoffs/h7", "/v1/stations/dock-1/handoffs"} {
		if status, _ := ask("GET", path, "reader", ""); status != http.StatusUnauthorized {
			t.Errorf("%s without a station's token: %d", path, status)
		}
		if status, text := ask("GET", path, "two", ""); status != http.StatusOK {
			t.Errorf("%s: %d %s", path, status, text)
		}
	}
	const body = `{"key":"k","station":"dock-2","from":"dock-1","by":"Sam"}`
	if status, _ := ask("POST", "/v1/handoffs/h7/take-over", "one", body); status != http.StatusForbidden {
		t.Errorf("taken over in another's name: %d", status)
	}
	status, text := ask("POST", "/v1/handoffs/h7/take-over", "two", body)
	var h wire.Handoff
	if err := json.Unmarshal([]byte(text), &h); status != http.StatusOK || err != nil || h.Station != "dock-2" || h.OpenedAt != "dock-1" {
		t.Errorf("%d %s, error %v", status, text, err)
	}
	if status, _ := ask("POST", "/v1/handoffs/h8/take-over", "two", body); status != http.StatusConflict {
		t.Errorf("the key of another: %d", status)
	}
	if status, _ := ask("GET", "/v1/handoffs/h8", "two", ""); status != http.StatusNotFound {
		t.Errorf("unknown: %d", status)
	}
}
