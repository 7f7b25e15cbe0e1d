package desk

import (
	"context"
	"errors"
	"slices"
	"strings"

	"waybill/agent"
	"waybill/internal/fault"
	"waybill/printer"
	"waybill/shipment"
	"waybill/sync/journal"
)

// Once is a request that may come twice and must count once: the caller's key, where
// callers have names after theirs and a line break, and a digest of all that it says.
// Without a key each request counts.
type Once struct {
	Key        string
	BodySHA256 string
	file       bool // the key is a file's name in the hot folder
}

// kind returns where the key is kept: callers and the hot folder do not share
// their keys.
func (o Once) kind() journal.Kind {
	if o.file {
		return kindFile
	}
	return kindRequest
}

// A Request is what a key was used for.
type Request struct {
	BodySHA256 string           `json:"body_sha256"`
	Order      shipment.OrderID `json:"order,omitempty"`
	Jobs       []printer.JobID  `json:"jobs,omitempty"`    // of labels of other programs
	Handoff    string           `json:"handoff,omitempty"` // the pick-up it was about
	Entry      string           `json:"entry,omitempty"`   // the scan onto it that was undone
	Scan       *scanAnswered    `json:"scan,omitempty"`    // what it was answered
	Own        bool             `json:"own,omitempty"`     // the key was one caller's; at first all callers shared theirs
}

// Claim ties an Idempotency-Key to an order. A key used for another request
// before is an error of kind fault.Conflict.
func (d *Desk) Claim(ctx context.Context, key string, r Request) error {
	return d.o.Journal.Update(ctx, func(tx *journal.Tx) error {
		_, again, err := claim(tx, Once{Key: key, BodySHA256: r.BodySHA256}, r)
		if err != nil || again {
			return err
		}
		return d.o.Journal.RoomForMore() // an error of which undoes the claim
	})
}

// claim ties a key to a request, in the transaction that carries it out. Where
// the same request came before, it returns what came of it then.
func claim(tx *journal.Tx, once Once, r Request) (before Request, again bool, err error) {
	if once.Key == "" {
		return Request{}, false, nil
	}
	before, again, err = claimed(&tx.ReadTx, once, r)
	if err != nil || again {
		return before, again, err
	}
	return Request{}, false, reclaim(tx, once, r)
}

// reclaim says what came of a request that has its key, where that was not known
// before.
func reclaim(tx *journal.Tx, once Once, r Request) error {
	if once.Key == "" {
		return nil
	}
	r.BodySHA256, r.Own = once.BodySHA256, true
	return tx.Put(once.kind(), once.Key, r, journal.Index{})
}

// claimed returns what a key was used for. Another request is a conflict.
func claimed(tx *journal.ReadTx, once Once, r Request) (before Request, found bool, err error) {
	found, err = tx.Get(once.kind(), once.Key, &before)
	if err == nil && !found {
		return sharedBefore(tx, once, r)
	}
	if err != nil {
		return before, found, err
	}
	if before.BodySHA256 != once.BodySHA256 || before.Order != r.Order {
		return before, true, once.clash(before)
	}
	return before, true, nil
}

// sharedBefore returns what the caller's own part of a key was used for when callers
// still shared their keys: the very same request, sent once more to a station that was
// brought up to date meanwhile, must not print twice. Whose key it was is not known, so
// that another request under it is no conflict.
func sharedBefore(tx *journal.ReadTx, once Once, r Request) (before Request, found bool, err error) {
	_, key, own := strings.Cut(once.Key, "\n")
	if !own || once.file {
		return Request{}, false, nil
	}
	found, err = tx.Get(once.kind(), key, &before)
	if err != nil || !found || before.Own || before.BodySHA256 != once.BodySHA256 || before.Order != r.Order {
		return Request{}, false, err
	}
	return before, true, nil
}

// clash says that a key was used for something else.
func (o Once) clash(before Request) error {
	if o.file {
		return &fault.Error{
			Op: "file name", Kind: fault.Conflict, Err: errors.New("a label file of that name came before, with other content"),
			Hint: "Give each label file a name of its own, and drop it again.",
		}
	}
	what := "the key was used before, for other labels"
	if before.Handoff != "" {
		what = "the key was used before, for something else about pick-up " + before.Handoff
	}
	if before.Order != "" {
		what = "the key was used before, for order " + string(before.Order) + " with another body"
	}
	return &fault.Error{Op: "Idempotency-Key", Kind: fault.Conflict, Err: errors.New(what), Hint: "Use a new key for a new request."}
}

// askedBefore returns an order about which the very same was asked before.
func (d *Desk) askedBefore(ctx context.Context, once Once, id shipment.OrderID) (s agent.State, done bool, err error) {
	err = d.o.Journal.View(ctx, func(tx *journal.ReadTx) error {
		if s, err = getOrder(tx, id); err != nil || once.Key == "" {
			return err
		}
		_, done, err = claimed(tx, once, Request{Order: id})
		return err
	})
	return s, done, err
}

// jobsOf returns the jobs that came of a request.
func (d *Desk) jobsOf(ctx context.Context, tx *journal.ReadTx, r Request) ([]printer.Job, error) {
	jobs := make([]printer.Job, 0, len(r.Jobs))
	for _, id := range r.Jobs {
		job, found, err := getJob(tx, id)
		if err != nil {
			return nil, err
		}
		if found {
			jobs = append(jobs, job)
		}
	}
	return slices.Clip(jobs), d.withContent(ctx, tx, jobs)
}
