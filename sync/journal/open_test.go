package journal_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"waybill/internal/fault"
	"waybill/sync/journal"
)

func TestOneProcessOneStation(t *testing.T) {
	o := options(t)
	j := mustOpen(t, o)
	_, err := journal.Open(t.Context(), o)
	if !errors.Is(err, journal.ErrInUse) || !strings.Contains(err.Error(), fmt.Sprint("process ", os.Getpid())) {
		t.Errorf("second station: %v", err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if err := j.Update(t.Context(), func(*journal.Tx) error { return nil }); !errors.Is(err, journal.ErrClosed) {
		t.Errorf("update after close: %v", err)
	}
	other := o
	other.Station = "desk-2"
	if _, err := journal.Open(t.Context(), other); !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "desk-1") {
		t.Errorf("another station's journal: %v", err)
	}
	mustOpen(t, o)
}

func TestReadingBesideAStation(t *testing.T) {
	o := options(t)
	if _, err := journal.OpenReadOnly(t.Context(), o.Path); !fault.Is(err, fault.NotFound) {
		t.Errorf("no file: %v", err)
	}
	j := mustOpen(t, o)
	appendEvents(t, j, "e1")
	r, err := journal.OpenReadOnly(t.Context(), o.Path)
	if err != nil {
		t.Fatal(err)
	}
	appendEvents(t, j, "e2")
	if rep := verify(t, r); rep.Events != 2 || r.Station() != "desk-1" {
		t.Errorf("%q: %+v", r.Station(), rep)
	}
	if err := errors.Join(r.Close(), j.Close()); err != nil {
		t.Fatal(err)
	}
	if r, err = journal.OpenReadOnly(t.Context(), o.Path); err != nil {
		t.Fatalf("without a station: %v", err)
	}
	defer r.Close()
	if rep := verify(t, r); rep.Events != 2 {
		t.Errorf("without a station: %+v", rep)
	}
}

func TestASnapshotStaysAsItIs(t *testing.T) {
	j := mustOpen(t, options(t))
	appendEvents(t, j, "e1")
	if err := j.View(t.Context(), func(tx *journal.ReadTx) error {
		first, err := tx.Head()
		if err != nil {
			return err
		}
		appendEvents(t, j, "e2")
		second, err := tx.Head()
		if first != second {
			t.Errorf("the head moved from %d to %d", first.Sequence, second.Sequence)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

func TestFilesThatAreNoJournal(t *testing.T) {
	for name, tt := range map[string]struct {
		spoil func(t *testing.T, o journal.Options)
		kind  fault.Kind
		says  string
	}{
		"text": {func(t *testing.T, o journal.Options) {
			write(t, o.Path, []byte(strings.Repeat("not a database, but long enough to look at\n", 100)))
		}, fault.Permanent, "damaged"},
		"damaged": {func(t *testing.T, o journal.Options) {
			spoilt(t, o, func(b []byte) {
				for i := 4096; i < len(b); i += 4096 {
					b[i] ^= 0xff // the type of every page but the first
				}
			})
		}, fault.Permanent, "damaged"},
		"another program's": {func(t *testing.T, o journal.Options) {
			spoilt(t, o, func(b []byte) { copy(b[68:72], "ELSE") })
		}, fault.Invalid, "no Waybill journal"},
		"from the future": {func(t *testing.T, o journal.Options) {
			spoilt(t, o, func(b []byte) { b[63] = 99 })
		}, fault.Invalid, "newer Waybill"},
	} {
		t.Run(name, func(t *testing.T) {
			o := options(t)
			tt.spoil(t, o)
			_, err := journal.Open(t.Context(), o)
			if !fault.Is(err, tt.kind) || !strings.Contains(err.Error(), tt.says) || !strings.Contains(err.Error(), o.Path) {
				t.Errorf("got %v; want kind %d, the path, and %q", err, tt.kind, tt.says)
			}
			r, err := journal.OpenReadOnly(t.Context(), o.Path)
			if err != nil {
				return
			}
			// A damaged journal may be read as far as it goes.
			if rep, err := r.Verify(t.Context()); err == nil && rep.Whole {
				t.Errorf("reading: %+v", rep)
			}
			_ = r.Close()
		})
	}
}

func spoilt(t *testing.T, o journal.Options, change func(b []byte)) {
	t.Helper()
	j := mustOpen(t, o)
	appendEvents(t, j, "e1", "e2")
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(o.Path)
	if err != nil {
		t.Fatal(err)
	}
	change(b)
	write(t, o.Path, b)
}

func write(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o750), os.WriteFile(path, b, 0o600)); err != nil {
		t.Fatal(err)
	}
}
