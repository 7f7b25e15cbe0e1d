package driver_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"waybill/internal/fault"
	"waybill/scanner"
	"waybill/scanner/driver"
	"waybill/scanner/virtual"
)

// A scanner on USB is found by what it says of itself, whatever its port is called.
func TestLocate(t *testing.T) {
	v, err := virtual.Open(virtual.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	if v.Driver() != "serial" {
		t.Skip("no pseudo terminals here")
	}
	port := func(path, serial string) driver.Port {
		return driver.Port{Path: path, VendorID: "0c2e", ProductID: "0b61", Serial: serial, Manufacturer: "Honeywell", Model: "Xenon 1900"}
	}
	here, gone := v.Address(), v.Address()+".gone"
	tests := []struct {
		name, address string
		ports         []driver.Port
		want          scanner.Device
		kind          fault.Kind
		words         string
	}{
		{name: "by serial number", address: "usb://0C2E:0B61/17", ports: []driver.Port{port(gone, "16"), port(here, "17")}, want: port(here, "17").Device()},
		{name: "the only one", address: "usb://0c2e:0b61", ports: []driver.Port{port(here, "17")}, want: port(here, "17").Device()},
		{name: "by its port, and known all the same", address: here, ports: []driver.Port{port(here, "17")}, want: port(here, "17").Device()},
		{name: "a port that tells nothing", address: here, want: scanner.Device{Port: here}},
		{name: "not there", address: "usb://0c2e:0b61/18", ports: []driver.Port{port(here, "17")}, kind: fault.NotFound, words: "not attached"},
		{name: "two of a kind", address: "usb://0c2e:0b61", ports: []driver.Port{port(here, "17"), port(gone, "16")}, kind: fault.Conflict, words: "serial number"},
		{name: "twins", address: "usb://0c2e:0b61/17", ports: []driver.Port{port(here, "17"), port(gone, "17")}, kind: fault.Conflict, words: "by-path"},
		{name: "no address", address: "usb://xyz", kind: fault.Invalid, words: "usb://VENDOR:PRODUCT/SERIAL"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := driver.SerialOn(func() ([]driver.Port, error) { return tt.ports, nil }, t.TempDir())
			s, err := d.Open(t.Context(), scanner.Options{Name: "s", Address: tt.address})
			if tt.words != "" {
				if fault.KindOf(err) != tt.kind || !strings.Contains(err.Error(), tt.words) {
					t.Fatalf("error of kind %v: %v; want %v with %q", fault.KindOf(err), err, tt.kind, tt.words)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			id, ok := s.(scanner.Identified)
			if !ok {
				t.Fatal("it does not say who it is")
			}
			if d := cmp.Diff(tt.want, id.Device()); d != "" {
				t.Errorf("device (-want +got):\n%s", d)
			}
		})
	}
}

// A list that cannot be had stops nobody who knows the port.
func TestLocateWithoutList(t *testing.T) {
	v, err := virtual.Open(virtual.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	if v.Driver() != "serial" {
		t.Skip("no pseudo terminals here")
	}
	d := driver.SerialOn(func() ([]driver.Port, error) { return nil, errors.New("no list") }, t.TempDir())
	s, err := d.Open(t.Context(), scanner.Options{Name: "s", Address: v.Address()})
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	if _, err := d.Open(t.Context(), scanner.Options{Name: "s", Address: "usb://0c2e:0b61"}); err == nil {
		t.Error("found without a list")
	}
}
