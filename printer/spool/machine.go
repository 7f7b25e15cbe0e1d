package spool

import (
	"cmp"
	"context"
	"fmt"

	"waybill/printer"
)

// Bindings remember which machine each printer of the configuration is, by the
// name that the configuration gives it. They are used by several goroutines at
// once.
type Bindings interface {
	// Machine returns the machine that is the printer of that name, and the zero
	// Identity where none is yet.
	Machine(ctx context.Context, name string) (printer.Identity, error)

	// Bind makes id the machine that is the printer of that name, durably before
	// it returns.
	Bind(ctx context.Context, name string, id printer.Identity) error
}

// recognise finds out whether the machine that answers is the one that belongs
// here. The first that answers does, where the configuration names none: from
// then on its cable, queue and address may change, and it may not. That it counts
// is remembered as well, also of the one that the configuration names: one that
// falls silent just then must not be taken for one that never could.
func (w *worker) recognise(ctx context.Context, conv printer.Printer) error {
	named := printer.Identity{Serial: w.config.Serial}
	w.belongs = named
	if named.Serial != "" && w.identity.Serial != named.Serial || w.spool.o.Bindings == nil || !hasMachine(conv) {
		return nil
	}
	bound, err := w.spool.o.Bindings.Machine(ctx, w.config.Name)
	if err != nil {
		return fmt.Errorf("which machine it is: %w", &ledgerError{err})
	}
	if named.Serial != "" && bound.Serial != named.Serial {
		bound = named // another was bound before the configuration named this one
	}
	id := together(bound, w.identity)
	if id.LanguageOK && !bound.Counts && bound.Same(id) {
		if _, id.Counts, err = w.odometer(ctx, conv); err != nil {
			return err
		}
	}
	learns := id.Counts && !bound.Counts || bound == (printer.Identity{}) || bound.Serial == "" && id.Serial != "" && bound.Same(id)
	if learns && id.LanguageOK && id.Device() != "" {
		if err := w.spool.o.Bindings.Bind(ctx, w.config.Name, id); err != nil {
			return fmt.Errorf("which machine it is: %w", &ledgerError{err})
		}
		bound = id
	}
	w.belongs = bound
	w.counts = w.counts || bound.Counts && bound.Same(id)
	return nil
}

// together is what is known of a machine that says now who it is: what it keeps back
// this time stands as it was bound. Of another machine nothing is.
func together(bound, now printer.Identity) printer.Identity {
	if bound.Same(now) {
		now.Serial, now.Model = cmp.Or(now.Serial, bound.Serial), cmp.Or(now.Model, bound.Model)
		now.Counts = bound.Counts
	}
	return now
}

// hasMachine reports whether there is one machine behind the conversation: a
// directory is none, and a print queue may have any.
func hasMachine(conv printer.Printer) bool {
	if s, ok := conv.(printer.Storer); ok && s.Stores() {
		return false
	}
	r, ok := conv.(printer.Relay)
	return !ok || !r.Relays()
}

// stranger reports whether another machine answers than the one that belongs
// here. A person may have said meanwhile that it does.
func (w *worker) stranger(ctx context.Context, conv printer.Printer) (bool, error) {
	foreign := func() bool {
		if w.config.Serial != "" { // a machine that keeps its number back is not known to be the one
			return w.identity.Serial != w.config.Serial
		}
		return !w.belongs.Same(w.identity)
	}
	if !w.identity.LanguageOK || !foreign() {
		return false, nil
	}
	if err := w.recognise(ctx, conv); err != nil {
		return true, err
	}
	return foreign(), nil
}
