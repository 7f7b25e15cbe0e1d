package link_test

import (
	"context"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"waybill/internal/link"
)

func TestParse(t *testing.T) {
	for _, tt := range []struct{ address, err string }{
		{"tcp://192.0.2.7:9100", ""},
		{"tcp://printer-3", ""},
		{"tcp://[2001:db8::7]:6101", ""},
		{"file:///dev/usb/lp0", ""},
		{"", "no scheme"},
		{"192.0.2.7", "no scheme"},
		{"192.0.2.7:9100", "write tcp://host:9100"},
		{"printer-3:9100", "write tcp://host:9100"},
		{"tcp://192.0.2.7:99100", "want 1 to 65535"},
		{"tcp://192.0.2.7:0", "want 1 to 65535"},
		{"ipp://a:70000/ipp/print", "want 1 to 65535"},
		{"tcp://:9100", "no host"},
		{"tcp://a:9100/x", "only a host"},
		{"file://dev/usb/lp0", "three slashes"},
		{"file:///", "no path"},
		{"usb://0a5f:0166/D4J204800123", ""},
		{"usb://0a5f:0166", ""},
		{"usb://zebra/1", "VENDOR:PRODUCT"},
		{"usb://0a5f:0166/%zz", "device address"},
		{"ipp://printer-3/ipp/print", ""},
		{"ipps://[2001:db8::7]:8631/printers/zebra", ""},
		{"ipp://a", "no path"},
		{"ipps:///ipp/print", "no host"},
		{"ipp://user:secret@a/ipp/print", "password_file"},
		{"ipp://a/ipp/print?x", "only a host"},
		{"lpd://a", "unknown scheme"},
		{"tcp://a:b:c", "device address"},
	} {
		t.Run(tt.address, func(t *testing.T) {
			dial, err := link.Parse(tt.address)
			switch {
			case tt.err == "" && (err != nil || dial == nil):
				t.Errorf("Parse: %v", err)
			case tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)):
				t.Errorf("error is %v, want one with %q", err, tt.err)
			}
		})
	}
}

func TestTCPCarriesBytesBothWays(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		io.Copy(c, c)
		c.Close()
	}()
	c := open(t, "tcp://"+l.Addr().String())
	if _, err := io.WriteString(c, "~HS"); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 3)
	if _, err := io.ReadFull(c, got); err != nil || string(got) != "~HS" {
		t.Errorf("echo is %q, %v", got, err)
	}
}

func TestFileIsNeverCreated(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lp0")
	dial, err := link.Parse("file://" + filepath.ToSlash(path))
	if err != nil {
		t.Skip("no such address on this system:", err)
	}
	if _, err := dial(t.Context()); err == nil {
		t.Fatal("a device that does not exist was opened")
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	c := open(t, "file://"+filepath.ToSlash(path))
	if _, err := io.WriteString(c, "^XA^XZ"); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(path)
	if err != nil || string(got) != "^XA^XZ" {
		t.Errorf("file holds %q, %v", got, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := dial(ctx); err == nil {
		t.Error("dialled on a context that is done")
	}
}

// open dials address and closes the stream at the end of the test.
func open(t *testing.T, address string) io.ReadWriteCloser {
	t.Helper()
	dial, err := link.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	c, err := dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func FuzzParse(f *testing.F) {
	f.Add("tcp://host:9100")
	f.Add("file:///dev/usb/lp0")
	f.Fuzz(func(t *testing.T, address string) {
		dial, err := link.Parse(address)
		if (dial == nil) == (err == nil) {
			t.Errorf("Parse(%q) gave dialer %v and error %v", address, dial != nil, err)
		}
	})
}
