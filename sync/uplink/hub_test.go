package uplink_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"waybill/shipment"
	"waybill/sync/uplink"
	"waybill/sync/wire"
)

// A hub takes events as the real one does, and can be made to misbehave.
type hub struct {
	mu    sync.Mutex
	taken []wire.Envelope          // in the order of arrival, each once
	seen  map[wire.Position]string // hash by place
	sent  int                      // events that arrived, counting those that came twice
	calls []int                    // events in each request that was read
	// before, where set, may answer in the hub's place.
	before func(w http.ResponseWriter, r *http.Request, events [][]byte) (answered bool)
	// reject, where set, says why an event is rejected, or nothing.
	reject func(env wire.Envelope) string
	code   wire.Code // of what reject rejects
	// cut loses the answer after the events were taken.
	cut  func() bool
	away bool
}

func newHub() *hub { return &hub{seen: map[wire.Position]string{}} }

func (h *hub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	body, err := decode(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	events := bytes.Split(bytes.TrimSuffix(body, []byte("\n")), []byte("\n"))
	h.calls = append(h.calls, len(events))
	if h.before != nil && h.before(w, r, events) {
		return
	}
	var a wire.Answer
	for _, raw := range events {
		a.Results = append(a.Results, h.take(raw))
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_ = json.NewEncoder(w).Encode(a)
}

func (h *hub) take(raw []byte) wire.Result {
	var env wire.Envelope
	if err := json.Unmarshal(raw, &env); err != nil {
		return wire.Result{Status: wire.Rejected, Reason: err.Error()}
	}
	h.sent++
	res := wire.Result{ID: env.ID, Sequence: env.Sequence, Status: wire.Accepted}
	at := wire.Position{Epoch: env.Epoch, Sequence: env.Sequence}
	switch known, ok := h.seen[at]; {
	case ok && known == wire.Hash(raw):
		res.Status = wire.Duplicate
	case ok:
		res.Status, res.Code, res.Reason = wire.Rejected, wire.CodeForked, "forked history"
	case h.reject != nil && h.reject(env) != "":
		res.Status, res.Code, res.Reason = wire.Rejected, h.code, h.reject(env)
	default:
		h.seen[at] = wire.Hash(raw)
		h.taken = append(h.taken, env)
	}
	return res
}

func decode(r *http.Request) ([]byte, error) {
	switch r.Header.Get("Content-Encoding") {
	case "zstd":
		d, err := zstd.NewReader(r.Body, zstd.WithDecoderConcurrency(1))
		if err != nil {
			return nil, err
		}
		defer d.Close()
		return io.ReadAll(d)
	case "gzip":
		d, err := gzip.NewReader(r.Body)
		if err != nil {
			return nil, err
		}
		return io.ReadAll(d)
	}
	return io.ReadAll(r.Body)
}

// RoundTrip lets the hub stand in for the network, so that time can be virtual.
func (h *hub) RoundTrip(r *http.Request) (*http.Response, error) {
	h.mu.Lock()
	away, cut := h.away, h.cut != nil && h.cut()
	h.mu.Unlock()
	if away {
		return nil, errors.New("connection refused")
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if cut {
		return nil, io.ErrUnexpectedEOF
	}
	return w.Result(), nil
}

// set changes the hub while it is in use.
func (h *hub) set(change func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	change()
}

// sequences returns what the hub has, in the order in which it came.
func (h *hub) sequences() []int64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	var seqs []int64
	for _, env := range h.taken {
		seqs = append(seqs, env.Sequence)
	}
	return seqs
}

// memory is a journal without a disk.
type memory struct {
	mu     sync.Mutex
	recs   []wire.Record
	head   wire.Position
	cursor wire.Position
	parked []wire.Result
	alone  int64 // the event that is handed out by itself, as a large one is
	news   chan struct{}
}

func newMemory(n int) *memory {
	m := &memory{head: wire.Position{Epoch: 1, Hash: wire.Genesis}, news: make(chan struct{})}
	for range n {
		m.append(time.Unix(1_800_000_000, 0))
	}
	return m
}

func (m *memory) append(at time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	e := shipment.Event{ID: fmt.Sprint("e", m.head.Sequence+1), Type: shipment.LabelPrintedType, Time: at, Data: json.RawMessage(`{}`)}
	env, raw, err := wire.Seal("desk-1", e, m.head, wire.Clock{Local: time.UTC})
	if err != nil {
		panic(err)
	}
	m.head = wire.Position{Epoch: 1, Sequence: env.Sequence, Hash: wire.Hash(raw)}
	m.recs = append(m.recs, wire.Record{Position: m.head, ID: e.ID, Time: at, Raw: raw})
	close(m.news)
	m.news = make(chan struct{})
}

func (m *memory) After(_ context.Context, pos wire.Position, limit, _ int) ([]wire.Record, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if pos.Sequence == m.alone-1 {
		limit = 1
	} else if pos.Sequence < m.alone {
		limit = min(limit, int(m.alone-pos.Sequence-1))
	}
	return slices.Clone(m.recs[pos.Sequence:min(int(pos.Sequence)+limit, len(m.recs))]), nil
}

func (m *memory) Cursor(context.Context, string) (wire.Position, int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.cursor, len(m.parked), nil
}

func (m *memory) SetCursor(_ context.Context, _ string, pos wire.Position, rejected ...wire.Result) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.cursor.After(pos) {
		return errors.New("the cursor moves back")
	}
	m.cursor, m.parked = pos, append(m.parked, rejected...)
	return nil
}

func (m *memory) Backlog(_ context.Context, pos wire.Position) (int64, time.Time, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if pos.Sequence == m.head.Sequence {
		return 0, time.Time{}, nil
	}
	return m.head.Sequence - pos.Sequence, m.recs[pos.Sequence].Time, nil
}

func (m *memory) Head(context.Context) (wire.Position, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.head, nil
}

func (m *memory) Watch() <-chan struct{} {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.news
}

func client(t *testing.T, rt http.RoundTripper) *uplink.Client {
	t.Helper()
	c, err := uplink.NewClient(uplink.ClientOptions{
		Hub: &url.URL{Scheme: "https", Host: "hub.example", Path: "/waybill/"}, Token: "secret",
		HTTP: &http.Client{Transport: rt},
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func envelope(t *testing.T, raw []byte) wire.Envelope {
	t.Helper()
	var env wire.Envelope
	if err := json.Unmarshal(raw, &env); err != nil {
		t.Error(err)
	}
	return env
}

func upTo(n int64) []int64 {
	var seqs []int64
	for i := range n {
		seqs = append(seqs, i+1)
	}
	return seqs
}
