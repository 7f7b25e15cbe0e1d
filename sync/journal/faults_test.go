package journal_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"waybill/internal/fault"
	"waybill/sync/journal"
	"waybill/sync/wire"
)

func TestAFailedCommitIsUncertainAndTheJournalGoesOn(t *testing.T) {
	for _, written := range []bool{false, true} {
		t.Run(fmt.Sprintf("written %v", written), func(t *testing.T) {
			var log bytes.Buffer
			o := options(t)
			o.Log = slog.New(slog.NewTextHandler(&log, nil))
			j := mustOpen(t, o)
			appendEvents(t, j, "e1")
			j.FailNextCommit(written)
			err := j.Update(t.Context(), func(tx *journal.Tx) error { return tx.Append(event("e2", "o")) })
			if !fault.Is(err, fault.Uncertain) {
				t.Fatalf("got %v, want an uncertain one", err)
			}
			// A caller who looks first does it once.
			if err := j.Update(t.Context(), func(tx *journal.Tx) error {
				there := false
				if err := tx.Events(journal.EventQuery{}, func(rec wire.Record) error {
					there = there || rec.ID == "e2"
					return nil
				}); err != nil {
					return err
				}
				if there != written {
					t.Errorf("the event is there: %v", there)
				}
				if there {
					return nil
				}
				return tx.Append(event("e2", "o"))
			}); err != nil {
				t.Fatal(err)
			}
			appendEvents(t, j, "e3")
			if rep := verify(t, j); !rep.Whole || rep.Events != 3 {
				t.Errorf("%+v", rep)
			}
			if err := j.Close(); err != nil { // nobody writes to the log any more
				t.Fatal(err)
			}
			if text := log.String(); !strings.Contains(text, "may be recorded or not") || strings.Contains(text, "is not recorded") {
				t.Errorf("logged: %s", text)
			}
		})
	}
}

func TestAFullDiskIsToldAndLosesNothing(t *testing.T) {
	var log bytes.Buffer
	o := options(t)
	o.Log = slog.New(slog.NewTextHandler(&log, nil))
	j := mustOpen(t, o)
	appendEvents(t, j, "e1")
	if err := j.LimitPages(20); err != nil {
		t.Fatal(err)
	}
	acked := 1
	for i := range 10_000 {
		err := j.Update(t.Context(), func(tx *journal.Tx) error { return tx.Append(event(fmt.Sprintf("n%d", i), "o")) })
		if err == nil {
			acked++
			continue
		}
		if !errors.Is(err, journal.ErrDiskFull) || !fault.Is(err, fault.Transient) || !strings.Contains(err.Error(), "Free space") {
			t.Fatalf("full disk: %v", err)
		}
		break
	}
	if rep := verify(t, j); !rep.Whole || rep.Events != int64(acked) || acked < 10 {
		t.Fatalf("%d acknowledged, %+v", acked, rep)
	}
	// The limit went with the connection: there is space again.
	appendEvents(t, j, "after")
	if rep := verify(t, j); !rep.Whole || rep.Events != int64(acked)+1 {
		t.Fatalf("%d acknowledged, %+v", acked+1, rep)
	}
	if err := j.Close(); err != nil { // nobody writes to the log any more
		t.Fatal(err)
	}
	if text := log.String(); !strings.Contains(text, "is not recorded") || strings.Contains(text, "may be recorded") {
		t.Errorf("logged: %s", text)
	}
}

func TestVerifyFindsWhatWasChanged(t *testing.T) {
	type found struct {
		sequence int64
		code     string
	}
	for name, tt := range map[string]struct {
		query string
		args  []any
		want  []found
	}{
		"a flipped byte": {
			"UPDATE events SET raw = CAST(replace(CAST(raw AS TEXT), '\"job\":\"j\"', '\"job\":\"k\"') AS BLOB) WHERE (place & 0xffffff) = 3", nil,
			[]found{{3, "hash"}, {4, "prevhash"}},
		},
		"a flipped byte and its hash made to fit": {
			"UPDATE events SET raw = ?, hash = ? WHERE (place & 0xffffff) = 3",
			func() []any { return []any{[]byte("{}"), wire.Hash([]byte("{}"))} }(),
			[]found{{3, "envelope"}, {3, "envelope"}, {3, "prevhash"}, {4, "prevhash"}},
		},
		"bytes that are no JSON": {
			"UPDATE events SET raw = x'00' WHERE (place & 0xffffff) = 5", nil,
			[]found{{5, "hash"}, {5, "envelope"}},
		},
		"a missing event":   {"DELETE FROM events WHERE (place & 0xffffff) = 2", nil, []found{{3, "gap"}}},
		"a missing start":   {"DELETE FROM events WHERE (place & 0xffffff) < 3", nil, []found{{3, "gap"}}},
		"a missing end":     {"DELETE FROM events WHERE (place & 0xffffff) > 3", nil, []found{{4, "cursor"}}},
		"an exchanged pair": {"UPDATE events SET place = place + 7 WHERE (place & 0xffffff) = 2", nil, []found{{3, "gap"}, {9, "gap"}, {9, "envelope"}}},
		"nothing":           {"SELECT 1", nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			j := mustOpen(t, options(t))
			appendEvents(t, j, "e1", "e2", "e3", "e4", "e5")
			if err := j.SetCursor(t.Context(), "hub", wire.Position{Epoch: 1, Sequence: 4}); err != nil {
				t.Fatal(err)
			}
			if err := j.Exec(tt.query, tt.args...); err != nil {
				t.Fatal(err)
			}
			rep := verify(t, j)
			var got []found
			for _, p := range rep.Problems {
				got = append(got, found{p.Sequence, p.Code})
			}
			if fmt.Sprint(got) != fmt.Sprint(tt.want) || rep.Whole != (len(tt.want) == 0) || int(rep.Broken) != len(tt.want) {
				t.Errorf("got %+v\nwant %v", rep, tt.want)
			}
		})
	}
}

// TestNoByteOfAnEventCanBeChangedUnseen flips each byte of an event in turn.
func TestNoByteOfAnEventCanBeChangedUnseen(t *testing.T) {
	j := mustOpen(t, options(t))
	appendEvents(t, j, "e1", "e2")
	recs, err := j.After(t.Context(), wire.Position{}, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	for i := range recs[0].Raw {
		raw := append([]byte(nil), recs[0].Raw...)
		raw[i] ^= 0x20
		if err := j.Exec("UPDATE events SET raw = ? WHERE (place & 0xffffff) = 1", raw); err != nil {
			t.Fatal(err)
		}
		if rep := verify(t, j); rep.Whole || rep.Problems[0].Sequence != 1 {
			t.Fatalf("byte %d: %+v", i, rep)
		}
	}
}

// everything returns the events' IDs, if the first n documents can be found by
// ID, by key and in the list.
func everything(j *journal.Journal, n int) (ids []string) {
	err := j.View(context.Background(), func(tx *journal.ReadTx) error {
		for i := range n {
			id, v := fmt.Sprintf("e%d", i), -1
			if found, err := tx.Get(orders, id, &v); err != nil || !found || v != i {
				return fmt.Errorf("document %s: %v %d %w", id, found, v, err)
			}
			if owner, _, err := tx.Find(orders, "key-"+id); err != nil || owner != id {
				return fmt.Errorf("key of %s: %q %w", id, owner, err)
			}
		}
		if count, err := tx.Count(orders, "open"); err != nil || count != n {
			return fmt.Errorf("%d documents: %w", count, err)
		}
		return tx.Events(journal.EventQuery{}, func(rec wire.Record) error {
			ids = append(ids, rec.ID)
			return nil
		})
	})
	if err != nil {
		return []string{err.Error()}
	}
	return ids
}

func TestCursor(t *testing.T) {
	o := options(t)
	j := mustOpen(t, o)
	ctx := t.Context()
	appendEvents(t, j, "e1", "e2", "e3", "e4")
	at := func(seq int64) wire.Position { return wire.Position{Epoch: 1, Sequence: seq} }
	if pos, parked, err := j.Cursor(ctx, "hub"); pos != (wire.Position{}) || parked != 0 || err != nil {
		t.Errorf("unknown upstream: %v %d %v", pos, parked, err)
	}
	if n, oldest, err := j.Backlog(ctx, wire.Position{}); n != 4 || !oldest.Equal(o.Now()) || err != nil {
		t.Errorf("backlog: %d %v %v", n, oldest, err)
	}
	bad := wire.Result{ID: "e2", Sequence: 2, Status: wire.Rejected, Reason: "no such thing"}
	if err := j.SetCursor(ctx, "hub", at(3), bad); err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"back":           j.SetCursor(ctx, "hub", at(2)),
		"past the end":   j.SetCursor(ctx, "hub", at(5)),
		"parked unknown": j.SetCursor(ctx, "hub", at(4), wire.Result{ID: "e9"}),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if pos, parked, err := j.Cursor(ctx, "hub"); pos.Sequence != 3 || parked != 1 || err != nil {
		t.Errorf("cursor: %v %d %v", pos, parked, err)
	}
	if n, _, err := j.Backlog(ctx, at(3)); n != 1 || err != nil {
		t.Errorf("backlog: %d %v", n, err)
	}
	if n, oldest, err := j.Backlog(ctx, at(4)); n != 0 || !oldest.IsZero() || err != nil {
		t.Errorf("no backlog: %d %v %v", n, oldest, err)
	}
	parked, err := j.Parked(ctx, "hub")
	if err != nil || len(parked) != 1 || parked[0].ID != "e2" || parked[0].Reason != "no such thing" || parked[0].Position.Sequence != 2 {
		t.Errorf("parked: %+v %v", parked, err)
	}
	if pos, _, err := j.Cursor(ctx, "another"); pos != (wire.Position{}) || err != nil {
		t.Errorf("another upstream: %v %v", pos, err)
	}
}

func TestQueriesUseTheirIndexes(t *testing.T) {
	j := mustOpen(t, options(t))
	for query, want := range map[string]string{
		"SELECT raw FROM events WHERE place > 1 AND place < 9 ORDER BY place LIMIT 9":                              "SEARCH events USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)",
		"SELECT raw FROM events WHERE subject = 'x' AND place > 1 AND place < 9 ORDER BY place DESC LIMIT 9":       "SEARCH events USING INDEX events_subject (subject=?",
		"SELECT doc FROM docs WHERE kind = 'a' AND state IN ('b', 'c') AND position > 5 ORDER BY position LIMIT 9": "SEARCH docs USING INDEX docs_state (kind=? AND state=? AND position>?)",
		"SELECT id FROM keys WHERE kind = 'a' AND key = 'b'":                                                       "SEARCH keys USING PRIMARY KEY",
	} {
		if err := j.View(t.Context(), func(tx *journal.ReadTx) error {
			plan, err := tx.Plan(query)
			if !strings.Contains(plan, want) || strings.Contains(plan, "SCAN") {
				t.Errorf("%s\nis run as %swant %s", query, plan, want)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
}
