package driver

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"waybill/internal/fault"
	"waybill/internal/hid"
	"waybill/internal/usbport"
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
	w, err := usbport.Watch(f)
	if err != nil {
		f.Close()
		return nil, nodeError(op, d.Raw, err)
	}
	s, err := newHIDPOS(o, desc, w)
	if err != nil {
		w.Close()
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
	f       reportFile
	r       *posReader
	speaker posSpeaker
	who     scanner.Device
	says    chan said
	gone    chan struct{} // closed when nothing can be read any more
}

// A said is a signal on its way to the scanner.
type said struct {
	report []byte
	at     time.Time
}

// signalsWait is how many signals may wait for a scanner that is slow to listen.
const signalsWait = 8

func newHIDPOS(o scanner.Options, d hid.Descriptor, f reportFile) (*hidPOS, error) {
	r, err := newPOSReader(d, o.Framing)
	if err != nil {
		return nil, err
	}
	s := &hidPOS{inbox: newInbox(o), f: f, r: r, speaker: posSpeaker{d, o.Profile}, says: make(chan said, signalsWait), gone: make(chan struct{})}
	go s.readAll()
	go s.sayAll()
	return s, nil
}

func (s *hidPOS) readAll() {
	end := func(err error) {
		close(s.gone)
		s.inbox.end(err)
	}
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
			end(goneError(err))
			return
		default:
			scans = s.r.take(buf[:n], now)
		}
		if !s.putAll(scans) {
			end(errClosed)
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

// Signal has the scanner beep, and does not wait for it: the kernel may wait long
// for a scanner that does not listen, and the next scan must not. That it was not
// told, the log says. A signal that comes more than a second late belongs to
// another parcel, and is not given.
func (s *hidPOS) Signal(_ context.Context, sig scanner.Signal) error {
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
	case <-s.gone:
		return fail(fault.Transient, errors.New("the scanner is gone"))
	default:
	}
	select {
	case s.says <- said{report, time.Now()}:
		return nil
	default:
		return fail(fault.Transient, errors.New("the scanner still does not take the last ones"))
	}
}

// sayAll tells the scanner one signal after the other until it is gone. A write
// that hangs is left to the kernel, and ends with it.
func (s *hidPOS) sayAll() {
	for {
		select {
		case <-s.gone:
			return
		case w := <-s.says:
			if time.Since(w.at) > signalTimeout {
				s.o.Log.Warn("The scanner was so slow to listen that it was not told whether the scan was good.", "scanner", s.o.Name)
				continue
			}
			if _, err := s.f.Write(w.report); err != nil {
				s.o.Log.Warn("The scanner could not be told whether the scan was good.", "scanner", s.o.Name, "err", goneError(err))
			}
		}
	}
}

// Device returns who the scanner is.
func (s *hidPOS) Device() scanner.Device { return s.who }

// Close releases the device file.
func (s *hidPOS) Close() error { return s.shut(s.f.Close) }

// hidPOSAppears returns where a scanner in HID POS mode shows up.
func hidPOSAppears(string) []string { return []string{"/dev"} }
