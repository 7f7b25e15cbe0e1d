package api_test

import (
	"cmp"
	"net/http"
	"strings"
	"testing"

	"waybill/internal/guard"
	"waybill/printer"
)

// mayPrint lets a caller with the header X-Scope have that scope, as the guard
// does for the holder of a token.
func mayPrint(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s := r.Header.Get("X-Scope"); s != "" {
			r = r.WithContext(guard.WithCaller(r.Context(), guard.Caller{Holder: cmp.Or(r.Header.Get("X-Holder"), "wms"), Scopes: []string{s}}))
		}
		next.ServeHTTP(w, r)
	})
}

func TestPrintRaw(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	post := func(body, query string, header ...string) answer {
		t.Helper()
		return r.call(t, "POST", "/v1/jobs"+query, body, append([]string{"X-Scope", "print:raw", "Idempotency-Key", "k1", "Content-Type", "application/zpl"}, header...)...)
	}
	zpl := "^XA^MD5^FDa^FS^PQ2^XZ"
	a := post(zpl, "?ref=pallet+7&copies=2")
	if a.status != http.StatusCreated || !strings.Contains(string(a.body), `"left_out":[{"command":"^MD","offset":3`) {
		t.Fatalf("%d\n%s", a.status, a.body)
	}
	jobs, err := r.desk.Jobs(t.Context(), 10)
	if err != nil || len(jobs) != 1 || len(jobs[0].Labels) != 4 || jobs[0].Ref != "pallet 7" {
		t.Fatalf("jobs %+v, error %v", jobs, err)
	}
	if again := post(zpl, "?ref=pallet+7&copies=2"); again.status != http.StatusOK || string(again.body) != string(a.body) {
		t.Errorf("again: %d\n%s", again.status, again.body)
	}
	asJSON := `{"zpl":"` + zpl + `","ref":"pallet 7","copies":2}`
	if again := post(asJSON, "", "Content-Type", "application/json; charset=utf-8"); again.status != http.StatusOK {
		t.Errorf("the same as JSON: %d\n%s", again.status, again.body)
	}
	one := r.call(t, "GET", "/v1/jobs/"+string(jobs[0].ID), "")
	if one.status != http.StatusOK || one.get(t, "raw") != true || one.get(t, "ref") != "pallet 7" || one.get(t, "parcel") != nil {
		t.Errorf("GET: %d\n%s", one.status, one.body)
	}
	r.move(t, jobs[0], printer.Sending, printer.Unconfirmed)
	page := r.call(t, "GET", "/", "")
	if !strings.Contains(string(page.body), "pallet 7") || !strings.Contains(string(page.body), "/jobs/"+string(jobs[0].ID)+"/resolve") {
		t.Error("the page does not ask whether the label came out")
	}
}

func TestPrintRawRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	good := "^XA^FDa^FS^XZ"
	for name, tt := range map[string]struct {
		status           int
		says, body, path string
		header           []string
	}{
		"no scope":         {403, "print:raw", good, "", []string{"Idempotency-Key", "k"}},
		"another scope":    {403, "print:raw", good, "", []string{"Idempotency-Key", "k", "X-Scope", "admin"}},
		"no key":           {400, "Idempotency-Key", good, "", []string{"X-Scope", "print:raw"}},
		"unknown role":     {422, "kitchen", good, "?role=kitchen", []string{"Idempotency-Key", "k", "X-Scope", "print:raw"}},
		"a command":        {422, `"offset":9`, "^XA^FDa  ^JUF^FS^XZ", "", []string{"Idempotency-Key", "k", "X-Scope", "print:raw"}},
		"no JSON":          {422, "zpl", good, "", []string{"Idempotency-Key", "k", "X-Scope", "print:raw", "Content-Type", "application/json"}},
		"too many copies":  {422, "copies", good, "?copies=1001", []string{"Idempotency-Key", "k", "X-Scope", "print:raw"}},
		"copies below one": {422, "copies", `{"zpl":"` + good + `","copies":-1}`, "", []string{"Idempotency-Key", "k", "X-Scope", "print:raw", "Content-Type", "application/json"}},
		"a misspelt field": {422, "copy", `{"zpl":"` + good + `","copy":2}`, "", []string{"Idempotency-Key", "k", "X-Scope", "print:raw", "Content-Type", "application/json"}},
		"two documents":    {422, "more than one", `{"zpl":"` + good + `"}{}`, "", []string{"Idempotency-Key", "k", "X-Scope", "print:raw", "Content-Type", "application/json"}},
		"nothing":          {422, "empty", " ", "", []string{"Idempotency-Key", "k", "X-Scope", "print:raw"}},
	} {
		t.Run(name, func(t *testing.T) {
			header := append([]string{"Content-Type", "application/zpl"}, tt.header...)
			r.problem(t, tt.status, tt.says, "POST", "/v1/jobs"+tt.path, tt.body, header...)
		})
	}
	if a := r.call(t, "POST", "/v1/jobs", good, "Idempotency-Key", "k", "X-Scope", "print:raw", "Content-Type", "text/plain"); a.status != 201 {
		t.Fatalf("%d\n%s", a.status, a.body)
	}
	r.problem(t, 409, "Use a new key", "POST", "/v1/jobs", "^XA^FDb^FS^XZ", "Idempotency-Key", "k", "X-Scope", "print:raw", "Content-Type", "application/zpl")
	r.problem(t, 404, "does not know", "GET", "/v1/jobs/nothing", "")
	if jobs, err := r.desk.Jobs(t.Context(), 10); err != nil || len(jobs) != 1 {
		t.Errorf("%d jobs, error %v", len(jobs), err)
	}
}

// A reprint whose answer was lost is asked for again, and is one label.
func TestReprintKey(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	job := r.take(t, "A", number)
	r.move(t, job, printer.Sending, printer.Sent, printer.Confirmed)
	for range 2 {
		a := r.call(t, "POST", "/v1/orders/A/reprint", `{"reason":"smudged"}`, "Idempotency-Key", "k1")
		if a.status != http.StatusOK {
			t.Fatalf("%d\n%s", a.status, a.body)
		}
		jobs, err := r.desk.Jobs(t.Context(), 1)
		if err != nil {
			t.Fatal(err)
		}
		if jobs[0].Labels[0].State == printer.Queued {
			r.move(t, jobs[0], printer.Sending, printer.Sent, printer.Confirmed)
		}
	}
	if jobs, err := r.desk.Jobs(t.Context(), 10); err != nil || len(jobs) != 2 {
		t.Errorf("%d jobs, want the label and one reprint; error %v", len(jobs), err)
	}
	r.problem(t, 409, "new key", "POST", "/v1/orders/A/reprint", `{"reason":"torn off"}`, "Idempotency-Key", "k1")
}
