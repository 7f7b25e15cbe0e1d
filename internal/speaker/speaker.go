// Package speaker sounds the machine's own loudspeaker, for a bench whose page
// cannot be heard: the PC speaker on Linux, a terminal's bell elsewhere. What is
// told, and when, is the caller's; what a tune sounds like is here.
package speaker

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"waybill/internal/fault"
)

// A Speaker makes sounds.
type Speaker interface {
	// Sound begins a tone of so many hertz, in place of the one before; 0 ends it.
	Sound(hertz int) error
	io.Closer
}

// The names of speakers. A path that begins with /dev/ is the event device of
// another PC speaker.
const (
	PC   = "pcspkr" // the PC speaker, on Linux
	Bell = "bell"   // the bell of the terminal that the program runs in
)

// Known reports whether name is one that Open knows, on this system or another.
func Known(name string) bool {
	return name == PC || name == Bell || strings.HasPrefix(name, "/dev/")
}

// Open opens the speaker of that name. What this system has not is an error that
// says so.
func Open(name string) (Speaker, error) {
	var s Speaker
	var err error
	switch {
	case name == Bell:
		s, err = openBell()
	case Known(name):
		s, err = openPC(name)
	default:
		err = &fault.Error{Kind: fault.Invalid, Err: fmt.Errorf("no such speaker (have %s, %s, or the path of an event device)", PC, Bell)}
	}
	if err != nil {
		return nil, fmt.Errorf("speaker %q: %w", name, err)
	}
	return s, nil
}

// A Note is a tone, and the silence after it.
type Note struct {
	Hertz     int
	For, Rest time.Duration
}

// A Tune is what is played for one thing that is told. It is told by its rhythm,
// for a small speaker's pitch is hard to hear: one note is good, two are "look",
// three are wrong.
type Tune []Note

// Good is one short high note.
func Good() Tune { return Tune{{Hertz: 2000, For: 120 * time.Millisecond}} }

// Look is two notes, the second lower.
func Look() Tune {
	return Tune{{Hertz: 1200, For: 150 * time.Millisecond, Rest: 80 * time.Millisecond}, {Hertz: 800, For: 200 * time.Millisecond}}
}

// Wrong is three long low notes.
func Wrong() Tune {
	low := Note{Hertz: 400, For: 220 * time.Millisecond, Rest: 90 * time.Millisecond}
	return Tune{low, low, low}
}

// Play plays what comes, until ctx ends or tunes is closed, and leaves the speaker
// silent. A new tune ends the one before: it is about a later scan. An error is
// the speaker's.
func Play(ctx context.Context, s Speaker, tunes <-chan Tune) error {
	var t Tune
	for {
		if len(t) == 0 {
			select {
			case <-ctx.Done():
				return nil
			case next, more := <-tunes:
				if !more {
					return nil
				}
				t = next
				continue
			}
		}
		next, cut, err := playNote(ctx, s, t[0], tunes)
		switch {
		case err != nil || ctx.Err() != nil:
			return err
		case cut:
			t = next
		default:
			t = t[1:]
		}
	}
}

// playNote plays one note to its end, or until another tune comes, which it
// returns.
func playNote(ctx context.Context, s Speaker, n Note, tunes <-chan Tune) (next Tune, cut bool, err error) {
	if err := s.Sound(n.Hertz); err != nil {
		return nil, false, err
	}
	next, cut = wait(ctx, n.For, tunes)
	if err := s.Sound(0); err != nil || cut {
		return next, cut, err
	}
	next, cut = wait(ctx, n.Rest, tunes)
	return next, cut, nil
}

// wait waits for d, until ctx ends, or until another tune comes.
func wait(ctx context.Context, d time.Duration, tunes <-chan Tune) (next Tune, cut bool) {
	if d <= 0 {
		return nil, false
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
			return nil, false
		case <-ctx.Done():
			return nil, false
		case t, more := <-tunes:
			if more {
				return t, true
			}
			tunes = nil // the tune is played to its end
		}
	}
}
