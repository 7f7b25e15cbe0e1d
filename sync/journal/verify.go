package journal

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"waybill/shipment"
	"waybill/sync/wire"
)

// A Report is what a walk over the whole history found.
type Report struct {
	Station  shipment.StationID `json:"station"`
	Whole    bool               `json:"whole"` // nothing is wrong
	Events   int64              `json:"events"`
	Epoch    int64              `json:"epoch"`
	Sequence int64              `json:"sequence"`
	Hash     string             `json:"hash"` // of the last event: whoever wrote it down earlier can prove the history up to then
	Broken   int64              `json:"broken"`
	Problems []Problem          `json:"problems,omitempty"` // the first ones
}

// A Problem is one place where the history does not hold together.
type Problem struct {
	Epoch    int64  `json:"epoch"`
	Sequence int64  `json:"sequence"`
	Code     string `json:"code"` // gap, hash, prevhash, envelope, cursor, database
	Message  string `json:"message"`
}

// maxProblems bounds the report of a journal that is broken all over.
const maxProblems = 100

// Verify walks the history and checks that no event is missing, altered or out
// of place. What it finds is in the report; an error means that it could not
// look.
func (r *Reader) Verify(ctx context.Context) (Report, error) {
	rep := Report{Station: r.station}
	err := r.View(ctx, func(tx *ReadTx) error {
		var prev wire.Position
		err := tx.Events(EventQuery{}, func(rec wire.Record) error {
			if rec.Epoch != prev.Epoch {
				prev = wire.Position{Epoch: rec.Epoch, Hash: wire.Genesis}
			}
			rep.Events++
			rep.checkEvent(rec, prev)
			// The bytes as they are, not as they should be: the next event is
			// judged by itself.
			prev = wire.Position{Epoch: rec.Epoch, Sequence: rec.Sequence, Hash: wire.Hash(rec.Raw)}
			return nil
		})
		if err != nil {
			return err
		}
		rep.Epoch, rep.Sequence, rep.Hash = prev.Epoch, prev.Sequence, prev.Hash
		if err := rep.checkCursors(tx, prev); err != nil {
			return err
		}
		return rep.checkDatabase(tx)
	})
	rep.Whole = err == nil && rep.Broken == 0
	return rep, err
}

func (rep *Report) add(at wire.Position, code, format string, args ...any) {
	rep.Broken++
	if len(rep.Problems) < maxProblems {
		rep.Problems = append(rep.Problems, Problem{at.Epoch, at.Sequence, code, fmt.Sprintf(format, args...)})
	}
}

func (rep *Report) checkEvent(rec wire.Record, prev wire.Position) {
	at := rec.Position
	switch {
	case at.Sequence == prev.Sequence+2:
		rep.add(at, "gap", "event %d is missing", prev.Sequence+1)
	case at.Sequence > prev.Sequence+2:
		rep.add(at, "gap", "events %d to %d are missing", prev.Sequence+1, at.Sequence-1)
	}
	if hash := wire.Hash(rec.Raw); hash != at.Hash {
		rep.add(at, "hash", "the event's bytes have hash %s, recorded was %s", hash, at.Hash)
	}
	var env wire.Envelope
	if err := json.Unmarshal(rec.Raw, &env); err != nil {
		rep.add(at, "envelope", "the event's bytes are no event: %v", err)
		return
	}
	if err := env.Check(); err != nil {
		rep.add(at, "envelope", "%v", err)
	}
	if env.Epoch != at.Epoch || env.Sequence != at.Sequence || env.ID != rec.ID || env.Station() != rep.Station {
		rep.add(at, "envelope", "the event's bytes are those of event %s, epoch %d, sequence %d of station %s",
			env.ID, env.Epoch, env.Sequence, env.Station())
	}
	if at.Sequence == prev.Sequence+1 && env.PrevHash != prev.Hash {
		rep.add(at, "prevhash", "the event follows one with hash %s, the one before it has %s", env.PrevHash, prev.Hash)
	}
}

// checkCursors finds a history whose end is gone: the chain alone cannot tell,
// but an upstream has seen more.
func (rep *Report) checkCursors(tx *ReadTx, head wire.Position) error {
	return tx.all("SELECT upstream, place FROM cursors", nil, func(rows *sql.Rows) error {
		var upstream string
		var at int64
		if err := rows.Scan(&upstream, &at); err != nil {
			return err
		}
		if pos := position(at, ""); pos.After(head) {
			rep.add(pos, "cursor", "%s has taken this event, the history ends before it", upstream)
		}
		return nil
	})
}

// checkDatabase asks SQLite about the file: tables, indexes, and whether they
// agree.
func (rep *Report) checkDatabase(tx *ReadTx) error {
	return tx.all("PRAGMA integrity_check", nil, func(rows *sql.Rows) error {
		var verdict string
		err := rows.Scan(&verdict)
		if verdict != "ok" {
			rep.add(wire.Position{}, "database", "%s", verdict)
		}
		return err
	})
}
