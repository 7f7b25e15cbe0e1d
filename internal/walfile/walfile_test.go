package walfile_test

import (
	"bytes"
	"database/sql"
	"encoding/binary"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "modernc.org/sqlite" // the driver of logs that are real

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

// A frame takes a header and a page.
const frame = 24 + 512

// logOf returns a log of pages of 512 bytes, one frame for each of salts, after a header
// with the salt 1.
func logOf(salts ...uint64) []byte {
	b := binary.BigEndian.AppendUint32(nil, 0x377f0683)
	b = binary.BigEndian.AppendUint32(b, 3007000)
	b = binary.BigEndian.AppendUint32(b, 512)
	b = binary.BigEndian.AppendUint32(b, 0)
	b = binary.BigEndian.AppendUint64(b, 1)
	b = binary.BigEndian.AppendUint64(b, 0)
	for i, salt := range salts {
		b = binary.BigEndian.AppendUint64(b, uint64(i)<<32)
		b = binary.BigEndian.AppendUint64(b, salt)
		b = append(b, make([]byte, frame-16)...)
	}
	return b
}

// TestWhatIsFromBeforeIsLeft holds that frames are written again up to the first that
// SQLite cannot take, and that what is behind need not even be readable.
func TestWhatIsFromBeforeIsLeft(t *testing.T) {
	odd := logOf(1, 7)
	odd[10] ^= 0x10
	for name, tt := range map[string]struct {
		log  []byte
		spy  spy
		want int // bytes that are written again
	}{
		"frames of now alone":        {log: logOf(1, 1, 1), want: 32 + 3*frame},
		"frames of before behind":    {log: logOf(1, 1, 7, 7, 7), want: 32 + 2*frame},
		"a frame of now behind":      {log: logOf(1, 7, 1), want: 32 + frame},
		"frames of before alone":     {log: logOf(7, 7), want: 32},
		"what was lengthened":        {log: append(logOf(1), make([]byte, 5*frame)...), want: 32 + frame},
		"half a frame of now":        {log: logOf(1, 1)[:32+frame+100], want: 32 + frame},
		"a header alone":             {log: logOf(), want: 32},
		"half a header":              {log: logOf()[:20], want: 20},
		"nothing but zeros":          {log: make([]byte, 4*frame), want: 4 * frame},
		"a size that no page has":    {log: odd, want: 32 + 2*frame},
		"before, and cannot be read": {log: logOf(1, 7, 7), spy: spy{short: 32 + 2*frame}, want: 32 + frame},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "db-wal")
			if err := os.WriteFile(path, tt.log, 0o600); err != nil {
				t.Fatal(err)
			}
			s := &tt.spy
			err := walfile.Renew(func(path string) (_ walfile.File, err error) {
				s.File, err = walfile.Open(path)
				return s, err
			}, path)
			if err != nil || s.synced != int64(tt.want) {
				t.Errorf("%d bytes were written again and synced, %v; want %d of %d", s.synced, err, tt.want, len(tt.log))
			}
			if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, tt.log) {
				t.Errorf("the log is another now, %v", err)
			}
		})
	}
}

// TestSQLiteNeedsNoMore holds against a log of SQLite's that was begun anew: with what
// was written again alone, all is there.
func TestSQLiteNeedsNoMore(t *testing.T) {
	path := filepath.Join(t.TempDir(), "db")
	db, err := sql.Open("sqlite", path+"?_pragma=journal_mode(WAL)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	add := func(n int) {
		t.Helper()
		if _, err := db.ExecContext(t.Context(), `INSERT INTO t SELECT randomblob(4000) FROM json_each(?)`, "[0"+strings.Repeat(",0", n-1)+"]"); err != nil {
			t.Fatal(err)
		}
	}
	for _, query := range []string{`CREATE TABLE t (b BLOB)`, `PRAGMA wal_autocheckpoint = 0`} {
		if _, err := db.ExecContext(t.Context(), query); err != nil {
			t.Fatal(err)
		}
	}
	add(300)
	if _, err := db.ExecContext(t.Context(), `PRAGMA wal_checkpoint`); err != nil {
		t.Fatal(err)
	}
	add(5)
	add(7)
	s := &spy{}
	if err := walfile.Renew(func(path string) (_ walfile.File, err error) {
		s.File, err = walfile.Open(path)
		return s, err
	}, path+"-wal"); err != nil {
		t.Fatal(err)
	}
	log, err := os.ReadFile(path + "-wal")
	if err != nil {
		t.Fatal(err)
	}
	if s.written < 12*4096 || s.written > int64(len(log))/4 {
		t.Errorf("%d bytes of %d were written again", s.written, len(log))
	}
	clear(log[s.written:])
	count := func(log []byte) (n int) {
		t.Helper()
		file, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		at := filepath.Join(t.TempDir(), "copy")
		if err := errors.Join(os.WriteFile(at, file, 0o600), os.WriteFile(at+"-wal", log, 0o600)); err != nil {
			t.Fatal(err)
		}
		db, err := sql.Open("sqlite", at)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if err := db.QueryRowContext(t.Context(), `SELECT count(*) FROM t`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := count(log); n != 312 {
		t.Errorf("%d rows are there, want 312", n)
	}
	if n := count(log[:s.written-1]); n != 305 { // so that it is the last byte that it needs
		t.Errorf("without the last byte %d rows are there, want 305", n)
	}
}

// TestLeave holds that a database that is closed beside a handle that only reads is as it
// was, and that without that handle it would not be.
func TestLeave(t *testing.T) {
	for name, leave := range map[string]bool{"left": true, "copied": false} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "db")
			was := map[string][]byte{"": nil, "-wal": nil}
			db := database(t, path+"?_pragma=journal_mode(WAL)")
			if _, err := db.ExecContext(t.Context(), `CREATE TABLE t (b BLOB)`); err != nil {
				t.Fatal(err)
			}
			for part := range was {
				was[part] = read(t, path+part)
			}
			closeAll := db.Close
			if leave {
				beside := database(t, "file:"+filepath.ToSlash(path)+"?mode=ro")
				closeAll = func() error { return walfile.Leave(beside, db.Close) }
			}
			if err := closeAll(); err != nil {
				t.Fatal(err)
			}
			for part, b := range was {
				if same := bytes.Equal(b, read(t, path+part)); same != leave {
					t.Errorf("db%s is as it was: %t, want %t", part, same, leave)
				}
			}
			if _, err := database(t, path).ExecContext(t.Context(), `INSERT INTO t VALUES (1)`); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestLeaveClosesAllTheSame has the handle beside the others fail.
func TestLeaveClosesAllTheSame(t *testing.T) {
	closed := errors.New("closed")
	beside := database(t, "file:"+filepath.ToSlash(filepath.Join(t.TempDir(), "none"))+"?mode=ro&_pragma=journal_mode(WAL)")
	if err := walfile.Leave(beside, func() error { return closed }); !errors.Is(err, closed) {
		t.Error(err)
	}
}

func database(t *testing.T, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// read returns what is in a file; nothing where it is not there.
func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return b
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
