package spool

import (
	"context"
	"fmt"

	"waybill/printer"
)

// read asks for the status and, where the labels have a baseline, the odometer; a
// printer that keeps accounts is asked for the label's.
func (w *worker) read(ctx context.Context, conv printer.Printer, labels []printer.Label) (reading, error) {
	st, _, err := w.ask(ctx, conv)
	if err != nil {
		return reading{}, err
	}
	r := reading{status: st}
	if t, ok := conv.(printer.Tracker); ok {
		r.tracked = true
		if !r.silent() {
			r.account, err = w.account(ctx, t, labels[0])
		}
		return r, err
	}
	if labels[0].Baseline != nil && !r.silent() {
		r.odometer, r.counted, err = w.odometer(ctx, conv)
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
