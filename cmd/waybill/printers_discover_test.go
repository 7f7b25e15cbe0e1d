package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"waybill/configs"
	"waybill/printer/discovery"
)

// What is pasted is a configuration, of the printer that was found.
func TestPasteIsAConfiguration(t *testing.T) {
	t.Parallel()
	for _, f := range []discovery.Found{
		{Via: discovery.USB, Link: "usb://0a5f:0166/D4J204800123", Driver: "zpl", Language: "zpl", Model: "ZTC ZD421-300dpi ZPL"},
		{Via: discovery.USB, Link: "usb://1203:0140", Driver: "tspl", Language: "tspl", Model: "TTP-244"},
		{Via: discovery.Serial, Link: "serial:///dev/serial/by-id/usb-Zebra-if00", Driver: "zpl", Model: "Zebra"},
		{Via: discovery.Serial, Link: "serial:///dev/ttyS0", Maybe: true},
		{Via: discovery.Network, Link: "tcp://192.0.2.7:9100", Name: "Lager 2: \"Tor\" #4"},
		{Via: discovery.Network, Link: "tcp://[fe80::2%25eth0]:9100", Driver: "zpl", Model: "東京 プリンター"},
		{Via: discovery.Network, Link: "ipps://192.0.2.8:631/ipp/print", Driver: "ipp", Language: "pdf", Model: "Office"},
		{Via: discovery.Network, Link: "ipp://192.0.2.8:631/printers/dock 2: x", Driver: "ipp-queue", Model: strings.Repeat("long ", 40)},
		{Via: discovery.Queue, Link: `spooler://\\server\Zebra (2) # "x"`, Driver: "spooler", Name: "Zebra"},
	} {
		taken := map[string]bool{}
		one, two := paste(f, taken), paste(f, taken)
		if name, _, _ := strings.Cut(one, "\n"); strings.HasPrefix(two, name+"\n") {
			t.Errorf("two of a kind have one name: %s", name)
		}
		text := "station: bench-1\nprinters:\n" + two
		path := filepath.Join(t.TempDir(), "station.yaml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		cfg, err := configs.LoadStation(path)
		if err != nil {
			t.Errorf("%v\n%s", err, text)
			continue
		}
		p := cfg.Printers[0]
		if got := configuredAs(f, cfg); got != p.Name || (f.Driver != "" && p.Driver != f.Driver) {
			t.Errorf("%+v: pasted as %+v, and found to be configured as %q", f, p, got)
		}
		if strings.Contains(f.Model, "300dpi") != (p.DPI == 300) {
			t.Errorf("%s: %d dpi", f.Model, p.DPI)
		}
		if _, err := printers(cfg); err != nil && !strings.Contains(err.Error(), "on Windows") {
			t.Errorf("%s: %v", f.Link, err)
		}
	}
}

func TestConfiguredAs(t *testing.T) {
	t.Parallel()
	usb := discovery.Found{Via: discovery.USB, Link: "usb://0a5f:0166/A1", Path: "/dev/usb/lp1"}
	raw := discovery.Found{Via: discovery.Network, Link: "tcp://192.0.2.7:9100"}
	port := discovery.Found{Via: discovery.Serial, Link: "serial:///dev/serial/by-id/x", Path: "/dev/ttyUSB0"}
	for _, tt := range []struct {
		f    discovery.Found
		link string
		want bool
	}{
		{usb, "usb://0A5F:0166/A1", true},
		{usb, "usb://0a5f:0166", true},
		{usb, "usb://0a5f:0166/A2", false},
		{usb, "file:///dev/usb/lp1", true},
		{usb, "file:///dev/usb/lp0", false},
		{usb, "", false},
		{raw, "tcp://192.0.2.7", true},
		{raw, "tcp://192.0.2.7:6101", false},
		{raw, "tcp://192.0.2.70", false},
		{raw, "ipp://192.0.2.7:9100", false},
		{port, "serial:///dev/ttyUSB0?baud=19200", true},
		{port, "serial:///dev/serial/by-id/x?flow=rtscts", true},
		{port, "serial:///dev/ttyUSB1", false},
	} {
		if got := sameLink(tt.f, tt.link); got != tt.want {
			t.Errorf("%s and %q: %v, want %v", tt.f.Link, tt.link, got, tt.want)
		}
	}
	cfg := configs.Station{Scanners: []configs.Scanner{{Name: "dock", Address: "/dev/ttyUSB0"}}}
	if got := configuredAs(port, cfg); got != "dock" {
		t.Errorf("a scanner's port is configured as %q", got)
	}
}

func TestWriteFound(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	con := &console{ctx: context.Background(), out: &out}
	list := []foundPrinter{
		{Found: discovery.Found{Via: discovery.USB, Model: "ZD421", Problem: "the user may not use it", Remedy: "usermod"}},
		{Found: discovery.Found{Via: discovery.Network, Link: "tcp://192.0.2.7:9100", Driver: "zpl", Language: "zpl", Model: "ZD621", Name: "dock"}, Paste: "  - name: zd621\n"},
		{Found: discovery.Found{Via: discovery.Serial, Link: "serial:///dev/ttyS0", Maybe: true}, Paste: "  - name: never\n"},
	}
	if err := writeFound(con, list); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"ZD621 (dock)", "→ usermod", "under printers:", "- name: zd621", "perhaps no printer"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
	if strings.Contains(out.String(), "never") {
		t.Errorf("a port was offered as a printer:\n%s", out.String())
	}
}
