package intake

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// A look is what a file in the folder was like when it was looked at.
type look struct {
	size   int64
	mtime  time.Time
	since  time.Time // when it was first seen like this
	read   bool      // its content has been looked at
	whole  bool      // it does not end in the middle
	closed bool      // … and nothing could be added to it: one JSON document
	slow   bool      // the log has said that somebody keeps it open
}

// How sure we are that nobody writes to a file any more.
type writing int

const (
	cannotTell writing = iota
	nobodyWrites
	somebodyWrites
)

// batch is how many files may be in work at a time. While the desk takes
// nothing, the others wait where they were dropped.
const batch = 64

const (
	pollWriter = 50 * time.Millisecond // how often to ask whether a file is still being written
	quick      = 150 * time.Millisecond
	slowWriter = time.Minute
)

// eligible reports whether a file of that name is an order file. Names that
// programs give to what they have not finished are not.
func eligible(name string) bool {
	lower := strings.ToLower(name)
	if passedOver(name) {
		return false
	}
	return isRaw(name) || slices.Contains([]string{".json", ".jsonl", ".ndjson", ".csv"}, filepath.Ext(lower))
}

// isRaw reports whether a file of that name holds labels in ZPL.
func isRaw(name string) bool { return strings.EqualFold(filepath.Ext(name), ".zpl") }

// passedOver reports whether the name says that the file is not meant for us.
func passedOver(name string) bool {
	lower := strings.ToLower(name)
	return strings.HasPrefix(name, ".") || strings.HasPrefix(name, "~") || strings.HasSuffix(name, "~") ||
		slices.Contains([]string{".tmp", ".part", ".partial", ".crdownload", ".swp"}, filepath.Ext(lower)) ||
		strings.HasSuffix(lower, ".error.json") || strings.HasSuffix(lower, ".answer.json")
}

// scan looks at the files in the folder and claims those that are complete, up
// to a batch. It returns how many, and when to look at the others again.
func (f *Folder) scan(ctx context.Context) (claimed int, wait time.Duration) {
	wait = f.o.Rescan
	entries, err := os.ReadDir(f.o.Dir)
	if err != nil {
		f.fault(FolderMissing, fmt.Sprintf("the hot folder cannot be read: %v", err))
		return 0, wait
	}
	present := make(map[string]bool, len(entries))
	for _, e := range entries {
		name := e.Name()
		present[name] = true
		if len(f.claims) >= batch || ctx.Err() != nil || !e.Type().IsRegular() {
			continue
		}
		if !eligible(name) {
			f.tellIgnored(ctx, name)
			continue
		}
		complete, again := f.complete(ctx, name)
		if !complete {
			wait = min(wait, again)
			continue
		}
		switch err := f.claim(name); {
		case err == nil:
			claimed++
		case errors.Is(err, fs.ErrNotExist): // somebody took it away again
		default:
			f.fault(FolderUnwritable, fmt.Sprintf("%q cannot be claimed: %v (check who may write to the hot folder)", name, err))
		}
	}
	for name := range f.looks {
		if !present[name] {
			delete(f.looks, name)
		}
	}
	if claimed > 0 {
		if err := errors.Join(syncDir(filepath.Join(f.o.Dir, workDir)), syncDir(f.o.Dir)); err != nil {
			f.fault(FolderUnwritable, fmt.Sprintf("claimed files are not safely on disk: %v", err))
		}
	}
	return claimed, wait
}

func (f *Folder) tellIgnored(ctx context.Context, name string) {
	if f.ignored[name] || passedOver(name) || len(f.ignored) > 1000 {
		return
	}
	f.ignored[name] = true
	f.o.Log.WarnContext(ctx, "A file in the hot folder is no order file and stays there; order files end in .json, .jsonl, .ndjson or .csv, label files in .zpl.", "file", name)
}

// complete reports whether the file has been written to its end, and if not,
// when to look again. A file that somebody has open for writing never is. Where
// the system cannot tell, time has to: and a file that ends in the middle gets
// more of it.
func (f *Folder) complete(ctx context.Context, name string) (bool, time.Duration) {
	path := filepath.Join(f.o.Dir, name)
	info, err := os.Lstat(path)
	if err != nil || !info.Mode().IsRegular() {
		return false, f.o.Rescan
	}
	now := f.o.Now()
	l := f.looks[name]
	if l == nil || l.size != info.Size() || !l.mtime.Equal(info.ModTime()) {
		l = &look{size: info.Size(), mtime: info.ModTime(), since: now}
		f.looks[name] = l
	}
	stable := now.Sub(l.since)
	w := f.writer(path)
	if w == somebodyWrites {
		if stable > slowWriter && !l.slow {
			l.slow = true
			f.o.Log.WarnContext(ctx, "A program keeps an order file open and writes nothing; the file is taken when it is closed.", "file", name)
		}
		l.read = false
		return false, pollWriter
	}
	if !l.read {
		f.read(path, l)
	}
	need := f.o.Settle
	switch {
	case w == nobodyWrites && l.closed:
		need = 0
	case w == nobodyWrites && l.whole:
		need = quick // a script may add lines one by one
		if age := now.Sub(l.mtime); age > stable {
			stable = age
		}
	case w == nobodyWrites:
		need = f.o.Patience
	case l.whole:
	default:
		need = 5 * f.o.Patience
	}
	if stable >= need {
		return true, 0
	}
	return false, need - stable
}

// read looks at the file's content. A file that is too large is not read: time
// alone decides.
func (f *Folder) read(path string, l *look) {
	l.read, l.whole, l.closed = true, false, false
	if l.size > f.o.Read.MaxBytes {
		l.whole = true
		return
	}
	data, err := os.ReadFile(path)
	if err != nil || int64(len(data)) != l.size {
		l.read = false
		return
	}
	l.whole, l.closed = endsWell(path, data)
}

// endsWell reports whether data does not end in the middle of something, and
// whether it is one JSON document, to which nothing can be added.
func endsWell(name string, data []byte) (whole, closed bool) {
	if isRaw(name) {
		// The last letters of ^XZ, whose prefix may have been changed. A script may
		// add further labels.
		return bytes.HasSuffix(bytes.ToUpper(bytes.TrimSpace(data)), []byte("XZ")), false
	}
	if json.Valid(data) && !strings.EqualFold(filepath.Ext(name), ".csv") {
		lines := slices.Contains([]string{".jsonl", ".ndjson"}, strings.ToLower(filepath.Ext(name)))
		return true, !lines
	}
	trimmed := bytes.TrimRight(data, " \t\r\n")
	if len(trimmed) == 0 || len(trimmed) == len(data) { // nothing yet, or no end of line
		return false, false
	}
	last := trimmed[bytes.LastIndexByte(trimmed, '\n')+1:]
	if strings.EqualFold(filepath.Ext(name), ".csv") {
		return bytes.HasSuffix(data, []byte("\n")), false
	}
	return json.Valid(last) && last[0] == '{' && bytes.IndexByte(trimmed, '\n') >= 0, false
}
