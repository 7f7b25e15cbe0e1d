package journal

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"waybill/shipment"
	"waybill/sync/wire"
)

// mixed makes a journal of events and documents of many sizes, some written over and
// some dropped, and returns its file.
func mixed(t testing.TB) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "journal.db")
	j, err := Open(t.Context(), Options{Path: path, Station: "desk-1"})
	if err != nil {
		t.Fatal(err)
	}
	for round := range 4 {
		if err := j.Update(t.Context(), func(tx *Tx) error {
			for i := range 60 {
				size := (i * i * 7) % 9000
				e := shipment.Event{Type: shipment.LabelPrintedType, Subject: shipment.OrderID(fmt.Sprint("o", i)), Data: []byte(`"` + strings.Repeat("é", size/2) + `"`)}
				if err := tx.Append(e); err != nil {
					return err
				}
				if err := tx.Put("order", fmt.Sprint("o", i), strings.Repeat("x", (size*(round+1))%30000), Index{State: fmt.Sprint(round), Keys: []string{fmt.Sprint("k", i, round)}}); err != nil {
					return err
				}
				if err := tx.Put("lease", fmt.Sprint(round, i), size, Index{}); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := j.NewEpoch(t.Context(), 0, "lease"); err != nil {
		t.Fatal(err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// Of a journal that is whole, exactly what SQLite reads is found.
func TestRemainsOfAWholeJournalAreTheJournal(t *testing.T) {
	path := mixed(t)
	r, err := OpenReadOnly(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	want, got := map[string]string{}, map[string]string{}
	if err := r.View(t.Context(), func(tx *ReadTx) error {
		if err := tx.Events(EventQuery{}, func(rec wire.Record) error {
			want[fmt.Sprint("event ", rec.Position)] = fmt.Sprint(rec.ID, rec.Type, rec.Subject, rec.Time.UnixMilli(), string(rec.Raw))
			return nil
		}); err != nil {
			return err
		}
		for _, kind := range []Kind{"order", "lease"} {
			if err := tx.List(kind, Query{}, func(id string, raw []byte) error {
				want["doc "+string(kind)+id] = string(raw)
				return nil
			}); err != nil {
				return err
			}
		}
		for i := range 60 {
			id, found, err := tx.Find("order", fmt.Sprint("k", i, 3))
			if err != nil || !found {
				return fmt.Errorf("key %d: %v, %w", i, found, err)
			}
			want[fmt.Sprint("key k", i, 3)] = id
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	found, closed, err := readRemains(path, "desk-1")
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := closed(); err != nil {
			t.Error(err)
		}
	}()
	if err := found.events(func(e eventRow) error {
		got[fmt.Sprint("event ", e.at)] = fmt.Sprint(e.id, shipment.EventType(e.typ), e.subject, e.millis, string(e.raw))
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if !found.docs(func(_ int64, kind, id, state string, doc []byte) { got["doc "+kind+id] = string(doc) }) {
		t.Error("it does not know that these are all documents")
	}
	names := 0
	if !found.names(func(string, string) { names++ }) || names != 60 {
		t.Errorf("%d names", names)
	}
	found.keys(func(_, key, id string) { got["key "+key] = id })
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%.4000s", diff)
	}
	if found.meta("epoch") != "2" || found.meta("station") != "desk-1" || found.version() != uint32(len(migrations)) {
		t.Errorf("epoch %q, station %q, version %d", found.meta("epoch"), found.meta("station"), found.version())
	}
}

// usualRoots is what SQLite makes of our migrations.
func TestUsualRoots(t *testing.T) {
	path := mixed(t)
	db, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	told := newRemains(readPages(bytes.NewReader(db), int64(len(db)), nil, 0), "desk-1")
	clear(db[:4096])
	usual := newRemains(readPages(bytes.NewReader(db), int64(len(db)), nil, 0), "desk-1")
	for name, root := range usual.roots {
		if told.roots[name] != root {
			t.Errorf("%s is at page %d, and believed at %d", name, told.roots[name], root)
		}
	}
	if len(told.roots) <= len(usual.roots) {
		t.Errorf("the file's own %v", told.roots)
	}
}

// FuzzRemains reads files that are anything: never a panic, and never an event that
// its hash does not prove.
func FuzzRemains(f *testing.F) {
	path := mixed(f)
	db, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(db[:12*4096], []byte{})
	f.Add(db[4096:9*4096], db[:4096])
	f.Add([]byte{}, []byte{})
	f.Fuzz(func(t *testing.T, db, log []byte) {
		r := newRemains(readPages(bytes.NewReader(db), int64(len(db)), bytes.NewReader(log), int64(len(log))), "desk-1")
		if err := r.events(func(e eventRow) error {
			if wire.Hash(e.raw) != e.at.Hash || e.id == "" || e.at.Sequence < 1 {
				t.Errorf("%+v", e)
			}
			return context.Cause(t.Context())
		}); err != nil {
			t.Fatal(err)
		}
		r.docs(func(int64, string, string, string, []byte) {})
		r.names(func(string, string) {})
		r.keys(func(string, string, string) {})
		r.meta("epoch")
		r.acknowledged()
		r.version()
	})
}
