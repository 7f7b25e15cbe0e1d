// Package filewatch tells when files have changed. It is the one door to
// fsnotify, and adds what that lacks: a look at the files themselves at a steady
// pace, because notices overflow, are not sent by network shares, and stop when
// a directory is replaced.
//
// It does not say what changed. Whoever is told looks for itself.
package filewatch

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"
)

// A Watcher wakes its owner when something under its directories may have
// changed. A Watcher without notices still wakes at its steady pace.
type Watcher struct {
	dirs    []string
	every   time.Duration
	log     *slog.Logger
	notices *fsnotify.Watcher // nil where the system gives none
	watched map[string]fs.FileInfo
}

// New returns a watcher over dirs that wakes at least every so often. Close ends
// it.
func New(dirs []string, every time.Duration, log *slog.Logger) *Watcher {
	w := &Watcher{dirs: dirs, every: every, log: log, watched: map[string]fs.FileInfo{}}
	notices, err := fsnotify.NewWatcher()
	if err != nil {
		log.Warn("the system gives no notices of changed files; looking at a steady pace instead", "every", every, "err", err)
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

// rewatch watches directories that appeared, or were replaced by others of the
// same name.
func (w *Watcher) rewatch() {
	if w.notices == nil {
		return
	}
	for _, dir := range w.dirs {
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
			w.log.Warn("a directory cannot be watched; looking at a steady pace instead", "dir", dir, "every", w.every, "err", err)
			continue
		}
		w.watched[dir] = info
	}
}

// Wait blocks until something may have changed, a steady pace's time has
// passed, or ctx ends. It reports whether ctx goes on.
func (w *Watcher) Wait(ctx context.Context) bool {
	w.rewatch()
	timer := time.NewTimer(w.every)
	defer timer.Stop()
	var events chan fsnotify.Event
	var errs chan error
	if w.notices != nil {
		events, errs = w.notices.Events, w.notices.Errors
	}
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
	case <-events:
	case err := <-errs:
		w.log.WarnContext(ctx, "notices of changed files were lost; looking at the files themselves", "err", err)
	}
	return true
}

// OnChange calls f each time one of paths, files or directories of files, has
// changed, until ctx ends. It looks at names, sizes and times.
func OnChange(ctx context.Context, paths []string, every time.Duration, log *slog.Logger, f func(ctx context.Context)) {
	dirs := make([]string, 0, len(paths))
	for _, p := range paths {
		if info, err := os.Stat(p); err == nil && info.IsDir() {
			dirs = append(dirs, p)
		}
		dirs = append(dirs, filepath.Dir(p)) // editors replace files by renaming
	}
	w := New(dirs, every, log)
	defer w.Close()
	seen := fingerprint(paths)
	for w.Wait(ctx) {
		now := fingerprint(paths)
		if now == seen {
			continue
		}
		// A file half written would be read as a mistake: wait until it rests.
		for w.Wait(ctx) {
			rest := fingerprint(paths)
			if rest == now {
				break
			}
			now = rest
		}
		seen = now
		if ctx.Err() == nil {
			f(ctx)
		}
	}
}

func fingerprint(paths []string) string {
	var b strings.Builder
	note := func(path string, info fs.FileInfo, err error) {
		if err != nil {
			fmt.Fprintf(&b, "%s gone\n", path)
			return
		}
		fmt.Fprintf(&b, "%s %d %d\n", path, info.Size(), info.ModTime().UnixNano())
	}
	for _, p := range paths {
		info, err := os.Stat(p)
		if err != nil || !info.IsDir() {
			note(p, info, err)
			continue
		}
		entries, err := os.ReadDir(p)
		if err != nil {
			note(p, nil, err)
			continue
		}
		for _, e := range entries {
			info, err := e.Info()
			note(filepath.Join(p, e.Name()), info, err)
		}
	}
	return b.String()
}
