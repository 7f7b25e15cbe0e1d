//go:build winerig

package link

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/term"
)

// rigLabel is longer than one block.
var rigLabel = bytes.Repeat([]byte("^XA^FD\x00\xff\x11label\x13^FS^XZ\n"), 50)

const rigAnswer = "\x02030,0,0,1245,000,0,0,0,000,0,0,0\x03\r\n"

// TestWineSerialHost is the printer's end, on the system that wine runs on.
func TestWineSerialHost(t *testing.T) {
	theirs, ours, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer theirs.Close()
	defer ours.Close()
	if _, err := term.MakeRaw(int(ours.Fd())); err != nil {
		t.Fatal(err)
	}
	com := filepath.Join(os.Getenv("WINEPREFIX"), "dosdevices", "com5")
	os.Remove(com)
	if err := os.Symlink(ours.Name(), com); err != nil {
		t.Fatal(err)
	}
	defer os.Remove(com)
	cmd := exec.CommandContext(t.Context(), os.Getenv("RIG_WINE"), os.Getenv("RIG_EXE"), "-test.run", "^TestWineSerialGuest$", "-test.v", "-test.timeout", "60s")
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, len(rigLabel))
	if _, err := io.ReadFull(theirs, got); err != nil || !bytes.Equal(got, rigLabel) {
		t.Errorf("the printer got %q, %v", got, err)
	}
	if _, err := theirs.WriteString(rigAnswer); err != nil {
		t.Error(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}

// TestWineSerialGuest is the station's end, under wine.
func TestWineSerialGuest(t *testing.T) {
	d, err := Parse("serial://COM5?baud=115200&flow=none")
	if err != nil {
		t.Fatal(err)
	}
	c, err := d(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if again, err := d(t.Context()); err == nil {
		again.Close()
		t.Log("the port opens twice; real Windows does not allow that")
	}
	began := time.Now()
	if n, err := c.Write(rigLabel); n != len(rigLabel) || err != nil {
		t.Fatalf("Write = %d, %v", n, err)
	}
	t.Logf("%d bytes in %s", len(rigLabel), time.Since(began))
	got := make([]byte, len(rigAnswer))
	if _, err := io.ReadFull(c, got); err != nil || string(got) != rigAnswer {
		t.Errorf("the answer is %q, %v", got, err)
	}
	// Nobody reads the printer's end any more, so that the line fills up.
	if err := c.(interface{ SetWriteDeadline(t time.Time) error }).SetWriteDeadline(time.Now().Add(2 * time.Second)); err != nil {
		t.Fatal(err)
	}
	began = time.Now()
	n, err := c.Write(make([]byte, 1<<20))
	t.Logf("a stalled printer: Write = %d, %v after %s", n, err, time.Since(began))
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("Write to a stalled printer: %v", err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}
