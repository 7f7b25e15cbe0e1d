package main_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"waybill/configs"
)

// TestWhatTheHubSaysComesDown has a hub stop orders and give rules and templates to a
// station that is there, and to one that was away, and roll back.
func TestWhatTheHubSaysComesDown(t *testing.T) {
	if testing.Short() {
		t.Skip("runs real processes for a minute")
	}
	r := newRig(t)
	text, err := os.ReadFile(r.station.config)
	if err != nil {
		t.Fatal(err)
	}
	text = []byte(strings.Replace(string(text), "max_backoff: 1s", "max_backoff: 1s, bundles: true", 1))
	if err := os.WriteFile(r.station.config, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := r.hub.start(); err != nil {
		t.Fatal(err)
	}
	r.ready(t, r.hubURL)
	r.enrol(t)
	if err := r.station.start(); err != nil {
		t.Fatal(err)
	}
	station := "http://" + r.stationAt
	r.ready(t, station)
	orders := sampleOrders(3)
	r.dropAll(t, orders)
	_, numbers := r.largestCarrier(t, station, orders)
	held := r.orderOf(t, orders, numbers[0])
	r.instruct(t, held, "hold", "unpaid")

	// The station is away while an order is cancelled and rules are put there.
	r.house(t, "good", string(configs.Rules))
	r.station.end(syscall.SIGTERM)
	unborn := sampleOrders(5)[4]
	r.instruct(t, string(unborn.id), "cancel", "the buyer changed their mind")
	r.command(t, 0, "hub", "bundles", "put", "--config", r.hub.config, "--by", "Kim", filepath.Join(r.dir, "good"))
	r.house(t, "bad", "services: what")
	if out := r.command(t, 2, "hub", "bundles", "put", "--config", r.hub.config, filepath.Join(r.dir, "bad")); !strings.Contains(out, "rules.yaml") {
		t.Errorf("bad rules: %s", out)
	}
	if err := r.station.start(); err != nil {
		t.Fatal(err)
	}
	r.ready(t, station)
	r.inUse(t, "1")
	var body []byte
	if !eventually(t.Context(), 30*time.Second, func() bool { // it starts anew with the rules
		_, body = post(station+"/v1/scans", scanned(numbers[0]))
		return strings.Contains(string(body), "on_hold") && strings.Contains(string(body), "unpaid")
	}) {
		t.Errorf("the held parcel at the dock: %s", body)
	}
	r.dropAll(t, []sample{unborn})
	if !eventually(t.Context(), 30*time.Second, func() bool {
		_, body := get(station + "/v1/orders/" + string(unborn.id))
		return strings.Contains(string(body), `"refused"`) && strings.Contains(string(body), "changed their mind")
	}) {
		t.Error("an order that was cancelled before it came is taken")
	}
	r.instruct(t, held, "release", "paid")
	if !eventually(t.Context(), time.Minute, func() bool {
		_, body = get(station + "/v1/orders/" + held)
		return strings.Contains(string(body), `"action":"release"`)
	}) {
		t.Errorf("the order is not released: %s", body)
	}
	if status, body := post(station+"/v1/scans", scanned(numbers[0])); !strings.Contains(string(body), "handed_over") {
		t.Errorf("the released parcel at the dock: %d %s", status, body)
	}

	r.house(t, "good", string(configs.Rules)+"\n# another\n")
	r.command(t, 0, "hub", "bundles", "put", "--config", r.hub.config, filepath.Join(r.dir, "good"))
	r.inUse(t, "2")
	r.command(t, 0, "hub", "bundles", "roll-back", "--config", r.hub.config, "--by", "Lee", "1")
	r.inUse(t, "3")
	if out := r.command(t, 0, "hub", "bundles", "list", "--config", r.hub.config); !strings.Contains(out, "version 1 again") {
		t.Errorf("bundles: %s", out)
	}
	r.ready(t, station)
	r.station.end(syscall.SIGTERM)
	for kind, n := range map[string]int{"bundle.applied": 3, "order.instructed": 2} {
		if out := r.command(t, 0, "journal", "list", "--config", r.station.config, "--type", kind); strings.Count(out, `"`+kind+`"`) != n {
			t.Errorf("%s, want %d: %s", kind, n, out)
		}
	}
	r.hub.end(syscall.SIGTERM)
}

// TestADamagedFirstBundleComesAgain truncates a file of a station's only bundle while
// the station is away: it starts all the same, gets the bundle again, and the hub hears
// of both.
func TestADamagedFirstBundleComesAgain(t *testing.T) {
	if testing.Short() {
		t.Skip("runs real processes for half a minute")
	}
	r := newRig(t)
	text, err := os.ReadFile(r.station.config)
	if err != nil {
		t.Fatal(err)
	}
	text = []byte(strings.Replace(string(text), "max_backoff: 1s", "max_backoff: 1s, bundles: true", 1))
	if err := os.WriteFile(r.station.config, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := r.hub.start(); err != nil {
		t.Fatal(err)
	}
	r.ready(t, r.hubURL)
	r.enrol(t)
	r.house(t, "good", string(configs.Rules))
	r.command(t, 0, "hub", "bundles", "put", "--config", r.hub.config, filepath.Join(r.dir, "good"))
	if err := r.station.start(); err != nil {
		t.Fatal(err)
	}
	station := "http://" + r.stationAt
	r.ready(t, station)
	r.inUse(t, "1")
	r.station.end(syscall.SIGTERM)

	found, err := filepath.Glob(filepath.Join(r.dir, "station-data", "hub", "bundles", "1-*", "rules.yaml"))
	if err != nil || len(found) != 1 {
		t.Fatalf("%q, %v", found, err)
	}
	current := filepath.Join(filepath.Dir(filepath.Dir(found[0])), "current")
	before, err := os.Stat(current)
	if err == nil {
		err = os.Truncate(found[0], 100)
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := r.station.start(); err != nil {
		t.Fatal(err)
	}
	r.ready(t, station)
	if !eventually(t.Context(), 30*time.Second, func() bool {
		rules, err := os.ReadFile(found[0])
		now, statErr := os.Stat(current)
		return err == nil && statErr == nil && string(rules) == string(configs.Rules) && !os.SameFile(before, now)
	}) {
		t.Error("the damaged file does not come again")
	}
	if !eventually(t.Context(), 30*time.Second, func() bool {
		out := r.command(t, 0, "journal", "list", "--config", r.station.config, "--type", "bundle.applied")
		return strings.Count(out, `"bundle.applied"`) == 2
	}) {
		t.Error("it does not start anew with it, and say so")
	}
	r.ready(t, station)
	r.station.end(syscall.SIGTERM)
	for kind, n := range map[string]int{"bundle.applied": 2, "bundle.refused": 1} {
		if out := r.command(t, 0, "journal", "list", "--config", r.station.config, "--type", kind); strings.Count(out, `"`+kind+`"`) != n {
			t.Errorf("%s, want %d: %s", kind, n, out)
		}
	}
	r.hub.end(syscall.SIGTERM)
}

// house writes a directory of rules.
func (r *rig) house(t *testing.T, name, rules string) {
	t.Helper()
	dir := filepath.Join(r.dir, name)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "rules.yaml"), []byte(rules), 0o600); err != nil {
		t.Fatal(err)
	}
}

// inUse waits until the station works by a version.
func (r *rig) inUse(t *testing.T, version string) {
	t.Helper()
	var got []byte
	if !eventually(t.Context(), time.Minute, func() bool {
		got, _ = os.ReadFile(filepath.Join(r.dir, "station-data", "hub", "bundles", "current"))
		return strings.HasPrefix(string(got), `{"version":`+version+`,`)
	}) {
		t.Fatalf("version %q is in use, want %s", got, version)
	}
}

// instruct has somebody say something about an order at the hub.
func (r *rig) instruct(t *testing.T, order, action, reason string) {
	t.Helper()
	status, body := post(r.hubURL+"/v1/orders/"+order+"/"+action, fmt.Sprintf(`{"reason":%q}`, reason))
	if status != http.StatusOK {
		t.Fatalf("%s %s: %d %s", action, order, status, body)
	}
}

// orderOf returns whose parcel has a number.
func (r *rig) orderOf(t *testing.T, orders []sample, number string) string {
	t.Helper()
	for _, o := range orders {
		var s struct {
			Parcels []struct {
				Number string `json:"tracking_number"`
			}
		}
		if _, body := get("http://" + r.stationAt + "/v1/orders/" + string(o.id)); json.Unmarshal(body, &s) == nil && len(s.Parcels) == 1 && s.Parcels[0].Number == number {
			return string(o.id)
		}
	}
	t.Fatalf("nobody has %s", number)
	return ""
}
