package hub

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"waybill/internal/guard"
	"waybill/sync/wire"
	"waybill/tracking"
)

// postEvents takes a batch of events and answers one result for each, in
// order, after the store's commit. Whatever goes wrong before that, the
// station still has its events and sends them again.
func (h *Hub) postEvents(w http.ResponseWriter, r *http.Request) {
	select {
	case h.intake <- struct{}{}:
		defer func() { <-h.intake }()
	default:
		w.Header().Set("Retry-After", "1")
		guard.Problem(w, http.StatusServiceUnavailable, "too many stations are sending at this moment; send the same again shortly")
		return
	}
	start := h.now()
	body, err := readBody(w, r, h.limits)
	var events [][]byte
	if err == nil {
		events, err = split(r.Header.Get("Content-Type"), body, h.limits)
	}
	var no *refusedError
	if errors.As(err, &no) {
		guard.Problem(w, no.status, no.detail)
		return
	}
	results := make([]wire.Result, len(events))
	in := make([]tracking.Incoming, 0, len(events))
	place := make([]int, 0, len(events)) // of each in among results
	for i, raw := range events {
		ev, bad := decode(raw, h.limits)
		switch {
		case bad != nil:
			results[i] = *bad
		case !mayActAs(r.Context(), ev.Env.Station()):
			results[i] = wire.Result{
				ID: ev.Env.ID, Sequence: ev.Env.Sequence, Status: wire.Rejected, Code: wire.CodeForeignStation,
				Reason: fmt.Sprintf("the token is not that of station %q", ev.Env.Station()),
			}
		default:
			in, place = append(in, ev), append(place, i)
		}
	}
	taken, err := h.store.Ingest(r.Context(), in)
	if err != nil {
		if r.Context().Err() == nil {
			h.log.ErrorContext(r.Context(), "Events could not be stored; the station keeps them and sends them again. Check the disk.", "events", len(in), "error", err)
		}
		w.Header().Set("Retry-After", "5")
		guard.Problem(w, http.StatusServiceUnavailable, "the store did not take the events; send the same again")
		return
	}
	for k, i := range place {
		results[i] = taken[k]
	}
	h.metrics.ingested(results, h.now().Sub(start))
	h.tellRejected(r, events, results)
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(wire.Answer{Results: results, Now: wire.Timestamp(h.now()), Store: h.store.Name()}) //nolint:errcheck,errchkjson // the station asks again
}

// tellRejected logs what was not taken: the first reason and how many.
func (h *Hub) tellRejected(r *http.Request, events [][]byte, results []wire.Result) {
	n, first := 0, wire.Result{}
	for _, res := range results {
		if res.Status == wire.Rejected {
			if n == 0 {
				first = res
			}
			n++
		}
	}
	if n > 0 {
		h.log.WarnContext(r.Context(), "Events were rejected. At the station, its page says what to do, and 'waybill journal list --parked' shows what it has set aside.",
			"rejected", n, "events", len(events), "first_id", first.ID, "first_code", first.Code, "first_reason", first.Reason, "remote", r.RemoteAddr)
	}
}
