package hub_test

import (
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"waybill/sync/wire"
	"waybill/tracking"
	"waybill/tracking/hub"
	"waybill/tracking/store"
)

// stationKeyed makes a hub with a station, somebody who reads and somebody who may
// stop orders.
func stationKeyed(t *testing.T) (*bench, ed25519.PublicKey) {
	t.Helper()
	b := newBench(t, func(o *hub.Options) {
		o.APITokens = []string{hashed("reader"), hashed("shop")}
		o.OrderTokens = []string{hashed("shop")}
	})
	b.offer(t, "bench-1", "secret", false)
	resp, text := b.enrol(t, "bench-1", "secret", "one")
	c := credentialOf(t, resp, text)
	resp, text = b.do(t, "GET", "/v1/stations/self", nil, as("one")...)
	if self := credentialOf(t, resp, text); self.SigningKey != c.SigningKey {
		t.Errorf("enrolled with key %s, and now it is %s", c.SigningKey, self.SigningKey)
	}
	key, err := hex.DecodeString(c.SigningKey)
	if err != nil || len(key) != ed25519.PublicKeySize {
		t.Fatalf("signing key %q: %v", c.SigningKey, err)
	}
	return b, key
}

// keyless is a store that does not give the hub's key until it does.
type keyless struct {
	*store.Store
	gives *atomic.Bool
}

func (k keyless) SigningKey(ctx context.Context) (ed25519.PrivateKey, error) {
	if !k.gives.Load() {
		return nil, errors.New("disk gone")
	}
	return k.Store.SigningKey(ctx)
}

// TestNobodyIsEnrolledWithoutAKey has a store not give the hub's key: a station that
// enrolled so would keep the former hub's, or the first that it is told.
func TestNobodyIsEnrolledWithoutAKey(t *testing.T) {
	var gives atomic.Bool
	b := newBench(t, func(o *hub.Options) { o.Store = keyless{o.Store.(*store.Store), &gives} })
	b.offer(t, "bench-1", "secret", false)
	resp, text := b.enrol(t, "bench-1", "secret", "one")
	wantProblem(t, resp, text, http.StatusServiceUnavailable, "ask the same again")
	if resp.Header.Get("Retry-After") == "" {
		t.Error("it does not say when")
	}
	gives.Store(true)
	resp, text = b.enrol(t, "bench-1", "secret", "one")
	if c := credentialOf(t, resp, text); c.SigningKey == "" {
		t.Errorf("enrolled as %+v", c)
	}
}

func signedOf(t *testing.T, resp reply, text string) wire.Signed {
	t.Helper()
	var s wire.Signed
	if err := json.Unmarshal([]byte(text), &s); err != nil || resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "application/json" {
		t.Fatalf("%s: %s: %s, %v", resp.Asked, resp.Status, text, err)
	}
	return s
}

func TestABundleComesDown(t *testing.T) {
	b, key := stationKeyed(t)
	const path = "/v1/stations/self/bundle"
	resp, text := b.do(t, "GET", path, nil, as("one")...)
	wantProblem(t, resp, text, http.StatusNotFound, "there is none")
	for _, token := range []string{"shop", "reader", "nobody"} {
		if resp, text := b.do(t, "GET", path, nil, as(token)...); resp.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s gets %s: %s", token, resp.Status, text)
		}
	}
	put := func(content string) {
		t.Helper()
		if _, err := b.store.PutBundle(t.Context(), tracking.BundleDraft{Files: []wire.BundleFile{{Name: "rules.yaml", Content: []byte(content)}}}); err != nil {
			t.Fatal(err)
		}
	}
	put("one")
	resp, text = b.do(t, "GET", path, nil, as("one")...)
	var got wire.Bundle
	if err := signedOf(t, resp, text).Open(key, wire.ForBundle, &got); err != nil || got.Version != 1 || string(got.Files[0].Content) != "one" || resp.Header.Get("ETag") != `W/"1"` {
		t.Errorf("%+v, ETag %s, %v", got, resp.Header.Get("ETag"), err)
	}
	known := append(as("one"), "If-None-Match", `"1"`) // as stations ask
	for _, tag := range []string{`"1"`, resp.Header.Get("ETag"), `"0", W/"1"`} {
		resp, text := b.do(t, "GET", path, nil, append(as("one"), "If-None-Match", tag)...)
		if resp.StatusCode != http.StatusNotModified || text != "" || resp.Header.Get("Vary") == "" {
			t.Errorf("the same again as %s: %s, %s, %v", tag, resp.Status, text, resp.Header)
		}
	}
	resp, text = b.do(t, "GET", "/v1/stations/self/instructions", nil, as("one")...)
	var page wire.Instructions
	if err := signedOf(t, resp, text).Open(key, wire.ForInstructions, &page); err != nil || page.Bundle != 1 || page.BundleSHA256 != wire.DigestFiles(got.Files) {
		t.Errorf("%+v, %v", page, err)
	}
	put("two")
	resp, text = b.do(t, "GET", path, nil, known...)
	if err := signedOf(t, resp, text).Open(key, wire.ForBundle, &got); err != nil || got.Version != 2 {
		t.Errorf("another: %+v, %v", got, err)
	}
}

func TestOrdersAreStopped(t *testing.T) {
	b, key := stationKeyed(t)
	say := func(token, order, action, body string) (reply, string) {
		t.Helper()
		return b.do(t, "POST", "/v1/orders/"+order+"/"+action, []byte(body), append(as(token), "Content-Type", "application/json")...)
	}
	for _, tt := range []struct {
		token, order, action, body string
		status                     int
		says                       string // in the answer
	}{
		{"nobody", "A", "hold", `{"reason":"unpaid"}`, http.StatusUnauthorized, "API token"},
		{"one", "A", "hold", `{"reason":"unpaid"}`, http.StatusUnauthorized, "API token"},
		{"reader", "A", "hold", `{"reason":"unpaid"}`, http.StatusForbidden, "orders:instruct"},
		{"shop", "A", "hold", `{"reason":" "}`, http.StatusUnprocessableEntity, "reason"},
		{"shop", "A", "hold", `{"reason":"a\nb"}`, http.StatusUnprocessableEntity, "one line"},
		{"shop", "A", "release", `{"reason":""}`, http.StatusConflict, "not held"},
		{"shop", "A", "hold", `{"reason":"unpaid","by":"Kim"}`, http.StatusOK, `"sequence":1`},
		{"shop", "A", "hold", `{"reason":"unpaid","by":"Kim"}`, http.StatusOK, `"sequence":1`},
		{"shop", "B", "cancel", `{"reason":"buyer"}`, http.StatusOK, `"sequence":2`},
		{"shop", "B", "release", `{"reason":"oops"}`, http.StatusConflict, "cancelled"},
		{"shop", "A", "release", `{"reason":"paid"}`, http.StatusOK, `"sequence":3`},
		{"shop", "A", "split", `{"reason":"x"}`, http.StatusNotFound, ""},
	} {
		if resp, text := say(tt.token, tt.order, tt.action, tt.body); resp.StatusCode != tt.status || !strings.Contains(text, tt.says) {
			t.Errorf("%s: %s %s %s: %s: %s; want %d saying %q", tt.token, tt.action, tt.order, tt.body, resp.Status, text, tt.status, tt.says)
		}
	}
	page := func(from string) wire.Instructions {
		t.Helper()
		resp, text := b.do(t, "GET", "/v1/stations/self/instructions?from="+from, nil, as("one")...)
		var p wire.Instructions
		if err := signedOf(t, resp, text).Open(key, wire.ForInstructions, &p); err != nil {
			t.Fatal(err)
		}
		return p
	}
	for _, tt := range []struct {
		from  int64
		count int
	}{{0, 3}, {1, 3}, {3, 1}, {4, 0}} {
		p := page(fmt.Sprint(tt.from))
		if err := p.Check("bench-1", tt.from); err != nil || len(p.List) != tt.count || p.More || p.Bundle != 0 {
			t.Errorf("from %d: %+v, %v", tt.from, p, err)
		}
	}
	for _, from := range []string{"-1", "x", "99999999999999999999"} {
		resp, text := b.do(t, "GET", "/v1/stations/self/instructions?from="+from, nil, as("one")...)
		wantProblem(t, resp, text, http.StatusBadRequest, "from=")
	}
	for i := range wire.MaxInstructions {
		if _, err := b.store.Instruct(t.Context(), tracking.OrderWord{Order: "C", Action: wire.ActionHold, Reason: fmt.Sprint(i)}); err != nil {
			t.Fatal(err)
		}
	}
	if p := page("1"); !p.More || len(p.List) != wire.MaxInstructions || p.Check("bench-1", 1) != nil {
		t.Errorf("a page of many has %d, more %v", len(p.List), p.More)
	}
}
