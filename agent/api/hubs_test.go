package api_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"waybill/agent/api"
	"waybill/internal/fault"
	"waybill/shipment"
	"waybill/sync/journal"
	"waybill/sync/wire"
)

// forgetHub answers as the station does.
func forgetHub(_ context.Context, hub string) (api.FormerHub, error) {
	if hub != "former" {
		return api.FormerHub{}, &fault.Error{Op: "receiver", Kind: fault.Conflict, Err: errors.New("events are sent to it")}
	}
	return api.FormerHub{Hub: hub, Missing: 3}, nil
}

func TestHubs(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.take(t, "A", number) // three events
	if _, err := r.journal.SetUpstreams(t.Context(), "former"); err != nil {
		t.Fatal(err)
	}
	if err := r.journal.SetCursor(t.Context(), "former", wire.Position{Epoch: 1, Sequence: 2}); err != nil {
		t.Fatal(err)
	}
	if _, err := r.journal.SetUpstreams(t.Context(), "hub", "office"); err != nil {
		t.Fatal(err)
	}
	if err := r.journal.Update(t.Context(), func(tx *journal.Tx) error { // which the former hub is not owed
		e, err := shipment.NewEvent(time.Now(), "A", shipment.LabelPrinted{Job: "j"})
		return errors.Join(err, tx.Append(e))
	}); err != nil {
		t.Fatal(err)
	}
	a := r.call(t, "GET", "/v1/hubs", "")
	for _, want := range []string{
		`"hub":"hub","role":"own","reachable":true,"catching_up":false,"pending":7`, `"hub":"office","role":"further","reachable":false`,
		`"error":"away","remedy":"wait"`, `"former":[{"hub":"former","missing":1,"parked":0,"oldest":"`,
	} {
		if a.status != 200 || !strings.Contains(string(a.body), want) {
			t.Errorf("%d, no %s in %s", a.status, want, a.body)
		}
	}
	if a := r.call(t, "POST", "/v1/hubs/forget", `{"hub":"former"}`); a.status != 200 || a.get(t, "missing") != 3.0 {
		t.Errorf("%d %s", a.status, a.body)
	}
	r.problem(t, 409, "events are sent to it", "POST", "/v1/hubs/forget", `{"hub":"hub"}`)
	r.problem(t, 422, "hub", "POST", "/v1/hubs/forget", `{}`)
}
