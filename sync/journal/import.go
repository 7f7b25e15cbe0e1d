package journal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"waybill/internal/fault"
	"waybill/sync/wire"
)

// A Gap is a run of events that are not there, both ends included.
type Gap struct {
	Epoch int64 `json:"epoch"`
	From  int64 `json:"from"`
	To    int64 `json:"to"`
}

// An Importer brings the events of earlier epochs of a station back into a
// journal that has lost them. The journal goes on in an epoch of its own.
type Importer struct {
	j    *Journal
	last wire.Position

	Events int64 // so far
	Gaps   []Gap // found so far, before the last event
}

// Importer returns an importer of events from the first one on.
func (j *Journal) Importer() *Importer { return &Importer{j: j} }

// Last returns the position of the event that was imported last.
func (im *Importer) Last() wire.Position { return im.last }

// Import brings events in, byte for byte, which must come in their order and be
// the station's own, of epochs before the journal's. Each must follow from the one
// before it where that is there; where it is not, the gap is noted. All of them are
// durable afterwards, or none.
func (im *Importer) Import(ctx context.Context, raws ...[]byte) error {
	last, gaps := im.last, im.Gaps
	err := im.j.Update(ctx, func(tx *Tx) error {
		last, gaps = im.last, im.Gaps[:len(im.Gaps):len(im.Gaps)]
		for _, raw := range raws {
			env, gap, err := tx.follows(last, raw)
			if err != nil {
				return err
			}
			if gap != nil {
				gaps = append(gaps, *gap)
			}
			typ, _ := env.EventType() // one of another version is kept all the same
			last = wire.Position{Epoch: env.Epoch, Sequence: env.Sequence, Hash: wire.Hash(raw)}
			if err := tx.c.append(eventRow{last, env.ID, string(typ), env.Subject, time.Time(env.Time).UnixMilli(), raw}); err != nil {
				return tx.fail(err)
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("import of %d events after %d/%d: %w", len(raws), im.last.Epoch, im.last.Sequence, err)
	}
	im.last, im.Gaps = last, gaps
	im.Events += int64(len(raws))
	return nil
}

// follows reads an event that is to stand after last, and says what is missing
// between the two.
func (tx *Tx) follows(last wire.Position, raw []byte) (wire.Envelope, *Gap, error) {
	var env wire.Envelope
	if err := json.Unmarshal(raw, &env); err != nil {
		return env, nil, &fault.Error{Op: "event", Kind: fault.Invalid, Err: err}
	}
	op := fmt.Sprintf("event %d/%d", env.Epoch, env.Sequence)
	no := func(format string, args ...any) (wire.Envelope, *Gap, error) {
		return env, nil, &fault.Error{Op: op, Kind: fault.Invalid, Err: fmt.Errorf(format, args...)}
	}
	if err := env.Check(); err != nil {
		return no("%w", err)
	}
	if env.Station() != tx.o.Station {
		return no("it is station %s's, this journal is %s's", env.Station(), tx.o.Station)
	}
	if env.Epoch >= tx.head.Epoch {
		return no("the journal is in epoch %d, and events of earlier ones alone may be brought in", tx.head.Epoch)
	}
	if env.Sequence >= 1<<sequenceBits {
		return no("no station has recorded as many")
	}
	if there, err := tx.hasEvent(env.ID); err != nil {
		return env, nil, err
	} else if there {
		return no("%w", errors.New("its ID is there already"))
	}
	before := wire.Position{Epoch: env.Epoch, Hash: wire.Genesis}
	if last.Epoch == env.Epoch {
		before = last
	} else if last.Epoch > env.Epoch {
		return no("it comes after one of epoch %d", last.Epoch)
	}
	switch {
	case env.Sequence <= before.Sequence:
		return no("it comes after %d/%d", before.Epoch, before.Sequence)
	case env.Sequence > before.Sequence+1:
		return env, &Gap{Epoch: env.Epoch, From: before.Sequence + 1, To: env.Sequence - 1}, nil
	case env.PrevHash != before.Hash:
		return no("it does not follow from the event before it: the chain is broken")
	}
	return env, nil, nil
}
