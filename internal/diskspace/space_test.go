package diskspace

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestTakeAndGiveUp(t *testing.T) {
	path := filepath.Join(t.TempDir(), "room")
	for _, size := range []int64{3 << 20, 5<<20 + 17, 4096} { // larger, then smaller than what stands there
		if err := Take(path, size); err != nil {
			t.Fatal(err)
		}
		if got := Taken(path); got != size {
			t.Errorf("it takes %d bytes, want %d", got, size)
		}
	}
	for range 2 { // the second time there is none
		if err := GiveUp(path); err != nil {
			t.Fatal(err)
		}
		if got := Taken(path); got != 0 {
			t.Errorf("it still takes %d bytes", got)
		}
	}
	left, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestTakeLeavesNothingHalf(t *testing.T) {
	path := filepath.Join(t.TempDir(), "room")
	if err := os.Mkdir(path, 0o750); err != nil { // a directory cannot be replaced by a file
		t.Fatal(err)
	}
	if err := Take(path, 4096); err == nil {
		t.Fatal("no error")
	}
	if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) != 1 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// Where the system cannot set room apart, the bytes are written, and none of them
// is a hole or repeats.
func TestFill(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "room"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	const size = 2*chunk + 5
	if err := fill(f, size); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(f.Name())
	if err != nil || len(data) != size {
		t.Fatalf("%d bytes, %v", len(data), err)
	}
	var count [256]int
	for _, b := range data {
		count[b]++
	}
	for b, n := range count {
		if n < size/512 || n > size/128 {
			t.Errorf("byte %d stands there %d times", b, n)
		}
	}
}

func TestOf(t *testing.T) {
	s, err := Of(t.TempDir())
	if errors.Is(err, errors.ErrUnsupported) {
		t.Skip(err)
	}
	if err != nil || s.Free <= 0 || s.Total < s.Free {
		t.Errorf("%+v, %v", s, err)
	}
	if _, err := Of(filepath.Join(t.TempDir(), "is not there")); err == nil {
		t.Error("no error for a folder that is not there")
	}
}
