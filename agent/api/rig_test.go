package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"waybill/agent"
	"waybill/agent/api"
	"waybill/agent/desk"
	"waybill/agent/handoff"
	"waybill/configs"
	"waybill/printer"
	"waybill/shipment"
	"waybill/shipment/carrier"
	"waybill/sync/journal"
)

const number = "1Z999AA10123456784"

// labeler makes labels that need no proof.
type labeler struct{}

func (labeler) Label(_ context.Context, _ agent.State, p agent.Parcel, _ time.Time) ([]byte, error) {
	return []byte("^XA^FD" + p.TrackingNumber + "^FS^XZ"), nil
}
func (labeler) Language() string { return "zpl" }
func (labeler) Role() string     { return "shipping" }

// A sheet says what was asked of it.
type sheet struct{}

func (sheet) PDF(size string) ([]byte, error) { return []byte("%PDF on " + size), nil }
func (sheet) PNG(size string, page int) ([]byte, int, error) {
	if page > 5 {
		return nil, 5, nil
	}
	return fmt.Appendf(nil, "\x89PNG on %s, page %d", size, page), 5, nil
}

// A rig is a station's interface over a real journal.
type rig struct {
	url      string
	desk     *desk.Desk
	journal  *journal.Journal
	stopping chan struct{}
	later    atomic.Int64 // how much later than at first it is, in nanoseconds
}

func newRig(t *testing.T, changes ...func(*desk.Options)) *rig {
	t.Helper()
	r := &rig{stopping: make(chan struct{})}
	now := func() time.Time {
		return time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC).Add(time.Duration(r.later.Load()))
	}
	rules, err := carrier.ParseRules(configs.Rules)
	if err != nil {
		t.Fatal(err)
	}
	j, err := journal.Open(t.Context(), journal.Options{Path: filepath.Join(t.TempDir(), "journal.db"), Station: "bench-1", Location: time.UTC, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	log := slog.New(slog.DiscardHandler)
	o := desk.Options{
		Journal: j, Labels: labeler{}, AutoOpen: true, LowWater: 1, Location: time.UTC, Log: log,
		Rules: agent.Rules{Carriers: carrier.Default(), Rules: rules, ShipFrom: shipment.Address{
			Name: "Goods", Line1: "1 Main St", City: "Vernon", Region: "CA", PostalCode: "90058", Country: "US",
		}},
		Now: now, NewID: func() string { return uuid.Must(uuid.NewV7()).String() }, Queued: func() {}, Low: func() {}, RawRoles: []string{"shipping"},
	}
	for _, change := range changes {
		change(&o)
	}
	d := desk.New(o)
	r.desk, r.journal = d, j
	server := httptest.NewServer(mayPrint(api.New(api.Options{
		Station: "bench-1", Desk: d, Journal: j, Carriers: carrier.Default(), HotFolder: "/orders", Version: "v0", Now: now, Log: log, Stopping: r.stopping, Hub: awayHub{}, Retry: retry, ForgetHub: forgetHub, Uplinks: func() []api.Uplink {
			return []api.Uplink{{Hub: "hub", Reachable: true, Pending: 7, OldestUnsent: now().Add(-90 * time.Second), Parked: 2, ClockAhead: -1500 * time.Millisecond, ClockWithin: 250 * time.Millisecond}, {Hub: "office", Further: true, LastError: "away", Remedy: "wait"}}
		}, Commands: sheet{},
		Manifest: func(m handoff.Manifest) ([]byte, error) {
			return fmt.Appendf(nil, "paper of %s, %d parcels", m.ID, len(m.Entries)), nil
		},
		Preview: func(job printer.Job) ([]byte, error) {
			if strings.Contains(string(job.Content), "1ZBAD") {
				return nil, errors.New("cannot be drawn")
			}
			return append([]byte("\x89PNG "), job.Content...), nil
		},
	})))
	t.Cleanup(server.Close)
	r.url = server.URL
	return r
}

// order returns an order document with the tracking number given.
func order(id, tracking string) string {
	return fmt.Sprintf(`{"order_id":%q,"ship_to":{"name":"Zoe","line1":"1600 Amphitheatre Pkwy","city":"Mountain View","region":"CA","postal_code":"94043","country":"US"},"items":[{"sku":"S","quantity":1,"weight_g":100}],"carrier":"ups","service":"ups_ground","tracking_number":%q,"warehouse_shelf":"B7"}`, id, tracking)
}

// An answer is a whole HTTP answer.
type answer struct {
	status int
	kind   string // its media type
	body   []byte
	header http.Header
}

// get reads a member of the JSON answer, such as order.extra.
func (a answer) get(t *testing.T, path string) any {
	t.Helper()
	var v any
	if err := json.Unmarshal(a.body, &v); err != nil {
		t.Fatalf("no JSON: %v\n%s", err, a.body)
	}
	for _, key := range strings.Split(path, ".") {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[key]
	}
	return v
}

func (r *rig) call(t *testing.T, method, path, body string, header ...string) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, r.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var buf bytes.Buffer
	if _, err := io.Copy(&buf, res.Body); err != nil {
		t.Fatal(err)
	}
	kind, _, _ := strings.Cut(res.Header.Get("Content-Type"), ";")
	return answer{res.StatusCode, kind, buf.Bytes(), res.Header}
}

// problem calls, and holds that the answer is an RFC 9457 problem document of
// the status that says what is wanted.
func (r *rig) problem(t *testing.T, status int, says, method, path, body string, header ...string) {
	t.Helper()
	a := r.call(t, method, path, body, header...)
	if a.status != status || a.kind != "application/problem+json" {
		t.Errorf("%s %s: %d %s, want %d as problem document\n%s", method, path, a.status, a.kind, status, a.body)
		return
	}
	if a.get(t, "status") != float64(status) || a.get(t, "title") == nil || !strings.Contains(string(a.body), says) {
		t.Errorf("%s %s: does not say %q:\n%s", method, path, says, a.body)
	}
}

// take takes an order in, and returns its print job.
func (r *rig) take(t *testing.T, id, tracking string) printer.Job {
	t.Helper()
	if a := r.call(t, "POST", "/v1/orders", order(id, tracking)); a.status != http.StatusCreated {
		t.Fatalf("order %s: %d\n%s", id, a.status, a.body)
	}
	jobs, err := r.desk.Jobs(t.Context(), 1)
	if err != nil || len(jobs) != 1 {
		t.Fatalf("%d jobs, error %v", len(jobs), err)
	}
	return jobs[0]
}

// move moves a job's labels, as the spool does.
func (r *rig) move(t *testing.T, job printer.Job, states ...printer.LabelState) {
	t.Helper()
	for _, st := range states {
		for _, l := range job.Labels {
			l.State = st
			job = job.With(l)
		}
		if err := r.desk.Record(t.Context(), job); err != nil {
			t.Fatal(err)
		}
	}
}
