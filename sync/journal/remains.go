package journal

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"os"
	"time"

	"waybill/shipment"
	"waybill/sync/wire"
)

// remains is what can still be read of a damaged journal.
//
// Events are looked for on every page, in use or not, and in the log: each proves
// itself by its hash, and one that was recorded stays true for ever. A document
// proves nothing, and an older version of it is wrong; so documents are taken only
// from where the file's own structure says that they stand now.
type remains struct {
	p       *pages
	roots   map[string]uint32
	station shipment.StationID

	doubtful []doubtful
}

// doubtful is an event whose bytes and recorded hash do not agree. The event after
// it may tell which of the two is damaged.
type doubtful struct {
	place int64
	raw   []byte
}

// maxDoubtful bounds what is remembered of a file that is damaged all over.
const maxDoubtful = 1000

// usualRoots are where the tables of a journal stand that SQLite has made by our
// migrations, for a file that does not tell any more. A copy by VACUUM has others,
// and what is found there is then none of their rows.
var usualRoots = map[string]uint32{
	"meta": 2, "events": 3, "docs": 6, "sqlite_autoindex_docs_1": 7, "keys": 9, "keys_owner": 10, "cursors": 11,
}

// readRemains looks at the journal at path. What it returns is to be closed.
func readRemains(path string, station shipment.StationID) (_ *remains, closed func() error, err error) {
	db, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	closed = db.Close
	info, err := db.Stat()
	if err != nil {
		return nil, nil, errors.Join(err, closed())
	}
	var log io.ReaderAt
	var logSize int64
	if f, err := os.Open(path + "-wal"); err == nil {
		log, closed = f, func() error { return errors.Join(db.Close(), f.Close()) }
		if info, err := f.Stat(); err == nil {
			logSize = info.Size()
		}
	} else if !errors.Is(err, os.ErrNotExist) {
		return nil, nil, errors.Join(err, closed())
	}
	r := newRemains(readPages(db, info.Size(), log, logSize), station)
	return r, closed, nil
}

func newRemains(p *pages, station shipment.StationID) *remains {
	r := &remains{p: p, station: station, roots: map[string]uint32{}}
	p.walk(1, func(c cell) {
		if cols := record(c.payload); len(cols) == 5 && cols[1].text && cols[3].number > 0 && cols[3].number <= int64(p.count) {
			r.roots[string(cols[1].bytes)] = uint32(cols[3].number)
		}
	})
	for name, root := range usualRoots {
		if r.roots[name] == 0 {
			r.roots[name] = root
		}
	}
	return r
}

// rows calls each for the rows of a table or an index that have so many columns.
func (r *remains) rows(name string, columns int, each func(rowid int64, cols []column)) (whole bool) {
	fit := true
	whole = r.p.walk(r.roots[name], func(c cell) {
		if cols := record(c.payload); len(cols) == columns {
			each(c.rowid, cols)
		} else {
			fit = false
		}
	})
	return whole && fit
}

// events calls each for every event that can be found. One may come more than once.
func (r *remains) events(each func(e eventRow) error) error {
	for n := uint32(1); n <= r.p.count; n++ {
		page, err := r.p.page(n)
		if err != nil {
			continue
		}
		if err := r.eventsOn(n, page, each); err != nil {
			return err
		}
		if _, newer := r.p.inLog[n]; !newer {
			continue
		}
		if page, err = readAt(r.p.db, int64(n-1)*pageBytes); err == nil { // as it was before
			if err := r.eventsOn(n, page, each); err != nil {
				return err
			}
		}
	}
	for _, at := range r.p.loose {
		page, err := readAt(r.p.log, at)
		if err != nil {
			continue
		}
		if err := r.eventsOn(0, page, each); err != nil {
			return err
		}
	}
	return nil
}

func (r *remains) eventsOn(n uint32, page []byte, each func(e eventRow) error) error {
	kind, found, whole := r.p.cells(n, page)
	if kind == tableLeaf {
		for _, c := range found {
			cols := record(c.payload)
			if len(cols) != 7 || !cols[5].text || cols[6].text {
				continue
			}
			e, ok := r.event(cols[6].bytes, string(cols[5].bytes))
			switch {
			case ok:
				if err := each(e); err != nil {
					return err
				}
			case len(r.doubtful) < maxDoubtful:
				r.doubtful = append(r.doubtful, doubtful{c.rowid, bytes.Clone(cols[6].bytes)})
			}
		}
		if whole {
			return nil
		}
	}
	return r.sweep(page, each)
}

// sweep finds events in the bytes of a page that is no page any more: a row has its
// hash right before the event's bytes.
func (r *remains) sweep(page []byte, each func(e eventRow) error) error {
	const hashSize = 64
	begin := []byte(`{"specversion":`)
	for at := 0; ; at++ {
		next := bytes.Index(page[at:], begin)
		if next < 0 {
			return nil
		}
		at += next
		if at < hashSize {
			continue
		}
		var raw json.RawMessage
		if err := json.NewDecoder(bytes.NewReader(page[at:])).Decode(&raw); err != nil {
			continue // it goes on elsewhere, or its bytes are damaged
		}
		if e, ok := r.event(raw, string(page[at-hashSize:at])); ok {
			if err := each(e); err != nil {
				return err
			}
		}
	}
}

// event returns the event whose bytes have that hash. Of a purged one, the row and
// the bytes must agree on the hash it had; Verify holds what is left of it against
// what the purge left.
func (r *remains) event(raw []byte, hash string) (eventRow, bool) {
	var env wire.Envelope
	sound := wire.Hash(raw) == hash
	if !sound && !bytes.Contains(raw, []byte(hash)) { // nor purged
		return eventRow{}, false
	}
	if err := json.Unmarshal(raw, &env); err != nil || !sound && env.Purged != hash || env.Check() != nil || env.Station() != r.station {
		return eventRow{}, false
	}
	typ, ok := env.EventType()
	if !ok || env.Epoch > maxEpoch || env.Sequence >= 1<<sequenceBits {
		return eventRow{}, false
	}
	return eventRow{
		at: wire.Position{Epoch: env.Epoch, Sequence: env.Sequence, Hash: hash},
		id: env.ID, typ: string(typ), subject: env.Subject, millis: time.Time(env.Time).UnixMilli(), raw: bytes.Clone(raw),
	}, true
}

// proved returns the doubtful events that the event after them vouches for; prev
// returns what an event says of the one before, empty where there is none.
func (r *remains) proved(prev func(place int64) string) []eventRow {
	var found []eventRow
	for _, d := range r.doubtful {
		hash := wire.Hash(d.raw)
		if e, ok := r.event(d.raw, hash); ok && place(e.at) == d.place && prev(d.place+1) == hash {
			found = append(found, e)
		}
	}
	return found
}

// docs calls each for every document that stands where the file says, and returns
// whether that is all of them.
func (r *remains) docs(each func(position int64, kind, id, state string, doc []byte)) (whole bool) {
	whole = true
	walked := r.rows("docs", 5, func(position int64, cols []column) {
		if !cols[1].text || !cols[2].text || !cols[3].text || !json.Valid(cols[4].bytes) {
			whole = false
			return
		}
		each(position, string(cols[1].bytes), string(cols[2].bytes), string(cols[3].bytes), cols[4].bytes)
	})
	return whole && walked
}

// names calls each for every document that the index of their names knows.
func (r *remains) names(each func(kind, id string)) (whole bool) {
	return r.rows("sqlite_autoindex_docs_1", 3, func(_ int64, cols []column) {
		if cols[0].text && cols[1].text {
			each(string(cols[0].bytes), string(cols[1].bytes))
		}
	})
}

// keys calls each for every key, which both the table and its index have.
func (r *remains) keys(each func(kind, key, id string)) {
	r.rows("keys", 3, func(_ int64, cols []column) {
		each(string(cols[0].bytes), string(cols[1].bytes), string(cols[2].bytes))
	})
	r.rows("keys_owner", 3, func(_ int64, cols []column) {
		each(string(cols[0].bytes), string(cols[2].bytes), string(cols[1].bytes))
	})
}

// meta returns what the journal says of itself under a name.
func (r *remains) meta(name string) (value string) {
	r.rows("meta", 2, func(_ int64, cols []column) {
		if string(cols[0].bytes) == name {
			value = string(cols[1].bytes)
		}
	})
	return value
}

// acknowledged returns the last place that any upstream has dealt with.
func (r *remains) acknowledged() (last int64) {
	r.rows("cursors", 3, func(_ int64, cols []column) { last = max(last, cols[1].number) })
	return last
}

// version returns the schema that the file says it has.
func (r *remains) version() uint32 {
	page, err := r.p.page(1)
	if err != nil {
		return 0
	}
	return binary.BigEndian.Uint32(page[60:])
}
