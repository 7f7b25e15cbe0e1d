package hub_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"waybill/shipment"
	"waybill/sync/wire"
	"waybill/tracking/hub"
	"waybill/tracking/store/storetest"
)

// TestAStationIsToldUntilItHasHeard holds what a station is answered that says what it
// has heard of, and one that does not know how to; and that it says so for itself alone.
func TestAStationIsToldUntilItHasHeard(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(o *hub.Options) {
		o.StationTokens = map[shipment.StationID]string{"dock-1": hashed("one"), "dock-2": hashed("two")}
	})
	d := storetest.NewDesk("dock-1", 1)
	b.send(t, append(d.Journey("A1", "1ZA1")[:4:4], d.Seal("", shipment.HandoffOpened{Handoff: "h7", Carrier: "ups"})), "Authorization", "Bearer one")
	ask := func(method, path, token, body string, want int) (told struct {
		Parcels  []wire.Parcel  `json:"parcels"`
		Handoffs []wire.Handoff `json:"handoffs"`
	},
	) {
		t.Helper()
		r, text := b.do(t, method, path, []byte(body), "Authorization", "Bearer "+token, "Content-Type", "application/json")
		if r.StatusCode != want {
			t.Errorf("%s %s: %d %s, want %d", method, path, r.StatusCode, text, want)
		} else if err := json.Unmarshal([]byte(text), &told); err != nil {
			t.Errorf("%s %s: %v", method, path, err)
		}
		return told
	}
	const body = `{"key":"k","station":"dock-2","from":"dock-1","by":"Sam"}`
	ask("POST", "/v1/parcels/1ZA1/take-over", "two", body, http.StatusOK)
	ask("POST", "/v1/handoffs/h7/take-over", "two", body, http.StatusOK)
	for what, id := range map[string]string{"parcels": "1ZA1", "handoffs": "h7"} {
		path := "/v1/stations/dock-1/" + what
		count := func(query string) int {
			t.Helper()
			told := ask("GET", path+query, "one", "", http.StatusOK)
			return len(told.Parcels) + len(told.Handoffs)
		}
		for _, query := range []string{"?moved=true&epoch=1", "?moved=true&epoch=1&after=0", "?moved=true"} {
			if n := count(query); n != 1 {
				t.Errorf("%s%s tells %d", path, query, n)
			}
		}
		if n := count("?moved=true&epoch=1&after=" + id); n != 0 {
			t.Errorf("%s tells %d after %s", path, n, id)
		}
		heard := `{"epoch":1,"news":[{"id":"` + id + `","change":1}]}`
		ask("POST", path+"/heard", "two", heard, http.StatusForbidden)
		ask("POST", path+"/heard", "one", `{"news":[]}`, http.StatusUnprocessableEntity)
		ask("POST", path+"/heard", "one", `{"epoch":1,"news":[`+strings.Repeat(`{},`, wire.MaxNews)+`{}]}`, http.StatusUnprocessableEntity)
		ask("POST", path+"/heard", "one", strings.Repeat(" ", 64<<10)+heard, http.StatusRequestEntityTooLarge)
		if n := count("?moved=true&epoch=1"); n != 1 {
			t.Errorf("%s tells %d before it was heard", path, n)
		}
		for range 2 {
			ask("POST", path+"/heard", "one", heard, http.StatusOK)
		}
		for query, want := range map[string]int{"?moved=true&epoch=1": 0, "?moved=true&epoch=2": 1, "?moved=true": 1} {
			if n := count(query); n != want {
				t.Errorf("heard of, %s%s tells %d, want %d", path, query, n, want)
			}
		}
	}
}
