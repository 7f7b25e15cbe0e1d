package journal

import (
	"path/filepath"
	"testing"
	"time"
)

// The database ends what was planned on a connection only while that is there: a
// connection that is given up takes its statements with it, and the next view has
// another one.
func TestConnectionIsGivenUpWithItsStatements(t *testing.T) {
	j, err := Open(t.Context(), Options{Path: filepath.Join(t.TempDir(), "journal.db"), Station: "s", Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	read := func(tx *ReadTx) error {
		_, err := tx.Head()
		return err
	}
	for range readers { // each gets its turn
		if err := j.View(t.Context(), read); err != nil {
			t.Fatal(err)
		}
	}
	s, err := j.take(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(s.planned) == 0 {
		t.Error("nothing was planned on it")
	}
	j.drop(s)
	if err := j.View(t.Context(), read); err != nil {
		t.Error(err)
	}
}
