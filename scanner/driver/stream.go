package driver

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"waybill/internal/fault"
	"waybill/scanner"
)

// A port is a byte stream to a scanner.
type port interface {
	// read waits at most the given time, and returns 0 and nil where nothing
	// came. An error means that the scanner is gone.
	read(p []byte, wait time.Duration) (int, error)
	// write may never return: a device that takes no bytes can hold it for good.
	write(p []byte) error
	// close is called when nobody reads any more. It releases the port for the
	// next who opens it.
	close() error
}

const (
	pollEvery     = 100 * time.Millisecond // how soon a reader notices that it shall stop
	signalTimeout = time.Second            // a later beep belongs to another parcel
	closeTimeout  = 2 * time.Second        // the kernel may wait half a minute for bytes nobody takes
	writeGrace    = 200 * time.Millisecond // for a beep that is on its way
	backlog       = 256                    // scans read and not yet asked for; then the wire waits
)

var errClosed = errors.New("closed by this program")

// A stream is a Scanner over a port. One goroutine reads, because a read that
// races a close may take another file's bytes; one writes, because a write may
// hang. Both end with Close, but for a write that hangs: it is left behind
// together with the port, and ends when the device lets go.
type stream struct {
	o     scanner.Options
	p     port
	scans chan scanner.Scan // closed by the reader when it ends
	err   error             // why the reader ended; set before scans is closed

	orders chan order
	stuck  atomic.Bool // the writer has missed its deadline and not come back

	stop      chan struct{}
	readDone  chan struct{}
	writeDone chan struct{}
	closing   sync.Once
	closeErr  error
}

type order struct {
	b    []byte
	done chan error // room for one
}

func newStream(o scanner.Options, p port) *stream {
	s := &stream{
		o: o, p: p,
		scans: make(chan scanner.Scan, backlog), orders: make(chan order),
		stop: make(chan struct{}), readDone: make(chan struct{}), writeDone: make(chan struct{}),
	}
	go s.readAll()
	go s.writeAll()
	return s
}

// withDefaults fills in what a driver may rely on.
func withDefaults(o scanner.Options) scanner.Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

func (s *stream) readAll() {
	defer close(s.readDone)
	defer close(s.scans)
	framer := scanner.NewFramer(s.o.Framing)
	buf := make([]byte, 4096)
	for {
		select {
		case <-s.stop:
			s.err = errClosed
			return
		default:
		}
		wait := pollEvery
		if idle := s.o.Framing.Idle; idle > 0 && framer.Pending() {
			wait = min(wait, idle)
		}
		n, err := s.p.read(buf, wait)
		now := s.o.Now()
		frames := framer.Push(buf[:n], now)
		if n == 0 {
			frames = append(frames, framer.Flush(now)...)
		}
		if err != nil {
			frames = append(frames, framer.End()...)
			s.err = err
		}
		for _, f := range frames {
			scan := scanner.Scan{Scanner: s.o.Name, Role: s.o.Role, Raw: f.Raw, At: f.At, Bad: f.Bad}
			select {
			case s.scans <- scan:
			case <-s.stop:
				s.err = errClosed
				s.o.Log.Warn("A scan came while the scanner was being closed; it was not taken.", "scanner", s.o.Name)
				return
			}
		}
		if err != nil {
			return
		}
	}
}

func (s *stream) writeAll() {
	defer close(s.writeDone)
	for {
		select {
		case <-s.stop:
			return
		case o := <-s.orders:
			err := s.p.write(o.b)
			o.done <- err // before stuck: Signal looks at them in the other order
			s.stuck.Store(false)
		}
	}
}

// Next returns the next scan; scans that came before the scanner went away are
// returned before the error that says so.
func (s *stream) Next(ctx context.Context) (scanner.Scan, error) {
	if err := ctx.Err(); err != nil {
		return scanner.Scan{}, fmt.Errorf("scan from %q: %w", s.o.Name, err)
	}
	select {
	case scan, ok := <-s.scans:
		if ok {
			return scan, nil
		}
		kind := fault.Transient
		if errors.Is(s.err, errClosed) {
			kind = fault.Permanent
		}
		return scanner.Scan{}, &fault.Error{Op: fmt.Sprintf("scan from %q", s.o.Name), Kind: kind, Err: s.err}
	case <-ctx.Done():
		return scanner.Scan{}, fmt.Errorf("scan from %q: %w", s.o.Name, ctx.Err())
	}
}

// Signal tells the person, within a second or not at all.
func (s *stream) Signal(ctx context.Context, sig scanner.Signal) error {
	b := s.o.Profile.Bytes(sig)
	if len(b) == 0 {
		return nil
	}
	fail := func(err error) error {
		return &fault.Error{Op: fmt.Sprintf("signal %s to scanner %q", sig, s.o.Name), Kind: fault.Transient, Err: err}
	}
	if s.stuck.Load() {
		return fail(errors.New("the scanner still does not take the last one"))
	}
	ctx, cancel := context.WithTimeout(ctx, signalTimeout)
	defer cancel()
	o := order{b: b, done: make(chan error, 1)}
	select {
	case s.orders <- o:
	case <-s.stop:
		return fail(errClosed)
	case <-ctx.Done():
		return fail(ctx.Err())
	}
	select {
	case err := <-o.done:
		if err != nil {
			return fail(err)
		}
		return nil
	case <-s.stop:
		return fail(errClosed)
	case <-ctx.Done():
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			s.stuck.Store(true)
			select {
			case err := <-o.done: // it came back in this very moment
				s.stuck.Store(false)
				if err == nil {
					return nil
				}
			default:
			}
		}
		return fail(ctx.Err())
	}
}

// Close releases the port. Scans that nobody has asked for are lost with it, and
// the log says how many.
func (s *stream) Close() error {
	s.closing.Do(func() { s.closeErr = s.shut() })
	return s.closeErr
}

func (s *stream) shut() error {
	close(s.stop)
	limit := time.NewTimer(closeTimeout)
	defer limit.Stop()
	select {
	case <-s.readDone:
	case <-limit.C: // the system's driver does not keep its read timeout
	}
	left := 0
	for range len(s.scans) {
		if _, ok := <-s.scans; ok {
			left++
		}
	}
	if left > 0 {
		s.o.Log.Warn("Scans were read and not taken before the scanner was closed; scan them again.", "scanner", s.o.Name, "scans", left)
	}
	limit.Reset(writeGrace)
	select {
	case <-s.writeDone:
	case <-limit.C: // it hangs in the system, and stays there with the port
	}
	closed := make(chan error, 1)
	go func() { closed <- s.p.close() }()
	limit.Reset(closeTimeout)
	select {
	case err := <-closed:
		if err != nil {
			return fmt.Errorf("close scanner %q: %w", s.o.Name, err)
		}
	case <-limit.C:
		return &fault.Error{
			Op: fmt.Sprintf("close scanner %q", s.o.Name), Kind: fault.Transient,
			Err: errors.New("the system does not let go of the port"), Hint: "Pull the scanner's cable and plug it in again.",
		}
	}
	return nil
}
