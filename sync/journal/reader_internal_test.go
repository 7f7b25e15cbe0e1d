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
	if err := j.View(t.Context(), read); err != nil {
		t.Fatal(err)
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

// Each connection has its own plans of the statements and its own pages in memory, so
// there are no more of them than were needed at the same time.
func TestViewsOneAfterTheOtherShareAConnection(t *testing.T) {
	j, err := Open(t.Context(), Options{Path: filepath.Join(t.TempDir(), "journal.db"), Station: "s", Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	nothing := func(*ReadTx) error { return nil }
	for range 2 * readers {
		if err := j.View(t.Context(), nothing); err != nil {
			t.Fatal(err)
		}
	}
	if n := j.db.Stats().OpenConnections; n != 1 {
		t.Errorf("%d connections for one view at a time", n)
	}
	if err := j.View(t.Context(), func(*ReadTx) error { return j.View(t.Context(), nothing) }); err != nil {
		t.Fatal(err)
	}
	if n := j.db.Stats().OpenConnections; n != 2 {
		t.Errorf("%d connections for two views at a time", n)
	}
}
