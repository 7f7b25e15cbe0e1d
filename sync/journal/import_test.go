package journal_test

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"waybill/shipment"
	"waybill/sync/journal"
	"waybill/sync/wire"
)

// past returns the bytes of a history of so many events in each of epochs.
func past(t *testing.T, station shipment.StationID, events int, epochs ...int64) [][]byte {
	t.Helper()
	var raws [][]byte
	for _, epoch := range epochs {
		at := wire.Position{Epoch: epoch, Hash: wire.Genesis}
		for i := range events {
			e, err := shipment.NewEvent(time.Date(2026, 11, 20, 9, 0, i, 0, time.UTC), "A-1", shipment.OrderHeld{Reason: "x"})
			if err != nil {
				t.Fatal(err)
			}
			e.ID = fmt.Sprintf("e-%d-%d", epoch, i+1)
			env, raw, err := wire.Seal(station, e, at, wire.Clock{Local: time.UTC})
			if err != nil {
				t.Fatal(err)
			}
			at.Sequence, at.Hash = env.Sequence, wire.Hash(raw)
			raws = append(raws, raw)
		}
	}
	return raws
}

func openAt(t *testing.T, epoch int64) *journal.Journal {
	t.Helper()
	j, err := journal.Open(t.Context(), journal.Options{Path: filepath.Join(t.TempDir(), "journal.db"), Station: "bench-1", Epoch: epoch, Location: time.UTC})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	return j
}

// TestAnImportedHistoryIsTheJournals holds that events that come back are the
// journal's own again, byte for byte, that its chain verifies, and that it goes on
// in its own epoch.
func TestAnImportedHistoryIsTheJournals(t *testing.T) {
	j := openAt(t, 3)
	raws := past(t, "bench-1", 40, 1, 2)
	im := j.Importer()
	for i := 0; i < len(raws); i += 7 {
		if err := im.Import(t.Context(), raws[i:min(i+7, len(raws))]...); err != nil {
			t.Fatal(err)
		}
	}
	if im.Events != 80 || len(im.Gaps) != 0 || im.Last().Epoch != 2 || im.Last().Sequence != 40 {
		t.Errorf("%d events, gaps %v, last %+v", im.Events, im.Gaps, im.Last())
	}
	if err := j.Update(t.Context(), func(tx *journal.Tx) error {
		e, err := shipment.NewEvent(time.Now(), "A-1", shipment.OrderHeld{Reason: "later"})
		if err != nil {
			return err
		}
		return tx.Append(e)
	}); err != nil {
		t.Fatal(err)
	}
	var got [][]byte
	if err := j.View(t.Context(), func(tx *journal.ReadTx) error {
		return tx.Events(journal.EventQuery{}, func(rec wire.Record) error {
			got = append(got, rec.Raw)
			return nil
		})
	}); err != nil {
		t.Fatal(err)
	}
	if len(got) != 81 {
		t.Fatalf("%d events, want 81", len(got))
	}
	for i, raw := range raws {
		if !bytes.Equal(got[i], raw) {
			t.Fatalf("event %d is %s, want %s", i, got[i], raw)
		}
	}
	head, err := j.Head(t.Context())
	if err != nil || head.Epoch != 3 || head.Sequence != 1 {
		t.Errorf("head %+v, %v", head, err)
	}
	rep, err := j.Verify(t.Context())
	if err != nil || !rep.Whole {
		t.Errorf("verify: %+v, %v", rep, err)
	}
	if err := j.SetCursor(t.Context(), "hub", im.Last()); err != nil {
		t.Errorf("cursor at the last imported event: %v", err)
	}
	if n, _, err := j.Backlog(t.Context(), im.Last()); n != 1 || err != nil {
		t.Errorf("backlog %d, %v; want the new event alone", n, err)
	}
}

func TestImportNotesGaps(t *testing.T) {
	j := openAt(t, 3)
	raws := past(t, "bench-1", 10, 1, 2)
	im := j.Importer()
	if err := im.Import(t.Context(), raws[2], raws[3], raws[6], raws[10], raws[19]); err != nil {
		t.Fatal(err)
	}
	want := []journal.Gap{{Epoch: 1, From: 1, To: 2}, {Epoch: 1, From: 5, To: 6}, {Epoch: 2, From: 2, To: 9}}
	if fmt.Sprint(im.Gaps) != fmt.Sprint(want) {
		t.Errorf("gaps %v, want %v", im.Gaps, want)
	}
}

func TestImportRefuses(t *testing.T) {
	raws := past(t, "bench-1", 3, 1, 2, 3)
	for name, tt := range map[string]struct {
		in   [][]byte
		says string
	}{
		"another station's":   {past(t, "bench-2", 1, 1), "bench-2"},
		"of its own epoch":    {raws[6:7], "epoch 3"},
		"twice":               {[][]byte{raws[0], raws[0]}, "1/1"},
		"the wrong way round": {[][]byte{raws[1], raws[0]}, "after 1/2"},
		"epochs going back":   {[][]byte{raws[3], raws[0]}, "epoch 2"},
		"an altered event":    {[][]byte{bytes.Replace(raws[0], []byte(`"x"`), []byte(`"y"`), 1), raws[1]}, "chain"},
		"no event":            {[][]byte{[]byte("{}")}, "specversion"},
		"no JSON":             {[][]byte{[]byte("x")}, "invalid"},
	} {
		t.Run(name, func(t *testing.T) {
			j := openAt(t, 3)
			im := j.Importer()
			if err := im.Import(t.Context(), tt.in...); err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %v, want %q", err, tt.says)
			}
			if n, _, err := j.Backlog(t.Context(), wire.Position{}); n != 0 || err != nil || im.Events != 0 {
				t.Errorf("%d events are there, %v", n, err)
			}
		})
	}
}
