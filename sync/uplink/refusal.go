package uplink

import (
	"context"
	"net/http"
	"slices"

	"waybill/sync/wire"
)

// maxProbes bounds the requests that look for an event the hub takes. A hub
// that takes none of so many has another fault than one bad event.
const maxProbes = 16

// A probe is a look beyond events that the hub refuses for no reason that is
// surely their own. If it takes a later one, the refused are at fault and are
// set aside; if it takes none, they are not, and nothing is.
type probe struct {
	from     wire.Position // what to send next comes after this
	suspects []wire.Result // refused so far, in order
	requests int
}

func (p probe) refused() error {
	return &refusedError{reason: p.suspects[0].Reason}
}

// settle records what the hub made of recs, or leaves it open where all it did
// was refuse.
func (u *Uplink) settle(ctx context.Context, recs []wire.Record, d Delivery) error {
	refused, certain, err := u.refusals(ctx, recs, d.Results)
	if err != nil {
		return err
	}
	last := recs[len(recs)-1].Position
	taken := len(recs) > len(refused)
	if !taken && (!certain || len(u.probe.suspects) > 0) {
		u.probe.suspects = append(u.probe.suspects, refused...)
		u.probe.from = last
		if u.probe.requests++; u.probe.requests >= maxProbes {
			return u.probe.refused()
		}
		return nil
	}
	refused = slices.Concat(u.probe.suspects, refused)
	if err := u.o.Source.SetCursor(ctx, u.o.Upstream, last, refused...); err != nil {
		return err
	}
	for _, r := range refused {
		u.o.Log.WarnContext(ctx, "The hub refuses an event for good; it is set aside and the others go on. 'waybill journal list --parked' shows it.",
			"event", r.ID, "sequence", r.Sequence, "code", r.Code, "reason", r.Reason)
	}
	u.pos, u.probe = last, probe{from: last}
	u.state.Parked += len(refused)
	u.resize(len(recs))
	u.succeeded(ctx, d)
	return nil
}

// refusals returns what the hub refused of recs, and whether each of them is
// surely at fault itself. Its error, if any, is a fault of the whole station,
// for which no event may be set aside.
func (u *Uplink) refusals(ctx context.Context, recs []wire.Record, results []wire.Result) (refused []wire.Result, certain bool, err error) {
	certain = true
	for i, r := range results {
		if r.Status != wire.Rejected {
			continue
		}
		r.ID, r.Sequence = recs[i].ID, recs[i].Sequence
		switch r.Code {
		case wire.CodeTooLarge, wire.CodeMalformed:
		case wire.CodeForeignStation:
			return nil, false, &stoppedError{ConditionForeign, r.Reason, "give the station the token that the hub has for it, or correct the station's name"}
		case wire.CodeForked:
			head, err := u.o.Source.Head(ctx)
			if err != nil {
				return nil, false, err
			}
			// Once the station has begun another epoch, what contradicts in the
			// old one is the past.
			if recs[i].Epoch >= head.Epoch {
				return nil, false, &stoppedError{ConditionForked, r.Reason, "stop the station, run 'waybill journal new-epoch', and start it again"}
			}
		case wire.CodeClash:
			certain = false
		default: // none, or one of a later version
			certain = false
		}
		refused = append(refused, r)
	}
	return refused, certain, nil
}

// tooMuch reports whether a hub could not take a batch as it was, so that a
// smaller one may work. What stands between station and hub is believed only
// where it says that the batch is too large.
func tooMuch(e *StatusError) bool {
	return e.Status == http.StatusRequestEntityTooLarge ||
		(e.Hub && (e.Status == http.StatusBadRequest || e.Status == http.StatusUnprocessableEntity))
}

// code is the code of a single event that was answered with e. A proxy with a
// wrong limit finds every event too large, so only the hub is believed.
func (e *StatusError) code() wire.Code {
	if e.Hub && e.Status == http.StatusRequestEntityTooLarge {
		return wire.CodeTooLarge
	}
	return ""
}

// A refusedError is a hub that takes nothing and does not say that this station
// is at fault.
type refusedError struct{ reason string }

// Error says why, and where to look.
func (e *refusedError) Error() string {
	return "the hub is there and takes no event: " + e.reason +
		" (check that the token is this station's, and whether the station's journal was replaced)"
}

// A stoppedError is a hub that takes nothing of this station until a person has
// acted.
type stoppedError struct {
	condition Condition
	reason    string
	remedy    string
}

// Error says why, and what to do.
func (e *stoppedError) Error() string {
	return "the hub takes nothing from this station: " + e.reason + " (" + e.remedy + ")"
}
