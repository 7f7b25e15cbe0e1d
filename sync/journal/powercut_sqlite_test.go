package journal_test

import (
	"context"
	"database/sql/driver"
	"fmt"
	"net/url"
	"strings"

	"github.com/ncruces/go-sqlite3"
	ncruces "github.com/ncruces/go-sqlite3/driver"
	"modernc.org/sqlite"

	"waybill/internal/powercut"
	"waybill/sync/journal"
)

// onDisk has a journal keep its database on d: the journal's own statements, settings
// and order, and the same SQLite, compiled for Go by somebody else. synchronous, if
// not empty, stands in the place of what the journal asks for.
func onDisk(o journal.Options, d *powercut.Disk, synchronous string) journal.Options {
	return o.WithConnect(func(dsn string) (driver.Connector, error) { return connectTo(d, dsn, synchronous) })
}

// connectTo translates a data source name from the words of the one driver to those of
// the other. A setting it does not know is an error, so that none is left out unseen.
func connectTo(d *powercut.Disk, dsn, synchronous string) (driver.Connector, error) {
	u, err := url.Parse(dsn)
	if err != nil {
		return nil, err
	}
	q := u.Query()
	var pragmas []string
	for _, name := range []string{"busy_timeout", "journal_mode", "synchronous", "foreign_keys", "query_only"} {
		v := q.Get("_" + name)
		q.Del("_" + name)
		if name == "synchronous" && v != "" && synchronous != "" {
			v = synchronous
		}
		if v != "" {
			pragmas = append(pragmas, name+"("+v+")")
		}
	}
	c := connector{defensive: q.Get("_defensive") == "1", noDQS: q.Get("_dqs") == "0"}
	q["_pragma"] = append(pragmas, q["_pragma"]...)
	q.Del("_defensive")
	q.Del("_dqs")
	q.Set("vfs", d.VFS())
	for name := range q {
		if strings.HasPrefix(name, "_") && name != "_pragma" {
			return nil, fmt.Errorf("the test has no word for the setting %s", name)
		}
	}
	u.RawQuery = q.Encode()
	c.Connector, err = new(ncruces.SQLite).OpenConnector(u.String())
	return c, err
}

type connector struct {
	driver.Connector
	defensive, noDQS bool
}

func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	nc, ok := conn.(ncruces.Conn)
	if !ok {
		return nil, fmt.Errorf("%T is no connection", conn)
	}
	settings := map[sqlite3.DBConfig]bool{sqlite3.DBCONFIG_DEFENSIVE: c.defensive}
	if c.noDQS {
		settings[sqlite3.DBCONFIG_DQS_DML], settings[sqlite3.DBCONFIG_DQS_DDL] = false, false
	}
	for op, on := range settings {
		if _, err := nc.Raw().Config(op, on); err != nil {
			return nil, err
		}
	}
	return countingConn{nc}, nil
}

// countingConn counts pages as the journal asks for them.
type countingConn struct{ ncruces.Conn }

var _ sqlite.DBStatus = countingConn{}

func (c countingConn) Status(op sqlite.DBStatusOp, reset bool) (current, high int, err error) {
	cur, hi, err := c.Raw().Status(sqlite3.DBStatus(op), reset)
	return int(cur), int(hi), err
}

func (c countingConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	e, ok := c.Conn.(driver.ExecerContext)
	if !ok {
		return nil, driver.ErrSkip
	}
	return e.ExecContext(ctx, query, args)
}
