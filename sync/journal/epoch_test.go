package journal_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"waybill/internal/fault"
	"waybill/sync/journal"
	"waybill/sync/wire"
)

func TestNewEpoch(t *testing.T) {
	o := options(t)
	j := mustOpen(t, o)
	appendEvents(t, j, "e1", "e2")
	if err := j.Update(t.Context(), func(tx *journal.Tx) error {
		for id, kind := range map[string]journal.Kind{"l1": "lease", "l2": "lease", "a": orders} {
			if err := tx.Put(kind, id, doc{Name: id}, journal.Index{State: "open", Keys: []string{"key " + id}}); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	got, err := j.NewEpoch(t.Context(), 0, "lease", "lease_wish")
	if err != nil {
		t.Fatal(err)
	}
	want := journal.Epoch{Head: wire.Position{Epoch: 2, Hash: wire.Genesis}, Dropped: map[journal.Kind]int64{"lease": 2, "lease_wish": 0}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}

	j = mustOpen(t, o)
	if head, err := j.Head(t.Context()); err != nil || head != want.Head {
		t.Fatalf("after a restart the head is %+v, %v", head, err)
	}
	appendEvents(t, j, "e3")
	recs, err := j.After(t.Context(), wire.Position{}, 0, 0)
	if err != nil || len(recs) != 3 || recs[1].Epoch != 1 || recs[2].Epoch != 2 || recs[2].Sequence != 1 {
		t.Errorf("%+v, %v", recs, err)
	}
	if rep := verify(t, j); !rep.Whole || rep.Epoch != 2 || rep.Sequence != 1 {
		t.Errorf("%+v", rep)
	}
	if err := j.View(t.Context(), func(tx *journal.ReadTx) error {
		for id, there := range map[string]bool{"l1": false, "a": true} {
			kind := journal.Kind("lease")
			if there {
				kind = orders
			}
			if _, found, err := tx.Find(kind, "key "+id); err != nil || found != there {
				t.Errorf("%s by its key: %v, %v", id, found, err)
			}
			if n, err := tx.Count(kind); err != nil || (n > 0) != there {
				t.Errorf("%d of kind %s, %v", n, kind, err)
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}

	for _, at := range []int64{-1, 1, 2, 1 << 40} {
		if _, err := j.NewEpoch(t.Context(), at); !fault.Is(err, fault.Invalid) {
			t.Errorf("epoch %d: %v", at, err)
		}
	}
	if got, err := j.NewEpoch(t.Context(), 7); err != nil || got.Head.Epoch != 7 {
		t.Errorf("epoch 7: %+v, %v", got, err)
	}
}

// TestACommitThatErredAndLandedIsAnnounced holds that nobody waits for the next
// event to hear of one that is there.
func TestACommitThatErredAndLandedIsAnnounced(t *testing.T) {
	for name, written := range map[string]bool{"landed": true, "lost": false} {
		t.Run(name, func(t *testing.T) {
			j := mustOpen(t, options(t))
			nothing := func() error {
				return j.Update(t.Context(), func(*journal.Tx) error { return nil })
			}
			appendEvents(t, j, "e1")
			if err := nothing(); err != nil { // e1 is announced by now
				t.Fatal(err)
			}
			news := j.Watch()
			j.FailNextCommit(written)
			if err := j.Update(t.Context(), func(tx *journal.Tx) error { return tx.Append(event("e2", "o")) }); !fault.Is(err, fault.Uncertain) {
				t.Fatalf("got %v, want an uncertain one", err)
			}
			// A change without an event is answered after the commit before it was settled.
			if err := nothing(); err != nil {
				t.Fatal(err)
			}
			told := false
			select {
			case <-news:
				told = true
			default:
			}
			if told != written {
				t.Errorf("announced: %v, on disk: %v", told, written)
			}
		})
	}
}

func TestBacklogOverEpochs(t *testing.T) {
	j := mustOpen(t, options(t))
	appendEvents(t, j, "e1", "e2", "e3")
	if _, err := j.NewEpoch(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	appendEvents(t, j, "e4", "e5")
	for _, tt := range []struct{ epoch, sequence, want int64 }{{0, 0, 5}, {1, 2, 3}, {1, 3, 2}, {2, 0, 2}, {2, 1, 1}, {2, 2, 0}} {
		if got, _, err := j.Backlog(t.Context(), wire.Position{Epoch: tt.epoch, Sequence: tt.sequence}); got != tt.want || err != nil {
			t.Errorf("after epoch %d, sequence %d: %d, want %d, %v", tt.epoch, tt.sequence, got, tt.want, err)
		}
	}
}
