package dockday_test

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"waybill/internal/process"
)

// A manifest is what the driver got.
type manifest struct {
	handoff, carrier string
	corrects         string
	csv              []row
	pdf              string // its text; empty: there is none to read
}

// A row is a line of a CSV, by its columns.
type row map[string]string

// of returns the lines of one kind.
func (m manifest) of(record string) []row {
	var rows []row
	for _, r := range m.csv {
		if r["record"] == record {
			rows = append(rows, r)
		}
	}
	return rows
}

// A carrierDay is a carrier's day as the station tells it.
type carrierDay struct {
	Carrier    string
	Pickups    int
	HandedOver int `json:"handed_over"`
	Weight     int `json:"weight_g"`
	LeftBehind int `json:"left_behind"`
	Waiting    int
	Missed     int
	Cutoff     time.Time
}

// setCutoff writes into the configuration until when a carrier takes parcels: the
// next full minute. That is while the station is down, as a person would do it
// who has just thought of it.
func (d *day) setCutoff() {
	at := time.Now().In(d.zone).Truncate(time.Minute).Add(time.Minute)
	text := fmt.Sprintf("%shandoff: {cutoffs: {%s: %q}}\n", d.config, cutoffCarrier, at.Format("15:04"))
	if err := os.WriteFile(filepath.Join(d.dir, "station", "station.yaml"), []byte(text), 0o600); err != nil {
		d.complain("%v", err)
	}
}

// waitForCutoff returns when the station has told of the cut-off that passed.
func (d *day) waitForCutoff(ctx context.Context) {
	for deadline := time.Now().Add(stuck); time.Now().Before(deadline); {
		if days, _ := d.closeOut(ctx); days[cutoffCarrier].Missed > 0 {
			return
		}
		if !process.Wait(ctx, 200*time.Millisecond) {
			return
		}
	}
	d.complain("the cut-off of %s has passed, and nobody has said so", cutoffCarrier)
}

// closeOut returns the day by carrier, and the carriers of alarms.
func (d *day) closeOut(ctx context.Context) (days map[string]carrierDay, alarms []string) {
	status, text, err := d.station.Call(ctx, http.MethodGet, "/v1/closeouts/today", nil)
	var told struct {
		Carriers []carrierDay
		Raised   []struct{ Carrier string }
	}
	if err != nil || status != http.StatusOK || json.Unmarshal(text, &told) != nil {
		d.complain("the day's close-out: %d %v %s", status, err, text)
	}
	days = map[string]carrierDay{}
	for _, c := range told.Carriers {
		days[c.Carrier] = c
	}
	for _, a := range told.Raised {
		alarms = append(alarms, a.Carrier)
	}
	return days, alarms
}

func (d *day) closeHandoffs(ctx context.Context, t *testing.T) []manifest {
	t.Helper()
	_, text, err := d.station.Call(ctx, http.MethodGet, "/v1/handoffs", nil)
	var list struct {
		Handoffs []struct{ ID, Carrier string }
	}
	if err := json.Unmarshal(text, &list); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	if err != nil || len(list.Handoffs) != len(carriers) {
		d.complain("%d pick-ups, not %d: %s %v", len(list.Handoffs), len(carriers), text, err)
	}
	var ms []manifest
	for _, h := range list.Handoffs {
		ms = append(ms, d.closeOne(ctx, t, manifest{handoff: h.ID, carrier: h.Carrier}))
	}
	slices.SortStableFunc(ms, func(a, b manifest) int { // the one that is corrected first
		return strings.Compare(a.carrier, b.carrier)
	})
	return ms
}

// closeOne closes a pick-up, and returns its manifest.
func (d *day) closeOne(ctx context.Context, t *testing.T, m manifest) manifest {
	t.Helper()
	path := "/v1/handoffs/" + m.handoff
	_, text, err := d.station.Call(ctx, http.MethodGet, path, nil)
	var view struct {
		Missing int `json:"missing_count"`
	}
	if err != nil || json.Unmarshal(text, &view) != nil {
		t.Fatalf("%v: %s", err, text)
	}
	if m.corrects != "" {
		view.Missing = 0
	}
	d.ask(ctx, path+"/close", fmt.Sprintf(`{"driver":"A. Driver","by":"E. Clerk","confirm_missing":%d}`, view.Missing))
	return d.manifest(ctx, t, m)
}

// correct corrects a pick-up that was closed: a parcel that was forgotten has left
// after all, and another has not.
func (d *day) correct(ctx context.Context, t *testing.T, closed manifest) manifest {
	t.Helper()
	_, text := d.ask(ctx, "/v1/handoffs", fmt.Sprintf(`{"corrects":%q,"by":"E. Clerk"}`, closed.handoff))
	var opened struct{ ID, Carrier string }
	if err := json.Unmarshal(text, &opened); err != nil || opened.Carrier != closed.carrier {
		t.Fatalf("the correction: %v %s", err, text)
	}
	ours := func(p parcel) bool { return p.carrier == closed.carrier }
	forgotten := slices.IndexFunc(d.behindAll.parcels, ours)
	here := slices.IndexFunc(d.scanned, ours)
	if forgotten < 0 || here < 0 {
		t.Fatalf("%s has nothing to correct", closed.carrier)
	}
	p := d.behindAll.parcels[forgotten]
	_, text = d.ask(ctx, "/v1/scans", fmt.Sprintf(`{"data":%q,"role":"dock","handoff":%q}`, p.number, opened.ID))
	if !strings.Contains(string(text), `"code":"handed_over"`) {
		d.complain("%s was forgotten, and scanned onto the correction: %s", p, text)
	}
	back := d.scanned[here]
	d.ask(ctx, "/v1/handoffs/"+opened.ID+"/undo", fmt.Sprintf(`{"tracking_number":%q,"by":"E. Clerk","reason":"it lies on the dock"}`, back.number))
	d.scanned = append(slices.Delete(d.scanned, here, here+1), p)
	d.returned.put(back)
	return d.closeOne(ctx, t, manifest{handoff: opened.ID, carrier: opened.Carrier, corrects: closed.handoff})
}

// manifest reads a manifest as whoever gets it could.
func (d *day) manifest(ctx context.Context, t *testing.T, m manifest) manifest {
	t.Helper()
	path := "/v1/handoffs/" + m.handoff
	status, text, err := d.station.Call(ctx, http.MethodGet, path+"/manifest.csv", nil)
	lines, csvErr := csv.NewReader(strings.NewReader(string(text))).ReadAll()
	if err != nil || status != http.StatusOK || csvErr != nil || len(lines) == 0 {
		d.complain("CSV of %s's pick-up: %d %v %v", m.carrier, status, err, csvErr)
		return m
	}
	for _, line := range lines[1:] {
		r := row{}
		for i, name := range lines[0] {
			r[name] = line[i]
		}
		m.csv = append(m.csv, r)
	}
	status, text, err = d.station.Call(ctx, http.MethodGet, path+"/manifest.pdf", nil)
	if err != nil || status != http.StatusOK {
		d.complain("PDF of %s's pick-up: %d %v", m.carrier, status, err)
		return m
	}
	if _, err := exec.LookPath("pdftotext"); err != nil {
		if os.Getenv("CI") == "true" {
			d.complain("pdftotext is not installed (run tools/install.sh)")
		}
		t.Log("the PDF manifests are not read: there is no pdftotext (run tools/install.sh)")
		return m
	}
	cmd := exec.CommandContext(ctx, "pdftotext", "-layout", "-", "-")
	cmd.Stdin = strings.NewReader(string(text))
	out, err := cmd.Output()
	if err != nil {
		d.complain("PDF of %s's pick-up: pdftotext: %v", m.carrier, err)
	}
	m.pdf = string(out)
	return m
}
