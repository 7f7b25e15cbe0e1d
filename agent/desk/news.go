package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"waybill/internal/fault"
	"waybill/sync/journal"
	"waybill/sync/wire"
)

// news is how the desk hears what the hub tells of things that changed hands.
type news[T any] struct {
	ask   func(q wire.NewsQuestion) (told []T, more bool, err error)
	of    func(T) wire.HeardOf
	meet  func(T) (met bool, err error) // durably; false: not yet
	heard func(wire.Heard) error
}

// maxNewsErrors is how many things that could not be met are told of.
const maxNewsErrors = 3

// failures are the things that could not be met, and what kept all others from it.
type failures struct {
	errs    []error
	passing bool // the last one failed as it does while the hub is away
	away    bool // nothing more is to be asked
}

// note takes in what came of one thing, and reports whether to go on. An answer that
// comes late or broken may be that thing's own, each time; where it is so of two in a row,
// the hub is away, and would be waited for with every other one too.
func (f *failures) note(ctx context.Context, err error) bool {
	passing := fault.Is(err, fault.Transient)
	switch {
	case err == nil:
	case passing && f.passing || ctx.Err() != nil:
		f.end(err)
		f.away = true
	default:
		f.errs = append(f.errs, err)
	}
	f.passing = passing
	return !f.away
}

// end takes in what keeps all others from it. It is told first, and decides when it is
// tried again.
func (f *failures) end(err error) {
	f.errs = slices.Insert(f.errs, 0, err)
	f.away = f.away || fault.Is(err, fault.Transient)
}

// err returns the first of many errors, and how many more there are.
func (f *failures) err() error {
	if n := len(f.errs); n > maxNewsErrors {
		return errors.Join(append(f.errs[:maxNewsErrors:maxNewsErrors], fmt.Errorf("and %d more that changed hands", n-maxNewsErrors))...)
	}
	return errors.Join(f.errs...)
}

// hear meets all that the hub has to tell, and then says so to the hub, page by page:
// whatever is not said, or not heard by the hub, is told again, and was met already. A
// thing that cannot be met keeps no other from it and stays news.
func hear[T any](ctx context.Context, j *journal.Journal, n news[T]) (f failures) {
	head, err := j.Head(ctx)
	if err != nil {
		f.end(err)
		return f
	}
	for q := (wire.NewsQuestion{Epoch: head.Epoch}); ; {
		after := q.After
		told, more, err := n.ask(q)
		if err != nil {
			f.end(err)
			return f
		}
		said := wire.Heard{Epoch: q.Epoch}
		for _, t := range told {
			of := n.of(t)
			met, err := n.meet(t)
			if !f.note(ctx, err) {
				break
			}
			if err == nil && met && of.Change > 0 { // an older hub tells it by the clock
				said.News = append(said.News, of)
			}
			q.After = of.ID
		}
		if len(said.News) > 0 && ctx.Err() == nil {
			if err := n.heard(said); err != nil {
				f.end(err)
				return f
			}
		}
		if f.away || !more || q.After == after {
			return f
		}
	}
}
