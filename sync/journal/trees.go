package journal

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/maphash"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
)

// Before anybody works with a large journal, its documents are held against their
// indexes here: one that is there and not found would be made, and printed, a second
// time. SQLite's integrity_check does the same and more by looking each row up in each
// index, which takes a second for what a million events leave behind; this reads every
// page once. What it does not look at, such as the room that a page has left, is left
// to CheckWhole, and what it does not understand is SQLite's to judge at once.

// treesAtOnce is how many parts are read at the same time. It is more than a small
// machine has processors: on a machine that was just switched on, each waits for a disk.
const treesAtOnce = 8

var errTree = errors.New("it is not as a tree of SQLite's should be")

// findable returns nil where everything that the documents, their keys and the indexes
// of both hold in the file at path can be found by each of them.
//
// It opens the file beside SQLite, and so must be called while this process has no
// connection to it: closing a file gives up the locks that the process has on it
// (POSIX, fcntl: "all locks associated with a file for a given process shall be removed
// when a file descriptor for that file is closed by that process").
func findable(ctx context.Context, path string) (err error) {
	r, closed, err := readRemains(path, "")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closed()) }()
	seed := maphash.MakeSeed()
	docs := tree{kind: tableLeaf, columns: 5, add: func(w *treeWalk, e *entry) bool {
		c := &e.cols
		w.count(0, seed, c[1].bytes, c[2].bytes, e.rowid)
		w.count(1, seed, c[1].bytes, c[3].bytes, e.rowid)
		return c[0].null && c[1].text && c[2].text && c[3].text
	}}
	numbered := func(columns int) func(w *treeWalk, e *entry) bool { // an index of docs
		return func(w *treeWalk, e *entry) bool {
			c := &e.cols
			w.count(0, seed, c[0].bytes, c[1].bytes, c[2].number)
			return c[0].text && c[1].text && c[2].isNumber() && c[columns-1].isNumber() && c[columns-1].number == c[2].number
		}
	}
	owned := func(key, owner int) func(w *treeWalk, e *entry) bool { // keys, and their index
		return func(w *treeWalk, e *entry) bool {
			c := &e.cols
			w.count(0, seed, c[0].bytes, c[key].bytes, int64(maphash.Bytes(seed, c[owner].bytes)))
			return c[0].text && c[1].text && c[2].text
		}
	}
	byName := tree{kind: indexLeaf, columns: 3, unique: 2, add: numbered(3)}
	byState := tree{kind: indexLeaf, columns: 4, unique: 3, add: numbered(4)} // SQLite adds the row's number once more
	keys := tree{kind: indexLeaf, columns: 3, unique: 2, add: owned(1, 2)}
	byOwner := tree{kind: indexLeaf, columns: 3, unique: 3, add: owned(2, 1)}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(treesAtOnce)
	for name, t := range map[string]*tree{
		"docs": &docs, "sqlite_autoindex_docs_1": &byName, "docs_state": &byState, "keys": &keys, "keys_owner": &byOwner,
	} {
		if err := t.read(ctx, r.p, r.roots[name], g); err != nil {
			return errors.Join(fmt.Errorf("%s: %w", name, err), g.Wait())
		}
	}
	if err := g.Wait(); err != nil {
		return err
	}
	if docs.rows != byName.rows || docs.rows != byState.rows || docs.sums != [2]uint64{byName.sums[0], byState.sums[0]} {
		return fmt.Errorf("documents and their indexes: %w", errTree)
	}
	if keys.rows != byOwner.rows || keys.sums != byOwner.sums {
		return fmt.Errorf("keys and their index: %w", errTree)
	}
	return nil
}

// A tree is a table or an index as SQLite looks things up in it: from the root down,
// by what parts one page from the next.
type tree struct {
	kind    byte // of its leaves
	columns int  // of a row
	unique  int  // by how many columns the rows of an index are told apart
	add     func(w *treeWalk, e *entry) bool

	p        *pages
	followed atomic.Int64 // pages on which rows go on
	mu       sync.Mutex
	tally
}

// A tally says what rows a tree has, in whatever order they were read. Two that agree
// have the same rows, unless sums of 64 bits agree by chance.
type tally struct {
	rows int64
	sums [2]uint64
}

// An entry is a row, or what parts two pages, which in an index is a row as well.
type entry struct {
	rowid int64     // of a table
	cols  [4]column // the first ones
	child uint32    // of an inner page: where everything before it is
}

// read looks at the root, and has g read what is below.
func (t *tree) read(ctx context.Context, p *pages, root uint32, g *errgroup.Group) error {
	t.p = p
	w := &treeWalk{t: t}
	err := w.page(root, 0, nil, nil, func(child uint32, after, upTo *entry) error {
		g.Go(func() error {
			w := &treeWalk{t: t}
			if err := w.down(ctx, child, 1, after, upTo); err != nil {
				return err
			}
			t.take(w)
			return nil
		})
		return nil
	})
	t.take(w)
	return err
}

func (t *tree) take(w *treeWalk) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.rows += w.rows
	for i, s := range w.sums {
		t.sums[i] += s
	}
}

// order compares two entries by what the tree is ordered by.
func (t *tree) order(a, b *entry) int {
	if t.kind == tableLeaf {
		return cmp.Compare(a.rowid, b.rowid)
	}
	for i := range t.unique {
		x, y := &a.cols[i], &b.cols[i]
		if c := cmp.Or(bytes.Compare(x.bytes, y.bytes), cmp.Compare(x.number, y.number)); c != 0 {
			return c
		}
	}
	return 0
}

// A treeWalk reads a part of a tree.
type treeWalk struct {
	t       *tree
	pages   [maxDepth + 1][]byte // the way down to where it is
	leaf    [2]entry             // of a leaf: the one before, and this
	scratch []byte
	tally
}

// count adds what says which row it is.
func (w *treeWalk) count(i int, seed maphash.Seed, kind, name []byte, number int64) {
	w.scratch = binary.BigEndian.AppendUint64(w.scratch[:0], uint64(number))
	w.scratch = binary.AppendUvarint(w.scratch, uint64(len(kind)))
	w.scratch = append(append(w.scratch, kind...), name...)
	w.sums[i] += maphash.Bytes(seed, w.scratch)
}

func (w *treeWalk) down(ctx context.Context, n uint32, depth int, after, upTo *entry) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return w.page(n, depth, after, upTo, func(child uint32, after, upTo *entry) error {
		return w.down(ctx, child, depth+1, after, upTo)
	})
}

// page reads a page all of which comes after one entry and before, or with, another;
// nil is no such bound. It calls below for each page under it.
func (w *treeWalk) page(n uint32, depth int, after, upTo *entry, below func(child uint32, after, upTo *entry) error) error {
	if depth > maxDepth || n < 2 {
		return errTree
	}
	if w.pages[depth] == nil {
		w.pages[depth] = make([]byte, pageBytes)
	}
	page := w.pages[depth]
	if err := w.t.p.into(n, page); err != nil {
		return err
	}
	head, inner := 8, page[0] == w.t.kind-8 // as SQLite numbers them, a leaf is its inner page and eight
	if inner {
		head = 12
	}
	count := int(binary.BigEndian.Uint16(page[3:]))
	least := head + 2*count
	if page[0] != w.t.kind && !inner || count == 0 && (inner || depth > 0) || least > pageBytes {
		return errTree
	}
	for i := range count {
		e := &w.leaf[i%2]
		if inner {
			e = &entry{} // what is below is held against it
		}
		if !w.entry(page, int(binary.BigEndian.Uint16(page[head+2*i:])), least, e) || !w.fits(after, e, upTo, inner) {
			return errTree
		}
		if !inner || w.t.kind == indexLeaf {
			w.rows++
			if !w.t.add(w, e) {
				return errTree
			}
		}
		if inner {
			if err := below(e.child, after, e); err != nil {
				return err
			}
		}
		after = e
	}
	if inner {
		return below(binary.BigEndian.Uint32(page[8:]), after, upTo)
	}
	return nil
}

// fits reports whether an entry stands where it would be looked for.
func (w *treeWalk) fits(after, e, upTo *entry, inner bool) bool {
	if after != nil && w.t.order(after, e) >= 0 {
		return false
	}
	if upTo == nil {
		return true
	}
	c := w.t.order(e, upTo)
	return c < 0 || c == 0 && !inner && w.t.kind == tableLeaf // a table's page ends with the row that parts it from the next
}

// entry reads what stands at a place of a page; nothing stands before least.
func (w *treeWalk) entry(page []byte, at, least int, e *entry) bool {
	if at < least || at+4 > len(page) {
		return false
	}
	kind, b := page[0], page[at:]
	e.child = 0
	if kind != w.t.kind {
		e.child, b = binary.BigEndian.Uint32(b), b[4:]
	}
	var size int64
	var n int
	if kind != tableInner {
		if size, n = varint(b); n == 0 || size < 0 {
			return false
		}
		b = b[n:]
	}
	if w.t.kind == tableLeaf {
		if e.rowid, n = varint(b); n == 0 {
			return false
		}
		b = b[n:]
	}
	if kind == tableInner {
		return true
	}
	return w.row(kind, size, b, e)
}

// maxFront bounds how much of a row is read for its first columns. No key that the
// station makes comes near it; what a longer one is, SQLite says.
const maxFront = 64 << 10

// row reads the first columns of a row, and where that goes on on further pages, no more
// of them than those columns need. Nor are more of them read than the file has: each
// belongs to one row.
func (w *treeWalk) row(kind byte, size int64, b []byte, e *entry) bool {
	cols := e.cols[:min(w.t.columns, len(e.cols))]
	local := localBytes(kind, size)
	if int64(len(b)) < local {
		return false
	}
	columns, ok := front(b[:local], size, cols)
	if ok || local == size {
		return ok && columns == w.t.columns
	}
	if int64(len(b)) < local+4 {
		return false
	}
	row, next := bytes.Clone(b[:local]), binary.BigEndian.Uint32(b[local:])
	for int64(len(row)) < min(size, maxFront) {
		if w.t.followed.Add(1) > int64(w.t.p.count) {
			return false
		}
		page, err := w.t.p.page(next)
		if err != nil {
			return false
		}
		next = binary.BigEndian.Uint32(page)
		row = append(row, page[4:4+min(pageBytes-4, size-int64(len(row)))]...)
		if columns, ok := front(row, size, cols); ok {
			return columns == w.t.columns
		}
	}
	return false
}

// front reads the first columns of a row of so many bytes, of which it has the first,
// and returns how many columns there are; not ok where that is no such row, or what it
// has is not enough.
func front(row []byte, size int64, cols []column) (columns int, ok bool) {
	head, n := varint(row)
	if n == 0 || head < int64(n) || head > int64(len(row)) {
		return 0, false
	}
	types, body, rest := row[n:head], row[head:], size-head
	for ; len(types) > 0; columns++ {
		t, n := varint(types)
		if n == 0 || columns > len(cols) { // no row of a journal's has so many
			return 0, false
		}
		types = types[n:]
		if columns >= len(cols) {
			rest -= valueBytes(t)
			continue
		}
		c, used := value(t, body)
		if used < 0 {
			return 0, false
		}
		cols[columns], body, rest = c, body[used:], rest-int64(used)
	}
	return columns, rest == 0
}

// valueBytes returns how many bytes a column of a type takes.
func valueBytes(t int64) int64 {
	switch {
	case t >= 12:
		return (t - 12) / 2
	case t > 0 && t < 7:
		return int64([...]int{0, 1, 2, 3, 4, 6, 8}[t])
	}
	return 0
}

// isNumber reports whether a column holds one.
func (c *column) isNumber() bool { return !c.text && !c.null && c.bytes == nil }

// into reads a page as it was committed last.
func (p *pages) into(n uint32, b []byte) error {
	if at, ok := p.inLog[n]; ok {
		_, err := p.log.ReadAt(b, at)
		return err
	}
	if n == 0 || n > p.count {
		return errBeyond
	}
	_, err := p.db.ReadAt(b, int64(n-1)*pageBytes)
	return err
}
