//go:build linux && rig

package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"waybill/internal/hid"
	"waybill/internal/hid/hidtest"
	"waybill/internal/link"
	scannerdriver "waybill/scanner/driver"
)

// A gadget is a device on a USB bus that this machine's kernel emulates, with the
// device's end in the test's hand; tools/rig/run.sh makes such a machine. A test
// of real devices waits in real time.
type gadget struct {
	t                       *testing.T
	dir, udc                string
	function                string // of the kernel's gadget functions
	vendor, product, serial string
	node                    func() string // its device file; empty while there is none
	end                     *os.File      // what the device sends and gets
	told                    chan []byte   // what the host tells a device whose end is not the test's to read

	wrote time.Time     // when the device last began to send
	stood time.Duration // the longest that it had to wait within a scan
}

func newGadget(t *testing.T, bus int, function, vendor, product, serial, model string, attributes map[string]string) *gadget {
	t.Helper()
	g := &gadget{
		t: t, dir: fmt.Sprintf("/sys/kernel/config/usb_gadget/g%d", bus), udc: fmt.Sprintf("dummy_udc.%d", bus),
		function: function, vendor: vendor, product: product, serial: serial, told: make(chan []byte, 1000),
	}
	t.Cleanup(g.remove)
	for _, d := range []string{"", "strings/0x409", "configs/c.1", "functions/" + function} {
		if err := os.MkdirAll(filepath.Join(g.dir, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	g.set("idVendor", "0x"+vendor)
	g.set("idProduct", "0x"+product)
	g.set("strings/0x409/manufacturer", "Rig")
	g.set("strings/0x409/product", model)
	g.set("strings/0x409/serialnumber", serial)
	for name, value := range attributes {
		g.set("functions/"+function+"/"+name, value)
	}
	if err := os.Symlink(filepath.Join(g.dir, "functions", function), filepath.Join(g.dir, "configs/c.1", function)); err != nil {
		t.Fatal(err)
	}
	return g
}

// remove gives the gadget back: the kernel has no more than four that are human
// interface devices.
func (g *gadget) remove() {
	_ = os.WriteFile(filepath.Join(g.dir, "UDC"), []byte("\n"), 0o644) // fails where it is out already
	if g.end != nil {
		g.end.Close() // the kernel waits for it; unplug may have closed it
	}
	for _, name := range []string{"configs/c.1/" + g.function, "configs/c.1", "functions/" + g.function, "strings/0x409", ""} {
		_ = os.Remove(filepath.Join(g.dir, name)) // what stays shows in the next test
	}
}

func serialGadget(t *testing.T, bus int) *gadget {
	g := newGadget(t, bus, fmt.Sprintf("acm.g%d", bus), "05f9", "4204", "ACM01", "Scanner in COM mode", nil)
	g.node = func() string {
		ports, err := scannerdriver.Ports()
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range ports {
			if p.Serial == g.serial {
				return p.Path
			}
		}
		return ""
	}
	return g
}

func keyboardGadget(t *testing.T, bus int, serial string) *gadget {
	return hidGadget(t, bus, "05e0", "1200", serial, "Scanner that types", hidtest.Keyboard(), "1", 8)
}

func posGadget(t *testing.T, bus int) *gadget {
	return hidGadget(t, bus, "0c2e", "0b61", "POS01", "Scanner in HID POS mode", hidtest.Scanner(), "0", 64)
}

func scaleGadget(t *testing.T, bus int) *gadget {
	return hidGadget(t, bus, "0922", "8003", "SC01", "Scale", hidtest.Scale(), "0", 6)
}

func hidGadget(t *testing.T, bus int, vendor, product, serial, model string, descriptor []byte, protocol string, length int) *gadget {
	t.Helper()
	g := newGadget(t, bus, fmt.Sprintf("hid.g%d", bus), vendor, product, serial, model, map[string]string{
		"protocol": protocol, "subclass": protocol, "report_length": fmt.Sprint(length), "report_desc": string(descriptor),
	})
	g.node = func() string {
		found, err := hid.Devices()
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range found {
			switch {
			case d.Vendor != vendor || d.Product != product || d.Serial != serial:
			case protocol != "1":
				return d.Raw
			case len(d.Inputs) > 0:
				return d.Inputs[0].Path
			}
		}
		return ""
	}
	return g
}

func printerGadget(t *testing.T, bus int) *gadget {
	g := newGadget(t, bus, fmt.Sprintf("printer.g%d", bus), "0a5f", "0166", "LP01", "ZTC ZD421-203dpi ZPL", map[string]string{
		"pnp_string": "MFG:Zebra;CMD:ZPL;MDL:ZTC ZD421;CLS:PRINTER;", "q_len": "4",
	})
	g.node = func() string {
		found, err := link.USBPrinters()
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range found {
			if p.Serial == g.serial {
				return p.Path
			}
		}
		return ""
	}
	return g
}

func (g *gadget) set(name, value string) {
	g.t.Helper()
	if err := os.WriteFile(filepath.Join(g.dir, name), []byte(value), 0o644); err != nil {
		g.t.Fatal(err)
	}
}

func (g *gadget) address() string {
	return "usb://" + g.vendor + ":" + g.product + "/" + g.serial
}

// plug plugs the device in and returns its device file and when the kernel made
// that: by the file's own time, so that nothing is gained by looking late.
func (g *gadget) plug() (node string, at time.Time) {
	g.t.Helper()
	g.set("UDC", g.udc)
	for range 1000 {
		if node = g.node(); node != "" {
			if info, err := os.Stat(node); err == nil {
				g.openEnd()
				return node, info.ModTime()
			}
		}
		time.Sleep(20 * time.Millisecond)
	}
	g.t.Fatalf("%s does not show up", g.address())
	return "", at
}

// openEnd opens the device's end of the cable. Like a device, it takes what it is
// sent; a printer's is read by its test.
func (g *gadget) openEnd() {
	g.t.Helper()
	path := "/dev/g_printer0"
	switch {
	case strings.HasPrefix(g.function, "hid."):
		_, minor, _ := strings.Cut(g.attribute("dev"), ":")
		path = "/dev/hidg" + minor
	case strings.HasPrefix(g.function, "acm."):
		path = "/dev/ttyGS" + g.attribute("port_num")
	}
	end, err := os.OpenFile(path, os.O_RDWR|unix.O_NONBLOCK|unix.O_NOCTTY, 0)
	if err != nil {
		g.t.Fatal(err)
	}
	g.end = end
	if strings.HasPrefix(g.function, "printer.") {
		return
	}
	if strings.HasPrefix(g.function, "acm.") {
		g.raw()
	}
	go func() { // ends with the cable
		b := make([]byte, 256)
		for {
			n, err := end.Read(b)
			if n > 0 {
				select {
				case g.told <- append([]byte(nil), b[:n]...):
				default:
				}
			}
			if err != nil {
				return
			}
		}
	}()
}

func (g *gadget) attribute(name string) string {
	g.t.Helper()
	b, err := os.ReadFile(filepath.Join(g.dir, "functions", g.function, name))
	if err != nil {
		g.t.Fatal(err)
	}
	return strings.TrimSpace(string(b))
}

// raw keeps the terminal driver from answering what the host sends with an echo,
// which no scanner does.
func (g *gadget) raw() {
	g.t.Helper()
	c, err := g.end.SyscallConn()
	if err != nil {
		g.t.Fatal(err)
	}
	cerr := c.Control(func(fd uintptr) {
		var tio *unix.Termios
		if tio, err = unix.IoctlGetTermios(int(fd), unix.TCGETS); err != nil {
			return
		}
		tio.Iflag, tio.Oflag, tio.Lflag = 0, 0, 0
		tio.Cc[unix.VMIN], tio.Cc[unix.VTIME] = 1, 0
		err = unix.IoctlSetTermios(int(fd), unix.TCSETS, tio)
	})
	if err := errors.Join(err, cerr); err != nil {
		g.t.Fatal(err)
	}
}

// unplug pulls the cable, and returns when.
func (g *gadget) unplug() time.Time {
	g.t.Helper()
	began := time.Now()
	g.set("UDC", "\n")
	g.end.Close()
	return began
}

func (g *gadget) write(b []byte) {
	g.t.Helper()
	now := time.Now()
	if !g.wrote.IsZero() {
		g.stood = max(g.stood, now.Sub(g.wrote))
	}
	g.wrote = now
	if _, err := g.end.Write(b); err != nil {
		g.t.Error(err)
	}
	g.stood = max(g.stood, time.Since(now))
}

// scans sends a scan, and reports whether the machine stood still for so long
// meanwhile that the drivers may call the scan damaged: a second.
func (g *gadget) scans(send func(string), text string) (stood bool) {
	g.t.Helper()
	g.wrote, g.stood = time.Time{}, 0
	send(text)
	return g.stood > 700*time.Millisecond
}

// line sends text as a scanner in serial mode does.
func (g *gadget) line(text string) { g.write([]byte(text + "\r")) }

// types sends text as a keyboard's reports, and Enter behind it.
func (g *gadget) types(text string) { g.keys(text + "\r") }

func (g *gadget) keys(text string) {
	g.t.Helper()
	for _, c := range text {
		report := make([]byte, 8)
		switch {
		case c >= 'a' && c <= 'z':
			report[2] = byte(c-'a') + 4
		case c >= 'A' && c <= 'Z':
			report[0], report[2] = 2, byte(c-'A')+4
		case c >= '1' && c <= '9':
			report[2] = byte(c-'1') + 30
		default:
			key, ok := map[rune]byte{'0': 39, '\r': 40, ']': 48, '-': 45, 0x1D: 48}[c]
			if !ok {
				g.t.Fatalf("no key for %q", c)
			}
			report[2] = key
			if c == 0x1D { // Ctrl+]
				report[0] = 1
			}
		}
		g.write(report)
		g.write(make([]byte, 8))
	}
}

// reports sends text as a scanner in HID POS mode does.
func (g *gadget) reports(text string) {
	g.t.Helper()
	for data := text[3:]; data != ""; {
		n := min(len(data), 56)
		g.report(text[:3], data[:n], n < len(data))
		data = data[n:]
	}
}

func (g *gadget) report(aim, data string, more bool) {
	g.t.Helper()
	b := make([]byte, 64)
	b[0], b[1] = 2, byte(len(data))
	copy(b[2:], aim)
	copy(b[5:], data)
	if more {
		b[63] = 1
	}
	g.write(b)
}
