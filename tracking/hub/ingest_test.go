package hub_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/klauspost/compress/zstd"

	"waybill/shipment"
	"waybill/sync/wire"
	"waybill/tracking"
	"waybill/tracking/hub"
	"waybill/tracking/store"
	"waybill/tracking/store/storetest"
)

func gzipped(b []byte) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	z.Write(b)
	z.Close()
	return out.Bytes()
}

func zstded(t testing.TB, b []byte) []byte {
	z, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	return z.EncodeAll(b, nil)
}

func TestForms(t *testing.T) {
	array := func(in []tracking.Incoming) []byte {
		parts := make([][]byte, len(in))
		for i, ev := range in {
			parts[i] = ev.Raw
		}
		return slices.Concat([]byte("[ "), bytes.Join(parts, []byte(" ,\n")), []byte("]"))
	}
	lines := ndjson(oneOrder)
	for _, tt := range []struct {
		name, media, encoding string
		body                  []byte
		n                     int
	}{
		{"lines", wire.NDJSON, "", lines, 6},
		{"lines with a charset", wire.NDJSON + "; charset=utf-8", "", lines, 6},
		{"lines of Windows, empty ones, no last end", wire.NDJSON, "", bytes.TrimSpace(bytes.ReplaceAll(lines, []byte("\n"), []byte("\r\n\r\n"))), 6},
		{"gzip", wire.NDJSON, "gzip", gzipped(lines), 6},
		{"zstd", wire.NDJSON, "zstd", zstded(t, lines), 6},
		{"array", wire.Batch, "", array(oneOrder), 6},
		{"array, gzip", wire.Batch, "gzip", gzipped(array(oneOrder)), 6},
		{"single", wire.Single, "", oneOrder[0].Raw, 1},
		{"empty array", wire.Batch, "", []byte("[]"), 0},
		{"nothing", wire.NDJSON, "", nil, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(t, nil)
			for _, want := range []wire.Status{wire.Accepted, wire.Duplicate} {
				resp, text := b.do(t, "POST", "/v1/events", tt.body, "Content-Type", tt.media, "Content-Encoding", tt.encoding)
				if resp.StatusCode != http.StatusOK {
					t.Fatalf("%s: %s", resp.Status, text)
				}
				wantAll(t, answer(t, text), tt.n, want)
			}
			if tt.n == 0 {
				return
			}
			// The bytes that arrived are those that were sealed, so the chain holds
			// whatever form they came in.
			wantAll(t, b.send(t, oneOrder[:tt.n]), tt.n, wire.Duplicate)
		})
	}
}

func TestRefusedBodies(t *testing.T) {
	b := newBench(t, func(o *hub.Options) {
		o.Limits = hub.Limits{Compressed: 20_000, Body: 50_000, Event: 4_000, Events: 30}
	})
	bomb := bytes.Repeat([]byte(" "), 10<<20)
	lines := ndjson(oneOrder)
	for _, tt := range []struct {
		name, media, encoding string
		body                  []byte
		status                int
		says                  string
	}{
		{"no type", "", "", lines, 415, "content type"},
		{"plain text", "text/plain", "", lines, 415, "content type"},
		{"a form", "application/x-www-form-urlencoded", "", []byte("a=b"), 415, "content type"},
		{"unknown encoding", wire.NDJSON, "br", lines, 415, "encoding"},
		{"not gzip", wire.NDJSON, "gzip", lines, 400, "gzip"},
		{"cut gzip", wire.NDJSON, "gzip", gzipped(lines)[:200], 400, "breaks off"},
		{"not zstd", wire.NDJSON, "zstd", lines, 400, "damaged"},
		{"too large", wire.NDJSON, "", bomb, 413, "fewer"},
		{"gzip bomb", wire.NDJSON, "gzip", gzipped(bomb), 413, "fewer"},
		{"zstd bomb", wire.NDJSON, "zstd", zstded(t, bomb), 413, "fewer"},
		{"too many", wire.NDJSON, "", bytes.Repeat([]byte("{}\n"), 31), 413, "at most 30"},
		{"not an array", wire.Batch, "", []byte(`{"id":"x"}`), 400, "array"},
		{"cut array", wire.Batch, "", []byte(`[{"id":"x"}`), 400, "array"},
	} {
		resp, text := b.do(t, "POST", "/v1/events", tt.body, "Content-Type", tt.media, "Content-Encoding", tt.encoding)
		t.Run(tt.name, func(t *testing.T) { wantProblem(t, resp, text, tt.status, tt.says) })
	}
	if ss, err := b.store.Stations(t.Context()); err != nil || len(ss) != 0 {
		t.Errorf("refused bodies left %v (%v)", ss, err)
	}
}

// A bad event never keeps the others out, and each answer stands in its place.
func TestBadAmongGood(t *testing.T) {
	b := newBench(t, func(o *hub.Options) { o.Limits.Event = 4000 })
	bad := func(change func(*wire.Envelope)) []byte {
		e := oneOrder[0].Env
		change(&e)
		raw, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	for i, tt := range []struct {
		raw  []byte
		says string
	}{
		{[]byte(`not JSON`), "not a CloudEvent"},
		{[]byte(`{"id":"x","epoch":"one"}`), "not a CloudEvent"},
		{[]byte(`[]`), "not a CloudEvent"},
		{[]byte(`null`), "not a CloudEvent"},
		{bad(func(e *wire.Envelope) { e.ID = "" }), "id is missing"},
		{bad(func(e *wire.Envelope) { e.Source = "/elsewhere" }), "source"},
		{bad(func(e *wire.Envelope) { e.Sequence = 0 }), "sequence"},
		{[]byte("{\"id\":\"\xff\"}"), "UTF-8"},
		{bad(func(e *wire.Envelope) { e.Subject = strings.Repeat("x", 5000) }), "larger"},
	} {
		body := slices.Concat(oneOrder[0].Raw, []byte("\n"), tt.raw, []byte("\n"), oneOrder[1].Raw)
		resp, text := b.do(t, "POST", "/v1/events", body, "Content-Type", wire.NDJSON)
		if resp.StatusCode != http.StatusOK {
			t.Fatalf("%s: %s", tt.says, text)
		}
		rs := answer(t, text)
		want := wire.Accepted
		if i > 0 {
			want = wire.Duplicate
		}
		code := wire.CodeMalformed
		if tt.says == "larger" {
			code = wire.CodeTooLarge
		}
		if len(rs) == 3 && (rs[1].Code != code || rs[0].Code != "") {
			t.Errorf("%.40q: codes %q and %q, want none and %q", tt.raw, rs[0].Code, rs[1].Code, code)
		}
		if len(rs) != 3 || rs[0].Status != want || rs[2].Status != want || rs[1].Status != wire.Rejected || !strings.Contains(rs[1].Reason, tt.says) {
			t.Errorf("%.40q: %+v, want the second rejected because of %q", tt.raw, rs, tt.says)
		}
	}
}

func TestForkOverHTTP(t *testing.T) {
	b := newBench(t, nil)
	wantAll(t, b.send(t, oneOrder), 6, wire.Accepted)
	fork := slices.Clone(oneOrder[5:])
	fork[0].Raw = bytes.Replace(fork[0].Raw, []byte(`"h1"`), []byte(`"h2"`), 1)
	rs := b.send(t, fork)
	if rs[0].Status != wire.Rejected || !strings.Contains(rs[0].Reason, "forked history") {
		t.Errorf("fork: %+v", rs)
	}
	_, page := b.do(t, "GET", "/", nil)
	if !strings.Contains(page, "events set aside") {
		t.Error("the dashboard does not say that an event was set aside")
	}
}

// Many stations at once, each batch sent twice and overlapping: everything is
// there once.
func TestConcurrentRequests(t *testing.T) {
	b := newBench(t, func(o *hub.Options) { o.Limits.AtOnce = 64 })
	const stations = 6
	var wg sync.WaitGroup
	for st := range stations {
		es := storetest.Some(storetest.NewDesk(shipment.StationID(fmt.Sprintf("bench-%d", st)), 1), 60)
		for range 2 {
			wg.Go(func() {
				for at := 0; at < len(es); at += 10 {
					for _, r := range b.send(t, es[max(0, at-5):at+10]) {
						if r.Status == wire.Rejected {
							t.Errorf("%s rejected: %s", r.ID, r.Reason)
						}
					}
				}
			})
		}
	}
	wg.Wait()
	ss, err := b.store.Stations(t.Context())
	if err != nil || len(ss) != stations {
		t.Fatalf("%d stations, %v", len(ss), err)
	}
	for _, s := range ss {
		if s.Events != 60 || s.Missing() != 0 || s.Quarantined != 0 {
			t.Errorf("%+v", s)
		}
	}
}

// failing is a store whose disk is full.
type failing struct{ *store.Store }

func (failing) Ingest(context.Context, []tracking.Incoming) ([]wire.Result, error) {
	return nil, errors.New("disk full")
}
func (failing) Ping(context.Context) error { return errors.New("disk gone") }

func TestStoreFails(t *testing.T) {
	b := newBench(t, func(o *hub.Options) { o.Store = failing{o.Store.(*store.Store)} })
	resp, text := b.do(t, "POST", "/v1/events", ndjson(oneOrder), "Content-Type", wire.NDJSON)
	wantProblem(t, resp, text, http.StatusServiceUnavailable, "send the same again")
	if resp.Header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	if strings.Contains(text, "disk") || !strings.Contains(b.log.String(), "disk full") {
		t.Error("the cause belongs in the log, not in the answer")
	}
	resp, text = b.do(t, "GET", "/readyz", nil)
	wantProblem(t, resp, text, http.StatusServiceUnavailable, "store")
}

// FuzzIngest feeds the parser of bodies: it never panics, and answers with as
// many results as it sees events or refuses the whole.
func FuzzIngest(f *testing.F) {
	b := newBench(f, nil)
	f.Add(uint8(0), ndjson(oneOrder))
	f.Add(uint8(1), []byte(`[{"id":"x"}]`))
	f.Add(uint8(2), oneOrder[0].Raw)
	f.Add(uint8(0), []byte("{}\n\n{\"id\":5}\n\xff"))
	f.Fuzz(func(t *testing.T, kind uint8, body []byte) {
		media := []string{wire.NDJSON, wire.Batch, wire.Single}[kind%3]
		resp, text := b.do(t, "POST", "/v1/events", body, "Content-Type", media)
		switch resp.StatusCode {
		case http.StatusOK:
			answer(t, text)
		case http.StatusBadRequest, http.StatusRequestEntityTooLarge:
		default:
			t.Fatalf("%s: %s", resp.Status, text)
		}
	})
}
