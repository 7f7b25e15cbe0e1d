package store

import (
	"context"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// pgChannel is the channel of PostgreSQL on which processes tell one another
// that there is something in the outbox.
const pgChannel = "waybill_outbox"

const pgRelisten = time.Second // after a lost connection

// listen hears from other processes, and tells them, until the store is closed.
// What is not heard is found by looking: nothing depends on it but the time.
func (e *pgEngine) listen(c *pgx.ConnConfig) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var both sync.WaitGroup
	both.Go(func() {
		for ctx.Err() == nil {
			if err := e.hear(ctx, c); err != nil && ctx.Err() == nil {
				e.store.log.DebugContext(ctx, "Other hubs are not heard for the moment.", "error", err)
			}
			pause(ctx, pgRelisten)
		}
	})
	both.Go(func() {
		for {
			select {
			case <-e.posted:
			case <-ctx.Done():
				return
			}
			// In a statement of its own, after the commit: a notice within the
			// transaction would make all commits of the server wait for one another.
			tell, end := context.WithTimeout(ctx, pgDeadline)
			if _, err := e.store.read.ExecContext(tell, `SELECT pg_notify(?, '')`, pgChannel); err != nil && ctx.Err() == nil {
				e.store.log.DebugContext(ctx, "Other hubs could not be told of news and find it by looking.", "error", err)
			}
			end()
		}
	})
	return func() { cancel(); both.Wait() }
}

// hear wakes whoever waits for postings when another process has told of some.
func (e *pgEngine) hear(ctx context.Context, c *pgx.ConnConfig) error {
	conn, err := pgx.ConnectConfig(ctx, c.Copy())
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if _, err := conn.Exec(ctx, `LISTEN `+pgChannel); err != nil {
		return err
	}
	for {
		e.store.postings.tell([]string{""}) // what came before it could be heard
		if _, err := conn.WaitForNotification(ctx); err != nil {
			return err
		}
	}
}

// tellOthers has other processes told that there is something in the outbox.
func (e *pgEngine) tellOthers() {
	select {
	case e.posted <- struct{}{}:
	default: // they will be told
	}
}

// pause waits, or returns when ctx ends.
func pause(ctx context.Context, d time.Duration) {
	wait := time.NewTimer(d)
	defer wait.Stop()
	select {
	case <-wait.C:
	case <-ctx.Done():
	}
}
