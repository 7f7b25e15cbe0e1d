package driver

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"waybill/internal/fault"
	"waybill/scanner"
)

// A port is a byte stream to a scanner.
type port interface {
	// read waits at most the given time, 0 for as long as it takes, and returns 0
	// and nil where nothing came. An error means that the scanner is gone.
	read(p []byte, wait time.Duration) (int, error)
	// write may never return: a device that takes no bytes can hold it for good.
	write(p []byte) error
	// interrupt ends the read that waits, where the port can, and all later ones.
	interrupt()
	// close is called when nobody reads any more. It releases the port for the
	// next who opens it.
	close() error
}

// A trait is what a stream must know of its port.
type trait struct {
	poll   time.Duration  // how long a read may wait
	marked bool           // damaged bytes are marked, as package link says
	device scanner.Device // who is at the other end, where that is known
}

const (
	pollEvery     = 100 * time.Millisecond // how soon a reader that cannot be interrupted notices that it shall stop
	signalTimeout = time.Second            // a later beep belongs to another parcel
	closeTimeout  = 2 * time.Second        // the kernel may wait half a minute for bytes nobody takes
	writeGrace    = 200 * time.Millisecond // for a beep that is on its way
	backlog       = 256                    // scans read and not yet asked for; then the wire waits
	lookEvery     = time.Second            // a read that the system wakes is begun anew so often, should it forget to
	stall         = 2 * time.Second        // a scan whose bytes stop for so long has no end
	resendSlack   = 100 * time.Millisecond // how long the bytes of a scan that is sent again may take
	enqEvery      = 100 * time.Millisecond // a scanner that waits for ENQ is asked so often
	deafFor       = 5 * time.Second        // a scanner that takes nothing is left alone so long

	// resendsOver is when a scanner that speaks SSI has given up a scan: it sends it
	// twice again, each time after at most 9.9 s without our ACK (Zebra DS4308
	// Product Reference Guide, chapter 7, Retries and parameter 155; checked_on
	// 2026-11-28), and bytes take time.
	resendsOver = 2*9900*time.Millisecond + time.Second
)

const (
	ack = 0x06
	nak = 0x15
	enq = 0x05
)

var errClosed = errors.New("closed by this program")

// A stream is a Scanner over a port. One goroutine reads, because a read that
// races a close may take another file's bytes; one writes, because a write may
// hang. Both end with Close, but for a write that hangs: it is left behind
// together with the port, and ends when the device lets go.
type stream struct {
	o     scanner.Options
	p     port
	trait trait
	scans chan owedScan // closed by the reader when it ends
	err   error         // why the reader ended; set before scans is closed

	orders chan order
	asides chan []byte // what the protocol has us answer to what is no scan
	stuck  atomic.Bool // the writer has missed its deadline and not come back
	deaf   atomic.Bool // the last write was broken off, since the scanner took nothing

	mu   sync.Mutex
	owed *owedScan // the scan that Next returned last and that waits for its answer
	kept kept      // the last scan that was acknowledged, or that may have been before the connection broke

	stop      chan struct{}
	readDone  chan struct{}
	writeDone chan struct{}
	closing   sync.Once
	closeErr  error
}

// An owedScan is one with the answers that its scanner waits for.
type owedScan struct {
	scan     scanner.Scan
	ack, nak []byte
}

// kept is an acknowledged scan, to know it again.
type kept struct {
	raw string
	at  time.Time // when its last byte came: the scanner waits for our ACK from then on
}

type order struct {
	b    []byte
	done chan error // room for one
}

func newStream(o scanner.Options, p port, t trait) *stream {
	s := &stream{
		o: o, p: p, trait: t,
		scans: make(chan owedScan, backlog), orders: make(chan order), asides: make(chan []byte, 16),
		stop: make(chan struct{}), readDone: make(chan struct{}), writeDone: make(chan struct{}),
		kept: kept{string(o.Kept.Raw), o.Kept.At},
	}
	go s.readAll()
	go s.writeAll()
	return s
}

var _ scanner.Identified = (*stream)(nil)

// Device returns what is known of the scanner at the other end.
func (s *stream) Device() scanner.Device { return s.trait.device }

// withDefaults fills in what a driver may rely on.
func withDefaults(o scanner.Options) scanner.Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	o.Protocol, o.Handshake = cmp.Or(o.Protocol, scanner.Plain), cmp.Or(o.Handshake, scanner.NoHandshake)
	if o.Framing.Stall == 0 && o.Framing.Idle == 0 {
		o.Framing.Stall = stall
	}
	if o.Handshake != scanner.NoHandshake && o.Profile.Name == "ack_nak" {
		o.Profile = scanner.Profile{} // the same characters, in another sense
	}
	return o
}

func (s *stream) readAll() {
	defer close(s.readDone)
	defer close(s.scans)
	cutter := scanner.NewCutter(s.o.Protocol, s.o.Framing)
	var marks unmarker
	buf := make([]byte, 4096)
	for {
		select {
		case <-s.stop:
			s.err = errClosed
			return
		default:
		}
		wait := s.trait.poll
		if due, ok := cutter.Deadline(); ok {
			left := max(due.Sub(s.o.Now()), time.Millisecond)
			if wait == 0 || left < wait {
				wait = left
			}
		}
		n, err := s.p.read(buf, wait)
		now := s.o.Now()
		var frames []scanner.Frame
		switch {
		case n == 0:
			frames = cutter.Flush(now)
		case s.trait.marked:
			frames = marks.push(cutter, buf[:n], now)
		default:
			frames = cutter.Push(buf[:n], now)
		}
		if err != nil {
			frames = append(frames, cutter.End()...)
			s.err = err
		}
		for _, f := range frames {
			if !s.take(f) {
				s.err = errClosed
				s.o.Log.Warn("A scan came while the scanner was being closed; it was not taken.", "scanner", s.o.Name)
				return
			}
		}
		if err != nil {
			return
		}
		if len(frames) > 0 {
			runtime.Gosched() // whoever waits for the scan first; the wire can wait for a moment
		}
	}
}

// take hands a frame on, and reports whether it could.
func (s *stream) take(f scanner.Frame) bool {
	if f.Aside {
		select {
		case s.asides <- f.Ack:
		default: // the scanner takes nothing; it will ask again
		}
		return true
	}
	h := owedScan{
		scan: scanner.Scan{Scanner: s.o.Name, Role: s.o.Role, Raw: f.Raw, AIM: f.AIM, First: f.First, At: f.At, Bad: f.Bad, Resent: f.Resent},
		ack:  f.Ack, nak: f.Nak,
	}
	if s.o.Handshake != scanner.NoHandshake && s.o.Protocol == scanner.Plain {
		h.ack, h.nak = []byte{ack}, []byte{nak}
	}
	if f.Bad == "" && s.o.FoundNothing(f.Raw) {
		h.scan.Bad, h.nak = badNoRead, h.ack // asking again would bring the same
	}
	select {
	case s.scans <- h:
		return true
	case <-s.stop:
		return false
	}
}

func (s *stream) writeAll() {
	defer close(s.writeDone)
	var ask <-chan time.Time
	if s.o.Handshake == scanner.Enq {
		t := time.NewTicker(enqEvery)
		defer t.Stop()
		ask = t.C
	}
	for {
		select {
		case <-s.stop:
			return
		case b := <-s.asides:
			_ = s.p.write(b) // the reader hears of it where the scanner is gone
		case <-ask:
			if !s.owes() {
				_ = s.p.write([]byte{enq})
			}
		case o := <-s.orders:
			err := s.p.write(o.b)
			if errors.Is(err, os.ErrDeadlineExceeded) && !s.deaf.Swap(true) {
				time.AfterFunc(deafFor, func() { s.deaf.Store(false) })
			}
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
	case h, ok := <-s.scans:
		if ok {
			return s.owe(h), nil
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

// owe notes that h waits for its answer, and tells whether it is one that was
// acknowledged before: by what the scanner says of it, or by the same bytes when
// a scanner that missed our ACK sends again. Sooner or later it is a trigger that
// was pulled anew: two equal items in a row are two. What the scanner calls sent
// again long after it must have given up is of another pull, of which we missed the
// first try.
func (s *stream) owe(h owedScan) scanner.Scan {
	s.mu.Lock()
	defer s.mu.Unlock()
	same := h.scan.Bad == "" && s.kept.raw == string(h.scan.Raw) && !s.kept.at.IsZero()
	after := h.scan.At.Sub(s.kept.at)
	h.scan.Resent = same && (h.scan.Resent && after <= resendsOver || s.due(after))
	s.owed = nil
	if len(h.ack)+len(h.nak) > 0 {
		s.owed = &h
	}
	return h.scan
}

// due reports whether a scanner that missed our ACK sends again when so much time
// has passed since it sent. Its timer and ours differ, and bytes take time.
func (s *stream) due(after time.Duration) bool {
	wait := s.o.Resends
	return s.o.Handshake != scanner.NoHandshake && wait > 0 && after >= wait*9/10 && after <= wait*11/10+resendSlack
}

func (s *stream) owes() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.owed != nil
}

// answer returns what to send for sig: the answer that the scanner waits for, if
// it does, and what tells the person.
func (s *stream) answer(sig scanner.Signal) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	told := s.o.Profile.Bytes(sig)
	if s.owed == nil || sig == scanner.Wait {
		return told
	}
	h := s.owed
	s.owed = nil
	if h.scan.Bad != "" || sig == scanner.Unkept {
		s.kept = kept{}
		return append(bytes.Clone(h.nak), told...)
	}
	s.kept = kept{string(h.scan.Raw), h.scan.At}
	return append(bytes.Clone(h.ack), told...)
}

// Signal answers the scanner and tells the person, within a second or not at all.
func (s *stream) Signal(ctx context.Context, sig scanner.Signal) error {
	b := s.answer(sig)
	if len(b) == 0 {
		return nil
	}
	fail := func(err error) error {
		return &fault.Error{Op: fmt.Sprintf("signal %s to scanner %q", sig, s.o.Name), Kind: fault.Transient, Err: err}
	}
	if s.stuck.Load() || s.deaf.Load() {
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
	s.p.interrupt()
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
