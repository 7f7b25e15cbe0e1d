package desk

import (
	"context"
	"errors"
	"fmt"

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

// hear meets all that the hub has to tell, and then says so to the hub, page by page:
// whatever is not said, or not heard by the hub, is told again, and was met already. A
// thing that cannot be met keeps no other from it and stays news.
func hear[T any](ctx context.Context, j *journal.Journal, n news[T]) error {
	head, err := j.Head(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for q := (wire.NewsQuestion{Epoch: head.Epoch}); ; {
		after := q.After
		told, more, err := n.ask(q)
		if err != nil {
			return errors.Join(append(first(errs), err)...)
		}
		said := wire.Heard{Epoch: q.Epoch}
		for _, t := range told {
			of := n.of(t)
			met, err := n.meet(t)
			switch {
			case err != nil && ctx.Err() != nil:
				return err
			case fault.Is(err, fault.Transient): // the hub went away: so would every other
				return errors.Join(append(first(errs), err)...)
			case err != nil:
				errs = append(errs, err)
			case met && of.Change > 0: // an older hub tells it by the clock
				said.News = append(said.News, of)
			}
			q.After = of.ID
		}
		if len(said.News) > 0 {
			if err := n.heard(said); err != nil {
				return errors.Join(append(first(errs), err)...)
			}
		}
		if !more || q.After == after {
			return errors.Join(first(errs)...)
		}
	}
}

// first returns the first of many errors, and how many more there are.
func first(errs []error) []error {
	if n := len(errs); n > maxNewsErrors {
		return append(errs[:maxNewsErrors:maxNewsErrors], fmt.Errorf("and %d more that changed hands", n-maxNewsErrors))
	}
	return errs
}
