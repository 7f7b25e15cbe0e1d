package journal_test

import (
	"errors"
	"fmt"
	"os"
	"testing"

	"waybill/sync/journal"
)

// A large journal is ready before it is checked as a whole. What is found then keeps
// it from being used again before it is whole.
func TestALargeJournalIsCheckedBesideTheWork(t *testing.T) {
	o := options(t)
	o = journal.CheckLater(o)
	j := mustOpen(t, o)
	for i := range 300 {
		if err := j.Update(t.Context(), func(tx *journal.Tx) error { return tx.Append(event(fmt.Sprint("e", i), "o")) }); err != nil {
			t.Fatal(err)
		}
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(o.Path)
	if err != nil {
		t.Fatal(err)
	}
	j = mustOpen(t, o)
	if err := j.CheckWhole(t.Context()); err != nil {
		t.Errorf("nothing is wrong with it: %v", err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(o.Path, spoilIndex(t, whole), 0o600); err != nil {
		t.Fatal(err)
	}
	j = mustOpen(t, o)
	if err := j.CheckWhole(t.Context()); !errors.Is(err, journal.ErrDamaged) {
		t.Fatalf("the check of a damaged journal: %v", err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := journal.Open(t.Context(), o); !errors.Is(err, journal.ErrDamaged) {
		t.Fatalf("a journal that is known to be damaged opens: %v", err)
	}
	if err := os.WriteFile(o.Path, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := mustOpen(t, o).Close(); err != nil {
		t.Fatal(err)
	}
	j = mustOpen(t, o) // and is not doubted any more
	if err := j.CheckWhole(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(o.Path + ".doubtful"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the note of the damage: %v", err)
	}
}

// spoilIndex returns the file with one leaf of an index that is no page any more.
func spoilIndex(t *testing.T, whole []byte) []byte {
	t.Helper()
	const size, indexLeaf = 4096, 0x0a
	spoilt := append([]byte(nil), whole...)
	for at := len(spoilt) - size; at > 0; at -= size {
		if spoilt[at] == indexLeaf {
			spoilt[at] = 0xff
			return spoilt
		}
	}
	t.Fatal("no index in the file")
	return nil
}
