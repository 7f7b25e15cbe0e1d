package journal

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"modernc.org/sqlite"

	"waybill/internal/atomicfile"
	"waybill/internal/fault"
	"waybill/sync/wire"
)

// applicationID marks the file as a journal of ours: "WAYB".
const applicationID = 0x57415942

// migrations bring a journal forward, one schema version each. A shipped one
// never changes.
var migrations = [...]string{
	`CREATE TABLE meta (
		key   TEXT PRIMARY KEY,
		value TEXT NOT NULL
	) STRICT, WITHOUT ROWID;
	CREATE TABLE events (
		place    INTEGER PRIMARY KEY, -- epoch and sequence, see place
		id       TEXT NOT NULL UNIQUE,
		type     TEXT NOT NULL,
		subject  TEXT NOT NULL,
		time_ms  INTEGER NOT NULL,
		hash     TEXT NOT NULL,
		raw      BLOB NOT NULL
	) STRICT;
	CREATE INDEX events_subject ON events (subject, place);
	CREATE TABLE docs (
		position INTEGER PRIMARY KEY, -- order of first writing
		kind     TEXT NOT NULL,
		id       TEXT NOT NULL,
		state    TEXT NOT NULL,
		doc      BLOB NOT NULL,
		UNIQUE (kind, id)
	) STRICT;
	CREATE INDEX docs_state ON docs (kind, state, position);
	CREATE TABLE keys (
		kind TEXT NOT NULL,
		key  TEXT NOT NULL,
		id   TEXT NOT NULL,
		PRIMARY KEY (kind, key),
		FOREIGN KEY (kind, id) REFERENCES docs (kind, id)
	) STRICT, WITHOUT ROWID;
	CREATE INDEX keys_owner ON keys (kind, id);
	CREATE TABLE cursors (
		upstream TEXT PRIMARY KEY,
		place    INTEGER NOT NULL,
		moved_ms INTEGER NOT NULL
	) STRICT, WITHOUT ROWID;
	CREATE TABLE parked (
		upstream  TEXT NOT NULL,
		place     INTEGER NOT NULL REFERENCES events (place),
		reason    TEXT NOT NULL,
		parked_ms INTEGER NOT NULL,
		PRIMARY KEY (upstream, place)
	) STRICT, WITHOUT ROWID;`,

	// Nothing of the tables changes. The bytes of a print job's label have become a
	// document of their own, and a program that does not know it would print none.
	`SELECT 1`,

	// Where the kept history of an epoch begins, and what purges have left.
	`CREATE TABLE anchors (
		epoch    INTEGER PRIMARY KEY,
		sequence INTEGER NOT NULL,
		hash     TEXT NOT NULL
	) STRICT;
	CREATE TABLE purges (
		last   INTEGER PRIMARY KEY, -- places
		first  INTEGER NOT NULL,
		events INTEGER NOT NULL,
		digest TEXT NOT NULL
	) STRICT;`,
}

const busyTimeout = 5 * time.Second

// connect reaches SQLite by a data source name in modernc's terms; nil is modernc's
// own way. Tests have another, on a disk whose power fails.
type connect func(dsn string) (driver.Connector, error)

// openToRead returns a handle on the journal at path that cannot write.
func openToRead(path string, conns int) (*sql.DB, error) {
	return connect(nil).open(path, true, conns)
}

// open returns a handle on the journal at path whose connections all have the
// same settings. synchronous=FULL is not for sale: with less, a power cut takes
// back what was acknowledged.
func (via connect) open(path string, readOnly bool, conns int) (*sql.DB, error) {
	if via == nil {
		via = sqlite.NewConnector
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("path of journal %s: %w", path, err)
	}
	slash := filepath.ToSlash(abs)
	if !strings.HasPrefix(slash, "/") {
		slash = "/" + slash // C:/… becomes file:///C:/…
	}
	q := url.Values{
		"_busy_timeout": {fmt.Sprint(busyTimeout.Milliseconds())},
		"_foreign_keys": {"1"},
		"_defensive":    {"1"},
		"_dqs":          {"0"},
	}
	if readOnly {
		q.Set("mode", "ro")
		q.Set("_query_only", "1")
		q["_pragma"] = []string{"cache_size(-256)"} // there are several, and the system keeps what they read
	} else {
		q.Set("_journal_mode", "WAL")
		q.Set("_synchronous", "FULL")
		q["_pragma"] = []string{
			"cache_size(-1000)",                       // what is written lies close together, and the system keeps the rest
			"fullfsync(1)", "checkpoint_fullfsync(1)", // macOS: fsync alone leaves data in the drive's cache
			"journal_size_limit(67108864)",
			"temp_store(2)", // what a savepoint keeps of pages stays in memory
			fmt.Sprintf("wal_autocheckpoint(%d)", checkpointMax),
		}
	}
	c, err := via((&url.URL{Scheme: "file", Path: slash, RawQuery: q.Encode()}).String())
	if err != nil {
		return nil, fmt.Errorf("journal %s: %w", path, err)
	}
	db := sql.OpenDB(c)
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	return db, nil
}

func makeFolder(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return fmt.Errorf("folder of journal %s: %w", path, err)
	}
	return nil
}

// create makes an empty file that only this account may read, since a journal
// holds names and addresses, and makes its name durable. An existing file
// stays as it is.
func create(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if errors.Is(err, os.ErrExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("journal %s: %w", path, err)
	}
	if err := errors.Join(f.Close(), atomicfile.SyncDir(filepath.Dir(path))); err != nil {
		return fmt.Errorf("journal %s: %w", path, err)
	}
	return nil
}

// checkWhole returns what is damaged in the file as a whole.
func checkWhole(ctx context.Context, conn *sql.Conn, path string) error {
	return check(ctx, conn, path, "quick_check(1)")
}

// checkSchema holds what the file says of its tables against what our migrations make:
// SQLite believes the words that it finds there.
func checkSchema(ctx context.Context, conn *sql.Conn, path string) (err error) {
	op := "journal " + path
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1) // each connection has a database of its own
	if _, err := db.ExecContext(ctx, strings.Join(migrations[:], ";")); err != nil {
		return classify(op, err)
	}
	const ask = "SELECT group_concat(type || ' ' || name || ' on ' || tbl_name || ': ' || coalesce(sql, ''), char(10)) FROM (SELECT * FROM sqlite_schema ORDER BY type, name)"
	var want, got sql.NullString
	if err := db.QueryRowContext(ctx, ask).Scan(&want); err != nil {
		return classify(op, err)
	}
	if err := conn.QueryRowContext(ctx, ask).Scan(&got); err != nil {
		return classify(op, err)
	}
	if got != want {
		return damaged(op, errors.New("its tables are described otherwise than a journal's"))
	}
	return nil
}

// unsentChecked bounds how many events are looked at before a station starts.
const unsentChecked = 5000

// checkUnsent looks at the events that only this file has: those that no upstream has
// dealt with, the first of them first. What is wrong with an older one, some hub has
// right; After looks at each before it is sent to another.
func checkUnsent(tx *ReadTx) error {
	from, err := tx.heard()
	if err != nil {
		return err
	}
	return tx.Events(EventQuery{After: position(from, ""), Limit: unsentChecked}, func(rec wire.Record) error { return sound(tx.op, rec) })
}

// sound returns what is wrong with an event's bytes. What a purge has left is what
// Verify looks at.
func sound(op string, rec wire.Record) error {
	if hash := wire.Hash(rec.Raw); hash != rec.Hash {
		var env wire.Envelope
		if json.Unmarshal(rec.Raw, &env) == nil && isPurged(rec, env) {
			return nil
		}
		return damaged(op, fmt.Errorf("event %d of epoch %d is not what was recorded: its bytes have hash %s, recorded was %s", rec.Sequence, rec.Epoch, hash, rec.Hash))
	}
	return nil
}

func check(ctx context.Context, conn *sql.Conn, path string, pragmas ...string) error {
	op := "journal " + path
	for _, pragma := range pragmas {
		var verdict string
		if err := conn.QueryRowContext(ctx, "PRAGMA "+pragma).Scan(&verdict); err != nil {
			return classify(op, err)
		}
		if verdict != "ok" {
			return damaged(op, errors.New(verdict))
		}
	}
	return nil
}

// checkFile returns what keeps the file at path from being used: another
// program's data, another version's.
func checkFile(ctx context.Context, conn *sql.Conn, path string) error {
	op := "journal " + path
	var id, version, tables int
	for query, dest := range map[string]any{
		"PRAGMA application_id":              &id,
		"PRAGMA user_version":                &version,
		"SELECT count(*) FROM sqlite_schema": &tables,
	} {
		if err := conn.QueryRowContext(ctx, query).Scan(dest); err != nil {
			return classify(op, err)
		}
	}
	empty := id == 0 && version == 0 && tables == 0 // a new file
	newer := refuseNewer(op, version, len(migrations))
	switch {
	case id != applicationID && !empty:
		return &fault.Error{
			Op: op, Kind: fault.Invalid, Err: errors.New("the file is no Waybill journal"),
			Hint: "Name another file; this one is left as it is.",
		}
	case newer != nil:
		return newer
	}
	return nil
}

// checkLog returns what keeps the file at path from being written: a disk that cannot
// hold a write-ahead log. A backup, which is only read, has none.
func checkLog(ctx context.Context, conn *sql.Conn, path string) error {
	op := "journal " + path
	var mode string
	if err := conn.QueryRowContext(ctx, "PRAGMA journal_mode").Scan(&mode); err != nil {
		return classify(op, err)
	}
	if !strings.EqualFold(mode, "wal") {
		return &fault.Error{
			Op: op, Kind: fault.Permanent, Err: fmt.Errorf("journal mode is %q, not wal", mode),
			Hint: "Put the journal on a local disk; a network share cannot hold it safely.",
		}
	}
	return nil
}

// refuseNewer returns why a program that knows schema versions up to known does not
// touch a journal of another; nil where it does.
func refuseNewer(op string, version, known int) error {
	if version <= known {
		return nil
	}
	return &fault.Error{
		Op: op, Kind: fault.Invalid,
		Err:  fmt.Errorf("schema version %d, this program knows %d", version, known),
		Hint: "A newer Waybill wrote this journal; start that one.",
	}
}

var errEmpty = errors.New("there is nothing in it")

// checkCurrent returns why a file that may not be written cannot be read either.
func checkCurrent(ctx context.Context, conn *sql.Conn, path string) error {
	op := "journal " + path
	var version int
	if err := conn.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return classify(op, err)
	}
	var tables int
	if err := conn.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema").Scan(&tables); err != nil {
		return classify(op, err)
	}
	if version == 0 && tables == 0 {
		return &fault.Error{
			Op: op, Kind: fault.Invalid, Err: errEmpty,
			Hint: "If it is a copy, copy the -wal file beside the journal as well; a station that was started once has a journal with something in it.",
		}
	}
	if version < len(migrations) {
		return &fault.Error{
			Op: op, Kind: fault.Invalid,
			Err:  fmt.Errorf("schema version %d, this program reads %d", version, len(migrations)),
			Hint: "Start the station once; it brings the journal up to date.",
		}
	}
	return nil
}

// migrate brings the schema to the newest version, a transaction a step. What is in
// the file before is kept beside it: no older program opens it afterwards.
func migrate(ctx context.Context, conn *sql.Conn, path string) error {
	var version int
	if err := conn.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return classify("journal "+path, err)
	}
	if version > 0 && version < len(migrations) {
		if err := backUp(ctx, conn, path, version); err != nil {
			return err
		}
	}
	for v := version; v < len(migrations); v++ {
		op := fmt.Sprintf("schema version %d of journal %s", v+1, path)
		step := fmt.Sprintf("BEGIN IMMEDIATE; %s; PRAGMA application_id = %d; PRAGMA user_version = %d; COMMIT",
			migrations[v], applicationID, v+1)
		if _, err := conn.ExecContext(ctx, step); err != nil {
			_, _ = conn.ExecContext(ctx, "ROLLBACK") // the first error is the one to tell
			return classify(op, err)
		}
	}
	return nil
}
