package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	_ "modernc.org/sqlite" // database/sql finds its driver by name

	"waybill/internal/fault"
	"waybill/internal/walfile"
)

//go:embed schema.sql
var schema string

// schemaVersion counts the changes of schema.sql that an old file cannot take.
const schemaVersion = 8

// storyVersion counts the changes of what is kept of stories. A store written by
// another version has its stories told again from their events when it is opened, by
// this one and by that one, which may know less. Since 3 they keep which pick-up a
// parcel was scanned onto and taken back from. Stories are told from their facts when
// they are read, so that a change of what facts mean needs none: what only lists and
// counts ask for, such as the milestone of a parcel that was voided on a pick-up and
// taken back from it, is put right with the order's next event.
const storyVersion = 3

// Options are what a store can be told. The zero value is right.
type Options struct {
	Now     func() time.Time // default time.Now
	Rand    io.Reader        // of buyers' tokens; default crypto/rand
	Log     *slog.Logger     // default discards
	Waiting int              // writes that may wait for the next commit before callers do; default 64

	connect func(dsn string) (*sql.DB, error)       // default: SQLite on the system's files
	openLog func(path string) (walfile.File, error) // default: the system's file
}

// A Store is the hub's store, in one SQLite file or a PostgreSQL database. Its
// methods may be called from anywhere at once. Writes that arrive together share
// one commit.
type Store struct {
	name string
	now  func() time.Time
	rand io.Reader
	log  *slog.Logger

	write   *sql.DB              // in SQLite one connection, used by the committer alone
	kept    map[string]*sql.Stmt // of that connection, by their text; closed with it
	read    *reader
	renewed bool      // what SQLite's log held at the start is on disk
	pg      *pgEngine // nil in SQLite

	ops  chan *op
	run  func(ctx context.Context, ops []*op) ([]string, error) // carries ops out, and returns the orders they changed
	stop context.CancelFunc
	done chan struct{}
	once sync.Once

	watchers watchers // of orders
	postings watchers // of the outbox, under the empty name
}

// Open opens the store in the directory dir, making it where it is missing.
// Close it when done.
func Open(ctx context.Context, dir string, o Options) (*Store, error) {
	s := newStore(o)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("directory of the store: %w", err)
	}
	if o.connect == nil {
		o.connect = func(dsn string) (*sql.DB, error) { return sql.Open("sqlite", dsn) }
	}
	if o.openLog == nil {
		o.openLog = walfile.Open
	}
	file := filepath.Join(dir, "hub.db")
	var err error
	if s.write, err = o.open(file, 1); err != nil {
		return nil, err
	}
	if err := s.prepare(ctx, file, o); err != nil {
		return nil, errors.Join(err, s.giveUp(file, o))
	}
	read, err := o.open(file, 4)
	if err != nil {
		return nil, errors.Join(err, s.giveUp(file, o))
	}
	if err := read.PingContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("store %s: %w", file, err), read.Close(), s.giveUp(file, o))
	}
	s.read = &reader{DB: read, keeps: true, kept: map[string]*sql.Stmt{}}
	s.run = s.try
	s.start(ctx, 1)
	return s, nil
}

// newStore returns a store that is connected to nothing yet.
func newStore(o Options) *Store {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Rand == nil {
		o.Rand = rand.Reader
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Waiting <= 0 {
		o.Waiting = 64
	}
	return &Store{
		now: o.Now, rand: o.Rand, log: o.Log, kept: map[string]*sql.Stmt{},
		ops: make(chan *op, o.Waiting), done: make(chan struct{}),
	}
}

// start lets committers carry out what is asked for. They outlive the call that
// opened the store; Close ends them.
func (s *Store) start(ctx context.Context, committers int) {
	run, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.stop = stop
	var all sync.WaitGroup
	for range committers {
		all.Go(func() { s.commits(run) })
	}
	go func() { all.Wait(); close(s.done) }()
}

// Close waits for the writes that were already asked for and closes the file, or
// the connections.
func (s *Store) Close() error {
	var err error
	s.once.Do(func() {
		s.stop()
		<-s.done
		if s.pg != nil {
			s.pg.deaf()
		}
		s.watchers.close()
		s.postings.close()
		err = errors.Join(s.read.Close(), s.write.Close())
	})
	return err
}

// Ping reports whether the store can be read, and still be written by this program.
func (s *Store) Ping(ctx context.Context) error {
	if s.pg != nil {
		if err := s.pg.current(s.read.QueryRowContext(ctx, pgVersion)); err != nil {
			return fmt.Errorf("store: %w", err)
		}
		return nil
	}
	var one int
	if err := s.read.QueryRowContext(ctx, `SELECT 1 FROM meta LIMIT 1`).Scan(&one); err != nil {
		return fmt.Errorf("store: %w", err)
	}
	return nil
}

// open returns a pool over file whose every connection survives a power cut:
// a commit returns after its fsync. None is made before it is used.
func (o Options) open(file string, conns int) (*sql.DB, error) {
	return o.pool(file, conns, url.Values{"_pragma": {
		"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(FULL)",
		"fullfsync(1)", "checkpoint_fullfsync(1)", "foreign_keys(1)", "temp_store(MEMORY)", "cache_size(-32768)",
		"wal_autocheckpoint(4000)",     // 16 MB: a checkpoint writes a page once, however many batches have changed it
		"journal_size_limit(67108864)", // which a large transaction, or a long reader, has made longer
	}, "_txlock": {"immediate"}})
}

func (o Options) pool(file string, conns int, q url.Values) (*sql.DB, error) {
	db, err := o.connect((&url.URL{Scheme: "file", OmitHost: true, Path: filepath.ToSlash(file), RawQuery: q.Encode()}).String())
	if err != nil {
		return nil, fmt.Errorf("store %s: %w", file, err)
	}
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	return db, nil
}

// giveUp closes what an Open that fails has opened, and leaves the log to the next start
// where it was not made durable.
func (s *Store) giveUp(file string, o Options) error {
	if s.renewed || s.write.Stats().OpenConnections == 0 { // without a connection there is none to copy it
		return s.write.Close()
	}
	beside, err := o.pool(file, 1, url.Values{"mode": {"ro"}, "_pragma": {"busy_timeout(5000)", "query_only(1)"}})
	if err != nil {
		return errors.Join(err, s.write.Close())
	}
	return walfile.Leave(beside, s.write.Close)
}

// prepare makes the tables of a new file and brings an old one up to date. What a
// process before has left of an old one is made durable before anybody is told of it.
func (s *Store) prepare(ctx context.Context, file string, o Options) error {
	var version int
	if err := s.write.QueryRowContext(ctx, `PRAGMA user_version`).Scan(&version); err != nil {
		return fmt.Errorf("store %s: %w", file, err)
	}
	if version > schemaVersion {
		return &fault.Error{
			Op: "store " + file, Kind: fault.Permanent,
			Err:  fmt.Errorf("it was written by a newer version (schema %d, this is %d)", version, schemaVersion),
			Hint: "Start the newer version again; going back needs a backup from before the upgrade.",
		}
	}
	// Its statements end with ctx. Were it itself to end so, database/sql would roll it back
	// on the side, and might have the connection still when the log has been left.
	tx, err := s.write.BeginTx(context.WithoutCancel(ctx), nil)
	if err != nil {
		return fmt.Errorf("store %s: %w", file, err)
	}
	defer tx.Rollback()                                           //nolint:errcheck // after Commit it has nothing to do
	if err := walfile.Renew(o.openLog, file+"-wal"); err != nil { // which the transaction has for itself
		return &fault.Error{
			Op: "write-ahead log of store " + file, Kind: fault.Transient, Err: err,
			Hint: "What is in it may not be on disk. Check the disk and the system's log, then start again.",
		}
	}
	s.renewed = true
	if version > 0 {
		if err := migrate(ctx, tx, version); err != nil {
			return fmt.Errorf("store %s, brought forward from schema %d: %w", file, version, err)
		}
	}
	if _, err := tx.ExecContext(ctx, schema+fmt.Sprintf("PRAGMA user_version = %d;", schemaVersion)); err != nil {
		return fmt.Errorf("tables of store %s: %w", file, err)
	}
	if version > 0 && version < 4 {
		if err := s.findHandoffs(ctx, tx); err != nil {
			return fmt.Errorf("store %s: %w", file, err)
		}
	}
	if version > 0 && version < 5 {
		if err := findGaps(ctx, tx); err != nil {
			return fmt.Errorf("gaps in store %s: %w", file, err)
		}
	}
	if err := findNews(ctx, tx); err != nil {
		return fmt.Errorf("store %s: %w", file, err)
	}
	if err := s.retell(ctx, tx); err != nil {
		return err
	}
	if err := s.baptise(ctx, tx); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("tables of store %s: %w", file, err)
	}
	return nil
}

// retell tells every story again where the file's were told by another version.
func (s *Store) retell(ctx context.Context, tx *sql.Tx) error {
	var told string
	err := tx.QueryRowContext(ctx, `SELECT value FROM meta WHERE key = 'story_version'`).Scan(&told)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("version of the stories: %w", err)
	}
	current := strconv.Itoa(storyVersion)
	if told == current {
		return nil
	}
	if told != "" {
		s.log.InfoContext(ctx, "The shipments are read again from their events, because this version tells them differently.")
		if err := s.retellAll(ctx, tx); err != nil {
			return err
		}
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO meta (key, value) VALUES ('story_version', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value`, current)
	if err != nil {
		return fmt.Errorf("version of the stories: %w", err)
	}
	return nil
}

func millis(t time.Time) int64      { return t.UnixMilli() }
func fromMillis(ms int64) time.Time { return time.UnixMilli(ms).UTC() }
