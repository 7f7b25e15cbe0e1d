package hub_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"waybill/shipment"
	"waybill/sync/wire"
	"waybill/tracking"
	"waybill/tracking/hub"
	"waybill/tracking/store/storetest"
)

// offer has the hub's people make a code, while the hub runs.
func (b *bench) offer(t *testing.T, station shipment.StationID, code string, replaces bool) {
	t.Helper()
	err := b.store.Offer(t.Context(), tracking.Offer{Station: station, Code: hashed(code), Life: time.Hour, Replaces: replaces})
	if err != nil {
		t.Fatal(err)
	}
}

// enrol shows a code, and returns what the hub answers.
func (b *bench) enrol(t *testing.T, station, code, token string) (reply, string) {
	t.Helper()
	body := fmt.Sprintf(`{"station":%q,"code":%q,"token_sha256":%q}`, station, code, hashed(token))
	return b.do(t, "POST", "/v1/enrol", []byte(body), "Content-Type", "application/json")
}

// as returns the header that shows a token.
func as(token string) []string { return []string{"Authorization", "Bearer " + token} }

func credentialOf(t *testing.T, resp reply, text string) wire.Credential {
	t.Helper()
	var c wire.Credential
	if err := json.Unmarshal([]byte(text), &c); err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s: %s, %v", resp.Asked, resp.Status, text, err)
	}
	return c
}

// refusal returns the code of a problem.
func refusal(t *testing.T, resp reply, text string, status int) wire.Refusal {
	t.Helper()
	wantProblem(t, resp, text, status, "")
	var p struct{ Code wire.Refusal }
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		t.Fatal(err)
	}
	return p.Code
}

// TestAStationComesAndGoes has a station enrolled, renewed, shut out and enrolled
// again, all while the hub runs, and its events wait meanwhile.
func TestAStationComesAndGoes(t *testing.T) {
	b := newBench(t, func(o *hub.Options) { o.APITokens = []string{hashed("reader")}; o.TokenLife = 90 * 24 * time.Hour })
	// Until the first station is enrolled, this machine's programs need no token.
	wantAll(t, b.send(t, oneOrder[:1]), 1, wire.Accepted)
	b.offer(t, "bench-1", "secret", false)
	post := []string{"Content-Type", wire.NDJSON}
	resp, text := b.do(t, "POST", "/v1/events", ndjson(oneOrder), post...)
	if got := refusal(t, resp, text, http.StatusUnauthorized); got != wire.RefusedNoToken {
		t.Errorf("without a token: %s", got)
	}
	for _, try := range [][2]string{{"bench-1", "wrong"}, {"bench-2", "secret"}} {
		resp, text = b.enrol(t, try[0], try[1], "one")
		if got := refusal(t, resp, text, http.StatusForbidden); got != wire.RefusedCode {
			t.Errorf("%v: %s", try, got)
		}
	}
	// The answer is lost, and the station asks again.
	resp, text = b.enrol(t, "bench-1", "secret", "one")
	first := credentialOf(t, resp, text)
	resp, text = b.enrol(t, "bench-1", "secret", "one")
	if again := credentialOf(t, resp, text); again != first || first.Station != "bench-1" || first.Expires.Sub(first.Made) != 90*24*time.Hour || first.Renew {
		t.Errorf("enrolled as %+v, and again as %+v", first, again)
	}
	resp, text = b.enrol(t, "bench-1", "secret", "thief")
	if got := refusal(t, resp, text, http.StatusForbidden); got != wire.RefusedCodeUsed {
		t.Errorf("the code a second time: %s", got)
	}
	wantAll(t, b.send(t, oneOrder[1:2], as("one")...), 1, wire.Accepted)
	foreign := storetest.NewDesk("bench-2", 1).Journey("A-2", "1Z999AA10123456785")
	wantAll(t, b.send(t, foreign, as("one")...), len(foreign), wire.Rejected)

	renew := func(token, next string) (reply, string) {
		return b.do(t, "POST", "/v1/stations/self/token", fmt.Appendf(nil, `{"token_sha256":%q}`, hashed(next)), append(as(token), "Content-Type", "application/json")...)
	}
	for range 2 {
		resp, text = renew("one", "two")
		credentialOf(t, resp, text)
	}
	for _, token := range []string{"one", "two"} {
		resp, text = b.do(t, "GET", "/v1/stations/self", nil, as(token)...)
		credentialOf(t, resp, text)
	}
	resp, text = renew("thief", "three")
	if got := refusal(t, resp, text, http.StatusUnauthorized); got != wire.RefusedUnknown {
		t.Errorf("another token for a thief: %s", got)
	}

	if err := b.store.Revoke(t.Context(), "bench-1", "stolen"); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/v1/stations/self", "/v1/stations/self/events", "/v1/handoffs"} {
		for _, token := range []string{"one", "two"} {
			resp, text = b.do(t, "GET", path, nil, as(token)...)
			if got := refusal(t, resp, text, http.StatusForbidden); got != wire.RefusedRevoked || !strings.Contains(text, "stolen") {
				t.Errorf("%s of a revoked station: %s", path, text)
			}
		}
	}
	resp, text = b.do(t, "POST", "/v1/events", ndjson(oneOrder[2:]), append(post, as("two")...)...)
	refusal(t, resp, text, http.StatusForbidden)
	b.offer(t, "bench-1", "again", false)
	resp, text = b.enrol(t, "bench-1", "again", "three")
	credentialOf(t, resp, text)
	wantAll(t, b.send(t, oneOrder[2:], as("three")...), len(oneOrder)-2, wire.Accepted)
}

// TestAWarehouseComesInAtOnce holds that right codes are not held up, however many
// stations come from one address.
func TestAWarehouseComesInAtOnce(t *testing.T) {
	b := newBench(t, nil)
	for i := range 30 {
		id := fmt.Sprint("bench-", i)
		b.offer(t, shipment.StationID(id), "code of "+id, false)
		resp, text := b.enrol(t, id, "code of "+id, "token of "+id)
		credentialOf(t, resp, text)
	}
}

func TestConfiguredStationsGoOn(t *testing.T) {
	b := newBench(t, withTokens)
	resp, text := b.do(t, "GET", "/v1/stations/self", nil, as("one")...)
	if c := credentialOf(t, resp, text); !c.Configured || c.Station != "bench-1" || c.Renew {
		t.Errorf("%+v", c)
	}
	resp, text = b.do(t, "POST", "/v1/stations/self/token", fmt.Appendf(nil, `{"token_sha256":%q}`, hashed("two")), append(as("one"), "Content-Type", "application/json")...)
	if got := refusal(t, resp, text, http.StatusConflict); got != wire.RefusedConfigured {
		t.Errorf("another token for a configured station: %s", got)
	}
	b.offer(t, "bench-1", "secret", false)
	wantAll(t, b.send(t, oneOrder[:1], as("one")...), 1, wire.Accepted) // until the code is used
	resp, text = b.enrol(t, "bench-1", "secret", "new")
	credentialOf(t, resp, text)
	resp, text = b.do(t, "POST", "/v1/events", ndjson(oneOrder), append(as("one"), "Content-Type", wire.NDJSON)...)
	if got := refusal(t, resp, text, http.StatusForbidden); got != wire.RefusedReplaced {
		t.Errorf("the configured token of an enrolled station: %s", got)
	}
	wantAll(t, b.send(t, oneOrder[1:], as("new")...), len(oneOrder)-1, wire.Accepted)
}

func TestEnrolmentIsBounded(t *testing.T) {
	b := newBench(t, nil)
	for body, status := range map[string]int{
		`{`: http.StatusBadRequest, `{}`: http.StatusUnprocessableEntity, `[1]`: http.StatusBadRequest,
		`{"station":"a","code":"b","token_sha256":"` + strings.ToUpper(hashed("x")) + `"}`: http.StatusUnprocessableEntity,
		`{"station":"` + strings.Repeat("a", 5000) + `"}`:                                  http.StatusRequestEntityTooLarge,
	} {
		resp, text := b.do(t, "POST", "/v1/enrol", []byte(body), "Content-Type", "application/json")
		refusal(t, resp, text, status)
	}
	limited := 0
	for range 20 {
		resp, text := b.enrol(t, "bench-1", "guess", "one")
		if resp.StatusCode == http.StatusTooManyRequests {
			limited++
			if got := refusal(t, resp, text, http.StatusTooManyRequests); got != wire.RefusedTooMany || resp.Header.Get("Retry-After") == "" {
				t.Errorf("%s, Retry-After %q", got, resp.Header.Get("Retry-After"))
			}
		}
	}
	if limited < 10 {
		t.Errorf("of 20 guesses in a moment %d were held up", limited)
	}
}

func TestAStationGetsItsOwnEventsBack(t *testing.T) {
	b := newBench(t, withTokens)
	wantAll(t, b.send(t, oneOrder, as("one")...), len(oneOrder), wire.Accepted)
	var got [][]byte
	for after := ""; ; {
		resp, text := b.do(t, "GET", "/v1/stations/self/events?limit=2&after="+after, nil, as("one")...)
		if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != wire.NDJSON {
			t.Fatalf("%s, %s", resp.Status, text)
		}
		if text == "" {
			break
		}
		for line := range strings.Lines(text) {
			raw := []byte(strings.TrimSuffix(line, "\n"))
			var env wire.Envelope
			if err := json.Unmarshal(raw, &env); err != nil {
				t.Fatal(err)
			}
			got, after = append(got, raw), fmt.Sprintf("%d/%d", env.Epoch, env.Sequence)
		}
	}
	if !slices.EqualFunc(got, oneOrder, func(raw []byte, in tracking.Incoming) bool { return bytes.Equal(raw, in.Raw) }) {
		t.Errorf("%d events came back otherwise than the %d that were sent", len(got), len(oneOrder))
	}
	resp, text := b.do(t, "GET", "/v1/stations/bench-1/events", nil, as("two")...)
	wantProblem(t, resp, text, http.StatusForbidden, "bench-1")
	for _, query := range []string{"after=1", "after=a/b", "after=-1/2", "limit=0", "limit=100000", "limit=x"} {
		resp, text := b.do(t, "GET", "/v1/stations/self/events?"+query, nil, as("one")...)
		wantProblem(t, resp, text, http.StatusUnprocessableEntity, "")
	}
}
