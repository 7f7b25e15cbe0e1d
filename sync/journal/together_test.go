package journal_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"waybill/sync/journal"
	"waybill/sync/wire"
)

// A step is one thing that a change does.
type step struct {
	Do    string
	Kind  journal.Kind
	ID    string
	State string
	Key   string
	N     int
}

// A shared is what a transaction holds, as a person would explain it.
type shared struct {
	docs   map[string]sharedDoc // by kind and ID
	order  []string
	events []string
}

type sharedDoc struct {
	n          int
	state, key string
}

func (s shared) clone() shared {
	return shared{maps.Clone(s.docs), slices.Clone(s.order), slices.Clone(s.events)}
}

// play has the model do a step, and returns what one sees.
func (s *shared) play(st step) string {
	at := string(st.Kind) + "/" + st.ID
	switch st.Do {
	case "put":
		for other, d := range s.docs {
			if st.Key != "" && d.key == st.Key && other != at && strings.HasPrefix(other, string(st.Kind)+"/") {
				return "clash"
			}
		}
		if _, there := s.docs[at]; !there {
			s.order = append(s.order, at)
		}
		s.docs[at] = sharedDoc{st.N, st.State, st.Key}
	case "append":
		if slices.Contains(s.events, st.ID) {
			return "clash"
		}
		s.events = append(s.events, st.ID)
	case "get":
		if d, there := s.docs[at]; there {
			return fmt.Sprint(d.n)
		}
		return "none"
	case "list":
		return s.list(st.Kind, st.State)
	case "walk":
		return fmt.Sprint(s.events)
	}
	return ""
}

func (s *shared) list(kind journal.Kind, state string) string {
	var seen []string
	for _, at := range s.order {
		if d := s.docs[at]; strings.HasPrefix(at, string(kind)+"/") && d.state == state {
			seen = append(seen, fmt.Sprintf("%s=%d", at, d.n))
		}
	}
	return fmt.Sprintf("%d%v", len(seen), seen)
}

// carryOut has the journal do a step, and returns what one sees.
func (st step) carryOut(tx *journal.Tx) (string, error) {
	switch st.Do {
	case "put":
		idx := journal.Index{State: st.State}
		if st.Key != "" {
			idx.Keys = []string{st.Key}
		}
		err := tx.Put(st.Kind, st.ID, st.N, idx)
		var clash *journal.ClashError
		if errors.As(err, &clash) {
			return "clash", nil
		}
		return "", err
	case "append":
		if err := tx.Append(event(st.ID, "o")); err != nil {
			return "clash", nil
		}
		return "", nil
	case "get":
		var n int
		found, err := tx.Get(st.Kind, st.ID, &n)
		has, herr := tx.Has(st.Kind, st.ID)
		switch err = errors.Join(err, herr); {
		case err != nil || has != found:
			return "", fmt.Errorf("found %v, has %v, %w", found, has, err)
		case found:
			return fmt.Sprint(n), nil
		}
		return "none", nil
	case "list":
		return seen(&tx.ReadTx, st.Kind, st.State)
	}
	var ids []string
	err := tx.Events(journal.EventQuery{}, func(rec wire.Record) error {
		ids = append(ids, rec.ID)
		return nil
	})
	return fmt.Sprint(ids), err
}

func seen(tx *journal.ReadTx, kind journal.Kind, state string) (string, error) {
	var list []string
	err := tx.List(kind, journal.Query{States: []string{state}}, func(id string, raw []byte) error {
		list = append(list, fmt.Sprintf("%s/%s=%s", kind, id, raw))
		return nil
	})
	n, cerr := tx.Count(kind, state)
	states, serr := tx.States(kind, "")
	if slices.Contains(states, state) != (n > 0) {
		serr = errors.Join(serr, fmt.Errorf("states %q, and %d documents in state %q", states, n, state))
	}
	return fmt.Sprintf("%d%v", n, list), errors.Join(err, cerr, serr)
}

// A planned is one change: what it does, and how it ends.
type planned struct {
	steps []step
	end   string // keep, undo or panic
}

func drawChange(rt *rapid.T) planned {
	steps := rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) step {
		kind := rapid.SampledFrom([]journal.Kind{"plain", "turns", "keyed"}).Draw(rt, "kind")
		s := step{
			Do: rapid.SampledFrom([]string{"put", "put", "put", "append", "append", "get", "get", "list", "walk"}).Draw(rt, "do"), Kind: kind,
			ID:    rapid.SampledFrom([]string{"a", "b", "c"}).Draw(rt, "id"),
			State: rapid.SampledFrom([]string{"open", "done"}).Draw(rt, "state"), N: rapid.IntRange(0, 99).Draw(rt, "n"),
		}
		if s.Do == "append" {
			s.ID = fmt.Sprint("e", rapid.IntRange(0, 60).Draw(rt, "event"))
		}
		if kind == "keyed" || kind == "turns" && rapid.IntRange(0, 3).Draw(rt, "turn") == 0 {
			s.Key = rapid.SampledFrom([]string{"", "k1", "k2"}).Draw(rt, "key")
		}
		return s
	}), 0, 6).Draw(rt, "steps")
	return planned{steps, rapid.SampledFrom([]string{"keep", "keep", "undo", "panic"}).Draw(rt, "end")}
}

// together runs the changes in one transaction, in their order.
func together(t *testing.T, j *journal.Journal, changes []func(tx *journal.Tx) error) {
	t.Helper()
	var running sync.WaitGroup
	begun, release := make(chan struct{}), make(chan struct{})
	run := func(f func(tx *journal.Tx) error) {
		running.Go(func() {
			defer func() { _ = recover() }()
			_ = j.Update(t.Context(), f)
		})
	}
	run(func(*journal.Tx) error { // holds the others up until all of them are there
		close(begun)
		<-release
		return nil
	})
	<-begun
	tick := time.NewTicker(20 * time.Microsecond)
	defer tick.Stop()
	for i, f := range changes {
		run(f)
		for j.Queued() <= i {
			<-tick.C
		}
	}
	close(release)
	running.Wait()
}

// Changes that share a commit see one another's, are undone one by one, and leave
// what they would have left alone.
func TestChangesThatShareACommit(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		o := journal.Options{Path: filepath.Join(t.TempDir(), "journal"), Station: "desk-1"}
		j, err := journal.Open(t.Context(), o)
		if err != nil {
			rt.Fatal(err)
		}
		defer func() { _ = j.Close() }()
		m := shared{docs: map[string]sharedDoc{}}
		for range rapid.IntRange(1, 3).Draw(rt, "batches") {
			var changes []func(tx *journal.Tx) error
			for range rapid.IntRange(1, 6).Draw(rt, "changes") {
				p, next := drawChange(rt), m.clone()
				want := make([]string, len(p.steps))
				for i, s := range p.steps {
					want[i] = next.play(s)
					if s.Do == "append" && want[i] == "clash" {
						p.end = "undo" // overlooked or not
					}
				}
				if p.end == "keep" {
					m = next
				}
				changes = append(changes, func(tx *journal.Tx) error {
					for i, s := range p.steps {
						if got, err := s.carryOut(tx); err != nil || got != want[i] {
							rt.Errorf("%+v: saw %q, %v; want %q", s, got, err, want[i])
						}
					}
					switch p.end {
					case "undo":
						return errUndo
					case "panic":
						panic("as the plan has it")
					}
					return nil
				})
			}
			together(t, j, changes)
		}
		if err := j.View(t.Context(), func(tx *journal.ReadTx) error {
			for _, kind := range []journal.Kind{"plain", "turns", "keyed"} {
				for _, state := range []string{"open", "done"} {
					got, err := seen(tx, kind, state)
					if want := m.list(kind, state); err != nil || got != want {
						rt.Errorf("%s in state %s: %s, %v; want %s", kind, state, got, err, want)
					}
				}
			}
			return nil
		}); err != nil {
			rt.Error(err)
		}
		var ids []string
		recs, err := j.After(t.Context(), wire.Position{}, 0, 0)
		for _, rec := range recs {
			ids = append(ids, rec.ID)
		}
		if diff := cmp.Diff(m.events, ids); diff != "" || err != nil {
			rt.Errorf("events, %v (-want +got):\n%s", err, diff)
		}
		if rep, err := j.Verify(t.Context()); err != nil || !rep.Whole {
			rt.Errorf("%+v %v", rep, err)
		}
	})
}

// One change may add more than waits in memory.
func TestAChangeLargerThanMemoryKeeps(t *testing.T) {
	j := mustOpen(t, options(t))
	long := json.RawMessage(`"` + strings.Repeat("a", 200_000) + `"`)
	for _, undo := range []bool{true, false} {
		err := j.Update(t.Context(), func(tx *journal.Tx) error {
			for i := range 3000 {
				id := fmt.Sprint("e", i)
				if err := errors.Join(tx.Append(event(id, "o")), tx.Put("note", fmt.Sprint(i%7), i, journal.Index{})); err != nil {
					return err
				}
				if i%300 == 0 {
					if err := tx.Put("long", id, long, journal.Index{}); err != nil {
						return err
					}
				}
			}
			if undo {
				return errUndo
			}
			return nil
		})
		if undo != errors.Is(err, errUndo) || !undo && err != nil {
			t.Fatal(err)
		}
		want := map[bool]int{true: 0, false: 3000}[undo]
		if rep := verify(t, j); !rep.Whole || rep.Events != int64(want) {
			t.Errorf("undone %v: %+v, want %d events", undo, rep, want)
		}
		if err := j.View(t.Context(), func(tx *journal.ReadTx) error {
			notes, err := tx.Count("note")
			longs, lerr := tx.Count("long")
			if notes != min(want, 7) || longs != want/300 {
				t.Errorf("undone %v: %d notes and %d long documents", undo, notes, longs)
			}
			return errors.Join(err, lerr)
		}); err != nil {
			t.Fatal(err)
		}
	}
}

// What is remembered of documents never outlives them: long ones, and more than
// are remembered.
func TestADocumentIsReadAsItWasPutLast(t *testing.T) {
	j := mustOpen(t, options(t))
	long := strings.Repeat("a", 100_000)
	put := func(text string, n int) {
		t.Helper()
		if err := j.Update(t.Context(), func(tx *journal.Tx) error {
			for i := range n {
				if err := tx.Put("note", fmt.Sprint(i), text, journal.Index{}); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		text string
		n    int
	}{{"short", 1}, {long, 1}, {"short", 1000}, {"other", 1000}, {"third", 3}, {"last", 1000}} {
		put(tt.text, tt.n)
		if err := j.Update(t.Context(), func(tx *journal.Tx) error {
			for i := range tt.n {
				var got string
				if found, err := tx.Get("note", fmt.Sprint(i), &got); err != nil || !found || got != tt.text {
					return fmt.Errorf("note %d is %.20q, found %v, %w; want %.20q", i, got, found, err, tt.text)
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
}
