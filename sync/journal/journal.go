// Package journal is a station's durable memory: the log of its events and the
// documents that are its state, in one SQLite file. A change of state and the
// event that tells of it are one transaction, and nobody is told of either
// before both are on disk.
//
// The package knows nothing of what the documents mean and sends nothing
// anywhere. It never deletes an event.
package journal

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"waybill/internal/diskspace"
	"waybill/internal/fault"
	"waybill/internal/filelock"
	"waybill/internal/walfile"
	"waybill/shipment"
	"waybill/sync/wire"
)

// Options say whose journal to open, and where.
type Options struct {
	Path       string             // the file; it and its folder are made where missing
	Station    shipment.StationID // the station the journal belongs to
	Epoch      int64              // what a new file starts with, default 1; a station that lost its journal starts the new one with the next. A file that is there keeps its own
	Now        func() time.Time   // default time.Now
	NewID      func() string      // default UUIDv7
	Location   *time.Location     // of the station, default time.Local
	Uptime     func() Uptime      // default: the machine's
	Log        *slog.Logger       // default: discard
	Reserve    int64              // bytes of its disk that are kept free for work that has begun; 0: none. On a small disk it is less
	Perishable []Kind             // documents that are true only in the journal they were written in, such as leases: one that is rebuilt or restored goes without
	OnSpace    func(Space)        // if not nil, told when the disk runs low and when it has room again; it must not block

	disk         func(dir string) (diskspace.Space, error)
	wholeAtStart int64                                   // see there
	connect      connect                                 // default: modernc's SQLite on the system's files
	openLog      func(path string) (walfile.File, error) // default: the system's file
}

// A Journal is an open journal that may be written. Its methods may be called
// by many goroutines at once.
type Journal struct {
	*Reader
	o     Options
	lock  *filelock.Lock
	queue chan *request
	stop  chan struct{} // closed by Close: no new requests
	ended chan struct{} // closed by the committer: no more answers
	close func() error  // once
	wal   wal

	reserve  *reserve       // nil: none is kept
	watching sync.WaitGroup // whoever watches the disk

	copyLog   func() error // checkpoint
	doubted   bool         // damage was met in the file before this start
	unchecked bool         // the file is large, and left to CheckWhole
	findable  bool         // and its documents are, as far as that goes without SQLite
	renewed   bool         // what the log held at the start is on disk
	noted     atomic.Bool  // damage was met, and a note of it left

	w       *writer // the committer's
	failed  bool    // a write has: w is not to be trusted
	commit  func(w *writer) error
	rebuilt bool // from a damaged one: some documents may be gone

	told wire.Position // the head that was announced last; the committer's

	mu       sync.Mutex
	appended chan struct{} // closed and replaced when events were committed
}

// queueSize bounds the changes that wait for the disk. Beyond it, Update waits
// to get in.
const queueSize = 1024

// Open opens the journal, making it where there is none, and checks that it is
// whole; the events of a large one are left to CheckWhole. One process at a time may
// have it open for writing.
func Open(ctx context.Context, o Options) (*Journal, error) {
	if o.Path == "" || o.Station == "" {
		return nil, &fault.Error{
			Op: "journal", Kind: fault.Invalid, Err: errors.New("path and station are required"),
			Hint: "Name the station and its journal file in the configuration.",
		}
	}
	o = o.withDefaults()
	j := &Journal{
		o:        o,
		queue:    make(chan *request, queueSize),
		stop:     make(chan struct{}),
		ended:    make(chan struct{}),
		appended: make(chan struct{}),
		commit:   (*writer).commit,
		wal:      wal{grown: make(chan struct{}, 1), ended: make(chan struct{})},
	}
	if err := j.open(ctx); err != nil {
		return nil, err
	}
	j.copyLog = j.checkpoint
	j.close = sync.OnceValue(j.shut)
	if j.reserve = newReserve(o); j.reserve != nil {
		j.watching.Go(func() { j.reserve.watch(j.stop) })
	}
	go j.run()
	go j.checkpoints()
	return j, nil
}

func (o Options) withDefaults() Options {
	o.Epoch = cmp.Or(o.Epoch, 1)
	o.wholeAtStart = cmp.Or(o.wholeAtStart, wholeAtStart)
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.NewID == nil {
		o.NewID = func() string { return uuid.Must(uuid.NewV7()).String() }
	}
	if o.Location == nil {
		o.Location = time.Local
	}
	if o.Uptime == nil {
		o.Uptime = machineUptime(o.Station)
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.disk == nil {
		o.disk = diskspace.Of
	}
	if o.openLog == nil {
		o.openLog = walfile.Open
	}
	return o
}

// open takes the lock, then the file; on an error it leaves nothing open.
func (j *Journal) open(ctx context.Context) (err error) {
	if err := makeFolder(j.o.Path); err != nil {
		return err
	}
	if j.lock, err = lock(j.o.Path, "station "+string(j.o.Station)); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, j.release())
		}
	}()
	if err := errors.Join(finishSalvage(j.o.Path), create(j.o.Path)); err != nil {
		return err
	}
	if err := j.checkLarge(ctx); err != nil {
		return err
	}
	if j.w, err = openWriter(ctx, j.o); err != nil {
		return err
	}
	for _, step := range []func(context.Context, *sql.Conn, string) error{
		checkFile, checkLog, j.checkFirst, j.renewLog, migrate, checkSchema, j.checkDocuments, j.trust,
	} {
		if err = step(ctx, j.w.on.conn, j.o.Path); err != nil {
			return err
		}
	}
	if err = j.w.claim(j.o); err != nil {
		return err
	}
	if err = checkUnsent(&ReadTx{s: j.w, op: "journal " + j.o.Path}); err != nil {
		return err
	}
	salvages, err := (&ReadTx{s: j.w, op: "journal " + j.o.Path}).salvages()
	if err != nil {
		return err
	}
	j.rebuilt = len(salvages) > 0
	db, err := j.o.connect.open(j.o.Path, true, readers)
	if err != nil {
		return err
	}
	j.Reader = newReader(j.o.Path, db)
	j.station, j.damaged = j.o.Station, j.met
	j.told = j.w.head
	return nil
}

// Close ends the journal: changes that still wait for their turn get ErrClosed,
// those under way are finished.
func (j *Journal) Close() error { return j.close() }

func (j *Journal) shut() error {
	close(j.stop)
	<-j.ended
	<-j.wal.ended
	j.watching.Wait()
	return j.release()
}

func (j *Journal) release() error {
	var errs []error
	if j.Reader != nil {
		errs = append(errs, j.Reader.Close())
	}
	if j.w != nil {
		errs = append(errs, j.closeWriter())
	}
	errs = append(errs, j.lock.Close())
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("close of journal %s: %w", j.o.Path, err)
	}
	return nil
}

// Update runs f in the journal's one writing transaction and returns when what
// f did is on disk. Changes are run one after another, so that f may read,
// decide and write without a race; many callers share one commit. An error of f
// undoes f alone and is returned.
//
// f must not block and must not call Update. If ctx ends before f has begun, f
// never runs. An error of kind fault.Uncertain means that the disk did not
// answer: look before doing it again.
func (j *Journal) Update(ctx context.Context, f func(tx *Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	r := &request{f: f, done: make(chan struct{})}
	select {
	case <-j.stop:
		return ErrClosed
	default:
	}
	select {
	case j.queue <- r:
	case <-ctx.Done():
		return ctx.Err()
	case <-j.stop:
		return ErrClosed
	}
	select {
	case <-r.done:
	case <-ctx.Done():
		if r.take() {
			return ctx.Err()
		}
		<-r.done // it has begun, and it ends within the database's own deadline
	case <-j.ended:
		if r.take() {
			return ErrClosed
		}
		<-r.done
	}
	if r.panicked != nil {
		panic(r.panicked)
	}
	return r.err
}

// Rebuilt reports whether the journal was built from a damaged one, so that a
// document that is not there may have been there once.
func (j *Journal) Rebuilt() bool { return j.rebuilt }

// Watch returns a channel that is closed when the next events are on disk. Take
// it before looking for events, so that none falls between.
func (j *Journal) Watch() <-chan struct{} {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.appended
}

func (j *Journal) announce() {
	j.mu.Lock()
	defer j.mu.Unlock()
	close(j.appended)
	j.appended = make(chan struct{})
}
