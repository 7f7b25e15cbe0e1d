package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"waybill/agent/api"
	"waybill/internal/fault"
	"waybill/sync/journal"
	"waybill/sync/wire"
)

// retryParked sends parked events again, each to the hub that refused it.
func (st *station) retryParked(ctx context.Context, ids []string) ([]api.Retried, error) {
	var to []retrier
	for _, r := range st.hubs.all {
		to = append(to, retrier{r.client.Name(), r.up.Retry})
	}
	return retryAt(ctx, st.journal.Reader, to, ids)
}

// A retrier sends parked events again to one hub.
type retrier struct {
	hub   string
	retry func(ctx context.Context, ids []string) ([]wire.Result, error)
}

// retryAt sends the parked events with the given IDs, or with none given all of them,
// again, each to the hub that refused it. A hub that is away keeps no other from its own.
func retryAt(ctx context.Context, r *journal.Reader, to []retrier, ids []string) ([]api.Retried, error) {
	parked, err := r.Parked(ctx, "")
	if err != nil {
		return nil, err
	}
	at := func(hub string) (here []string) {
		for _, p := range parked {
			if p.Upstream == hub && (len(ids) == 0 || slices.Contains(ids, p.ID)) {
				here = append(here, p.ID)
			}
		}
		return here
	}
	found := map[string]bool{}
	for _, t := range to {
		for _, id := range at(t.hub) {
			found[id] = true
		}
	}
	if strangers := slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return found[id] }); len(strangers) > 0 {
		return nil, &fault.Error{
			Op: "events to send again", Kind: fault.NotFound, Err: fmt.Errorf("not parked at a hub to which events go: %s", strings.Join(strangers, ", ")),
			Hint: "waybill journal list --parked names those that are.",
		}
	}
	var all []api.Retried
	var errs []error
	for _, t := range to {
		here := at(t.hub)
		if len(here) == 0 {
			continue
		}
		results, err := t.retry(ctx, here)
		for _, res := range results {
			all = append(all, api.Retried{Hub: t.hub, Result: res})
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("hub %s: %w", t.hub, err))
		}
	}
	return all, errors.Join(errs...)
}
