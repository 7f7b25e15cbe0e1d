package hub_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"waybill/shipment"
	"waybill/sync/wire"
	"waybill/tracking/hub"
	"waybill/tracking/store/storetest"
)

// TestAParcelIsGivenToTheStationThatAsks holds who may read of parcels and take one
// over: stations, each for itself.
func TestAParcelIsGivenToTheStationThatAsks(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(o *hub.Options) {
		o.StationTokens = map[shipment.StationID]string{"dock-1": hashed("one"), "dock-2": hashed("two")}
		o.APITokens = []string{hashed("reader")}
	})
	d := storetest.NewDesk("dock-1", 1)
	b.send(t, d.Journey("A1", "1ZA1")[:4], "Authorization", "Bearer one")
	ask := func(method, path, token, body string) (int, string) {
		t.Helper()
		r, text := b.do(t, method, path, []byte(body), "Authorization", "Bearer "+token, "Content-Type", "application/json")
		return r.StatusCode, text
	}
	parcel := func(status int, text string) wire.Parcel {
		t.Helper()
		var p wire.Parcel
		if err := json.Unmarshal([]byte(text), &p); status != http.StatusOK || err != nil {
			t.Fatalf("%d %s, error %v", status, text, err)
		}
		return p
	}
	for _, path := range []string{"/v1/parcels/1ZA1", "/v1/stations/dock-1/parcels"} {
		if status, _ := ask("GET", path, "reader", ""); status != http.StatusUnauthorized {
			t.Errorf("%s without a station's token: %d", path, status)
		}
	}
	if p := parcel(ask("GET", "/v1/parcels/1ZA1", "two", "")); p.Holder != "dock-1" || p.Code != "" || p.Heard.IsZero() {
		t.Errorf("%+v", p)
	}
	if p := parcel(ask("GET", "/v1/parcels/1ZA9", "two", "")); p.Code != wire.CodeUnknown || p.Stop == "" {
		t.Errorf("%+v", p)
	}
	const body = `{"key":"k","station":"dock-2","from":"dock-1","by":"Sam"}`
	if status, _ := ask("POST", "/v1/parcels/1ZA1/take-over", "one", body); status != http.StatusForbidden {
		t.Errorf("taken over in another's name: %d", status)
	}
	if status, _ := ask("POST", "/v1/parcels/1ZA1/take-over", "two", `{"station":"dock-2","from":"dock-1"}`); status != http.StatusUnprocessableEntity && status != http.StatusBadRequest {
		t.Errorf("without a key: %d", status)
	}
	for range 2 {
		if p := parcel(ask("POST", "/v1/parcels/1ZA1/take-over", "two", body)); p.Holder != "dock-2" || p.Code != "" {
			t.Errorf("%+v", p)
		}
	}
	var list wire.Parcels
	status, text := ask("GET", "/v1/stations/dock-1/parcels", "one", "")
	if err := json.Unmarshal([]byte(text), &list); status != http.StatusOK || err != nil || len(list.Parcels) != 1 || list.Parcels[0].Holder != "dock-2" {
		t.Errorf("%d %s, error %v", status, text, err)
	}
}
