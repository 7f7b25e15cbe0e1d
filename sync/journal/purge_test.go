package journal_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"waybill/shipment"
	"waybill/sync/journal"
	"waybill/sync/wire"
)

const name = "Zoe Secret"

// aged leaves an open journal whose clock goes on by a day with each event: n orders
// with a name in them, each followed by a label that has none. The hub has taken the
// first taken events.
func aged(t *testing.T, n int, taken int64) (journal.Options, *journal.Journal) {
	t.Helper()
	day := 0
	start := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	o := options(t)
	o.Now = func() time.Time { return start.AddDate(0, 0, day) }
	j := mustOpen(t, o)
	for i := range n {
		o := shipment.Order{ID: shipment.OrderID(fmt.Sprint("o", i)), ShipTo: shipment.Address{Name: name, Line1: strings.Repeat("Secret Street ", i*20), Country: "US"}}
		for _, fact := range []shipment.Fact{shipment.OrderAccepted{Order: o}, shipment.LabelPrinted{Job: "j"}} {
			if err := j.Update(t.Context(), func(tx *journal.Tx) error {
				e, err := shipment.NewEvent(start.AddDate(0, 0, day), o.ID, fact)
				return errors.Join(err, tx.Append(e))
			}); err != nil {
				t.Fatal(err)
			}
			day++
		}
	}
	if err := j.SetCursor(t.Context(), "hub", wire.Position{Epoch: 1, Sequence: taken}); err != nil {
		t.Fatal(err)
	}
	return o, j
}

// all steps until nothing is left to do.
func all(t *testing.T, step func() (journal.Progress, error)) (events int) {
	t.Helper()
	for {
		s, err := step()
		if err != nil {
			t.Fatal(err)
		}
		events += s.Events
		if !s.More {
			return events
		}
	}
}

func before(days int) time.Time { return time.Date(2026, 1, 1+days, 0, 0, 0, 0, time.UTC) }

func TestPurgeTakesNamesAndKeepsTheChain(t *testing.T) {
	o, j := aged(t, 20, 30)
	was, err := j.After(t.Context(), wire.Position{}, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	purge := func(days, limit int) int {
		return all(t, func() (journal.Progress, error) { return j.Purge(t.Context(), before(days), limit, shipment.Redact) })
	}
	if n := purge(11, 2); n != 6 { // the orders of days 0 to 10
		t.Errorf("purged %d events, want 6", n)
	}
	if n := purge(11, 2); n != 0 {
		t.Errorf("purged %d again", n)
	}
	if n := purge(400, 100); n != 9 { // the hub has no more than 30 events
		t.Errorf("purged %d events, want 9", n)
	}
	rep := verify(t, j)
	if !rep.Whole || rep.Purged != 15 || rep.Events != 40+4 {
		t.Fatalf("%+v", rep)
	}
	recs, err := j.After(t.Context(), wire.Position{}, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	for i, rec := range recs[:40] {
		secret := strings.Contains(string(rec.Raw), "Secret")
		if secret != (i%2 == 0 && i >= 30) {
			t.Errorf("event %d holds a name: %v", i+1, secret)
		}
		if rec.Position != was[i].Position || rec.ID != was[i].ID || !rec.Time.Equal(was[i].Time) {
			t.Errorf("event %d is another: %+v", i+1, rec)
		}
		if i%2 == 1 && string(rec.Raw) != string(was[i].Raw) {
			t.Errorf("event %d was changed", i+1)
		}
	}
	// A copy has nothing in free parts of the file either.
	copied := o.Path + ".copy"
	if _, err := j.Backup(t.Context(), copied); err != nil {
		t.Fatal(err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(copied)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(file), name); n != 5 {
		t.Errorf("the name stands in the file %d times, want 5", n)
	}
	if rep := verify(t, mustOpen(t, o)); !rep.Whole {
		t.Errorf("%+v", rep)
	}
}

// What a purge has left cannot be changed unseen, nor can an event be changed under
// the pretext of a purge.
func TestAPurgedEventCannotBeChangedUnseen(t *testing.T) {
	for name, query := range map[string]string{
		"what is left":          `UPDATE events SET raw = CAST(replace(CAST(raw AS TEXT), '"US"', '"FR"') AS BLOB) WHERE (place & 0xffffff) = 3`,
		"as if purged":          `UPDATE events SET raw = CAST(replace(replace(CAST(raw AS TEXT), '"j"', '"k"'), '"data":', '"purged":"' || hash || '","data":') AS BLOB) WHERE (place & 0xffffff) = 4`,
		"and told so":           `UPDATE purges SET digest = 'x'`,
		"the purge taken away":  `DELETE FROM purges`,
		"one event more in it":  `UPDATE purges SET events = events + 1`,
		"the hash it was under": `UPDATE events SET hash = '` + strings.Repeat("0", 64) + `' WHERE (place & 0xffffff) = 3`,
	} {
		t.Run(name, func(t *testing.T) {
			_, j := aged(t, 10, 20)
			all(t, func() (journal.Progress, error) { return j.Purge(t.Context(), before(400), 3, shipment.Redact) })
			if rep := verify(t, j); !rep.Whole || rep.Purged != 10 {
				t.Fatalf("%+v", rep)
			}
			if err := j.Exec(query); err != nil {
				t.Fatal(err)
			}
			if rep := verify(t, j); rep.Whole {
				t.Errorf("unseen: %+v", rep)
			}
		})
	}
}

func TestNothingIsPurgedThatTheHubHasNot(t *testing.T) {
	_, j := aged(t, 5, 0)
	if n := all(t, func() (journal.Progress, error) { return j.Purge(t.Context(), before(400), 10, shipment.Redact) }); n != 0 {
		t.Errorf("purged %d events", n)
	}
	if n := all(t, func() (journal.Progress, error) { return j.Forget(t.Context(), before(400), 10) }); n != 0 {
		t.Errorf("deleted %d events", n)
	}
}

func TestForgetKeepsTheChain(t *testing.T) {
	_, j := aged(t, 20, 30)
	all(t, func() (journal.Progress, error) { return j.Purge(t.Context(), before(20), 4, shipment.Redact) })
	forget := func(days int) int {
		return all(t, func() (journal.Progress, error) { return j.Forget(t.Context(), before(days), 4) })
	}
	if n := forget(7); n != 7 {
		t.Errorf("deleted %d events, want 7", n)
	}
	rep := verify(t, j)
	want := []journal.Anchor{{Epoch: 1, Sequence: 7}}
	if len(rep.Anchors) == 1 {
		want[0].Hash = rep.Anchors[0].Hash
	}
	if diff := cmp.Diff(want, rep.Anchors); diff != "" || !rep.Whole || len(rep.Anchors[0].Hash) != 64 {
		t.Errorf("%+v\n%s", rep, diff)
	}
	if n := forget(400); n != 22 { // the hub's last one, 30, stays
		t.Errorf("deleted %d events, want 22", n)
	}
	if rep := verify(t, j); !rep.Whole {
		t.Errorf("%+v", rep)
	}
	recs, err := j.After(t.Context(), wire.Position{}, 0, 0)
	if err != nil || recs[0].Sequence != 30 {
		t.Errorf("the first one is %+v, %v", recs[0].Position, err)
	}
	// The chain begins at the anchor, and at no other.
	if err := j.Exec("UPDATE anchors SET hash = ?", wire.Genesis); err != nil {
		t.Fatal(err)
	}
	if rep := verify(t, j); rep.Whole {
		t.Errorf("another anchor: %+v", rep)
	}
}

// However old everything is, the last event and what the hub refused stay, and the
// next one follows.
func TestForgetKeepsTheLastEventAndWhatWasRefused(t *testing.T) {
	_, j := aged(t, 5, 3)
	recs, err := j.After(t.Context(), wire.Position{}, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := j.SetCursor(t.Context(), "hub", recs[9].Position, wire.Result{ID: recs[4].ID, Reason: "no"}); err != nil {
		t.Fatal(err)
	}
	forget := func() int {
		return all(t, func() (journal.Progress, error) { return j.Forget(t.Context(), before(400), 100) })
	}
	if n := forget(); n != 4 {
		t.Errorf("deleted %d events before the refused one, want 4", n)
	}
	if err := j.Exec("DELETE FROM parked"); err != nil {
		t.Fatal(err)
	}
	if n := forget(); n != 5 {
		t.Errorf("deleted %d events, want 5", n)
	}
	if _, err := j.NewEpoch(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	if n := forget(); n != 0 {
		t.Errorf("deleted the last event there is")
	}
	appendEvents(t, j, "next")
	if rep := verify(t, j); !rep.Whole || rep.Events != 2 || rep.Epoch != 2 {
		t.Errorf("%+v", rep)
	}
}

// A clock that was set back does not make newer events older than they are.
func TestForgetStopsAtTheFirstThatIsNotOld(t *testing.T) {
	_, j := aged(t, 5, 10)
	if err := j.Exec("UPDATE events SET time_ms = time_ms + 86400000 * 1000 WHERE (place & 0xffffff) = 4"); err != nil {
		t.Fatal(err)
	}
	if n := all(t, func() (journal.Progress, error) { return j.Forget(t.Context(), before(400), 2) }); n != 3 {
		t.Errorf("deleted %d events, want 3", n)
	}
}

// A damaged journal that was purged and cut is built anew as what it was.
func TestASalvageOfAPurgedJournal(t *testing.T) {
	o, j := aged(t, 40, 80)
	all(t, func() (journal.Progress, error) { return j.Purge(t.Context(), before(60), 7, shipment.Redact) })
	all(t, func() (journal.Progress, error) { return j.Forget(t.Context(), before(10), 7) })
	events := verify(t, j).Events
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	at, file := pageOf(t, o.Path, `"subject":"o30"`)
	clear(file[at : at+4096])
	write(t, o.Path, file)
	j, s := salvaged(t, o)
	if s == nil || len(s.Missing) != 1 || s.Missing[0].From <= 10 {
		t.Fatalf("%+v", s)
	}
	rep := verify(t, j)
	if rep.Events != events-s.Missing[0].Count() || len(rep.Anchors) != 1 {
		t.Errorf("%+v", rep)
	}
	for _, p := range rep.Problems {
		if p.Code != "lost" {
			t.Errorf("%+v", p)
		}
	}
}

func TestPurgeOfWhatIsNoEvent(t *testing.T) {
	_, j := aged(t, 3, 6)
	if err := j.Exec("UPDATE events SET raw = x'00' WHERE (place & 0xffffff) = 1"); err != nil {
		t.Fatal(err)
	}
	failing := func(shipment.EventType, json.RawMessage) (json.RawMessage, bool, error) {
		return nil, false, errors.New("no")
	}
	if _, err := j.Purge(t.Context(), before(400), 10, failing); err == nil {
		t.Error("no error of a redactor that fails")
	}
	if n := all(t, func() (journal.Progress, error) { return j.Purge(t.Context(), before(400), 10, shipment.Redact) }); n != 2 {
		t.Errorf("purged %d events, want 2", n)
	}
	if rep := verify(t, j); rep.Problems[0].Code != "hash" || rep.Purged != 2 {
		t.Errorf("%+v", rep)
	}
}
