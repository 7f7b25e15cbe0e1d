package spool_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"waybill/internal/fault"
	"waybill/printer"
	"waybill/printer/spool"
)

// accountant is a printer that keeps accounts: what becomes of each label it
// takes is written down for it beforehand.
type accountant struct {
	mu        sync.Mutex
	refusal   error             // of Print, in place of taking the label
	breaks    bool              // the next label is taken, and the conversation breaks
	account   printer.Account   // of every label
	taken     map[string]string // by ticket
	withdrawn map[string]bool
	late      bool // what was cut off arrives when it is taken back
	tickets   int
}

func (a *accountant) driver() printer.Driver {
	return printer.Driver{
		Name: "accountant", Doc: "keeps accounts",
		Open: func(context.Context, printer.Options) (printer.Printer, error) { return &talk{accountant: a}, nil },
	}
}

func (a *accountant) set(f func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	f()
}

// talk is one conversation.
type talk struct {
	*accountant
	ticket string
	broken bool
}

func (c *talk) Identity(context.Context) (printer.Identity, error) {
	return printer.Identity{Model: "accountant", Serial: "1", LanguageOK: true}, nil
}

func (c *talk) Status(context.Context) (printer.Status, error) {
	if c.broken {
		return printer.Status{}, errors.New("the conversation is broken")
	}
	return printer.Status{}, nil
}

func (c *talk) Ticket(context.Context) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tickets++
	c.ticket = fmt.Sprint("t", c.tickets)
	return c.ticket, nil
}

func (c *talk) Print(_ context.Context, content []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.refusal != nil {
		return c.refusal
	}
	c.taken[c.ticket] = string(content)
	if c.breaks {
		c.breaks, c.broken = false, true
		return &fault.Error{Kind: fault.Uncertain, Err: errors.New("cut")}
	}
	return nil
}

func (c *talk) Account(_ context.Context, ticket string) (printer.Account, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.taken[ticket]; !ok {
		return printer.Account{Verdict: printer.NotPrinted}, nil
	}
	return c.account, nil
}

func (c *talk) Withdraw(_ context.Context, ticket string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.withdrawn == nil {
		c.withdrawn = map[string]bool{}
	}
	c.withdrawn[ticket] = true
	if c.late {
		c.taken[ticket] = "late"
	}
	return nil
}

func (c *talk) Close() error { return nil }

func TestTrackerDecides(t *testing.T) {
	const away = "The queue hands labels on and does not see them."
	for name, tt := range map[string]struct {
		account  printer.Account
		breaks   bool
		refusal  error
		want     printer.LabelState
		evidence printer.Evidence
		reason   string
		tickets  int
		back     int // tickets taken back
	}{
		"printed by its own count":       {account: printer.Account{Verdict: printer.Printed, Evidence: printer.E3}, want: printer.Confirmed, evidence: printer.E3, tickets: 1},
		"idle proves nothing":            {account: printer.Account{Reason: away}, want: printer.Unconfirmed, evidence: printer.E0, reason: away, tickets: 1},
		"cut and yet printed":            {account: printer.Account{Verdict: printer.Printed, Evidence: printer.E2}, breaks: true, want: printer.Confirmed, evidence: printer.E2, tickets: 1},
		"no news is given up":            {want: printer.Unconfirmed, evidence: printer.E0, reason: "The printer has not said for 30s what became of it.", tickets: 1},
		"refused for good has failed":    {refusal: &fault.Error{Kind: fault.Permanent, Err: errors.New("no PDF here")}, want: printer.Failed, reason: "no PDF here", tickets: 1},
		"never printed is sent, not for": {account: printer.Account{Verdict: printer.NotPrinted}, want: printer.Failed, reason: "The printer lost it 4 times and printed none.", tickets: 4, back: 4},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, r *rig) {
				a := &accountant{account: tt.account, breaks: tt.breaks, refusal: tt.refusal, taken: map[string]string{}}
				r.conf = []spool.Config{{Name: "p", Roles: []string{"shipping"}, Driver: a.driver()}}
				r.ledger.add("a", 1)
				r.start()
				l := r.ledger.untilState(t, "a", 1, tt.want)
				if l.Evidence != tt.evidence || l.Reason != tt.reason || a.tickets != tt.tickets || len(a.withdrawn) != tt.back {
					t.Errorf("label %+v after %d tickets, of which %v withdrawn; want evidence %q, reason %q and %d tickets, %d withdrawn",
						l, a.tickets, a.withdrawn, tt.evidence, tt.reason, tt.tickets, tt.back)
				}
			})
		})
	}
}

// TestTicketOutlivesTheMachine: a label whose machine died is asked for by the
// ticket that was on disk before its first byte, however long the printer says
// that it still comes.
func TestTicketOutlivesTheMachine(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		a := &accountant{account: printer.Account{Verdict: printer.StillComes}, taken: map[string]string{}}
		r.conf = []spool.Config{{Name: "p", Roles: []string{"shipping"}, Driver: a.driver()}}
		r.ledger.add("a", 1)
		r.start()
		if l := r.ledger.untilState(t, "a", 1, printer.Sent); l.Ticket != "t1" {
			t.Errorf("sent under %q, want t1", l.Ticket)
		}
		r.crash()
		r.start()
		time.Sleep(time.Hour)
		if l := r.ledger.label("a", 1); l.State != printer.Sent {
			t.Errorf("while the printer says that it still comes, the label is %s", l.State)
		}
		a.set(func() { a.account = printer.Account{Verdict: printer.Printed, Evidence: printer.E3} })
		r.ledger.untilState(t, "a", 1, printer.Confirmed)
		if a.tickets != 1 {
			t.Errorf("%d tickets, want one", a.tickets)
		}
	})
}

// TestWhatArrivesLateIsNotSentAgain: a label that the printer does not have yet
// is taken back before it is sent again; if it has come and was printed in
// between, it is not.
func TestWhatArrivesLateIsNotSentAgain(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		a := &accountant{account: printer.Account{Verdict: printer.Printed, Evidence: printer.E3}, taken: map[string]string{}, late: true}
		a.refusal = &fault.Error{Kind: fault.Uncertain, Err: errors.New("cut, with everything under way")}
		r.conf = []spool.Config{{Name: "p", Roles: []string{"shipping"}, Driver: a.driver()}}
		r.ledger.add("a", 1)
		r.start()
		r.ledger.untilState(t, "a", 1, printer.Confirmed)
		if a.tickets != 1 || !a.withdrawn["t1"] {
			t.Errorf("%d tickets, %v taken back; want one, taken back when it seemed lost", a.tickets, a.withdrawn)
		}
	})
}
