package walfile_test

import (
	"bytes"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"waybill/internal/walfile"
)

// A spy tells what is done to a file, and fails where it is told to.
type spy struct {
	walfile.File
	short   int64 // reading ends there
	written int64
	synced  int64 // of what was written
	fail    error
}

func (s *spy) ReadAt(b []byte, off int64) (int, error) {
	if s.short > 0 && off >= s.short {
		return 0, errors.New("no more can be read")
	}
	return s.File.ReadAt(b, off)
}

func (s *spy) WriteAt(b []byte, off int64) (int, error) {
	n, err := s.File.WriteAt(b, off)
	s.written += int64(n)
	return n, err
}

func (s *spy) Sync() error {
	if s.fail != nil {
		return s.fail
	}
	s.synced = s.written
	return s.File.Sync()
}

func TestRenew(t *testing.T) {
	failed := errors.New("input/output error")
	for name, tt := range map[string]struct {
		size  int64
		spy   spy
		fails bool
	}{
		"a log":                 {size: 200_001},
		"an empty one":          {},
		"its sync fails":        {size: 5000, spy: spy{fail: failed}, fails: true},
		"it cannot be read all": {size: 90_000, spy: spy{short: 40_000}, fails: true},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "db-wal")
			want := make([]byte, tt.size)
			r := rand.New(rand.NewPCG(1, 1))
			for i := range want {
				want[i] = byte(r.Uint32())
			}
			if err := os.WriteFile(path, want, 0o600); err != nil {
				t.Fatal(err)
			}
			s := &tt.spy
			err := walfile.Renew(func(path string) (_ walfile.File, err error) {
				s.File, err = walfile.Open(path)
				return s, err
			}, path)
			if (err != nil) != tt.fails || (tt.spy.fail != nil && !errors.Is(err, failed)) {
				t.Errorf("got %v", err)
			}
			if !tt.fails && s.synced != tt.size {
				t.Errorf("%d of %d bytes were written again and synced", s.synced, tt.size)
			}
			if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, want) {
				t.Errorf("the log is another now, %v", err)
			}
		})
	}
}

func TestNoLogIsNoneToRenew(t *testing.T) {
	path := filepath.Join(t.TempDir(), "db-wal")
	if err := errors.Join(walfile.Renew(walfile.Open, path), walfile.Sync(path)); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a log was made: %v", err)
	}
}

// TestSyncNeedsNoRightToWrite holds that whoever may only read a journal can.
func TestSyncNeedsNoRightToWrite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "db-wal")
	if err := os.WriteFile(path, []byte("log"), 0o400); err != nil {
		t.Fatal(err)
	}
	if err := walfile.Sync(path); err != nil {
		t.Error(err)
	}
}
