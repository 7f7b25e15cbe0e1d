package downlink

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"waybill/internal/fault"
	"waybill/shipment"
	"waybill/sync/wire"
)

// hub is what answers; package sync/uplink implements it.
type hub interface {
	Self(ctx context.Context) (wire.Credential, error)
	Instructions(ctx context.Context, from int64) (wire.Signed, error)
	Bundle(ctx context.Context, have int64) (s wire.Signed, changed bool, err error)
}

// desk is who acts on it; package agent/desk implements it. What it has taken is
// durable.
type desk interface {
	HeardInstruction(ctx context.Context) (last wire.Instruction, found bool, err error)
	Instruct(ctx context.Context, list []wire.Instruction) error
	BundleApplied(ctx context.Context, b wire.Bundle) error
	BundleRefused(ctx context.Context, version int64, reason string) error
}

// Options are what a downlink needs. Hub, Desk, Shelf and Station are required.
type Options struct {
	Hub     hub
	Desk    desk
	Shelf   *Shelf
	Station shipment.StationID

	// Check says what is wrong with a bundle whose files are in a directory, before
	// anybody works by them; nil: bundles are not wanted.
	Check func(ctx context.Context, dir string) error

	// Works is the directory of the bundle that the station works by; empty: it works by
	// its own rules. Mend says that this is not the one in place: the first question does
	// not wait.
	Works string
	Mend  bool

	// OnTrouble is told when what the hub has cannot be taken, at once or, where it is
	// away, after five minutes, and with nil when it can again; nil: nobody wants to know.
	OnTrouble func(error)

	Every time.Duration // between two questions; default 15 s
	Log   *slog.Logger  // default discards
}

// A Downlink asks the hub now and then. It is used by one goroutine.
type Downlink struct {
	o        Options
	refused  offer     // so that it is told once, and not fetched again
	why      error     // it was; nil: it was not
	looked   look      // when the files of the bundle in place were held against what the hub gave
	damage   error     // what was found wrong with them; nil: nothing
	later    later     // when a bundle is fetched again that could not be had or placed
	placed   offer     // the last that was put in place
	recorded string    // the bundle that was recorded last, so that it is once, however often it is tried
	lost     int64     // the number of a word that the hub knew and knows no more; told once
	said     string    // the last trouble, so that it is told once
	heard    time.Time // when the last question was answered
	deaf     bool      // the hub does not know the question, which was told
}

// An offer is what the hub says that it has.
type offer struct {
	version int64
	sha256  string
}

// New returns a downlink.
func New(o Options) *Downlink {
	if o.Every <= 0 {
		o.Every = 15 * time.Second
	}
	if o.OnTrouble == nil {
		o.OnTrouble = func(error) {}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Downlink{o: o}
}

// Run asks until ctx ends. That the hub is away is for others to tell at first;
// whatever else is wrong is logged once.
func (d *Downlink) Run(ctx context.Context) error {
	d.heard = time.Now()
	// Stations that start together do not ask together.
	first := d.o.Every
	if d.o.Mend {
		first = min(first, time.Second)
	}
	wait := time.Duration(rand.Int64N(int64(first))) //nolint:gosec // spreads load, hides nothing
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
		}
		wait = d.o.Every
		if err := d.Ask(ctx); ctx.Err() == nil {
			d.tell(ctx, err)
		}
	}
}

// Ask asks once: for every word about orders that the station has not, and for a
// bundle where there is another. That one cannot be had keeps the other not back.
func (d *Downlink) Ask(ctx context.Context) error {
	lookErr := d.look() // also while the hub is away, and whatever it has
	if err := d.ask(ctx); err != nil {
		return err
	}
	return lookErr
}

func (d *Downlink) ask(ctx context.Context) error {
	key, err := d.o.Shelf.Key()
	if err != nil {
		return err
	}
	if key == nil { // enrolled before there were keys, or listed in the hub's configuration
		self, err := d.o.Hub.Self(ctx)
		if err != nil {
			return err
		}
		if err := d.o.Shelf.Pin(self.SigningKey, false); err != nil {
			return err
		}
		if key, err = d.o.Shelf.Key(); err != nil || key == nil {
			return err // an older hub has none
		}
	}
	has, err := d.instructions(ctx, key)
	if err != nil {
		return err
	}
	d.heard = time.Now() // whatever comes of the bundle
	if d.o.Check == nil || has.version == 0 {
		return nil
	}
	return d.bundle(ctx, key, has)
}

// maxPages bounds what is asked for at once; the next question goes on.
const maxPages = 200

// instructions takes every word about orders that the station has not, and returns
// what bundle the hub has.
//
// A list that is read from its beginning is taken as a whole: a word of its first
// page may be taken back on its last, and no parcel is to leave in between.
func (d *Downlink) instructions(ctx context.Context, key []byte) (offer, error) {
	last, found, err := d.o.Desk.HeardInstruction(ctx)
	if err != nil {
		return offer{}, err
	}
	whole := !found
	var list []wire.Instruction // not taken yet
	for range maxPages {
		page, err := d.page(ctx, key, last.Sequence)
		if err != nil {
			return offer{}, err
		}
		if found {
			if len(page.List) == 0 || !page.List[0].Same(last) {
				d.forgotten(ctx, last)
				last, found, whole, list = wire.Instruction{}, false, true, nil
				continue
			}
			page.List = page.List[1:]
		}
		if list = append(list, page.List...); len(list) > 0 {
			last, found = list[len(list)-1], true
		}
		if !page.More || !whole {
			if err := d.o.Desk.Instruct(ctx, list); err != nil {
				return offer{}, err
			}
			list = nil
		}
		if !page.More {
			return offer{page.Bundle, page.BundleSHA256}, nil
		}
	}
	return offer{}, d.o.Desk.Instruct(ctx, list)
}

func (d *Downlink) page(ctx context.Context, key []byte, from int64) (page wire.Instructions, err error) {
	signed, err := d.o.Hub.Instructions(ctx, from)
	if err != nil {
		return page, err
	}
	if err := signed.Open(key, wire.ForInstructions, &page); err != nil {
		return page, notTheHubs(err)
	}
	if err := page.Check(d.o.Station, from); err != nil {
		return page, &fault.Error{Op: "instructions of the hub", Kind: fault.Permanent, Err: err}
	}
	return page, nil
}

// forgotten tells that the hub's store was restored from before, or that it is
// another hub: all of its words are asked for. What it has lost stays as the station
// heard it.
func (d *Downlink) forgotten(ctx context.Context, last wire.Instruction) {
	if d.lost == last.Sequence {
		return
	}
	d.lost = last.Sequence
	d.o.Log.WarnContext(ctx, "The hub does not know the last instruction that the station has, so all of them are read again. Orders that it held are held until they are released.",
		"sequence", last.Sequence, "order", string(last.Order))
}

// bundle gets a bundle that the station has not and puts it in place, or says why
// not.
func (d *Downlink) bundle(ctx context.Context, key []byte, has offer) error {
	in, err := d.o.Shelf.InUse()
	if err != nil {
		if has == d.placed {
			return err // it was written anew, and cannot be read all the same
		}
		in = Placed{} // nobody can say what was in use: what the hub has takes its place
	}
	have := in.Version
	if in.Key != hex.EncodeToString(key) {
		have = 0 // another hub's numbers say nothing
	}
	if has == d.refused {
		return nil
	}
	d.refused, d.why = offer{}, nil
	if d.later.waits(has) {
		return d.later.err
	}
	switch {
	case has.version < have:
		return d.refuse(ctx, has, has.version, errOlder(has.version, have))
	case has.version == have && has.sha256 != "" && has.sha256 != in.SHA256:
		return d.refuse(ctx, has, has.version, fmt.Errorf("it is another version %d than the one that the station works by; %s", have, putHigher(have)))
	case has.version == have:
		if d.damage == nil || mendedOfLate(in) {
			return nil
		}
		d.o.Log.WarnContext(ctx, "The hub's rules and templates are damaged on this disk, so they are fetched again.", "version", have, "err", d.damage)
		have = 0 // it is laid again
	}
	signed, changed, err := d.o.Hub.Bundle(ctx, have)
	if err == nil && changed {
		err = d.take(ctx, key, has, in, signed)
	}
	d.later.note(has, err)
	if d.later.err != nil {
		return d.later.err
	}
	return err
}

// take looks at what the hub has sent, and puts it in place or says why not.
func (d *Downlink) take(ctx context.Context, key []byte, has offer, in Placed, signed wire.Signed) error {
	var b wire.Bundle
	if err := signed.Open(key, wire.ForBundle, &b); err != nil {
		return d.refuse(ctx, has, 0, notTheHubs(err))
	}
	if in.Key == hex.EncodeToString(key) && b.Version < in.Version {
		return d.refuse(ctx, has, b.Version, errOlder(b.Version, in.Version))
	}
	return d.place(ctx, key, has, in, b)
}

// place puts a bundle in place that is the hub's, if the station can work by it. What
// says nothing of the bundle, as a disk that is full, does not refuse it: it is got
// again later.
func (d *Downlink) place(ctx context.Context, key []byte, has offer, in Placed, b wire.Bundle) error {
	if err := b.Check(); err != nil {
		return d.refuse(ctx, has, b.Version, err)
	}
	laid, err := d.o.Shelf.Lay(b, key)
	if err != nil {
		return notPlaced(err)
	}
	if err := d.o.Check(ctx, d.o.Shelf.Dir(laid)); err != nil {
		err = errors.Join(err, d.o.Shelf.Drop(laid))
		if ctx.Err() != nil || fault.Is(err, fault.Transient) {
			return err
		}
		return d.refuse(ctx, has, b.Version, err)
	}
	if laid.same(in) {
		laid = laid.mended(in) // whoever starts with it says that it works by it
	} else if err := d.record(ctx, laid, b); err != nil {
		return err
	}
	if err := d.o.Shelf.Use(laid, d.o.Works); err != nil {
		return notPlaced(err)
	}
	d.placed, d.damage = has, nil
	d.o.Log.InfoContext(ctx, "Other rules and templates of the hub are in place.", "version", b.Version, "again", b.Again, "by", b.By)
	return d.o.Shelf.Tidy()
}

// record says what the station is about to work by. It is said first: a crash in between
// has it said twice, and never not at all. A station that starts with the one before says
// that.
func (d *Downlink) record(ctx context.Context, laid Placed, b wire.Bundle) error {
	id := laid.Key + laid.name()
	if id == d.recorded {
		return nil // it was said, and could not be put in place
	}
	err := d.o.Desk.BundleApplied(ctx, b)
	if err == nil {
		d.recorded = id
	}
	return err
}

func notPlaced(err error) error {
	return &fault.Error{Op: "rules and templates of the hub", Err: err, Hint: "The station goes on with what it has and tries again. See whether its disk is full."}
}

func errOlder(version, have int64) error {
	return fmt.Errorf("version %d is older than %d, which the station works by; %s", version, have, putHigher(have))
}

// putHigher says what to do at a hub that has forgotten versions.
func putHigher(have int64) string {
	return fmt.Sprintf("where the hub's store was restored from before, put the bundle there again: waybill hub bundles put --above %d", have)
}

// refuse says, once, why the station goes on with what it has.
func (d *Downlink) refuse(ctx context.Context, has offer, version int64, why error) error {
	if err := d.o.Desk.BundleRefused(ctx, version, why.Error()); err != nil {
		return err
	}
	d.refused = has
	d.why = &fault.Error{Op: "rules and templates of the hub", Kind: fault.Permanent, Err: why, Hint: "The station goes on with what it has. At the hub: waybill hub bundles put, or roll-back."}
	return d.why
}

func notTheHubs(err error) error {
	return &fault.Error{
		Op: "what the hub has for the station", Kind: fault.Permanent, Err: err,
		Hint: "If the hub's store was made anew, enrol the station again; if not, find out who answers in its place.",
	}
}
