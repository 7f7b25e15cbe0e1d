package credential

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"time"

	"waybill/internal/task"
)

// TendEvery is how often the hub is asked whether it is time for another token.
const TendEvery = time.Hour

// Task returns the task that keeps the station's token from ending. A hub that is
// away is asked again; it is for others to tell that it is.
func (k *Keeper) Task(h hub, log *slog.Logger) task.Task {
	return task.Func("token", func(ctx context.Context) error {
		// Stations that start together do not ask together.
		wait := time.Duration(rand.Int64N(int64(time.Minute))) //nolint:gosec // spreads load, hides nothing
		for {
			select {
			case <-ctx.Done():
				return nil
			case <-time.After(wait):
			}
			wait = TendEvery
			token, err := k.Token()
			if err != nil || token == "" {
				continue // told where events are sent
			}
			renewed, c, err := k.Tend(ctx, h)
			switch {
			case ctx.Err() != nil:
			case err != nil:
				log.DebugContext(ctx, "the hub was not asked about the token", "retry_in", wait, "err", err)
			case renewed:
				log.InfoContext(ctx, "The station has another token for the hub.", "expires", c.Expires)
			}
		}
	})
}
