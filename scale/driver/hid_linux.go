package driver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"waybill/internal/fault"
	"waybill/internal/hid"
	"waybill/internal/link"
	"waybill/internal/usbport"
	"waybill/scale"
)

// openHID opens a scale on USB by usb://VENDOR:PRODUCT/SERIAL or by its device
// file, hid:///dev/hidraw0.
func openHID(ctx context.Context, o scale.Options) (scale.Scale, error) {
	o = withDefaults(o)
	op := fmt.Sprintf("scale %q at %s", o.Name, o.Link)
	d, err := findHID(o.Link)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", op, err)
	}
	desc, err := hid.ParseDescriptor(d.Descriptor)
	if err != nil {
		return nil, &fault.Error{Op: op, Kind: fault.Permanent, Err: err}
	}
	r, err := newHIDReader(desc)
	if err != nil {
		return nil, &fault.Error{Op: op, Kind: fault.Permanent, Err: err}
	}
	f, err := hid.Open(ctx, d.Raw)
	if err != nil {
		return nil, hidError(op, d.Raw, err)
	}
	w, err := usbport.Watch(f)
	if err != nil {
		f.Close()
		return nil, hidError(op, d.Raw, err)
	}
	return newHIDScale(o, r, w, func(b []byte) error { return hid.InputReport(f, b) }), nil
}

func findHID(address string) (hid.Device, error) {
	present, err := hid.Devices()
	if err != nil {
		return hid.Device{}, err
	}
	use := hid.Use{Name: "scale", Serves: hid.Device.IsScale, Else: "Another driver is for it; `waybill scanners` says what it is."}
	if path, ok := strings.CutPrefix(address, "hid://"); ok {
		d, err := hid.AtRaw(present, path)
		switch {
		case err != nil:
			return d, &fault.Error{Kind: fault.NotFound, Err: err, Hint: "Plug the scale in and switch it on."}
		case !d.IsScale():
			return d, &fault.Error{Kind: fault.Invalid, Err: fmt.Errorf("it is no scale (%s)", d.Words()), Hint: use.Else}
		}
		return d, nil
	}
	a, err := link.ParseUSB(address)
	if err != nil {
		return hid.Device{}, &fault.Error{Kind: fault.Invalid, Err: fmt.Errorf("link %q: want usb://VENDOR:PRODUCT/SERIAL, such as usb://0922:8003, or hid:///dev/hidraw0", address)}
	}
	return hid.Choose(present, a, use)
}

// hidAppears returns where a scale on USB shows up.
func hidAppears(string) []string { return []string{"/dev"} }

func hidError(op, path string, err error) error {
	e := &fault.Error{Op: op, Kind: fault.Transient, Err: err}
	switch {
	case errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ENODEV) || errors.Is(err, unix.ENXIO):
		e.Kind, e.Hint = fault.NotFound, "Plug the scale in and switch it on."
	case errors.Is(err, fs.ErrPermission):
		e.Kind = fault.Permanent
		_, e.Hint = hid.Access(path)
	case errors.Is(err, hid.ErrInUse):
		e.Kind, e.Hint = fault.Conflict, "Close the other program that has taken this scale."
	}
	return e
}

// A hidScale is a Scale that says by itself what lies on it, in whole reports.
// One goroutine reads, so that no old report waits in the kernel; it ends when
// Close closes the device file.
type hidScale struct {
	o   scale.Options
	r   hidReader
	f   io.ReadCloser
	ask func(report []byte) error // for the present report; the first byte says which

	mu     sync.Mutex
	latest scale.Reading
	fresh  bool // it was not handed out
	err    error

	news     chan struct{} // room for one
	done     chan struct{} // the reader has ended
	asking   chan struct{} // holds one while a question is on its way
	closed   chan struct{}
	closing  sync.Once
	closeErr error // set by the first Close

	// Of the caller of Next, of whom there is one at a time.
	called time.Time // when it called before
	handed time.Time // when the last reading was handed out
}

func newHIDScale(o scale.Options, r hidReader, f io.ReadCloser, ask func([]byte) error) *hidScale {
	s := &hidScale{
		o: o, r: r, f: f, ask: ask, called: o.Now(),
		news: make(chan struct{}, 1), done: make(chan struct{}), asking: make(chan struct{}, 1), closed: make(chan struct{}),
	}
	go s.listen()
	return s
}

func (s *hidScale) listen() {
	defer close(s.done)
	b := make([]byte, max(s.r.size(), 64)+1)
	for {
		n, err := s.f.Read(b)
		if err != nil {
			s.mu.Lock()
			s.err = err
			s.mu.Unlock()
			return
		}
		s.heard(b[:n])
	}
}

// heard keeps a report's reading in place of the one before.
func (s *hidScale) heard(report []byte) {
	r, ours := s.r.read(report)
	if !ours {
		return
	}
	r = finish(r, s.o)
	r.Scale, r.At, r.Raw = s.o.Name, s.o.Now(), bytes.Clone(report[:min(len(report), scale.MaxRaw)])
	s.mu.Lock()
	s.latest, s.fresh = r, true
	s.mu.Unlock()
	select {
	case s.news <- struct{}{}:
	default:
	}
}

// question asks for the present report: some scales speak only when something
// changes. The kernel may take seconds over a scale that does not answer.
func (s *hidScale) question() {
	select {
	case s.asking <- struct{}{}:
	default:
		return
	}
	go func() {
		defer func() { <-s.asking }()
		b := make([]byte, s.r.size())
		b[0] = s.r.weight.ID
		if err := s.ask(b); err != nil {
			s.o.Log.Debug("The scale does not answer a question.", "scale", s.o.Name, "err", err)
			return
		}
		if b[0] == s.r.weight.ID { // some answer with nothing
			s.heard(b)
		}
	}()
}

// Next returns what the scale says now.
func (s *hidScale) Next(ctx context.Context) (scale.Reading, error) {
	since := s.called
	s.called = s.o.Now()
	pause := time.NewTimer(time.Until(s.handed.Add(s.o.Poll)))
	defer pause.Stop()
	select {
	case <-pause.C:
	case <-s.done: // what it said last is not lost
	case <-ctx.Done():
		return scale.Reading{}, s.stopped(ctx)
	}
	limit, doubt := time.NewTimer(s.o.Answer), time.NewTimer(s.o.Answer/2)
	defer limit.Stop()
	defer doubt.Stop()
	for {
		if r, ok := s.take(since); ok {
			s.handed = time.Now()
			return r, nil
		}
		select {
		case <-s.news:
		case <-doubt.C:
			s.question()
		case <-limit.C:
			s.handed = time.Now()
			return scale.Reading{Scale: s.o.Name, Condition: scale.NoAnswer, Detail: "it sends no reports", At: s.o.Now()}, nil
		case <-s.done:
			if r, ok := s.take(since); ok {
				return r, nil
			}
			return scale.Reading{}, s.gone()
		case <-ctx.Done():
			return scale.Reading{}, s.stopped(ctx)
		}
	}
}

// take hands out the latest reading, once, if it is not older than since.
func (s *hidScale) take(since time.Time) (scale.Reading, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-s.closed:
		return scale.Reading{}, false
	default:
	}
	if !s.fresh || s.latest.At.Before(since) {
		return scale.Reading{}, false
	}
	s.fresh = false
	return s.latest, true
}

func (s *hidScale) stopped(ctx context.Context) error {
	return fmt.Errorf("reading of scale %q: %w", s.o.Name, ctx.Err())
}

func (s *hidScale) gone() error {
	e := &fault.Error{Op: fmt.Sprintf("reading of scale %q", s.o.Name), Kind: fault.Transient}
	select {
	case <-s.closed:
		e.Kind, e.Err = fault.Permanent, errClosed
		return e
	default:
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	e.Err = s.err
	if errors.Is(s.err, unix.EIO) || errors.Is(s.err, unix.ENODEV) || errors.Is(s.err, io.EOF) || errors.Is(s.err, os.ErrClosed) {
		e.Err = errors.New("the scale was unplugged or switched off")
	}
	return e
}

// Close releases the device file. The kernel may take long to let go of a scale
// that does not answer: then it is left to that.
func (s *hidScale) Close() error {
	s.closing.Do(func() {
		close(s.closed)
		closed := make(chan error, 1)
		go func() {
			err := s.f.Close()
			<-s.done
			closed <- err
		}()
		limit := time.NewTimer(closeTimeout)
		defer limit.Stop()
		select {
		case s.closeErr = <-closed:
		case <-limit.C:
			s.closeErr = errors.New("the system does not let go of it (pull its cable and plug it in again)")
		}
	})
	if s.closeErr != nil {
		return fmt.Errorf("close scale %q: %w", s.o.Name, s.closeErr)
	}
	return nil
}
