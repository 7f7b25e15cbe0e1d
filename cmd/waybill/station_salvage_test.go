package main

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"waybill/agent"
	"waybill/configs"
	"waybill/labels/fonts"
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

// Of a large journal the contents of documents are not looked at before somebody reads
// them. Where the start does, it has the journal checked and built anew at once.
func TestAStationStartsOverADocumentThatIsDamaged(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cfg := configs.DefaultStation()
	cfg.Data, cfg.Intake.Dir, cfg.Listen = filepath.Join(dir, "data"), filepath.Join(dir, "orders"), "127.0.0.1:0"
	cfg.Printers[0].Driver, cfg.Printers[0].Link = "file", "file://"+filepath.Join(dir, "paper")
	cfg.Scanners, cfg.Hub.URL, cfg.Journal.ReserveMiB = nil, "http://127.0.0.1:1", 0
	path := filepath.Join(cfg.Data, "journal.db")
	j := openJournal(t, path)
	appendOrders(t, j, 20, 0)
	if err := errors.Join(j.Update(t.Context(), func(tx *journal.Tx) error {
		return tx.Put("order", "long", map[string]string{"words": strings.Repeat("long ", 4000)}, journal.Index{State: string(agent.Held)})
	}), j.Close()); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for at := 4096; at < len(b); at += 4096 {
		if page := b[at : at+4096]; page[0] == 0 && page[3] != 0 && bytes.Contains(page, []byte("long long ")) { // it goes on, and on another
			clear(page)
			break
		}
	}
	if err := errors.Join(os.WriteFile(path, b, 0o600), os.Truncate(path, 80<<20)); err != nil { // SQLite does not look behind its last page
		t.Fatal(err)
	}
	j = openJournal(t, path) // the quick look lets it pass
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Size() != 80<<20 {
		t.Fatalf("the file is a small one: %v", err)
	}
	st, err := newStation(t.Context(), cfg, fonts.New(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatalf("the station stays away: %v", err)
	}
	defer st.close()
	list, err := st.journal.Salvages(t.Context())
	if err != nil || len(list) != 1 || list[0].Events != 20 || list[0].LostCount != 1 {
		t.Errorf("built anew: %+v, %v", list, err)
	}
	news, _ := st.news.take()
	if news["file/damaged journal"].State != "blocked" {
		t.Errorf("page: %+v", news)
	}
}
