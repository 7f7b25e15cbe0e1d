package journal_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"waybill/internal/fault"
	"waybill/shipment"
	"waybill/sync/journal"
	"waybill/sync/wire"
)

type doc struct {
	Name string `json:"name"`
	N    int    `json:"n"`
}

const orders journal.Kind = "order"

func options(t testing.TB) journal.Options {
	t.Helper()
	return journal.Options{
		Path:     filepath.Join(t.TempDir(), "a folder", "station #1.journal"),
		Station:  "desk-1",
		Now:      func() time.Time { return time.Date(2026, 11, 20, 9, 12, 0, 123e6, time.UTC) },
		Location: time.FixedZone("somewhere", 8*3600),
	}
}

func mustOpen(t testing.TB, o journal.Options) *journal.Journal {
	t.Helper()
	j, err := journal.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := j.Close(); err != nil {
			t.Error(err)
		}
	})
	return j
}

func event(id, subject string) shipment.Event {
	return shipment.Event{ID: id, Type: shipment.LabelPrintedType, Subject: shipment.OrderID(subject), Data: json.RawMessage(`{"job":"j"}`)}
}

func appendEvents(t testing.TB, j *journal.Journal, ids ...string) {
	t.Helper()
	if err := j.Update(t.Context(), func(tx *journal.Tx) error {
		for _, id := range ids {
			if err := tx.Append(event(id, "o-"+id)); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

func verify(t testing.TB, r interface {
	Verify(context.Context) (journal.Report, error)
},
) journal.Report {
	t.Helper()
	rep, err := r.Verify(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return rep
}

func TestSettingsThatKeepEventsSafe(t *testing.T) {
	j := mustOpen(t, options(t))
	for name, want := range map[string]string{
		"synchronous": "2", "journal_mode": "wal", "foreign_keys": "1", "fullfsync": "1", "user_version": "3", "application_id": "1463900482",
	} {
		got, err := j.Pragma(name)
		if err != nil || got != want {
			t.Errorf("%s is %q, %v; want %q", name, got, err, want)
		}
	}
	var version string
	if err := j.View(t.Context(), func(tx *journal.ReadTx) error {
		v, err := tx.Version()
		version = v
		return err
	}); err != nil {
		t.Fatal(err)
	}
	var major, minor, patch int
	if _, err := fmt.Sscanf(version, "%d.%d.%d", &major, &minor, &patch); err != nil {
		t.Fatal(err)
	}
	// Older ones can lose a committed transaction when a checkpoint and a
	// write meet.
	if major*1_000_000+minor*1000+patch < 3_051_003 {
		t.Errorf("SQLite is %s, want 3.51.3 or later", version)
	}
}

func TestDocuments(t *testing.T) {
	j := mustOpen(t, options(t))
	ctx := t.Context()
	put := func(id, state string, n int, keys ...string) error {
		return j.Update(ctx, func(tx *journal.Tx) error {
			return tx.Put(orders, id, doc{id, n}, journal.Index{State: state, Keys: keys})
		})
	}
	for _, err := range []error{
		put("a", "open", 1, "1Z-a"), put("b", "done", 2, "1Z-b1", "1Z-b2"), put("c", "open", 3),
		put("a", "held", 4, "1Z-a", "1Z-a2"), // in place: a stays first
		put("b", "done", 5, "1Z-b2"),         // lets 1Z-b1 go
		put("c", "open", 6, "1Z-b1"),         // which c may have now
		j.Update(ctx, func(tx *journal.Tx) error {
			return tx.Put("job", "a", doc{"other kind", 0}, journal.Index{Keys: []string{"1Z-a"}})
		}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	err := put("c", "open", 7, "1Z-c", "1Z-a")
	var clash *journal.ClashError
	if !errors.As(err, &clash) || !fault.Is(err, fault.Conflict) {
		t.Fatalf("clash: %v", err)
	}
	if diff := cmp.Diff(&journal.ClashError{Kind: orders, Key: "1Z-a", Owner: "a", Wanted: "c"}, clash); diff != "" {
		t.Error(diff)
	}
	list := func(tx *journal.ReadTx, q journal.Query) (got []string) {
		if err := tx.List(orders, q, func(id string, raw []byte) error {
			got = append(got, id+" "+string(raw))
			return nil
		}); err != nil {
			t.Error(err)
		}
		return got
	}
	if err := j.View(ctx, func(tx *journal.ReadTx) error {
		var d doc
		if found, err := tx.Get(orders, "c", &d); !found || err != nil || d.N != 6 {
			t.Errorf("c: %v %v %v; want n 6, as before the clash", d, found, err)
		}
		if found, err := tx.Get(orders, "z", &d); found || err != nil {
			t.Errorf("z: %v %v", found, err)
		}
		for key, want := range map[string]string{"1Z-a": "a", "1Z-a2": "a", "1Z-b1": "c", "1Z-b2": "b", "1Z-c": ""} {
			if id, found, err := tx.Find(orders, key); id != want || found != (want != "") || err != nil {
				t.Errorf("find %s: %q %v %v; want %q", key, id, found, err, want)
			}
		}
		for _, tt := range []struct {
			keys  []string
			id    string // empty: none
			which int
		}{
			{nil, "", 0},
			{[]string{"1Z-c"}, "", 0},
			{[]string{"1Z-c", "1Z-b2"}, "b", 1},
			{[]string{"1Z-b1", "1Z-c", "1Z-a"}, "c", 0},
			{[]string{"1Z-c", "1Z-c", "1Z-c", "1Z-a2", "1Z-b2"}, "a", 3},
		} {
			if id, which, found, err := tx.FindFirst(orders, tt.keys...); id != tt.id || which != tt.which || found != (tt.id != "") || err != nil {
				t.Errorf("first of %v: %q by the key %d, %v %v; want %+v", tt.keys, id, which, found, err, tt)
			}
		}
		a, b, c := `a {"name":"a","n":4}`, `b {"name":"b","n":5}`, `c {"name":"c","n":6}`
		for _, tt := range []struct {
			q    journal.Query
			want []string
		}{
			{journal.Query{}, []string{a, b, c}},
			{journal.Query{Newest: true, Limit: 2}, []string{c, b}},
			{journal.Query{States: []string{"held", "done"}}, []string{a, b}},
			{journal.Query{States: []string{"none"}}, nil},
		} {
			if diff := cmp.Diff(tt.want, list(tx, tt.q)); diff != "" {
				t.Errorf("%+v (-want +got):\n%s", tt.q, diff)
			}
		}
		for want, states := range map[int][]string{3: nil, 1: {"held"}, 2: {"done", "open"}} {
			if n, err := tx.Count(orders, states...); n != want || err != nil {
				t.Errorf("count %v: %d %v, want %d", states, n, err, want)
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

func TestListsLongerThanAPage(t *testing.T) {
	j := mustOpen(t, options(t))
	const n = 700
	if err := j.Update(t.Context(), func(tx *journal.Tx) error {
		for i := range n {
			id := fmt.Sprintf("%04d", i)
			if err := errors.Join(tx.Put(orders, id, i, journal.Index{}), tx.Append(event(id, "s"))); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		limit, want int
		newest      bool
	}{{0, n, false}, {0, n, true}, {300, 300, false}, {512, 512, true}, {1, 1, true}} {
		var docs, events []string
		if err := j.View(t.Context(), func(tx *journal.ReadTx) error {
			return errors.Join(
				tx.List(orders, journal.Query{Limit: tt.limit, Newest: tt.newest}, func(id string, _ []byte) error {
					docs = append(docs, id)
					return nil
				}),
				tx.Events(journal.EventQuery{Subject: "s", Limit: tt.limit, Newest: tt.newest}, func(rec wire.Record) error {
					events = append(events, rec.ID)
					return nil
				}))
		}); err != nil {
			t.Fatal(err)
		}
		var want []string
		for i := range tt.want {
			if tt.newest {
				i = n - 1 - i
			}
			want = append(want, fmt.Sprintf("%04d", i))
		}
		if diff := cmp.Diff(want, docs); diff != "" {
			t.Errorf("%+v documents: %s", tt, diff)
		}
		if diff := cmp.Diff(want, events); diff != "" {
			t.Errorf("%+v events: %s", tt, diff)
		}
	}
}

func TestEventsFormAChain(t *testing.T) {
	o := options(t)
	j := mustOpen(t, o)
	ctx := t.Context()
	if head, err := j.Head(ctx); err != nil || head != (wire.Position{Epoch: 1, Hash: wire.Genesis}) {
		t.Fatalf("head of nothing: %+v %v", head, err)
	}
	watch := j.Watch()
	appendEvents(t, j, "e1", "e2")
	<-watch
	if err := j.Update(ctx, func(tx *journal.Tx) error {
		e, err := shipment.NewEvent(time.Time{}, "o-3", shipment.LabelVoided{Parcel: "o-3-1", Reason: "torn"})
		return errors.Join(err, tx.Append(e))
	}); err != nil {
		t.Fatal(err)
	}
	recs, err := j.After(ctx, wire.Position{}, 0, 0)
	if err != nil || len(recs) != 3 {
		t.Fatalf("%d events, %v", len(recs), err)
	}
	prev := wire.Genesis
	for i, rec := range recs {
		var env wire.Envelope
		if err := json.Unmarshal(rec.Raw, &env); err != nil {
			t.Fatal(err)
		}
		if env.Sequence != int64(i+1) || env.PrevHash != prev || env.TZOffset != "+08:00" || env.Check() != nil {
			t.Errorf("event %d: %s", i+1, rec.Raw)
		}
		prev = wire.Hash(rec.Raw)
		if rec.Hash != prev || rec.ID != env.ID || !rec.Time.Equal(time.Time(env.Time)) {
			t.Errorf("record %d: %+v", i+1, rec)
		}
	}
	if recs[2].ID == "" || recs[2].Type != shipment.LabelVoidedType || !recs[2].Time.Equal(o.Now()) {
		t.Errorf("event without ID and time: %+v", recs[2])
	}
	one := len(recs[0].Raw)
	for _, tt := range []struct{ after, limit, bytes, want int }{{0, 2, 0, 2}, {1, 0, 0, 2}, {3, 0, 0, 0}, {0, 0, 1, 1}, {0, 0, 2 * one, 2}} {
		got, err := j.After(ctx, wire.Position{Epoch: 1, Sequence: int64(tt.after)}, tt.limit, tt.bytes)
		if err != nil || len(got) != tt.want {
			t.Errorf("%+v: %d events, %v", tt, len(got), err)
		}
	}
	want := journal.Report{Station: "desk-1", Whole: true, Events: 3, Epoch: 1, Sequence: 3, Hash: prev, Clock: journal.Clock{Boots: 1}}
	if diff := cmp.Diff(want, verify(t, j)); diff != "" {
		t.Error(diff)
	}
}

func TestAnErrorUndoesItsOwnChangeOnly(t *testing.T) {
	j := mustOpen(t, options(t))
	errNo := errors.New("no")
	// Hold the committer, so that all the others share the next commit.
	begun, proceed := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		_ = j.Update(t.Context(), func(*journal.Tx) error { close(begun); <-proceed; return nil })
	})
	<-begun
	const n = 60
	errs := make([]error, n)
	panics := make([]any, n)
	for i := range n {
		wg.Go(func() {
			defer func() { panics[i] = recover() }()
			errs[i] = j.Update(t.Context(), func(tx *journal.Tx) error {
				id := fmt.Sprintf("e%02d", i)
				if err := errors.Join(tx.Append(event(id, "o")), tx.Put(orders, id, i, journal.Index{Keys: []string{id}})); err != nil {
					return err
				}
				switch i % 4 {
				case 1:
					return errNo
				case 2:
					panic("at the disco")
				case 3:
					_ = tx.Append(event(id, "the same ID again")) // refused, and overlooked
				}
				return nil
			})
		})
	}
	close(proceed)
	wg.Wait()
	for i := range n {
		switch i % 4 {
		case 0:
			if errs[i] != nil || panics[i] != nil {
				t.Errorf("%d: %v %v", i, errs[i], panics[i])
			}
		case 1:
			if !errors.Is(errs[i], errNo) {
				t.Errorf("%d: %v", i, errs[i])
			}
		case 2:
			if panics[i] != "at the disco" {
				t.Errorf("%d: %v", i, panics[i])
			}
		case 3:
			if !fault.Is(errs[i], fault.Conflict) {
				t.Errorf("%d: an error of the database was overlooked: %v", i, errs[i])
			}
		}
	}
	rep := verify(t, j)
	if !rep.Whole || rep.Events != n/4 || rep.Sequence != n/4 {
		t.Errorf("want %d events, got %+v", n/4, rep)
	}
	if err := j.View(t.Context(), func(tx *journal.ReadTx) error {
		got, err := tx.Count(orders)
		if got != n/4 {
			t.Errorf("%d documents, want %d", got, n/4)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

func TestACallerWhoGivesUpChangesNothing(t *testing.T) {
	j := mustOpen(t, options(t))
	begun, proceed := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		_ = j.Update(t.Context(), func(*journal.Tx) error { close(begun); <-proceed; return nil })
	})
	<-begun
	ctx, cancel := context.WithCancel(t.Context())
	wg.Go(func() {
		err := j.Update(ctx, func(tx *journal.Tx) error { return tx.Append(event("late", "o")) })
		if !errors.Is(err, context.Canceled) {
			t.Errorf("update: %v", err)
		}
		close(proceed)
	})
	cancel()
	wg.Wait()
	appendEvents(t, j, "next")
	if rep := verify(t, j); rep.Events != 1 {
		t.Errorf("%d events, want 1", rep.Events)
	}
}
