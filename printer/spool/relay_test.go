package spool_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"waybill/internal/fault"
	"waybill/printer"
	"waybill/printer/spool"
)

// queue is a print queue: it takes everything and calls itself idle.
type queue struct{}

func (queue) Identity(context.Context) (printer.Identity, error) {
	return printer.Identity{Model: "queue", LanguageOK: true}, nil
}
func (queue) Status(context.Context) (printer.Status, error) { return printer.Status{}, nil }
func (queue) Print(context.Context, []byte) error            { return nil }
func (queue) Relays() bool                                   { return true }
func (queue) Close() error                                   { return nil }

// An idle queue is no proof of a label on paper.
func TestQueueNeverConfirms(t *testing.T) {
	l := newLedger()
	l.add("a", 2)
	d := printer.Driver{Name: "queue", Open: func(context.Context, printer.Options) (printer.Printer, error) { return queue{}, nil }}
	s := spool.New(spool.Options{Ledger: l, Printers: []spool.Config{{Name: "q", Roles: []string{"shipping"}, Driver: d}}})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	l.until(t, 10*time.Second, "both labels to be settled", l.settled)
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	for k := 1; k <= 2; k++ {
		got := l.label("a", k)
		if got.State != printer.Unconfirmed || got.Evidence != printer.E0 || !strings.Contains(got.Reason, "queue") {
			t.Errorf("label %d is %+v, want unconfirmed at E0 with a reason", k, got)
		}
	}
}

// slow is a printer that takes a minute and a half for a label, and keeps it.
type slow struct{ queue }

func (slow) Print(ctx context.Context, _ []byte) error {
	select {
	case <-time.After(90 * time.Second):
		return nil
	case <-ctx.Done():
		return &fault.Error{Kind: fault.Uncertain, Err: ctx.Err()}
	}
}
func (slow) Relays() bool { return false }
func (slow) Stores() bool { return true }

// A line that is slow is given its time, by what there is to carry.
func TestSlowLinkIsNoFault(t *testing.T) {
	for rate, want := range map[int]printer.Evidence{0: printer.NoEvidence, 960: printer.Stored} {
		synctest.Test(t, func(t *testing.T) {
			l := newLedger()
			l.add("a", 1)
			l.jobs[0].Content = make([]byte, 60*960) // a minute's
			l.jobs[0].SHA256 = digest(l.jobs[0].Content)
			d := printer.Driver{Name: "slow", Open: func(context.Context, printer.Options) (printer.Printer, error) { return slow{}, nil }}
			s := spool.New(spool.Options{Ledger: l, Printers: []spool.Config{{Name: "p", Roles: []string{"shipping"}, Driver: d, Rate: rate}}})
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error, 1)
			go func() { done <- s.Run(ctx) }()
			l.until(t, 10*time.Minute, "the label to be settled", l.settled)
			cancel()
			if err := <-done; err != nil {
				t.Error(err)
			}
			if got := l.label("a", 1); got.Evidence != want {
				t.Errorf("at %d bytes a second the label is %+v, want evidence %q", rate, got, want)
			}
		})
	}
}
