// Package filewatch tells when files have changed. It is the one door to
// fsnotify, and adds what that lacks: a look at the files themselves at a steady
// pace, because notices overflow, are not sent by network shares, and stop when
// a directory is replaced.
//
// It does not say what changed: an owner narrows what wakes it, and looks for
// itself.
package filewatch

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"
)

// Options says what is watched. Dirs and Every are required.
type Options struct {
	Dirs  []string
	Every time.Duration // how often to look without being told
	// Files narrows what wakes to files made or written whose names it accepts;
	// nil: any change of anything.
	Files    func(name string) bool
	PollOnly bool         // ask the system for no notices, as on network shares
	Log      *slog.Logger // default: discard
}

// A Watcher wakes its owner when something in its directories may have
// changed. A Watcher without notices still wakes at its steady pace. It has one
// owner at a time.
type Watcher struct {
	o       Options
	notices *fsnotify.Watcher // nil where there are none
	watched map[string]fs.FileInfo
	told    map[string]bool // directories the log has said cannot be watched
}

// New returns a watcher. Close ends it.
func New(o Options) *Watcher {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	w := &Watcher{o: o, watched: map[string]fs.FileInfo{}, told: map[string]bool{}}
	if o.PollOnly {
		return w
	}
	notices, err := fsnotify.NewWatcher()
	if err != nil {
		o.Log.Warn("the system gives no notices of changed files; looking at a steady pace instead", "every", o.Every, "err", err)
		return w
	}
	w.notices = notices
	w.rewatch()
	return w
}

// Close ends the watcher.
func (w *Watcher) Close() error {
	if w.notices == nil {
		return nil
	}
	return w.notices.Close()
}

// Renew watches the directories anew, for an owner who knows that they were
// replaced: systems use a removed directory's number again at once, so a new one
// may look like the old one.
func (w *Watcher) Renew() {
	clear(w.watched)
	w.rewatch()
}

// rewatch watches directories that appeared, or were replaced by others of the
// same name.
func (w *Watcher) rewatch() {
	if w.notices == nil {
		return
	}
	for _, dir := range w.o.Dirs {
		info, err := os.Stat(dir)
		was := w.watched[dir]
		if err != nil {
			delete(w.watched, dir)
			continue
		}
		if was != nil && os.SameFile(was, info) {
			continue
		}
		// Removing what is gone fails, and that is as good.
		_ = w.notices.Remove(dir)
		if err := w.notices.Add(dir); err != nil {
			if !w.told[dir] {
				w.o.Log.Warn("a directory cannot be watched; looking at a steady pace instead", "dir", dir, "every", w.o.Every, "err", err)
			}
			w.told[dir] = true
			continue
		}
		delete(w.told, dir)
		w.watched[dir] = info
	}
}

// Wait blocks until something may have changed, a steady pace's time has
// passed, or ctx ends. It reports whether ctx goes on.
func (w *Watcher) Wait(ctx context.Context) bool { return w.WaitAtMost(ctx, w.o.Every) }

const (
	gather = 5 * time.Millisecond   // after the first notice: one change makes several
	settle = 500 * time.Millisecond // how long a changed file must stay as it is
)

// WaitAtMost is Wait with another time to wait without being told.
func (w *Watcher) WaitAtMost(ctx context.Context, limit time.Duration) bool {
	w.rewatch()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	var events chan fsnotify.Event
	var errs chan error
	if w.notices != nil {
		events, errs = w.notices.Events, w.notices.Errors
	}
	told := false
	for {
		select {
		case <-ctx.Done():
			return false
		case <-timer.C:
			return true
		case e := <-events:
			// What comes once it is settled that there is something to see says
			// nothing new.
			if !told && w.wakes(e) {
				told = true
				timer.Reset(min(limit, gather))
			}
		case err := <-errs:
			w.o.Log.WarnContext(ctx, "notices of changed files were lost; looking at the files themselves", "err", err)
			return true
		}
	}
}

// wakes reports whether the owner wants to hear of e.
func (w *Watcher) wakes(e fsnotify.Event) bool {
	return w.o.Files == nil || e.Op.Has(fsnotify.Create|fsnotify.Write) && w.o.Files(filepath.Base(e.Name))
}

// OnChange calls f each time one of paths, files or directories of files, has
// changed, until ctx ends. It looks at names, sizes and times.
func OnChange(ctx context.Context, paths []string, every time.Duration, log *slog.Logger, f func(ctx context.Context)) {
	OnChangeSince(ctx, Look(paths...), every, log, f)
}

// OnChangeSince is OnChange of the paths of seen, and calls f also for what has changed
// since then.
func OnChangeSince(ctx context.Context, seen Seen, every time.Duration, log *slog.Logger, f func(ctx context.Context)) {
	paths := slices.Sorted(maps.Keys(seen))
	dirs := make([]string, 0, len(paths))
	for _, p := range paths {
		if info, err := os.Stat(p); err == nil && info.IsDir() {
			dirs = append(dirs, p)
		}
		dirs = append(dirs, filepath.Dir(p)) // editors replace files by renaming
	}
	w := New(Options{Dirs: dirs, Every: every, Log: log})
	defer w.Close()
	for w.Wait(ctx) {
		now := Look(paths...)
		if maps.Equal(now, seen) {
			continue
		}
		// A file half written would be read as a mistake: wait until it rests.
		for w.WaitAtMost(ctx, min(every, settle)) {
			later := Look(paths...)
			if maps.Equal(later, now) {
				break
			}
			now = later
		}
		seen = now
		if ctx.Err() == nil {
			f(ctx)
		}
	}
}

// A Seen is how files, or directories of files, looked at one time, by their paths.
type Seen map[string]string

// Look looks at paths.
func Look(paths ...string) Seen {
	seen := Seen{}
	seen.Note(paths...)
	return seen
}

// Note looks at those of paths that seen has not yet. Whoever looks at a file before
// reading it hears of every change of what was read.
func (seen Seen) Note(paths ...string) {
	for _, p := range paths {
		if _, known := seen[p]; !known {
			seen[p] = fingerprint(p)
		}
	}
}

func fingerprint(p string) string {
	var b strings.Builder
	note := func(path string, info fs.FileInfo, err error) {
		if err != nil {
			fmt.Fprintf(&b, "%s gone\n", path)
			return
		}
		fmt.Fprintf(&b, "%s %d %d\n", path, info.Size(), info.ModTime().UnixNano())
	}
	info, err := os.Stat(p)
	if err != nil || !info.IsDir() {
		note(p, info, err)
		return b.String()
	}
	entries, err := os.ReadDir(p)
	if err != nil {
		note(p, nil, err)
	}
	for _, e := range entries {
		info, err := e.Info()
		note(filepath.Join(p, e.Name()), info, err)
	}
	return b.String()
}
