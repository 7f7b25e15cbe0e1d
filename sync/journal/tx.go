package journal

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"waybill/internal/fault"
	"waybill/sync/wire"
)

// A Kind is a sort of document, such as "order" or "job". The package that
// writes documents names their kind.
type Kind string

// An Index says how a document can be found other than by its ID.
type Index struct {
	State string   // for List and Count; empty is a state like any other
	Keys  []string // for Find; within a kind, a key belongs to one document
}

// A Query says which documents to list.
type Query struct {
	States []string // none: all
	Limit  int      // 0: no limit
	Newest bool     // latest first, by when a document was first put
}

// A Tx is the writing transaction, handed to the function that Update runs. It
// reads what it has written.
type Tx struct {
	ReadTx
	o    Options
	head wire.Position
}

// Get reads a document into doc and reports whether there is one. One that is no such
// document is ErrDamaged.
func (tx *ReadTx) Get(kind Kind, id string, doc any) (found bool, err error) {
	var raw []byte
	found, err = tx.one("SELECT doc FROM docs WHERE kind = ? AND id = ?", []any{string(kind), id}, &raw)
	if err != nil || !found {
		return found, err
	}
	if err := json.Unmarshal(raw, doc); err != nil {
		return true, fmt.Errorf("%s: %w: %w", quoted(kind, id), ErrDamaged, err)
	}
	return true, nil
}

// Has reports whether there is a document, without reading it.
func (tx *ReadTx) Has(kind Kind, id string) (bool, error) {
	var one int
	return tx.one("SELECT 1 FROM docs WHERE kind = ? AND id = ?", []any{string(kind), id}, &one)
}

// Find returns the document of a kind that owns key.
func (tx *ReadTx) Find(kind Kind, key string) (id string, found bool, err error) {
	found, err = tx.one("SELECT id FROM keys WHERE kind = ? AND key = ?", []any{string(kind), key}, &id)
	return id, found, err
}

// Count returns how many documents of a kind are in one of states, or in any
// where none is given.
func (tx *ReadTx) Count(kind Kind, states ...string) (int, error) {
	var n int
	where, args := stateFilter(kind, states)
	_, err := tx.one("SELECT count(*) FROM docs WHERE "+where, args, &n)
	return n, err
}

// States returns the states that documents of a kind are in and that begin with
// prefix, in alphabetical order. It costs one look-up a state, however many
// documents there are.
func (tx *ReadTx) States(kind Kind, prefix string) ([]string, error) {
	var states []string
	after, from := prefix, ">="
	for {
		var state string
		found, err := tx.one("SELECT state FROM docs WHERE kind = ? AND state "+from+" ? ORDER BY state LIMIT 1", []any{string(kind), after}, &state)
		if err != nil || !found || !strings.HasPrefix(state, prefix) {
			return states, err
		}
		states = append(states, state)
		after, from = state, ">"
	}
}

// pageSize is how many rows a walk reads at a time. No statement stays open
// while the caller works on them, so that the caller may write.
const pageSize = 256

// List calls each for the documents of a kind, in the order in which they were
// first put, and stops at the first error, which it returns.
func (tx *ReadTx) List(kind Kind, q Query, each func(id string, raw []byte) error) error {
	type row struct {
		position int64
		id       string
		raw      []byte
	}
	where, args := stateFilter(kind, q.States)
	order, beyond, at := "ASC", ">", int64(0)
	if q.Newest {
		order, beyond, at = "DESC", "<", int64(1)<<62
	}
	query := "SELECT position, id, doc FROM docs WHERE " + where +
		" AND position " + beyond + " ? ORDER BY position " + order + " LIMIT ?"
	for left := q.Limit; ; {
		size := pageSize
		if q.Limit > 0 {
			size = min(size, left)
		}
		page := make([]row, 0, size)
		err := tx.all(query, append(slices.Clip(args), at, size), func(rows *sql.Rows) error {
			var r row
			err := rows.Scan(&r.position, &r.id, &r.raw)
			page = append(page, r)
			return err
		})
		if err != nil {
			return err
		}
		for _, r := range page {
			at = r.position
			if err := each(r.id, r.raw); err != nil {
				return err
			}
		}
		left -= len(page)
		if len(page) < pageSize || (q.Limit > 0 && left <= 0) {
			return nil
		}
	}
}

func stateFilter(kind Kind, states []string) (where string, args []any) {
	args = append(args, string(kind))
	if len(states) == 0 {
		return "kind = ?", args
	}
	for _, s := range states {
		args = append(args, s)
	}
	return "kind = ? AND state IN (" + placeholders(len(states)) + ")", args
}

// Put writes a document, over the one of the same kind and ID where there is
// one. idx replaces the document's former state and keys. A key that another
// document owns is a *ClashError of kind fault.Conflict, and nothing is
// written.
func (tx *Tx) Put(kind Kind, id string, doc any, idx Index) error {
	if kind == "" || id == "" {
		return &fault.Error{Op: quoted(kind, id), Kind: fault.Invalid, Err: fmt.Errorf("a document needs a kind and an ID")}
	}
	raw, err := json.Marshal(doc)
	if err != nil {
		return fmt.Errorf("%s: %w", quoted(kind, id), err)
	}
	for _, key := range idx.Keys {
		owner, found, err := tx.Find(kind, key)
		if err != nil {
			return err
		}
		if found && owner != id {
			return &fault.Error{
				Op: quoted(kind, id), Kind: fault.Conflict,
				Err: &ClashError{Kind: kind, Key: key, Owner: owner, Wanted: id},
			}
		}
	}
	if _, err := tx.s.exec(`INSERT INTO docs (kind, id, state, doc) VALUES (?, ?, ?, ?)
		ON CONFLICT (kind, id) DO UPDATE SET state = excluded.state, doc = excluded.doc`,
		string(kind), id, idx.State, raw); err != nil {
		return tx.fail(err)
	}
	return tx.putKeys(kind, id, idx.Keys)
}

// putKeys makes keys the document's keys, touching only what differs.
func (tx *Tx) putKeys(kind Kind, id string, keys []string) error {
	have := map[string]bool{}
	err := tx.all("SELECT key FROM keys WHERE kind = ? AND id = ?", []any{string(kind), id}, func(rows *sql.Rows) error {
		var key string
		err := rows.Scan(&key)
		have[key] = true
		return err
	})
	if err != nil {
		return err
	}
	for _, key := range keys {
		if have[key] {
			continue
		}
		have[key] = true
		if _, err := tx.s.exec("INSERT INTO keys (kind, key, id) VALUES (?, ?, ?)", string(kind), key, id); err != nil {
			return tx.fail(err)
		}
	}
	for key := range have {
		if slices.Contains(keys, key) {
			continue
		}
		if _, err := tx.s.exec("DELETE FROM keys WHERE kind = ? AND key = ?", string(kind), key); err != nil {
			return tx.fail(err)
		}
	}
	return nil
}
