package main

import (
	"context"
	"time"

	"waybill/shipment"
	"waybill/sync/journal"
)

// Old data goes in small steps with pauses between them, so that a scan never waits
// for more than one.
const (
	retentionEvery = time.Hour
	retentionStep  = 50
	retentionPause = 250 * time.Millisecond
)

// retention takes out what the station has kept for long enough.
func (st *station) retention(ctx context.Context) error {
	for {
		if err := st.retain(ctx, time.Now(), retentionPause); err != nil && ctx.Err() == nil {
			st.log.ErrorContext(ctx, "old data could not be taken out of the journal; it is tried again", "retry_in", retentionEvery, "err", err)
		}
		timer := time.NewTimer(retentionEvery)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-timer.C:
		}
	}
}

// retain takes out what is due at a moment.
func (st *station) retain(ctx context.Context, now time.Time, pause time.Duration) error {
	keep := st.cfg.Retention
	ago := func(days int) time.Time { return now.AddDate(0, 0, -days) }
	type work struct {
		days int
		what string
		step func(ctx context.Context, before time.Time, limit int) (journal.Progress, error)
	}
	for _, w := range []work{
		{keep.Days, "events deleted, which every hub has", st.journal.Forget},
		{keep.PersonalDays, "events without personal data from now on", func(ctx context.Context, before time.Time, limit int) (journal.Progress, error) {
			return st.journal.Purge(ctx, before, limit, shipment.Redact)
		}},
		{keep.PersonalDays, "orders, labels and refusals without personal data from now on", st.desk.Redact},
	} {
		if w.days == 0 {
			continue // for ever
		}
		n, before := 0, ago(w.days)
		for {
			s, err := w.step(ctx, before, retentionStep)
			n += s.Events
			if err != nil {
				return err
			}
			if !s.More {
				break
			}
			timer := time.NewTimer(pause)
			select {
			case <-ctx.Done():
				timer.Stop()
				return ctx.Err()
			case <-timer.C:
			}
		}
		if n > 0 {
			st.log.InfoContext(ctx, "Old data was taken out of the journal.", "what", w.what, "count", n, "older_than_days", w.days)
		}
	}
	return nil
}
