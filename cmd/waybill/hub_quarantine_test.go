package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"waybill/sync/wire"
	"waybill/tracking"
	"waybill/tracking/store"
	"waybill/tracking/store/storetest"
)

// TestAPersonDecidesOnAFork looks at what a station recorded from an old copy of
// its disk, and lets some of it be told, beside a hub that runs.
func TestAPersonDecidesOnAFork(t *testing.T) {
	dir := t.TempDir()
	config := filepath.Join(dir, "hub.yaml")
	if err := os.WriteFile(config, []byte("data: data\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), filepath.Join(dir, "data"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	desk := storetest.NewDesk("bench-1", 1)
	fork := desk.Fork("x")
	other := fork.Journey("o2", "N2")
	for _, in := range [][]tracking.Incoming{desk.Journey("o1", "N1"), other} {
		if _, err := s.Ingest(t.Context(), in); err != nil {
			t.Fatal(err)
		}
	}
	tell := func(want int, args ...string) string {
		t.Helper()
		var out, errs bytes.Buffer
		args = append([]string{"hub", "quarantine"}, args...)
		if code := run(t.Context(), append(args, "--config", config), strings.NewReader(""), &out, &errs); code != want {
			t.Fatalf("%v: exit code %d, want %d: %s%s", args, code, want, &out, &errs)
		}
		return out.String() + errs.String()
	}
	list := tell(0, "list")
	if strings.Count(list, "\n") != 7 || !strings.Contains(list, "bench-1  1/4    label.printed") || !strings.Contains(list, "forked history") {
		t.Errorf("the list:\n%s", list)
	}
	last := wire.Hash(other[5].Raw)
	if text := tell(0, "release", "--by", "Kim", "--note", "seen", last[:12], other[3].Env.ID); strings.Count(text, "released") != 2 {
		t.Errorf("released: %s", text)
	}
	if r, err := s.Shipment(t.Context(), "o2"); err != nil || r.Milestone != tracking.HandedOver || len(r.Timeline) != 2 {
		t.Errorf("told is %+v, %v", r, err)
	}
	if text := tell(0, "discard", "--by", "Kim", "--station", "bench-1"); strings.Count(text, "discarded") != 4 {
		t.Errorf("discarded: %s", text)
	}
	if text := tell(0, "list"); !strings.Contains(text, "Nothing waits") {
		t.Errorf("nothing is left, and the list is %s", text)
	}
	if text := tell(0, "list", "--all", "--json"); strings.Count(text, `"by":"Kim"`) != 6 || strings.Count(text, `"event":{`) != 6 {
		t.Errorf("all of them: %s", text)
	}
	for says, args := range map[string][]string{
		"not among":          {"release", "--by", "Kim", "ffffffffffff"},
		"nothing of station": {"discard", "--by", "Kim", "--station", "bench-2"},
		"has been released":  {"discard", "--by", "Kim", last},
	} {
		if text := tell(1, args...); !strings.Contains(text, says) {
			t.Errorf("%v: %s", args, text)
		}
	}
	tell(2, "release", "--by", "Kim")
	tell(2, "release", "--by", "Kim", "--epoch", "1", "12345678")
}
