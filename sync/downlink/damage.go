package downlink

import (
	"time"

	"waybill/internal/fault"
)

// A look is when a bundle's files were found whole.
type look struct {
	bundle string
	at     time.Time
}

const (
	// lookAgain is how often that is done: a disk may go bad while the station runs.
	lookAgain = time.Hour

	// mendAgain is how long a bundle rests that was laid again, damaged or not. What undoes
	// its files does so again, and a station that starts anew for it each time packs nothing.
	mendAgain = 10 * time.Minute
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
		d.damage = &fault.Error{
			Op: "rules and templates of the hub", Kind: fault.Invalid, Err: broken,
			Hint: "They are fetched again where they are the hub's newest, at most every ten minutes; where not, put them there again: waybill hub bundles put. If the damage comes back, see the virus scanner, the rights of that directory, and the disk.",
		}
		return nil
	}
	d.damage, d.looked = nil, look{in.name(), time.Now()}
	return d.o.Shelf.Tidy()
}

// mendedOfLate reports whether a bundle was laid again a short time ago.
func mendedOfLate(p Placed) bool {
	since := time.Since(time.Time(p.Mended))
	return since >= 0 && since < mendAgain
}
