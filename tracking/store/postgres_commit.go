package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// pgTries is how often a transaction is made that others get in the way of.
const pgTries = 8

// uniqueViolation is PostgreSQL's code where a row is there already.
const uniqueViolation = "23505"

// commit carries ops out, and answers each by itself: those that take events
// together, then what may be done beside others that do, and the rest after them,
// alone with the data.
func (e *pgEngine) commit(ctx context.Context, ops []*op) ([]string, error) {
	var takes, beside, others []*op
	for _, o := range ops {
		switch {
		case o.events != nil:
			takes = append(takes, o)
		case o.beside:
			beside = append(beside, o)
		default:
			others = append(others, o)
		}
	}
	var touched []string
	for _, some := range [][]*op{takes, beside, others} {
		if len(some) > 0 {
			touched = append(touched, e.carry(ctx, some)...)
		}
	}
	return touched, nil
}

// carry carries ops out in one transaction, or where that fails each alone.
func (e *pgEngine) carry(ctx context.Context, ops []*op) []string {
	told, err := e.again(ctx, ops)
	if err == nil {
		return told
	}
	if len(ops) == 1 {
		ops[0].err = err
		return nil
	}
	var touched []string
	for _, o := range ops {
		touched = append(touched, e.carry(ctx, []*op{o})...)
	}
	return touched
}

// again runs a transaction until others do not get in its way. What it does must
// be right to do twice: a commit whose answer was lost may have happened.
func (e *pgEngine) again(ctx context.Context, ops []*op) ([]string, error) {
	for try := 1; ; try++ {
		bounded, cancel := context.WithTimeout(ctx, pgDeadline)
		told, err := e.store.try(bounded, ops)
		cancel()
		if err == nil || try == pgTries || !inTheWay(err) {
			return told, err
		}
		for _, o := range ops {
			o.careful = o.careful || isThere(err)
		}
		e.store.log.DebugContext(ctx, "Another writer was in the way, so a transaction is made again.", "try", try, "error", err)
		pause(ctx, rand.N(time.Duration(try*try)*2*time.Millisecond))
	}
}

// isThere reports whether a transaction failed for a row that was there already.
func isThere(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == uniqueViolation
}

// inTheWay reports whether a transaction failed for what others did, or for a
// connection that had been lost before it was used, so that nothing has happened
// and the same may work now.
func inTheWay(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		switch pg.Code {
		case "40001", // serialization_failure
			"40P01",         // deadlock_detected
			uniqueViolation, // the row came since it was looked for
			"55P03",         // lock_not_available
			"57P01",         // admin_shutdown: of this connection; the next one may find a server again
			"57P02",         // crash_shutdown
			"57P03":         // cannot_connect_now
			return true
		}
		return false
	}
	return errors.Is(err, driver.ErrBadConn) || pgconn.SafeToRetry(err)
}
