package desk_test

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"waybill/agent"
	"waybill/agent/desk"
	"waybill/internal/diskspace"
	"waybill/internal/diskspace/diskspacetest"
	"waybill/internal/fault"
	"waybill/printer"
	"waybill/scanner"
	"waybill/sync/journal"
)

// On a full disk no order is taken, and what is on its way goes on: labels are
// confirmed, scanned and voided. When there is room, orders are taken again.
func TestAFullDiskStopsOrdersAlone(t *testing.T) {
	disk := diskspacetest.Small(t, 32<<20)
	r := newRig(t, nil)
	if err := r.journal.Close(); err != nil {
		t.Fatal(err)
	}
	room := make(chan journal.Room, 16)
	j, err := journal.Open(t.Context(), journal.Options{
		Path: filepath.Join(disk.Dir, "journal.db"), Station: "bench-1", Location: time.UTC, Now: func() time.Time { return r.now },
		Reserve: 64 << 20, OnSpace: func(s journal.Space) { room <- s.Room },
	})
	if err != nil {
		t.Fatal(err)
	}
	r.journal, r.options.Journal = j, j
	r.Desk = desk.New(r.options)
	r.stock(t, ground)
	waiting := r.take(t, order("A"), agent.Accepted)
	toVoid := r.take(t, order("B"), agent.Accepted)

	s, err := diskspace.Of(disk.Dir)
	if err != nil {
		t.Fatal(err)
	}
	disk.Fill(t, s.Free+1<<20, 0)
	for got := range room {
		if got == journal.RoomSpent {
			break
		}
	}
	_, _, err = r.TakeOrder(t.Context(), "a.json", order("C"))
	if !errors.Is(err, journal.ErrDiskLow) || !fault.Is(err, fault.Transient) {
		t.Errorf("a new order: %v", err)
	}
	if _, err := r.Order(t.Context(), "C"); !fault.Is(err, fault.NotFound) {
		t.Errorf("it left a trace: %v", err)
	}
	if _, taken, err := r.TakeOrder(t.Context(), "a.json", order("A")); err != nil || taken != agent.AlreadyTaken {
		t.Errorf("an order that was taken before: %s, %v", taken, err)
	}
	for _, p := range waiting.Parcels {
		r.move(t, p.Job, printer.Sending, printer.Sent, printer.Confirmed)
	}
	if got := r.state(t, "A").Stage(); got != agent.Printed {
		t.Errorf("the label is %s", got)
	}
	if a := r.scan(t, scanner.Bench, string(waiting.Parcels[0].TrackingNumber)); a.Signal != scanner.Good {
		t.Errorf("a scan: %+v", a)
	}
	if _, err := r.VoidFor(t.Context(), toVoid.Order.ID, "cancelled", "the buyer asked for it"); err != nil {
		t.Errorf("a void: %v", err)
	}

	disk.Empty(t)
	for got := range room {
		if got == journal.RoomEnough {
			break
		}
	}
	r.take(t, order("C"), agent.Accepted)
}
