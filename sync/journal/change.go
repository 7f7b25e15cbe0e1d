package journal

import (
	"database/sql"
	"errors"
)

// A change is the session of one change within the transaction that it shares
// with others. It can be undone without them.
//
// That costs a savepoint only where it must: a change that writes nothing but what
// waits in memory needs none, nor does one before which nothing was written, since
// then the whole transaction can be taken back in its place.
type change struct {
	w      *writer
	begun  bool // it has written to the database
	saved  bool // behind a savepoint
	before mark // what the transaction held before it
}

func (w *writer) change() *change { return &change{w: w, before: w.pending.mark()} }

func (c *change) exec(query string, args ...any) (sql.Result, error) {
	if err := c.begin(); err != nil {
		return nil, err
	}
	return c.w.exec(query, args...)
}

func (c *change) query(query string, args ...any) (*sql.Rows, error) {
	return c.w.query(query, args...)
}

func (c *change) settle() error {
	if err := c.begin(); err != nil {
		return err
	}
	return c.w.settle()
}

func (c *change) forEvents() error {
	if p := &c.w.pending; p.eventsIn == len(p.events) {
		return nil
	}
	return c.settle()
}

func (c *change) forDocs(kind Kind) error {
	if !c.w.pending.holds(kind) {
		return nil
	}
	return c.settle()
}

func (c *change) waiting(kind Kind, id string) (raw []byte, ok bool, err error) {
	if c.w.keyed[kind] {
		return nil, false, c.forDocs(kind)
	}
	if raw, ok = c.w.pending.doc(docID{kind, id}); !ok {
		raw, ok = c.w.recent[docID{kind, id}]
	}
	return raw, ok, nil
}

// append adds an event.
func (c *change) append(e eventRow) error {
	c.w.pending.append(e)
	return c.bound()
}

// put adds a document of a kind that knows no keys.
func (c *change) put(d docRow) error {
	c.w.pending.put(d)
	return c.bound()
}

// bound keeps what waits in memory small.
func (c *change) bound() error {
	if !c.w.pending.large() {
		return nil
	}
	return c.settle()
}

// begin is called before each write to the database.
func (c *change) begin() error {
	if c.begun {
		return nil
	}
	if c.w.written {
		if err := c.w.run("SAVEPOINT change"); err != nil {
			return err
		}
		c.saved = true
	}
	c.begun = true
	c.before.eventsIn, c.before.docsIn = c.w.pending.eventsIn, c.w.pending.docsIn
	return nil
}

// keep leaves what was written to the transaction.
func (c *change) keep() error {
	c.w.written = c.w.written || c.begun
	if !c.saved {
		return nil
	}
	return c.w.run("RELEASE change")
}

// undo takes back what was written. It fails where SQLite has given up the whole
// transaction, as it may on a full disk. Then the changes before this one are
// gone as well.
func (c *change) undo() error {
	c.w.pending.backTo(c.before, c.begun)
	if !c.begun {
		return nil
	}
	steps := []string{"ROLLBACK", beginWriting}
	if c.saved {
		steps = []string{"ROLLBACK TO change", "RELEASE change"}
	}
	for _, step := range steps {
		if err := c.w.run(step); err != nil {
			return err
		}
	}
	return nil
}

// spent is the session of a transaction that has ended.
type spent struct{}

var errSpent = errors.New("the transaction has ended")

func (spent) exec(string, ...any) (sql.Result, error)    { return nil, errSpent }
func (spent) query(string, ...any) (*sql.Rows, error)    { return nil, errSpent }
func (spent) forEvents() error                           { return errSpent }
func (spent) forDocs(Kind) error                         { return errSpent }
func (spent) waiting(Kind, string) ([]byte, bool, error) { return nil, false, errSpent }

// beginWriting takes the write lock at once, so that nothing fails half-way for
// want of it.
const beginWriting = "BEGIN IMMEDIATE"

// begin begins a transaction.
func (w *writer) begin() error {
	w.pending.reset()
	w.written = false
	return w.run(beginWriting)
}
