// Package driver holds the ways to talk to scales and dimensioners, one file per
// language, and the list of them. It turns what a scale says into readings; when
// a reading counts, and when to open a lost scale again, is decided elsewhere.
package driver

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"time"

	"waybill/internal/fault"
	"waybill/scale"
)

// All returns every built-in driver.
func All() scale.Registry {
	return scale.NewRegistry(
		sicsDriver,
		sicsRepeatDriver,
		toledo8217Driver,
		toledoContinuousDriver,
		nciDriver,
		fairbanksDriver,
		cubiscanDriver,
		linesDriver,
		hidDriver,
	)
}

// speaks returns the Open of a driver for one language over any byte stream.
func speaks(learn func(o scale.Options) (language, error)) func(context.Context, scale.Options) (scale.Scale, error) {
	return func(ctx context.Context, o scale.Options) (scale.Scale, error) {
		o = withDefaults(o)
		op := fmt.Sprintf("scale %q at %s", o.Name, o.Link)
		invalid := func(err error) error { return &fault.Error{Op: op, Kind: fault.Invalid, Err: err} }
		if o.Dial == nil {
			return nil, invalid(errors.New("no link to open"))
		}
		lang, err := learn(o)
		if err != nil {
			return nil, invalid(err)
		}
		conn, err := o.Dial(ctx)
		if err != nil {
			return nil, &fault.Error{Op: op, Kind: kindOf(err), Err: err}
		}
		c := newConversation(o, lang, conn)
		if lang.measure != nil {
			return measurer{c}, nil
		}
		return c, nil
	}
}

// always returns the learn of a language that has nothing to set.
func always(l language) func(scale.Options) (language, error) {
	return func(scale.Options) (language, error) { return l, nil }
}

// kindOf says what to make of a link that could not be opened.
func kindOf(err error) fault.Kind {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fault.NotFound
	case errors.Is(err, fs.ErrPermission):
		return fault.Permanent
	}
	return fault.Transient
}

// The bounds of how often a scale is asked. Toledo's protocol wants its pause, and
// a scale does not settle faster.
const (
	usualPoll    = 200 * time.Millisecond
	shortestPoll = 100 * time.Millisecond
	usualAnswer  = time.Second
)

// withDefaults fills in what a driver may rely on.
func withDefaults(o scale.Options) scale.Options {
	if o.Poll == 0 {
		o.Poll = usualPoll
	}
	o.Poll = max(o.Poll, shortestPoll)
	if o.Answer <= 0 {
		o.Answer = usualAnswer
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}
