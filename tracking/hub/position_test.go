package hub_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"waybill/sync/wire"
	"waybill/tracking/store/storetest"
)

func TestAStationAsksHowFarTheHubHasCome(t *testing.T) {
	begin := time.Now()
	b := newBench(t, withTokens)
	es := storetest.NewDesk("bench-1", 3).Journey("o1", "1Z999AA10123456784")
	// The second and the last but one are not there yet.
	sent := slices.Delete(slices.Clone(es), len(es)-2, len(es)-1)
	sent = slices.Delete(sent, 1, 2)
	r, text := b.do(t, http.MethodPost, "/v1/events", ndjson(sent), "Content-Type", wire.NDJSON, "Authorization", "Bearer one")
	var answer wire.Answer
	if err := json.Unmarshal([]byte(text), &answer); err != nil || r.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s (%v)", r.Status, text, err)
	}
	if at := time.Time(answer.Now); answer.Store == "" || at.Before(begin.Truncate(time.Millisecond)) || at.After(time.Now()) {
		t.Errorf("store %q, now %v", answer.Store, at)
	}
	last := int64(len(es))
	want := wire.StationPosition{
		Station: "bench-1", Store: answer.Store,
		Epochs: []wire.EpochPosition{{Epoch: 3, Watermark: 1, Highest: last, Missing: []wire.Range{{Epoch: 3, From: 2, To: 2}, {Epoch: 3, From: last - 1, To: last - 1}}}},
	}
	for _, path := range []string{"/v1/stations/self/position", "/v1/stations/bench-1/position"} {
		r, text := b.do(t, http.MethodGet, path, nil, "Authorization", "Bearer one")
		var got wire.StationPosition
		if err := json.Unmarshal([]byte(text), &got); err != nil || r.StatusCode != http.StatusOK {
			t.Fatalf("%s: %s (%v)", r.Status, text, err)
		}
		if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(wire.StationPosition{}, "Now")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", path, diff)
		}
		if time.Time(got.Now).Before(time.Time(answer.Now)) {
			t.Errorf("%s: now %v", path, got.Now)
		}
	}
	if r, text := b.do(t, http.MethodGet, "/v1/stations/self/position", nil, "Authorization", "Bearer two"); r.StatusCode != http.StatusOK {
		t.Errorf("a station that never sent anything: %s %s", r.Status, text)
	}
	for path, token := range map[string]string{"/v1/stations/bench-1/position": "two", "/v1/stations/self/position": "reader"} {
		if r, text := b.do(t, http.MethodGet, path, nil, "Authorization", "Bearer "+token); r.StatusCode != http.StatusForbidden && r.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s with token %s: %s %s", path, token, r.Status, text)
		}
	}
}
