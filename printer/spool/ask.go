package spool

import (
	"context"
	"fmt"

	"waybill/printer"
)

// read asks for the status and, where the labels have a baseline, the odometer; a
// printer that keeps accounts is asked for the label's.
//
// Where the conversation has sent the labels, the odometer comes first: a count that
// is older than the status never has labels that the status does not know to be out.
// A printer that has not answered is asked for no more than its status.
func (w *worker) read(ctx context.Context, s *sight) (r reading, err error) {
	first := s.run[0].labels[0]
	counting := first.Baseline != nil && s.tracker == nil
	if counting && !s.resumed && !s.last.silent() {
		r.early = true
		if r.odometer, r.counted, err = w.odometer(ctx, s.conv); err != nil {
			return reading{}, err
		}
	}
	if r.status, _, err = w.ask(ctx, s.conv); err != nil {
		return reading{}, err
	}
	switch {
	case s.tracker != nil:
		r.tracked = true
		if !r.silent() {
			r.account, err = w.account(ctx, s.tracker, first)
		}
	case r.silent():
		r.odometer, r.counted = 0, false
	case counting && !r.early:
		r.odometer, r.counted, err = w.odometer(ctx, s.conv)
	}
	return r, err
}

// account asks for the printer's account of a label.
func (w *worker) account(ctx context.Context, t printer.Tracker, label printer.Label) (printer.Account, error) {
	asked, cancel := context.WithTimeout(ctx, w.spool.o.Ask)
	defer cancel()
	a, err := t.Account(asked, label.Ticket)
	if err != nil {
		return printer.Account{}, fmt.Errorf("account of ticket %q: %w", label.Ticket, err)
	}
	return a, nil
}

// ticket opens a label's account where the printer keeps accounts. What a former
// try has left there is withdrawn first: it would be printed beside this one.
func (w *worker) ticket(ctx context.Context, conv printer.Printer, label printer.Label) (string, error) {
	t, ok := conv.(printer.Tracker)
	if !ok {
		return "", nil
	}
	if label.Ticket != "" {
		if err := w.withdraw(ctx, t, label.Ticket); err != nil {
			return "", err
		}
	}
	asked, cancel := context.WithTimeout(ctx, w.spool.o.Ask)
	defer cancel()
	ticket, err := t.Ticket(asked)
	if err != nil {
		return "", fmt.Errorf("ticket for a label: %w", err)
	}
	return ticket, nil
}

// withdraw takes back what an earlier try has left at the printer.
func (w *worker) withdraw(ctx context.Context, t printer.Tracker, ticket string) error {
	asked, cancel := context.WithTimeout(ctx, w.spool.o.Ask)
	defer cancel()
	if err := t.Withdraw(asked, ticket); err != nil {
		return fmt.Errorf("ticket %q of an earlier try: %w", ticket, err)
	}
	return nil
}
