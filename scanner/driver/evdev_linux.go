package driver

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"waybill/internal/fault"
	"waybill/internal/hid"
	"waybill/internal/usbport"
	"waybill/scanner"
)

// openEvdev takes a scanner that types away from every other program and reads
// its key strokes.
func openEvdev(ctx context.Context, o scanner.Options) (scanner.Scanner, error) {
	o = withDefaults(o)
	op := fmt.Sprintf("scanner %q on %s", o.Name, o.Address)
	l, ok := layoutNamed(o.Layout)
	if !ok {
		return nil, &fault.Error{Op: op, Kind: fault.Invalid, Err: fmt.Errorf("keyboard layout %q is not known", o.Layout), Hint: "Write one of " + strings.Join(layoutNames(), ", ") + "; a scanner set to us needs none."}
	}
	if err := o.Framing.Check(); err != nil {
		return nil, &fault.Error{Op: op, Kind: fault.Invalid, Err: err}
	}
	path, who, err := findWedge(o.Address)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", op, err)
	}
	f, err := os.OpenFile(path, os.O_RDWR|unix.O_NONBLOCK, 0)
	if errors.Is(err, os.ErrPermission) {
		f, err = os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK, 0) // without its lights
	}
	if err != nil {
		return nil, nodeError(op, path, err)
	}
	w, err := usbport.Watch(f)
	if err != nil {
		f.Close()
		return nil, nodeError(op, path, err)
	}
	e, err := newEvdev(ctx, o, l, kernelInput{w})
	if err != nil {
		w.Close()
		return nil, nodeError(op, path, err)
	}
	e.who = who
	return e, nil
}

// findWedge returns the event device file of the scanner with that address.
func findWedge(address string) (string, scanner.Device, error) {
	d, present, isUSB, err := lookUp(address)
	if err != nil {
		return "", d, &fault.Error{Kind: fault.Invalid, Err: err}
	}
	if !isUSB {
		node, err := hid.NodeOf(address)
		switch {
		case err != nil:
			return "", d, &fault.Error{Kind: fault.NotFound, Err: err, Hint: "Plug the scanner in; `waybill scanners` lists what there is."}
		case node.Pointing:
			return "", d, &fault.Error{Kind: fault.Invalid, Err: fmt.Errorf("%s moves a pointer as well, and is left to the desktop", address), Hint: "Name the scanner's own device file; `waybill scanners` lists it."}
		}
		for _, p := range present {
			for _, n := range p.Inputs {
				if n.Path == node.Path {
					d = known(p)
				}
			}
		}
		d.Port = node.Path
		return node.Path, d, nil
	}
	found, err := hid.Choose(present, wanted(d), hid.Use{
		Name: "scanner that types", Serves: hid.Device.Types,
		Else: "Use the driver hidpos for a scanner in HID POS mode, serial for one in serial (COM) mode, or switch the scanner to keyboard mode.",
	})
	if err != nil {
		return "", d, err
	}
	d = known(found)
	for _, n := range found.Inputs {
		if n.Typing && !n.Pointing {
			d.Port = n.Path
			break
		}
	}
	return d.Port, d, nil
}

// An inputDevice is an event device as the kernel gives it. It is an interface
// because tests give another: a pipe.
type inputDevice interface {
	Read(p []byte) (int, error)
	SetReadDeadline(t time.Time) error
	Close() error
	// ready reads what waits, and does not wait for more.
	ready(p []byte) (int, error)
	// grab takes the device away from all other readers, or gives it back.
	grab(on bool) error
	// held returns the keys that are down now. The strokes that wait are thrown
	// away by it, so that what is read next follows.
	held() ([]uint16, error)
	// light switches the Caps Lock light, which some scanners look at.
	light(caps bool) error
}

// kernelInput is an inputDevice of the kernel's.
type kernelInput struct{ *usbport.File }

// The requests of linux/input.h.
const (
	requestGrab = 0x40044590
	requestKeys = 0x80004518 | (keyMax/8+1)<<16
)

func (k kernelInput) ready(p []byte) (int, error) { return readyNow(k.File.File, p) }

func (k kernelInput) grab(on bool) error {
	v := 0
	if on {
		v = 1
	}
	return k.control(func(fd int) error { return unix.IoctlSetInt(fd, requestGrab, v) })
}

func (k kernelInput) held() ([]uint16, error) {
	var bits [keyMax/8 + 1]byte
	if err := k.control(func(fd int) error { return ioctlBytes(fd, requestKeys, bits[:]) }); err != nil {
		return nil, err
	}
	var codes []uint16
	for code := range uint16(keyMax + 1) {
		if bits[code/8]>>(code%8)&1 == 1 {
			codes = append(codes, code)
		}
	}
	return codes, nil
}

func (k kernelInput) light(caps bool) error {
	v := int32(0)
	if caps {
		v = 1
	}
	b := appendEvent(nil, event{kindLight, lightCaps, v})
	_, err := k.Write(appendEvent(b, event{kindSync, syncReport, 0}))
	return err
}

func (k kernelInput) control(do func(fd int) error) error {
	c, err := k.SyscallConn()
	if err != nil {
		return err
	}
	var done error
	if err := c.Control(func(fd uintptr) { done = do(int(fd)) }); err != nil {
		return err
	}
	return done
}

// readyNow reads what waits in a file that does not block.
func readyNow(f *os.File, p []byte) (int, error) {
	c, err := f.SyscallConn()
	if err != nil {
		return 0, err
	}
	var n int
	var done error
	if err := c.Control(func(fd uintptr) { n, done = unix.Read(int(fd), p) }); err != nil {
		return 0, err
	}
	if errors.Is(done, unix.EAGAIN) || errors.Is(done, unix.EINTR) {
		return 0, nil
	}
	return max(n, 0), done
}

// timeSize is that of an event's time: two of the kernel's long integers.
const (
	timeSize  = 2 * strconv.IntSize / 8
	eventSize = timeSize + 8
)

func appendEvent(b []byte, e event) []byte {
	b = append(b, make([]byte, timeSize)...)
	b = binary.NativeEndian.AppendUint16(b, e.kind)
	b = binary.NativeEndian.AppendUint16(b, e.code)
	return binary.NativeEndian.AppendUint32(b, uint32(e.value))
}

func eventOf(b []byte) event {
	b = b[timeSize:]
	return event{binary.NativeEndian.Uint16(b), binary.NativeEndian.Uint16(b[2:]), int32(binary.NativeEndian.Uint32(b[4:]))}
}

// An evdev is an open scanner that types.
type evdev struct {
	*inbox
	dev  inputDevice
	w    *wedge
	who  scanner.Device
	caps bool
}

// heldTimeout is how long a key may be held before the scanner can be taken.
const heldTimeout = 2 * time.Second

// newEvdev takes the device and begins to read.
func newEvdev(ctx context.Context, o scanner.Options, l layout, dev inputDevice) (*evdev, error) {
	e := &evdev{inbox: newInbox(o), dev: dev, w: newWedge(l, o.Framing)}
	typed, err := takeOver(ctx, dev)
	if err != nil {
		return nil, err
	}
	if typed {
		e.w.resync(nil, badBefore, o.Now())
	}
	if err := dev.light(false); err != nil {
		o.Log.DebugContext(ctx, "The scanner's Caps Lock light cannot be switched.", "scanner", o.Name, "err", err)
	}
	go e.readAll()
	return e, nil
}

var errHeld = errors.New("a key of it is held down")

// takeOver grabs the device at a moment when no key is down: a program that has
// seen a key go down and never sees it come up repeats it for ever. It reports
// whether something was typed meanwhile, which other programs have got.
func takeOver(ctx context.Context, dev inputDevice) (typed bool, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, heldTimeout, errHeld)
	defer cancel()
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	buf := make([]byte, 64*eventSize)
	for {
		n, err := dev.ready(buf)
		for ; n > 0 && err == nil; n, err = dev.ready(buf) {
			typed = true
		}
		if err != nil {
			return typed, err
		}
		down, err := dev.held()
		if err == nil && len(down) == 0 {
			if err = dev.grab(true); err == nil {
				if down, err = dev.held(); err == nil && len(down) == 0 {
					return typed, nil
				}
				err = errors.Join(err, dev.grab(false)) // a key went down just before
			}
		}
		if err != nil {
			return typed, err
		}
		typed = true
		select {
		case <-again.C:
		case <-ctx.Done():
			return typed, context.Cause(ctx)
		}
	}
}

// readAll reads until the scanner is gone or closed.
func (e *evdev) readAll() {
	buf := make([]byte, 64*eventSize)
	rest := 0 // bytes of an event that has not come whole
	for {
		var deadline time.Time
		if e.w.pending() {
			deadline = time.Now().Add(e.w.wait())
		}
		err := e.dev.SetReadDeadline(deadline)
		n := 0
		if err == nil {
			n, err = e.dev.Read(buf[rest:])
		}
		quiet := errors.Is(err, os.ErrDeadlineExceeded)
		if quiet { // of this program, it may be: what came while it stood still is waiting
			n, err = e.dev.ready(buf[rest:])
		}
		now := e.o.Now()
		var frames []scanner.Frame
		switch {
		case err != nil:
			e.frames(e.w.end())
			e.inbox.end(goneError(err))
			return
		case n == 0 && quiet:
			frames = e.w.quiet(now)
		}
		whole := (rest + n) / eventSize * eventSize
		more, err := e.takeAll(buf[:whole], now)
		rest = copy(buf, buf[whole:rest+n])
		frames = append(frames, more...)
		if err != nil { // what was whole before the scanner went is a scan
			e.frames(append(frames, e.w.end()...))
			e.inbox.end(goneError(err))
			return
		}
		if !e.frames(frames) {
			e.inbox.end(errClosed)
			return
		}
	}
}

// takeAll takes what was read at once.
func (e *evdev) takeAll(b []byte, now time.Time) ([]scanner.Frame, error) {
	var frames []scanner.Frame
	for ; len(b) >= eventSize; b = b[eventSize:] {
		ev := eventOf(b)
		if ev.kind == kindSync && ev.code == syncDropped {
			// What stands behind it is older than the state that can be asked for,
			// and what waits is thrown away by asking.
			held, err := e.dev.held()
			if err != nil {
				return frames, err
			}
			e.w.resync(held, badDropped, now)
			return frames, nil
		}
		frames = append(frames, e.w.take(ev, now)...)
		if caps := e.w.keyboard.caps; caps != e.caps {
			e.caps = caps
			_ = e.dev.light(caps) // it is a courtesy
		}
	}
	return frames, nil
}

// Signal does nothing: a keyboard has no beeper.
func (e *evdev) Signal(context.Context, scanner.Signal) error { return nil }

// Device returns who the scanner is.
func (e *evdev) Device() scanner.Device { return e.who }

// Close gives the scanner back to the other programs.
func (e *evdev) Close() error { return e.shut(e.dev.Close) }

// evdevAppears returns where a scanner that types shows up. The kernel takes
// /dev/input away with the last device in it and makes it anew in /dev.
func evdevAppears(address string) []string {
	dirs := []string{"/dev/input", "/dev"}
	if strings.HasPrefix(address, "/") && filepath.Dir(address) != "/dev/input" {
		dirs = append(dirs, filepath.Dir(address))
	}
	return dirs
}
