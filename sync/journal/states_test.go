package journal_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"waybill/sync/journal"
)

func TestStates(t *testing.T) {
	j := mustOpen(t, options(t))
	put := func(kind journal.Kind, id, state string) {
		t.Helper()
		if err := j.Update(t.Context(), func(tx *journal.Tx) error {
			return tx.Put(kind, id, doc{Name: id}, journal.Index{State: state})
		}); err != nil {
			t.Fatal(err)
		}
	}
	for i, state := range []string{"", "done", "pending:b", "pending:a", "pending:b", "pending:", "pending", "pendingx", "pending:c"} {
		put(orders, fmt.Sprint(i), state)
	}
	put("another", "1", "pending:d")
	put(orders, "8", "done") // no document is in pending:c any more
	for prefix, want := range map[string][]string{
		"pending:": {"pending:", "pending:a", "pending:b"},
		"pending":  {"pending", "pending:", "pending:a", "pending:b", "pendingx"},
		"none":     nil,
		"":         {"", "done", "pending", "pending:", "pending:a", "pending:b", "pendingx"},
	} {
		err := j.View(t.Context(), func(tx *journal.ReadTx) error {
			got, err := tx.States(orders, prefix)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%q (-want +got):\n%s", prefix, diff)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// A state that is given twice counts once, however many documents are in it.
func TestAStateGivenTwice(t *testing.T) {
	const n = 700
	j := mustOpen(t, options(t))
	if err := j.Update(t.Context(), func(tx *journal.Tx) error {
		for i := range n {
			if err := tx.Put(orders, fmt.Sprint(i), i, journal.Index{State: []string{"a", "b"}[i%2]}); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		q    journal.Query
		want int
	}{
		"one, twice":              {journal.Query{States: []string{"a", "a"}}, n / 2},
		"two, one of them twice":  {journal.Query{States: []string{"a", "b", "a"}}, n},
		"the newest first":        {journal.Query{States: []string{"b", "a", "b"}, Newest: true}, n},
		"no more than are wanted": {journal.Query{States: []string{"b", "a", "b"}, Limit: 400}, 400},
	} {
		seen := map[string]bool{}
		if err := j.View(t.Context(), func(tx *journal.ReadTx) error {
			return tx.List(orders, tt.q, func(id string, _ []byte) error {
				if seen[id] {
					t.Errorf("%s: %s comes twice", name, id)
				}
				seen[id] = true
				return nil
			})
		}); err != nil || len(seen) != tt.want {
			t.Errorf("%s: %d documents, want %d, %v", name, len(seen), tt.want, err)
		}
	}
}
