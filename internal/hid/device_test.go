package hid

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"waybill/internal/fault"
	"waybill/internal/hid/hidtest"
	"waybill/internal/link"
)

// tree writes a device as the kernel shows it on USB.
type tree struct {
	t   *testing.T
	sys string
}

type entry struct {
	usb, iface, hid string // directories below one another
	uevent          string
	descriptor      []byte
	usbFiles        map[string]string
	hidFiles        map[string]string
}

func (tr tree) add(e entry) {
	tr.t.Helper()
	usb := filepath.Join(tr.sys, "devices/pci0000:00/usb1", e.usb)
	iface := filepath.Join(usb, e.usb+":1."+e.iface)
	dir := filepath.Join(iface, e.hid)
	write := func(dir, name, text string) {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			tr.t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			tr.t.Fatal(err)
		}
	}
	for name, text := range e.usbFiles {
		write(usb, name, text+"\n")
	}
	write(iface, "bInterfaceNumber", "0"+e.iface+"\n")
	write(dir, "uevent", e.uevent)
	write(dir, "report_descriptor", string(e.descriptor))
	for name, text := range e.hidFiles {
		write(dir, name, text)
	}
	bus := filepath.Join(tr.sys, "bus/hid/devices")
	if err := os.MkdirAll(bus, 0o755); err != nil {
		tr.t.Fatal(err)
	}
	if err := os.Symlink(dir, filepath.Join(bus, e.hid)); err != nil {
		tr.t.Fatal(err)
	}
}

func TestDevices(t *testing.T) {
	if found, err := devicesIn(t.TempDir(), "/dev"); err != nil || found != nil {
		t.Errorf("a machine without any: %v, %v", found, err)
	}
	tr := tree{t, t.TempDir()}
	tr.add(entry{
		usb: "1-1", iface: "0", hid: "0003:0C2E:0B61.0001", uevent: "DRIVER=hid-generic\nHID_ID=0003:00000C2E:00000B61\nHID_NAME=Honeywell Xenon\nHID_UNIQ=17123\n",
		descriptor: hidtest.Scanner(), usbFiles: map[string]string{"idVendor": "0c2e", "idProduct": "0b61", "serial": "17123", "manufacturer": "Honeywell", "product": "Xenon 1900"},
		hidFiles: map[string]string{"hidraw/hidraw0/dev": "247:0"},
	})
	tr.add(entry{
		usb: "1-2", iface: "1", hid: "0003:05E0:1200.0002", uevent: "HID_ID=0003:000005E0:00001200\nHID_NAME=Symbol Bar Code Scanner\nHID_UNIQ=\n",
		descriptor: hidtest.Keyboard(), usbFiles: map[string]string{"idVendor": "05e0", "idProduct": "1200", "product": "Bar Code Scanner"},
		hidFiles: map[string]string{
			"hidraw/hidraw1/dev": "247:1", "input/input7/event3/dev": "13:67",
			"input/input7/capabilities/key": "1000000000007 ff9f207ac14057ff febeffdfffefffff fffffffffffffffe\n", "input/input7/capabilities/rel": "0\n", "input/input7/capabilities/abs": "0\n",
		},
	})
	tr.add(entry{
		usb: "1-3", iface: "0", hid: "0005:046D:B342.0003", uevent: "HID_ID=0005:0000046D:0000B342\nHID_NAME=Mouse\nHID_UNIQ=aa:bb\n",
		hidFiles: map[string]string{"input/input8/event4/dev": "13:68", "input/input8/capabilities/key": "1f0000 0 0 0 0\n", "input/input8/capabilities/rel": "903\n"},
	})
	tr.add(entry{usb: "1-4", iface: "0", hid: "0003:0000:0000.0004"})
	got, err := devicesIn(tr.sys, "/dev")
	if err != nil {
		t.Fatal(err)
	}
	want := []Device{
		{
			Bus: "bluetooth", Vendor: "046d", Product: "b342", Serial: "aa:bb", Model: "Mouse", Descriptor: []byte{},
			Inputs: []Node{{Path: "/dev/input/event4", Pointing: true}},
		},
		{
			Bus: "usb", Vendor: "05e0", Product: "1200", Model: "Bar Code Scanner", Interface: "01", Raw: "/dev/hidraw1",
			Inputs: []Node{{Path: "/dev/input/event3", Typing: true}}, Descriptor: hidtest.Keyboard(), Is: []Usage{Keyboard},
		},
		{
			Bus: "usb", Vendor: "0c2e", Product: "0b61", Serial: "17123", Maker: "Honeywell", Model: "Xenon 1900", Interface: "00",
			Raw: "/dev/hidraw0", Descriptor: hidtest.Scanner(), Is: []Usage{BarCodeScanner},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("devices (-want +got):\n%s", diff)
	}
	words := make([]string, 0, len(got))
	for _, d := range got {
		words = append(words, d.Words()+" "+d.Address())
	}
	if diff := cmp.Diff([]string{"other ", "keyboard, or a scanner that types usb://05e0:1200", "scanner, HID POS usb://0c2e:0b61/17123"}, words); diff != "" {
		t.Errorf("words (-want +got):\n%s", diff)
	}
}

func TestChoose(t *testing.T) {
	pos := Device{Bus: busUSB, Vendor: "0c2e", Product: "0b61", Serial: "A", Interface: "00", Raw: "/dev/hidraw0", Is: []Usage{BarCodeScanner}}
	b := pos
	b.Serial, b.Raw = "B", "/dev/hidraw1"
	keys := Device{Bus: busUSB, Vendor: "05e0", Product: "1200", Interface: "00", Inputs: []Node{{Path: "/dev/input/event3", Typing: true}}}
	second := keys
	second.Interface, second.Inputs = "01", []Node{{Path: "/dev/input/event4", Typing: true}}
	scanner := Use{Name: "scanner in HID POS mode", Serves: Device.IsScanner, Else: "Switch the mode."}
	keyboard := Use{Name: "keyboard", Serves: Device.Types}
	tests := []struct {
		name    string
		present []Device
		address string
		use     Use
		want    string
		kind    fault.Kind
		says    string
	}{
		{name: "by its serial number", present: []Device{pos, b}, address: "usb://0c2e:0b61/B", use: scanner, want: "/dev/hidraw1"},
		{name: "the only one of its kind", present: []Device{keys, b}, address: "usb://0c2e:0b61", use: scanner, want: "/dev/hidraw1"},
		{name: "bad: two of a kind", present: []Device{pos, b}, address: "usb://0c2e:0b61", use: scanner, kind: fault.Conflict, says: "2 devices of this kind"},
		{name: "bad: two with one number", present: []Device{pos, pos}, address: "usb://0c2e:0b61/A", use: scanner, kind: fault.Conflict, says: "serial number"},
		{name: "bad: two keyboards in one", present: []Device{keys, second}, address: "usb://05e0:1200", use: keyboard, kind: fault.Conflict, says: "/dev/input/event3 or /dev/input/event4"},
		{name: "bad: in another mode", present: []Device{keys}, address: "usb://05e0:1200", use: scanner, kind: fault.Invalid, says: "a scanner that types"},
		{name: "bad: another number", present: []Device{pos}, address: "usb://0c2e:0b61/B", use: scanner, kind: fault.NotFound, says: "no such scanner"},
		{name: "bad: not there", address: "usb://0c2e:0b61/B", use: scanner, kind: fault.NotFound, says: "no such scanner"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, err := link.ParseUSB(tt.address)
			if err != nil {
				t.Fatal(err)
			}
			d, err := Choose(tt.present, a, tt.use)
			if tt.want != "" {
				if err != nil || d.Raw != tt.want {
					t.Errorf("chose %+v, %v", d, err)
				}
				return
			}
			if err == nil || fault.KindOf(err) != tt.kind || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("error %v of kind %v, want %v and %q", err, fault.KindOf(err), tt.kind, tt.says)
			}
		})
	}
}
