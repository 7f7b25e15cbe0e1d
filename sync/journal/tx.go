package journal

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
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
	c    *change
}

// Get reads a document into doc and reports whether there is one. One that is no such
// document is ErrGarbled.
func (tx *ReadTx) Get(kind Kind, id string, doc any) (found bool, err error) {
	raw, found, err := tx.Raw(kind, id)
	if err != nil || !found {
		return found, err
	}
	if err := json.Unmarshal(raw, doc); err != nil {
		return true, fmt.Errorf("%s: %w: %w: %w", quoted(kind, id), ErrDamaged, ErrGarbled, err)
	}
	return true, nil
}

// Raw returns a document as it is kept, and reports whether there is one. The caller
// must not change it.
func (tx *ReadTx) Raw(kind Kind, id string) (raw []byte, found bool, err error) {
	raw, found, err = tx.s.waiting(kind, id)
	if err != nil {
		return nil, false, tx.fail(err)
	}
	if !found {
		found, err = tx.one("SELECT doc FROM docs WHERE kind = ? AND id = ?", []any{string(kind), id}, &raw)
	}
	return raw, found, err
}

// Has reports whether there is a document, without reading it.
func (tx *ReadTx) Has(kind Kind, id string) (bool, error) {
	if _, found, err := tx.s.waiting(kind, id); err != nil {
		return false, tx.fail(err)
	} else if found {
		return true, nil
	}
	var one int
	return tx.one("SELECT 1 FROM docs WHERE kind = ? AND id = ?", []any{string(kind), id}, &one)
}

// Find returns the document of a kind that owns key.
func (tx *ReadTx) Find(kind Kind, key string) (id string, found bool, err error) {
	found, err = tx.one("SELECT id FROM keys WHERE kind = ? AND key = ?", []any{string(kind), key}, &id)
	return id, found, err
}

// FindFirst returns the document of a kind that owns the first of keys that any
// document owns, in one look, and which of keys that is.
func (tx *ReadTx) FindFirst(kind Kind, keys ...string) (id string, which int, found bool, err error) {
	if len(keys) == 0 {
		return "", 0, false, nil
	}
	args := make([]any, 1, 1+len(keys))
	args[0] = string(kind)
	for _, key := range keys {
		args = append(args, key)
	}
	var query string
	if n := len(keys); n <= len(firstOfFew) {
		query = firstOfFew[n-1]
	} else {
		query = firstOf(n)
	}
	err = tx.all(query, args, func(rows *sql.Rows) error {
		var owner string
		var i int
		err := rows.Scan(&i, &owner)
		if !found || i < which {
			id, which, found = owner, i, true
		}
		return err
	})
	return id, which, found, err
}

// firstOfFew are the statements for the few numbers that a scan may mean.
var firstOfFew = [...]string{firstOf(1), firstOf(2), firstOf(3)}

// firstOf returns the statement of FindFirst for n keys. Each is looked up by itself:
// a list of them would be sorted into a table of its own first.
func firstOf(n int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteString(" UNION ALL ")
		}
		fmt.Fprintf(&b, "SELECT %d, id FROM keys WHERE kind = ?1 AND key = ?%d", i, 2+i)
	}
	return b.String()
}

// Count returns how many documents of a kind are in one of states, or in any
// where none is given.
func (tx *ReadTx) Count(kind Kind, states ...string) (int, error) {
	if err := tx.s.forDocs(kind); err != nil {
		return 0, tx.fail(err)
	}
	var n int
	where, args := stateFilter(kind, states)
	_, err := tx.one("SELECT count(*) FROM docs WHERE "+where, args, &n)
	return n, err
}

// States returns the states that documents of a kind are in and that begin with
// prefix, in alphabetical order. It costs one look-up a state, however many
// documents there are.
func (tx *ReadTx) States(kind Kind, prefix string) ([]string, error) {
	if err := tx.s.forDocs(kind); err != nil {
		return nil, tx.fail(err)
	}
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
	query, args, at := listing(kind, q)
	for left := q.Limit; ; {
		size := pageSize
		if q.Limit > 0 {
			size = min(size, left)
		}
		page := make([]row, 0, size)
		if err := tx.s.forDocs(kind); err != nil { // each may have put some
			return tx.fail(err)
		}
		err := tx.all(query, append([]any{at, size}, args...), func(rows *sql.Rows) error {
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

// listing returns the statement that reads the next documents of a walk, ?2 of them
// beyond position ?1, with the arguments that follow, and where the walk begins.
//
// Of several states, the next of each are looked for by themselves, and the first of
// all of those are taken: SQLite would otherwise read all that are left for every page.
//
// A state that is given twice counts once: its documents would fill a page by halves,
// which then ends the walk.
func listing(kind Kind, q Query) (query string, args []any, from int64) {
	q.States = slices.Compact(slices.Sorted(slices.Values(q.States)))
	order, beyond := "ASC", ">"
	if q.Newest {
		order, beyond, from = "DESC", "<", int64(1)<<62
	}
	next := " AND position " + beyond + " ?1 ORDER BY position " + order + " LIMIT ?2"
	args = append(args, string(kind))
	if len(q.States) == 0 {
		return "SELECT position, id, doc FROM docs WHERE kind = ?3" + next, args, from
	}
	parts := make([]string, len(q.States))
	for i, state := range q.States {
		parts[i] = "SELECT * FROM (SELECT position FROM docs WHERE kind = ?3 AND state = ?" + strconv.Itoa(4+i) + next + ")"
		args = append(args, state)
	}
	if len(parts) == 1 {
		return "SELECT position, id, doc FROM docs WHERE kind = ?3 AND state = ?4" + next, args, from
	}
	return "SELECT position, id, doc FROM docs WHERE position IN (SELECT position FROM (" + strings.Join(parts, " UNION ALL ") +
		") ORDER BY position " + order + " LIMIT ?2) ORDER BY position " + order, args, from
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
	if len(idx.Keys) == 0 && !tx.c.w.keyed[kind] {
		if err := tx.c.put(docRow{docID: docID{kind, id}, state: idx.State, raw: raw}); err != nil {
			return tx.fail(err)
		}
		return nil
	}
	tx.c.w.keyed[kind] = true // from here on its documents are not kept back
	if err := tx.s.forDocs(kind); err != nil {
		return tx.fail(err)
	}
	have, err := tx.keysOf(kind, id)
	if err != nil {
		return err
	}
	for _, key := range idx.Keys {
		if slices.Contains(have, key) {
			continue
		}
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
	if err := putDoc(tx.s, docID{kind, id}, idx.State, raw); err != nil {
		return tx.fail(err)
	}
	return tx.putKeys(kind, id, have, idx.Keys)
}

// putDoc writes a document and its state. One that stays in its state leaves the
// index of states alone, which is a page less to make durable.
func putDoc(s session, id docID, state string, raw []byte) error {
	res, err := s.exec(`INSERT INTO docs (kind, id, state, doc) VALUES (?, ?, ?, ?)
		ON CONFLICT (kind, id) DO UPDATE SET doc = excluded.doc WHERE docs.state = excluded.state`,
		string(id.kind), id.id, state, raw)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n > 0 {
		return err
	}
	_, err = s.exec("UPDATE docs SET state = ?, doc = ? WHERE kind = ? AND id = ?", state, raw, string(id.kind), id.id)
	return err
}

// keysOf returns the keys that a document has.
func (tx *Tx) keysOf(kind Kind, id string) (keys []string, err error) {
	err = tx.all("SELECT key FROM keys WHERE kind = ? AND id = ?", []any{string(kind), id}, func(rows *sql.Rows) error {
		var key string
		err := rows.Scan(&key)
		keys = append(keys, key)
		return err
	})
	return keys, err
}

// keyed returns the kinds of which a document has a key.
func (tx *ReadTx) keyed() (map[Kind]bool, error) {
	kinds := map[Kind]bool{}
	for after := ""; ; {
		var kind string
		if found, err := tx.one("SELECT kind FROM keys WHERE kind > ? ORDER BY kind LIMIT 1", []any{after}, &kind); err != nil || !found {
			return kinds, err
		}
		kinds[Kind(kind)], after = true, kind
	}
}

// putKeys makes keys the document's keys in the place of those that it has,
// touching only what differs.
func (tx *Tx) putKeys(kind Kind, id string, have, keys []string) error {
	for i, key := range keys {
		if slices.Contains(have, key) || slices.Contains(keys[:i], key) {
			continue
		}
		if _, err := tx.s.exec("INSERT INTO keys (kind, key, id) VALUES (?, ?, ?)", string(kind), key, id); err != nil {
			return tx.fail(err)
		}
	}
	for _, key := range have {
		if slices.Contains(keys, key) {
			continue
		}
		if _, err := tx.s.exec("DELETE FROM keys WHERE kind = ? AND key = ?", string(kind), key); err != nil {
			return tx.fail(err)
		}
	}
	return nil
}
