package desk_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"waybill/agent"
	"waybill/agent/desk"
	"waybill/printer"
	"waybill/shipment"
	"waybill/sync/journal"
	"waybill/sync/wire"
)

// lose takes the rig's disk away, and brings back from its events what they tell.
func (r *rig) lose(t *testing.T) desk.Rebuilt {
	t.Helper()
	var raws [][]byte
	if err := r.journal.View(t.Context(), func(tx *journal.ReadTx) error {
		return tx.Events(journal.EventQuery{}, func(rec wire.Record) error {
			raws = append(raws, rec.Raw)
			return nil
		})
	}); err != nil {
		t.Fatal(err)
	}
	return r.comeBack(t, raws...)
}

// comeBack takes the rig's disk away, and brings back what some of its events tell.
func (r *rig) comeBack(t *testing.T, raws ...[]byte) desk.Rebuilt {
	t.Helper()
	station := r.journal.Station()
	head, err := r.journal.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := r.journal.Close(); err != nil {
		t.Fatal(err)
	}
	r.path = filepath.Join(t.TempDir(), "journal.db")
	j, err := journal.Open(t.Context(), journal.Options{Path: r.path, Station: station, Epoch: head.Epoch + 1, Location: time.UTC, Now: func() time.Time { return r.now }})
	if err != nil {
		t.Fatal(err)
	}
	r.journal, r.options.Journal = j, j
	r.Desk = desk.New(r.options)
	if err := j.Importer().Import(t.Context(), raws...); err != nil {
		t.Fatal(err)
	}
	got, err := r.Rebuild(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// docs returns the documents of a kind, by ID.
func (r *rig) docs(t *testing.T, kind journal.Kind) map[string]string {
	t.Helper()
	all := map[string]string{}
	if err := r.journal.View(t.Context(), func(tx *journal.ReadTx) error {
		return tx.List(kind, journal.Query{}, func(id string, raw []byte) error {
			all[id] = string(raw)
			return nil
		})
	}); err != nil {
		t.Fatal(err)
	}
	return all
}

// TestADeskIsRebuiltFromItsEvents holds that orders, numbers, labels and pick-ups
// are as they were, that the same orders are known, and that nothing is queued.
func TestADeskIsRebuiltFromItsEvents(t *testing.T) {
	r := newRig(t, nil)
	r.stock(t, ground)
	r.print(t, "printed")
	left := r.print(t, "left")
	r.print(t, "voided")
	r.take(t, order("queued"), agent.Accepted)
	unsure := r.take(t, order("unsure"), agent.Accepted)
	r.move(t, unsure.Parcels[0].Job, printer.Sending, printer.Unconfirmed)
	h, err := r.OpenHandoff(t.Context(), ground.Carrier)
	if err != nil {
		t.Fatal(err)
	}
	r.dock(t, left.Parcels[0].TrackingNumber, "handed_over")
	if _, err := r.Void(t.Context(), "voided", "buyer cancelled"); err != nil {
		t.Fatal(err)
	}
	if _, _, err := r.CloseHandoffOnce(t.Context(), desk.Once{}, h.ID, desk.Closing{By: "Kim", LeaveBehind: 1}); err != nil {
		t.Fatal(err)
	}
	ids := []string{"printed", "left", "voided", "queued", "unsure"}
	before := map[string]agent.State{}
	for _, id := range ids {
		before[id] = r.state(t, id)
	}
	session, entries, err := r.Handoff(t.Context(), h.ID)
	if err != nil {
		t.Fatal(err)
	}
	waiting := r.docs(t, "waiting")
	made := r.labels.made.Load()

	got := r.lose(t)
	if got.Orders != 5 || got.Parcels != 5 || got.Handoffs != 1 || len(got.Open) != 0 || len(got.NoDigest) != 0 {
		t.Errorf("rebuilt %+v", got)
	}
	if want := []shipment.ParcelID{before["queued"].Parcels[0].ID}; cmp.Diff(want, got.Asked) != "" {
		t.Errorf("asked about %v, want %v", got.Asked, want)
	}
	for _, id := range ids {
		is, was := r.state(t, id), before[id]
		want := was.Stage()
		if id == "queued" {
			want = agent.Unconfirmed
		}
		if is.Stage() != want {
			t.Errorf("order %s is %s, want %s", id, is.Stage(), want)
		}
		if is.Parcels[0].TrackingNumber != was.Parcels[0].TrackingNumber || is.ServiceName != was.ServiceName || is.Digest != was.Digest || is.Parcels[0].Handoff != was.Parcels[0].Handoff {
			t.Errorf("order %s: %+v, was %+v", id, is, was)
		}
		if diff := cmp.Diff(was.Order, is.Order); diff != "" {
			t.Errorf("order %s (-was +is):\n%s", id, diff)
		}
		s, taken, err := r.TakeOrder(t.Context(), "a.json", order(id))
		if err != nil || taken != agent.AlreadyTaken || s.Stage() != want {
			t.Errorf("order %s again: %s, %s, %v", id, taken, s.Stage(), err)
		}
	}
	if err := r.Resume(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	if n := r.labels.made.Load(); n != made {
		t.Errorf("%d labels were made again", n-made)
	}
	if jobs, err := r.Pending(t.Context(), role("shipping"), 10); len(jobs) != 0 || err != nil {
		t.Errorf("would be printed: %+v, %v", jobs, err)
	}
	sessionNow, entriesNow, err := r.Handoff(t.Context(), h.ID)
	if diff := cmp.Diff(session, sessionNow); diff != "" || err != nil {
		t.Errorf("pick-up (-was +is):\n%s%v", diff, err)
	}
	if diff := cmp.Diff(entries, entriesNow); diff != "" {
		t.Errorf("scans (-was +is):\n%s", diff)
	}
	if diff := cmp.Diff(waiting, r.docs(t, "waiting")); diff != "" {
		t.Errorf("awaited at the dock (-was +is):\n%s", diff)
	}

	// It goes on: with numbers of a new lease, never given before.
	r.stock(t, ground)
	fresh := r.print(t, "fresh")
	for id, s := range before {
		if s.Parcels[0].TrackingNumber == fresh.Parcels[0].TrackingNumber {
			t.Errorf("%s was order %s's", fresh.Parcels[0].TrackingNumber, id)
		}
	}
	rep, err := r.journal.Verify(t.Context())
	if err != nil || !rep.Whole {
		t.Errorf("verify: %+v, %v", rep, err)
	}
}

// TestWhatAPersonSaidOfALabelOutlivesTheDisk holds that a label which was taken back is
// not asked about after the disk was lost, and that the question about one which was to
// be sent again says so. Neither prints by itself.
func TestWhatAPersonSaidOfALabelOutlivesTheDisk(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.stock(t, ground)
	back, again, out := r.take(t, order("back"), agent.Accepted), r.take(t, order("again"), agent.Accepted), r.take(t, order("out"), agent.Accepted)
	if _, err := r.CancelJob(t.Context(), back.Parcels[0].Job, "wrong box"); err != nil {
		t.Fatal(err)
	}
	for s, printed := range map[*agent.State]bool{&again: false, &out: true} {
		r.move(t, s.Parcels[0].Job, printer.Sending, printer.Unconfirmed)
		if _, err := r.Resolve(t.Context(), s.Parcels[0].Job, printed); err != nil {
			t.Fatal(err)
		}
	}
	if n := r.count(t, shipment.LabelResolvedType); n != 2 {
		t.Errorf("%d events tell of what was said", n)
	}
	got := r.lose(t)
	if diff := cmp.Diff([]shipment.ParcelID{again.Parcels[0].ID}, got.Asked); diff != "" {
		t.Errorf("asked about (-want +got):\n%s", diff)
	}
	for id, want := range map[string]struct {
		stage  agent.Stage
		reason string
	}{
		"back": {agent.Unprinted, "taken back: wrong box"}, "again": {agent.Unconfirmed, agent.RetoldAgain}, "out": {agent.Printed, ""},
	} {
		if s := r.state(t, id); s.Stage() != want.stage || s.Parcels[0].Reason != want.reason {
			t.Errorf("%s is %s, %q; want %s, %q", id, s.Stage(), s.Parcels[0].Reason, want.stage, want.reason)
		}
	}
	if jobs, err := r.Pending(t.Context(), role("shipping"), 10); len(jobs) != 0 || err != nil {
		t.Errorf("would be printed: %+v, %v", jobs, err)
	}
}
