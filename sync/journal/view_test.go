package journal_test

import (
	"context"
	"testing"

	"waybill/sync/journal"
)

// A view that cannot begin gives its connection up, with all that was planned on it.
func TestViewThatCannotBegin(t *testing.T) {
	j := mustOpen(t, options(t))
	read := func(ctx context.Context) error {
		return j.View(ctx, func(tx *journal.ReadTx) error {
			_, err := tx.Head()
			return err
		})
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for range 50 {
		if err := read(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := read(ended); err == nil {
			t.Fatal("read for one who has left")
		}
	}
}
