package link

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// A line is a pseudo terminal: theirs is the printer's end.
func line(t *testing.T) (theirs *os.File, address string) {
	t.Helper()
	theirs, ours, err := pty.Open()
	if err != nil {
		t.Skip("no pseudo terminals here:", err)
	}
	t.Cleanup(func() { theirs.Close() })
	ours.Close() // the printer's end alone keeps it there
	return theirs, "serial://" + ours.Name()
}

func dial(t *testing.T, address string) io.ReadWriteCloser {
	t.Helper()
	d, err := Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	c, err := d(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// every returns all 256 bytes but those that XON/XOFF has for itself.
func every() []byte {
	var b []byte
	for i := range 256 {
		if i != 0x11 && i != 0x13 {
			b = append(b, byte(i))
		}
	}
	return b
}

func TestSerialCarriesEveryByte(t *testing.T) {
	for _, flow := range []string{"none", "xonxoff"} {
		t.Run(flow, func(t *testing.T) {
			theirs, address := line(t)
			c := dial(t, address+"?baud=12345&flow="+flow) // any rate, not only those with a name
			sent := every()
			if flow == "none" {
				sent = append(sent, 0x11, 0x13)
			}
			for _, way := range []struct {
				from io.Writer
				to   io.Reader
			}{{c, theirs}, {theirs, c}} {
				if _, err := way.from.Write(sent); err != nil {
					t.Fatal(err)
				}
				got := make([]byte, len(sent))
				if _, err := io.ReadFull(way.to, got); err != nil || !bytes.Equal(got, sent) {
					t.Fatalf("got % x, %v", got, err)
				}
			}
		})
	}
}

// After XOFF the printer gets nothing, and after XON all of it.
func TestSerialWaitsForTheBusyPrinter(t *testing.T) {
	theirs, address := line(t)
	c := dial(t, address)
	if _, err := theirs.Write([]byte{0x13}); err != nil {
		t.Fatal(err)
	}
	settle(t, c, theirs)
	deadliner := c.(interface{ SetWriteDeadline(t time.Time) error })
	if err := deadliner.SetWriteDeadline(time.Now().Add(100 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if n, err := c.Write([]byte("^XA")); n != 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("Write to a busy printer = %d, %v; want none and a missed deadline", n, err)
	}
	if err := deadliner.SetWriteDeadline(time.Time{}); err != nil {
		t.Fatal(err)
	}
	written := make(chan error, 1)
	go func() { _, err := c.Write([]byte("^XA^XZ")); written <- err }()
	if _, err := theirs.Write([]byte{0x11}); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 6)
	if _, err := io.ReadFull(theirs, got); err != nil || string(got) != "^XA^XZ" {
		t.Errorf("the printer got %q, %v", got, err)
	}
	if err := <-written; err != nil {
		t.Error(err)
	}
}

// settle returns once the system has looked at what the printer sent before: a
// byte that follows it has come through.
func settle(t *testing.T, c io.Reader, theirs io.Writer) {
	t.Helper()
	if _, err := theirs.Write([]byte("!")); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(c, make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
}

// A printer that stops to take data ends a write by its deadline, and no more
// bytes have left than are told.
func TestSerialStalledPrinter(t *testing.T) {
	theirs, address := line(t)
	c := dial(t, address)
	if err := c.(interface{ SetWriteDeadline(t time.Time) error }).SetWriteDeadline(time.Now().Add(200 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	n, err := c.Write(bytes.Repeat([]byte("x"), 1<<20))
	if !errors.Is(err, os.ErrDeadlineExceeded) || n == 0 || n == 1<<20 {
		t.Fatalf("Write = %d, %v; want a part and a missed deadline", n, err)
	}
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("the write took %s", took)
	}
	c.Close()
	got, _ := io.ReadAll(theirs) // ends with EIO: the other end is closed
	if len(got) > n {
		t.Errorf("%d bytes left, and %d were told", len(got), n)
	}
}

// The count of a broken write leaves out what never left the machine.
func TestSerialDrain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		left := 960 // one second at 9600 baud
		began := time.Now()
		p := &serialPort{baud: 9600, closed: make(chan struct{}), waiting: func() (int, error) {
			return max(0, left-int(time.Since(began)*960/time.Second)), nil
		}}
		if n, err := p.drain(); n != 0 || err != nil {
			t.Errorf("drain = %d, %v", n, err)
		}
		if took := time.Since(began); took < time.Second || took > 1100*time.Millisecond {
			t.Errorf("drained after %s, want a second", took)
		}
		p.waiting = func() (int, error) { return 77, nil }
		p.deadline = time.Now().Add(time.Minute)
		if n, err := p.drain(); n != 77 || !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("drain of a stalled line = %d, %v", n, err)
		}
		p.deadline = time.Time{}
		time.AfterFunc(time.Minute, func() { close(p.closed) })
		if n, err := p.drain(); n != 77 || !errors.Is(err, os.ErrClosed) {
			t.Errorf("drain of a closed port = %d, %v", n, err)
		}
	})
}

func TestSerialIsOurs(t *testing.T) {
	_, address := line(t)
	dial(t, address)
	d, err := Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	if c, err := d(t.Context()); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("a second opening = %v, %v; want the port in use", c, err)
	}
}

func TestSerialOpenErrors(t *testing.T) {
	for address, want := range map[string]string{
		"serial://" + filepath.Join(t.TempDir(), "gone"): "plug the printer in",
		"serial:///dev/null":                             "not a serial port",
	} {
		d, err := Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d(t.Context()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", address, err, want)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := d(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("%s after the end: %v", address, err)
		}
	}
}

// A printer that is swapped behind a name that stays ends the conversation with
// the old one, and the next dial reaches the new one.
func TestSerialPrinterSwappedWhileRunning(t *testing.T) {
	first, address := line(t)
	name := filepath.Join(t.TempDir(), "by-id")
	point := func(address string) {
		t.Helper()
		if err := os.Remove(name); err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		if err := os.Symlink(strings.TrimPrefix(address, "serial://"), name); err != nil {
			t.Fatal(err)
		}
	}
	point(address)
	c := dial(t, "serial://"+name)
	if _, err := c.Write([]byte("~HI")); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() {
		_, err := io.Copy(io.Discard, c)
		ended <- err
	}()
	first.Close()
	<-ended // by an end or by an error, as the system has it
	if _, err := c.Write([]byte("^XA")); err == nil {
		t.Error("a printer that is gone took a label")
	}
	c.Close()
	second, address := line(t)
	point(address)
	c = dial(t, "serial://"+name)
	if _, err := c.Write([]byte("^XA^XZ")); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 6)
	if _, err := io.ReadFull(second, got); err != nil || string(got) != "^XA^XZ" {
		t.Errorf("the new printer got %q, %v", got, err)
	}
}

func TestConfigure(t *testing.T) {
	for _, tt := range []struct {
		s            Serial
		iflag, cflag uint32
	}{
		{Serial{Bits: 8, Parity: "none", Stop: 1, Flow: NoFlow}, 0, unix.CS8},
		{Serial{Bits: 8, Parity: "none", Stop: 1, Flow: XonXoff}, unix.IXON, unix.CS8},
		{Serial{Bits: 8, Parity: "none", Stop: 1, Flow: RTSCTS}, 0, unix.CS8 | unix.CRTSCTS},
		{Serial{Bits: 7, Parity: "even", Stop: 2, Flow: NoFlow}, unix.INPCK, unix.CS7 | unix.PARENB | unix.CSTOPB},
		{Serial{Bits: 7, Parity: "odd", Stop: 1, Flow: NoFlow}, unix.INPCK, unix.CS7 | unix.PARENB | unix.PARODD},
	} {
		before := unix.Termios{Iflag: ^uint32(0), Oflag: ^uint32(0), Lflag: ^uint32(0), Cflag: unix.CSTOPB | unix.PARENB | unix.PARODD | unix.CRTSCTS | unix.CSIZE}
		configure(&before, tt.s)
		if want := tt.iflag | unix.IGNBRK; before.Iflag != want || before.Oflag != 0 || before.Lflag != 0 {
			t.Errorf("%+v: input %o, output %o, local %o", tt.s, before.Iflag, before.Oflag, before.Lflag)
		}
		if want := tt.cflag | unix.CREAD | unix.CLOCAL; before.Cflag != want {
			t.Errorf("%+v: control modes %o, want %o", tt.s, before.Cflag, want)
		}
	}
}
