package journal_test

import (
	"database/sql"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"

	"waybill/internal/fault"
	"waybill/sync/journal"
)

// schema1 leaves a journal as the first version of the schema had it, with a document
// and an event in it.
func schema1(t *testing.T) journal.Options {
	t.Helper()
	o := options(t)
	j := mustOpen(t, o)
	appendEvents(t, j, "e1")
	if err := j.Update(t.Context(), func(tx *journal.Tx) error { return tx.Put("note", "a", "kept", journal.Index{}) }); err != nil {
		t.Fatal(err)
	}
	for _, step := range []string{"DROP TABLE anchors", "DROP TABLE purges", "PRAGMA user_version = 1"} {
		if err := j.Exec(step); err != nil {
			t.Fatal(err)
		}
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	return o
}

// schemaOf returns the schema version of a file.
func schemaOf(t *testing.T, path string) (version int) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRow("PRAGMA user_version").Scan(&version); err != nil {
		t.Fatal(err)
	}
	return version
}

// A journal of an older schema is brought up to date with all that is in it, and is
// kept beside as it was.
func TestAnOlderJournalIsBroughtForward(t *testing.T) {
	o := schema1(t)
	if _, err := journal.OpenReadOnly(t.Context(), o.Path); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "Start the station once") {
		t.Errorf("read before it is up to date: %v", err)
	}
	copied := o.Path + ".schema-1"
	if err := os.WriteFile(copied+".partial", []byte("of an update that was cut short"), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time it is up to date
		j := mustOpen(t, o)
		var note string
		if err := j.View(t.Context(), func(tx *journal.ReadTx) error {
			_, err := tx.Get("note", "a", &note)
			return err
		}); err != nil || note != "kept" {
			t.Errorf("the note is %q, %v", note, err)
		}
		if rep := verify(t, j); !rep.Whole || rep.Events != 1 {
			t.Errorf("%+v", rep)
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if now, before := schemaOf(t, o.Path), schemaOf(t, copied); now != 3 || before != 1 {
		t.Errorf("schema %d, the copy has %d", now, before)
	}
	if info, err := os.Stat(copied); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("the copy: %v, %v", info, err)
	}
	if _, err := os.Stat(copied + ".partial"); !os.IsNotExist(err) {
		t.Errorf("something was left behind: %v", err)
	}
	// Put in the journal's place, the copy is a whole journal.
	again := o
	again.Path = copied
	j := mustOpen(t, again)
	if rep := verify(t, j); !rep.Whole || rep.Events != 1 {
		t.Errorf("the copy: %+v", rep)
	}
}

// Without room for the copy nothing is changed, and the remedy is told.
func TestAnOlderJournalThatCannotBeKept(t *testing.T) {
	o := schema1(t)
	if err := os.MkdirAll(o.Path+".schema-1.partial", 0o750); err != nil {
		t.Fatal(err)
	}
	if _, err := journal.Open(t.Context(), o); err == nil || !strings.Contains(err.Error(), "before its update") {
		t.Errorf("got %v", err)
	}
	if got := schemaOf(t, o.Path); got != 1 {
		t.Errorf("it has schema %d all the same", got)
	}
}

// A program that knows the schema before refuses the journal, which it would read
// without the labels of its print jobs.
func TestAnOlderProgramRefusesTheJournal(t *testing.T) {
	o := options(t)
	if err := mustOpen(t, o).Close(); err != nil {
		t.Fatal(err)
	}
	const before = 1
	err := journal.RefuseSchema(schemaOf(t, o.Path), before)
	if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), fmt.Sprint("this program knows ", before)) || !strings.Contains(err.Error(), "newer Waybill") {
		t.Errorf("got %v", err)
	}
	if err := journal.RefuseSchema(before, before); err != nil {
		t.Errorf("its own: %v", err)
	}
}
