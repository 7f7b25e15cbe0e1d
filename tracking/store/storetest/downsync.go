package storetest

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"waybill/internal/fault"
	"waybill/shipment"
	"waybill/sync/wire"
	"waybill/tracking"
)

func draft(content string) tracking.BundleDraft {
	return tracking.BundleDraft{By: "Kim", Note: content, Files: []wire.BundleFile{
		{Name: "templates/a.yaml", Content: []byte("of " + content)}, {Name: "rules.yaml", Content: []byte(content)},
	}}
}

// testBundles holds that versions only grow, that the same twice is one, and that a
// roll-back is a version of its own.
func testBundles(t *testing.T, open Opener) {
	dir := t.TempDir()
	s := open(t, dir, Options{Now: noon})
	key, err := s.SigningKey(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Bundle(t.Context()); !fault.Is(err, fault.NotFound) {
		t.Errorf("before there is one: %v", err)
	}
	if v, sum, err := s.BundleVersion(t.Context()); v != 0 || sum != "" || err != nil {
		t.Errorf("before there is one: version %d, %q, %v", v, sum, err)
	}
	put := func(content string, version int64) {
		t.Helper()
		b, err := s.PutBundle(t.Context(), draft(content))
		if err != nil || b.Version != version || b.Files != 2 {
			t.Errorf("%s: %+v, %v; want version %d", content, b, err, version)
		}
	}
	put("one", 1)
	put("one", 1)
	put("two", 2)
	put("one", 3)
	if b, err := s.RollBack(t.Context(), tracking.BundleReturn{To: 2, By: "Lee", Note: "it was better"}); err != nil || b.Version != 4 || b.Again != 2 || b.By != "Lee" {
		t.Errorf("rolled back: %+v, %v", b, err)
	}
	if b, err := s.RollBack(t.Context(), tracking.BundleReturn{To: 2, By: "Lee", Note: "again"}); err != nil || b.Version != 4 {
		t.Errorf("rolled back twice: %+v, %v", b, err)
	}
	if _, err := s.RollBack(t.Context(), tracking.BundleReturn{To: 9}); !fault.Is(err, fault.NotFound) {
		t.Errorf("rolled back to nothing: %v", err)
	}
	if _, err := s.PutBundle(t.Context(), tracking.BundleDraft{Files: []wire.BundleFile{{Name: "../x"}}}); !fault.Is(err, fault.Invalid) {
		t.Errorf("a file outside: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir, Options{Now: noon})
	defer s.Close()
	if again, err := s.SigningKey(t.Context()); err != nil || !again.Equal(key) {
		t.Errorf("opened again it has another key: %v", err)
	}
	got, err := s.Bundle(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := wire.Bundle{Version: 4, Made: wire.Timestamp(noon()), By: "Lee", Note: "it was better", Again: 2, Files: []wire.BundleFile{
		{Name: "rules.yaml", Content: []byte("two")}, {Name: "templates/a.yaml", Content: []byte("of two")},
	}}
	if diff := cmp.Diff(want, got, sameStamp()); diff != "" {
		t.Errorf("bundle (-want +got)\n%s", diff)
	}
	if v, sum, err := s.BundleVersion(t.Context()); v != 4 || sum != wire.DigestFiles(want.Files) || err != nil {
		t.Errorf("version %d, %s, %v", v, sum, err)
	}
	list, err := s.Bundles(t.Context())
	if err != nil || len(list) != 4 || list[0].Version != 4 || list[3].Version != 1 || list[0].SHA256 != list[2].SHA256 || list[1].SHA256 != list[3].SHA256 {
		t.Errorf("%+v, %v", list, err)
	}
}

// testBundlesAbove holds that a hub that has forgotten versions gets above those which
// stations have, with the files that it has already, and once however often it is said.
func testBundlesAbove(t *testing.T, open Opener) {
	s := open(t, t.TempDir(), Options{Now: noon})
	defer s.Close()
	for _, tt := range []struct {
		content string
		above   int64
		version int64
	}{
		{"one", 0, 1},
		{"one", 1, 2},
		{"one", 7, 8},
		{"one", 7, 8},
		{"one", 0, 8},
		{"two", 3, 9},
		{"three", 20, 21},
		{"four", 0, 22},
	} {
		d := draft(tt.content)
		d.Above = tt.above
		b, err := s.PutBundle(t.Context(), d)
		if err != nil || b.Version != tt.version || b.SHA256 != wire.DigestFiles(d.Files) {
			t.Errorf("%s above %d: %+v, %v; want version %d", tt.content, tt.above, b, err, tt.version)
		}
		if v, sum, err := s.BundleVersion(t.Context()); v != tt.version || sum != b.SHA256 || err != nil {
			t.Errorf("%s above %d: stations are told version %d, %s, %v", tt.content, tt.above, v, sum, err)
		}
	}
	for _, tt := range []struct{ to, above, version int64 }{
		{22, 0, 22}, {22, 21, 22}, {22, 22, 23}, {1, 0, 24}, {8, 23, 24}, {1, 40, 41}, {21, 3, 42},
	} {
		b, err := s.RollBack(t.Context(), tracking.BundleReturn{To: tt.to, Above: tt.above})
		if err != nil || b.Version != tt.version {
			t.Errorf("version %d again above %d: %+v, %v; want version %d", tt.to, tt.above, b, err, tt.version)
		}
		if v, _, err := s.BundleVersion(t.Context()); v != tt.version || err != nil {
			t.Errorf("version %d again above %d: stations are told version %d, %v", tt.to, tt.above, v, err)
		}
	}
	for _, above := range []int64{-1, math.MaxInt64} {
		if b, err := s.RollBack(t.Context(), tracking.BundleReturn{To: 1, Above: above}); !fault.Is(err, fault.Invalid) {
			t.Errorf("rolled back above %d: %+v, %v", above, b, err)
		}
		d := draft("five")
		d.Above = above
		if b, err := s.PutBundle(t.Context(), d); !fault.Is(err, fault.Invalid) {
			t.Errorf("above %d: %+v, %v", above, b, err)
		}
	}
	list, err := s.Bundles(t.Context())
	if err != nil || len(list) != 10 {
		t.Errorf("%+v, %v", list, err)
	}
}

func sameStamp() cmp.Option {
	return cmp.Comparer(func(a, b wire.Timestamp) bool { return a == b })
}

// testInstructions walks the words about orders.
func testInstructions(t *testing.T, open Opener) {
	s := open(t, t.TempDir(), Options{Now: noon})
	defer s.Close()
	say := func(order shipment.OrderID, a wire.Action, reason string) (int64, error) {
		in, err := s.Instruct(t.Context(), tracking.OrderWord{Order: order, Action: a, Reason: reason, By: "Kim"})
		return in.Sequence, err
	}
	for _, tt := range []struct {
		order    shipment.OrderID
		action   wire.Action
		reason   string
		sequence int64
		kind     fault.Kind
	}{
		{"A", wire.ActionRelease, "", 0, fault.Conflict},
		{"A", wire.ActionHold, "unpaid", 1, 0},
		{"A", wire.ActionHold, "unpaid", 1, 0},
		{"B", wire.ActionCancel, "buyer", 2, 0},
		{"A", wire.ActionHold, "fraud", 3, 0},
		{"A", wire.ActionRelease, "", 4, 0},
		{"A", wire.ActionRelease, "twice", 4, 0},
		{"B", wire.ActionHold, "unpaid", 0, fault.Conflict},
		{"B", wire.ActionRelease, "", 0, fault.Conflict},
		{"B", wire.ActionCancel, "again", 2, 0},
		{"A", wire.ActionCancel, "buyer", 5, 0},
	} {
		got, err := say(tt.order, tt.action, tt.reason)
		if got != tt.sequence || err != nil && !fault.Is(err, tt.kind) || (err == nil) != (tt.sequence > 0) {
			t.Errorf("%s %s %q: number %d, %v; want %d", tt.action, tt.order, tt.reason, got, err, tt.sequence)
		}
	}
	for _, tt := range []struct {
		from  int64
		limit int
		want  []int64
	}{
		{0, 10, []int64{1, 2, 3, 4, 5}},
		{3, 10, []int64{3, 4, 5}},
		{2, 2, []int64{2, 3}},
		{6, 10, nil},
	} {
		list, err := s.Instructions(t.Context(), tt.from, tt.limit)
		var got []int64
		for _, in := range list {
			got = append(got, in.Sequence)
		}
		if err != nil || !slices.Equal(got, tt.want) {
			t.Errorf("from %d, %d at most: %v, %v; want %v", tt.from, tt.limit, got, err, tt.want)
		}
	}
	list, err := s.Instructions(t.Context(), 3, 1)
	want := []wire.Instruction{{Sequence: 3, Order: "A", Action: wire.ActionHold, Reason: "fraud", By: "Kim", At: wire.Timestamp(noon())}}
	if diff := cmp.Diff(want, list, sameStamp()); diff != "" || err != nil {
		t.Errorf("%v (-want +got)\n%s", err, diff)
	}
}

// testInstructionsAtOnce has many say things at once, and reads meanwhile: numbers
// have no gaps, and no number appears after a later one.
func testInstructionsAtOnce(t *testing.T, open Opener) {
	s := open(t, t.TempDir(), Options{})
	defer s.Close()
	const many, each = 8, 5
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var talkers, readers sync.WaitGroup
	readers.Go(func() {
		for ctx.Err() == nil {
			list, err := s.Instructions(ctx, 0, many*each+1)
			if err != nil {
				if ctx.Err() == nil {
					t.Error(err)
				}
				return
			}
			for i, in := range list {
				if in.Sequence != int64(i+1) {
					t.Errorf("number %d in place %d", in.Sequence, i+1)
					return
				}
			}
		}
	})
	for i := range many {
		talkers.Go(func() {
			for k := range each {
				word := tracking.OrderWord{Order: shipment.OrderID(fmt.Sprintf("O-%d-%d", i, k)), Action: wire.ActionHold, Reason: "at once"}
				if _, err := s.Instruct(t.Context(), word); err != nil {
					t.Error(err)
				}
			}
		})
	}
	talkers.Wait()
	cancel()
	readers.Wait()
	list, err := s.Instructions(t.Context(), 0, 1000)
	if err != nil || len(list) != many*each || list[len(list)-1].Sequence != many*each {
		t.Errorf("%d instructions, %v; want %d", len(list), err, many*each)
	}
}
