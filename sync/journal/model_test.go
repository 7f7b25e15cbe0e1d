package journal_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"waybill/internal/fault"
	"waybill/sync/journal"
	"waybill/sync/wire"
)

// model is the journal as a person would explain it.
type model struct {
	docs   map[string]modelDoc
	order  []string
	events []string
}

type modelDoc struct {
	N     int
	State string
	Keys  []string
}

func (m model) clone() model {
	docs := map[string]modelDoc{}
	for id, d := range m.docs {
		docs[id] = d
	}
	return model{docs, slices.Clone(m.order), slices.Clone(m.events)}
}

func (m model) owner(key string) string {
	for id, d := range m.docs {
		if slices.Contains(d.Keys, key) {
			return id
		}
	}
	return ""
}

var errUndo = errors.New("undo")

func TestTheJournalDoesWhatTheModelSays(t *testing.T) {
	ids := []string{"a", "b", "c", "d"}
	keys := []string{"k1", "k2", "k3"}
	states := []string{"", "open", "done"}
	rapid.Check(t, func(rt *rapid.T) {
		o := journal.Options{Path: filepath.Join(t.TempDir(), "journal"), Station: "desk-1"}
		j, err := journal.Open(t.Context(), o)
		if err != nil {
			rt.Fatal(err)
		}
		defer func() { _ = j.Close() }()
		m := model{docs: map[string]modelDoc{}}
		rt.Repeat(map[string]func(*rapid.T){
			"update": func(rt *rapid.T) {
				next, undo, spoil := m.clone(), rapid.Bool().Draw(rt, "undo"), rapid.IntRange(0, 9).Draw(rt, "commit")
				err := j.Update(t.Context(), func(tx *journal.Tx) error {
					for range rapid.IntRange(0, 4).Draw(rt, "steps") {
						if rapid.Bool().Draw(rt, "event") {
							id := fmt.Sprintf("e%d", len(next.events)+1)
							if err := tx.Append(event(id, "o")); err != nil {
								return err
							}
							next.events = append(next.events, id)
							continue
						}
						putBoth(rt, tx, &next, rapid.SampledFrom(ids).Draw(rt, "id"), modelDoc{
							N:     rapid.IntRange(0, 99).Draw(rt, "n"),
							State: rapid.SampledFrom(states).Draw(rt, "state"),
							Keys:  rapid.SliceOfNDistinct(rapid.SampledFrom(keys), 0, 2, rapid.ID).Draw(rt, "keys"),
						})
					}
					if undo {
						return errUndo
					}
					if spoil < 2 {
						j.FailNextCommit(spoil == 1)
					}
					return nil
				})
				switch {
				case undo && !errors.Is(err, errUndo), !undo && spoil >= 2 && err != nil:
					rt.Fatal(err)
				case !undo && spoil < 2 && !fault.Is(err, fault.Uncertain):
					rt.Fatalf("spoilt commit: %v", err)
				case !undo && spoil != 0:
					m = next
				}
			},
			"reopen": func(rt *rapid.T) {
				if err := j.Close(); err != nil {
					rt.Fatal(err)
				}
				if j, err = journal.Open(t.Context(), o); err != nil {
					rt.Fatal(err)
				}
			},
			"": func(rt *rapid.T) { compare(t, rt, j, m, keys, states) },
		})
	})
}

func putBoth(rt *rapid.T, tx *journal.Tx, m *model, id string, d modelDoc) {
	clash := false
	for _, key := range d.Keys {
		owner := m.owner(key)
		clash = clash || (owner != "" && owner != id)
	}
	err := tx.Put(orders, id, d.N, journal.Index{State: d.State, Keys: d.Keys})
	if clash != fault.Is(err, fault.Conflict) || (!clash && err != nil) {
		rt.Fatalf("put %s %+v: %v, clash expected %v", id, d, err, clash)
	}
	if clash {
		return
	}
	if _, there := m.docs[id]; !there {
		m.order = append(m.order, id)
	}
	m.docs[id] = d
}

func compare(t *testing.T, rt *rapid.T, j *journal.Journal, m model, keys, states []string) {
	if err := j.View(t.Context(), func(tx *journal.ReadTx) error {
		for _, state := range states {
			var got, want []string
			if err := tx.List(orders, journal.Query{States: []string{state}}, func(id string, raw []byte) error {
				got = append(got, id+string(raw))
				return nil
			}); err != nil {
				return err
			}
			for _, id := range m.order {
				if m.docs[id].State == state {
					want = append(want, fmt.Sprint(id, m.docs[id].N))
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				rt.Errorf("documents in state %q (-want +got):\n%s", state, diff)
			}
		}
		for _, key := range keys {
			if id, _, err := tx.Find(orders, key); err != nil || id != m.owner(key) {
				rt.Errorf("key %s is owned by %q, want %q, %v", key, id, m.owner(key), err)
			}
		}
		var got []string
		err := tx.Events(journal.EventQuery{}, func(rec wire.Record) error {
			got = append(got, rec.ID)
			return nil
		})
		if diff := cmp.Diff(m.events, got); diff != "" {
			rt.Errorf("events (-want +got):\n%s", diff)
		}
		return err
	}); err != nil {
		rt.Fatal(err)
	}
	if rep, err := j.Verify(t.Context()); err != nil || !rep.Whole {
		rt.Errorf("%+v %v", rep, err)
	}
}
