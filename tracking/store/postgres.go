package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"waybill/internal/fault"
)

//go:embed postgres/*.sql
var postgresSchema embed.FS

const (
	// pgDeadline bounds every statement, and with it every transaction: a
	// database that does not answer is an error, and never a hub that hangs.
	pgDeadline = 30 * time.Second

	// pgRetelling bounds what brings a database up to date: it may read every event,
	// and a start that gives up begins it anew.
	pgRetelling = 12 * time.Hour

	pgWriters = 4 // transactions that take events at once, of one process
	pgReaders = 8 // connections for everything else, of one process

	pgOldest = 130000 // 13, the first with 64-bit transaction IDs to ask for
)

// The keys of our advisory locks, which PostgreSQL keeps per database. Taking
// events shares the first; whatever else changes something has it alone, so
// that leases, take-overs and retellings are as alone with the data as they
// are in SQLite, whichever process they run in.
const (
	pgLockWrite  = 0x7761_7962_0001
	pgLockSchema = 0x7761_7962_0002
	pgLockLead   = 0x7762 // with the consumer's name, of its session
)

// pgEngine is what a store in PostgreSQL has beside the connections of the
// common statements.
type pgEngine struct {
	store  *Store
	schema int           // of the tables that this program knows
	posted chan struct{} // something has come into the outbox: to tell other processes of
	deaf   func()        // ends telling and hearing
}

// OpenPostgres opens the store in the database that address names, as
// postgres://user@host/database, and makes or updates its tables. Any number of
// processes may have it open at once. Without a word about TLS in the address
// (sslmode) the server must prove who it is, except on this machine. Close the
// store when done.
func OpenPostgres(ctx context.Context, address, password string, o Options) (*Store, error) {
	c, err := postgresConfig(address, password)
	if err != nil {
		return nil, err
	}
	s := newStore(o)
	fail := func(err error) (*Store, error) {
		return nil, errors.Join(fmt.Errorf("store %s: %w", Redacted(address), err), s.read.Close(), s.write.Close())
	}
	s.pg = &pgEngine{store: s, posted: make(chan struct{}, 1)}
	s.read = &reader{DB: connect(c, pgReaders)}
	// The writer touches rows by their keys and nothing else, whatever the
	// statistics of a table say that was empty when they were taken.
	w := c.Copy()
	for _, way := range []string{"enable_seqscan", "enable_hashjoin", "enable_mergejoin"} {
		w.RuntimeParams[way] = "off"
	}
	s.write = connect(w, pgWriters)
	if err := s.preparePostgres(ctx); err != nil {
		return fail(err)
	}
	s.run, s.pg.deaf = s.pg.commit, s.pg.listen(c)
	s.start(ctx, pgWriters)
	return s, nil
}

// connect returns a pool of at most n connections, none of which is open yet.
func connect(c *pgx.ConnConfig, n int) *sql.DB {
	db := sql.OpenDB(newDialect(c))
	db.SetMaxOpenConns(n)
	db.SetMaxIdleConns(n)
	db.SetConnMaxIdleTime(5 * time.Minute)
	return db
}

// Redacted returns a store's address without a password, for logs; a directory as
// it is.
func Redacted(address string) string {
	if !strings.HasPrefix(address, "postgres") {
		return address
	}
	u, err := url.Parse(address)
	if err != nil {
		return "postgres://…"
	}
	return u.Redacted()
}

// postgresConfig reads address and settles what it leaves open.
func postgresConfig(address, password string) (*pgx.ConnConfig, error) {
	invalid := func(err error, hint string) error {
		return &fault.Error{Op: "database address " + Redacted(address), Kind: fault.Invalid, Err: err, Hint: hint}
	}
	const form = "Write it as postgres://user@host/database?sslmode=verify-full."
	u, err := url.Parse(address)
	if err != nil {
		return nil, invalid(errors.New("it is no URL"), form)
	}
	q := u.Query()
	switch mode := q.Get("sslmode"); mode {
	case "":
		if !onThisMachine(u) {
			q.Set("sslmode", "verify-full")
			u.RawQuery = q.Encode()
		}
	case "allow", "prefer":
		return nil, invalid(fmt.Errorf("sslmode=%s falls back to an open line by itself", mode), "Use verify-full; require and disable do what they say.")
	}
	c, err := pgx.ParseConfig(u.String())
	if err != nil {
		return nil, invalid(errors.New(withoutSecrets(err, u)), form)
	}
	if password != "" {
		c.Password = password
	}
	if c.ConnectTimeout == 0 {
		c.ConnectTimeout = 10 * time.Second
	}
	p := c.RuntimeParams
	ms := strconv.FormatInt(pgDeadline.Milliseconds(), 10)
	// What a process leaves behind that died in the middle must not hold the
	// others up for long.
	p["statement_timeout"], p["lock_timeout"], p["idle_in_transaction_session_timeout"] = ms, ms, ms
	// No statement of ours is worth compiling: a scan that is called expensive below
	// to keep it from being chosen would be compiled each time it is.
	p["jit"] = "off"
	if p["application_name"] == "" {
		p["application_name"] = "waybill hub"
	}
	return c, nil
}

// withoutSecrets returns err's text without the password of u.
func withoutSecrets(err error, u *url.URL) string {
	text := err.Error()
	if secret, ok := u.User.Password(); ok && secret != "" {
		text = strings.ReplaceAll(text, secret, "…")
	}
	return text
}

// onThisMachine reports whether u leads to a socket or a loopback address.
func onThisMachine(u *url.URL) bool {
	hosts := append(strings.Split(u.Query().Get("host"), ","), u.Hostname())
	for _, h := range hosts {
		if h == "" || strings.HasPrefix(h, "/") || h == "localhost" {
			continue
		}
		if bare, _, err := net.SplitHostPort(h); err == nil {
			h = bare
		}
		if ip, err := netip.ParseAddr(h); err != nil || !ip.IsLoopback() {
			return false
		}
	}
	return true
}

// preparePostgres checks that the server keeps what it says it has kept, and
// brings its tables up to date.
func (s *Store) preparePostgres(ctx context.Context) error {
	asked, done := context.WithTimeout(ctx, 10*pgDeadline)
	defer done()
	ctx, cancel := context.WithTimeout(ctx, pgRetelling)
	defer cancel()
	var version int
	var fsync, pages, commit, encoding string
	err := s.read.QueryRowContext(asked, `SELECT current_setting('server_version_num')::int, current_setting('fsync'),
		current_setting('full_page_writes'), current_setting('synchronous_commit'), current_setting('server_encoding')`).
		Scan(&version, &fsync, &pages, &commit, &encoding)
	if err != nil {
		return err
	}
	unsafe := func(format string, args ...any) error {
		return &fault.Error{Op: "PostgreSQL", Kind: fault.Permanent, Err: fmt.Errorf(format, args...), Hint: "Change it on the server: the hub says that it has an event when a power cut cannot take it any more."}
	}
	switch {
	case version < pgOldest:
		return &fault.Error{Op: "PostgreSQL", Kind: fault.Permanent, Err: fmt.Errorf("version %d is too old", version/10000), Hint: "Use 13 or later."}
	case fsync != "on":
		return unsafe("fsync is %s", fsync)
	case pages != "on":
		return unsafe("full_page_writes is %s", pages)
	case commit == "off":
		return unsafe("synchronous_commit is off")
	case encoding != "UTF8":
		return &fault.Error{Op: "PostgreSQL", Kind: fault.Permanent, Err: fmt.Errorf("the database's encoding is %s", encoding), Hint: "Create it with ENCODING 'UTF8'."}
	}
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // after Commit it has nothing to do
	if s.pg.schema, err = migratePostgres(ctx, tx); err != nil {
		return err
	}
	if err := findNews(ctx, tx); err != nil {
		return err
	}
	if err := s.sameServer(ctx, tx); err != nil {
		return err
	}
	if err := s.retell(ctx, tx); err != nil {
		return err
	}
	if err := s.baptise(ctx, tx); err != nil {
		return err
	}
	return tx.Commit()
}

// migratePostgres makes the tables, and changes those of an earlier version.
// Processes that start together wait for the first. It returns their version.
func migratePostgres(ctx context.Context, tx *sql.Tx) (known int, err error) {
	// What waits here waits for another's migration, which may be long.
	for _, q := range []string{`SET LOCAL lock_timeout = 0`, `SET LOCAL statement_timeout = 0`} {
		if _, err := tx.ExecContext(ctx, q); err != nil {
			return 0, err
		}
	}
	for _, key := range []int64{pgLockSchema, pgLockWrite} {
		if _, err := tx.ExecContext(ctx, `SELECT pg_advisory_xact_lock(?)`, key); err != nil {
			return 0, err
		}
	}
	steps, err := fs.Glob(postgresSchema, "postgres/*.sql")
	if err != nil {
		return 0, err
	}
	slices.Sort(steps)
	var there bool
	if err := tx.QueryRowContext(ctx, `SELECT to_regclass('meta') IS NOT NULL`).Scan(&there); err != nil {
		return 0, err
	}
	version := 0
	if there {
		if err := tx.QueryRowContext(ctx, pgVersion).Scan(&version); err != nil {
			return 0, fmt.Errorf("version of the tables: %w", err)
		}
	}
	if version > len(steps) {
		return 0, &fault.Error{
			Op: "tables", Kind: fault.Permanent,
			Err:  fmt.Errorf("they were made by a newer version (schema %d, this is %d)", version, len(steps)),
			Hint: "Start the newer version again; going back needs a backup from before the upgrade.",
		}
	}
	for i, name := range steps[version:] {
		text, err := postgresSchema.ReadFile(name)
		if err != nil {
			return 0, err
		}
		for part := range strings.SplitSeq(strings.TrimSpace(string(text))+"\n", ";\n") {
			if strings.TrimSpace(part) == "" {
				continue
			}
			if _, err := tx.ExecContext(ctx, part); err != nil {
				return 0, fmt.Errorf("%s, step %d: %w", name, version+i+1, err)
			}
		}
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO meta (key, value) VALUES ('schema', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value`, strconv.Itoa(len(steps)))
	return len(steps), err
}

// pgVersion asks for the version of the tables.
const pgVersion = `SELECT value::int FROM meta WHERE key = 'schema'`

// current refuses tables that another process has changed since this one began, of
// which it would leave out what it does not know. row is the answer to pgVersion.
func (e *pgEngine) current(row interface{ Scan(dest ...any) error }) error {
	var version int
	if err := row.Scan(&version); err != nil {
		return fmt.Errorf("version of the tables: %w", err)
	}
	if version > e.schema {
		return &fault.Error{
			Op: "tables", Kind: fault.Permanent,
			Err:  fmt.Errorf("another hub has brought the store up to date (schema %d, this program knows %d)", version, e.schema),
			Hint: "Start this hub with that hub's version of waybill.",
		}
	}
	return nil
}

// sameServer begins the outbox anew where its places are of another server's
// transactions, as after a dump was read into a new one: this server's would
// come before them and never be told.
func (s *Store) sameServer(ctx context.Context, tx *sql.Tx) error {
	var foreign bool
	err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT FROM outbox WHERE n > pg_current_xact_id()::text::bigint)
		OR EXISTS (SELECT FROM cursors WHERE n > pg_current_xact_id()::text::bigint)`).Scan(&foreign)
	if err != nil || !foreign {
		return err
	}
	s.log.WarnContext(ctx, "The database has come from another server. Whoever is told of events is told of all of them again.")
	for _, q := range []string{`DELETE FROM outbox`, `UPDATE cursors SET n = 0, mark = ''`} {
		if _, err := tx.ExecContext(ctx, q); err != nil {
			return err
		}
	}
	return nil
}
