package downlink

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"waybill/internal/fault"
	"waybill/sync/wire"
)

// patience is for how long the hub may be silent before it is told: a start of the
// hub takes less. After that, what it says in vain may be that a parcel is to stay.
const patience = 5 * time.Minute

// unheard is what was told of a hub that is silent, whatever its errors say: those
// may be others at each question.
const unheard = "unheard"

// tell says what came of a question, where it is another thing than of the one before.
func (d *Downlink) tell(ctx context.Context, err error) {
	if err == nil || fault.Is(err, fault.NotFound) {
		d.heard = time.Now()
	}
	if fault.Is(err, fault.NotFound) {
		d.tellDeaf(ctx, err)
	}
	if err == nil {
		err = errors.Join(d.why, d.damage) // a bundle that was refused is refused until there is another
	}
	said := ""
	switch {
	case err == nil:
	case fault.Is(err, fault.NotFound), fault.Is(err, fault.Transient):
		d.o.Log.DebugContext(ctx, "the hub was not asked for what it has for the station", "retry_in", d.o.Every, "err", err)
		if time.Since(d.heard) < patience {
			if d.damage == nil {
				return
			}
			err, said = d.damage, unnumbered(d.damage) // the hub cannot mend it now
			break
		}
		said = unheard
		err = &fault.Error{
			Op: "what the hub says of orders", Kind: fault.Transient, Err: fmt.Errorf("nothing was heard for %d minutes: %w", int(time.Since(d.heard).Minutes()), err),
			Hint: "An order that it holds or cancels meanwhile may leave here.",
		}
	default:
		said = unnumbered(err)
	}
	if said == d.said {
		return
	}
	switch d.said = said; {
	case errors.Is(err, ErrDamaged):
		d.o.Log.ErrorContext(ctx, "The hub's rules and templates are damaged on this disk.", "err", err)
	case err != nil:
		d.o.Log.ErrorContext(ctx, "What the hub has for the station was not taken.", "err", err)
	}
	d.o.OnTrouble(err)
}

// tellDeaf tells, once, of a hub that does not know the question, as one of an older
// version. One that asks for no tokens has nothing for any station, and is not told of.
func (d *Downlink) tellDeaf(ctx context.Context, err error) {
	var says interface{ Refusal() wire.Refusal }
	if d.deaf || errors.As(err, &says) && says.Refusal() == wire.RefusedNoToken {
		return
	}
	d.deaf = true
	d.o.Log.WarnContext(ctx, "The hub does not know what it has for stations: nothing that it holds or cancels stops a parcel here, and it gives no rules. Update the hub, or check that hub.url is its address.", "err", err)
}

// unnumbered returns an error's text without the name of the file, which is another at
// each try where the file is a temporary one.
func unnumbered(err error) string {
	text := err.Error()
	var file *fs.PathError
	if errors.As(err, &file) && file.Path != "" {
		text = strings.ReplaceAll(text, file.Path, "")
	}
	return text
}
