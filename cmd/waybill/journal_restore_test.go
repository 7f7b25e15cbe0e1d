package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"waybill/shipment"
	"waybill/sync/journal"
	"waybill/sync/wire"
)

// A journal that is lost is restored from a backup, in an epoch that neither the copy
// nor the hub has used, and what the hub has that is newer is told.
func TestRestoreAsksTheHub(t *testing.T) {
	t.Parallel()
	const token = "a-token-that-is-long-enough-for-this"
	h := newTestHub(t, map[shipment.StationID]string{"bench-1": token})
	dir := t.TempDir()
	data := filepath.Join(dir, "station-data")
	if err := os.MkdirAll(data, 0o750); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(data, "journal.db")
	for name, text := range map[string]string{
		"hub.token":    token,
		"station.yaml": fmt.Sprintf("station: bench-1\nhub: {url: %q, token_file: hub.token}\n", h.URL),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	config, copied := filepath.Join(dir, "station.yaml"), filepath.Join(dir, "copy.db")
	j := openJournal(t, path)
	appendOrders(t, j, 5, 0)
	if code, out, errOut := waybill(t, "journal", "backup", "--config", config, "--out", copied); code != 0 || !strings.Contains(out, `"events": 5`) {
		t.Fatalf("%d: %s%s", code, out, errOut)
	}
	appendOrders(t, j, 3, 0)
	if _, err := j.NewEpoch(t.Context(), 4); err != nil {
		t.Fatal(err)
	}
	appendOrders(t, j, 2, 0)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if code, out, errOut := waybill(t, "journal", "replay", "--config", config); code != 0 {
		t.Fatalf("%d: %s%s", code, out, errOut)
	}
	if code, _, errOut := waybill(t, "journal", "restore", "--config", config, copied); code != 2 || !strings.Contains(errOut, "Nothing is written over") {
		t.Errorf("over a journal: %d: %s", code, errOut)
	}
	lose := func() {
		t.Helper()
		lost, err := filepath.Glob(path + "*")
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range lost {
			if err := os.Remove(name); err != nil {
				t.Fatal(err)
			}
		}
	}
	restore := func() (rep restoreReport) {
		t.Helper()
		lose()
		code, out, errOut := waybill(t, "journal", "restore", "--config", config, copied)
		if code != 0 {
			t.Fatalf("%d: %s", code, errOut)
		}
		if err := json.Unmarshal([]byte(out), &rep); err != nil {
			t.Fatal(err)
		}
		return rep
	}
	rep := restore()
	if diff := cmp.Diff([]wire.Range{{Epoch: 1, From: 6, To: 8}, {Epoch: 4, From: 1, To: 2}}, rep.Newer); diff != "" || rep.Epoch != 5 || rep.Events != 5 || !strings.Contains(rep.Message, "5 newer events") {
		t.Errorf("%+v\n%s", rep, diff)
	}
	j, err := journal.Open(t.Context(), journal.Options{Path: path, Station: "bench-1"})
	if err != nil {
		t.Fatal(err)
	}
	if head, err := j.Head(t.Context()); err != nil || head.Epoch != 5 || head.Sequence != 0 {
		t.Errorf("head %+v, %v", head, err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	h.away.Store(true)
	if rep := restore(); rep.Epoch != 2 || rep.Newer != nil || !strings.Contains(rep.Message, "could not be asked") {
		t.Errorf("without the hub: %+v", rep)
	}
}
