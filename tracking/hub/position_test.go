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
	"waybill/tracking/hub"
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

// TestTheHubAsksAgain holds what an answer asks for: what the station takes the
// hub to have and it has not, and of a station that says nothing of that, what
// has been missing for a while.
func TestTheHubAsksAgain(t *testing.T) {
	now := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	b := newBench(t, func(o *hub.Options) {
		withTokens(o)
		o.Now = func() time.Time { return now }
	})
	es := storetest.Some(storetest.NewDesk("bench-1", 2), 12)
	ask := func(i int, notice string) []wire.Range {
		t.Helper()
		r, text := b.do(t, http.MethodPost, "/v1/events", es[i].Raw, "Content-Type", wire.Single, "Authorization", "Bearer one", wire.NoticeHeader, notice)
		var answer wire.Answer
		if err := json.Unmarshal([]byte(text), &answer); err != nil || r.StatusCode != http.StatusOK {
			t.Fatalf("%s: %s (%v)", r.Status, text, err)
		}
		return answer.Missing
	}
	ask(0, "")
	ask(9, "")
	now = time.Now().Add(time.Second) // the store has a clock of its own
	for _, tt := range []struct {
		notice string
		later  time.Duration
		want   []wire.Range
	}{
		{`cursor="2/1", lane=live`, 0, nil}, // they are on their way
		{`cursor="1/99"`, 0, nil},
		{`cursor="2/4"`, 0, []wire.Range{{Epoch: 2, From: 2, To: 4}}},
		{`cursor="2/12"`, 0, []wire.Range{{Epoch: 2, From: 2, To: 9}}},
		{`cursor="3/0"`, 0, []wire.Range{{Epoch: 2, From: 2, To: 9}}},
		{"", 0, nil},
		{"nonsense=1", 0, nil},
		{"", time.Hour, []wire.Range{{Epoch: 2, From: 2, To: 9}}},
	} {
		now = now.Add(tt.later)
		if diff := cmp.Diff(tt.want, ask(0, tt.notice)); diff != "" {
			t.Errorf("%q after %v (-want +got):\n%s", tt.notice, tt.later, diff)
		}
	}
}
