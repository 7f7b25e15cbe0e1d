package storetest

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"waybill/internal/fault"
	"waybill/shipment"
	"waybill/sync/wire"
	"waybill/tracking"
)

// cut returns a shuffled history in batches of any size, with some of it sent
// again.
func cut(rt *rapid.T, es []tracking.Incoming) [][]tracking.Incoming {
	es = slices.Clone(es)
	for range rapid.IntRange(0, len(es)).Draw(rt, "sent again") {
		es = append(es, es[rapid.IntRange(0, len(es)-1).Draw(rt, "which")])
	}
	if rapid.Bool().Draw(rt, "shuffled") {
		es = rapid.Permutation(es).Draw(rt, "order")
	}
	var out [][]tracking.Incoming
	for len(es) > 0 {
		n := rapid.IntRange(1, min(len(es), 12)).Draw(rt, "batch")
		out = append(out, es[:n])
		es = es[n:]
	}
	return out
}

// told returns the shipments that events tell of, one event after the other.
func told(rt *rapid.T, es []tracking.Incoming) map[shipment.OrderID]tracking.Shipment {
	out := map[shipment.OrderID]tracking.Shipment{}
	for _, ev := range es {
		id := shipment.OrderID(ev.Env.Subject)
		s, err := out[id].Apply(ev.Env)
		if err != nil {
			rt.Fatal(err)
		}
		out[id] = s
	}
	return out
}

// testAnyWay holds that histories which arrive in any order, cut in any way and
// however often, make the same stories and leave nothing missing.
func testAnyWay(t *testing.T, open Opener) {
	s := fresh(t, open)
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		var es []tracking.Incoming
		desks := []shipment.StationID{shipment.StationID(fmt.Sprintf("left-%d", n)), shipment.StationID(fmt.Sprintf("right-%d", n))}
		for _, desk := range desks {
			for epoch := int64(1); epoch <= 2; epoch++ {
				d := NewDesk(desk, epoch)
				for o := range rapid.IntRange(1, 3).Draw(rt, "orders") {
					// Both desks have to do with the same orders.
					es = append(es, d.Journey(shipment.OrderID(fmt.Sprintf("o%d-%d", n, o)), shipment.TrackingNumber(fmt.Sprintf("N%d-%d", n, o)))...)
				}
			}
		}
		for _, batch := range cut(rt, es) {
			for _, r := range ingest(t, s, batch) {
				if r.Status == wire.Rejected {
					rt.Fatalf("%s rejected: %s", r.ID, r.Reason)
				}
			}
		}
		for id, want := range told(rt, es) {
			if diff := cmp.Diff(want, record(t, s, string(id)).Shipment, sameTime); diff != "" {
				rt.Fatalf("%s (-in order +as it came):\n%s", id, diff)
			}
		}
		for _, desk := range desks {
			st := station(t, s, desk)
			for _, e := range st.Epochs {
				if e.Watermark != e.Highest || e.Events != e.Highest || len(e.Gaps) > 0 || st.Quarantined > 0 {
					rt.Fatalf("%s: %+v", desk, st)
				}
			}
		}
	})
}

// testForksAnyWay holds of a history and another one that branches off it,
// whichever event comes first: what is kept is one chain, and of it alone the
// stories are told; nothing is lost, for what is not kept is set aside.
func testForksAnyWay(t *testing.T, open Opener) {
	s := fresh(t, open)
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		name := shipment.StationID(fmt.Sprintf("desk-%d", n))
		order := func(o int) (shipment.OrderID, shipment.TrackingNumber) {
			return shipment.OrderID(fmt.Sprintf("o%d-%d", n, o)), shipment.TrackingNumber(fmt.Sprintf("N%d-%d", n, o))
		}
		d := NewDesk(name, 1)
		var es []tracking.Incoming
		at := rapid.IntRange(0, 2).Draw(rt, "branches off after")
		for o := range at {
			es = append(es, d.Journey(order(o))...)
		}
		f := d.Fork("f")
		es = append(es, d.Journey(order(at))...)
		for o := range rapid.IntRange(1, 2).Draw(rt, "orders of the other") {
			es = append(es, f.Journey(order(at+o))...)
		}
		for _, batch := range cut(rt, es) {
			ingest(t, s, batch)
		}
		// What was refused for one that has gone since may fit when it comes again.
		kept := map[string]bool{} // by hash
		for again := true; again; {
			again = false
			clear(kept)
			for i, r := range ingest(t, s, es) {
				again = again || r.Status == wire.Accepted
				if r.Status != wire.Rejected {
					kept[wire.Hash(es[i].Raw)] = true
				} else if r.Code != wire.CodeForked {
					rt.Fatalf("%+v", r)
				}
			}
		}
		checkOneChain(t, rt, s, name, es, kept)
	})
}

func checkOneChain(t *testing.T, rt *rapid.T, s Store, name shipment.StationID, es []tracking.Incoming, kept map[string]bool) {
	t.Helper()
	var chain, other []tracking.Incoming
	places := map[int64]string{} // hashes
	for _, ev := range es {
		if hash := wire.Hash(ev.Raw); kept[hash] {
			chain = append(chain, ev)
			if places[ev.Env.Sequence] != "" {
				rt.Fatalf("two events are kept at %d", ev.Env.Sequence)
			}
			places[ev.Env.Sequence] = hash
		} else {
			other = append(other, ev)
		}
	}
	var want tracking.Epoch
	want.Epoch = 1
	var seqs []int64
	for _, ev := range chain {
		seqs = append(seqs, ev.Env.Sequence)
		if ev.Env.Sequence > 1 && places[ev.Env.Sequence-1] != ev.Env.PrevHash {
			rt.Fatalf("%d is kept and does not follow from the one before", ev.Env.Sequence)
		}
	}
	slices.Sort(seqs)
	want.Add(seqs, time.Time{})
	st := station(t, s, name)
	if diff := cmp.Diff([]tracking.Epoch{want}, st.Epochs, cmpopts.IgnoreFields(tracking.Gap{}, "Since")); diff != "" {
		rt.Fatalf("epochs (-want +got):\n%s", diff)
	}
	stories := told(rt, chain)
	for _, ev := range es {
		id := shipment.OrderID(ev.Env.Subject)
		r, err := s.Shipment(t.Context(), string(id))
		if want, is := stories[id]; is {
			if diff := cmp.Diff(want, r.Shipment, sameTime); err != nil || diff != "" {
				rt.Fatalf("%s (-want +got):\n%s%v", id, diff, err)
			}
		} else if !fault.Is(err, fault.NotFound) {
			rt.Fatalf("%s is told of though nothing of it is kept: %v", id, err)
		}
	}
	aside, err := s.Quarantine(t.Context(), name, false, 1000)
	if err != nil {
		rt.Fatal(err)
	}
	var hashes, wantHashes []string
	for _, q := range aside {
		hashes = append(hashes, q.Hash)
	}
	for _, ev := range other {
		wantHashes = append(wantHashes, wire.Hash(ev.Raw))
	}
	sorted := cmpopts.SortSlices(strings.Compare)
	if diff := cmp.Diff(wantHashes, hashes, sorted, cmpopts.EquateEmpty()); diff != "" {
		rt.Fatalf("set aside (-want +got):\n%s", diff)
	}
	if st.Quarantined != int64(len(aside)) {
		rt.Fatalf("%d counted as set aside, %d are", st.Quarantined, len(aside))
	}
}

// testIslands has events arrive before those they follow, and these turn out to
// be of another history: the events go with them, and so does what they told.
func testIslands(t *testing.T, open Opener) {
	s := fresh(t, open)
	d := NewDesk("bench-1", 1)
	first := d.Journey("o1", "N1")
	f := d.Fork("f")
	honest, other := d.Journey("o2", "N2"), f.Journey("o3", "N3")
	pickUp := f.Seal("", shipment.HandoffOpened{Handoff: "h9", Carrier: "ups"})
	wantAll(t, ingest(t, s, first), wire.Accepted)
	wantAll(t, ingest(t, s, append(slices.Clone(other[3:]), pickUp)), wire.Accepted) // nobody can tell yet
	if r := record(t, s, "N3"); r.Milestone != tracking.HandedOver {
		t.Errorf("o3 is %s before anybody can tell", r.Milestone)
	}
	wantAll(t, ingest(t, s, honest), wire.Accepted)
	if _, err := s.Shipment(t.Context(), "N3"); !fault.Is(err, fault.NotFound) {
		t.Errorf("the other history's order is found: %v", err)
	}
	if list, err := s.Handoffs(t.Context(), "bench-1"); err != nil || slices.ContainsFunc(list, isH9) {
		t.Errorf("open are %+v, %v", list, err)
	}
	want := []tracking.Epoch{{Epoch: 1, Watermark: 12, Highest: 12, Events: 12}}
	if diff := cmp.Diff(want, station(t, s, "bench-1").Epochs); diff != "" {
		t.Errorf("epochs (-want +got):\n%s", diff)
	}
	if aside, err := s.Quarantine(t.Context(), "bench-1", false, 10); err != nil || len(aside) != 4 {
		t.Errorf("%d set aside, want 4 (%v)", len(aside), err)
	}
	// And what follows from them is not taken either, however far behind.
	wantAll(t, ingest(t, s, []tracking.Incoming{f.Seal("o3", shipment.LabelVoided{Parcel: "o3/1", Reason: "x"})}), wire.Rejected)
}

func isH9(h wire.Handoff) bool { return h.ID == "h9" }

// testEpochWentBack has a station go on in an old epoch, from a copy of its disk
// made at that epoch's end. What it had recorded in time may come late.
func testEpochWentBack(t *testing.T, open Opener) {
	s := fresh(t, open)
	d := NewDesk("bench-1", 1)
	old := d.Journey("o1", "N1")
	wantAll(t, ingest(t, s, old[:3]), wire.Accepted)
	next := NewDesk("bench-1", 2)
	next.uptime = 2 * time.Hour
	wantAll(t, ingest(t, s, next.Journey("o2", "N2")), wire.Accepted)
	wantAll(t, ingest(t, s, old[3:]), wire.Accepted) // late, and of its time

	d.uptime = 3 * time.Hour // of the same start of the machine: later than the new epoch's first
	rs := ingest(t, s, d.Journey("o3", "N3")[:1])
	wantAll(t, rs, wire.Rejected)
	if rs[0].Code != wire.CodeForked || !strings.Contains(rs[0].Reason, "epoch went back") {
		t.Errorf("%+v", rs[0])
	}
	// A station that was restored and begins another epoch is no fork.
	wantAll(t, ingest(t, s, NewDesk("bench-1", 3).Journey("o3", "N3")), wire.Accepted)
}

// testDecisions has a person decide on what was set aside.
func testDecisions(t *testing.T, open Opener) {
	dir := t.TempDir()
	s := open(t, dir, Options{})
	d := NewDesk("bench-1", 1)
	es := d.Journey("o1", "N1")
	f := d.Fork("f") // a restored disk packs on, in the places of what is kept
	es = append(es, d.Journey("o2", "N2")...)
	es = append(es, d.Seal("o2", shipment.ParcelWeighed{Parcel: "o2-1", Weight: 555}))
	fork := f.Journey("o3", "N3")
	fork = append(fork, f.Seal("o3", shipment.ParcelWeighed{Parcel: "o3-1", Weight: 777}), f.Seal("", shipment.HandoffOpened{Handoff: "h9", Carrier: "ups"}))
	wantAll(t, ingest(t, s, es), wire.Accepted)
	wantAll(t, ingest(t, s, fork), wire.Rejected)
	decide := func(i int, what tracking.Decision) (tracking.Decision, error) {
		return s.Decide(t.Context(), tracking.Decide{Station: "bench-1", Hash: wire.Hash(fork[i].Raw), Decision: what, By: "Kim", Note: "seen the parcels"})
	}
	if _, err := decide(2, tracking.Discarded); err != nil {
		t.Fatal(err)
	}
	for i := range fork {
		for range 2 { // asked again it is the same
			if got, err := decide(i, tracking.Released); err != nil || got != tracking.Released {
				t.Fatalf("%d: %q, %v", i, got, err)
			}
		}
	}
	if _, err := decide(0, tracking.Discarded); !fault.Is(err, fault.Conflict) {
		t.Errorf("a released one discarded: %v", err)
	}
	if _, err := s.Decide(t.Context(), tracking.Decide{Station: "bench-1", Hash: "x", Decision: tracking.Released, By: "Kim"}); !fault.Is(err, fault.NotFound) {
		t.Errorf("no such event: %v", err)
	}
	if _, err := s.Decide(t.Context(), tracking.Decide{Station: "bench-1", Hash: "x", Decision: "sold", By: "Kim"}); !fault.Is(err, fault.Invalid) {
		t.Errorf("no such decision: %v", err)
	}
	before := record(t, s, "N3")
	if before.Milestone != tracking.HandedOver || len(before.Timeline) != 7 {
		t.Errorf("released, it is %s with %d lines", before.Milestone, len(before.Timeline))
	}
	if list, err := s.Handoffs(t.Context(), "bench-1"); err != nil || !slices.ContainsFunc(list, isH9) {
		t.Errorf("open are %+v, %v", list, err)
	}
	if st := station(t, s, "bench-1"); st.Quarantined != 0 || st.Missing() != 0 || st.Epochs[0].Events != 13 {
		t.Errorf("%+v", st)
	}
	if p, err := s.Parcel(t.Context(), "N3"); err != nil || p.Weight != 777 || len(p.Left) != 1 || p.Left[0].Handoff != "h1" {
		t.Errorf("its parcel is %+v, %v", p, err)
	}
	all, err := s.Quarantine(t.Context(), "", true, 100)
	if err != nil || len(all) != len(fork) || all[0].By != "Kim" || all[0].Note != "seen the parcels" || all[0].Decided.IsZero() || all[0].Subject != "o3" {
		t.Errorf("%+v, %v", all, err)
	}
	if err := s.Retell(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, record(t, s, "o3"), sameTime); diff != "" {
		t.Errorf("told again it is another story (-want +got):\n%s", diff)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir, Options{})
	defer s.Close()
	if diff := cmp.Diff(before, record(t, s, "o3"), sameTime); diff != "" {
		t.Errorf("after opening again (-want +got):\n%s", diff)
	}
}

// testMissing holds what a station is asked for again: what has been missing for
// long enough, and nothing of others.
func testMissing(t *testing.T, open Opener) {
	s := fresh(t, open)
	es := NewDesk("bench-1", 1).Journey("o1", "N1")
	ingest(t, s, []tracking.Incoming{es[1], es[5]})
	ingest(t, s, NewDesk("bench-1", 3).Journey("o2", "N2")[2:])
	ingest(t, s, NewDesk("bench-2", 1).Journey("o3", "N3")[2:])
	long := time.Now().Add(time.Hour)
	got, err := s.Missing(t.Context(), "bench-1", long, 10)
	want := []tracking.Epoch{{Epoch: 1, Gaps: []tracking.Gap{{From: 1, To: 1}, {From: 3, To: 5}}}, {Epoch: 3, Gaps: []tracking.Gap{{From: 1, To: 2}}}}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(tracking.Gap{}, "Since")); err != nil || diff != "" {
		t.Errorf("missing (-want +got):\n%s%v", diff, err)
	}
	if got, err := s.Missing(t.Context(), "bench-1", long.Add(-2*time.Hour), 10); err != nil || len(got) != 0 {
		t.Errorf("missing for long: %+v, %v", got, err)
	}
	if got, err := s.Missing(t.Context(), "bench-1", long, 1); err != nil || len(got) != 1 || len(got[0].Gaps) != 1 {
		t.Errorf("the first of them: %+v, %v", got, err)
	}
	ingest(t, s, es)
	if got, err := s.Missing(t.Context(), "bench-1", long, 10); err != nil || len(got) != 1 {
		t.Errorf("after the first epoch is whole: %+v, %v", got, err)
	}
}

// testLargestPlaces has an event at the end of what a number can say, and others
// that contradict it: it neither runs over nor keeps anything else out.
func testLargestPlaces(t *testing.T, open Opener) {
	s := fresh(t, open)
	at := func(seq int64, id string) tracking.Incoming {
		ev := NewDesk("bench-1", 1).Journey("o1", "N1")[1]
		ev.Env.Sequence, ev.Env.ID = seq, id
		ev.Raw = append([]byte(id+" "), ev.Raw...)
		return ev
	}
	wantAll(t, ingest(t, s, []tracking.Incoming{at(math.MaxInt64, "a")}), wire.Accepted)
	wantAll(t, ingest(t, s, []tracking.Incoming{at(math.MaxInt64, "a")}), wire.Duplicate)
	wantAll(t, ingest(t, s, []tracking.Incoming{at(math.MaxInt64, "b")}), wire.Rejected)
	wantAll(t, ingest(t, s, []tracking.Incoming{at(math.MaxInt64-1, "c")}), wire.Rejected)
	wantAll(t, ingest(t, s, NewDesk("bench-2", 1).Journey("o2", "N2")), wire.Accepted)
}
