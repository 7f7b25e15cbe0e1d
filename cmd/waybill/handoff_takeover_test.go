package main_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"waybill/agent/handoff"
	"waybill/configs"
	"waybill/sync/wire"
)

// TestAPickUpMovesToAnotherStation kills the PC of the dock in the middle of a
// pick-up, with scans that the hub has not heard of. Another station goes on
// with it; the first comes back, learns of it and goes on no more; and what both
// have scanned is on the manifest once.
func TestAPickUpMovesToAnotherStation(t *testing.T) {
	if testing.Short() {
		t.Skip("runs real processes for some seconds")
	}
	if runtime.GOOS == "windows" {
		t.Skip("needs a pseudo-terminal")
	}
	r := newRig(t)
	second := r.process(t, "second", fmt.Sprintf("station: dock-2\nlisten: %s\ndata: second-data\nintake: {dir: second-orders}\nhub: {url: %q, max_backoff: 1s}\nlog_level: warn\n", freeAddr(t), r.hubURL))
	second.name = "station"
	one, two := "http://"+r.stationAt, "http://"+listenOf(t, second)
	r.start(t)
	orders := sampleOrders(30)
	r.dropAll(t, orders)
	carrier, numbers := r.largestCarrier(t, one, orders)
	if len(numbers) < 7 {
		t.Fatalf("%d parcels of %s", len(numbers), carrier)
	}
	scan := func(station, number, want string) string {
		t.Helper()
		var told struct{ Code, Message string }
		status, body := post(station+"/v1/scans", scanned(number))
		if err := json.Unmarshal(body, &told); err != nil || status != http.StatusOK || told.Code != want {
			t.Fatalf("scan of %s: %d %s, want %s", number, status, body, want)
		}
		return told.Message
	}
	status, body := post(one+"/v1/handoffs", fmt.Sprintf(`{"carrier":%q,"by":"Kim"}`, carrier))
	var h handoff.Session
	if err := json.Unmarshal(body, &h); err != nil || status != http.StatusCreated {
		t.Fatalf("open: %d %s", status, body)
	}
	known, both, apart, rest := numbers[0], numbers[1], numbers[2], numbers[3:]
	scan(one, known, "handed_over")
	r.awaitHub(t, h.ID, 1)
	r.hub.end(syscall.SIGKILL) // what follows the hub does not hear
	scan(one, both, "handed_over")
	scan(one, apart, "handed_over")
	r.station.end(syscall.SIGKILL)
	if err := second.start(); err != nil {
		t.Fatal(err)
	}
	var away struct {
		Handoffs []wire.Handoff
		Problem  string
	}
	if !eventually(t.Context(), 30*time.Second, func() bool {
		status, body := get(two + "/v1/hub/handoffs")
		return status == http.StatusOK && json.Unmarshal(body, &away) == nil
	}) || away.Problem == "" {
		t.Fatalf("the hub is away, and told is %+v", away)
	}
	const takeOver = `{"from":"bench-7","by":"Sam"}`
	if status, body := post(two+"/v1/handoffs/"+h.ID+"/take-over", takeOver); status != http.StatusServiceUnavailable || !strings.Contains(string(body), "must be reached") {
		t.Errorf("without the hub: %d %s", status, body)
	}
	if err := r.hub.start(); err != nil {
		t.Fatal(err)
	}
	var said []byte
	if !eventually(t.Context(), 30*time.Second, func() bool {
		var err error
		said, err = exec.Command(r.bin, "handoffs", "take-over", h.ID, "--from", "bench-7", "--by", "Sam", "--config", second.config).CombinedOutput()
		return err == nil
	}) || !strings.Contains(string(said), "handed over 1, missing ") {
		t.Fatalf("take-over: %s", said)
	}
	if words := scan(two, known, "already_handed_over"); !strings.Contains(words, "at station bench-7") {
		t.Errorf("of a parcel scanned before it says %q", words)
	}
	scan(two, both, "handed_over")
	for _, n := range rest[:len(rest)-1] {
		scan(two, n, "handed_over")
	}
	// The first comes back, and learns at its next contact.
	if err := r.station.start(); err != nil {
		t.Fatal(err)
	}
	last := rest[len(rest)-1]
	var view struct {
		handoff.Session
		Parcels, Conflicting []handoff.Entry
		MissingCount         int `json:"missing_count"`
	}
	look := func(station string) bool {
		_, body := get(station + "/v1/handoffs/" + h.ID)
		view.Taken, view.Parcels, view.Conflicting = nil, nil, nil
		return json.Unmarshal(body, &view) == nil
	}
	if !eventually(t.Context(), time.Minute, func() bool {
		return look(one) && view.Taken != nil && view.Taken.Station == "dock-2" && view.Taken.By == "Sam"
	}) {
		t.Fatalf("the first station has not learned of it: %+v", view.Session)
	}
	if words := scan(one, last, "handoff_taken_over"); !strings.Contains(words, "taken over by station dock-2") {
		t.Errorf("the first station says %q", words)
	}
	if !eventually(t.Context(), time.Minute, func() bool {
		return look(two) && len(view.Conflicting) == 1 && slices.ContainsFunc(view.Parcels, func(e handoff.Entry) bool { return string(e.TrackingNumber) == apart })
	}) {
		t.Fatalf("the scans of before are not merged: %+v", view)
	}
	if c := view.Conflicting[0]; string(c.TrackingNumber) != both || c.Conflict != handoff.Twice || c.Station != "bench-7" {
		t.Errorf("shown as scanned twice: %+v", c)
	}
	if view.MissingCount != 1 {
		t.Errorf("%d missing, 1 was not scanned", view.MissingCount)
	}
	scan(two, last, "handed_over")
	if status, body := post(two+"/v1/handoffs/"+h.ID+"/close", `{"driver":"M. Okafor","by":"Sam"}`); status != http.StatusOK {
		t.Fatalf("close: %d %s", status, body)
	}
	_, manifest := get(two + "/v1/handoffs/" + h.ID + "/manifest.csv")
	if got := manifestNumbers(t, manifest); !slices.Equal(got, slices.Sorted(slices.Values(numbers))) {
		t.Errorf("on the manifest are %v, handed over were %v", got, numbers)
	}
	if !eventually(t.Context(), time.Minute, func() bool {
		return look(one) && view.Taken != nil && !view.Taken.Closed.IsZero() && view.Count == len(numbers)
	}) {
		t.Errorf("the first station knows %+v", view.Session)
	}
	if words := scan(one, numbers[4], "already_handed_over"); !strings.Contains(words, "at station dock-2") {
		t.Errorf("of a parcel scanned there the first station says %q", words)
	}
	r.station.end(syscall.SIGTERM)
	second.end(syscall.SIGTERM)
	for _, data := range []string{"station-data", "second-data"} {
		out, err := exec.Command(r.bin, "journal", "replay", "--compare", "--path", filepath.Join(r.dir, data, "journal.db")).CombinedOutput()
		if err != nil {
			t.Errorf("%s: %v\n%s", data, err, out)
		}
	}
}

// listenOf returns where a station listens, as its configuration says.
func listenOf(t *testing.T, p *process) string {
	t.Helper()
	cfg, err := configs.LoadStation(p.config)
	if err != nil {
		t.Fatal(err)
	}
	return cfg.Listen
}

// largestCarrier waits until every order's label is on paper, and returns the
// carrier with the most parcels and their numbers.
func (r *rig) largestCarrier(t *testing.T, station string, orders []sample) (string, []string) {
	t.Helper()
	of := map[string][]string{}
	if !eventually(t.Context(), time.Minute, func() bool {
		clear(of)
		for _, o := range orders {
			if o.bad {
				continue
			}
			var s struct {
				Stage, Carrier string
				Parcels        []struct {
					Number string `json:"tracking_number"`
				}
			}
			if _, body := get(station + "/v1/orders/" + string(o.id)); json.Unmarshal(body, &s) != nil || s.Stage != "printed" || len(s.Parcels) != 1 {
				return false
			}
			of[s.Carrier] = append(of[s.Carrier], s.Parcels[0].Number)
		}
		return true
	}) {
		t.Fatalf("not every label is on paper: %v", of)
	}
	most := ""
	for c, numbers := range of {
		if len(numbers) > len(of[most]) || len(numbers) == len(of[most]) && c < most {
			most = c
		}
	}
	return most, of[most]
}

// awaitHub waits until the hub has heard of n scans onto a pick-up.
func (r *rig) awaitHub(t *testing.T, id string, n int) {
	t.Helper()
	var h wire.Handoff
	if !eventually(t.Context(), 30*time.Second, func() bool {
		_, body := get(r.hubURL + "/v1/handoffs/" + id)
		return json.Unmarshal(body, &h) == nil && h.Scans == n
	}) {
		t.Fatalf("the hub knows %+v", h)
	}
}

// manifestNumbers returns the tracking numbers of the parcels on a manifest, in
// order.
func manifestNumbers(t *testing.T, manifest []byte) []string {
	t.Helper()
	lines, err := csv.NewReader(bytes.NewReader(manifest)).ReadAll()
	if err != nil || len(lines) == 0 {
		t.Fatalf("%v: %s", err, manifest)
	}
	number := slices.Index(lines[0], "tracking_number")
	var all []string
	for _, l := range lines[1:] {
		if l[0] == "parcel" {
			all = append(all, l[number])
		}
	}
	slices.Sort(all)
	return all
}
