package hub

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"

	"waybill/internal/guard"
	"waybill/shipment"
	"waybill/sync/wire"
	"waybill/tracking"
)

// postEvents takes a batch of events and answers one result for each, in
// order, after the store's commit. Whatever goes wrong before that, the
// station still has its events and sends them again.
func (h *Hub) postEvents(w http.ResponseWriter, r *http.Request) {
	start := h.now()
	results, from, err := h.takeEvents(w, r)
	var no *refusedError
	var busy *busyError
	switch {
	case errors.As(err, &no):
		answerUnread(w, r, func() { guard.Problem(w, no.status, no.detail) })
		return
	case errors.As(err, &busy):
		h.metrics.sentAway()
		answerUnread(w, r, func() { busy.answer(w) })
		return
	case err != nil:
		w.Header().Set("Retry-After", "5")
		guard.Problem(w, http.StatusServiceUnavailable, "the store did not take the events; send the same again")
		return
	}
	h.metrics.ingested(results, h.now().Sub(start))
	h.tellRejected(r, results)
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(wire.Answer{ //nolint:errcheck,errchkjson // the station asks again
		Results: results, Now: wire.Timestamp(h.now()), Store: h.store.Name(), Missing: h.missingOf(r, from),
	})
}

// takeEvents reads and stores what r brings. Neither a body that trickles in nor
// an answer that nobody reads keeps one of the places in which there is work.
func (h *Hub) takeEvents(w http.ResponseWriter, r *http.Request) (results []wire.Result, from shipment.StationID, err error) {
	size := r.ContentLength
	if size > h.limits.Compressed {
		return nil, "", refused(http.StatusRequestEntityTooLarge, "the body is larger than %d bytes; send fewer events at once", h.limits.Compressed)
	}
	if size < 0 {
		size = h.limits.Compressed // nobody knows
	}
	who, station := senderOf(r)
	leave, err := h.intake.enter(who, station, size)
	if err != nil {
		return nil, "", err
	}
	defer leave()
	if err := readable(w, r.Header); err != nil {
		return nil, "", err
	}
	body, err := readBody(w, r, h.limits)
	if err != nil {
		return nil, "", err
	}
	place, err := h.intake.place(r.Context(), who)
	if err != nil {
		return nil, "", err
	}
	defer place.release()
	if body, err = h.unzip(r.Header.Get("Content-Encoding"), body); err != nil {
		return nil, "", err
	}
	events, err := split(r.Header.Get("Content-Type"), body, h.limits)
	if err != nil {
		return nil, "", err
	}
	return h.ingest(r.Context(), events, func() { place.shrink(int64(len(body)), len(events)) })
}

// ingest judges events and has the store take those that can be read, and calls
// read before it waits for that. It tells which station they are from.
func (h *Hub) ingest(ctx context.Context, events [][]byte, read func()) (results []wire.Result, from shipment.StationID, err error) {
	results = make([]wire.Result, len(events))
	in := make([]tracking.Incoming, 0, len(events))
	place := make([]int, 0, len(events)) // of each in among results
	for i, raw := range events {
		ev, bad := decode(raw, h.limits)
		switch {
		case bad != nil:
			results[i] = *bad
		case !mayActAs(ctx, ev.Env.Station()):
			results[i] = wire.Result{
				ID: ev.Env.ID, Sequence: ev.Env.Sequence, Status: wire.Rejected, Code: wire.CodeForeignStation,
				Reason: fmt.Sprintf("the token is not that of station %q", ev.Env.Station()),
			}
		default:
			in, place = append(in, ev), append(place, i)
		}
	}
	read()
	taken, err := h.store.Ingest(ctx, in)
	if err != nil {
		if ctx.Err() == nil {
			h.log.ErrorContext(ctx, "Events could not be stored; the station keeps them and sends them again. Check the disk.", "events", len(in), "error", err)
		}
		return nil, "", err
	}
	for k, i := range place {
		results[i] = taken[k]
		from = in[k].Env.Station()
	}
	return results, from, nil
}

// senderOf names who sends r: a station, or an address where stations need no
// tokens.
func senderOf(r *http.Request) (name string, station bool) {
	if who, known := r.Context().Value(stationKey{}).(shipment.StationID); known {
		return string(who), true
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr, false
	}
	return host, false
}

// tellRejected logs what was not taken: the first reason and how many.
func (h *Hub) tellRejected(r *http.Request, results []wire.Result) {
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
			"rejected", n, "events", len(results), "first_id", first.ID, "first_code", first.Code, "first_reason", first.Reason, "remote", r.RemoteAddr)
	}
}
