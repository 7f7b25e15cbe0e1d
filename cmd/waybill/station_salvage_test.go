package main

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"waybill/shipment"
	"waybill/sync/journal"
	"waybill/sync/wire"
)

// damagedJournal returns the path of a journal of which a page is gone.
func damagedJournal(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "journal.db")
	j := openJournal(t, path)
	appendOrders(t, j, 300, 0)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	at := strings.LastIndex(string(b), `"from":"one.json"`) &^ 4095
	clear(b[at : at+4096])
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// A start that ended between the salvage and its record leaves the record to the
// next.
func TestASalvageIsRecordedByTheNextStart(t *testing.T) {
	o := journal.Options{Path: damagedJournal(t), Station: "bench-1"}
	j, s, err := journal.OpenSalvaging(t.Context(), o)
	if err != nil || s == nil {
		t.Fatal(s, err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	st := &station{news: newDeviceNews(), log: slog.New(slog.DiscardHandler)}
	if err := st.openJournal(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	defer st.journal.Close()
	if recs, err := st.journal.After(t.Context(), wire.Position{Epoch: s.Epoch}, 10, 1<<20); err != nil || len(recs) != 1 || recs[0].Type != shipment.JournalSalvagedType {
		t.Errorf("the new epoch has %+v, %v", recs, err)
	}
}

// A station whose journal is damaged starts, says so on page and in doctor, and has
// recorded it as the first event of a new epoch.
func TestAStationWithADamagedJournalStarts(t *testing.T) {
	path := damagedJournal(t)
	st := &station{news: newDeviceNews(), log: slog.New(slog.DiscardHandler)}
	if err := st.openJournal(t.Context(), journal.Options{Path: path, Station: "bench-1"}); err != nil {
		t.Fatal(err)
	}
	recs, err := st.journal.Head(t.Context())
	if err != nil || recs.Epoch != 2 || recs.Sequence != 1 {
		t.Errorf("head %+v, %v", recs, err)
	}
	n := 0
	if err := st.journal.View(context.Background(), func(tx *journal.ReadTx) error {
		return tx.Events(journal.EventQuery{Types: []shipment.EventType{shipment.JournalSalvagedType}}, func(wire.Record) error {
			n++
			return nil
		})
	}); err != nil || n != 1 {
		t.Errorf("recorded %d times, %v", n, err)
	}
	if err := st.journal.Close(); err != nil {
		t.Fatal(err)
	}
	news, _ := st.news.take()
	if told := news["file/damaged journal"]; told.State != "blocked" || !strings.Contains(told.Detail, "missing") || told.Todo == "" {
		t.Errorf("page: %+v", told)
	}
	if f := checkJournal(t.Context(), path); len(f) != 1 || f[0].State != "warning" || !strings.Contains(f[0].Detail, "damaged-") {
		t.Errorf("doctor: %+v", f)
	}
	// Told again at the next start, and recorded once.
	again := &station{news: newDeviceNews(), log: st.log}
	if err := again.openJournal(t.Context(), journal.Options{Path: path, Station: "bench-1"}); err != nil {
		t.Fatal(err)
	}
	defer again.journal.Close()
	if head, err := again.journal.Head(t.Context()); err != nil || head.Sequence != 1 {
		t.Errorf("head %+v, %v", head, err)
	}
	if news, _ := again.news.take(); news["file/damaged journal"].State != "blocked" {
		t.Error("the second start says nothing")
	}
}
