package journal

import (
	"slices"
	"strings"

	"waybill/sync/wire"
)

// pending is what the changes of one transaction have added. It waits in memory
// until the commit, or until somebody looks for it in the database: what many
// changes append is written at once, and a document that many of them put is
// written once. Running a statement costs more than the row it writes.
type pending struct {
	events   []eventRow
	eventsIn int // how many of them are in the database
	docs     []docRow
	docsIn   int
	last     map[docID]int // where in docs a document was put last
	bytes    int           // of what is not in the database
}

// An eventRow is an event on its way into its table.
type eventRow struct {
	at      wire.Position
	id      string
	typ     string
	subject string
	millis  int64
	raw     []byte
}

type docID struct {
	kind Kind
	id   string
}

// A docRow is a document on its way into its table. It has no keys.
type docRow struct {
	docID
	state  string
	raw    []byte
	before int // where in docs it was put before; -1: it was not
}

// A mark is a moment in a transaction.
type mark struct{ events, eventsIn, docs, docsIn, bytes int }

func (p *pending) mark() mark { return mark{len(p.events), p.eventsIn, len(p.docs), p.docsIn, p.bytes} }

// backTo forgets what was added after m, and where undone what was written after
// it.
func (p *pending) backTo(m mark, undone bool) {
	for _, d := range slices.Backward(p.docs[m.docs:]) {
		if d.before < 0 {
			delete(p.last, d.docID)
		} else {
			p.last[d.docID] = d.before
		}
	}
	p.events, p.docs, p.bytes = p.events[:m.events], p.docs[:m.docs], m.bytes
	if undone {
		p.eventsIn, p.docsIn = m.eventsIn, m.docsIn
	}
}

func (p *pending) reset() {
	clear(p.events) // lets go of the bytes
	clear(p.docs)
	if p.last == nil {
		p.last = map[docID]int{}
	}
	clear(p.last)
	*p = pending{events: p.events[:0], docs: p.docs[:0], last: p.last}
}

// The most that waits in memory.
const (
	maxPending      = 1024
	maxPendingBytes = 1 << 20
)

func (p *pending) large() bool {
	return len(p.events)-p.eventsIn+len(p.docs)-p.docsIn >= maxPending || p.bytes >= maxPendingBytes
}

func (p *pending) append(e eventRow) {
	p.events = append(p.events, e)
	p.bytes += len(e.raw)
}

func (p *pending) put(d docRow) {
	d.before = -1
	if at, there := p.last[d.docID]; there {
		d.before = at
	}
	p.last[d.docID] = len(p.docs)
	p.docs = append(p.docs, d)
	p.bytes += len(d.raw)
}

// doc returns a document that the transaction has put.
func (p *pending) doc(id docID) ([]byte, bool) {
	at, there := p.last[id]
	if !there {
		return nil, false
	}
	return p.docs[at].raw, true
}

// recent are documents as the last transactions left them, of kinds that know no
// keys: what is written again and again is read from here. Nobody else writes the
// file, and a writer whose commit has failed is given up together with these.
type recent map[docID][]byte

// What is remembered: some documents, and no long ones.
const (
	maxRecent      = 256
	maxRecentBytes = 4096
)

// keep remembers what a transaction that is on disk has put.
func (r recent) keep(p *pending) {
	if len(r)+len(p.last) > maxRecent {
		clear(r)
	}
	for id, at := range p.last {
		if raw := p.docs[at].raw; len(raw) <= maxRecentBytes && len(r) < maxRecent {
			r[id] = raw
		} else {
			delete(r, id)
		}
	}
}

// holds reports whether a document of that kind waits.
func (p *pending) holds(kind Kind) bool {
	return slices.ContainsFunc(p.docs[p.docsIn:], func(d docRow) bool { return d.kind == kind })
}

// hasEvent reports whether an event with that ID waits.
func (p *pending) hasEvent(id string) bool {
	return slices.ContainsFunc(p.events[p.eventsIn:], func(e eventRow) bool { return e.id == id })
}

// rowsAtOnce are how many events one statement writes, most first.
var rowsAtOnce = [...]int{32, 8, 1}

// settle writes what waits.
func (w *writer) settle() error {
	p := &w.pending
	first := p.docsIn
	for _, d := range p.docs[first:] {
		if d.before >= first {
			continue // written already, as it was put last
		}
		now := p.docs[p.last[d.docID]]
		if err := putDoc(w, now.docID, now.state, now.raw); err != nil {
			return err
		}
	}
	p.docsIn = len(p.docs)
	var args []any
	for p.eventsIn < len(p.events) {
		left := p.events[p.eventsIn:]
		n := rowsAtOnce[slices.IndexFunc(rowsAtOnce[:], func(n int) bool { return n <= len(left) })]
		args = args[:0]
		for _, e := range left[:n] {
			args = append(args, place(e.at), e.id, e.typ, e.subject, e.millis, e.at.Hash, e.raw)
		}
		if _, err := w.exec(insertEvents(n), args...); err != nil {
			return err
		}
		p.eventsIn += n
	}
	p.bytes = 0
	return nil
}

func insertEvents(n int) string {
	const row = ", (?, ?, ?, ?, ?, ?, ?)"
	return "INSERT INTO events (place, id, type, subject, time_ms, hash, raw) VALUES " + strings.Repeat(row, n)[len(", "):]
}
