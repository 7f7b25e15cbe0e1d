package journal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"waybill/internal/atomicfile"
	"waybill/internal/fault"
	"waybill/shipment"
	"waybill/sync/wire"
)

// A Salvage is what became of a damaged journal: what a new one was built from, and
// what is missing in it. The journal keeps it, and Verify knows of it.
type Salvage struct {
	At        time.Time          `json:"at"`
	Station   shipment.StationID `json:"station"`
	Cause     string             `json:"cause"`     // what was wrong
	SetAside  string             `json:"set_aside"` // where the damaged file is
	Epoch     int64              `json:"epoch"`     // that begins with the new journal
	Events    int64              `json:"events"`    // kept, each proved by its hash
	Documents int64              `json:"documents"` // kept

	// Missing are the events that were recorded and are not there any more, as far as
	// that can be told. What came after Last cannot: nobody else may have heard of it.
	Missing []wire.Range  `json:"missing,omitempty"`
	Last    wire.Position `json:"last"`

	// Lost are documents that were there and cannot be read, the first ones by name.
	// Where not Whole, there may be others.
	Lost      []Document `json:"lost,omitempty"`
	LostCount int64      `json:"lost_documents,omitempty"`
	Whole     bool       `json:"whole"` // every document could be read
}

// A Document names a document.
type Document struct {
	Kind Kind   `json:"kind"`
	ID   string `json:"id"`
}

// maxListed bounds what is named of a journal that has lost much.
const maxListed = 1000

// The names that a rebuilt journal has on its way: unfinished, then complete and
// waiting for its place.
const (
	salvagingSuffix = ".salvaging"
	salvagedSuffix  = ".salvaged"
	damagedSuffix   = ".damaged-"
)

// OpenSalvaging opens the journal as Open does. One that is damaged is set aside
// under a name of its own, never to be deleted by us, and a new one is built from
// what can still be read, with what is missing named. It begins an epoch of its own,
// so that no sequence is used twice, and has no cursors: what the hub has counts
// once there. A damaged file in which nothing of this station can be read is left as
// it is, and the error says so.
//
// What it returns of a salvage is nil where none was made.
func OpenSalvaging(ctx context.Context, o Options) (*Journal, *Salvage, error) {
	j, err := Open(ctx, o)
	if !errors.Is(err, ErrDamaged) {
		return j, nil, err
	}
	s, failed := salvage(ctx, o.withDefaults(), err)
	if failed != nil {
		return nil, nil, errors.Join(err, fmt.Errorf("it could not be rebuilt either: %w", failed))
	}
	j, err = Open(ctx, o)
	return j, s, err
}

// salvage puts a new journal in the place of the damaged one.
func salvage(ctx context.Context, o Options, cause error) (_ *Salvage, err error) {
	l, err := lock(o.Path, "station "+string(o.Station))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	r, closed, err := readRemains(o.Path, o.Station)
	if err != nil {
		return nil, err
	}
	if v := r.version(); v > uint32(len(migrations)) {
		return nil, errors.Join(refuseNewer("journal "+o.Path, int(v), len(migrations)), closed())
	}
	if station := r.meta("station"); station != "" && station != string(o.Station) {
		return nil, errors.Join(anothers("journal "+o.Path, station, string(o.Station)), closed())
	}
	s := &Salvage{At: o.Now().UTC().Truncate(time.Second), Station: o.Station, Cause: cause.Error()}
	s.SetAside = o.Path + damagedSuffix + s.At.Format("20060102T150405Z")
	err = errors.Join(rebuild(ctx, o, r, s), closed())
	if err != nil {
		return nil, err
	}
	return s, finishSalvage(o.Path)
}

// rebuild makes the new journal, complete and durable, beside the damaged one.
func rebuild(ctx context.Context, o Options, r *remains, s *Salvage) (err error) {
	path := o.Path + salvagingSuffix
	if err := removeJournal(path); err != nil { // of a salvage that was cut short
		return err
	}
	if err := create(path); err != nil {
		return err
	}
	w, err := openWriter(ctx, Options{Path: path})
	if err != nil {
		return err
	}
	b := &builder{w: w, r: r, s: s, perishable: o.Perishable}
	err = b.build(ctx, o)
	if err = errors.Join(err, w.close()); err != nil {
		return errors.Join(err, removeJournal(path))
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(path, o.Path+salvagedSuffix); err != nil {
		return err
	}
	return atomicfile.SyncDir(filepath.Dir(path))
}

// finishSalvage sets the damaged file aside and puts the rebuilt one, if there is
// one, in its place. Wherever it is cut short, the next call goes on: until the last
// step, the rebuilt one stands under its own name, and no journal is begun anew.
func finishSalvage(path string) error {
	rebuilt := path + salvagedSuffix
	if _, err := os.Stat(rebuilt); errors.Is(err, os.ErrNotExist) {
		return nil
	} else if err != nil {
		return fmt.Errorf("rebuilt journal: %w", err)
	}
	s, err := readSalvage(rebuilt)
	if err != nil {
		return fmt.Errorf("rebuilt journal %s: %w", rebuilt, err)
	}
	aside := filepath.Join(filepath.Dir(path), filepath.Base(s.SetAside)) // the folder may have moved meanwhile
	if err := removeLog(rebuilt); err != nil {                            // empty; reading it has made it
		return fmt.Errorf("rebuilt journal: %w", err)
	}
	for _, part := range []string{"", "-wal"} {
		if err := os.Rename(path+part, aside+part); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("damaged journal: %w", err)
		}
	}
	if err := os.Remove(path + "-shm"); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("damaged journal: %w", err)
	}
	if err := atomicfile.SyncDir(filepath.Dir(path)); err != nil {
		return err
	}
	if err := os.Rename(rebuilt, path); err != nil {
		return fmt.Errorf("rebuilt journal: %w", err)
	}
	return atomicfile.SyncDir(filepath.Dir(path))
}

// removeJournal removes a journal that never was one.
func removeJournal(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return removeLog(path)
}

// removeLog removes what SQLite keeps beside a journal that nobody has open and whose
// log holds nothing.
func removeLog(path string) error {
	for _, part := range []string{"-wal", "-shm"} {
		if err := os.Remove(path + part); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}

// A builder puts what was found into a new journal.
type builder struct {
	w *writer
	r *remains
	s *Salvage
	n int // rows of the transaction under way

	perishable []Kind
	gone       int64 // the last place of what was deleted for its age, and may still stand in a free part of the file
}

func (b *builder) build(ctx context.Context, o Options) error {
	if err := migrate(ctx, b.w.on.conn, o.Path+salvagingSuffix); err != nil {
		return err
	}
	if err := b.w.run(beginWriting); err != nil {
		return err
	}
	for _, step := range []func() error{b.begins, b.events, b.documents, b.missing} {
		if err := step(); err != nil {
			return err
		}
	}
	if b.s.Events+b.s.Documents == 0 {
		return &fault.Error{
			Op: "journal " + o.Path, Kind: fault.Permanent, Err: errors.New("nothing of it can be read"),
			Hint: "Restore a backup with 'waybill journal restore'. Without one, move the file away: the station then begins a new history, in an epoch that you set by 'waybill journal new-epoch'.",
		}
	}
	told, err := json.Marshal(b.s)
	if err != nil {
		return err
	}
	for key, value := range map[string]string{
		"station": string(o.Station), "epoch": strconv.FormatInt(b.s.Epoch, 10), salvageKey(b.s.Epoch): string(told),
	} {
		if _, err := b.w.exec("INSERT INTO meta (key, value) VALUES (?, ?)", key, value); err != nil {
			return err
		}
	}
	if err := b.earlier(); err != nil {
		return err
	}
	if err := b.w.run("COMMIT"); err != nil {
		return err
	}
	if err := check(ctx, b.w.on.conn, o.Path+salvagingSuffix, "integrity_check"); err != nil {
		return err
	}
	return b.w.run("PRAGMA wal_checkpoint(TRUNCATE)")
}

// salvageKey is where the journal keeps what became of the salvage that began an epoch.
func salvageKey(epoch int64) string { return "salvage:" + strconv.FormatInt(epoch, 10) }

// begins carries over where the kept history begins, and what purges have left.
func (b *builder) begins() (err error) {
	exec := func(query string, args ...any) {
		if err == nil {
			_, err = b.w.exec(query, args...)
		}
	}
	b.r.rows("anchors", 3, func(epoch int64, cols []column) {
		b.gone = max(b.gone, place(wire.Position{Epoch: epoch, Sequence: cols[1].number}))
		exec("INSERT INTO anchors (epoch, sequence, hash) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", epoch, cols[1].number, string(cols[2].bytes))
	})
	b.r.rows("purges", 4, func(last int64, cols []column) {
		exec("INSERT INTO purges (last, first, events, digest) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", last, cols[1].number, cols[2].number, string(cols[3].bytes))
	})
	return err
}

// earlier carries over what is known of salvages before this one.
func (b *builder) earlier() (err error) {
	b.r.rows("meta", 2, func(_ int64, cols []column) {
		key, value := string(cols[0].bytes), string(cols[1].bytes)
		if err != nil || !strings.HasPrefix(key, "salvage:") || !json.Valid([]byte(value)) {
			return
		}
		_, err = b.w.exec("INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT DO NOTHING", key, value)
	})
	return err
}

// row counts a row and commits now and then.
func (b *builder) row() error {
	if b.n++; b.n%5000 != 0 {
		return nil
	}
	return errors.Join(b.w.run("COMMIT"), b.w.run(beginWriting))
}

func (b *builder) events() (err error) {
	add := func(e eventRow) error {
		if place(e.at) <= b.gone {
			return nil
		}
		onConflict := "NOTHING"
		if wire.Hash(e.raw) != e.at.Hash { // what it was before it was purged may have been found, too
			onConflict = "UPDATE SET raw = excluded.raw WHERE hash = excluded.hash"
		}
		res, err := b.w.exec(`INSERT INTO events (place, id, type, subject, time_ms, hash, raw) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO `+onConflict,
			place(e.at), e.id, e.typ, e.subject, e.millis, e.at.Hash, e.raw)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return err
		}
		return b.row()
	}
	if err := b.r.events(add); err != nil {
		return err
	}
	defer func() { // what was found twice counts once
		if err == nil {
			_, err = (&ReadTx{s: b.w, op: "rebuilt journal"}).one("SELECT count(*) FROM events", nil, &b.s.Events)
		}
	}()
	var failed error
	tx := &ReadTx{s: b.w, op: "rebuilt journal"}
	for _, e := range b.r.proved(func(place int64) string {
		var raw []byte
		var env wire.Envelope
		found, err := tx.one("SELECT raw FROM events WHERE place = ?", []any{place}, &raw)
		if failed = errors.Join(failed, err); !found || json.Unmarshal(raw, &env) != nil {
			return ""
		}
		return env.PrevHash
	}) {
		failed = errors.Join(failed, add(e))
	}
	return failed
}

func (b *builder) documents() error {
	var failed error
	exec := func(query string, args ...any) int64 {
		if failed != nil {
			return 0
		}
		res, err := b.w.exec(query, args...)
		if failed = err; err != nil {
			return 0
		}
		n, err := res.RowsAffected()
		failed = errors.Join(err, b.row())
		return n
	}
	b.s.Whole = b.r.docs(func(position int64, kind, id, state string, doc []byte) {
		if slices.Contains(b.perishable, Kind(kind)) {
			return
		}
		b.s.Documents += exec("INSERT INTO docs (position, kind, id, state, doc) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING", position, kind, id, state, doc)
	})
	b.r.keys(func(kind, key, id string) {
		exec("INSERT INTO keys (kind, key, id) SELECT ?1, ?2, ?3 WHERE EXISTS (SELECT 1 FROM docs WHERE kind = ?1 AND id = ?3) ON CONFLICT DO NOTHING", kind, key, id)
	})
	tx := &ReadTx{s: b.w, op: "rebuilt journal"}
	named := b.r.names(func(kind, id string) {
		var one int
		found, err := tx.one("SELECT 1 FROM docs WHERE kind = ? AND id = ?", []any{kind, id}, &one)
		failed = errors.Join(failed, err)
		if found || slices.Contains(b.perishable, Kind(kind)) {
			return
		}
		if b.s.LostCount++; b.s.LostCount <= maxListed {
			b.s.Lost = append(b.s.Lost, Document{Kind(kind), id})
		}
	})
	b.s.Whole = b.s.Whole && named && b.s.LostCount == 0
	return failed
}
