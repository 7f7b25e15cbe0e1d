package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"waybill/internal/fault"
)

// The statements of this package are written once, in the SQL that SQLite and
// PostgreSQL have in common. Two things differ in every statement, and are
// translated here: how a parameter is written, and SQLite's hint of an index,
// which PostgreSQL does without.

// A dialect connects to PostgreSQL and translates what it is given.
type dialect struct {
	driver.Connector

	known sync.Map // of statements as they are written here, to PostgreSQL's
}

// newDialect returns a connector for sql.OpenDB.
func newDialect(c *pgx.ConnConfig) *dialect { return &dialect{Connector: stdlib.GetConnector(*c)} }

// Connect opens a connection.
func (d *dialect) Connect(ctx context.Context) (driver.Conn, error) {
	c, err := d.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	inner, ok := c.(*stdlib.Conn)
	if !ok {
		return nil, errors.Join(errors.New("PostgreSQL's driver has changed its connections"), c.Close())
	}
	return translated{inner, d}, nil
}

// translated is a connection that is spoken to in our common SQL.
type translated struct {
	*stdlib.Conn

	dialect *dialect
}

func (c translated) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	return c.Conn.PrepareContext(ctx, c.dialect.translate(query))
}

func (c translated) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	return c.Conn.ExecContext(ctx, c.dialect.translate(query), args)
}

func (c translated) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	return c.Conn.QueryContext(ctx, c.dialect.translate(query), args)
}

// CheckNamedValue refuses text that PostgreSQL cannot hold, before it spoils a
// transaction.
func (c translated) CheckNamedValue(v *driver.NamedValue) error {
	if s, ok := v.Value.(string); ok {
		if err := storable(s); err != nil {
			return err
		}
	}
	return c.Conn.CheckNamedValue(v)
}

// storable says why a text cannot be kept. SQLite would take the zero character,
// but two stores that take different things are a trap.
func storable(s string) error {
	if strings.IndexByte(s, 0) < 0 {
		return nil
	}
	return &fault.Error{Op: "text " + strconv.Quote(s), Kind: fault.Invalid, Err: errors.New("it holds the character U+0000"), Hint: "Leave that character out."}
}

func (d *dialect) translate(query string) string {
	if q, ok := d.known.Load(query); ok {
		return q.(string) //nolint:errcheck,forcetypeassert // nothing else is stored
	}
	q := toPostgres(query)
	d.known.Store(query, q)
	return q
}

// toPostgres writes ? as $1, $2 and so on, ?7 as $7, and drops INDEXED BY. None
// of our statements has a question mark within quotes.
func toPostgres(query string) string {
	query = regexp.MustCompile(`\bINDEXED BY \w+ ?`).ReplaceAllString(query, "")
	n := 0
	return regexp.MustCompile(`\?\d*`).ReplaceAllStringFunc(query, func(p string) string {
		if p != "?" {
			return "$" + p[1:]
		}
		n++
		return "$" + strconv.Itoa(n)
	})
}
