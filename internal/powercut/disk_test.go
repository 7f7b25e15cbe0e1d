package powercut_test

import (
	"bytes"
	"database/sql"
	"errors"
	"maps"
	"math/rand/v2"
	"net/url"
	"testing"

	_ "github.com/ncruces/go-sqlite3/driver" // "sqlite3"
	"github.com/ncruces/go-sqlite3/vfs"
	"pgregory.net/rapid"

	"waybill/internal/powercut"
)

func newDisk(t testing.TB) *powercut.Disk {
	t.Helper()
	d := powercut.New(t.TempDir())
	t.Cleanup(d.Close)
	return d
}

// create makes a file whose name is durable, as that of a database is.
func create(t testing.TB, d *powercut.Disk, name string) *powercut.File {
	t.Helper()
	f, _, err := vfs.Find(d.VFS()).Open(name, vfs.OPEN_MAIN_DB|vfs.OPEN_READWRITE|vfs.OPEN_CREATE)
	if err != nil {
		t.Fatal(err)
	}
	file, ok := f.(*powercut.File)
	if !ok {
		t.Fatalf("%T", f)
	}
	return file
}

// content returns a file as programs see it.
func content(t testing.TB, d *powercut.Disk, name string) []byte {
	t.Helper()
	f, err := d.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	size, err := f.Size()
	if err != nil {
		t.Fatal(err)
	}
	b := make([]byte, size)
	if n, err := f.ReadAt(b, 0); int64(n) != size {
		t.Fatalf("%d of %d bytes, %v", n, size, err)
	}
	return b
}

// TestWhatWasSyncedIsThere holds the disk to what a disk promises, for any writes,
// truncations, syncs and cuts: what was synced and not written over since is there, and
// nothing that nobody wrote.
func TestWhatWasSyncedIsThere(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(rt *rapid.T) {
		d := powercut.New(dir)
		defer d.Close()
		f := create(t, d, "f")
		var synced []byte           // as it was at the last sync
		maybe := map[int64][]byte{} // what each byte may also be
		size := []int64{0}          // and how long the file may be
		now := []byte{}
		rt.Repeat(map[string]func(*rapid.T){
			"write": func(rt *rapid.T) {
				b := rapid.SliceOfN(rapid.Byte(), 1, 1500).Draw(rt, "bytes")
				at := rapid.IntRange(0, 3000).Draw(rt, "at")
				if _, err := f.WriteAt(b, int64(at)); err != nil {
					rt.Fatal(err)
				}
				if grow := at + len(b) - len(now); grow > 0 {
					now = append(now, make([]byte, grow)...)
				}
				copy(now[at:], b)
				for i, v := range b {
					maybe[int64(at+i)] = append(maybe[int64(at+i)], v)
				}
				size = append(size, int64(len(now)), int64(at+len(b)))
			},
			"truncate": func(rt *rapid.T) {
				to := rapid.IntRange(0, 3000).Draw(rt, "to")
				if err := f.Truncate(int64(to)); err != nil {
					rt.Fatal(err)
				}
				for i := to; i < max(4500, len(now)); i++ {
					maybe[int64(i)] = append(maybe[int64(i)], 0)
				}
				now = append(now[:min(to, len(now)):min(to, len(now))], make([]byte, max(0, to-len(now)))...)
				size = append(size, int64(to))
			},
			"sync": func(rt *rapid.T) {
				if err := f.Flush(); err != nil {
					rt.Fatal(err)
				}
				synced, size = bytes.Clone(now), []int64{int64(len(now))}
				clear(maybe)
			},
			"cut": func(rt *rapid.T) {
				d.Restore(rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 0)))
				if _, err := f.WriteAt([]byte{1}, 0); err == nil {
					rt.Fatal("a file that was opened before the cut can be written")
				}
				now = content(t, d, "f")
				for i, v := range now {
					was := i < len(synced) && synced[i] == v || i >= len(synced) && v == 0
					if !was && !bytes.Contains(maybe[int64(i)], []byte{v}) {
						rt.Fatalf("byte %d is %d, which nobody wrote", i, v)
					}
				}
				if len(size) == 1 && int64(len(now)) != size[0] {
					rt.Fatalf("%d bytes long, synced were %d", len(now), size[0])
				}
				synced, size = bytes.Clone(now), []int64{int64(len(now))}
				clear(maybe)
				f = create(t, d, "f")
			},
			"": func(rt *rapid.T) {
				if got := content(t, d, "f"); !bytes.Equal(got, now) {
					rt.Fatalf("programs see %d bytes that are not what was written", len(got))
				}
			},
		})
	})
}

// TestAWriteTears holds that of one write some sectors may be there and others not.
func TestAWriteTears(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	seen := map[string]bool{}
	for range 200 {
		d := newDisk(t)
		f := create(t, d, "f")
		b := bytes.Repeat([]byte{'x'}, 1024)
		if _, err := f.WriteAt(make([]byte, 1024), 0); err != nil {
			t.Fatal(err)
		}
		if err := f.Flush(); err != nil {
			t.Fatal(err)
		}
		d.FailAfter(1)
		if _, err := f.WriteAt(b, 0); err == nil || !d.Off() {
			t.Fatal("the write in which the power fails succeeds")
		}
		d.Restore(r)
		got := content(t, d, "f")
		seen[string([]byte{got[0], got[511], got[512], got[1023]})] = true
	}
	for _, want := range []string{"\x00\x00\x00\x00", "xxxx", "xx\x00\x00", "\x00\x00xx"} {
		if !seen[want] {
			t.Errorf("never %q", want)
		}
	}
	if len(seen) != 4 {
		t.Errorf("%v: a sector is whole or not there", seen)
	}
}

// TestAFailedSyncIsForgotten holds that a sync after one that failed saves nothing of
// what that one was to write, and that writing it again does.
func TestAFailedSyncIsForgotten(t *testing.T) {
	seen := map[string]bool{}
	for seed := range uint64(100) {
		for _, again := range []bool{false, true} {
			r := rand.New(rand.NewPCG(seed, 1))
			d := newDisk(t)
			f := create(t, d, "f")
			d.FailSyncs(r, func(n int) bool { return n == 1 })
			write := func() {
				if _, err := f.WriteAt([]byte{'x'}, 0); err != nil {
					t.Fatal(err)
				}
			}
			write()
			if err := f.Flush(); !errors.Is(err, powercut.ErrSync) {
				t.Fatalf("the first sync: %v", err)
			}
			read := string(content(t, d, "f"))
			if again {
				write()
			}
			if err := f.Flush(); err != nil {
				t.Fatal(err)
			}
			d.Restore(r)
			found := string(content(t, d, "f"))
			if again && found != "x" {
				t.Fatalf("written again and synced, and then there is %q", found)
			}
			if !again {
				seen[read+"→"+found] = true
			}
		}
	}
	if want := map[string]bool{"x→": true, "x→x": true, "→": true}; !maps.Equal(seen, want) {
		t.Errorf("got %v, want %v", seen, want)
	}
}

// TestSQLiteWorksOnIt holds that a database with a write-ahead log comes back with what
// was committed.
func TestSQLiteWorksOnIt(t *testing.T) {
	powercut.Skip(t)
	d := newDisk(t)
	open := func() *sql.DB {
		q := url.Values{"vfs": {d.VFS()}, "_pragma": {"journal_mode(WAL)", "synchronous(FULL)"}}
		db, err := sql.Open("sqlite3", "file:/db?"+q.Encode())
		if err != nil {
			t.Fatal(err)
		}
		return db
	}
	db := open()
	for _, do := range []string{"CREATE TABLE t (n INTEGER)", "INSERT INTO t VALUES (1), (2)"} {
		if _, err := db.ExecContext(t.Context(), do); err != nil {
			t.Fatal(err)
		}
	}
	d.FailAfter(1)
	if _, err := db.ExecContext(t.Context(), "INSERT INTO t VALUES (3)"); err == nil || !d.Off() {
		t.Errorf("a commit without power: %v", err)
	}
	_ = db.Close()
	d.Restore(rand.New(rand.NewPCG(1, 1)))
	db = open()
	defer db.Close()
	var n int
	if err := db.QueryRowContext(t.Context(), "SELECT count(*) FROM t").Scan(&n); err != nil || n != 2 {
		t.Errorf("%d rows, %v; 2 were committed", n, err)
	}
}
