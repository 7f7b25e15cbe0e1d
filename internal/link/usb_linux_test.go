package link

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
	"pgregory.net/rapid"
)

// tree makes files below a directory of its own; a name that ends in "->" is a
// link to what it holds.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, content := range files {
		path, isLink := strings.CutSuffix(filepath.Join(root, name), "->")
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		var err error
		switch {
		case isLink:
			err = os.Symlink(content, path)
		case content == "/":
			err = os.Mkdir(path, 0o750)
		default:
			err = os.WriteFile(path, []byte(content), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// busy is a machine with a label printer that usblp holds, one that a program
// took from it, one that nothing holds, and a keyboard.
func busy(t *testing.T) string {
	return tree(t, map[string]string{
		"bus/usb/devices/1-1/idVendor": "0A5F\n", "bus/usb/devices/1-1/idProduct": "0166\n",
		"bus/usb/devices/1-1/serial": "D4J204800123\n", "bus/usb/devices/1-1/manufacturer": "Zebra Technologies\n",
		"bus/usb/devices/1-1/product":               "ZTC ZD421-203dpi ZPL\n",
		"bus/usb/devices/1-1:1.0/bInterfaceClass":   "07\n",
		"bus/usb/devices/1-1:1.0/ieee1284_id":       "MFG:Zebra;CMD:ZPL;\n",
		"bus/usb/devices/1-1:1.0/driver->":          "../../../../bus/usb/drivers/usblp",
		"bus/usb/devices/1-1:1.0/usbmisc/lp3":       "/",
		"bus/usb/devices/1-2/idVendor":              "1203\n",
		"bus/usb/devices/1-2/idProduct":             "0140\n",
		"bus/usb/devices/1-2:1.0/bInterfaceClass":   "07\n",
		"bus/usb/devices/1-2:1.0/driver->":          "../../../../bus/usb/drivers/usbfs",
		"bus/usb/devices/1-3.4/idVendor":            "04f9\n",
		"bus/usb/devices/1-3.4/idProduct":           "209b\n",
		"bus/usb/devices/1-3.4:1.1/bInterfaceClass": "07\n",
		"bus/usb/devices/1-4:1.0/bInterfaceClass":   "03\n",
		"bus/usb/devices/usb1/idVendor":             "1d6b\n",
	})
}

func TestUSBPrinters(t *testing.T) {
	got, err := usbPrintersIn(busy(t))
	if err != nil {
		t.Fatal(err)
	}
	want := []USBPrinter{
		{
			USBAddress: USBAddress{"0a5f", "0166", "D4J204800123"}, Manufacturer: "Zebra Technologies", Model: "ZTC ZD421-203dpi ZPL",
			DeviceID: "MFG:Zebra;CMD:ZPL;", Path: "/dev/usb/lp3", Holder: "usblp",
		},
		{USBAddress: USBAddress{"1203", "0140", ""}, Holder: "usbfs"},
		{USBAddress: USBAddress{"04f9", "209b", ""}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("printers (-want +got):\n%s", diff)
	}
	if none, err := usbPrintersIn(t.TempDir()); err != nil || len(none) > 0 {
		t.Errorf("a machine without USB has %v, %v", none, err)
	}
}

func TestUSBChoose(t *testing.T) {
	present, err := usbPrintersIn(busy(t))
	if err != nil {
		t.Fatal(err)
	}
	twins := append(present[:1:1], present[0])
	for _, tt := range []struct {
		address string
		present []USBPrinter
		path    string
		err     string
	}{
		{"usb://0a5f:0166/D4J204800123", present, "/dev/usb/lp3", ""},
		{"usb://0A5F:0166", present, "/dev/usb/lp3", ""},
		{"usb://0a5f:0166/other", present, "", "not attached"},
		{"usb://0a5f:0166", nil, "", "not attached"},
		{"usb://0a5f:0166", twins, "", "2 printers of this kind"},
		{"usb://0a5f:0166/D4J204800123", twins, "", "2 printers have this serial"},
		{"usb://1203:0140", present, "", "usbfs holds it"},
		{"usb://04f9:209b", present, "", "modprobe usblp"},
	} {
		a, err := ParseUSB(tt.address)
		if err != nil {
			t.Fatal(err)
		}
		path, err := a.choose(tt.present)
		if path != tt.path || (err == nil) != (tt.err == "") || (err != nil && !strings.Contains(err.Error(), tt.err)) {
			t.Errorf("%s: %q, %v; want %q, %q", tt.address, path, err, tt.path, tt.err)
		}
	}
}

func TestUSBAddressReadsItself(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		hex := rapid.StringMatching(`[0-9a-f]{4}`)
		a := USBAddress{hex.Draw(t, "vendor"), hex.Draw(t, "product"), rapid.String().Draw(t, "serial")}
		got, err := ParseUSB(a.String())
		if err != nil || got != a {
			t.Errorf("%s reads as %+v, %v", a, got, err)
		}
	})
}

// fifo returns a usblp over a pipe that other programs can open and close again.
func fifo(t *testing.T) (u *usblp, path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "lp0")
	if err := unix.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := f.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	u = newUSBLP(f, raw)
	t.Cleanup(func() { u.Close() })
	return u, path
}

// A read of no bytes is no end: what comes later is read, and Close ends it.
func TestUSBLPReadsOn(t *testing.T) {
	u, path := fifo(t)
	type result struct {
		text string
		err  error
	}
	results := make(chan result, 1)
	read := func() {
		b := make([]byte, 64)
		n, err := u.Read(b) // finds nobody at the other end, which is a read of no bytes
		results <- result{string(b[:n]), err}
	}
	go read()
	w, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.WriteString("030,0,0"); err != nil {
		t.Fatal(err)
	}
	w.Close()
	if got := <-results; got.text != "030,0,0" || got.err != nil {
		t.Errorf("Read = %q, %v", got.text, got.err)
	}
	go read()
	u.Close()
	if got := <-results; !errors.Is(got.err, os.ErrClosed) {
		t.Errorf("Read after Close = %q, %v", got.text, got.err)
	}
}

// A stalled printer ends a write by the deadline, with the count of what it took.
func TestUSBLPStalled(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	raw, err := w.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	u := newUSBLP(w, raw)
	if n, err := u.Write([]byte("^XA^XZ")); n != 6 || err != nil {
		t.Fatalf("Write = %d, %v", n, err)
	}
	if err := u.SetWriteDeadline(time.Now().Add(100 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	n, err := u.Write(bytes.Repeat([]byte("x"), 1<<20))
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("Write = %d, %v; want a missed deadline", n, err)
	}
	u.Close()
	if got, err := io.ReadAll(r); err != nil || len(got) != 6+n {
		t.Errorf("the printer took %d bytes, %v; told were %d", len(got), err, 6+n)
	}
}

// A device that fails is never told as one that took nothing.
func TestUSBLPIsNotSureOfNone(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	r.Close() // what is written meets EPIPE
	raw, err := w.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	u := newUSBLP(w, raw)
	if n, err := u.Write([]byte("^XA^XZ")); n != 1 || !errors.Is(err, unix.EPIPE) {
		t.Errorf("Write = %d, %v; want one byte that may have left", n, err)
	}
	u.Close()
	if n, err := u.Write([]byte("^XA^XZ")); n != 0 || !errors.Is(err, os.ErrClosed) {
		t.Errorf("Write after Close = %d, %v", n, err)
	}
}

func TestDeviceID(t *testing.T) {
	for in, want := range map[string]string{
		"":                          "",
		"\x00":                      "",
		"\x00\x02":                  "",
		"\x00\x0bMFG:Zebra":         "MFG:Zebra",
		"\x00\x0bMFG:Zebra\x00\x00": "MFG:Zebra",
		"\xff\xffMFG:Zebra\x00junk": "MFG:Zebra",
		"\x00\x00MFG:Zebra":         "",
		"\x00\x05MFG:Zebra":         "MFG",
	} {
		if got := deviceID([]byte(in)); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestPortStatus(t *testing.T) {
	for b, want := range map[byte]PortStatus{
		0x18: {},
		0x38: {PaperOut: true},
		0x08: {Offline: true},
		0x10: {Fault: true},
		0x20: {PaperOut: true, Offline: true, Fault: true},
	} {
		if got := portStatus(b); got != want {
			t.Errorf("%#02x: %+v, want %+v", b, got, want)
		}
	}
}
