package uplink

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"waybill/internal/fault"
	"waybill/sync/wire"
)

// parking is where refused events are; the journal implements it.
type parking interface {
	// ParkedRecords returns the events that upstream refused for good.
	ParkedRecords(ctx context.Context, upstream string) ([]wire.Record, error)
	// Reconsider records what upstream made of them now.
	Reconsider(ctx context.Context, upstream string, results ...wire.Result) error
}

// retryBatch is how many parked events go into a request at first.
const retryBatch = 100

// Retry sends parked events to the hub again, those with the given IDs or, with
// none given, all of them, and records what became of each: one that is taken is
// parked no longer, one that is refused stays, with the new reason. It returns a
// result for each, in the order of the journal.
//
// After an error those that were not answered for are parked as before.
func Retry(ctx context.Context, c *Client, from parking, upstream string, ids []string) ([]wire.Result, error) {
	recs, err := from.ParkedRecords(ctx, upstream)
	if err != nil {
		return nil, err
	}
	if len(ids) > 0 {
		known := map[string]bool{}
		for _, rec := range recs {
			known[rec.ID] = true
		}
		if strangers := slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return known[id] }); len(strangers) > 0 {
			return nil, &fault.Error{
				Op: "events to send again", Kind: fault.NotFound, Err: fmt.Errorf("not parked: %s", strings.Join(strangers, ", ")),
				Hint: "waybill journal list --parked names those that are.",
			}
		}
		recs = slices.DeleteFunc(recs, func(rec wire.Record) bool { return !slices.Contains(ids, rec.ID) })
	}
	var all []wire.Result
	for n := retryBatch; len(recs) > 0; {
		n = min(n, len(recs))
		results, err := retry(ctx, c, recs[:n])
		var se *StatusError
		switch {
		case errors.As(err, &se) && tooMuch(se) && n > 1:
			n /= 2
			continue
		case errors.As(err, &se) && tooMuch(se):
			results = []wire.Result{{ID: recs[0].ID, Sequence: recs[0].Sequence, Status: wire.Rejected, Code: se.code(), Reason: se.Error()}}
		case err != nil:
			return all, classify("parked events", err)
		}
		if err := from.Reconsider(ctx, upstream, results...); err != nil {
			return all, err
		}
		all, recs = append(all, results...), recs[n:]
	}
	return all, nil
}

func retry(ctx context.Context, c *Client, recs []wire.Record) ([]wire.Result, error) {
	d, err := c.Send(ctx, recs)
	if err != nil {
		return nil, err
	}
	for i := range d.Results {
		d.Results[i].ID, d.Results[i].Sequence = recs[i].ID, recs[i].Sequence
	}
	return d.Results, nil
}

// Retry sends parked events again, beside what else is sent.
func (u *Uplink) Retry(ctx context.Context, ids []string) ([]wire.Result, error) {
	results, err := Retry(ctx, u.o.Client, u.o.Source, u.o.Upstream, ids)
	select {
	case u.retried <- struct{}{}: // what is told of them changes
	default:
	}
	return results, err
}
