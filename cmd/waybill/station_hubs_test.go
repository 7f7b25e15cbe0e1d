package main_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"waybill/shipment"
	"waybill/sync/journal"
	"waybill/sync/uplink"
	"waybill/sync/wire"
)

// A secondHub is another hub of the rig's station.
type secondHub struct {
	*process
	url, token string
}

// TestTwoHubs has a station send to two real hubs. The second comes late, is killed for
// a while, and so is the station; old events are due to be deleted all the time. Both
// hubs get every event once. Then the second is taken out while it lacks some.
func TestTwoHubs(t *testing.T) {
	if testing.Short() {
		t.Skip("runs real processes for some seconds")
	}
	if runtime.GOOS == "windows" {
		t.Skip("needs a pseudo-terminal")
	}
	r := newRig(t)
	before, err := os.ReadFile(r.station.config)
	if err != nil {
		t.Fatal(err)
	}
	second := r.secondHub(t)
	r.longAgo(t, 600)
	orders := sampleOrders(12)

	r.start(t)
	r.has(t, r.hubURL, "")
	if second.lacks(t, r) < 600 {
		t.Error("the second hub has events, and it does not run")
	}
	r.restartStation(t)
	r.dropAll(t, orders[:4])
	r.inboxEmpty(t)
	r.has(t, r.hubURL, "")

	second.comeIn(t, r)
	r.has(t, second.url, second.token)
	second.end(syscall.SIGKILL)
	r.dropAll(t, orders[4:8])
	r.inboxEmpty(t)
	r.has(t, r.hubURL, "")
	if out := r.doctor(t); !strings.Contains(out, "hub (further_hubs[0])") || !strings.Contains(out, "check further_hubs[0].url and the network") {
		t.Errorf("doctor: %s", out)
	}
	r.restartStation(t)
	r.runs(t, second)
	for _, h := range []secondHub{{url: r.hubURL}, *second} {
		r.has(t, h.url, h.token)
		h.chain(t, r.recorded(t))
	}
	if second.lacks(t, r) != 0 {
		t.Error("the second hub has every event, and the journal does not say so")
	}

	r.restartStation(t) // which takes out what is old, now that both have it
	if !eventually(t.Context(), time.Minute, func() bool { return r.first(t) > 600 }) {
		t.Errorf("the journal begins with event %d, and both hubs have what is old", r.first(t))
	}
	r.command(t, 0, "journal", "verify", "--config", r.station.config)
	r.takenOut(t, second, before, orders[8:])
	r.station.end(syscall.SIGTERM)
	r.hub.end(syscall.SIGTERM)
}

// secondHub adds a hub to the station's configuration, which does not run yet.
func (r *rig) secondHub(t *testing.T) *secondHub {
	t.Helper()
	other := &rig{dir: filepath.Join(r.dir, "office"), bin: r.bin}
	if err := os.Mkdir(other.dir, 0o750); err != nil {
		t.Fatal(err)
	}
	addr := freeAddr(t)
	h := &secondHub{process: other.process(t, "hub", fmt.Sprintf("listen: %s\ndata: hub-data\nlog_level: warn\n", addr)), url: "http://" + addr}
	f, err := os.OpenFile(r.station.config, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := fmt.Fprintf(f, "further_hubs: [{url: %q, max_backoff: 1s}]\nretention: {days: 90, personal_data_days: 0}\n", h.url); err != nil {
		t.Fatal(err)
	}
	return h
}

// longAgo leaves a journal with n events that are old enough to be deleted.
func (r *rig) longAgo(t *testing.T, n int) {
	t.Helper()
	at := time.Now().AddDate(0, 0, -100)
	j, err := journal.Open(t.Context(), journal.Options{
		Path: filepath.Join(r.dir, "station-data", "journal.db"), Station: "bench-7", Now: func() time.Time { return at },
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Update(t.Context(), func(tx *journal.Tx) error {
		for i := range n {
			e, err := shipment.NewEvent(at, shipment.OrderID(fmt.Sprint("old-", i)), shipment.LabelPrinted{Job: "j"})
			if err != nil {
				return err
			}
			if err := tx.Append(e); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
}

// restartStation kills the station and starts it again.
func (r *rig) restartStation(t *testing.T) {
	t.Helper()
	r.station.end(syscall.SIGKILL)
	if err := r.station.start(); err != nil {
		t.Fatal(err)
	}
	r.ready(t, "http://"+r.stationAt)
}

func (r *rig) runs(t *testing.T, h *secondHub) {
	t.Helper()
	if err := h.start(); err != nil {
		t.Fatal(err)
	}
	r.ready(t, h.url)
}

// comeIn starts the hub and has the station come in there with a code.
func (h *secondHub) comeIn(t *testing.T, r *rig) {
	t.Helper()
	r.runs(t, h)
	var made struct{ Code string }
	out := r.command(t, 0, "hub", "enrol", "--json", "--config", h.config, "bench-7")
	if err := json.Unmarshal([]byte(out), &made); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	var in struct {
		TokenFile string `json:"token_file"`
	}
	out = r.command(t, 0, "station", "enrol", "--config", r.station.config, "--hub", h.url, made.Code)
	if err := json.Unmarshal([]byte(out), &in); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	token, err := os.ReadFile(in.TokenFile)
	if err != nil {
		t.Fatal(err)
	}
	h.token = strings.TrimSpace(string(token))
	if _, err := os.Stat(filepath.Join(r.dir, "station-data", "hub", "token")); err == nil {
		t.Error("the token of the second hub is kept for the first")
	}
}

// lacks returns how many events the hub lacks, as the station's journal says.
func (h *secondHub) lacks(t *testing.T, r *rig) int64 {
	t.Helper()
	out := r.command(t, 0, "station", "hubs", "--json", "--config", r.station.config)
	for line := range strings.Lines(out) {
		var l struct {
			Hub, Role string
			Lacks     int64
		}
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		if l.Role == "further" && l.Hub == strings.TrimPrefix(h.url, "http://") {
			return l.Lacks
		}
	}
	t.Fatalf("it is not among the hubs: %s", out)
	return 0
}

func client(t *testing.T, hub, token string) *uplink.Client {
	t.Helper()
	u, err := url.Parse(hub)
	if err != nil {
		t.Fatal(err)
	}
	c, err := uplink.NewClient(uplink.ClientOptions{Hub: u, Token: token})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// has waits until a hub has all that the station has recorded.
func (r *rig) has(t *testing.T, hub, token string) {
	t.Helper()
	c := client(t, hub, token)
	var last wire.StationPosition
	var err error
	if !eventually(t.Context(), time.Minute, func() bool {
		last, err = c.Position(t.Context(), "bench-7")
		return err == nil && len(last.Epochs) == 1 && last.Epochs[0].Watermark == r.recorded(t)
	}) {
		t.Fatalf("%s has %+v, %v; recorded are %d", hub, last, err, r.recorded(t))
	}
}

// chain reads every event back from the hub and holds that each follows the one before.
func (h *secondHub) chain(t *testing.T, want int64) {
	t.Helper()
	c := client(t, h.url, h.token)
	at := wire.Position{Epoch: 1, Hash: wire.Genesis}
	for {
		page, err := c.OwnEvents(t.Context(), "bench-7", at)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		for _, raw := range page {
			var env wire.Envelope
			if err := json.Unmarshal(raw, &env); err != nil {
				t.Fatal(err)
			}
			if env.Epoch != 1 || env.Sequence != at.Sequence+1 || env.PrevHash != at.Hash {
				t.Fatalf("%s: event %d/%d does not follow %d/%d", h.url, env.Epoch, env.Sequence, at.Epoch, at.Sequence)
			}
			at = wire.Position{Epoch: 1, Sequence: env.Sequence, Hash: wire.Hash(raw)}
		}
	}
	if at.Sequence < want {
		t.Errorf("%s has %d events, want %d", h.url, at.Sequence, want)
	}
}

// first returns the number of the first event that the journal keeps.
func (r *rig) first(t *testing.T) int64 {
	t.Helper()
	j, err := journal.OpenReadOnly(t.Context(), filepath.Join(r.dir, "station-data", "journal.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	recs, err := j.After(t.Context(), wire.Position{}, 1, 0)
	if err != nil || len(recs) == 0 {
		t.Fatalf("%d events, %v", len(recs), err)
	}
	return recs[0].Sequence
}

// takenOut has the second hub taken out of the configuration while it lacks events, and
// holds that the station says so until a person says that nobody waits for it.
func (r *rig) takenOut(t *testing.T, second *secondHub, config []byte, orders []sample) {
	t.Helper()
	r.has(t, second.url, second.token)
	second.end(syscall.SIGKILL)
	r.dropAll(t, orders)
	r.inboxEmpty(t)
	r.has(t, r.hubURL, "")
	if err := os.WriteFile(r.station.config, config, 0o600); err != nil {
		t.Fatal(err)
	}
	name, station := strings.TrimPrefix(second.url, "http://"), "http://"+r.stationAt
	var body []byte
	if !eventually(t.Context(), 30*time.Second, func() bool {
		_, body = get(station + "/v1/hubs")
		return strings.Contains(string(body), `"former":[{"hub":"`+name+`","missing":`)
	}) {
		t.Fatalf("the station does not say that a former hub lacks events: %s", body)
	}
	if !eventually(t.Context(), 30*time.Second, func() bool {
		_, body = get(station + "/")
		return strings.Contains(string(body), "waybill station forget-hub "+name)
	}) {
		t.Errorf("the page does not say what to do: %s", body)
	}
	if out := r.doctor(t); !strings.Contains(out, "former hub") || !strings.Contains(out, "never reached it") || !strings.Contains(out, "forget-hub "+name) {
		t.Errorf("doctor: %s", out)
	}
	r.command(t, 1, "station", "forget-hub", "--config", r.station.config, r.hubURL)
	if out := r.command(t, 0, "station", "forget-hub", "--config", r.station.config, second.url); !strings.Contains(out, `"hub": "`+name+`"`) || strings.Contains(out, `"missing": 0`) {
		t.Errorf("forget-hub: %s", out)
	}
	r.command(t, 1, "station", "forget-hub", "--config", r.station.config, name)
	if status, body := get(station + "/v1/hubs"); status != http.StatusOK || !strings.Contains(string(body), `"former":[]`) {
		t.Errorf("after it: %d %s", status, body)
	}
}
