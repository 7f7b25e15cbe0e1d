package api_test

import (
	"encoding/csv"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"waybill/agent/desk"
	"waybill/printer"
	"waybill/scanner"
)

// numbersUPS are numbers of UPS with right check digits.
var numbersUPS = []string{"1Z999AA10123456784", "1Z999AA10123456793", "1Z999AA10123456800"}

// packed takes orders in and prints their labels.
func (r *rig) packed(t *testing.T, n int) {
	t.Helper()
	for i, number := range numbersUPS[:n] {
		r.move(t, r.take(t, fmt.Sprint("P-", i+1), number), printer.Sending, printer.Sent, printer.Confirmed)
	}
}

// scanAt scans a number onto a pick-up, a second after whatever was before.
func (r *rig) scanAt(t *testing.T, id, scanner, number string) answer {
	t.Helper()
	r.later.Add(int64(time.Second))
	return r.call(t, "POST", "/v1/scans", fmt.Sprintf(`{"data":%q,"role":"dock","handoff":%q,"scanner":%q}`, number, id, scanner))
}

// TestAPickUpFromOpeningToPaper walks a pick-up through the API: two scanners,
// an undo, one missing parcel, a signature, the papers.
func TestAPickUpFromOpeningToPaper(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.packed(t, 3)
	key := []string{"Idempotency-Key", "open-1"}
	a := r.call(t, "POST", "/v1/handoffs", `{"carrier":"ups","trailer":"T-7","dock":"north","by":"ada"}`, key...)
	id, _ := a.get(t, "id").(string)
	if a.status != 201 || id == "" || a.get(t, "expected") != 3.0 || a.get(t, "scanned") != 0.0 {
		t.Fatalf("opened: %d\n%s", a.status, a.body)
	}
	if again := r.call(t, "POST", "/v1/handoffs", `{"carrier":"ups","trailer":"T-7","dock":"north","by":"ada"}`, key...); again.get(t, "id") != id {
		t.Errorf("asked again: %d\n%s", again.status, again.body)
	}
	r.problem(t, 409, "the key was used before", "POST", "/v1/handoffs", `{"carrier":"fedex"}`, key...)
	for i, scanner := range []string{"left", "right", "left"} {
		if a := r.scanAt(t, id, scanner, numbersUPS[i]); a.get(t, "code") != "handed_over" {
			t.Fatalf("scan: %s", a.body)
		}
	}
	for range 2 {
		a = r.call(t, "POST", "/v1/handoffs/"+id+"/undo", `{"by":"ada","reason":"no room"}`, "Idempotency-Key", "undo-1")
		if a.status != 200 || a.get(t, "taken_back.tracking_number") != numbersUPS[2] || a.get(t, "count") != 2.0 {
			t.Fatalf("undo: %d\n%s", a.status, a.body)
		}
	}
	if page := r.call(t, "GET", "/dock", ""); !strings.Contains(string(page.body), `data-number="`+numbersUPS[1]+`" data-entry="2"`) {
		t.Errorf("the page does not say which scan it takes back:\n%s", page.body)
	}
	r.problem(t, 409, "was scanned again since", "POST", "/v1/handoffs/"+id+"/undo", fmt.Sprintf(`{"tracking_number":%q,"entry":1}`, numbersUPS[1]))
	r.problem(t, 422, "say tracking_number too", "POST", "/v1/handoffs/"+id+"/undo", `{"entry":1}`)
	a = r.call(t, "GET", "/v1/handoffs/"+id, "")
	if a.get(t, "expected") != 3.0 || a.get(t, "scanned") != 2.0 || a.get(t, "missing_count") != 1.0 || !strings.Contains(string(a.body), "scanned 09:00 at left") {
		t.Errorf("live: %s", a.body)
	}
	r.problem(t, 409, "1 missing", "POST", "/v1/handoffs/"+id+"/close", `{"driver":"M. Okafor"}`)
	r.problem(t, 422, "outside", "POST", "/v1/handoffs/"+id+"/close", `{"signature":{"strokes":[[[0,900],[1,1]]]}}`)
	closing := `{"driver":"M. Okafor","signature":{"strokes":[[[10,10],[90,90]]]},"confirm_missing":1}`
	for range 2 {
		a = r.call(t, "POST", "/v1/handoffs/"+id+"/close", closing, "Idempotency-Key", "close-1")
		if a.status != 200 || a.get(t, "count") != 2.0 || a.get(t, "left_behind") != 1.0 || a.get(t, "closed") == nil || a.get(t, "signature_sha256") == nil {
			t.Fatalf("closed: %d\n%s", a.status, a.body)
		}
	}
	if got := r.scanAt(t, id, "left", numbersUPS[2]).get(t, "code"); got != "handoff_closed" {
		t.Errorf("scan onto the closed one: %v", got)
	}
	a = r.call(t, "GET", "/v1/handoffs/"+id+"/manifest.pdf", "")
	if a.status != 200 || a.kind != "application/pdf" || string(a.body) != "paper of "+id+", 2 parcels" {
		t.Errorf("PDF: %d %s\n%s", a.status, a.kind, a.body)
	}
	a = r.call(t, "GET", "/v1/handoffs/"+id+"/signature.svg", "")
	if a.status != 200 || a.kind != "image/svg+xml" || !strings.Contains(string(a.body), "M10 10L90 90") {
		t.Errorf("signature: %d %s\n%s", a.status, a.kind, a.body)
	}
	a = r.call(t, "GET", "/v1/handoffs/"+id+"/manifest.csv", "")
	rows, err := csv.NewReader(strings.NewReader(string(a.body))).ReadAll()
	if err != nil || a.status != 200 || a.kind != "text/csv" {
		t.Fatalf("CSV: %d %s, error %v", a.status, a.kind, err)
	}
	var got []string
	for _, row := range rows[1:] {
		got = append(got, strings.Join([]string{row[0], row[2], row[8], row[13]}, " "))
	}
	want := []string{"parcel " + numbersUPS[0] + " 100 ", "parcel " + numbersUPS[1] + " 100 ", "missing " + numbersUPS[2] + " 100 ", "service  200 2", "total  200 2"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("CSV (-want +got):\n%s", diff)
	}
	// A correction, and what was left behind on it.
	a = r.call(t, "POST", "/v1/handoffs", fmt.Sprintf(`{"corrects":%q}`, id))
	if a.status != 201 || a.get(t, "carrier") != "ups" || a.get(t, "corrects") != id {
		t.Errorf("correction: %d\n%s", a.status, a.body)
	}
	if a = r.call(t, "GET", "/v1/handoffs?open=true", ""); strings.Contains(string(a.body), id+`","carrier"`) {
		t.Errorf("open: %s", a.body)
	}
}

// TestKeepLabel holds that a person decides about an order that came otherwise.
func TestKeepLabel(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.packed(t, 1)
	r.problem(t, 409, "not come otherwise", "POST", "/v1/orders/P-1/keep-label", `{"by":"ada","reason":"looked"}`)
	other := strings.Replace(order("P-1", numbersUPS[0]), "1600 Amphitheatre Pkwy", "1 Main St", 1)
	r.problem(t, 409, "other content", "POST", "/v1/orders", other)
	if got := r.scanAt(t, "", "gun", numbersUPS[0]).get(t, "code"); got != "address_changed" {
		t.Errorf("scan: %v", got)
	}
	if a := r.call(t, "POST", "/v1/orders/P-1/keep-label", `{"by":"ada","reason":"asked the buyer"}`); a.status != 200 {
		t.Errorf("%d\n%s", a.status, a.body)
	}
	if got := r.scanAt(t, "", "gun", numbersUPS[0]).get(t, "code"); got != "handed_over" {
		t.Errorf("scan afterwards: %v", got)
	}
}

// TestTheDockShowsWhatTheDeskKnows holds the page of the dock against the desk.
func TestTheDockShowsWhatTheDeskKnows(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.packed(t, 2)
	shows := func(path string, wants ...string) {
		t.Helper()
		a := r.call(t, "GET", path, "")
		if a.status != 200 || a.kind != "text/html" {
			t.Errorf("%s: %d %s\n%s", path, a.status, a.kind, a.body)
		}
		for _, want := range wants {
			if !strings.Contains(string(a.body), want) {
				t.Errorf("%s does not show %q", path, want)
			}
		}
	}
	shows("/dock", "No pick-up is open", "Scan a parcel", `<option value="ups">UPS</option>`)
	id, _ := r.call(t, "POST", "/v1/handoffs", `{"carrier":"ups"}`).get(t, "id").(string)
	r.scanAt(t, id, "left", numbersUPS[0])
	shows("/dock/live", "Handed over", `<b id="scanned">1</b><span>of 2</span>`, "P-2", "never scanned", "<b>left</b>")
	r.scanAt(t, id, "right", "nonsense")
	shows("/dock/live?handoff="+id, "b-stop", "is no parcel of this desk")
	r.call(t, "POST", "/v1/handoffs/"+id+"/close", `{"driver":"M. Okafor","confirm_missing":1}`)
	shows("/dock?handoff="+id, "taken by M. Okafor, 1 left behind", "manifest.pdf")
	shows("/dock", "<td>M. Okafor</td>", "/v1/handoffs/"+id+"/manifest.csv")
	r.problem(t, 404, "none", "GET", "/dock?handoff=none", "")
}

// Two programs that chose the same key each open their own pick-up.
func TestHandoffKeysAreTheirCallers(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ids := map[string]string{}
	for _, caller := range []string{"north", "south", "north"} {
		a := r.call(t, "POST", "/v1/handoffs", fmt.Sprintf(`{"carrier":"ups","dock":%q}`, caller), "Idempotency-Key", "1", "X-Scope", "print:raw", "X-Holder", caller)
		id, _ := a.get(t, "id").(string)
		if a.status >= 300 || id == "" || ids[caller] != "" && ids[caller] != id {
			t.Fatalf("%s: %d\n%s", caller, a.status, a.body)
		}
		ids[caller] = id
	}
	if ids["north"] == ids["south"] {
		t.Errorf("both have %s", ids["north"])
	}
}

// The page of the dock tells of a dock's scanner that is away, and of no other.
func TestTheDockTellsOfItsScanners(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	says := func(want bool) {
		t.Helper()
		for _, path := range []string{"/dock", "/dock/live"} {
			body := string(r.call(t, "GET", path, "").body)
			if got := strings.Contains(body, "Scanner away: dock-gun, since "); got != want {
				t.Errorf("%s tells that the scanner is away: %v, want %v", path, got, want)
			}
			if strings.Contains(body, "bench-gun") {
				t.Errorf("%s tells of a bench's scanner", path)
			}
		}
	}
	set := func(name string, role scanner.Role, state, words string) {
		t.Helper()
		if err := r.desk.SetDevice(t.Context(), desk.Device{Kind: "scanner", Name: name, Role: role, State: state, Words: words}); err != nil {
			t.Fatal(err)
		}
	}
	set("bench-gun", scanner.Bench, "away", "Scanner away")
	set("dock-gun", scanner.Dock, "ready", "")
	says(false)
	set("dock-gun", scanner.Dock, "away", "Scanner away")
	says(true)
	set("dock-gun", scanner.Dock, "ready", "")
	says(false)
}
