package journal_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"waybill/sync/journal"
)

// What the log holds comes into the file at a quiet moment, long before a commit
// would have to see to it.
func TestTheLogIsCopiedWhileNobodyWaits(t *testing.T) {
	o := options(t)
	j := mustOpen(t, o)
	size := func() int64 {
		t.Helper()
		info, err := os.Stat(o.Path)
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	const n = 1100 * 4096 // more than a checkpoint waits for, and far less than a commit does
	before := size()
	if err := j.Update(t.Context(), func(tx *journal.Tx) error {
		return tx.Put("note", "long", strings.Repeat("a", n), journal.Index{})
	}); err != nil {
		t.Fatal(err)
	}
	if got := size(); got >= before+n {
		t.Fatalf("the commit copied the log itself: the file has grown from %d to %d bytes", before, got)
	}
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for size() < before+n {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("the file still has %d bytes", size())
		}
	}
}

// A view that is given up in the middle leaves the next one a sound connection,
// and views after the end are refused.
func TestViewsAfterOneThatWasCutShort(t *testing.T) {
	j := mustOpen(t, options(t))
	put := func(id string) {
		t.Helper()
		if err := j.Update(t.Context(), func(tx *journal.Tx) error { return tx.Put("note", id, id, journal.Index{}) }); err != nil {
			t.Fatal(err)
		}
	}
	for i, id := range strings.Split("abcdefgh", "") {
		put(id)
		ctx, cancel := context.WithCancel(t.Context())
		err := j.View(ctx, func(tx *journal.ReadTx) error {
			cancel()
			_, err := tx.Count("note")
			return err
		})
		if err == nil {
			t.Error("a view went on after its context had ended")
		}
		var n int
		if err := j.View(t.Context(), func(tx *journal.ReadTx) (err error) {
			n, err = tx.Count("note")
			return err
		}); err != nil || n != i+1 {
			t.Errorf("the next view sees %d documents, %v; want %d", n, err, i+1)
		}
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if err := j.View(t.Context(), func(*journal.ReadTx) error { return nil }); err == nil {
		t.Error("a closed journal can be viewed")
	}
}

// However many different questions are asked, each is answered.
func TestManyDifferentQueries(t *testing.T) {
	j := mustOpen(t, options(t))
	if err := j.Update(t.Context(), func(tx *journal.Tx) error { return tx.Put("note", "a", "a", journal.Index{State: "s"}) }); err != nil {
		t.Fatal(err)
	}
	states := []string{"s"}
	for range 200 {
		states = append(states, "other")
		count := func(tx *journal.ReadTx) error {
			n, err := tx.Count("note", states...)
			if err == nil && n != 1 {
				t.Errorf("%d documents of %d states", n, len(states))
			}
			return err
		}
		if err := j.View(t.Context(), count); err != nil {
			t.Fatal(err)
		}
		if err := j.Update(t.Context(), func(tx *journal.Tx) error { return count(&tx.ReadTx) }); err != nil {
			t.Fatal(err)
		}
	}
}

// A disk that does not take the log is told of when that begins and when it is over,
// not at every commit.
func TestACheckpointThatFailsIsToldOnce(t *testing.T) {
	o := options(t)
	var said bytes.Buffer // written by the checkpoints' goroutine alone, and read when it has ended
	o.Log = slog.New(slog.NewTextHandler(&said, nil))
	j := mustOpen(t, o)
	made := make(chan error)
	const failures = 3
	j.FailCheckpoints(failures, made)
	for i := range failures + 2 {
		if err := j.Update(t.Context(), func(tx *journal.Tx) error {
			return tx.Put("note", fmt.Sprint(i), strings.Repeat("a", 1100*4096), journal.Index{}) // more than a checkpoint waits for
		}); err != nil {
			t.Fatal(err)
		}
		if err := <-made; (err != nil) != (i < failures) {
			t.Fatalf("checkpoint %d: %v", i, err)
		}
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if n, over := strings.Count(said.String(), "could not be copied"), strings.Count(said.String(), "copied into the file again"); n != 1 || over != 1 {
		t.Errorf("told %d times, and %d times that it is over:\n%s", n, over, said.String())
	}
}

// The log is longer than what is in it, so that a commit need not make it grow. What
// was put there ahead of need is never over what was committed: whoever reads the
// files as they are, as after a power cut, finds everything.
func TestTheLogIsLongerThanWhatIsInIt(t *testing.T) {
	o := options(t)
	j := mustOpen(t, o)
	appendEvents(t, j, "first")
	appendEvents(t, j, "second") // the committer comes round to it after the one before
	if info, err := os.Stat(o.Path + "-wal"); err != nil || info.Size() < 1<<20 {
		t.Errorf("the log has %d bytes, %v; want it to be longer than two events take", info.Size(), err)
	}
	n := 0
	for i := range 40 { // each some 30 pages, so that it is made longer in between
		if err := j.Update(t.Context(), func(tx *journal.Tx) error {
			return errors.Join(tx.Put("note", fmt.Sprint(i), strings.Repeat("a", 120_000), journal.Index{}), tx.Append(event(fmt.Sprint("e", i), "o")))
		}); err != nil {
			t.Fatal(err)
		}
		n++
	}
	crashed := filepath.Join(t.TempDir(), "journal.db")
	for _, suffix := range []string{"", "-wal"} {
		b, err := os.ReadFile(o.Path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(crashed+suffix, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	o.Path = crashed
	after := mustOpen(t, o)
	if rep := verify(t, after); !rep.Whole || rep.Events != int64(n)+2 {
		t.Errorf("after a power cut: %+v, want %d events", rep, n+2)
	}
	if err := after.View(t.Context(), func(tx *journal.ReadTx) error {
		for i := range n {
			var doc string
			if found, err := tx.Get("note", fmt.Sprint(i), &doc); err != nil || !found || len(doc) != 120_000 {
				t.Errorf("document %d: %v, %d bytes, %v", i, found, len(doc), err)
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}
