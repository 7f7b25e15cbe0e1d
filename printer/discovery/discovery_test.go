package discovery

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"waybill/internal/link"
)

func TestParseDeviceID(t *testing.T) {
	for text, want := range map[string]DeviceID{
		"": {},
		"MANUFACTURER:Zebra Technologies ;COMMAND SET:ZPL;MODEL:ZTC ZD611-203dpi ZPL;CLASS:PRINTER;": {
			"MFG": "Zebra Technologies", "CMD": "ZPL", "MDL": "ZTC ZD611-203dpi ZPL", "CLASS": "PRINTER",
		},
		"mfg:TSC;CMD:TSPL2;mfg:other;;x;:y;SERN:12": {"MFG": "TSC", "CMD": "TSPL2", "SN": "12"},
	} {
		if diff := cmp.Diff(want, ParseDeviceID(text)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
}

func FuzzParseDeviceID(f *testing.F) {
	f.Add("MFG:Zebra;MDL:ZD421;CMD:ZPL;")
	f.Add(strings.Repeat("A:b;", 600))
	f.Fuzz(func(t *testing.T, text string) {
		for k, v := range ParseDeviceID(text) {
			if k == "" || v == "" || len(k)+len(v) > maxDeviceID {
				t.Errorf("%q has %q = %q", text, k, v)
			}
		}
	})
}

func TestGuess(t *testing.T) {
	for _, tt := range []struct{ commands, vendor, model, language, driver string }{
		{"ZPL", "0a5f", "ZTC ZD611-203dpi ZPL", "zpl", "zpl"},
		{"", "0a5f", "ZTC LP2844-Z-200dpi", "zpl", "zpl"},
		{"EPL", "0a5f", "LP2844", "epl", "epl"},
		{"ESC/P,TSPL2", "", "", "tspl", "tspl"},
		{"", "1203", "TTP-244", "tspl", "tspl"},
		{"", "0a5f", "Zebra QLn320 CPCL", "cpcl", ""},
		{"application/pdf,image/urf", "", "Office", "pdf", ""},
		{"", "0403", "FT232R USB UART", "", ""},
		{"", "", "Simpler zplish", "", ""}, // a word, not a part of one
	} {
		language := guess(tt.commands, tt.vendor, tt.model)
		if language != tt.language || driverFor(language) != tt.driver {
			t.Errorf("%+v: %q, driver %q", tt, language, driverFor(language))
		}
	}
}

func TestOfUSB(t *testing.T) {
	a := link.USBAddress{Vendor: "0a5f", Product: "0166", Serial: "D4J204800123"}
	node := filepath.Join(t.TempDir(), "lp0")
	if err := os.WriteFile(node, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	want := Found{
		Via: USB, Link: "usb://0a5f:0166/D4J204800123", Driver: "zpl", Language: "zpl",
		Maker: "Zebra Technologies", Model: "ZTC ZD421-203dpi ZPL", Serial: "D4J204800123", Path: node,
	}
	got := ofUSB(link.USBPrinter{USBAddress: a, Manufacturer: "Zebra Technologies", Model: "ZTC ZD421-203dpi ZPL", Path: node, Holder: "usblp"})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("found (-want +got):\n%s", diff)
	}
	for holder, word := range map[string]string{"": "modprobe usblp", "usbfs": "CUPS"} {
		got := ofUSB(link.USBPrinter{USBAddress: a, Holder: holder})
		if got.Link != "" || got.Problem == "" || !strings.Contains(got.Remedy, word) {
			t.Errorf("held by %q: %+v, want no link and a remedy with %q", holder, got, word)
		}
	}
}

func TestRemedy(t *testing.T) {
	for _, tt := range []struct {
		r    right
		path string
		want string
	}{
		{right{"lp", true, "packer"}, "/dev/usb/lp0", "usermod -aG lp packer"},
		{right{"lp", false, "packer"}, "/dev/usb/lp0", `SUBSYSTEM=="usbmisc", KERNEL=="lp[0-9]*", GROUP="lp"`},
		{right{"root", true, "packer"}, "/dev/ttyUSB12", `SUBSYSTEM=="tty", KERNEL=="ttyUSB[0-9]*", GROUP="dialout"`},
		{right{"", true, "packer"}, "/dev/ttyS0", `KERNEL=="ttyS[0-9]*"`},
	} {
		if got := tt.r.remedy(tt.path); !strings.Contains(got, tt.want) {
			t.Errorf("%+v: %s, want %q", tt.r, got, tt.want)
		}
	}
	if runtime.GOOS == "linux" {
		if p, _ := access(filepath.Join(t.TempDir(), "gone")); !strings.Contains(p, "no such file") {
			t.Errorf("a port that is gone: %q", p)
		}
	}
}

// Places that cannot be looked at are told, and the others count.
func TestFind(t *testing.T) {
	broken := errors.New("broken")
	found, problems := Find(t.Context(), Options{
		Wait: -1,
		SerialPorts: func() ([]SerialPort, error) {
			return []SerialPort{
				{Path: "/dev/null", Vendor: "0403", Model: "FT232R\x1b[2J", Serial: "A1"},
				{Path: "/dev/null", ByID: "/dev/serial/by-id/zebra", Vendor: "0a5f", Model: "ZD421"},
			}, nil
		},
		Queues: func() ([]PrintQueue, error) {
			return []PrintQueue{{"Zebra ZD421", "ZDesigner ZD421-203dpi ZPL", "USB001"}}, broken
		},
	})
	if len(problems) != 1 || !errors.Is(problems[0], broken) {
		t.Errorf("problems are %v", problems)
	}
	found = found[len(found)-3:] // what this machine has on USB is not known
	want := []Found{
		{Via: Queue, Link: "spooler://Zebra ZD421", Driver: "spooler", Language: "zpl", Model: "ZDesigner ZD421-203dpi ZPL", Name: "Zebra ZD421", Path: "USB001"},
		{Via: Serial, Link: "serial:///dev/serial/by-id/zebra", Driver: "zpl", Language: "zpl", Model: "ZD421", Path: "/dev/null"},
		{Via: Serial, Link: "serial:///dev/null", Model: "FT232R�[2J", Serial: "A1", Path: "/dev/null", Maybe: true},
	}
	if diff := cmp.Diff(want, found); diff != "" {
		t.Errorf("found (-want +got):\n%s", diff)
	}
}

func TestClean(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		got := clean(rapid.String().Draw(t, "text"))
		if len([]rune(got)) > maxText || strings.ContainsFunc(got, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Errorf("%q", got)
		}
	})
}
