package journal_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"waybill/internal/fault"
	"waybill/shipment"
	"waybill/sync/journal"
	"waybill/sync/wire"
)

// sendTo makes names those that events go to and returns who was forgotten.
func sendTo(t testing.TB, j *journal.Journal, names ...string) []string {
	t.Helper()
	forgotten, err := j.SetUpstreams(t.Context(), names...)
	if err != nil {
		t.Fatal(err)
	}
	return forgotten
}

// standing returns the upstreams without what depends on the clock.
func standing(t testing.TB, j *journal.Journal) []journal.Upstream {
	t.Helper()
	all, err := j.Upstreams(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for i := range all {
		all[i].Moved, all[i].Oldest, all[i].Position.Hash = time.Time{}, time.Time{}, ""
	}
	return all
}

func at(sequence int64) wire.Position { return wire.Position{Epoch: 1, Sequence: sequence} }

// What a former hub lacks is kept for it until a person says that nobody waits for it.
func TestWhatAFormerHubLacksIsKept(t *testing.T) {
	_, j := aged(t, 5, 3) // ten events, of which "hub" has three
	recs, err := j.After(t.Context(), wire.Position{}, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	forget := func() int {
		return all(t, func() (journal.Progress, error) { return j.Forget(t.Context(), before(400), 100) })
	}
	if gone := sendTo(t, j, "new"); gone != nil {
		t.Errorf("%q were forgotten", gone)
	}
	if err := j.SetCursor(t.Context(), "new", recs[9].Position); err != nil {
		t.Fatal(err)
	}
	for i := range 3 { // what comes later the former hub is not owed
		if err := j.Update(t.Context(), func(tx *journal.Tx) error { return tx.Append(event(fmt.Sprint("later", i), "o")) }); err != nil {
			t.Fatal(err)
		}
	}
	want := []journal.Upstream{{Name: "hub", Position: at(3), Former: true, Missing: 7}, {Name: "new", Position: at(10), Missing: 3}}
	for range 2 { // and a start changes nothing
		if diff := cmp.Diff(want, standing(t, j)); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
		sendTo(t, j, "new")
	}
	if n := forget(); n != 2 { // the last that it has stays, too: the chain goes on from it
		t.Errorf("deleted %d events, want 2: the former hub lacks the others", n)
	}
	if _, err := j.ForgetUpstream(t.Context(), "new"); !fault.Is(err, fault.Conflict) {
		t.Errorf("one to which events are sent: %v", err)
	}
	if _, err := j.ForgetUpstream(t.Context(), "nobody"); !fault.Is(err, fault.NotFound) {
		t.Errorf("one that there is not: %v", err)
	}
	was, err := j.ForgetUpstream(t.Context(), "hub")
	if err != nil || was.Missing != 7 || was.Oldest != recs[3].Time.UTC() {
		t.Errorf("forgotten was %+v, %v", was, err)
	}
	if n := forget(); n != 7 {
		t.Errorf("deleted %d events, want 7", n)
	}
	if rep := verify(t, j); !rep.Whole {
		t.Errorf("%+v", rep)
	}
}

// One that lacks nothing, and one that never was there, is nobody's loss.
func TestWhoIsForgottenByItself(t *testing.T) {
	_, j := aged(t, 2, 4)
	for _, lane := range []string{"hub#live", "hub2#live"} {
		if err := j.SetCursor(t.Context(), lane, at(1)); err != nil {
			t.Fatal(err)
		}
	}
	if gone := sendTo(t, j, "hub2", "mistyped"); !slices.Equal(gone, []string{"hub"}) {
		t.Errorf("forgotten: %q", gone)
	}
	if pos, _, err := j.Cursor(t.Context(), "hub#live"); err != nil || pos != (wire.Position{}) {
		t.Errorf("the lane of one that is forgotten: %+v, %v", pos, err)
	}
	if pos, _, err := j.Cursor(t.Context(), "hub2#live"); err != nil || pos.Sequence != 1 {
		t.Errorf("the lane of one that is not: %+v, %v", pos, err)
	}
	if gone := sendTo(t, j, "hub2"); !slices.Equal(gone, []string{"mistyped"}) {
		t.Errorf("forgotten: %q", gone)
	}
	if diff := cmp.Diff([]journal.Upstream{{Name: "hub2", Missing: 4}}, standing(t, j)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// A hub that refused events and is left is not forgotten by itself either, and one that
// is sent to again goes on where it stood.
func TestAFormerHubComesBack(t *testing.T) {
	_, j := aged(t, 2, 3)
	recs, err := j.After(t.Context(), wire.Position{}, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := j.SetCursor(t.Context(), "hub", recs[3].Position, wire.Result{ID: recs[3].ID, Reason: "no"}); err != nil {
		t.Fatal(err)
	}
	if gone := sendTo(t, j, "new"); gone != nil {
		t.Errorf("%q were forgotten", gone)
	}
	want := []journal.Upstream{{Name: "hub", Position: at(4), Parked: 1, Former: true}, {Name: "new", Missing: 4}}
	if diff := cmp.Diff(want, standing(t, j)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	sendTo(t, j, "new", "hub")
	want[0].Former = false
	if diff := cmp.Diff(want, standing(t, j)); diff != "" {
		t.Errorf("back again (-want +got)\n%s", diff)
	}
}

// A journal that was rebuilt has lost how far its hubs were. One that has not been heard of
// since may lack events, and is no address that was mistyped.
func TestAHubOfARebuiltJournalIsNotForgotten(t *testing.T) {
	o := options(t)
	filled(t, o, 40)
	where, file := pageOf(t, o.Path, `"subject":"o-e33"`)
	clear(file[where : where+4096])
	write(t, o.Path, file)
	j, s := salvaged(t, o)
	if s == nil {
		t.Fatal("not rebuilt")
	}
	sendTo(t, j, "hub")
	if gone := sendTo(t, j, "new"); gone != nil {
		t.Errorf("%q were forgotten", gone)
	}
	if all := standing(t, j); len(all) != 2 || all[0].Name != "hub" || !all[0].Former || all[0].Missing == 0 || all[1].Former {
		t.Errorf("%+v", all)
	}
	if _, err := j.ForgetUpstream(t.Context(), "hub"); err != nil {
		t.Error(err)
	}
}

func TestUpstreamsWithoutAName(t *testing.T) {
	j := mustOpen(t, options(t))
	for _, names := range [][]string{nil, {""}, {"hub", "hub#live"}} {
		if _, err := j.SetUpstreams(t.Context(), names...); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", names, err)
		}
	}
}

// A lane that has rested for long holds nothing back.
func TestALaneHoldsNothingBack(t *testing.T) {
	_, j := aged(t, 5, 9)
	if err := j.SetCursor(t.Context(), "hub#live", at(2)); err != nil {
		t.Fatal(err)
	}
	if n := all(t, func() (journal.Progress, error) { return j.Forget(t.Context(), before(400), 100) }); n != 8 {
		t.Errorf("deleted %d events, want 8", n)
	}
}

// TestNoUpstreamLosesAnEvent: whoever comes and goes, an event that one of them lacks is
// there: of those to which events go, and of former ones up to where they were left.
func TestNoUpstreamLosesAnEvent(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		_, j := aged(t, 0, 0)
		defer j.Close()
		head, names := int64(0), []string{"a", "b", "c"}
		first := func() int64 {
			recs, err := j.After(t.Context(), wire.Position{}, 1, 0)
			if err != nil {
				rt.Fatal(err)
			}
			if len(recs) == 0 {
				return head + 1
			}
			return recs[0].Sequence
		}
		cursor, owed := map[string]int64{}, map[string]int64{} // owed: the last event that it is to have
		base := map[string]int64{}                             // what was gone already when it was new
		var sent []string
		change := func(to []string) {
			sendTo(t, j, to...)
			for _, n := range names {
				switch was, known := cursor[n], slices.Contains(sent, n); {
				case slices.Contains(to, n):
					if owed[n] == 0 {
						base[n] = first() - 1
					}
					owed[n] = -1
				case known && was > 0 && was < head:
					owed[n] = head
				case known:
					delete(cursor, n)
					delete(owed, n)
				}
			}
			sent = to
		}
		change([]string{"a"})
		rt.Repeat(map[string]func(*rapid.T){
			"append": func(rt *rapid.T) {
				n := rapid.Int64Range(1, 5).Draw(rt, "n")
				if err := j.Update(t.Context(), func(tx *journal.Tx) error {
					for i := range n {
						e, err := shipment.NewEvent(before(0), shipment.OrderID(fmt.Sprint("o", head+i)), shipment.LabelPrinted{Job: "j"})
						if err := errors.Join(err, tx.Append(e)); err != nil {
							return err
						}
					}
					return nil
				}); err != nil {
					rt.Fatal(err)
				}
				head += n
			},
			"acknowledge": func(rt *rapid.T) {
				n := rapid.SampledFrom(sent).Draw(rt, "by")
				if cursor[n] = rapid.Int64Range(cursor[n], head).Draw(rt, "to"); cursor[n] == 0 {
					return
				}
				if err := j.SetCursor(t.Context(), n, at(cursor[n])); err != nil {
					rt.Fatal(err)
				}
			},
			"configure": func(rt *rapid.T) {
				change(rapid.SliceOfNDistinct(rapid.SampledFrom(names), 1, 3, rapid.ID[string]).Draw(rt, "to"))
			},
			"give up": func(rt *rapid.T) {
				n := rapid.SampledFrom(names).Draw(rt, "who")
				_, err := j.ForgetUpstream(t.Context(), n)
				if former := owed[n] > 0; former != (err == nil) {
					rt.Fatalf("%s, former: %t: %v", n, former, err)
				}
				if err == nil {
					delete(cursor, n)
					delete(owed, n)
				}
			},
			"retain": func(rt *rapid.T) {
				if _, err := j.Forget(t.Context(), before(400), 1000); err != nil {
					rt.Fatal(err)
				}
			},
			"": func(rt *rapid.T) {
				from := first()
				for n, last := range owed {
					if last < 0 {
						last = head
					}
					if has := max(cursor[n], base[n]); has < last && from > has+1 {
						rt.Fatalf("%s has %d of %d, and the first event is %d", n, has, last, from)
					}
				}
			},
		})
	})
}
