package journal

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"waybill/shipment"
	"waybill/sync/wire"
)

// A Report is what a walk over the whole history found.
type Report struct {
	Station  shipment.StationID `json:"station"`
	Whole    bool               `json:"whole"` // nothing is wrong
	Events   int64              `json:"events"`
	Purged   int64              `json:"purged,omitempty"`       // events without personal data; what is left of them is what the purge left
	Anchors  []Anchor           `json:"begins_after,omitempty"` // the last events that were deleted for their age, by epoch
	Epoch    int64              `json:"epoch"`
	Sequence int64              `json:"sequence"`
	Hash     string             `json:"hash"` // of the last event: whoever wrote it down earlier can prove the history up to then
	Broken   int64              `json:"broken"`
	Problems []Problem          `json:"problems,omitempty"` // the first ones
	Clock    Clock              `json:"clock"`
	Salvages []Salvage          `json:"salvages,omitempty"` // each damage that the journal was built anew after
}

// A Clock is what the history tells of the station's wall clock. Nothing of it
// is a fault of the journal: the order is the sequence's, never the clock's.
type Clock struct {
	Boots  int64  `json:"boots"`          // how often the machine was started, or the process where no boots are told
	Steps  int64  `json:"steps"`          // how often the wall clock was set by more than wire.ClockStep
	Listed []Step `json:"list,omitempty"` // the first ones
}

// A Step is an event before which the wall clock was set.
type Step struct {
	Epoch    int64 `json:"epoch"`
	Sequence int64 `json:"sequence"`
	StepMS   int64 `json:"step_ms"` // negative: back
}

// A Problem is one place where the history does not hold together.
type Problem struct {
	Epoch    int64  `json:"epoch"`
	Sequence int64  `json:"sequence"`
	Code     string `json:"code"` // gap, lost, purge, hash, prevhash, envelope, cursor, database
	Message  string `json:"message"`
	Meaning  string `json:"meaning"` // what it tells of the journal, and what to do
}

// meaning says what a problem tells a person who has to act on it.
func meaning(code string) string {
	switch code {
	case "gap":
		return "Events were taken out, or the file was put together from two copies. What is missing may be at the hub."
	case "lost":
		return "The journal was damaged once and built anew; these events could not be read. The damaged file is kept beside it, and the hub has what was sent."
	case "purge":
		return "An event from which personal data was taken out is not what was left of it then: another program or a failing disk has changed it."
	case "hash":
		return "The event is not what was recorded: another program or a failing disk has changed it. The hub has it as it was, if it was sent."
	case "prevhash":
		return "Two histories meet here: the event before was changed or replaced, or two copies of the journal were both written to. Everything before still holds together."
	case "envelope":
		return "What stands here is no event of this place in the history: it was changed, or comes from elsewhere."
	case "cursor":
		return "The end of the history is gone, as after restoring an old copy. Stop the station and run 'waybill journal new-epoch'."
	case "database":
		return "The file itself is damaged, most often by the disk or a copy made without its -wal file. Save it, export what can be read, restore a backup."
	}
	return ""
}

// maxProblems bounds the report of a journal that is broken all over.
const maxProblems = 100

// Verify walks the history and checks that no event is missing, altered or out
// of place. What it finds is in the report; an error means that it could not
// look.
func (r *Reader) Verify(ctx context.Context) (Report, error) {
	rep := Report{Station: r.station}
	err := r.View(ctx, func(tx *ReadTx) error {
		var err error
		if rep.Salvages, err = tx.salvages(); err != nil {
			return err
		}
		begins, err := tx.kept()
		if err != nil {
			return err
		}
		purges, err := tx.purges(begins, rep.Salvages)
		if err != nil {
			return err
		}
		rep.forgotten(begins)
		var prev wire.Position
		var last wire.Envelope
		err = tx.Events(EventQuery{}, func(rec wire.Record) error {
			if rec.Epoch != prev.Epoch {
				prev = begins.before(rec.Epoch)
			}
			rep.Events++
			env, ok := rep.checkEvent(rec, prev)
			if ok {
				rep.Clock.add(env, last)
				last = env
			}
			purges.see(&rep, rec, env)
			// The bytes as they are, not as they should be: the next event is
			// judged by itself.
			prev = wire.Position{Epoch: rec.Epoch, Sequence: rec.Sequence, Hash: env.Recorded(rec.Raw)}
			return nil
		})
		if err != nil {
			return err
		}
		for _, s := range rep.Salvages {
			for _, gap := range s.Missing {
				rep.add(wire.Position{Epoch: gap.Epoch, Sequence: gap.From}, "lost", "%s missing since the journal was built anew at %s", words(gap), s.At.Format(time.RFC3339))
			}
		}
		rep.Epoch, rep.Sequence, rep.Hash = prev.Epoch, prev.Sequence, prev.Hash
		if err := purges.finish(tx, &rep); err != nil {
			return err
		}
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
		rep.Problems = append(rep.Problems, Problem{at.Epoch, at.Sequence, code, fmt.Sprintf(format, args...), meaning(code)})
	}
}

// forgotten tells where the kept history begins.
func (rep *Report) forgotten(k kept) {
	for _, epoch := range slices.Sorted(maps.Keys(k.anchors)) {
		a := k.anchors[epoch]
		rep.Anchors = append(rep.Anchors, Anchor{a.Epoch, a.Sequence, a.Hash})
	}
}

// add notes what env tells of the clock, after the event before.
func (c *Clock) add(env, before wire.Envelope) {
	if env.BootID != "" && env.BootID != before.BootID {
		c.Boots++
	}
	if before.ID == "" {
		return
	}
	if step := env.ClockStep(before); step.Abs() >= wire.ClockStep {
		c.Steps++
		if len(c.Listed) < maxProblems {
			c.Listed = append(c.Listed, Step{env.Epoch, env.Sequence, step.Milliseconds()})
		}
	}
}

// checkEvent judges one event and returns it where its bytes are one.
func (rep *Report) checkEvent(rec wire.Record, prev wire.Position) (env wire.Envelope, ok bool) {
	at := rec.Position
	if gap := (wire.Range{Epoch: at.Epoch, From: prev.Sequence + 1, To: at.Sequence - 1}); gap.From <= gap.To && !toldLost(rep.Salvages, gap) {
		rep.add(at, "gap", "%s missing", words(gap))
	}
	err := json.Unmarshal(rec.Raw, &env)
	if hash := wire.Hash(rec.Raw); hash != at.Hash && (err != nil || !isPurged(rec, env)) {
		rep.add(at, "hash", "the event's bytes have hash %s, recorded was %s", hash, at.Hash)
	}
	if err != nil {
		rep.add(at, "envelope", "the event's bytes are no event: %v", err)
		return env, false
	}
	if err = env.Check(); err != nil {
		rep.add(at, "envelope", "%v", err)
	}
	if env.Epoch != at.Epoch || env.Sequence != at.Sequence || env.ID != rec.ID || env.Station() != rep.Station {
		rep.add(at, "envelope", "the event's bytes are those of event %s, epoch %d, sequence %d of station %s",
			env.ID, env.Epoch, env.Sequence, env.Station())
	}
	if at.Sequence == prev.Sequence+1 && env.PrevHash != prev.Hash {
		rep.add(at, "prevhash", "the event follows one with hash %s, the one before it has %s", env.PrevHash, prev.Hash)
	}
	return env, err == nil
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
