package journal_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"waybill/sync/journal"
	"waybill/sync/wire"
)

// TestWhatIsThereIsFindable holds that a journal in which nothing is wrong is never
// taken for one in which something may be, whatever documents it has, and wherever they
// stand: in the file, or in its log still.
func TestWhatIsThereIsFindable(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		o := options(t)
		j, err := journal.Open(t.Context(), o)
		if err != nil {
			rt.Fatal(err)
		}
		defer j.Close()
		kinds := []journal.Kind{orders, "job", "a", journal.Kind(strings.Repeat("kind", 300))}
		n := 0
		for range rapid.IntRange(1, 4).Draw(rt, "changes") {
			if err := j.Update(t.Context(), func(tx *journal.Tx) error {
				for range rapid.IntRange(1, 60).Draw(rt, "documents") {
					n++
					kind := rapid.SampledFrom(kinds).Draw(rt, "kind")
					id := fmt.Sprint(rapid.IntRange(0, 300).Draw(rt, "id"), strings.Repeat("i", rapid.SampledFrom([]int{0, 0, 0, 900, 9000}).Draw(rt, "longer")))
					x := journal.Index{State: rapid.SampledFrom([]string{"", "open", "left"}).Draw(rt, "state")}
					for k := range rapid.IntRange(0, 2).Draw(rt, "keys") {
						x.Keys = append(x.Keys, fmt.Sprint(n, "/", k, strings.Repeat("k", rapid.SampledFrom([]int{0, 0, 2000}).Draw(rt, "longer"))))
					}
					if err := tx.Put(kind, id, strings.Repeat("d", rapid.SampledFrom([]int{0, 40, 3000, 4060, 4100, 30000}).Draw(rt, "doc")), x); err != nil {
						return err
					}
				}
				return nil
			}); err != nil {
				rt.Fatal(err)
			}
			if rapid.IntRange(0, 3).Draw(rt, "copied") == 0 {
				if err := j.Checkpoint(); err != nil {
					rt.Fatal(err)
				}
			}
			if rapid.IntRange(0, 5).Draw(rt, "dropped") == 0 {
				if _, err := j.NewEpoch(t.Context(), 0, rapid.SampledFrom(kinds).Draw(rt, "kind")); err != nil {
					rt.Fatal(err)
				}
			}
		}
		// Its own file is looked at, beside SQLite: nobody else is there who would mind.
		if err := journal.Findable(t.Context(), o.Path); err != nil {
			rt.Error(err)
		}
	})
}

// TestALargeJournalIsCheckedNoLess flips bytes of a large journal, one at a time. What
// the check of a small one finds at the start, the check of a large one finds then or
// beside the work, and until then no document is called missing that is there.
func TestALargeJournalIsCheckedNoLess(t *testing.T) {
	const n = 120
	o := options(t)
	j := mustOpen(t, o)
	if err := j.Update(t.Context(), func(tx *journal.Tx) error {
		for i := range n {
			id := fmt.Sprintf("e%d", i)
			if err := errors.Join(tx.Append(event(id, "o")), tx.Put(orders, id, i, journal.Index{State: "open", Keys: []string{"key-" + id}})); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(j.SetCursor(t.Context(), "hub", wire.Position{Epoch: 1, Sequence: n}), j.Close()); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(o.Path)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]int{}
	for i := 100; i < len(whole); i += 431 {
		b := bytes.Clone(whole)
		b[i] ^= 0xff
		small, smallErr := noticed(t, options(t), b, n)
		large, largeErr := noticed(t, journal.CheckLater(options(t)), b, n)
		found[large]++
		if small == atStart && large != atStart && large != beside {
			t.Errorf("byte %d of page %d: a small journal says %v, a large one nothing: %s, %v", i%4096, i/4096+1, smallErr, large, largeErr)
		}
	}
	t.Log(found)
	if found[atStart] == 0 || found[beside] == 0 || found[nowhere] == 0 {
		t.Error("the test has seen too little")
	}
}

// When damage is noticed.
const (
	atStart   = "at the start"
	beside    = "beside the work"
	inReading = "by whoever reads it"
	nowhere   = "nowhere"
)

// noticed says when the damage of a file is noticed that has n documents, as everything
// reads them.
func noticed(t *testing.T, o journal.Options, file []byte, n int) (when string, told error) {
	t.Helper()
	write(t, o.Path, file)
	j, err := journal.Open(t.Context(), o)
	if err != nil {
		return atStart, err
	}
	defer func() { _ = j.Close() }() // of a damaged journal it may fail
	reading := j.View(t.Context(), func(tx *journal.ReadTx) error {
		for i := range n {
			id, v := fmt.Sprintf("e%d", i), -1
			if found, err := tx.Get(orders, id, &v); err != nil {
				return err
			} else if !found || v != i {
				t.Errorf("document %s: %v, %d", id, found, v)
			}
			if owner, found, err := tx.Find(orders, "key-"+id); err != nil {
				return err
			} else if !found || owner != id {
				t.Errorf("key of %s: %v, %q", id, found, owner)
			}
		}
		count, err := tx.Count(orders, "open")
		if err == nil && n > 0 && count != n {
			t.Errorf("%d documents", count)
		}
		return err
	})
	if err := j.CheckWhole(t.Context()); err != nil {
		return beside, err
	}
	if reading != nil {
		return inReading, reading
	}
	return nowhere, nil
}

// TestWhenDamageOfALargeJournalIsNoticed holds what docs/journal.md says, part of the file by part.
func TestWhenDamageOfALargeJournalIsNoticed(t *testing.T) {
	const n = 400
	o := options(t)
	filled(t, o, n)
	j := mustOpen(t, o)
	if err := j.SetCursor(t.Context(), "hub", wire.Position{Epoch: 1, Sequence: n - 10}); err != nil { // the others are looked at before the start
		t.Fatal(err)
	}
	putLong(t, j)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(o.Path)
	if err != nil {
		t.Fatal(err)
	}
	for part, want := range map[string]string{
		"meta": atStart, "cursors": atStart, "parked": atStart,
		"docs": atStart, "sqlite_autoindex_docs_1": atStart, "docs_state": atStart, "keys": atStart, "keys_owner": atStart,
		furtherPage: beside,
		"events":    beside, "sqlite_autoindex_events_1": beside, "events_subject": beside,
	} {
		t.Run(part, func(t *testing.T) {
			var at int
			if part == furtherPage {
				at = longPage(t, whole)
			} else {
				numbers, err := journal.PagesOf(o.Path, part)
				if err != nil {
					t.Fatal(err)
				}
				at = int(numbers[min(1, len(numbers)-1)]-1) * 4096 // the oldest of it
			}
			for fault, spoil := range map[string]func(page []byte){
				"no page any more": func(page []byte) { page[0] = 0xff },
				"never written":    func(page []byte) { clear(page) },
			} {
				b := bytes.Clone(whole)
				spoil(b[at : at+4096])
				if got, err := noticed(t, journal.CheckLater(options(t)), b, 0); got != want {
					t.Errorf("%s: noticed %s, want %s: %v", fault, got, want, err)
				}
			}
		})
	}
}

// furtherPage is a page on which a long document goes on.
const furtherPage = "a document's further page"

// putLong puts a document that takes several pages.
func putLong(t *testing.T, j *journal.Journal) {
	t.Helper()
	if err := j.Update(t.Context(), func(tx *journal.Tx) error {
		return tx.Put(orders, "long", doc{Name: strings.Repeat("long ", 4000)}, journal.Index{State: "long"})
	}); err != nil {
		t.Fatal(err)
	}
}

// longPage returns where in the file a page stands on which that document goes on, and
// from which it goes on to another.
func longPage(t *testing.T, file []byte) int {
	t.Helper()
	for at := 4096; at < len(file); at += 4096 {
		page := file[at : at+4096]
		if next := binary.BigEndian.Uint32(page); next > 0 && next < 1<<20 && bytes.Contains(page, []byte("long long ")) {
			return at
		}
	}
	t.Fatal("no such page")
	return 0
}

// TestDamageThatIsMetIsRepaired has a page be gone on which a document goes on. The quick
// look at a large journal leaves those to whoever reads the document; who does has the
// next start check the whole file and build it anew.
func TestDamageThatIsMetIsRepaired(t *testing.T) {
	get := func(tx *journal.ReadTx) error {
		var d doc
		_, err := tx.Get(orders, "long", &d)
		return err
	}
	for name, meet := range map[string]func(j *journal.Journal) error{
		"a list": func(j *journal.Journal) error {
			return j.View(t.Context(), func(tx *journal.ReadTx) error {
				return tx.List(orders, journal.Query{States: []string{"long"}}, func(string, []byte) error { return nil })
			})
		},
		"a look that says otherwise": func(j *journal.Journal) error {
			err := journal.ErrDamaged
			return errors.Join(err, j.View(t.Context(), func(tx *journal.ReadTx) error {
				_ = get(tx)
				return nil
			}))
		},
		"a change": func(j *journal.Journal) error {
			return j.Update(t.Context(), func(tx *journal.Tx) error { return get(&tx.ReadTx) })
		},
		"a change that overlooks it": func(j *journal.Journal) error {
			return j.Update(t.Context(), func(tx *journal.Tx) error {
				_ = get(&tx.ReadTx)
				return nil
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := journal.CheckLater(options(t))
			filled(t, o, 30)
			j := mustOpen(t, o)
			putLong(t, j)
			if err := j.Close(); err != nil {
				t.Fatal(err)
			}
			file, err := os.ReadFile(o.Path)
			if err != nil {
				t.Fatal(err)
			}
			at := longPage(t, file)
			clear(file[at : at+4096])
			write(t, o.Path, file)

			r, err := journal.OpenReadOnly(t.Context(), o.Path)
			if err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(r.View(t.Context(), get), r.Close()); !errors.Is(err, journal.ErrDamaged) {
				t.Fatalf("who only reads: %v", err)
			}
			note := o.Path + ".doubtful"
			j = mustOpen(t, o)
			if _, err := os.Stat(note); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("a note before anybody met it who may write: %v", err)
			}
			if err := meet(j); !errors.Is(err, journal.ErrDamaged) {
				t.Errorf("met: %v", err)
			}
			if _, err := os.Stat(note); err != nil {
				t.Error(err)
			}
			if err := j.Close(); err != nil {
				t.Fatal(err)
			}
			j, s := salvaged(t, o)
			if s == nil {
				t.Fatal("it opens as it is")
			}
			if diff := cmp.Diff([]journal.Document{{Kind: orders, ID: "long"}}, s.Lost); diff != "" || s.Documents != 30+1 {
				t.Errorf("lost, of %d kept (-want +got):\n%s", s.Documents, diff)
			}
			if _, err := os.Stat(note); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("the note of a journal that was built anew: %v", err)
			}
			if err := j.CheckWhole(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestALostWriteIsNoticed has the disk forget one page's last write, which is what disks
// do that say to have written: the page is sound, and of an earlier time.
func TestALostWriteIsNoticed(t *testing.T) {
	o := options(t)
	put := func(from, to int, state string) []byte {
		j := mustOpen(t, o)
		if err := j.Update(t.Context(), func(tx *journal.Tx) error {
			for i := from; i < to; i++ {
				id := fmt.Sprintf("e%d", i)
				if err := tx.Put(orders, id, i, journal.Index{State: state, Keys: []string{"key-" + id}}); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(o.Path)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	put(0, 300, "open")
	before := put(300, 400, "other")
	after := put(350, 420, "open") // some new, some in another state
	lost := 0
	for at := 4096; at < len(before); at += 4096 {
		if bytes.Equal(before[at:at+4096], after[at:at+4096]) {
			continue
		}
		lost++
		b := bytes.Clone(after)
		copy(b[at:], before[at:at+4096])
		c := journal.CheckLater(options(t))
		write(t, c.Path, b)
		if err := journal.Findable(t.Context(), c.Path); err == nil {
			t.Errorf("page %d: nothing is missed", at/4096+1)
		}
		if j, err := journal.Open(t.Context(), c); !errors.Is(err, journal.ErrDamaged) {
			t.Errorf("page %d: it opens: %v", at/4096+1, err)
			_ = j.Close()
		}
	}
	if lost < 5 {
		t.Errorf("only %d pages were written", lost)
	}
}

// FuzzFindable holds that no file makes it go wrong, or on for ever.
func FuzzFindable(f *testing.F) {
	o := options(f)
	j := mustOpen(f, o)
	if err := j.Update(f.Context(), func(tx *journal.Tx) error { return fill(tx, 30) }); err != nil {
		f.Fatal(err)
	}
	if err := j.Close(); err != nil {
		f.Fatal(err)
	}
	whole, err := os.ReadFile(o.Path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(4096*6, []byte{0x05})
	f.Add(4096*8+3, []byte{0xff, 0xff})
	f.Add(4096*7+8, bytes.Repeat([]byte{0, 0, 0, 7}, 20))
	f.Fuzz(func(t *testing.T, at int, over []byte) {
		b := bytes.Clone(whole)
		if at >= 0 && at < len(b) {
			copy(b[at:], over)
		}
		path := filepath.Join(t.TempDir(), "journal.db")
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := journal.Findable(t.Context(), path); err != nil && bytes.Equal(b, whole) {
			t.Error(err)
		}
	})
}
