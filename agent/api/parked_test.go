package api_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"waybill/agent/api"
	"waybill/internal/fault"
	"waybill/sync/wire"
)

// retry answers as the uplink does.
func retry(_ context.Context, ids []string) ([]api.Retried, error) {
	if len(ids) == 1 && ids[0] == "stranger" {
		return nil, &fault.Error{Op: "events to send again", Kind: fault.NotFound, Err: errors.New("not parked: stranger")}
	}
	results := []api.Retried{{Hub: "hub", Result: wire.Result{ID: "e1", Sequence: 1, Status: wire.Rejected, Reason: strings.Join(ids, "+")}}}
	if len(ids) == 1 && ids[0] == "both" {
		return results, errors.New("hub office: away")
	}
	return results, nil
}

func TestRetryOfParkedEvents(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	if a := r.call(t, "POST", "/v1/parked/retry", `{"ids":["e1","e2"]}`); a.status != 200 || !strings.Contains(string(a.body), `"reason":"e1+e2"`) {
		t.Errorf("%d %s", a.status, a.body)
	}
	if a := r.call(t, "POST", "/v1/parked/retry", `{"ids":["stranger"]}`); a.status != 404 || !strings.Contains(string(a.body), "stranger") {
		t.Errorf("%d %s", a.status, a.body)
	}
	want := `{"results":[{"hub":"hub","id":"e1","sequence":1,"status":"rejected","reason":"both"}],"error":"hub office: away"}`
	if a := r.call(t, "POST", "/v1/parked/retry", `{"ids":["both"]}`); a.status != 200 || strings.TrimSpace(string(a.body)) != want {
		t.Errorf("one of two hubs is away: %d %s", a.status, a.body)
	}
}
