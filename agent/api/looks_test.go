package api_test

import (
	"encoding/json"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"waybill/printer"
	"waybill/shipment"
	"waybill/sync/journal"
	"waybill/sync/wire"
)

// scanCodes returns what every scan came to.
func (r *rig) scanCodes(t *testing.T) []string {
	t.Helper()
	var codes []string
	err := r.journal.View(t.Context(), func(tx *journal.ReadTx) error {
		return tx.Events(journal.EventQuery{}, func(rec wire.Record) error {
			var env wire.Envelope
			if err := json.Unmarshal(rec.Raw, &env); err != nil {
				return err
			}
			var ev shipment.ScanEvidence
			if err := json.Unmarshal(env.Data, &ev); err != nil {
				return err
			}
			if ev.Scanner != "" {
				codes = append(codes, ev.Code)
			}
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return codes
}

// A scan without a key that comes again at once is one look, answered as it was:
// also while the first is still decided, and only from the same place.
func TestASecondLookCountsOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.move(t, r.take(t, "A", number), printer.Sending, printer.Confirmed)
	body := `{"data":"` + number + `"}`
	var both sync.WaitGroup
	answers := make([]answer, 3)
	for i := range 2 {
		both.Go(func() { answers[i] = r.call(t, "POST", "/v1/scans", body) })
	}
	both.Wait()
	answers[2] = r.call(t, "POST", "/v1/scans", body)
	if repeated := []any{answers[0].get(t, "repeated"), answers[1].get(t, "repeated")}; !slices.Contains(repeated, any(true)) || !slices.Contains(repeated, nil) {
		t.Errorf("of two at once repeated is %v", repeated)
	}
	if answers[2].get(t, "repeated") != true {
		t.Errorf("it does not say that it was repeated: %s", answers[2].body)
	}
	for _, a := range answers {
		if a.status != 200 || a.get(t, "signal") != "good" || a.get(t, "code") != "checked" || a.get(t, "order_id") != "A" {
			t.Errorf("%d\n%s", a.status, a.body)
		}
	}
	r.call(t, "POST", "/v1/scans", `{"data":"`+number+`","scanner":"wand"}`)
	r.later.Add(int64(499 * time.Millisecond))
	r.call(t, "POST", "/v1/scans", body)
	r.later.Add(int64(499 * time.Millisecond)) // each sight begins the time anew
	r.call(t, "POST", "/v1/scans", body)
	r.later.Add(int64(500 * time.Millisecond))
	r.call(t, "POST", "/v1/scans", body)
	want := []string{"checked", "repeated", "repeated", "already_checked", "repeated", "repeated", "already_checked"}
	if diff := cmp.Diff(want, r.scanCodes(t)); diff != "" {
		t.Errorf("scans came to (-want +got):\n%s", diff)
	}
}

// What counts is on disk before a repeat comes: that the repeat leaves no trace is
// no reason to say that the scan was not taken.
func TestARepeatWithoutATraceIsAnswered(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.move(t, r.take(t, "A", number), printer.Sending, printer.Confirmed)
	body := `{"data":"` + number + `"}`
	r.call(t, "POST", "/v1/scans", body)
	if err := r.journal.Close(); err != nil {
		t.Fatal(err)
	}
	if a := r.call(t, "POST", "/v1/scans", body); a.status != 200 || a.get(t, "code") != "checked" || a.get(t, "repeated") != true {
		t.Errorf("%d\n%s", a.status, a.body)
	}
	if a := r.call(t, "POST", "/v1/scans", `{"data":"`+number+`","scanner":"wand"}`); a.status < 500 {
		t.Errorf("a scan that could not be kept is answered %d\n%s", a.status, a.body)
	}
}

// With keys the keys tell: the same data at once under another one is another scan.
func TestKeysTellWhatIsOneScan(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.move(t, r.take(t, "A", number), printer.Sending, printer.Confirmed)
	for _, key := range []string{"k1", "k1", "k2", "later", "k1"} {
		if key == "later" {
			r.later.Add(int64(500 * time.Millisecond))
			continue
		}
		r.call(t, "POST", "/v1/scans", `{"data":"`+number+`"}`, "Idempotency-Key", key)
	}
	if diff := cmp.Diff([]string{"checked", "repeated", "already_checked", "resent"}, r.scanCodes(t)); diff != "" {
		t.Errorf("scans came to (-want +got):\n%s", diff)
	}
}
