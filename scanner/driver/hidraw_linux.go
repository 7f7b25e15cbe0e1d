package driver

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"waybill/internal/fault"
	"waybill/internal/hid"
	"waybill/scanner"
)

// openHIDPOS opens a scanner in HID POS mode.
func openHIDPOS(ctx context.Context, o scanner.Options) (scanner.Scanner, error) {
	o = withDefaults(o)
	op := fmt.Sprintf("scanner %q on %s", o.Name, o.Address)
	d, err := findPOS(o.Address)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", op, err)
	}
	desc, err := hid.ParseDescriptor(d.Descriptor)
	if err != nil {
		return nil, &fault.Error{Op: op, Kind: fault.Permanent, Err: err}
	}
	f, err := hid.Open(ctx, d.Raw)
	if err != nil {
		return nil, nodeError(op, d.Raw, err)
	}
	s, err := newHIDPOS(o, desc, f)
	if err != nil {
		f.Close()
		return nil, &fault.Error{Op: op, Kind: fault.Invalid, Err: err, Hint: "Use another driver for it: `waybill scanners` says what it is."}
	}
	s.who = known(d)
	return s, nil
}

// findPOS returns the scanner in HID POS mode with that address.
func findPOS(address string) (hid.Device, error) {
	d, present, isUSB, err := lookUp(address)
	if err != nil {
		return hid.Device{}, &fault.Error{Kind: fault.Invalid, Err: err}
	}
	use := hid.Use{
		Name: "scanner in HID POS mode", Serves: hid.Device.IsScanner,
		Else: "Use the driver evdev for a scanner that types, serial for one in serial (COM) mode, or switch the scanner to HID POS mode.",
	}
	if isUSB {
		return hid.Choose(present, wanted(d), use)
	}
	found, err := hid.AtRaw(present, address)
	switch {
	case err != nil:
		return found, &fault.Error{Kind: fault.NotFound, Err: err, Hint: "Plug the scanner in; `waybill scanners` lists what there is."}
	case !found.IsScanner():
		return found, &fault.Error{Kind: fault.Invalid, Err: fmt.Errorf("it is no %s (%s)", use.Name, found.Words()), Hint: use.Else}
	}
	return found, nil
}

// A reportFile is a device that sends and takes whole reports. It is an interface
// because tests give another: a packet socket.
type reportFile interface {
	Read(p []byte) (int, error)
	Write(p []byte) (int, error)
	SetReadDeadline(t time.Time) error
	Close() error
}

// A hidPOS is an open scanner in HID POS mode.
type hidPOS struct {
	*inbox
	f        reportFile
	r        *posReader
	speaker  posSpeaker
	who      scanner.Device
	speaking chan struct{} // holds one while a signal is on its way
}

func newHIDPOS(o scanner.Options, d hid.Descriptor, f reportFile) (*hidPOS, error) {
	r, err := newPOSReader(d, o.Framing)
	if err != nil {
		return nil, err
	}
	s := &hidPOS{inbox: newInbox(o), f: f, r: r, speaker: posSpeaker{d, o.Profile}, speaking: make(chan struct{}, 1)}
	go s.readAll()
	return s, nil
}

func (s *hidPOS) readAll() {
	buf := make([]byte, max(s.r.size(), 64)+1)
	for {
		var n int
		var err error
		if s.r.pending {
			n, err = s.readWithin(buf, silence)
		} else {
			n, err = s.readWithin(buf, 0)
		}
		if errors.Is(err, os.ErrDeadlineExceeded) { // it may be that this program stood still
			n, err = s.readWithin(buf, lastLook)
		}
		now := s.o.Now()
		var scans []scanner.Scan
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			scans = s.r.quiet(now)
		case err != nil:
			s.putAll(s.r.end())
			s.inbox.end(goneError(err))
			return
		default:
			scans = s.r.take(buf[:n], now)
		}
		if !s.putAll(scans) {
			s.inbox.end(errClosed)
			return
		}
	}
}

// lastLook is how long a report may take that has long been waiting.
const lastLook = 5 * time.Millisecond

// readWithin reads one report; 0 waits for ever.
func (s *hidPOS) readWithin(buf []byte, wait time.Duration) (int, error) {
	var deadline time.Time
	if wait > 0 {
		deadline = time.Now().Add(wait)
	}
	if err := s.f.SetReadDeadline(deadline); err != nil {
		return 0, err
	}
	return s.f.Read(buf)
}

func (s *hidPOS) putAll(scans []scanner.Scan) bool {
	for _, scan := range scans {
		if !s.put(scan) {
			return false
		}
	}
	return true
}

// Signal makes the scanner beep, within a second or not at all. The kernel waits
// for a scanner that does not listen, which no deadline of ours ends: so that is
// left to itself, and no further signal is sent until it is over.
func (s *hidPOS) Signal(ctx context.Context, sig scanner.Signal) error {
	fail := func(kind fault.Kind, err error) error {
		return &fault.Error{Op: fmt.Sprintf("signal %s to scanner %q", sig, s.o.Name), Kind: kind, Err: err}
	}
	report, err := s.speaker.report(sig)
	if err != nil {
		return fail(fault.Invalid, err)
	}
	if report == nil {
		return nil
	}
	select {
	case s.speaking <- struct{}{}:
	default:
		return fail(fault.Transient, errors.New("the scanner still does not take the last one"))
	}
	done := make(chan error, 1)
	go func() {
		_, err := s.f.Write(report)
		<-s.speaking
		done <- err
	}()
	ctx, cancel := context.WithTimeout(ctx, signalTimeout)
	defer cancel()
	select {
	case err := <-done:
		if err != nil {
			return fail(fault.Transient, goneError(err))
		}
		return nil
	case <-ctx.Done():
		return fail(fault.Transient, ctx.Err())
	}
}

// Device returns who the scanner is.
func (s *hidPOS) Device() scanner.Device { return s.who }

// Close releases the device file.
func (s *hidPOS) Close() error { return s.shut(s.f.Close) }

// hidPOSAppears returns where a scanner in HID POS mode shows up.
func hidPOSAppears(string) []string { return []string{"/dev"} }
