package journal_test

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"waybill/internal/fault"
	"waybill/sync/journal"
)

// A backup is made while the station writes, is one moment of it, and can be read.
func TestABackupBesideARunningStation(t *testing.T) {
	o := options(t)
	filled(t, o, 60)
	j := mustOpen(t, o)
	out := filepath.Join(t.TempDir(), "copy.db")
	b, err := j.Backup(t.Context(), out)
	if err != nil || b.Events != 60 || b.Documents != 61 || b.Head.Sequence != 60 || b.Station != "desk-1" || b.Hash == "" {
		t.Fatalf("%+v, %v", b, err)
	}
	appendEvents(t, j, "after")
	if info, err := os.Stat(out); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("the copy: %v, %v", info, err)
	}
	if _, err := j.Backup(t.Context(), out); !fault.Is(err, fault.Conflict) {
		t.Errorf("over one that is there: %v", err)
	}
	// By a program of its own.
	r, err := journal.OpenReadOnly(t.Context(), o.Path)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := r.Backup(t.Context(), out+"2"); err != nil || b.Events != 61 {
		t.Errorf("%+v, %v", b, err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if left, _ := filepath.Glob(out + "*"); len(left) != 2 {
		t.Errorf("files %v", left)
	}
}

// A damaged journal has no backup that looks like one.
func TestABackupThatWouldBeDamaged(t *testing.T) {
	o := options(t)
	filled(t, o, 40)
	j := mustOpen(t, o)
	if err := j.Exec("UPDATE events SET raw = x'00' WHERE (place & 0xffffff) = 3"); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "copy.db")
	if _, err := j.Backup(t.Context(), out); !errors.Is(err, journal.ErrDamaged) || !strings.Contains(err.Error(), "sequence 3") {
		t.Errorf("got %v", err)
	}
	if left, _ := filepath.Glob(out + "*"); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestRestore(t *testing.T) {
	o := options(t)
	o.Perishable = []journal.Kind{"lease"}
	filled(t, o, 60)
	j := mustOpen(t, o)
	out := filepath.Join(t.TempDir(), "copy.db")
	if _, err := j.Backup(t.Context(), out); err != nil {
		t.Fatal(err)
	}
	appendEvents(t, j, "after")
	if _, err := journal.Restore(t.Context(), out, o, 0); !errors.Is(err, journal.ErrInUse) {
		t.Errorf("under a running station: %v", err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := journal.Restore(t.Context(), out, o, 0); !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "written over") {
		t.Errorf("over a journal: %v", err)
	}
	before, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ epoch, want int64 }{{0, 2}, {1, 2}, {7, 7}} {
		again := options(t)
		again.Perishable, again.Station = o.Perishable, ""
		write(t, again.Path+".restoring", []byte("of one that was cut short"))
		done, err := journal.Restore(t.Context(), out, again, tt.epoch)
		if err != nil || done.Began.Head.Epoch != tt.want || done.Events != 60 || done.Began.Dropped["lease"] != 1 || done.Station != "desk-1" {
			t.Fatalf("%+v, %v", done, err)
		}
		again.Station = "desk-1"
		j := mustOpen(t, again)
		appendEvents(t, j, "next")
		if head, err := j.Head(t.Context()); err != nil || head.Epoch != tt.want || head.Sequence != 1 {
			t.Errorf("the next event stands at %+v, %v", head, err)
		}
		if rep := verify(t, j); !rep.Whole || rep.Events != 61 {
			t.Errorf("%+v", rep)
		}
		if pos, _, err := j.Cursor(t.Context(), "hub"); err != nil || pos.Sequence != 10 {
			t.Errorf("cursor %+v, %v", pos, err)
		}
		left, _ := filepath.Glob(again.Path + "*")
		for _, name := range left {
			switch strings.TrimPrefix(name, again.Path) {
			case "", "-wal", "-shm", ".lock":
			default:
				t.Errorf("left behind: %s", name)
			}
		}
	}
	if after, err := os.ReadFile(out); err != nil || string(after) != string(before) {
		t.Errorf("the copy was changed: %v", err)
	}
	if left, _ := filepath.Glob(out + "*"); len(left) != 1 {
		t.Errorf("beside the copy: %v", left)
	}
}

func TestRestoreRefuses(t *testing.T) {
	o := options(t)
	filled(t, o, 40)
	at, file := pageOf(t, o.Path, `"subject":"o-e22"`)
	clear(file[at : at+4096])
	damaged := filepath.Join(t.TempDir(), "damaged.db")
	write(t, damaged, file)
	for name, tt := range map[string]struct {
		from  string
		epoch int64
		as    string
		says  string
	}{
		"a damaged copy":    {damaged, 0, "desk-1", "damaged"},
		"another station's": {o.Path, 0, "desk-2", "desk-1"},
		"no copy":           {filepath.Join(t.TempDir(), "no"), 0, "desk-1", "no such file"},
		"text":              {os.Args[0], 0, "desk-1", "damaged"},
	} {
		t.Run(name, func(t *testing.T) {
			again := options(t)
			again.Station = "desk-1"
			if tt.as != "desk-1" {
				again.Station = "desk-2"
			}
			if _, err := journal.Restore(t.Context(), tt.from, again, tt.epoch); err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %v, want %q", err, tt.says)
			}
			left, _ := filepath.Glob(filepath.Join(filepath.Dir(again.Path), "*"))
			for _, name := range left {
				if !strings.HasSuffix(name, ".lock") {
					t.Errorf("left behind: %s", name)
				}
			}
		})
	}
}

// A power cut at any moment of a restore leaves no journal or the whole one. What is
// renamed last is complete by then; whatever stands before is written over.
func TestARestoreThatIsCutShort(t *testing.T) {
	o := options(t)
	filled(t, o, 30)
	whole, err := os.ReadFile(o.Path)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{0, 1, 4096, len(whole) / 2, len(whole)} {
		again := options(t)
		write(t, again.Path+".restoring", whole[:n])
		write(t, again.Path+".restoring-wal", whole[:n])
		done, err := journal.Restore(t.Context(), o.Path, again, 0)
		if err != nil || done.Events != 30 {
			t.Fatalf("after %d bytes: %+v, %v", n, done, err)
		}
		if rep := verify(t, mustOpen(t, again)); !rep.Whole || rep.Events != 30 {
			t.Errorf("after %d bytes: %+v", n, rep)
		}
	}
}
