package main_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"runtime"
	"syscall"
	"testing"
	"time"

	"waybill/agent/handoff"
)

// TestAPickUpSurvivesKills scans parcels of a real station onto pick-ups while
// the station is killed in the middle of it: every parcel is on one pick-up
// once, and what is closed says the same on paper.
func TestAPickUpSurvivesKills(t *testing.T) {
	if testing.Short() {
		t.Skip("runs real processes for some seconds")
	}
	if runtime.GOOS == "windows" {
		t.Skip("needs a pseudo-terminal")
	}
	r := newRig(t)
	orders := sampleOrders(12)
	good := 0
	for _, o := range orders {
		if !o.bad {
			good++
		}
	}
	r.start(t)
	r.dropAll(t, orders)
	if !eventually(t.Context(), time.Minute, func() bool { return len(r.printer.Labels()) >= good }) {
		t.Fatalf("%d labels of %d", len(r.printer.Labels()), good)
	}
	station := "http://" + r.stationAt
	for n := range good {
		code, err := r.read(n + 1)
		if err != nil {
			t.Fatal(err)
		}
		if n%4 == 1 { // in the middle of a scan, whose answer may be lost
			go func() { _, _ = post(station+"/v1/scans", scanned(string(code.TrackingNumber))) }()
			r.station.end(syscall.SIGKILL)
			if err := r.station.start(); err != nil {
				t.Fatal(err)
			}
		}
		var told struct{ Code string }
		if !eventually(t.Context(), 30*time.Second, func() bool {
			status, body := post(station+"/v1/scans", scanned(string(code.TrackingNumber)))
			return status == http.StatusOK && json.Unmarshal(body, &told) == nil
		}) || told.Code != "handed_over" && told.Code != "already_handed_over" {
			t.Fatalf("scan of %s: %+v", code.TrackingNumber, told)
		}
	}
	_, body := get(station + "/v1/handoffs?open=true")
	var open struct{ Handoffs []handoff.Session }
	if err := json.Unmarshal(body, &open); err != nil || len(open.Handoffs) == 0 {
		t.Fatalf("%s, error %v", body, err)
	}
	on := map[string]int{}
	for _, h := range open.Handoffs {
		if status, body := post(station+"/v1/handoffs/"+h.ID+"/close", `{"driver":"M. Okafor"}`); status != http.StatusOK {
			t.Errorf("close: %d %s", status, body)
		}
		var closed struct {
			Count   int
			Parcels []handoff.Entry
		}
		_, body := get(station + "/v1/handoffs/" + h.ID)
		if err := json.Unmarshal(body, &closed); err != nil || closed.Count != len(closed.Parcels) {
			t.Errorf("%s, error %v", body, err)
		}
		for _, p := range closed.Parcels {
			on[string(p.TrackingNumber)]++
		}
		if _, paper := get(station + "/v1/handoffs/" + h.ID + "/manifest.pdf"); !bytes.HasPrefix(paper, []byte("%PDF")) {
			t.Errorf("manifest: %.80s", paper)
		}
	}
	for number, n := range on {
		if n != 1 {
			t.Errorf("%s is on pick-ups %d times", number, n)
		}
	}
	if len(on) != good {
		t.Errorf("%d parcels on pick-ups, %d were scanned", len(on), good)
	}
}

func scanned(number string) string { return fmt.Sprintf(`{"data":%q,"role":"dock"}`, number) }

// post sends JSON; status 0 is no answer.
func post(url, body string) (int, []byte) {
	c := http.Client{Timeout: 5 * time.Second}
	resp, err := c.Post(url, "application/json", bytes.NewReader([]byte(body)))
	if err != nil {
		return 0, nil
	}
	defer resp.Body.Close()
	var answer bytes.Buffer
	if _, err := answer.ReadFrom(resp.Body); err != nil {
		return 0, nil
	}
	return resp.StatusCode, answer.Bytes()
}
