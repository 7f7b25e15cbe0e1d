package api

import (
	"context"
	"strings"
	"sync"
	"time"

	"waybill/agent/desk"
	"waybill/scanner"
)

// looks knows the scans of pages and programs that repeat the one before, by the
// rule that holds for scanners on a cable: a request without a key may be sent
// twice, too.
type looks struct {
	mu   sync.Mutex
	seen scanner.Duplicates
	told map[string]*told
}

// A told is what a scan was answered, once done is closed.
type told struct {
	at     time.Time
	done   chan struct{}
	result desk.ScanResult
	kept   bool
}

// first decides about a scan, unless it repeats one: then it returns how that was
// answered, and that it does. place is where it came from: what two pages read at
// the same moment are two looks.
func (l *looks) first(ctx context.Context, place []string, in scanner.Scan, decide func() (desk.ScanResult, error)) (r desk.ScanResult, repeats bool, err error) {
	in.Scanner = strings.Join(place, "\n")
	id := in.Scanner + "\n" + string(in.Raw)
	l.mu.Lock()
	before := l.told[id]
	if l.seen.Repeats(in) && before != nil {
		before.at = in.At
		l.mu.Unlock()
		select {
		case <-before.done:
		case <-ctx.Done():
			return r, false, ctx.Err()
		}
		if before.kept {
			return before.result, true, nil
		}
		r, err = decide()
		return r, false, err
	}
	now := &told{at: in.At, done: make(chan struct{})}
	l.keep(id, now)
	l.mu.Unlock()
	r, err = decide()
	l.mu.Lock()
	defer l.mu.Unlock()
	if now.result, now.kept = r, err == nil; err != nil {
		l.seen.Forget(in) // nothing of it is on disk, so that it counts when it comes again
	}
	close(now.done)
	return r, false, err
}

// keep takes note of a scan, and forgets those that no other can repeat any more.
func (l *looks) keep(id string, now *told) {
	if l.told == nil {
		l.told = map[string]*told{}
	}
	for k, t := range l.told { // few: a window's worth
		if age := now.at.Sub(t.at); age >= scanner.DefaultDuplicateWindow || age < -scanner.DefaultDuplicateWindow {
			delete(l.told, k)
		}
	}
	l.told[id] = now
}
