package scanner_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"waybill/scanner"
)

func TestParseUSB(t *testing.T) {
	tests := []struct {
		address string
		want    scanner.Device
		ok, bad bool
	}{
		{address: "usb://0C2E:0b61/17123B4A5C", want: scanner.Device{Vendor: "0c2e", Product: "0b61", Serial: "17123B4A5C"}, ok: true},
		{address: "usb://05e0:1701", want: scanner.Device{Vendor: "05e0", Product: "1701"}, ok: true},
		{address: "usb://05e0:1701/a%2Fb", want: scanner.Device{Vendor: "05e0", Product: "1701", Serial: "a/b"}, ok: true},
		{address: "/dev/ttyACM0"},
		{address: "COM3"},
		{address: "usb://05e0", ok: true, bad: true},
		{address: "usb://05e0:17011/x", ok: true, bad: true},
		{address: "usb://05e0:1701/%zz", ok: true, bad: true},
	}
	for _, tt := range tests {
		t.Run(tt.address, func(t *testing.T) {
			got, ok, err := scanner.ParseUSB(tt.address)
			if ok != tt.ok || (err != nil) != tt.bad {
				t.Fatalf("ParseUSB = %v, %v, want %v, bad %v", ok, err, tt.ok, tt.bad)
			}
			if d := cmp.Diff(tt.want, got); !tt.bad && d != "" {
				t.Errorf("device (-want +got):\n%s", d)
			}
		})
	}
}

// A device is found again under the address that it names itself.
func TestDeviceAddress(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		hex := rapid.StringMatching("[0-9a-f]{4}")
		d := scanner.Device{Vendor: hex.Draw(t, "vendor"), Product: hex.Draw(t, "product"), Serial: rapid.String().Draw(t, "serial")}
		got, ok, err := scanner.ParseUSB(d.Address())
		if err != nil || !ok {
			t.Fatalf("ParseUSB(%q) = %v, %v", d.Address(), ok, err)
		}
		if diff := cmp.Diff(d, got); diff != "" {
			t.Errorf("device (-want +got):\n%s", diff)
		}
		if !d.Same(got) {
			t.Error("it is not the same")
		}
	})
}

func FuzzParseUSB(f *testing.F) {
	f.Add("usb://0c2e:0b61/17123B4A5C")
	f.Fuzz(func(t *testing.T, address string) {
		d, ok, err := scanner.ParseUSB(address)
		if err == nil && ok && d.Key() == "" {
			t.Errorf("%q is taken and names nothing", address)
		}
	})
}

func TestDeviceWords(t *testing.T) {
	tests := []struct {
		device scanner.Device
		want   string
	}{
		{scanner.Device{}, "a scanner that does not say which it is"},
		{scanner.Device{Vendor: "0c2e", Product: "0b61"}, "scanner 0c2e:0b61 without a serial number"},
		{scanner.Device{Vendor: "0c2e", Product: "0b61", Maker: "Honeywell", Model: "Xenon", Serial: "17"}, "Honeywell Xenon, serial number 17"},
	}
	for _, tt := range tests {
		if got := tt.device.Words(); got != tt.want {
			t.Errorf("Words = %q, want %q", got, tt.want)
		}
	}
}
