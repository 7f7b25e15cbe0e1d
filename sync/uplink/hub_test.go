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
	"strings"
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
	// position, where set, is told to who asks for it.
	position func() wire.StationPosition
	asked    int          // how often it was
	missing  []wire.Range // what the next answer asks for
	notices  []wire.Notice
	store    string
	slow     time.Duration // how long a request takes at least
	pace     int           // bytes a second, as they are sent; 0: no limit
	arrived  map[int64]time.Time
	bytes    int           // that were sent
	line     chan struct{} // holds a token while something is on it
}

func newHub() *hub {
	return &hub{seen: map[wire.Position]string{}, arrived: map[int64]time.Time{}, line: make(chan struct{}, 1)}
}

func (h *hub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if r.Method == http.MethodGet {
		h.tellPosition(w)
		return
	}
	n, err := wire.ParseNotice(r.Header.Get(wire.NoticeHeader))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	h.notices = append(h.notices, n)
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
	a.Store, a.Missing, h.missing = h.store, h.missing, nil
	_ = json.NewEncoder(w).Encode(a)
}

func (h *hub) tellPosition(w http.ResponseWriter) {
	h.asked++
	if h.position == nil {
		problem(w, http.StatusNotFound, "no such page")
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(h.position())
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
		h.arrived[env.Sequence] = time.Now()
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
	away, cut, slow, pace := h.away, r.Method == http.MethodPost && h.cut != nil && h.cut(), h.slow, h.pace
	h.bytes += int(r.ContentLength)
	h.mu.Unlock()
	if away {
		return nil, errors.New("connection refused")
	}
	if pace > 0 {
		h.line <- struct{}{} // one after another, as over a thin wire
		time.Sleep(time.Duration(r.ContentLength) * time.Second / time.Duration(pace))
		<-h.line
	}
	time.Sleep(slow) // virtual, or nothing
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if cut || r.Context().Err() != nil {
		return nil, io.ErrUnexpectedEOF
	}
	return w.Result(), nil
}

// has is what the hub has, as it tells it to who asks.
func (h *hub) has() wire.StationPosition {
	p := wire.StationPosition{Station: "desk-1", Store: h.store}
	e := wire.EpochPosition{Epoch: 1}
	for at := range h.seen {
		e.Highest = max(e.Highest, at.Sequence)
	}
	hole := int64(0)
	for seq := int64(1); seq <= e.Highest; seq++ {
		_, there := h.seen[wire.Position{Epoch: 1, Sequence: seq}]
		switch {
		case there && hole > 0:
			e.Missing, hole = append(e.Missing, wire.Range{Epoch: 1, From: hole, To: seq - 1}), 0
		case !there && hole == 0:
			hole = seq
		}
		if there && len(e.Missing) == 0 {
			e.Watermark = seq
		}
	}
	if e.Highest > 0 {
		p.Epochs = append(p.Epochs, e)
	}
	return p
}

// lanes counts the requests of each lane.
func (h *hub) lanes() map[wire.Lane]int {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := map[wire.Lane]int{}
	for _, notice := range h.notices {
		n[notice.Lane]++
	}
	return n
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
	mu      sync.Mutex
	recs    []wire.Record
	head    wire.Position
	cursor  wire.Position
	live    wire.Position // the live lane's
	parked  []wire.Result
	rewound int
	alone   int64 // the event that is handed out by itself, as a large one is
	news    chan struct{}
}

func newMemory(n int) *memory {
	m := &memory{head: wire.Position{Epoch: 1, Hash: wire.Genesis}, news: make(chan struct{})}
	for range n {
		m.append(time.Unix(1_800_000_000, 0))
	}
	return m
}

func (m *memory) append(at time.Time) {
	m.add(shipment.Event{Type: shipment.LabelPrintedType, Time: at, Data: json.RawMessage(`{}`)})
}

func (m *memory) add(e shipment.Event) {
	m.mu.Lock()
	defer m.mu.Unlock()
	e.ID = fmt.Sprint("e", m.head.Sequence+1)
	env, raw, err := wire.Seal("desk-1", e, m.head, wire.Clock{Local: time.UTC})
	if err != nil {
		panic(err)
	}
	m.head = wire.Position{Epoch: 1, Sequence: env.Sequence, Hash: wire.Hash(raw)}
	m.recs = append(m.recs, wire.Record{Position: m.head, ID: e.ID, Type: e.Type, Subject: e.Subject, Time: e.Time, Raw: raw})
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

func (m *memory) Cursor(_ context.Context, upstream string) (wire.Position, int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if strings.Contains(upstream, "#") {
		return m.live, 0, nil
	}
	return m.cursor, len(m.parked), nil
}

func (m *memory) SetCursor(_ context.Context, upstream string, pos wire.Position, rejected ...wire.Result) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	cursor := &m.cursor
	if strings.Contains(upstream, "#") {
		cursor = &m.live
	}
	if cursor.After(pos) {
		return errors.New("the cursor moves back")
	}
	*cursor, m.parked = pos, append(m.parked, rejected...)
	return nil
}

func (m *memory) Walk(_ context.Context, subject shipment.OrderID, types []shipment.EventType, after, upTo wire.Position, each func(wire.Record) error) error {
	m.mu.Lock()
	recs := slices.Clone(m.recs[after.Sequence:max(after.Sequence, upTo.Sequence)])
	m.mu.Unlock()
	for _, rec := range recs {
		if (subject != "" && rec.Subject != subject) || (len(types) > 0 && !slices.Contains(types, rec.Type)) {
			continue
		}
		if err := each(rec); err != nil {
			return err
		}
	}
	return nil
}

func (m *memory) LastOf(_ context.Context, epoch int64) (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if epoch != m.head.Epoch {
		return 0, nil
	}
	return m.head.Sequence, nil
}

func (m *memory) ParkedRecords(context.Context, string) ([]wire.Record, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var recs []wire.Record
	for _, p := range m.parked {
		recs = append(recs, m.recs[p.Sequence-1])
	}
	return recs, nil
}

func (m *memory) Reconsider(_ context.Context, _ string, results ...wire.Result) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range results {
		i := slices.IndexFunc(m.parked, func(p wire.Result) bool { return p.ID == r.ID })
		switch {
		case i < 0:
		case r.Status == wire.Rejected:
			m.parked[i] = r
		default:
			m.parked = slices.Delete(m.parked, i, i+1)
		}
	}
	return nil
}

func (m *memory) Rewind(_ context.Context, _ string, pos wire.Position) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.rewound++
	m.cursor = pos
	m.parked = slices.DeleteFunc(m.parked, func(r wire.Result) bool { return r.Sequence > pos.Sequence })
	return nil
}

func (m *memory) Station() shipment.StationID { return "desk-1" }

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
