//go:build linux && usbrig

package link

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A gadget is a USB printer that this machine's kernel emulates at the other end
// of a bus that it emulates too; tools/usb/run.sh makes such a machine.
type gadget struct {
	t   *testing.T
	dir string
	end *os.File // the printer's end: what it gets, and what it says
}

const gadgetQueue = 2 // blocks of 8 KiB that it takes before anybody reads

func newGadget(t *testing.T, serial string) *gadget {
	t.Helper()
	g := &gadget{t: t, dir: "/sys/kernel/config/usb_gadget/p"}
	for _, d := range []string{"", "strings/0x409", "configs/c.1", "functions/printer.0"} {
		if err := os.MkdirAll(filepath.Join(g.dir, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	g.set("idVendor", "0x0a5f")
	g.set("idProduct", "0x0166")
	g.set("strings/0x409/manufacturer", "Zebra Technologies")
	g.set("strings/0x409/product", "ZTC ZD421-203dpi ZPL")
	g.set("strings/0x409/serialnumber", serial)
	g.set("functions/printer.0/pnp_string", "MFG:Zebra;CMD:ZPL;MDL:ZTC ZD421;CLS:PRINTER;") // it counts itself short by two, as some printers do
	g.set("functions/printer.0/q_len", fmt.Sprint(gadgetQueue))
	if err := os.Symlink(filepath.Join(g.dir, "functions/printer.0"), filepath.Join(g.dir, "configs/c.1/printer.0")); err != nil {
		t.Fatal(err)
	}
	return g
}

func (g *gadget) set(name, value string) {
	g.t.Helper()
	if err := os.WriteFile(filepath.Join(g.dir, name), []byte(value), 0o644); err != nil {
		g.t.Fatal(err)
	}
}

// plug plugs the printer in and returns it as the kernel shows it. A test of
// real time may wait in real time.
func (g *gadget) plug() USBPrinter {
	g.t.Helper()
	g.set("UDC", "dummy_udc.0")
	for range 500 {
		found, err := USBPrinters()
		if err != nil {
			g.t.Fatal(err)
		}
		if len(found) == 1 && found[0].Path != "" {
			if _, err := os.Stat(found[0].Path); err == nil {
				if g.end, err = os.OpenFile("/dev/g_printer0", os.O_RDWR, 0); err != nil {
					g.t.Fatal(err)
				}
				return found[0]
			}
		}
		time.Sleep(10 * time.Millisecond)
	}
	g.t.Fatal("the printer does not show up")
	return USBPrinter{}
}

func (g *gadget) unplug() {
	g.t.Helper()
	g.set("UDC", "\n")
	g.end.Close()
}

// take reads n bytes as the printer.
func (g *gadget) take(n int) []byte {
	g.t.Helper()
	b := make([]byte, n)
	if _, err := io.ReadFull(g.end, b); err != nil {
		g.t.Fatal(err)
	}
	return b
}

// rest reads what comes until nothing does.
func (g *gadget) rest() []byte {
	g.t.Helper()
	var all []byte
	b := make([]byte, 8192)
	for {
		fds := []unix.PollFd{{Fd: int32(g.end.Fd()), Events: unix.POLLIN}}
		n, err := unix.Poll(fds, 500)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil || n == 0 {
			return all
		}
		got, err := g.end.Read(b)
		if err != nil || got == 0 {
			return all
		}
		all = append(all, b[:got]...)
	}
}

func TestUSBRig(t *testing.T) {
	const first, second = "D4J204800123", "D4J204800999"
	g := newGadget(t, first)
	p := g.plug()
	t.Logf("the kernel shows %#v", p)
	address := USBAddress{"0a5f", "0166", first}
	if p.USBAddress != address || p.Manufacturer != "Zebra Technologies" || !strings.Contains(p.DeviceID, "CMD:ZPL") || p.Holder != "usblp" {
		t.Errorf("found %#v", p)
	}
	c := dial(t, address.String())
	port, ok := c.(Port)
	if !ok {
		t.Fatal("the link tells nothing of its port")
	}
	if id, err := port.DeviceID(); err != nil || !strings.Contains(id, "MDL:ZTC ZD421") {
		t.Errorf("device ID %q, %v", id, err)
	}
	if st, err := port.PortStatus(); err != nil || st != (PortStatus{}) {
		t.Errorf("port status %+v, %v", st, err)
	}
	status := byte(statusSelected | statusNotError | statusPaperEmpty)
	const setStatus = 3<<30 | 1<<16 | 'g'<<8 | 0x22
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, g.end.Fd(), setStatus, uintptr(unsafe.Pointer(&status))); errno != 0 {
		t.Logf("the gadget's status cannot be set: %v", errno)
	} else if st, err := port.PortStatus(); err != nil || !st.PaperOut {
		t.Errorf("port status without paper is %+v, %v", st, err)
	}
	if again, err := openFile(p.Path); err == nil || !strings.Contains(err.Error(), "another program") {
		t.Errorf("a second opening = %v, %v", again, err)
	}

	label := bytes.Repeat([]byte("^XA^FDlabel^FS^XZ\n"), 58)
	began := time.Now()
	if n, err := c.Write(label); n != len(label) || err != nil {
		t.Fatalf("Write = %d, %v", n, err)
	}
	if got := g.take(len(label)); !bytes.Equal(got, label) {
		t.Error("the label came out otherwise")
	}
	t.Logf("%d bytes there after %s", len(label), time.Since(began))
	if _, err := g.end.Write([]byte("\x02030,0,0\x03")); err != nil {
		t.Fatal(err)
	}
	answer := make([]byte, 64)
	if n, err := c.Read(answer); err != nil || string(answer[:n]) != "\x02030,0,0\x03" {
		t.Errorf("answer %q, %v", answer[:n], err)
	}

	t.Run("stalled", func(t *testing.T) { rigStalled(t, g, c) })
	c.Close()
	t.Run("a label is not lost by closing", func(t *testing.T) { rigClose(t, g, address.String()) })
	t.Run("what closing does to a plain file", func(t *testing.T) { rigNaive(t, g, p.Path) })

	// The first node is kept busy, so that the printer comes back as another.
	c = dial(t, address.String())
	ended := make(chan error, 1)
	go func() { _, err := c.Read(answer); ended <- err }()
	began = time.Now()
	g.unplug()
	t.Logf("unplugged: Read ended after %s with %v", time.Since(began), <-ended)
	if n, err := c.Write(label); n > 1 || err == nil {
		t.Errorf("Write without a printer = %d, %v", n, err)
	}
	back := g.plug()
	t.Logf("it was %s and came back as %s", p.Path, back.Path)
	fresh := dial(t, address.String())
	if _, err := fresh.Write(label); err != nil || !bytes.Equal(g.take(len(label)), label) {
		t.Errorf("after the plug: %v", err)
	}
	fresh.Close()
	c.Close()

	g.unplug()
	g.set("strings/0x409/serialnumber", second)
	g.plug()
	d, err := Parse(address.String())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d(t.Context()); err == nil || !strings.Contains(err.Error(), "not attached") {
		t.Errorf("another printer in its place: %v", err)
	}
	dial(t, USBAddress{"0a5f", "0166", second}.String())
}

// rigStalled: a printer that stops to take data ends the write, and the count
// is right but for the block that is on its way.
func rigStalled(t *testing.T, g *gadget, c io.Writer) {
	d := c.(interface{ SetWriteDeadline(t time.Time) error })
	if err := d.SetWriteDeadline(time.Now().Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	n, err := c.Write(bytes.Repeat([]byte("x"), 1<<20))
	took := time.Since(began)
	if !errors.Is(err, os.ErrDeadlineExceeded) || took > 3*time.Second {
		t.Fatalf("Write = %d, %v after %s", n, err, took)
	}
	got := len(g.rest())
	t.Logf("told %d bytes after %s; the printer has %d", n, took, got)
	if got > n || got < n-8192 {
		t.Errorf("told %d bytes, the printer has %d", n, got)
	}
	if err := d.SetWriteDeadline(time.Time{}); err != nil {
		t.Fatal(err)
	}
}

// rigClose: a Write that has returned is with the printer, though the link is
// closed at once and the printer was slow to take it.
func rigClose(t *testing.T, g *gadget, address string) {
	c := dial(t, address)
	if _, err := c.Write(make([]byte, gadgetQueue*8192)); err != nil { // as much as it takes unread
		t.Fatal(err)
	}
	label := []byte("^XA^FDlast^FS^XZ")
	written := make(chan error, 1)
	go func() {
		_, err := c.Write(label)
		c.Close()
		written <- err
	}()
	select {
	case err := <-written:
		t.Fatalf("Write came back before the printer took the label: %v", err)
	case <-time.After(300 * time.Millisecond):
	}
	got := g.rest()
	if err := <-written; err != nil {
		t.Fatal(err)
	}
	if got = append(got, g.rest()...); !bytes.HasSuffix(got, label) {
		t.Errorf("the printer has %d bytes, and not the label", len(got))
	}
}

// rigNaive tells what the kernel does with a plain file that is closed: the
// reason for our own Write. It is a fact of the kernel's and no promise of ours.
func rigNaive(t *testing.T, g *gadget, path string) {
	f, err := os.OpenFile(path, os.O_RDWR|unix.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write(make([]byte, gadgetQueue*8192)); err != nil {
		t.Fatal(err)
	}
	label := []byte("^XA^FDlast^FS^XZ")
	n, err := f.Write(label)
	f.Close()
	t.Logf("a plain file: Write = %d, %v; the label arrived: %v", n, err, bytes.HasSuffix(g.rest(), label))
}
