package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"waybill/agent/desk"
	"waybill/printer"
)

func TestOrders(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	a := r.call(t, "POST", "/v1/orders", order("A/1", number))
	if a.status != http.StatusCreated || a.get(t, "order_id") != "A/1" || a.get(t, "stage") != "printing" {
		t.Fatalf("%d\n%s", a.status, a.body)
	}
	if extra := a.get(t, "order.extra.warehouse_shelf"); extra != "B7" {
		t.Errorf("an unknown field was not kept: %v", a.get(t, "order.extra"))
	}
	if a = r.call(t, "POST", "/v1/orders", order("A/1", number)); a.status != http.StatusOK {
		t.Errorf("the same again: %d\n%s", a.status, a.body)
	}
	if a = r.call(t, "POST", "/v1/orders", order("B", "1Z12345E0205271688"), "Content-Type", "text/plain"); a.status != http.StatusCreated {
		t.Errorf("as text: %d\n%s", a.status, a.body)
	}
	if a = r.call(t, "GET", "/v1/orders/"+url.PathEscape("A/1"), ""); a.status != http.StatusOK || a.get(t, "carrier") != "ups" {
		t.Errorf("%d\n%s", a.status, a.body)
	}
	var list struct {
		Orders []struct {
			OrderID string `json:"order_id"`
		} `json:"orders"`
	}
	for query, want := range map[string]string{"": "[{B} {A/1}]", "?limit=1": "[{B}]", "?stage=printing": "[{B} {A/1}]", "?stage=held": "[]"} {
		a = r.call(t, "GET", "/v1/orders"+query, "")
		if err := json.Unmarshal(a.body, &list); err != nil || fmt.Sprint(list.Orders) != want {
			t.Errorf("orders%s: %v, want %s; error %v", query, list.Orders, want, err)
		}
	}
	for _, act := range []string{"print", "print"} {
		if a = r.call(t, "POST", "/v1/orders/B/"+act, ""); a.status != http.StatusOK {
			t.Errorf("%s: %d\n%s", act, a.status, a.body)
		}
	}
	if jobs, _ := r.desk.Jobs(t.Context(), 9); len(jobs) != 2 {
		t.Errorf("%d jobs for two orders", len(jobs))
	}
}

func TestBadOrders(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.take(t, "TAKEN", number)
	tests := map[string]struct {
		status     int
		says, body string
	}{
		"no JSON":        {422, "line 1, column 2", "{broken"},
		"no order":       {422, "items", `{"order_id":"X"}`},
		"wrong type":     {422, "items[0].quantity", strings.Replace(order("X", ""), `"quantity":1`, `"quantity":"many"`, 1)},
		"bad address":    {422, "ship_to.postal_code", strings.Replace(order("X", ""), "94043", "62701", 1)},
		"two orders":     {422, "2 orders", order("X", "") + "\n" + order("Y", "")},
		"number in use":  {422, "tracking_number", order("X", number)},
		"other carrier":  {422, "tracking_number", strings.NewReplacer(`"ups"`, `"usps"`, "ups_ground", "usps_priority").Replace(order("X", number))},
		"changed":        {409, "void the order and send this again", strings.Replace(order("TAKEN", number), `"quantity":1`, `"quantity":2`, 1)},
		"longer than 16": {413, "", `{"x":"` + strings.Repeat("x", 16<<20) + `"}`},
		"nothing":        {400, "body", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r.problem(t, tt.status, tt.says, "POST", "/v1/orders", tt.body)
		})
	}
}

func TestIdempotencyKey(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	body := order("A", number)
	for i, want := range []int{http.StatusCreated, http.StatusOK} {
		if a := r.call(t, "POST", "/v1/orders", body, "Idempotency-Key", "k1"); a.status != want {
			t.Errorf("try %d: %d, want %d\n%s", i+1, a.status, want, a.body)
		}
	}
	r.problem(t, 409, "for order A", "POST", "/v1/orders", order("B", "1Z12345E0205271688"), "Idempotency-Key", "k1")
	r.problem(t, 404, `\"B\"`, "GET", "/v1/orders/B", "")
	r.problem(t, 422, "Idempotency-Key", "POST", "/v1/orders", body, "Idempotency-Key", strings.Repeat("k", 201))
}

func TestUnknownThingsAndBadInput(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	why := `{"reason":"smudged"}`
	for _, c := range []struct {
		status             int
		method, path, body string
		says               string
	}{
		{404, "GET", "/v1/orders/none", "", "none"},
		{404, "GET", "/v1", "", "There is no GET /v1 here"},
		{404, "POST", "/v1", "{}", "There is no POST /v1 here"},
		{404, "GET", "/schemas", "", "There is no GET /schemas here"},
		{404, "POST", "/v1/orders/none/print", "", "none"},
		{404, "POST", "/v1/orders/none/reprint", why, "none"},
		{404, "POST", "/v1/orders/none/void", why, "none"},
		{404, "GET", "/v1/orders/none/label.png", "", "none"},
		{404, "POST", "/v1/jobs/none/resolve", `{"outcome":"printed"}`, "none"},
		{404, "GET", "/v1/handoffs/none", "", "none"},
		{404, "POST", "/v1/handoffs/none/close", "", "none"},
		{404, "GET", "/v1/handoffs/none/manifest.pdf", "", "none"},
		{404, "GET", "/v1/handoffs/none/manifest.csv", "", "none"},
		{404, "POST", "/v1/handoffs/none/undo", "", "none"},
		{422, "POST", "/v1/handoffs", `{}`, "carrier: required"},
		{422, "POST", "/v1/orders/none/void", `{"reason":"x"}`, "body.reason"},
		{422, "POST", "/v1/orders/none/reprint", `{}`, "reason"},
		{422, "POST", "/v1/orders/none/reprint", `{"reason":"smudged","parcel":0}`, "body.parcel"},
		{422, "POST", "/v1/jobs/none/resolve", `{"outcome":"perhaps"}`, "body.outcome"},
		{422, "POST", "/v1/scans", `{"data":""}`, "body.data"},
		{422, "POST", "/v1/scans", `{"data":"1","role":"roof"}`, "body.role"},
		{422, "POST", "/v1/handoffs", `{"carrier":"pigeon"}`, "pigeon"},
		{400, "POST", "/v1/scans", `{broken`, ""},
		{422, "GET", "/v1/orders?limit=0", "", "query.limit"},
		{422, "GET", "/v1/jobs?limit=many", "", "query.limit"},
		{404, "GET", "/v1/nonsense", "", "nonsense"},
		{405, "DELETE", "/v1/orders/none", "", "DELETE"},
	} {
		r.problem(t, c.status, c.says, c.method, c.path, c.body)
	}
	r.problem(t, 422, "printed or not_printed", "POST", "/jobs/none/resolve", "outcome=perhaps", "Content-Type", "application/x-www-form-urlencoded")
	r.problem(t, 404, "none", "POST", "/jobs/none/resolve", "outcome=printed", "Content-Type", "application/x-www-form-urlencoded")
}

// A caller that missed the answer to a scan asks again with its key, and hears what
// it would have heard; with a new key the scan is another one.
func TestAScanSentAgainCountsOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.move(t, r.take(t, "A", number), printer.Sending, printer.Confirmed)
	body := `{"data":"` + number + `"}`
	for i, c := range []struct{ key, signal, code string }{
		{"k1", "good", "checked"},
		{"k1", "good", "checked"},
		{"k2", "warn", "already_checked"},
		{"k1", "good", "checked"},
	} {
		a := r.call(t, "POST", "/v1/scans", body, "Idempotency-Key", c.key)
		if a.status != 200 || a.get(t, "signal") != c.signal || a.get(t, "code") != c.code || a.get(t, "order_id") != "A" || a.get(t, "scan.kind") != "tracking_number" {
			t.Errorf("scan %d with key %s: %d\n%s", i, c.key, a.status, a.body)
		}
	}
	r.problem(t, 409, "used before", "POST", "/v1/scans", `{"data":"other"}`, "Idempotency-Key", "k1")
	r.problem(t, 409, "used before", "POST", "/v1/scans", `{"data":"`+number+`","role":"dock"}`, "Idempotency-Key", "k1")
}

// What a page says is no whole scan is refused with its words, also where it looks
// like a whole one, and moves nothing.
func TestADamagedScanIsRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.move(t, r.take(t, "A", number), printer.Sending, printer.Confirmed)
	for _, role := range []string{"bench", "dock"} {
		a := r.call(t, "POST", "/v1/scans", `{"data":"`+number+`","role":"`+role+`","damaged":"it came in pieces"}`)
		if a.status != 200 || a.get(t, "signal") != "bad" || a.get(t, "code") != "damaged" || a.get(t, "message") != "Damaged scan (it came in pieces). Scan again." {
			t.Errorf("%s: %d\n%s", role, a.status, a.body)
		}
		a = r.call(t, "POST", "/v1/scans", `{"data":"`+number+`","role":"`+role+`"}`)
		if a.get(t, "signal") != "good" {
			t.Errorf("%s, whole: %d\n%s", role, a.status, a.body)
		}
	}
	r.problem(t, 422, "damaged", "POST", "/v1/scans", `{"data":"1Z","damaged":"`+strings.Repeat("x", 201)+`"}`)
}

func TestReprintVoidAndScan(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	job := r.take(t, "A", number)
	r.problem(t, 409, "being made or printed", "POST", "/v1/orders/A/reprint", `{"reason":"smudged"}`)
	r.move(t, job, printer.Sending, printer.Confirmed)
	if a := r.call(t, "POST", "/v1/scans", `{"data":"1z999aa10123456784"}`); a.status != 200 || a.get(t, "signal") != "good" || a.get(t, "order_id") != "A" || a.get(t, "scan.kind") != "tracking_number" {
		t.Errorf("%d\n%s", a.status, a.body)
	}
	if a := r.call(t, "POST", "/v1/scans", `{"data":"nothing","role":"dock"}`); a.status != 200 || a.get(t, "signal") != "bad" || a.get(t, "code") != "unknown" {
		t.Errorf("%d\n%s", a.status, a.body)
	}
	if a := r.call(t, "POST", "/v1/orders/A/reprint", `{"reason":"smudged"}`); a.status != 200 || a.get(t, "stage") != "printing" {
		t.Errorf("%d\n%s", a.status, a.body)
	}
	if a := r.call(t, "POST", "/v1/orders/A/void", `{"reason":"buyer cancelled"}`); a.status != 200 || a.get(t, "stage") != "voided" {
		t.Errorf("%d\n%s", a.status, a.body)
	}
	r.problem(t, 409, "never prints again", "POST", "/v1/orders/A/print", "")
	r.problem(t, 409, "never prints again", "POST", "/v1/orders/A/reprint", `{"reason":"smudged"}`)
	if a := r.call(t, "POST", "/v1/orders", strings.Replace(order("A", number), "B7", "B8", 1)); a.status != 200 || a.get(t, "stage") != "voided" {
		t.Errorf("the same order again: %d\n%s", a.status, a.body)
	}
	corrected := strings.Replace(order("A", number), `"quantity":1`, `"quantity":2`, 1)
	r.problem(t, 422, "voided", "POST", "/v1/orders", corrected)
	if a := r.call(t, "POST", "/v1/orders", strings.Replace(corrected, number, "1Z999AA10300000019", 1)); a.status != 201 || a.get(t, "stage") != "printing" {
		t.Errorf("the corrected order: %d\n%s", a.status, a.body)
	}
}

func TestJobsAndResolve(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	job := r.take(t, "A", number)
	r.problem(t, 409, "waits for a decision", "POST", "/v1/jobs/"+string(job.ID)+"/resolve", `{"outcome":"printed"}`)
	r.move(t, job, printer.Sending, printer.Unconfirmed)
	r.problem(t, 409, "/v1/jobs/{id}/resolve", "POST", "/v1/orders/A/print", "")
	page := r.call(t, "GET", "/", "")
	if !strings.Contains(string(page.body), "/jobs/"+string(job.ID)+"/resolve") {
		t.Error("the page does not ask whether the label came out")
	}
	if a := r.call(t, "POST", "/v1/jobs/"+string(job.ID)+"/resolve", `{"outcome":"not_printed"}`); a.status != 200 || !strings.Contains(string(a.body), `"state":"queued"`) {
		t.Errorf("%d\n%s", a.status, a.body)
	}
	job, _ = r.desk.Job(t.Context(), job.ID)
	r.move(t, job, printer.Sending, printer.Unconfirmed)
	form := r.call(t, "POST", "/jobs/"+string(job.ID)+"/resolve", "outcome=printed", "Content-Type", "application/x-www-form-urlencoded")
	if form.status != http.StatusSeeOther || form.header.Get("Location") != "/" {
		t.Errorf("form: %d to %q\n%s", form.status, form.header.Get("Location"), form.body)
	}
	r.problem(t, 409, "", "POST", "/jobs/"+string(job.ID)+"/resolve", "outcome=printed", "Content-Type", "application/x-www-form-urlencoded")
	a := r.call(t, "GET", "/v1/jobs", "")
	if !strings.Contains(string(a.body), `"evidence":"E4"`) || strings.Contains(string(a.body), `"content"`) {
		t.Errorf("jobs:\n%s", a.body)
	}
}

func TestLabelPicture(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	two := strings.Replace(order("A", ""), `"items"`, `"parcels":[{"weight_g":1},{"weight_g":2}],"items"`, 1)
	if a := r.call(t, "POST", "/v1/orders", two); a.status != http.StatusCreated || a.get(t, "stage") != "held" {
		t.Fatalf("%d\n%s", a.status, a.body)
	}
	r.problem(t, 404, "no label", "GET", "/v1/orders/A/label.png", "")
	r.take(t, "B", number)
	for _, query := range []string{"", "?parcel=1"} {
		a := r.call(t, "GET", "/v1/orders/B/label.png"+query, "")
		if a.status != 200 || a.kind != "image/png" || !strings.Contains(string(a.body), number) {
			t.Errorf("%s: %d %s\n%s", query, a.status, a.kind, a.body)
		}
	}
	r.problem(t, 404, "no label", "GET", "/v1/orders/B/label.png?parcel=2", "")
	r.problem(t, 422, "counted from 1", "GET", "/v1/orders/B/label.png?parcel=first", "")
}

func TestHandoffs(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	job := r.take(t, "A", number)
	r.move(t, job, printer.Sending, printer.Confirmed)
	a := r.call(t, "POST", "/v1/handoffs", `{"carrier":"ups"}`)
	id, _ := a.get(t, "id").(string)
	if a.status != http.StatusCreated || id == "" {
		t.Fatalf("%d\n%s", a.status, a.body)
	}
	r.problem(t, 409, id, "POST", "/v1/handoffs", `{"carrier":"ups"}`)
	if a = r.call(t, "POST", "/v1/scans", `{"data":"`+number+`","role":"dock"}`); a.get(t, "code") != "handed_over" {
		t.Errorf("%s", a.body)
	}
	r.problem(t, 409, "intercept", "POST", "/v1/orders/A/void", `{"reason":"too late"}`)
	if a = r.call(t, "GET", "/v1/handoffs/"+id, ""); a.status != 200 || !strings.Contains(string(a.body), number) {
		t.Errorf("%d\n%s", a.status, a.body)
	}
	if a = r.call(t, "POST", "/v1/handoffs/"+id+"/close", ""); a.status != 200 || a.get(t, "count") != 1.0 || a.get(t, "closed") == nil {
		t.Errorf("%d\n%s", a.status, a.body)
	}
	r.problem(t, 409, "closed", "POST", "/v1/handoffs/"+id+"/close", "")
	if a = r.call(t, "GET", "/v1/handoffs", ""); a.status != 200 || !strings.Contains(string(a.body), id) {
		t.Errorf("%d\n%s", a.status, a.body)
	}
}

func TestDevicesMetricsAndHealth(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.take(t, "A", number)
	for kind, name := range map[string]string{"printer": "zebra", "scanner": "gun", "hub": "hub"} {
		if err := r.desk.SetDevice(t.Context(), desk.Device{Kind: kind, Name: name, State: "ready", Words: "Ready"}); err != nil {
			t.Fatal(err)
		}
	}
	for path, want := range map[string]string{"/v1/printers": "zebra", "/v1/scanners": "gun"} {
		a := r.call(t, "GET", path, "")
		if a.status != 200 || !strings.Contains(string(a.body), `"name":"`+want+`"`) || strings.Count(string(a.body), `"name"`) != 1 {
			t.Errorf("%s: %d\n%s", path, a.status, a.body)
		}
	}
	a := r.call(t, "GET", "/metrics", "")
	for _, line := range []string{
		`waybill_orders{stage="printing"} 1`, `waybill_events_today{type="order.accepted"} 1`,
		`waybill_device_ready{kind="printer",name="zebra"} 1`, "waybill_journal_sequence 5",
		`waybill_hub_reachable{hub="hub"} 1`, `waybill_hub_catching_up{hub="hub"} 0`, `waybill_hub_events_pending{hub="hub"} 7`, `waybill_hub_oldest_pending_seconds{hub="hub"} 90`,
		`waybill_hub_events_parked{hub="hub"} 2`, `waybill_hub_clock_ahead_seconds{hub="hub"} -1.5`, `waybill_hub_clock_within_seconds{hub="hub"} 0.25`,
		`waybill_hub_reachable{hub="office"} 0`, `waybill_hub_events_pending{hub="office"} 0`,
	} {
		if !strings.Contains(string(a.body), line+"\n") {
			t.Errorf("no %s in\n%s", line, a.body)
		}
	}
	for path, want := range map[string]string{"/healthz": "ok\n", "/readyz": "ready\n"} {
		if a := r.call(t, "GET", path, ""); a.status != 200 || string(a.body) != want {
			t.Errorf("%s: %d %q", path, a.status, a.body)
		}
	}
	r.journal.Close()
	r.problem(t, 503, "closed", "GET", "/readyz", "")
	r.problem(t, 500, "closed", "GET", "/", "")
	r.problem(t, 500, "closed", "GET", "/v1/orders/A", "")
	r.problem(t, 500, "closed", "POST", "/v1/orders", order("B", ""))
	r.problem(t, 500, "closed", "POST", "/v1/scans", `{"data":"`+number+`"}`)
	if a := r.call(t, "GET", "/healthz", ""); a.status != 200 {
		t.Errorf("healthz: %d", a.status)
	}
}

func TestPage(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.take(t, "A", number)
	for _, path := range []string{"/", "/live"} {
		a := r.call(t, "GET", path, "")
		if a.status != 200 || a.kind != "text/html" {
			t.Errorf("%s: %d %s", path, a.status, a.kind)
		}
		for _, want := range []string{"Zoe", "1Z 999 AA1 01 2345 6784", "UPS", "/v1/orders/A/label.png"} {
			if !strings.Contains(string(a.body), want) {
				t.Errorf("%s: no %q", path, want)
			}
		}
	}
}

// TestPageTellsADoubtfulNumber holds that what is odd about a number that came
// with the order stands before the packer, not only in an event.
func TestPageTellsADoubtfulNumber(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.take(t, "A", "1Z999AA10123456785")
	if page := r.call(t, "GET", "/", ""); !strings.Contains(string(page.body), "the check digit of 1Z999AA10123456785 is wrong for a UPS number") {
		t.Errorf("the page does not tell it:\n%s", page.body)
	}
}
