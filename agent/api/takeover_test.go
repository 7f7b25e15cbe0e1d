package api_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"waybill/internal/fault"
	"waybill/shipment"
	"waybill/sync/wire"
)

// awayHub is a hub that cannot be reached.
type awayHub struct{}

var errAway = &fault.Error{Op: "the hub", Kind: fault.Transient, Err: errors.New("no route")}

func (awayHub) Handoffs(context.Context, shipment.StationID) ([]wire.Handoff, error) {
	return nil, errAway
}

func (awayHub) Handoff(context.Context, string) (wire.Handoff, error) {
	return wire.Handoff{}, errAway
}

func (awayHub) TakeOver(context.Context, string, wire.TakeoverRequest) (wire.Handoff, error) {
	return wire.Handoff{}, errAway
}

// TestTakeOverSaysThatTheHubIsAway holds that a station without its hub says so,
// and what to do meanwhile.
func TestTakeOverSaysThatTheHubIsAway(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	if a := r.call(t, http.MethodGet, "/v1/hub/handoffs", ""); a.status != http.StatusOK || !strings.Contains(string(a.body), `"problem":"the hub: no route`) {
		t.Errorf("%d %s", a.status, a.body)
	}
	a := r.call(t, http.MethodPost, "/v1/handoffs/h7/take-over", `{"from":"dock-1","by":"Sam"}`)
	if a.status != http.StatusServiceUnavailable || !strings.Contains(string(a.body), "Until then open a new pick-up here") {
		t.Errorf("%d %s", a.status, a.body)
	}
	if a := r.call(t, http.MethodPost, "/v1/handoffs/h7/take-over", `{}`); a.status != http.StatusUnprocessableEntity {
		t.Errorf("without who has it: %d %s", a.status, a.body)
	}
	if a := r.call(t, http.MethodPost, "/v1/alarms/acknowledge", `{"id":"cutoff/2026-11-20/ups"}`); a.status != http.StatusNotFound {
		t.Errorf("an alarm that is none: %d %s", a.status, a.body)
	}
}
