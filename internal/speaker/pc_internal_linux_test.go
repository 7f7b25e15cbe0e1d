package speaker

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
)

type file struct{ written []byte }

func (f *file) Write(b []byte) (int, error) { f.written = append(f.written, b...); return len(b), nil }
func (f *file) Close() error                { return nil }

// TestEvents holds the bytes of a tone and its end, on a machine that puts the low
// byte first; the time before them is the kernel's to set.
func TestEvents(t *testing.T) {
	f := &file{}
	p := &pc{f}
	if err := p.Sound(2000); err != nil {
		t.Fatal(err)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	at := make([]byte, 2*strconv.IntSize/8)
	want := append(append([]byte{}, at...), 0x12, 0, 2, 0, 0xD0, 0x07, 0, 0)
	want = append(append(want, at...), 0x12, 0, 2, 0, 0, 0, 0, 0)
	if d := cmp.Diff(want, f.written); d != "" {
		t.Errorf("written (-want +got):\n%s", d)
	}
}

// TestAnotherDeviceIsToldApart holds that what is no speaker is not taken for one.
func TestAnotherDeviceIsToldApart(t *testing.T) {
	dir := t.TempDir()
	node := filepath.Join(dir, "event3")
	if err := os.WriteFile(node, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := sounds(node, dir); err != nil {
		t.Errorf("a device that nothing is known of: %v", err)
	}
	sys := t.TempDir()
	can := filepath.Join(sys, "event3", "device", "capabilities")
	if err := os.MkdirAll(can, 0o700); err != nil {
		t.Fatal(err)
	}
	for bits, ok := range map[string]bool{"6\n": true, "0\n": false, "2\n": false, "\n": false} {
		if err := os.WriteFile(filepath.Join(can, "snd"), []byte(bits), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := sounds(node, sys); (err == nil) != ok {
			t.Errorf("capabilities %q: %v", bits, err)
		}
	}
}
