//go:build linux || darwin

package link

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// openSerial opens a port by the system's own terminal interface. The library
// for scanners' ports has no flow control, without which a printer loses what
// comes while its buffer is full, and cannot break a write off.
func openSerial(s Serial) (io.ReadWriteCloser, error) {
	p, err := openPort(s)
	if err != nil {
		return nil, err
	}
	return p, nil
}

func openPort(s Serial) (*serialPort, error) {
	// Without NONBLOCK the open would wait for a carrier.
	f, err := os.OpenFile(s.Path, os.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK, 0)
	if errors.Is(err, unix.EBUSY) {
		return nil, ErrPortInUse
	}
	if err != nil {
		return nil, err
	}
	p := &serialPort{f: f, baud: s.Baud, closed: make(chan struct{})}
	p.waiting = p.queued
	if p.raw, err = f.SyscallConn(); err == nil {
		err = p.control(func(fd int) error { return takePort(fd, s) })
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return p, nil
}

// takePort makes the port ours alone and sets it up.
func takePort(fd int, s Serial) error {
	// The terminal's exclusive mode does not stop the superuser; the lock does
	// among programs that ask for it, of which the scanners' driver is one.
	if err := unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB); errors.Is(err, unix.EWOULDBLOCK) {
		return ErrPortInUse
	}
	t, err := unix.IoctlGetTermios(fd, getTermios)
	if err != nil {
		return ErrNoSerialPort
	}
	if err := unix.IoctlSetInt(fd, unix.TIOCEXCL, 0); err != nil {
		return fmt.Errorf("exclusive use: %w", err)
	}
	configure(t, s)
	if err := setTermios(fd, t, s.Baud); err != nil {
		return fmt.Errorf("%d baud, %d bits, parity %s, %d stop bits, flow %s: %w", s.Baud, s.Bits, s.Parity, s.Stop, s.Flow, err)
	}
	// What an earlier program left there is not an answer to ours.
	return flushBoth(fd)
}

// configure makes t a raw line as s says.
func configure(t *unix.Termios, s Serial) {
	t.Iflag, t.Oflag, t.Lflag = unix.IGNBRK, 0, 0
	t.Cflag &^= unix.CSIZE | unix.CSTOPB | unix.PARENB | unix.PARODD | unix.CRTSCTS
	// CLOCAL: many cables have no carrier line. An adapter that is pulled out
	// ends the stream all the same.
	t.Cflag |= unix.CREAD | unix.CLOCAL
	if s.Bits == 7 {
		t.Cflag |= unix.CS7
	} else {
		t.Cflag |= unix.CS8
	}
	if s.Stop == 2 {
		t.Cflag |= unix.CSTOPB
	}
	switch s.Parity {
	case "even":
		t.Cflag |= unix.PARENB
	case "odd":
		t.Cflag |= unix.PARENB | unix.PARODD
	}
	if s.Parity == "even" || s.Parity == "odd" {
		// What a wrong parity tells of is read as NUL, which is no answer of any
		// device; without this it would be read as the character it has become.
		t.Iflag |= unix.INPCK
	}
	switch s.Flow {
	case XonXoff:
		// Only what we send is held up. The other way, IXOFF, would put a
		// control character into the middle of a label.
		t.Iflag |= unix.IXON
	case RTSCTS:
		t.Cflag |= unix.CRTSCTS
	case NoFlow:
	}
	if s.Hearing {
		// A byte without its stop bit is damaged as well, which is what a wrong
		// rate looks like; and so is a break.
		t.Iflag = t.Iflag&^(unix.IGNBRK|unix.IXON) | unix.INPCK | unix.PARMRK
		if s.Flow == XonXoff {
			t.Iflag |= unix.IXOFF
		}
	}
	t.Cc[unix.VMIN], t.Cc[unix.VTIME] = 1, 0
	t.Cc[unix.VSTART], t.Cc[unix.VSTOP] = 0x11, 0x13
}

// A serialPort is an open serial port.
type serialPort struct {
	f    *os.File
	raw  rawControl
	baud int
	// waiting returns how many bytes the system has yet to send.
	waiting func() (int, error)
	closed  chan struct{}
	once    sync.Once

	mu       sync.Mutex
	deadline time.Time
}

// rawControl is the part of a system's file that lends its descriptor.
type rawControl interface {
	Control(f func(fd uintptr)) error
}

// control does something with the descriptor.
func (p *serialPort) control(do func(fd int) error) error {
	var err error
	if cerr := p.raw.Control(func(fd uintptr) { err = do(int(fd)) }); cerr != nil { //nolint:gosec // a descriptor fits
		return cerr
	}
	return err
}

// Read waits for what the printer says.
func (p *serialPort) Read(b []byte) (int, error) { return p.f.Read(b) }

// Write returns when all of b is on the line, or how many bytes are when it
// breaks off; it tells one where it cannot be sure of none. The system takes
// some four thousand bytes before it sends any, which at 9600 baud is four
// seconds: a question asked after a Write that did not wait would seem
// unanswered.
func (p *serialPort) Write(b []byte) (int, error) {
	n, err := p.f.Write(b)
	if n == 0 {
		return 0, err
	}
	var waiting int
	if err == nil {
		if waiting, err = p.drain(); err == nil {
			return n, nil
		}
	} else if left, werr := p.waiting(); werr == nil {
		waiting = left
	}
	// The rest must not follow later: whoever hears of n decides on that.
	_ = p.control(flushOutput) // the port may be gone, and then so is the rest
	return max(1, n-waiting), err
}

// drain waits until nothing is left to send, and returns what is when the write
// deadline passes or the port is closed.
func (p *serialPort) drain() (waiting int, err error) {
	for {
		waiting, err = p.waiting()
		if err != nil || waiting == 0 {
			return 0, err
		}
		p.mu.Lock()
		deadline := p.deadline
		p.mu.Unlock()
		if !deadline.IsZero() && !time.Now().Before(deadline) {
			return waiting, os.ErrDeadlineExceeded
		}
		// Ten bits a byte. A deadline may be set meanwhile, so it looks often.
		t := time.NewTimer(min(max(time.Duration(waiting)*10*time.Second/time.Duration(p.baud), time.Millisecond), 20*time.Millisecond))
		select {
		case <-t.C:
		case <-p.closed:
			t.Stop()
			return waiting, os.ErrClosed
		}
	}
}

// queued asks the system how many bytes it has yet to send.
func (p *serialPort) queued() (n int, err error) {
	err = p.control(func(fd int) error {
		n, err = unix.IoctlGetInt(fd, unix.TIOCOUTQ)
		return err
	})
	return n, err
}

// SetWriteDeadline sets when a Write breaks off.
func (p *serialPort) SetWriteDeadline(t time.Time) error {
	p.mu.Lock()
	p.deadline = t
	p.mu.Unlock()
	return p.f.SetWriteDeadline(t)
}

// Close closes the port. What Write has not seen leave is thrown away, so that
// the system does not wait for a printer that takes nothing.
func (p *serialPort) Close() error {
	p.once.Do(func() {
		close(p.closed)
		_ = p.control(flushOutput) // fails where the device is gone, which is as good
	})
	return p.f.Close()
}
