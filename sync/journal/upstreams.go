package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"waybill/internal/fault"
	"waybill/sync/wire"
)

// An Upstream is a receiver of the station's events, and how far it has come.
type Upstream struct {
	Name     string
	Position wire.Position // the last event that it has dealt with
	Moved    time.Time     // when that was recorded
	Parked   int           // events that it has refused for good
	Former   bool          // nothing is sent to it any more
	Missing  int64         // events that it has not dealt with; of a former one those that were there when it was left
	Oldest   time.Time     // of these; zero where there are none
}

// reached reports whether the upstream has ever dealt with an event. What was never
// there, as a hub whose address was mistyped, has no history that could end early. A
// journal that was rebuilt does not know: it has lost the cursors of before.
func (u Upstream) reached() bool { return u.Position.Epoch > 0 }

// A lane beside the main one of an upstream has a cursor of its own, named
// UPSTREAM#LANE. The main lane alone says what the upstream has dealt with.
const laneMark = "#"

// formerKey is what meta has of an upstream to which nothing is sent any more: the
// place of the last event that was there when it was left.
const formerKey = "former "

// SetUpstreams says where events go from now on: to these and no others. Until each of
// them has dealt with an event, the event is kept, and that holds from this moment on,
// before the first of them has dealt with any.
//
// An upstream that is not among them any more and lacks events becomes a former one:
// what it lacks is kept for it until it is among them again or ForgetUpstream says that
// nobody waits for it. One that lacks nothing, or never had anything, is forgotten; the
// names of those are returned. Where the journal was rebuilt from a damaged one, nobody
// knows of whom it has not heard since whether they had anything, and they are kept.
func (j *Journal) SetUpstreams(ctx context.Context, names ...string) (forgotten []string, err error) {
	if i := slices.IndexFunc(names, func(n string) bool { return n == "" || strings.Contains(n, laneMark) }); i >= 0 || len(names) == 0 {
		return nil, &fault.Error{Op: "receivers of events", Kind: fault.Invalid, Err: fmt.Errorf("%q: want names, each without %s", names, laneMark)}
	}
	err = j.Update(ctx, func(tx *Tx) error {
		forgotten = nil
		all, err := tx.upstreams()
		if err != nil {
			return err
		}
		known := map[string]bool{}
		for _, u := range all {
			known[u.Name] = true
			switch wanted := slices.Contains(names, u.Name); {
			case wanted && u.Former:
				err = tx.exec("DELETE FROM meta WHERE key = ?", formerKey+u.Name)
			case wanted, u.Former:
			case (u.reached() || j.rebuilt) && (u.Missing > 0 || u.Parked > 0):
				err = tx.exec("INSERT INTO meta (key, value) VALUES (?, ?)", formerKey+u.Name, strconv.FormatInt(place(tx.head), 10))
			default:
				forgotten = append(forgotten, u.Name)
				err = tx.forgetUpstream(u.Name)
			}
			if err != nil {
				return err
			}
			if !slices.Contains(names, u.Name) {
				if err := tx.forgetLanes(u.Name); err != nil {
					return err
				}
			}
		}
		for _, name := range names {
			if known[name] {
				continue
			}
			if err := tx.exec("INSERT INTO cursors (upstream, place, moved_ms) VALUES (?, 0, ?)", name, tx.o.Now().UnixMilli()); err != nil {
				return err
			}
		}
		return nil
	})
	return forgotten, err
}

// ForgetUpstream says that a former upstream is not waited for any more, and returns how
// far it was. What is kept for it alone may go once it is old enough. An upstream to
// which events are sent is refused.
func (j *Journal) ForgetUpstream(ctx context.Context, name string) (was Upstream, err error) {
	err = j.Update(ctx, func(tx *Tx) error {
		op := "receiver " + strconv.Quote(name)
		all, err := tx.upstreams()
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(u Upstream) bool { return u.Name == name })
		if i < 0 {
			return &fault.Error{
				Op: op, Kind: fault.NotFound, Err: errors.New("no events were sent to it, or it lacks none"),
				Hint: "waybill station hubs names those that there are.",
			}
		}
		if was = all[i]; !was.Former {
			return &fault.Error{
				Op: op, Kind: fault.Conflict, Err: errors.New("events are sent to it"),
				Hint: "Take it out of the configuration first, and start the station.",
			}
		}
		return tx.forgetUpstream(name)
	})
	return was, err
}

// Upstreams returns the receivers of events, former ones among them, by name.
func (r *Reader) Upstreams(ctx context.Context) (all []Upstream, err error) {
	err = r.View(ctx, func(tx *ReadTx) error {
		all, err = tx.upstreams()
		return err
	})
	return all, err
}

func (tx *ReadTx) upstreams() ([]Upstream, error) {
	if err := tx.s.forEvents(); err != nil {
		return nil, tx.fail(err)
	}
	head, err := tx.Head()
	if err != nil {
		return nil, err
	}
	var all []Upstream
	var left []int64 // the last place that each is to have
	err = tx.all(`SELECT c.upstream, c.place, coalesce(e.hash, ''), c.moved_ms, m.value, (SELECT count(*) FROM parked p WHERE p.upstream = c.upstream)
		FROM cursors c LEFT JOIN events e USING (place) LEFT JOIN meta m ON m.key = ?1 || c.upstream
		WHERE instr(c.upstream, ?2) = 0 ORDER BY c.upstream`, []any{formerKey, laneMark}, func(rows *sql.Rows) error {
		var u Upstream
		var at, ms int64
		var hash string
		var until sql.NullInt64
		if err := rows.Scan(&u.Name, &at, &hash, &ms, &until, &u.Parked); err != nil {
			return err
		}
		last := place(head)
		if u.Former = until.Valid; u.Former {
			last = until.Int64
		}
		u.Position, u.Moved = position(at, hash), time.UnixMilli(ms).UTC()
		all, left = append(all, u), append(left, last)
		return nil
	})
	if err != nil {
		return nil, err
	}
	for i := range all {
		count, first, err := tx.countBetween(place(all[i].Position), left[i])
		if err != nil {
			return nil, err
		}
		all[i].Missing = count
		var oldest int64
		if found, err := tx.one("SELECT time_ms FROM events WHERE place = ?", []any{first}, &oldest); err != nil {
			return nil, err
		} else if found {
			all[i].Oldest = time.UnixMilli(oldest).UTC()
		}
	}
	return all, nil
}

func (tx *Tx) forgetUpstream(name string) error {
	if err := tx.exec("DELETE FROM meta WHERE key = ?", formerKey+name); err != nil {
		return err
	}
	if err := tx.exec("DELETE FROM parked WHERE upstream = ?", name); err != nil {
		return err
	}
	if err := tx.exec("DELETE FROM cursors WHERE upstream = ?", name); err != nil {
		return err
	}
	return tx.forgetLanes(name)
}

func (tx *Tx) forgetLanes(name string) error {
	lanes := name + laneMark
	return tx.exec("DELETE FROM cursors WHERE substr(upstream, 1, ?) = ?", len([]rune(lanes)), lanes)
}

func (tx *Tx) exec(query string, args ...any) error {
	if _, err := tx.s.exec(query, args...); err != nil {
		return tx.fail(err)
	}
	return nil
}
