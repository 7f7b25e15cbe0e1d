package api_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"waybill/agent/desk"
	"waybill/printer"
)

// shelf is a set of printers as the spool would know them.
type shelf struct{}

func (shelf) Knows(name, role string) bool { return name == "bench" || role == "shipping" }
func (shelf) Takes(name string, _ printer.Job) string {
	if name == "bench" {
		return ""
	}
	return "there is no such printer"
}

func (shelf) Waits(context.Context, printer.Job) (string, error) { return "bench: out of labels", nil }
func (shelf) Keeps(string) string                                { return "" }

func TestJobActs(t *testing.T) {
	r := newRig(t)
	r.desk.UsePrinters(shelf{})
	job := r.take(t, "A", number)
	path := "/v1/jobs/" + string(job.ID)
	says := func(want, method, path, body string) {
		t.Helper()
		if a := r.call(t, method, path, body); a.status != 200 || !strings.Contains(string(a.body), want) {
			t.Errorf("%s %s: %d, does not say %s\n%s", method, path, a.status, want, a.body)
		}
	}
	says(`"waits_for":"bench: out of labels"`, "GET", path, "")
	says(`"priority":"urgent"`, "POST", path+"/priority", `{"priority":"urgent"}`)
	r.problem(t, 422, "body.priority", "POST", path+"/priority", `{"priority":"50"}`)
	says(`"only":"bench"`, "POST", path+"/move", `{"printer":"bench"}`)
	r.problem(t, 409, "there is no such printer", "POST", path+"/move", `{"printer":"gone"}`)
	r.problem(t, 409, "on its way", "POST", path+"/stop-waiting", "")
	job, err := r.desk.Job(t.Context(), job.ID)
	if err != nil {
		t.Fatal(err)
	}
	job.Printer = "bench"
	r.move(t, job, printer.Sending, printer.Sent)
	r.problem(t, 409, "on the way to", "POST", path+"/cancel", `{"reason":"wrong roll"}`)
	r.problem(t, 409, "on the way to", "POST", path+"/move", `{"printer":""}`)
	says(`"waits_for":"a person`, "POST", path+"/stop-waiting", "")
	r.problem(t, 422, "in doubt", "POST", path+"/resolve", `{"outcome":"printed","printed":2}`)
	r.problem(t, 422, "contradicts", "POST", path+"/resolve", `{"outcome":"printed","printed":0}`)
	says(`"state":"queued"`, "POST", path+"/resolve", `{"outcome":"not_printed","printed":0}`)
	r.problem(t, 422, "body.reason", "POST", path+"/cancel", `{"reason":""}`)
	says(`"state":"cancelled"`, "POST", path+"/cancel", `{"reason":"wrong roll"}`)
	says("was not printed", "GET", "/", "")
	for _, act := range []string{"cancel", "move", "priority", "stop-waiting"} {
		body := map[string]string{"cancel": `{"reason":"wrong roll"}`, "move": `{"printer":"bench"}`, "priority": `{"priority":"later"}`}[act]
		r.problem(t, 404, "none", "POST", "/v1/jobs/none/"+act, body)
	}
}

func TestPauses(t *testing.T) {
	r := newRig(t)
	r.desk.UsePrinters(shelf{})
	r.problem(t, 404, "gone", "POST", "/v1/printers/gone/pause", `{"reason":"cleaning"}`)
	r.problem(t, 422, "body.reason", "POST", "/v1/printers/bench/pause", `{"reason":""}`)
	for _, path := range []string{"/v1/printers/bench", "/v1/roles/shipping"} {
		if a := r.call(t, "POST", path+"/pause", `{"reason":"cleaning","by":"Ann"}`); a.status != 200 || !strings.Contains(string(a.body), `"reason":"cleaning"`) {
			t.Errorf("%s: %d\n%s", path, a.status, a.body)
		}
	}
	page := string(r.call(t, "GET", "/", "").body)
	for _, want := range []string{"Printer bench is paused", "Labels for shipping are paused", "cleaning (Ann)", `action="/roles/shipping/resume"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if a := r.call(t, "POST", "/roles/shipping/resume", "", "Content-Type", "application/x-www-form-urlencoded"); a.status != 303 {
		t.Errorf("resume on the page: %d\n%s", a.status, a.body)
	}
	if a := r.call(t, "POST", "/v1/printers/bench/resume", ""); a.status != 200 {
		t.Errorf("resume: %d\n%s", a.status, a.body)
	}
	if a := r.call(t, "GET", "/v1/pauses", ""); strings.TrimSpace(string(a.body)) != `{"holds":[]}` {
		t.Errorf("pauses left: %s", a.body)
	}
}

func TestPrinterAwayWithALabel(t *testing.T) {
	r := newRig(t)
	job := r.take(t, "A", number)
	job.Printer = "bench"
	r.move(t, job, printer.Sending, printer.Sent)
	path := "/jobs/" + string(job.ID) + "/stop-waiting"
	for state, want := range map[string]bool{"busy": false, "away": true} {
		if err := r.desk.SetDevice(t.Context(), desk.Device{Kind: "printer", Name: "bench", State: state}); err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(string(r.call(t, "GET", "/", "").body), path); got != want {
			t.Errorf("printer %s: the page offers to stop waiting: %v", state, got)
		}
	}
	const form = "application/x-www-form-urlencoded"
	if a := r.call(t, "POST", path, "", "Content-Type", form); a.status != 303 {
		t.Errorf("%d\n%s", a.status, a.body)
	}
	r.problem(t, 409, "on its way", "POST", path, "", "Content-Type", form)
	if page := string(r.call(t, "GET", "/", "").body); !strings.Contains(page, "It came out") || strings.Contains(page, path) {
		t.Error("the page does not ask whether the label came out")
	}
}

// A batch cut short out of sight: the page asks how many of them came out.
func TestSeveralLabelsInDoubt(t *testing.T) {
	r := newRig(t)
	doc := strings.Replace(order("A", number), `"carrier"`, `"label":{"copies":3,"priority":"urgent"},"carrier"`, 1)
	if a := r.call(t, "POST", "/v1/orders", doc); a.status != 201 {
		t.Fatalf("%d\n%s", a.status, a.body)
	}
	jobs, err := r.desk.Jobs(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	r.move(t, jobs[0], printer.Sending, printer.Unconfirmed)
	page := string(r.call(t, "GET", "/", "").body)
	for _, want := range []string{"How many of the 3 came out?", "All 3 came out", "None of the 3 labels came out"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	path := "/jobs/" + string(jobs[0].ID) + "/resolve"
	const form = "application/x-www-form-urlencoded"
	r.problem(t, 422, "a number", "POST", path, "outcome=some&printed=two", "Content-Type", form)
	r.problem(t, 422, "in doubt", "POST", path, "outcome=some&printed=4", "Content-Type", form)
	if a := r.call(t, "POST", path, "outcome=some&printed=2", "Content-Type", form); a.status != 303 {
		t.Errorf("%d\n%s", a.status, a.body)
	}
	a := r.call(t, "GET", "/v1/jobs/"+string(jobs[0].ID), "")
	if got := strings.Count(string(a.body), `"state":"confirmed"`); got != 2 || !strings.Contains(string(a.body), `"priority":"urgent"`) || !strings.Contains(string(a.body), `"state":"queued"`) {
		t.Errorf("%s", a.body)
	}
}

// An answer may name its label, and sent again it answers nothing anew.
func TestResolveOneLabelOnce(t *testing.T) {
	r := newRig(t)
	r.take(t, "A", number)
	taken, err := r.desk.PrintRaw(t.Context(), desk.Raw{Key: "k", Role: "shipping", Copies: 3, ZPL: []byte("^XA^FDa^FS^XZ")})
	if err != nil {
		t.Fatal(err)
	}
	job := taken.Jobs[0]
	doubt := func() {
		t.Helper()
		if job, err = r.desk.Job(t.Context(), job.ID); err != nil {
			t.Fatal(err)
		}
		job.Printer = "bench"
		r.move(t, job, printer.Sending, printer.Sent, printer.Unconfirmed)
	}
	states := func() string {
		t.Helper()
		if job, err = r.desk.Job(t.Context(), job.ID); err != nil {
			t.Fatal(err)
		}
		var all []string
		for _, l := range job.Labels {
			all = append(all, string(l.State))
		}
		return strings.Join(all, " ")
	}
	path := "/v1/jobs/" + string(job.ID) + "/resolve"
	answer := func(want, body string, header ...string) {
		t.Helper()
		if a := r.call(t, "POST", path, body, header...); a.status != http.StatusOK {
			t.Fatalf("%d\n%s", a.status, a.body)
		}
		if got := states(); got != want {
			t.Errorf("after %s the labels are %s, want %s", body, got, want)
		}
	}
	doubt()
	answer("unconfirmed confirmed unconfirmed", `{"outcome":"printed","label":2}`)
	answer("unconfirmed confirmed queued", `{"outcome":"not_printed","label":3}`, "Idempotency-Key", "one")
	r.problem(t, 409, "label 2 of it waits for no decision", "POST", path, `{"outcome":"printed","label":2}`)
	r.problem(t, 422, "no label 4", "POST", path, `{"outcome":"printed","label":4}`)
	r.problem(t, 422, "body.label", "POST", path, `{"outcome":"printed","label":0}`)

	l := job.Labels[2]
	for _, to := range []printer.LabelState{printer.Sending, printer.Unconfirmed} {
		if l, err = l.Move(to, l.At); err != nil {
			t.Fatal(err)
		}
		job = job.With(l)
		if err := r.desk.Record(t.Context(), job); err != nil {
			t.Fatal(err)
		}
	}
	answer("unconfirmed confirmed unconfirmed", `{"outcome":"not_printed","label":3}`, "Idempotency-Key", "one")
	r.problem(t, 409, "new key", "POST", path, `{"outcome":"printed","label":3}`, "Idempotency-Key", "one")
	answer("queued confirmed queued", `{"outcome":"not_printed"}`)
}

// Two programs that chose the same key do not get each other's answers.
func TestKeysAreTheirCallers(t *testing.T) {
	r := newRig(t)
	for i, caller := range []string{"wms", "erp"} {
		a := r.call(t, "POST", "/v1/jobs", "^XA^FD"+caller+"^FS^XZ", "Idempotency-Key", "1", "X-Scope", "print:raw", "X-Holder", caller, "Content-Type", "application/zpl")
		if a.status != http.StatusCreated {
			t.Errorf("%s: %d\n%s", caller, a.status, a.body)
		}
		if jobs, err := r.desk.Jobs(t.Context(), 9); err != nil || len(jobs) != i+1 {
			t.Errorf("%d jobs, %v", len(jobs), err)
		}
	}
	for caller, want := range map[string]int{"wms": http.StatusOK, "erp": http.StatusConflict} {
		if a := r.call(t, "POST", "/v1/jobs", "^XA^FDwms^FS^XZ", "Idempotency-Key", "1", "X-Scope", "print:raw", "X-Holder", caller, "Content-Type", "application/zpl"); a.status != want {
			t.Errorf("%s again: %d, want %d\n%s", caller, a.status, want, a.body)
		}
	}
}
