package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"waybill/configs"
	"waybill/shipment"
	"waybill/sync/journal"
	"waybill/sync/uplink"
	"waybill/sync/wire"
	"waybill/tracking"
	"waybill/tracking/hub"
	"waybill/tracking/store"
)

// A testHub is a real hub over a real store that can be away.
type testHub struct {
	*httptest.Server
	store *store.Store
	away  atomic.Bool
}

func newTestHub(t *testing.T, tokens map[shipment.StationID]string) *testHub {
	t.Helper()
	s, err := store.Open(t.Context(), t.TempDir(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	h := &testHub{store: s}
	h.Server = httptest.NewUnstartedServer(nil)
	o := hub.Options{Store: s, Addr: h.Listener.Addr(), StationTokens: map[shipment.StationID]string{}}
	for station, token := range tokens {
		sum := sha256.Sum256([]byte(token))
		o.StationTokens[station] = hex.EncodeToString(sum[:])
	}
	handler, err := hub.New(o)
	if err != nil {
		t.Fatal(err)
	}
	h.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if h.away.Load() {
			panic(http.ErrAbortHandler) // the line goes dead
		}
		handler.ServeHTTP(w, r)
	})
	h.Start()
	t.Cleanup(func() {
		h.CloseClientConnections()
		h.Close()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return h
}

func openJournal(t *testing.T, path string) *journal.Journal {
	t.Helper()
	j, err := journal.Open(t.Context(), journal.Options{Path: path, Station: "bench-1"})
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// appendOrders records n accepted orders; the one in the middle weighs as much
// as padding says.
func appendOrders(t *testing.T, j *journal.Journal, n, padding int) {
	t.Helper()
	err := j.Update(t.Context(), func(tx *journal.Tx) error {
		for i := range n {
			o := shipment.Order{ID: shipment.OrderID("o" + strings.Repeat("x", i%7)), Items: []shipment.Item{{SKU: "A", Quantity: 1}}}
			if i == n/2 {
				o.Extra = json.RawMessage(`"` + strings.Repeat("x", padding) + `"`)
			}
			e, err := shipment.NewEvent(time.Now(), o.ID, shipment.OrderAccepted{Order: o, From: "one.json"})
			if err != nil {
				return err
			}
			if err := tx.Append(e); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// waybill runs a command and returns its exit code and what it wrote.
func waybill(t *testing.T, args ...string) (code int, out, errOut string) {
	t.Helper()
	var o, e bytes.Buffer
	code = run(t.Context(), args, strings.NewReader(""), &o, &e)
	return code, o.String(), e.String()
}

// TestABacklogDrainsPastAnEventTheHubNeverTakes queues a thousand events while
// the hub is away, with one in the middle that is larger than it takes.
func TestABacklogDrainsPastAnEventTheHubNeverTakes(t *testing.T) {
	h := newTestHub(t, nil)
	h.away.Store(true)
	path := filepath.Join(t.TempDir(), "journal.db")
	j := openJournal(t, path)
	const n = 1000
	appendOrders(t, j, n, 6<<20)
	address, err := url.Parse(h.URL)
	if err != nil {
		t.Fatal(err)
	}
	client, err := uplink.NewClient(uplink.ClientOptions{Hub: address})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var last uplink.State
	u := uplink.New(uplink.Options{Client: client, Source: j, MinBackoff: time.Millisecond, MaxBackoff: time.Millisecond, OnState: func(s uplink.State) {
		last = s
		if s.LastError != "" && s.Pending == n {
			h.away.Store(false) // the outage was noticed, and is over
		}
		if s.Pending == 0 && !s.LastAck.IsZero() {
			cancel()
		}
	}})
	if err := u.Run(ctx); err != nil || errors.Is(ctx.Err(), context.DeadlineExceeded) {
		t.Fatalf("%v, %v, last %+v", err, ctx.Err(), last)
	}
	if last.Parked != 1 || last.LastError != "" {
		t.Errorf("%+v", last)
	}
	stations, err := h.store.Stations(t.Context())
	if err != nil || len(stations) != 1 || stations[0].Events != n-1 || stations[0].Missing() != 1 {
		t.Errorf("at the hub: %+v, %v", stations, err)
	}

	code, out, errOut := waybill(t, "journal", "list", "--parked", "--path", path)
	var line parkedLine
	if err := json.Unmarshal([]byte(out), &line); code != 0 || err != nil || errOut != "" {
		t.Fatalf("exit %d: %v: %q %s", code, err, out, errOut)
	}
	if line.Hub != address.Host || line.Epoch != 1 || line.Sequence != n/2+1 || line.Type != shipment.OrderAcceptedType || !strings.Contains(line.Reason, "larger than") {
		t.Errorf("%+v", line)
	}
	if _, out, _ := waybill(t, "journal", "list", "--parked", "--path", path, "--type", "label.printed"); out != "" {
		t.Errorf("of another type: %s", out)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestJournalNewEpoch(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	j := openJournal(t, path)
	appendOrders(t, j, 3, 0)
	if err := j.Update(t.Context(), func(tx *journal.Tx) error {
		return errors.Join(tx.Put("lease", "l1", wire.Lease{ID: "l1"}, journal.Index{}), tx.Put("lease_wish", "ups/", 1, journal.Index{}))
	}); err != nil {
		t.Fatal(err)
	}
	code, out, errOut := waybill(t, "journal", "new-epoch", "--path", path)
	if code != 1 || out != "" || !strings.Contains(errOut, "in use") {
		t.Errorf("while the station runs: exit %d: %s%s", code, out, errOut)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	code, out, errOut = waybill(t, "journal", "new-epoch", "--path", path)
	var rep epochReport
	if err := json.Unmarshal([]byte(out), &rep); code != 0 || err != nil || errOut != "" {
		t.Fatalf("exit %d: %v: %s%s", code, err, out, errOut)
	}
	if rep.Station != "bench-1" || rep.Epoch != 2 || rep.Dropped["lease"] != 1 || rep.Dropped["lease_wish"] != 1 || !strings.Contains(rep.Message, "tracking numbers: 1.") {
		t.Errorf("%+v", rep)
	}
	if code, _, errOut := waybill(t, "journal", "new-epoch", "--path", path, "--epoch", "2"); code != 2 || !strings.Contains(errOut, "epoch 2") {
		t.Errorf("an epoch that has begun: exit %d: %s", code, errOut)
	}
	j = openJournal(t, path)
	appendOrders(t, j, 1, 0)
	if head, err := j.Head(t.Context()); err != nil || head.Epoch != 2 || head.Sequence != 1 {
		t.Errorf("%+v, %v", head, err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if code, out, errOut := waybill(t, "journal", "verify", "--path", path); code != 0 {
		t.Errorf("verify: exit %d: %s%s", code, out, errOut)
	}
	h := newTestHub(t, map[shipment.StationID]string{"bench-1": "right"})
	for _, tt := range []struct{ args, says string }{ // the whole history goes to a hub that lost its store
		{"--epoch 2", `"accepted": 1`},
		{"", `"sent": 4`},
		{"--from 1 --epoch 1", `"duplicate": 4`},
	} {
		args := append([]string{"journal", "replay", "--path", path, "--to", h.URL, "--token", "right"}, strings.Fields(tt.args)...)
		if code, out, errOut := waybill(t, args...); code != 0 || !strings.Contains(out, tt.says) {
			t.Errorf("replay %s: exit %d, want %s: %s%s", tt.args, code, tt.says, out, errOut)
		}
	}
}

// TestReplayHonoursTheTokenItIsGiven holds it for the flag and the environment,
// also where the hub is the configuration's.
func TestReplayHonoursTheTokenItIsGiven(t *testing.T) {
	h := newTestHub(t, map[shipment.StationID]string{"bench-1": "right", "bench-2": "another"})
	dir := t.TempDir()
	config := filepath.Join(dir, "station.yaml")
	for name, text := range map[string]string{
		config:                              "data: data\nhub:\n  url: " + h.URL + "\n  token_file: station.token\n",
		filepath.Join(dir, "station.token"): "wrong-wrong-wrong-wrong\n",
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	j := openJournal(t, filepath.Join(dir, "data", "journal.db"))
	appendOrders(t, j, 2, 0)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, env string
		args      []string
		code      int
		says      string
	}{
		{"the configuration's, which is wrong", "", nil, 1, "401"},
		{"another station's", "another", nil, 1, `"code": "foreign_station"`},
		{"the environment's", "right", nil, 0, `"accepted": 2`},
		{"the flag's", "wrong", []string{"--token", "right"}, 0, `"duplicate": 2`},
		{"with --to, the flag's", "", []string{"--to", h.URL, "--token", "right"}, 0, `"duplicate": 2`},
		{"with --to, not the configuration's", "", []string{"--to", h.URL}, 1, "401"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv("WAYBILL_HUB_TOKEN", tt.env)
			code, out, errOut := waybill(t, append([]string{"journal", "replay", "--config", config}, tt.args...)...)
			if code != tt.code || !strings.Contains(out+errOut, tt.says) {
				t.Errorf("exit %d, want %d and %q: %s%s", code, tt.code, tt.says, out, errOut)
			}
		})
	}
}

func TestJournalHelpHasExamples(t *testing.T) {
	for _, command := range []string{"", "list", "export", "verify", "replay", "new-epoch"} {
		args := []string{"journal", command, "--help"}
		if command == "" {
			args = []string{"journal", "--help"}
		}
		if code, out, _ := waybill(t, args...); code != 0 || !strings.Contains(out, "Example") || !strings.Contains(out, "waybill journal") {
			t.Errorf("%v: exit %d: %s", args, code, out)
		}
	}
}

// TestTheLargestBlockIsTheHubs holds that a station asks for no more than a hub
// gives.
func TestTheLargestBlockIsTheHubs(t *testing.T) {
	if configs.MaxLeaseBlock != tracking.DefaultBlock {
		t.Errorf("the configuration allows %d, the hub gives %d", configs.MaxLeaseBlock, tracking.DefaultBlock)
	}
	_, err := configs.ParseStation("s.yaml", []byte("hub:\n  lease_block: 1001\n"))
	if err == nil || !strings.Contains(err.Error(), "s.yaml:2: hub.lease_block: 1001: the hub gives at most 1000") {
		t.Errorf("1001: %v", err)
	}
	if _, err := configs.ParseStation("s.yaml", []byte("hub:\n  lease_block: 1000\n")); err != nil {
		t.Errorf("1000: %v", err)
	}
}
