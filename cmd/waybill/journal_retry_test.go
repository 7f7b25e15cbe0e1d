package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"waybill/shipment"
	"waybill/sync/journal"
	"waybill/sync/wire"
)

// parkedStation leaves a station that does not run, with three events of which the
// hub has refused two.
func parkedStation(t *testing.T, listen, hub string) (config string, ids []string) {
	t.Helper()
	dir := t.TempDir()
	j := openJournal(t, filepath.Join(dir, "journal.db"))
	appendOrders(t, j, 3, 6<<20) // the second is larger than a hub takes
	recs, err := j.After(t.Context(), wire.Position{}, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	no := func(i int) wire.Result { return wire.Result{ID: recs[i].ID, Status: wire.Rejected, Reason: "was bad"} }
	if err := j.SetCursor(t.Context(), strings.TrimPrefix(hub, "http://"), recs[2].Position, no(0), no(1)); err != nil {
		t.Fatal(err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	config = filepath.Join(dir, "station.yaml")
	text := fmt.Sprintf("station: bench-1\ndata: .\nlisten: %s\nhub: {url: %q}\n", listen, hub)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return config, []string{recs[0].ID, recs[1].ID, recs[2].ID}
}

func retriedLines(t *testing.T, out string) []wire.Result {
	t.Helper()
	var all []wire.Result
	in := json.NewDecoder(strings.NewReader(out))
	for {
		var r wire.Result
		if err := in.Decode(&r); err == io.EOF {
			return all
		} else if err != nil {
			t.Fatalf("%v in %s", err, out)
		}
		all = append(all, r)
	}
}

func TestJournalRetry(t *testing.T) {
	h := newTestHub(t, nil)
	config, ids := parkedStation(t, "127.0.0.1:0", h.URL)
	code, out, errOut := waybill(t, "journal", "retry", "--config", config, "--all")
	got := retriedLines(t, out)
	if code != 1 || len(got) != 2 || got[0].ID != ids[0] || got[0].Status != wire.Accepted ||
		got[1].Status != wire.Rejected || !strings.Contains(got[1].Reason, "larger than") || !strings.Contains(errOut, "1 of 2") {
		t.Fatalf("exit %d, %+v, %s", code, got, errOut)
	}
	_, out, _ = waybill(t, "journal", "list", "--config", config, "--parked")
	if strings.Contains(out, ids[0]) || !strings.Contains(out, ids[1]) || !strings.Contains(out, "larger than") {
		t.Errorf("parked after it: %s", out)
	}
	if code, _, errOut = waybill(t, "journal", "retry", "--config", config, ids[2]); code != 1 || !strings.Contains(errOut, "not parked") {
		t.Errorf("one that is not parked: exit %d, %s", code, errOut)
	}
	for _, args := range [][]string{{"--all", ids[0]}, {}} {
		if code, _, _ := waybill(t, append([]string{"journal", "retry", "--config", config}, args...)...); code != 2 {
			t.Errorf("%v: exit %d", args, code)
		}
	}
}

// TestJournalRetryAsksTheStationThatRuns: the journal is another process's.
func TestJournalRetryAsksTheStationThatRuns(t *testing.T) {
	asked := ""
	station := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		asked = r.Method + " " + r.URL.Path + " " + string(body)
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"results":[{"id":"e1","sequence":1,"status":"duplicate"}]}`))
	}))
	defer station.Close()
	config, _ := parkedStation(t, strings.TrimPrefix(station.URL, "http://"), "http://127.0.0.1:1")
	j, err := journal.Open(t.Context(), journal.Options{Path: filepath.Join(filepath.Dir(config), "journal.db"), Station: shipment.StationID("bench-1")})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	code, out, errOut := waybill(t, "journal", "retry", "--config", config, "e1")
	if got := retriedLines(t, out); code != 0 || len(got) != 1 || got[0].Status != wire.Duplicate || asked != `POST /v1/parked/retry {"ids":["e1"]}` {
		t.Errorf("exit %d, %+v, %s; the station was asked %s", code, got, errOut, asked)
	}
}
