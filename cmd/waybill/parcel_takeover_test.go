package main_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"waybill/scanner"
	"waybill/sync/wire"
)

// TestParcelsOfADeadStationLeaveFromAnother kills a station whose labels are on boxes
// and of which no pick-up is open. Another hands them over as a person says, is killed
// itself between the hub's word and its journal, and goes on. The first comes back and
// refuses them; one that it hands over before it knows is told at both, and counts once.
func TestParcelsOfADeadStationLeaveFromAnother(t *testing.T) {
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
	orders := sampleOrders(20)
	r.dropAll(t, orders)
	_, numbers := r.largestCarrier(t, one, orders)
	if len(numbers) < 5 {
		t.Fatalf("%d parcels", len(numbers))
	}
	for _, n := range numbers {
		r.awaitParcel(t, n, func(p wire.Parcel) bool { return p.Code == "" && p.Holder == "bench-7" })
	}
	r.station.end(syscall.SIGKILL)
	if err := second.start(); err != nil {
		t.Fatal(err)
	}
	scan := func(station, number string) (code, message string) {
		t.Helper()
		var told struct{ Code, Message string }
		if !eventually(t.Context(), 30*time.Second, func() bool {
			status, body := post(station+"/v1/scans", scanned(number))
			return status == http.StatusOK && json.Unmarshal(body, &told) == nil
		}) {
			t.Fatalf("no answer to a scan of %s", number)
		}
		return told.Code, told.Message
	}
	until := func(station, number, want string) string {
		t.Helper()
		code, message := "", ""
		if !eventually(t.Context(), time.Minute, func() bool {
			if code, message = scan(station, number); code != want {
				wait(t.Context(), 2*scanner.DefaultDuplicateWindow) // a hand that scans at once again has scanned once
			}
			return code == want
		}) {
			t.Fatalf("a scan of %s comes to %s %q, want %s", number, code, message, want)
		}
		return message
	}
	if code, message := scan(two, numbers[0]); code != "unknown" || !strings.HasSuffix(message, "The hub is asked.") {
		t.Errorf("%s %q", code, message)
	}
	if out, err := exec.Command(r.bin, "handoffs", "parcels-of", "bench-7", "--by", "Sam", "--config", second.config).CombinedOutput(); err != nil || !strings.Contains(string(out), "bench-7") {
		t.Fatalf("%v: %s", err, out)
	}
	until(two, numbers[0], "handed_over")
	// It dies somewhere between the question, the hub's word and its own journal.
	for _, n := range numbers[1:3] {
		if code, message := scan(two, n); code != "unknown" {
			t.Errorf("%s %q", code, message)
		}
		second.end(syscall.SIGKILL)
		if err := second.start(); err != nil {
			t.Fatal(err)
		}
		until(two, n, "handed_over")
	}
	// One is given and stays; one is handed over at both.
	stays, both := numbers[3], numbers[4]
	until(two, both, "handed_over")
	if code, message := scan(two, stays); code != "unknown" {
		t.Errorf("%s %q", code, message)
	}
	r.awaitParcel(t, stays, func(p wire.Parcel) bool { return p.Holder == "dock-2" })
	r.awaitParcel(t, both, func(p wire.Parcel) bool { return len(p.Left) == 1 })
	r.hub.end(syscall.SIGKILL)
	if err := r.station.start(); err != nil {
		t.Fatal(err)
	}
	until(one, both, "handed_over")
	if err := r.hub.start(); err != nil {
		t.Fatal(err)
	}
	for station, want := range map[string]string{one: "counts there", two: "counts here"} {
		body := []byte(nil)
		if !eventually(t.Context(), time.Minute, func() bool {
			_, body = get(station + "/v1/closeouts/today")
			return strings.Contains(string(body), both) && strings.Contains(string(body), want)
		}) {
			t.Errorf("no alarm of %s: %s", both, body)
		}
	}
	if words := until(one, stays, "parcel_taken_over"); !strings.Contains(words, "by station dock-2") || !strings.Contains(words, "by Sam") {
		t.Errorf("the first says %q", words)
	}
	until(two, stays, "handed_over")
	if words := until(one, numbers[1], "already_handed_over"); !strings.Contains(words, "at station dock-2") {
		t.Errorf("the first says %q", words)
	}
	r.awaitParcel(t, both, func(p wire.Parcel) bool {
		counts, left := p.LeftLast()
		return left && counts.Station == "dock-2" && len(p.Left) == 2
	})
	r.station.end(syscall.SIGTERM)
	second.end(syscall.SIGTERM)
	for _, data := range []string{"station-data", "second-data"} {
		for _, args := range [][]string{{"journal", "replay", "--compare"}, {"journal", "verify"}} {
			out, err := exec.Command(r.bin, append(args, "--path", filepath.Join(r.dir, data, "journal.db"))...).CombinedOutput()
			if err != nil {
				t.Errorf("%v of %s: %v\n%s", args, data, err, out)
			}
		}
	}
}

// awaitParcel waits until the hub says what is wanted of a parcel.
func (r *rig) awaitParcel(t *testing.T, number string, want func(wire.Parcel) bool) {
	t.Helper()
	var p wire.Parcel
	if !eventually(t.Context(), time.Minute, func() bool {
		p = wire.Parcel{}
		_, body := get(r.hubURL + "/v1/parcels/" + url.PathEscape(number))
		return json.Unmarshal(body, &p) == nil && want(p)
	}) {
		t.Fatalf("the hub knows of %s %+v", number, p)
	}
}
