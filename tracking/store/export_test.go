package store

import (
	"database/sql"
	"testing"

	"waybill/internal/walfile"
	"waybill/sync/wire"
	"waybill/tracking"
)

// SchemaVersion is what our files say of their schema.
const SchemaVersion = schemaVersion

// UnheardNews is the question for news.
const UnheardNews = unheardNews

// OnDisk has the store reach SQLite and its log in other ways.
func (o Options) OnDisk(connect func(dsn string) (*sql.DB, error), openLog func(path string) (walfile.File, error)) Options {
	o.connect, o.openLog = connect, openLog
	return o
}

// Pragmas returns, by name, what the committer's connection has and what it
// must have.
func Pragmas(t *testing.T, dir string) map[string][2]string {
	t.Helper()
	s, err := Open(t.Context(), dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	got := map[string][2]string{}
	for name, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "fullfsync": "1", "journal_size_limit": "67108864"} {
		var v string
		if err := s.write.QueryRowContext(t.Context(), "PRAGMA "+name).Scan(&v); err != nil {
			t.Fatal(err)
		}
		got[name] = [2]string{v, want}
	}
	return got
}

// IngestTogether takes events as of several callers that share a commit.
func IngestTogether(t *testing.T, s *Store, calls ...[]tracking.Incoming) [][]wire.Result {
	t.Helper()
	var ops []*op
	for _, in := range calls {
		ops = append(ops, s.taking(in))
	}
	if _, err := s.pg.commit(t.Context(), ops); err != nil {
		t.Fatal(err)
	}
	var all [][]wire.Result
	for i, o := range ops {
		if o.err != nil {
			t.Errorf("call %d: %v", i, o.err)
		}
		all = append(all, o.results())
	}
	return all
}

// TakesEvents has a transaction of s begin that takes events, as of another process,
// which goes on until done is called.
func TakesEvents(t *testing.T, s *Store) (done func()) {
	t.Helper()
	b, end, err := s.pg.begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.tx.ExecContext(t.Context(), `SELECT pg_advisory_xact_lock_shared(?)`, int64(pgLockWrite)); err != nil {
		t.Fatal(err)
	}
	return end
}
