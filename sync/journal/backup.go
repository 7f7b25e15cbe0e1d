package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"waybill/internal/atomicfile"
	"waybill/internal/fault"
	"waybill/shipment"
	"waybill/sync/wire"
)

// backUp keeps the journal at path, whose schema is of an older version, in a file of
// its own before that changes: whole or not at all, and durable before it returns.
// What stands there is of an update that was begun and not finished.
func backUp(ctx context.Context, conn *sql.Conn, path string, version int) error {
	kept := fmt.Sprintf("%s.schema-%d", path, version)
	return copyTo(ctx, conn, fmt.Sprintf("copy of journal %s before its update", path), kept, nil)
}

// copyTo writes what conn sees of its journal, one moment of it, to a file: whole or
// not at all, and durable before it returns. prove, if not nil, looks at the copy
// before it gets its name.
func copyTo(ctx context.Context, conn *sql.Conn, op, kept string, prove func(partial string) error) (err error) {
	partial := kept + ".partial"
	// SQLite writes into an empty file, and so into one that only this account may read.
	f, err := os.OpenFile(partial, os.O_CREATE|os.O_TRUNC|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	defer func() {
		if err != nil {
			_ = removeJournal(partial) // the first error is the one to tell; the next copy writes over it
		}
	}()
	if err := f.Close(); err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	if _, err := conn.ExecContext(ctx, "VACUUM INTO ?", partial); err != nil {
		return classify(op, err)
	}
	if err := syncFile(partial); err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	if prove != nil {
		if err := prove(partial); err != nil {
			return fmt.Errorf("%s: %w", op, err)
		}
	}
	if err := os.Rename(partial, kept); err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	if err := atomicfile.SyncDir(filepath.Dir(kept)); err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	return nil
}

func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// A Backup is what a copy of a journal holds.
type Backup struct {
	Path      string             `json:"path"`
	Station   shipment.StationID `json:"station"`
	Events    int64              `json:"events"`
	Documents int64              `json:"documents"`
	Head      wire.Position      `json:"head"` // of the last event in it
	Hash      string             `json:"hash"` // the last event's
}

// Backup copies the journal at path as it is at one moment to the file out, beside a
// running station or without one. The copy is read back, each event of it, before it
// gets its name, and is durable when Backup returns. A file that is there already is
// left as it is.
//
// It holds what the journal holds, names and addresses too.
func (r *Reader) Backup(ctx context.Context, out string) (Backup, error) {
	b := Backup{Path: out, Station: r.station}
	if err := vacant("backup "+out, out); err != nil {
		return b, err
	}
	// A connection of its own: the others may only ask.
	db, err := openToRead(r.path, 1)
	if err != nil {
		return b, err
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		return b, errors.Join(classify("journal "+r.path, err), db.Close())
	}
	if _, err := conn.ExecContext(ctx, "PRAGMA query_only = 0"); err != nil {
		return b, errors.Join(classify("journal "+r.path, err), conn.Close(), db.Close())
	}
	err = copyTo(ctx, conn, "backup of journal "+r.path, out, func(partial string) error { return b.prove(ctx, partial) })
	return b, errors.Join(err, conn.Close(), db.Close())
}

// vacant refuses a name that something has.
func vacant(op string, paths ...string) error {
	for _, path := range paths {
		if _, err := os.Lstat(path); err == nil {
			return &fault.Error{
				Op: op, Kind: fault.Conflict, Err: fmt.Errorf("%s is there already", path),
				Hint: "Nothing is written over: name another file, or move this one away first.",
			}
		} else if !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("%s: %w", op, err)
		}
	}
	return nil
}

// prove reads a copy back.
func (b *Backup) prove(ctx context.Context, path string) error {
	db, err := openToRead(path, readers)
	if err != nil {
		return err
	}
	r := newReader(path, db)
	r.station = b.Station
	rep, err := r.Verify(ctx)
	if err == nil {
		err = r.View(ctx, func(tx *ReadTx) error {
			_, err := tx.one("SELECT count(*) FROM docs", nil, &b.Documents)
			return err
		})
	}
	if err = errors.Join(err, r.Close()); err != nil {
		return err
	}
	b.Events, b.Hash = rep.Events, rep.Hash
	b.Head = wire.Position{Epoch: rep.Epoch, Sequence: rep.Sequence, Hash: rep.Hash}
	for _, p := range rep.Problems {
		if p.Code != "lost" { // which is told, and no fault of the copy
			return damaged("copy "+path, fmt.Errorf("sequence %d of epoch %d: %s", p.Sequence, p.Epoch, p.Message))
		}
	}
	return nil
}

// Restore puts the copy at from in the place of a journal that is not there, and
// begins an epoch in it: what was recorded since the copy was made stands elsewhere
// under the sequences that would come next. It is at least the epoch least, which
// should be later than any that has been used, and always later than the copy's own.
// Perishable documents go.
// Until Restore returns there is no journal, and the copy stays as it was.
//
// Where no station is named, the copy says whose it is.
func Restore(ctx context.Context, from string, o Options, least int64) (_ Restored, err error) {
	o = o.withDefaults()
	op := "restore of journal " + o.Path
	if err := makeFolder(o.Path); err != nil {
		return Restored{}, err
	}
	l, err := lock(o.Path, op)
	if err != nil {
		return Restored{}, err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	if err := vacant(op, o.Path, o.Path+"-wal", o.Path+salvagedSuffix); err != nil {
		return Restored{}, err
	}
	partial := o.Path + ".restoring"
	if err := removeJournal(partial); err != nil { // of a restore that was cut short
		return Restored{}, fmt.Errorf("%s: %w", op, err)
	}
	if err := copyFile(from, partial); err != nil {
		return Restored{}, fmt.Errorf("%s: %w", op, err)
	}
	done, err := o.begin(ctx, partial, least)
	if err == nil {
		err = syncFile(partial)
	}
	if err != nil {
		return Restored{}, errors.Join(fmt.Errorf("%s: %w", op, err), removeJournal(partial))
	}
	if err := errors.Join(removeLog(partial), os.Rename(partial, o.Path), atomicfile.SyncDir(filepath.Dir(o.Path))); err != nil {
		return Restored{}, fmt.Errorf("%s: %w", op, err)
	}
	return done, nil
}

// Restored is what came of a restore.
type Restored struct {
	Backup       // what the copy held
	Began  Epoch // in what is the journal now
}

// begin opens the copy at path, which is brought up to date, verified and given its
// new epoch.
func (o Options) begin(ctx context.Context, path string, least int64) (done Restored, err error) {
	o.Path, o.Reserve = path, 0
	if o.Station == "" {
		if o.Station, err = ownerOf(ctx, path); err != nil {
			return done, err
		}
	}
	j, err := Open(ctx, o)
	if err != nil {
		return done, err
	}
	done.Backup = Backup{Path: path, Station: o.Station}
	if err = done.prove(ctx, path); err == nil {
		done.Began, err = j.beginAtLeast(ctx, least, o.Perishable)
	}
	err = errors.Join(err, j.Close(), os.Remove(path+".lock"))
	older, _ := filepath.Glob(path + ".schema-*") // what an update has kept: from, which stays, is the same
	for _, kept := range older {
		err = errors.Join(err, os.Remove(kept))
	}
	return done, err
}

// beginAtLeast begins the next epoch, or a later one.
func (j *Journal) beginAtLeast(ctx context.Context, least int64, drop []Kind) (Epoch, error) {
	head, err := j.Head(ctx)
	if err != nil {
		return Epoch{}, err
	}
	return j.NewEpoch(ctx, max(least, head.Epoch+1), drop...)
}

// ownerOf returns whose journal a copy is.
func ownerOf(ctx context.Context, path string) (shipment.StationID, error) {
	db, err := openToRead(path, readers)
	if err != nil {
		return "", err
	}
	r := newReader(path, db)
	var owner string
	err = r.View(ctx, func(tx *ReadTx) error {
		owner, err = tx.meta("station")
		return err
	})
	return shipment.StationID(owner), errors.Join(err, r.Close())
}

// copyFile copies a file that nobody writes, with its log where it has one.
func copyFile(from, to string) error {
	for _, part := range []string{"", "-wal"} {
		in, err := os.Open(from + part)
		if part != "" && errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		out, err := os.OpenFile(to+part, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err != nil {
			return errors.Join(err, in.Close())
		}
		_, err = out.ReadFrom(in)
		if err = errors.Join(err, out.Sync(), out.Close(), in.Close()); err != nil {
			return err
		}
	}
	return nil
}
