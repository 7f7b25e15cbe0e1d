package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"waybill/sync/journal"
)

// checkAgain is how long after an error of the disk the journal is checked again, at
// first and at most.
const (
	checkAgain   = time.Minute
	checkAgainBy = time.Hour
)

// untilChecked checks the journal as a whole until that could be done, and returns what
// is damaged in it.
func untilChecked(ctx context.Context, check func(context.Context) error, log *slog.Logger) error {
	for pause := checkAgain; ; pause = min(2*pause, checkAgainBy) {
		err := check(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err == nil, errors.Is(err, journal.ErrDamaged):
			return err
		}
		log.WarnContext(ctx, "The journal could not be checked as a whole; it is tried again.", "retry_in", pause, "err", err)
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-timer.C:
		}
	}
}
