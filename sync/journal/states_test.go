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
