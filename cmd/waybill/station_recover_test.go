package main_test

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"waybill/agent/handoff"
	"waybill/shipment"
	"waybill/sync/journal"
	"waybill/sync/wire"
)

// command runs the program and returns what it wrote; it must end with code.
func (r *rig) command(t *testing.T, code int, args ...string) string {
	t.Helper()
	cmd := exec.Command(r.bin, args...)
	var out, errOut strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errOut
	err := cmd.Run()
	if got := cmd.ProcessState.ExitCode(); got != code {
		t.Fatalf("waybill %s: exit code %d, want %d (%v): %s%s", strings.Join(args, " "), got, code, err, &out, &errOut)
	}
	return out.String() + errOut.String()
}

// recorded returns how many events the station has recorded.
func (r *rig) recorded(t *testing.T) int64 {
	t.Helper()
	j, err := journal.OpenReadOnly(t.Context(), filepath.Join(r.dir, "station-data", "journal.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	head, err := j.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return head.Sequence
}

// enrol has the station come in with a code of the hub's.
func (r *rig) enrol(t *testing.T, more ...string) {
	t.Helper()
	var made struct{ Code string }
	out := r.command(t, 0, append([]string{"hub", "enrol", "--json", "--config", r.hub.config, "bench-7"}, more...)...)
	if err := json.Unmarshal([]byte(out), &made); err != nil || made.Code == "" {
		t.Fatalf("%v: %s", err, out)
	}
	r.command(t, 0, "station", "enrol", "--config", r.station.config, made.Code)
}

// self asks the hub who shows a token.
func (r *rig) self(t *testing.T, client *http.Client, token string) (status int, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.hubURL+"/v1/stations/self", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// TestALostDiskComesBack has a station lose its disk in the middle of a day: it is
// enrolled again under its name and gets its past from the hub. The same orders
// come in again; nothing is printed twice, no number is given twice, the pick-up
// goes on, and the hub's stories and both epochs are whole.
func TestALostDiskComesBack(t *testing.T) {
	if testing.Short() {
		t.Skip("runs real processes for some seconds")
	}
	if runtime.GOOS == "windows" {
		t.Skip("needs a pseudo-terminal")
	}
	r := newRig(t)
	r.startHub(t)
	r.enrol(t)
	if err := r.station.start(); err != nil {
		t.Fatal(err)
	}
	r.ready(t, "http://"+r.stationAt)
	station := "http://" + r.stationAt
	orders := sampleOrders(30)
	r.dropAll(t, orders[:24])
	carrier, numbers := r.largestCarrier(t, station, orders[:24])
	given := r.given(t, orders[:24])
	status, body := post(station+"/v1/handoffs", `{"carrier":"`+carrier+`","by":"Kim"}`)
	var h handoff.Session
	if err := json.Unmarshal(body, &h); err != nil || status != http.StatusCreated {
		t.Fatalf("open: %d %s", status, body)
	}
	for _, n := range numbers[:3] {
		r.scanned(t, n, "handed_over")
	}
	voided := r.voidOne(t, orders[:24], numbers)
	r.allAtHub(t, 1)
	paper := len(r.printer.Labels())
	token, err := os.ReadFile(filepath.Join(r.dir, "station-data", "hub", "token"))
	if err != nil {
		t.Fatal(err)
	}

	r.station.end(syscall.SIGKILL)
	for _, lost := range []string{filepath.Join(r.dir, "station-data"), r.inbox} {
		if err := os.RemoveAll(lost); err != nil {
			t.Fatal(err)
		}
	}
	if out := r.command(t, 1, "hub", "enrol", "--config", r.hub.config, "bench-7"); !strings.Contains(out, "--replace") {
		t.Errorf("a second code for an enrolled station: %s", out)
	}
	if out := r.command(t, 1, "station", "recover", "--config", r.station.config); !strings.Contains(out, "token") {
		t.Errorf("recovery without a token: %s", out)
	}
	r.enrol(t, "--replace")
	if status, body := r.self(t, http.DefaultClient, strings.TrimSpace(string(token))); status != http.StatusForbidden || !strings.Contains(body, string(wire.RefusedReplaced)) {
		t.Errorf("the token of the lost disk: %d %s", status, body)
	}
	var rep struct {
		Epoch, Events   int64
		Orders, Parcels int
		Gaps            []journal.Gap
		Asked           []string
		TakenOver       []string `json:"taken_over"`
		NotRebuilt      []string `json:"not_rebuilt"`
		Unknown         string
	}
	out := r.command(t, 0, "station", "recover", "--config", r.station.config)
	if err := json.Unmarshal([]byte(out), &rep); err != nil || rep.Epoch != 2 || rep.Orders != len(given) || len(rep.Gaps)+len(rep.Asked) > 0 ||
		len(rep.TakenOver) != 1 || len(rep.NotRebuilt) == 0 || rep.Unknown == "" {
		t.Errorf("recovery reports, %v: %s", err, out)
	}
	r.command(t, 2, "station", "recover", "--config", r.station.config) // there is a journal

	if err := r.station.start(); err != nil {
		t.Fatal(err)
	}
	r.ready(t, station)
	r.dropAll(t, orders[:24])
	r.inboxEmpty(t)
	for id, n := range r.given(t, orders[:24]) {
		if given[id] != n {
			t.Errorf("order %s had %s and has %s", id, given[id], n)
		}
	}
	r.dropAll(t, orders[24:])
	r.inboxEmpty(t)
	r.largestCarrier(t, station, orders[24:])
	fresh := r.given(t, orders[24:])
	if got, want := len(r.printer.Labels()), paper+len(fresh); got != want {
		t.Errorf("%d labels on paper, want %d", got, want)
	}
	used := map[string]shipment.OrderID{}
	for _, m := range []map[shipment.OrderID]string{given, fresh} {
		for id, n := range m {
			if other, twice := used[n]; twice {
				t.Errorf("%s was given to %s and %s", n, other, id)
			}
			used[n] = id
		}
	}
	r.scanned(t, numbers[0], "already_handed_over")
	r.scanned(t, numbers[3], "handed_over")
	r.scanned(t, given[voided], "voided")
	if status, body := post(station+"/v1/handoffs/"+h.ID+"/close", `{"driver":"M. Okafor","by":"Kim","confirm_missing":`+r.missing(t, h.ID)+`}`); status != http.StatusOK {
		t.Errorf("close of the pick-up that went on: %d %s", status, body)
	}
	if _, manifest := get(station + "/v1/handoffs/" + h.ID + "/manifest.csv"); len(manifestNumbers(t, manifest)) != 4 {
		t.Errorf("4 parcels left, and the manifest says\n%s", manifest)
	}
	r.allAtHub(t, 2)
	told, owners := r.events(t)
	for id, n := range given {
		if got := told[id]; got["label.printed"] != 1 || got["tracking.assigned"] != 1 || owners[n] != id && id != voided {
			t.Errorf("order %s: the hub has %v, and %s is %q's", id, got, n, owners[n])
		}
	}
	r.station.end(syscall.SIGTERM)
	r.command(t, 0, "journal", "verify", "--config", r.station.config)
	r.command(t, 0, "journal", "replay", "--compare", "--config", r.station.config)
}

// startHub starts the hub alone.
func (r *rig) startHub(t *testing.T) {
	t.Helper()
	if err := r.hub.start(); err != nil {
		t.Fatal(err)
	}
	r.ready(t, r.hubURL)
}

// ready waits until a server is.
func (r *rig) ready(t *testing.T, url string) {
	t.Helper()
	if !eventually(t.Context(), 30*time.Second, func() bool { status, _ := get(url + "/readyz"); return status == http.StatusOK }) {
		t.Fatalf("%s does not answer", url)
	}
}

// given returns the number of each order's parcel.
func (r *rig) given(t *testing.T, orders []sample) map[shipment.OrderID]string {
	t.Helper()
	of := map[shipment.OrderID]string{}
	for _, o := range orders {
		var s struct {
			Parcels []struct {
				Number string `json:"tracking_number"`
			}
		}
		if _, body := get("http://" + r.stationAt + "/v1/orders/" + string(o.id)); !o.bad && json.Unmarshal(body, &s) == nil && len(s.Parcels) == 1 {
			of[o.id] = s.Parcels[0].Number
		} else if !o.bad {
			t.Errorf("order %s: %s", o.id, body)
		}
	}
	return of
}

// scanned scans a number at the dock, which must be answered with code.
func (r *rig) scanned(t *testing.T, number, code string) {
	t.Helper()
	var told struct{ Code string }
	status, body := post("http://"+r.stationAt+"/v1/scans", scanned(number))
	if err := json.Unmarshal(body, &told); err != nil || status != http.StatusOK || told.Code != code {
		t.Errorf("scan of %s: %d %s, want %s", number, status, body, code)
	}
}

// voidOne voids an order that is on no pick-up.
func (r *rig) voidOne(t *testing.T, orders []sample, not []string) shipment.OrderID {
	t.Helper()
	given := r.given(t, orders)
next:
	for _, o := range orders {
		for _, n := range not {
			if o.bad || given[o.id] == n {
				continue next
			}
		}
		if status, body := post("http://"+r.stationAt+"/v1/orders/"+string(o.id)+"/void", `{"reason":"buyer cancelled"}`); status != http.StatusOK {
			t.Fatalf("void: %d %s", status, body)
		}
		return o.id
	}
	t.Fatal("every order is of one carrier")
	return ""
}

// missing returns how many parcels a pick-up still waits for.
func (r *rig) missing(t *testing.T, id string) string {
	t.Helper()
	var view struct {
		Missing json.Number `json:"missing_count"`
	}
	_, body := get("http://" + r.stationAt + "/v1/handoffs/" + id)
	if err := json.Unmarshal(body, &view); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	return view.Missing.String()
}

// inboxEmpty waits until every file was taken.
func (r *rig) inboxEmpty(t *testing.T) {
	t.Helper()
	var left []os.DirEntry
	if !eventually(t.Context(), time.Minute, func() bool {
		all, err := os.ReadDir(r.inbox)
		left = left[:0]
		for _, e := range all {
			if !e.IsDir() && !strings.HasPrefix(e.Name(), ".") {
				left = append(left, e)
			}
		}
		return err == nil && len(left) == 0
	}) {
		t.Fatalf("files are left: %v", left)
	}
}

// allAtHub waits until the hub has every event of the station, in so many epochs
// without a hole.
func (r *rig) allAtHub(t *testing.T, epochs int) {
	t.Helper()
	var list struct {
		Stations []struct {
			ID      string
			Missing int64
			Epochs  []struct{ Epoch, Highest, Events int64 }
		}
	}
	var body []byte
	if !eventually(t.Context(), time.Minute, func() bool {
		j, err := journal.OpenReadOnly(t.Context(), filepath.Join(r.dir, "station-data", "journal.db"))
		if err != nil {
			return false
		}
		defer j.Close()
		head, err := j.Head(t.Context())
		_, body = get(r.hubURL + "/v1/stations")
		if err != nil || json.Unmarshal(body, &list) != nil || len(list.Stations) != 1 {
			return false
		}
		s := list.Stations[0]
		return s.Missing == 0 && len(s.Epochs) == epochs && s.Epochs[epochs-1].Highest == head.Sequence && head.Epoch == int64(epochs)
	}) {
		t.Fatalf("the hub has %s", body)
	}
}
