package desk

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"waybill/agent/handoff"
	"waybill/scanner"
	"waybill/shipment"
	"waybill/shipment/scan"
	"waybill/sync/journal"
)

const (
	kindHands journal.Kind = "dock_hands" // who holds the scanners of the dock, in one document
	kindHand  journal.Kind = "dock_hand"  // as it was kept before: one under each scanner's name

	allHands        = "all"        // the ID of the one document
	unreadableHands = "unreadable" // and of the last one that could not be read
)

// A scan names its scanner, and programs may name them as they like, so that there is
// no end of names.
const (
	maxHands  = 100                // more than any dock has scanners
	restsFrom = 7 * 24 * time.Hour // a scanner that nobody has set up here, and that was silent for so long, is forgotten
)

// A hand is who holds a scanner of the dock, by their badge.
type hand struct {
	Operator string    `json:"operator"`
	Since    time.Time `json:"since"`
	Seen     time.Time `json:"seen,omitzero"` // a scan of theirs, the last or one of shortly before
}

func (h hand) seen() time.Time {
	if h.Seen.IsZero() {
		return h.Since
	}
	return h.Seen
}

// seenEvery is how far off the time may be that is kept of an operator's last scan:
// so few scans cost a document more.
const seenEvery = 10 * time.Minute

// A moment is when a scan came, and at the dock who held the scanner.
type moment struct {
	At       time.Time
	Operator string // the ID of a badge; empty: nobody has said
	lapsed   hand   // whose badge counts no more; zero: nobody's
}

// atDock returns who holds a scanner of the dock now. A station without badges
// pays nothing for it.
func (d *Desk) atDock(tx *journal.Tx, name string, at time.Time) (moment, error) {
	m := moment{At: at}
	if len(d.o.Rules.Packing.Operators) == 0 {
		return m, nil
	}
	all, err := d.handsToChange(tx)
	h, held := all[name]
	if err != nil || !held {
		return m, err
	}
	if d.o.Rules.Packing.Lapsed(h.seen(), at) {
		m.lapsed = h
		return m, nil
	}
	m.Operator = h.Operator
	if at.Sub(h.seen()).Abs() < seenEvery { // further ahead where the clock was, and it would never lapse
		return m, nil
	}
	h.Seen = at
	all[name] = h
	return m, d.putHands(tx, all, at)
}

// hands are who holds the scanners of the dock, by the scanners' names.
type hands map[string]hand

func getHands(tx *journal.ReadTx) (hands, error) {
	all := hands{}
	_, err := tx.Get(kindHands, allHands, &all)
	return all, err
}

// handsToChange returns the same, and where it cannot be read nobody: that keeps no
// parcel from leaving. It is set aside, and the dock is told to scan badges.
func (d *Desk) handsToChange(tx *journal.Tx) (hands, error) {
	all, err := getHands(&tx.ReadTx)
	if !errors.Is(err, journal.ErrGarbled) {
		return all, err
	}
	return hands{}, d.setHandsAside(tx)
}

func (d *Desk) setHandsAside(tx *journal.Tx) error {
	bytes, _, err := tx.Raw(kindHands, allHands)
	if err != nil {
		return err
	}
	aside := struct {
		At  time.Time `json:"at"`
		Raw []byte    `json:"raw"`
	}{d.o.Now(), bytes}
	if err := tx.Put(kindHands, unreadableHands, aside, journal.Index{}); err != nil {
		return err
	}
	if err := tx.Put(kindHands, allHands, hands{}, journal.Index{}); err != nil {
		return err
	}
	return d.raise(tx, Alarm{ID: "hands", Message: "Who holds the scanners of the dock could not be read in the journal, so nobody holds them now. Scan your badge again with each; parcels are handed over all the same."})
}

// gatherHands takes over what was kept before under each scanner's name. Who cannot
// be read there is asked for a badge again.
func (d *Desk) gatherHands(ctx context.Context, tx *journal.Tx) error {
	switch _, err := getHands(&tx.ReadTx); {
	case errors.Is(err, journal.ErrGarbled):
		d.o.Log.WarnContext(ctx, "Who holds the scanners of the dock cannot be read in the journal. It is set aside; badges say it again.", "err", err)
		return d.setHandsAside(tx)
	case err != nil:
		return err
	}
	if known, err := tx.Has(kindHands, allHands); err != nil || known {
		return err
	}
	all := hands{}
	unreadable := 0
	err := tx.List(kindHand, journal.Query{}, func(name string, raw []byte) error {
		var h hand
		if err := json.Unmarshal(raw, &h); err != nil {
			unreadable++
			d.o.Log.WarnContext(ctx, "Who holds a scanner of the dock cannot be read in the journal. A badge says it again.", "scanner", name, "err", err)
			return nil
		}
		if h.Operator != "" {
			all[name] = h
		}
		return nil
	})
	if err != nil || len(all)+unreadable == 0 {
		return err
	}
	if err := forgetHands(tx); err != nil {
		return err
	}
	return d.putHands(tx, all, d.o.Now())
}

// putHands keeps who holds the scanners, without those that rest.
func (d *Desk) putHands(tx *journal.Tx, all hands, at time.Time) error {
	maps.DeleteFunc(all, func(name string, h hand) bool { return d.rests(name, h, at) })
	if over := len(all) - maxHands; over > 0 {
		names := slices.SortedFunc(maps.Keys(all), func(a, b string) int {
			if ours := d.hasScanner(a); ours != d.hasScanner(b) {
				return map[bool]int{false: -1, true: 1}[ours]
			}
			return cmp.Or(all[a].seen().Compare(all[b].seen()), cmp.Compare(a, b))
		})
		for _, name := range names[:over] {
			delete(all, name)
		}
	}
	return tx.Put(kindHands, allHands, all, journal.Index{})
}

// forgetHands empties what was kept before under each scanner's name.
func forgetHands(tx *journal.Tx) error {
	var names []string
	err := tx.List(kindHand, journal.Query{}, func(name string, _ []byte) error {
		names = append(names, name)
		return nil
	})
	if err != nil || len(names) == 0 {
		return err
	}
	return tx.Forgetting(func() error {
		for _, name := range names {
			if err := tx.Put(kindHand, name, nil, journal.Index{}); err != nil {
				return err
			}
		}
		return nil
	})
}

// rests reports whether nobody need know any more who held a scanner.
func (d *Desk) rests(name string, h hand, now time.Time) bool {
	return !d.hasScanner(name) && d.o.Rules.Packing.Lapsed(h.seen(), now) && now.Sub(h.seen()) > restsFrom
}

// hasScanner reports whether the station has a scanner of that name, and not only
// scans of programs that say it.
func (d *Desk) hasScanner(name string) bool {
	_, ours := d.o.Docks[name]
	return ours || d.devices.knows("scanner", name)
}

// decideAtDock decides about a scan at no bench, and says who held the scanner.
// Where that is not known any more, the parcel leaves all the same: it is in the
// van, whoever has put it there.
func (d *Desk) decideAtDock(tx *journal.Tx, in scanner.Scan, parsed scan.Scan, place handoff.Place, at time.Time) (verdict, string, error) {
	now := moment{At: at}
	if in.Role == scanner.Dock {
		var err error
		if now, err = d.atDock(tx, in.Scanner, at); err != nil {
			return verdict{}, "", err
		}
	}
	v, err := d.decide(tx, in, parsed, place, now)
	if now.lapsed.Operator != "" && v.answer.Code != "operator" {
		v.answer.Message += " " + d.whoAreYou(now.lapsed.Operator, now.lapsed.seen())
		if v.answer.Signal == scanner.Good {
			v.answer.Signal, v.unsigned = scanner.Warn, true
		}
	}
	return v, now.Operator, err
}

// whoAreYou asks for a badge where the one that was there counts no more.
func (d *Desk) whoAreYou(operator string, seen time.Time) string {
	return fmt.Sprintf("Who are you? %s was here last at %s. Scan your badge.", d.OperatorName(operator), d.clock(seen))
}

// A Hand is who holds a scanner of the dock.
type Hand struct {
	Scanner string
	Name    string // of the operator
	Since   time.Time
	Seen    time.Time // of late
	Lapsed  bool      // it is so long ago that nobody holds it now
}

// Hands returns who holds the scanners of the dock, by the scanners' names: of those
// that the station has, and of others that were there of late. There are none where
// there are no badges.
func (d *Desk) Hands(ctx context.Context) ([]Hand, error) {
	rules := d.o.Rules.Packing
	if len(rules.Operators) == 0 {
		return nil, nil
	}
	var list []Hand
	now := d.o.Now()
	err := d.o.Journal.View(ctx, func(tx *journal.ReadTx) error {
		all, err := getHands(tx)
		if errors.Is(err, journal.ErrGarbled) { // the next scan sets it aside
			return nil
		}
		for name, h := range all {
			if !d.rests(name, h, now) {
				list = append(list, Hand{Scanner: name, Name: d.OperatorName(h.Operator), Since: h.Since, Seen: h.seen(), Lapsed: rules.Lapsed(h.seen(), now)})
			}
		}
		return err
	})
	slices.SortFunc(list, func(a, b Hand) int { return cmp.Compare(a.Scanner, b.Scanner) })
	return list, err
}

// commandAtDock carries out a control barcode that was scanned at the dock.
func (d *Desk) commandAtDock(tx *journal.Tx, in scanner.Scan, parsed scan.Scan, place handoff.Place, at moment) (verdict, error) {
	switch parsed.Command {
	case shipment.BadgeCommand:
		who, ok := d.o.Rules.Packing.Operator(parsed.Argument)
		if !ok {
			return bad("unknown_badge", "No operator with the badge %s is set up at this station.", parsed.Argument), nil
		}
		all, err := d.handsToChange(tx)
		if err != nil {
			return verdict{}, err
		}
		all[in.Scanner] = hand{Operator: who.ID, Since: at.At}
		return good("operator", "%s hands over with this scanner. Scan a parcel.", who.Name), d.putHands(tx, all, at.At)
	case shipment.UndoCommand:
		return d.undoAtDock(tx, in, place, at)
	case shipment.NextCommand, shipment.ReprintCommand, shipment.CloseCommand, shipment.BoxCommand:
	}
	return bad("not_at_dock", "This control barcode is for the bench. At the dock there are UNDO and badges; a pick-up is closed on the page, where the driver signs."), nil
}

// undoAtDock takes back the latest parcel that the scanner has scanned onto an
// open pick-up.
func (d *Desk) undoAtDock(tx *journal.Tx, in scanner.Scan, place handoff.Place, at moment) (verdict, error) {
	open, err := openSessions(&tx.ReadTx)
	if err != nil {
		return verdict{}, err
	}
	if place.Handoff != "" {
		open = slices.DeleteFunc(open, func(s handoff.Session) bool { return s.ID != place.Handoff })
	}
	on, last, found, err := lastEntry(&tx.ReadTx, open, in.Scanner)
	if err != nil {
		return verdict{}, err
	}
	if !found {
		return bad("nothing_to_undo", "This scanner has scanned nothing onto a pick-up that is open."), nil
	}
	s, e, err := d.takeBack(tx, on, last, on.ID, Undoing{By: cmp.Or(at.Operator, in.Scanner), Reason: "UNDO scanned at the dock"})
	if err != nil {
		return verdict{}, err
	}
	v := good("undone", "%s: %s", d.carrierName(s.Carrier), takenBackWords(s, e))
	v.order, v.parcel = e.Order, e.Parcel
	return v, nil
}

// OperatorName returns what an operator is called, by their badge; a badge that
// is set up no more is its own name.
func (d *Desk) OperatorName(badge string) string {
	if who, ok := d.o.Rules.Packing.Operator(badge); ok {
		return who.Name
	}
	return badge
}
