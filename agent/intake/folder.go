package intake

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"waybill/internal/atomicfile"
	"waybill/internal/filelock"
	"waybill/internal/filewatch"
	"waybill/internal/task"
)

// FolderOptions is what a hot folder needs. Dir and Take are required.
type FolderOptions struct {
	// Dir is where files are dropped. Its subfolders work, done and failed are
	// made, and must be on the same file system. One folder has one station.
	Dir     string
	Owner   string // who works on it, told to another that wants to; as station bench-1
	Read    Options
	Take    Take
	OnState func(FolderState) // if not nil, called for each change, in order; must not block

	Rescan   time.Duration // how often to look without being told; default 1s
	Settle   time.Duration // how long a file must be unchanged where nobody can say whether it is being written; default 400ms
	Patience time.Duration // how long a file that ends in the middle is waited for; default 2s, five times that where nobody can say
	PollOnly bool          // do not ask the system for notices, as on network shares

	Now func() time.Time // default time.Now
	Log *slog.Logger     // default: discard
}

// A FolderState is whether the hot folder works.
type FolderState struct {
	OK      bool      `json:"ok"`
	Code    string    `json:"code,omitempty"` // stable, for programs
	Why     string    `json:"why,omitempty"`
	Since   time.Time `json:"since"`
	Working int       `json:"working"` // files claimed and not yet done
}

// The codes of a folder that does not work.
const (
	FolderMissing    = "folder_missing"    // it is not there, or cannot be read
	FolderUnwritable = "folder_unwritable" // files cannot be moved out of it or into done and failed
	FolderTake       = "not_taken"         // the desk cannot take anything now
	FolderTaken      = "in_use"            // another station works on it
)

// A Folder is the task that watches a hot folder. It never deletes a file and
// never overwrites one.
//
// A file is claimed by renaming it into work, taken, and then moved to done or
// failed with the answer beside it. Between any two of these steps the process
// may die: what is in work at the start is taken again, and Take sees to it that
// nothing comes of it twice. The system's notices only shorten the wait; what
// counts is looking.
type Folder struct {
	o         FolderOptions
	ready     chan struct{}
	readyOnce sync.Once

	lock    *filelock.Lock   // on work; nil while the folder is not ours
	dir     os.FileInfo      // of the folder that was prepared; nil: none
	looks   map[string]*look // files seen and not claimed
	claims  []*claim         // files in work, the oldest first
	ignored map[string]bool  // names that were told to be of no use
	seq     uint32
	notices *filewatch.Watcher
	trouble FolderState // of the present pass: the first thing that went wrong
	writer  func(path string) writing

	mu    sync.Mutex
	state FolderState
}

var _ task.Task = (*Folder)(nil)

// NewFolder returns a folder that is not watched yet.
func NewFolder(o FolderOptions) *Folder {
	o.Read = o.Read.withDefaults()
	o.Rescan = cmp.Or(o.Rescan, time.Second)
	o.Settle = cmp.Or(o.Settle, 400*time.Millisecond)
	o.Patience = cmp.Or(o.Patience, 2*time.Second)
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Folder{
		o: o, ready: make(chan struct{}), writer: writerOf, looks: map[string]*look{}, ignored: map[string]bool{},
		state: FolderState{Code: "starting", Why: "not looked at yet", Since: o.Now()},
	}
}

// String returns the task's name.
func (f *Folder) String() string { return fmt.Sprintf("hot folder %q", f.o.Dir) }

// Ready is closed after the first look, whether the folder was there or not.
func (f *Folder) Ready() <-chan struct{} { return f.ready }

// State returns the present state.
func (f *Folder) State() FolderState {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.state
}

// Run watches the folder until ctx is done.
func (f *Folder) Run(ctx context.Context) error {
	if err := os.MkdirAll(f.o.Dir, 0o750); err != nil {
		f.o.Log.WarnContext(ctx, "The hot folder cannot be made; it is looked for again.", "dir", f.o.Dir, "err", err)
	}
	f.notices = filewatch.New(filewatch.Options{Dirs: []string{f.o.Dir}, Every: f.o.Rescan, Files: eligible, PollOnly: f.o.PollOnly, Log: f.o.Log})
	defer f.notices.Close()
	defer f.unlock()
	for {
		wait := f.pass(ctx)
		f.readyOnce.Do(func() { close(f.ready) })
		if !f.notices.WaitAtMost(ctx, wait) {
			return nil
		}
	}
}

// pass looks at everything once, and returns when to look again.
func (f *Folder) pass(ctx context.Context) time.Duration {
	f.trouble = FolderState{OK: true}
	wait := f.o.Rescan
	if f.prepare(ctx) {
		wait = min(wait, f.work(ctx))
		for ctx.Err() == nil {
			claimed, next := f.scan(ctx)
			wait = min(wait, next)
			if claimed == 0 {
				break
			}
			wait = min(wait, f.work(ctx))
		}
	}
	if ctx.Err() == nil {
		f.publish(ctx)
	}
	return max(wait, minWait)
}

const minWait = 5 * time.Millisecond

// prepare sees to it that the folder is there with its subfolders, and finds
// what an earlier run has left in work. A folder that was removed and made again
// is another folder: notices of the old one never come again.
func (f *Folder) prepare(ctx context.Context) bool {
	info, err := os.Stat(f.o.Dir)
	if err == nil && !info.IsDir() {
		err = errors.New("it is not a directory")
	}
	if err != nil {
		f.dir = nil
		f.unlock()
		f.fault(FolderMissing, fmt.Sprintf("the hot folder is not there: %v (mount it or make it again; it is used as soon as it is back)", err))
		return false
	}
	made, err := f.subfolders()
	if err != nil {
		f.fault(FolderUnwritable, fmt.Sprintf("the hot folder's subfolders cannot be made: %v", err))
		return false
	}
	if f.dir != nil && os.SameFile(f.dir, info) && !made {
		return true
	}
	if err := f.own(); err != nil {
		f.dir = nil
		f.unlock()
		var others *othersError
		switch {
		case errors.Is(err, filelock.ErrHeld):
			f.fault(FolderTaken, fmt.Sprintf("another station works on this hot folder: %v (give each station a folder of its own)", err))
		case errors.As(err, &others):
			f.fault(FolderTaken, err.Error())
		default:
			f.fault(FolderUnwritable, fmt.Sprintf("the hot folder cannot be taken for this station: %v", err))
		}
		return false
	}
	claims, err := f.leftovers()
	if err != nil {
		f.fault(FolderMissing, fmt.Sprintf("the folder of claimed files cannot be read: %v", err))
		return false
	}
	f.claims, f.looks = claims, map[string]*look{}
	f.notices.Renew()
	if len(claims) > 0 {
		f.o.Log.InfoContext(ctx, "Files were claimed and not finished before; they are taken again.", "files", len(claims))
	}
	f.dir = info
	return true
}

// own takes the folder for this station. Two stations on one folder would each
// take what the other has claimed, and print it again; so what a station has
// claimed and not finished stays its own when it is gone.
func (f *Folder) own() error {
	f.unlock() // of a folder that was replaced
	work := filepath.Join(f.o.Dir, workDir)
	l, err := filelock.Take(filepath.Join(work, ".lock"), f.o.Owner)
	if err != nil {
		return err
	}
	f.lock = l
	owner, err := os.ReadFile(filepath.Join(work, ".owner"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	claims, err := f.leftovers()
	if err != nil {
		return err
	}
	if last := string(owner); last != "" && last != f.o.Owner && len(claims) > 0 {
		return &othersError{owner: last, files: len(claims)}
	}
	if string(owner) == f.o.Owner {
		return nil
	}
	return atomicfile.WriteFile(filepath.Join(work, ".owner"), []byte(f.o.Owner), 0o600)
}

// An othersError says that work holds what another station has claimed.
type othersError struct {
	owner string
	files int
}

// Error says whose files they are, and what to do.
func (e *othersError) Error() string {
	return fmt.Sprintf("%s has claimed %d files here and not finished them (start it again; if it is gone for good, look which of them in work were printed, and move the others back into the hot folder)", e.owner, e.files)
}

func (f *Folder) unlock() {
	if f.lock != nil {
		f.lock.Close()
		f.lock = nil
	}
}

// subfolders makes those that are missing. That the one for work was missing
// also tells a new folder from the old one: systems use a removed folder's number
// again at once.
func (f *Folder) subfolders() (made bool, err error) {
	for _, sub := range []string{workDir, doneDir, failedDir} {
		err := os.Mkdir(filepath.Join(f.o.Dir, sub), 0o750)
		switch {
		case err == nil:
			made = made || sub == workDir
		case !errors.Is(err, fs.ErrExist):
			return made, err
		}
	}
	return made, nil
}

// fault notes what went wrong; the first thing counts.
func (f *Folder) fault(code, why string) {
	if f.trouble.OK {
		f.trouble = FolderState{Code: code, Why: why}
	}
}

func (f *Folder) publish(ctx context.Context) {
	f.mu.Lock()
	old, s := f.state, f.trouble
	s.Working, s.Since = len(f.claims), old.Since
	if s.Code != old.Code {
		s.Since = f.o.Now()
	}
	f.state = s
	f.mu.Unlock()
	if s.Code == old.Code && s.Why == old.Why {
		return
	}
	switch {
	case s.OK && old.Code == "starting":
		f.o.Log.InfoContext(ctx, "The hot folder is watched.", "dir", f.o.Dir)
	case s.OK:
		f.o.Log.InfoContext(ctx, "The hot folder works again.", "dir", f.o.Dir)
	case s.Code != old.Code:
		f.o.Log.WarnContext(ctx, "The hot folder needs attention; no file is lost.", "dir", f.o.Dir, "code", s.Code, "why", s.Why)
	}
	if f.o.OnState != nil {
		f.o.OnState(s)
	}
}
