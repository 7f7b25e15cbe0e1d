package driver

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"waybill/internal/fault"
	"waybill/scanner"
)

// An inbox is where the reader of a device that speaks in events or reports puts
// its scans, and where Next takes them. The reader must not wait for the desk:
// the kernel keeps 64 events for it, and after that it loses them.
type inbox struct {
	o     scanner.Options
	scans chan scanner.Scan // closed by end
	err   error             // why it ended; set before scans is closed
	stop  chan struct{}     // closed by shut
	once  sync.Once
	full  bool // it was told that nobody takes the scans

	closeErr error // set by the first shut
}

func newInbox(o scanner.Options) *inbox {
	return &inbox{o: o, scans: make(chan scanner.Scan, backlog), stop: make(chan struct{})}
}

// badNoRead is why what a scanner sends when it found nothing is no scan.
const badNoRead = "the scanner found no barcode"

// put hands over a scan. It is false once the scanner is closed.
func (b *inbox) put(s scanner.Scan) bool {
	s.Scanner, s.Role = b.o.Name, b.o.Role
	if s.Bad == "" && b.o.FoundNothing(s.Raw) {
		s.Bad = badNoRead
	}
	select {
	case b.scans <- s:
		b.full = false
		return true
	default:
	}
	if !b.full {
		b.full = true
		b.o.Log.Warn("More scans wait than are taken; the scanner is read again when there is room.", "scanner", b.o.Name, "scans", backlog)
	}
	select {
	case b.scans <- s:
		return true
	case <-b.stop:
		b.o.Log.Warn("A scan came while the scanner was being closed; it was not taken.", "scanner", b.o.Name)
		return false
	}
}

// frames hands over scans as they were cut out of what the scanner sent.
func (b *inbox) frames(frames []scanner.Frame) bool {
	for _, f := range frames {
		if !b.put(scanner.Scan{Raw: f.Raw, First: f.First, At: f.At, Bad: f.Bad}) {
			return false
		}
	}
	return true
}

// end is the reader's last word.
func (b *inbox) end(err error) {
	select {
	case <-b.stop:
		err = errClosed
	default:
	}
	b.err = err
	close(b.scans)
}

// Next returns the next scan; scans that came before the scanner went away are
// returned before the error that says so.
func (b *inbox) Next(ctx context.Context) (scanner.Scan, error) {
	if err := ctx.Err(); err != nil {
		return scanner.Scan{}, fmt.Errorf("scan from %q: %w", b.o.Name, err)
	}
	select {
	case scan, ok := <-b.scans:
		if ok {
			return scan, nil
		}
		kind := fault.Transient
		if errors.Is(b.err, errClosed) {
			kind = fault.Permanent
		}
		return scanner.Scan{}, &fault.Error{Op: fmt.Sprintf("scan from %q", b.o.Name), Kind: kind, Err: b.err}
	case <-ctx.Done():
		return scanner.Scan{}, fmt.Errorf("scan from %q: %w", b.o.Name, ctx.Err())
	}
}

// shut makes the reader end; what was read and not taken is lost, and the log
// says how much. The kernel may take long to let go of a device that does not
// answer: then it is left to that.
func (b *inbox) shut(release func() error) error {
	b.once.Do(func() { b.closeErr = b.letGo(release) })
	if b.closeErr != nil {
		return fmt.Errorf("close scanner %q: %w", b.o.Name, b.closeErr)
	}
	return nil
}

func (b *inbox) letGo(release func() error) error {
	close(b.stop)
	closed := make(chan error, 1)
	go func() {
		err := release()
		left := 0
		for range b.scans {
			left++
		}
		if left > 0 {
			b.o.Log.Warn("Scans were read and not taken before the scanner was closed; scan them again.", "scanner", b.o.Name, "scans", left)
		}
		closed <- err
	}()
	limit := time.NewTimer(closeTimeout)
	defer limit.Stop()
	select {
	case err := <-closed:
		return err
	case <-limit.C:
		return &fault.Error{Kind: fault.Transient, Err: errors.New("the system does not let go of the scanner"), Hint: "Pull its cable and plug it in again."}
	}
}
