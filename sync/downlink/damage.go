package downlink

import (
	"fmt"
	"time"

	"waybill/internal/fault"
	"waybill/sync/wire"
)

// A look is when a bundle's files were found whole.
type look struct {
	bundle string
	at     time.Time
}

const (
	// lookAgain is how often that is done: a disk may go bad while the station runs.
	lookAgain = time.Hour

	// mendAgain is how long a bundle rests that was laid again, damaged or not, and twice
	// as long each time after that, up to mendSeldom. What undoes its files does so again: a
	// station that starts anew for it each time packs nothing, and it is megabytes.
	mendAgain  = 10 * time.Minute
	mendSeldom = 6 * time.Hour

	// mendForget is after how long damage is another one, with a count of its own.
	mendForget = 24 * time.Hour
)

// look holds the bundle in place against what the hub gave, where that is due, and clears
// the shelf where it is whole: a crash may have kept that from being done.
func (d *Downlink) look() error {
	if d.o.Check == nil {
		return nil
	}
	in, err := d.o.Shelf.InUse()
	if err != nil || in.Version == 0 {
		d.damage = nil
		return nil // one that cannot be read is put there anew when the hub has answered
	}
	if in.name() == d.looked.bundle && time.Since(d.looked.at) < lookAgain {
		return nil
	}
	if broken := d.o.Shelf.Whole(in); broken != nil {
		if words := in.MendedWords(); words != "" {
			broken = fmt.Errorf("%w; %s", broken, words)
		}
		d.damage = &fault.Error{
			Op: "rules and templates of the hub", Kind: fault.Invalid, Err: broken,
			Hint: "They are fetched again where they are the hub's newest, ever less often, up to every six hours; where not, put them there again: waybill hub bundles put. If the damage comes back, see the virus scanner, the rights of that directory, and the disk.",
		}
		return nil
	}
	d.damage, d.looked = nil, look{in.name(), time.Now()}
	return d.o.Shelf.Tidy()
}

// Rests returns until when a bundle is not laid again; the zero time where it never was.
func (p Placed) Rests() time.Time {
	at := time.Time(p.Mended)
	if at.IsZero() {
		return at
	}
	rest := mendAgain
	for range p.Mends - 1 {
		rest = min(2*rest, mendSeldom)
	}
	return at.Add(rest)
}

// MendedWords says how often a bundle that is damaged was laid again, and when it is at
// the earliest, while it rests; empty where it was not for so long that this is another
// damage.
func (p Placed) MendedWords() string {
	if p.Mends == 0 || time.Since(time.Time(p.Mended)) >= mendForget {
		return ""
	}
	times := "once"
	if p.Mends > 1 {
		times = fmt.Sprintf("%d times", p.Mends)
	}
	words := "it was laid again " + times
	if mendedOfLate(p) {
		words += ", and is fetched again not before " + p.Rests().Local().Format("2 Jan 15:04")
	}
	return words
}

// mendedOfLate reports whether a bundle was laid again a short time ago.
func mendedOfLate(p Placed) bool {
	now := time.Now()
	return !now.Before(time.Time(p.Mended)) && now.Before(p.Rests())
}

// mended returns a bundle that was laid again over the same one.
func (p Placed) mended(before Placed) Placed {
	now := time.Now()
	p.Mended, p.Mends = wire.Timestamp(now), 1
	if now.Sub(time.Time(before.Mended)) < mendForget {
		p.Mends += before.Mends
	}
	return p
}
