package journal_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"waybill/sync/journal"
	"waybill/sync/wire"
)

// filled leaves a closed journal with n events, and a document with a key for each;
// every tenth is longer than a page. The hub has taken the first ten.
func filled(t *testing.T, o journal.Options, n int) {
	t.Helper()
	j := mustOpen(t, o)
	if err := j.Update(t.Context(), func(tx *journal.Tx) error { return fill(tx, n) }); err != nil {
		t.Fatal(err)
	}
	if err := j.SetCursor(t.Context(), "hub", wire.Position{Epoch: 1, Sequence: 10}); err != nil {
		t.Fatal(err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
}

func fill(tx *journal.Tx, n int) error {
	for i := range n {
		id, more := fmt.Sprintf("e%d", i), ""
		if i%10 == 0 {
			more = strings.Repeat("x", 9000)
		}
		e := event(id, "o-"+id)
		e.Data = json.RawMessage(`{"job":"j` + more + `"}`)
		if err := errors.Join(tx.Append(e), tx.Put(orders, id, doc{Name: id + more, N: i}, journal.Index{State: "open", Keys: []string{"key-" + id}})); err != nil {
			return err
		}
	}
	return tx.Put("lease", "l", 1, journal.Index{})
}

// pageOf returns where in the file a page stands that holds text, and the page.
func pageOf(t *testing.T, path, text string) (at int, file []byte) {
	t.Helper()
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	at = strings.Index(string(file), text)
	if at < 0 {
		t.Fatalf("%q stands nowhere", text)
	}
	return at &^ 4095, file
}

func salvaged(t *testing.T, o journal.Options) (*journal.Journal, *journal.Salvage) {
	t.Helper()
	j, s, err := journal.OpenSalvaging(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := j.Close(); err != nil {
			t.Error(err)
		}
	})
	return j, s
}

func TestADamagedJournalIsBuiltAnew(t *testing.T) {
	const n = 200
	o := options(t)
	o.Perishable = []journal.Kind{"lease"}
	filled(t, o, n)
	at, file := pageOf(t, o.Path, `"subject":"o-e55"`)
	clear(file[at : at+4096])
	write(t, o.Path, file)
	if _, err := journal.Open(t.Context(), o); !errors.Is(err, journal.ErrDamaged) {
		t.Fatalf("opened without a word: %v", err)
	}
	j, s := salvaged(t, o)
	if s == nil || s.Epoch != 2 || len(s.Missing) != 1 || s.Documents != n || !s.Whole || s.LostCount != 0 {
		t.Fatalf("%+v", s)
	}
	gap := s.Missing[0]
	if gone := gap.To - gap.From + 1; gap.Epoch != 1 || gap.From > 56 || gap.To < 56 || gone > 12 || s.Events != n-gone {
		t.Errorf("missing %+v of %d events", gap, s.Events)
	}
	if aside, err := os.ReadFile(s.SetAside); err != nil || string(aside) != string(file) {
		t.Errorf("the damaged file is not set aside as it was: %v", err)
	}
	// What is there is what was recorded, and what comes now has a place of its own.
	appendEvents(t, j, "after")
	recs, err := j.After(t.Context(), wire.Position{}, 0, 0)
	if err != nil || int64(len(recs)) != s.Events+1 {
		t.Fatalf("%d events, %v", len(recs), err)
	}
	if last := recs[len(recs)-1]; last.Epoch != 2 || last.Sequence != 1 {
		t.Errorf("the next event stands at %+v", last.Position)
	}
	if pos, parked, err := j.Cursor(t.Context(), "hub"); pos != (wire.Position{}) || parked != 0 || err != nil {
		t.Errorf("cursor %+v, %v", pos, err)
	}
	if err := j.View(t.Context(), func(tx *journal.ReadTx) error {
		for i := range n {
			id, got := fmt.Sprintf("e%d", i), doc{}
			if found, err := tx.Get(orders, id, &got); err != nil || !found || got.N != i {
				t.Errorf("document %s: %v, %+v, %v", id, found, got, err)
			}
			if owner, _, err := tx.Find(orders, "key-"+id); err != nil || owner != id {
				t.Errorf("key of %s: %q, %v", id, owner, err)
			}
		}
		if has, err := tx.Has("lease", "l"); has || err != nil {
			t.Errorf("a lease outlived its journal: %v", err)
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
	rep := verify(t, j)
	if rep.Whole || rep.Broken != 1 || rep.Problems[0].Code != "lost" || rep.Problems[0].Sequence != gap.From {
		t.Errorf("%+v", rep)
	}
	kept, err := j.Salvages(t.Context())
	if err != nil || len(kept) != 1 {
		t.Fatalf("%+v, %v", kept, err)
	}
	if diff := cmp.Diff(*s, kept[0]); diff != "" {
		t.Errorf("told and kept (-told +kept):\n%s", diff)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if _, again := salvaged(t, o); again != nil {
		t.Errorf("built anew once more: %+v", again)
	}
}

// An event that only this file has is looked at before the station starts.
func TestAnUnsentEventThatIsDamagedIsFoundAtTheStart(t *testing.T) {
	o := options(t)
	filled(t, o, 40)
	_, file := pageOf(t, o.Path, `"subject":"o-e33"`)
	file[strings.Index(string(file), `"subject":"o-e33"`)+12] ^= 1
	write(t, o.Path, file)
	j, s := salvaged(t, o)
	if diff := cmp.Diff([]wire.Range{{Epoch: 1, From: 34, To: 34}}, s.Missing); diff != "" {
		t.Errorf("missing:\n%s", diff)
	}
	if rep := verify(t, j); rep.Broken != 1 || rep.Problems[0].Code != "lost" {
		t.Errorf("%+v", rep)
	}
}

// The events that nobody else has are those after what the foremost hub has: another that
// is new, and has nothing, does not have the first ones looked at in their place.
func TestWhatNoHubHasIsLookedAt(t *testing.T) {
	const n = 5500
	o := options(t)
	j := mustOpen(t, o)
	if err := j.Update(t.Context(), func(tx *journal.Tx) error {
		for i := range n {
			if err := tx.Append(event(fmt.Sprint("e", i), "o")); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if err := j.SetCursor(t.Context(), "hub", at(n-20)); err != nil {
		t.Fatal(err)
	}
	if err := j.SetCursor(t.Context(), "hub#live", at(n)); err != nil {
		t.Fatal(err)
	}
	sendTo(t, j, "hub", "new")
	if err := errors.Join(j.Exec("UPDATE events SET raw = CAST(raw || ' ' AS BLOB) WHERE id = ?", fmt.Sprint("e", n-10)), j.Close()); err != nil {
		t.Fatal(err)
	}
	if j, err := journal.Open(t.Context(), o); !errors.Is(err, journal.ErrDamaged) {
		t.Errorf("it opens: %v", err)
		_ = j.Close()
	}
}

// Where the recorded hash is what is damaged, the event after it vouches for the
// bytes.
func TestADamagedHashCostsNoEvent(t *testing.T) {
	o := options(t)
	filled(t, o, 40)
	_, file := pageOf(t, o.Path, `"subject":"o-e33"`)
	at := strings.Index(string(file), `{"specversion":"1.0","id":"e33"`) - 1
	file[at] = map[bool]byte{true: '1', false: '0'}[file[at] == '0']
	write(t, o.Path, file)
	j, s := salvaged(t, o)
	if s == nil || len(s.Missing) != 0 || s.Events != 40 {
		t.Fatalf("%+v", s)
	}
	if rep := verify(t, j); !rep.Whole {
		t.Errorf("%+v", rep)
	}
}

// What stands in the log alone is found, too.
func TestWhatIsOnlyInTheLogIsSalvaged(t *testing.T) {
	o := options(t)
	filled(t, o, 60)
	j := mustOpen(t, o)
	appendEvents(t, j, "late")
	again := options(t)
	for _, part := range []string{"", "-wal"} { // what a dead machine's disk has
		b, err := os.ReadFile(o.Path + part)
		if err != nil {
			t.Fatal(err)
		}
		write(t, again.Path+part, b)
	}
	at, file := pageOf(t, again.Path, `"subject":"o-e22"`)
	clear(file[at : at+4096])
	write(t, again.Path, file)
	j, s := salvaged(t, again)
	if s == nil || len(s.Missing) != 1 || s.Last.Sequence != 61 || s.Documents != 61 {
		t.Fatalf("%+v", s)
	}
	recs, err := j.After(t.Context(), wire.Position{Epoch: 1, Sequence: 60}, 0, 0)
	if err != nil || len(recs) != 1 || recs[0].ID != "late" {
		t.Errorf("%+v, %v", recs, err)
	}
}

// A salvage that is cut short goes on, and no empty journal is begun meanwhile.
func TestASalvageThatIsCutShort(t *testing.T) {
	for _, setAside := range []bool{false, true} {
		t.Run(fmt.Sprintf("set aside %v", setAside), func(t *testing.T) {
			o := options(t)
			filled(t, o, 40)
			at, file := pageOf(t, o.Path, `"subject":"o-e22"`)
			clear(file[at : at+4096])
			write(t, o.Path, file)
			j, s := salvaged(t, o)
			if err := j.Close(); err != nil {
				t.Fatal(err)
			}
			// Back to where the rebuilt one waits for its place.
			rename(t, o.Path, o.Path+".salvaged")
			if !setAside {
				rename(t, s.SetAside, o.Path)
			}
			write(t, o.Path+".salvaging", []byte("of a salvage before"))
			j = mustOpen(t, o)
			if rep := verify(t, j); rep.Events != s.Events {
				t.Errorf("%+v", rep)
			}
			if head, err := j.Head(t.Context()); err != nil || head.Epoch != 2 {
				t.Errorf("head %+v, %v", head, err)
			}
			if b, err := os.ReadFile(s.SetAside); err != nil || len(b) != len(file) {
				t.Errorf("set aside: %v", err)
			}
			if left, err := filepath.Glob(o.Path + ".salvaged*"); err != nil || len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

func rename(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}

// What is no journal of this station is left as it is.
func TestNothingToSalvage(t *testing.T) {
	for name, content := range map[string]string{
		"text":   strings.Repeat("not a database, but long enough to look at\n", 1000),
		"zeroes": string(make([]byte, 8*4096)),
	} {
		t.Run(name, func(t *testing.T) {
			o := options(t)
			write(t, o.Path, []byte(content))
			j, _, err := journal.OpenSalvaging(t.Context(), o)
			if err == nil {
				_ = j.Close()
				t.Fatal("no error")
			}
			if b, _ := os.ReadFile(o.Path); string(b) != content {
				t.Error("the file was changed")
			}
		})
	}
	t.Run("another station's", func(t *testing.T) {
		o := options(t)
		filled(t, o, 40)
		at, file := pageOf(t, o.Path, `"subject":"o-e22"`)
		clear(file[at : at+4096])
		write(t, o.Path, file)
		o.Station = "desk-2"
		if _, _, err := journal.OpenSalvaging(t.Context(), o); err == nil || !strings.Contains(err.Error(), "desk-1") {
			t.Errorf("got %v", err)
		}
	})
}

// A second damage names what both have cost.
func TestASecondSalvage(t *testing.T) {
	o := options(t)
	filled(t, o, 60)
	for i, id := range []string{"e22", "e44"} {
		at, file := pageOf(t, o.Path, `"subject":"o-`+id+`"`)
		clear(file[at : at+4096])
		write(t, o.Path, file)
		o.Now = func() time.Time { return time.Date(2026, 11, 21+i, 9, 0, 0, 0, time.UTC) }
		j, s := salvaged(t, o)
		if s == nil || s.Epoch != int64(2+i) {
			t.Fatalf("%+v", s)
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	}
	r, err := journal.OpenReadOnly(t.Context(), o.Path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	rep := verify(t, r)
	if len(rep.Salvages) != 2 || rep.Whole {
		t.Errorf("%+v", rep)
	}
	for _, p := range rep.Problems {
		if p.Code != "lost" {
			t.Errorf("%+v", p)
		}
	}
}
