package storetest

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"waybill/sync/wire"
)

// testPosition: a store tells how far it has come with a station, and has a name
// that it keeps and that no other has.
func testPosition(t *testing.T, open Opener) {
	dir := t.TempDir()
	s := open(t, dir, Options{})
	name := s.Name()
	es := NewDesk("bench-1", 2).Journey("o1", "N1")
	wantAll(t, ingest(t, s, slices.Delete(slices.Clone(es), 2, 3)), wire.Accepted)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir, Options{})
	defer s.Close()
	if name == "" || s.Name() != name {
		t.Errorf("named %q, and after opening again %q", name, s.Name())
	}
	highest := int64(len(es))
	want := wire.StationPosition{Station: "bench-1", Store: name, Epochs: []wire.EpochPosition{
		{Epoch: 2, Watermark: 2, Highest: highest, Missing: []wire.Range{{Epoch: 2, From: 3, To: 3}}},
	}}
	check := func() {
		t.Helper()
		got, err := s.Position(t.Context(), "bench-1")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, sameTime); diff != "" {
			t.Errorf("position (-want +got):\n%s", diff)
		}
	}
	check()
	wantAll(t, ingest(t, s, es[2:3]), wire.Accepted)
	want.Epochs[0] = wire.EpochPosition{Epoch: 2, Watermark: highest, Highest: highest}
	check()
	if got, err := s.Position(t.Context(), "nobody"); err != nil || len(got.Epochs) != 0 || got.Store != name {
		t.Errorf("of a station that sent nothing: %+v %v", got, err)
	}
	other := open(t, t.TempDir(), Options{})
	defer other.Close()
	if other.Name() == name {
		t.Errorf("two stores are named %q", name)
	}
}
