package desk

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"waybill/agent"
	"waybill/shipment"
	"waybill/sync/journal"
	"waybill/sync/wire"
)

// A word is what an event of a pick-up says of a parcel that another station has
// handed over, or taken back. Its order's own events do not say it.
type word struct {
	at      wire.Position // of the event
	parcel  shipment.ParcelID
	number  shipment.TrackingNumber // empty: the event does not say it
	handoff string
	left    time.Time // zero: it was taken back
	by      string
	learned time.Time
}

func (w word) tell(r *agent.Retelling) {
	r.Elsewhere(w.parcel, w.number, agent.Elsewhere{Handoff: w.handoff, By: w.by, At: w.left, Learned: w.learned})
}

// words are what is said of the parcels of each order, in the journal's order.
type words map[shipment.OrderID][]word

// wordsElsewhere finds what other stations did to parcels.
func wordsElsewhere(tx *journal.ReadTx, own shipment.StationID) (words, error) {
	h := hearing{own: own, words: words{}, on: map[string]map[travelling]bool{}}
	err := tx.Events(journal.EventQuery{Types: []shipment.EventType{
		shipment.HandoffTakenOverType, shipment.HandoffMergedType, shipment.ParcelHandedOverType, shipment.ParcelTakenBackType,
	}}, func(rec wire.Record) error {
		e, err := eventOf(rec)
		if err == nil {
			err = h.hear(rec.Position, e)
		}
		return err
	})
	return h.words, err
}

// A hearing is wordsElsewhere while it goes over the events.
type hearing struct {
	own   shipment.StationID
	words words
	on    map[string]map[travelling]bool // by pick-up, as far as the events have come
}

// A travelling is a parcel as an event names it: its ID alone does not tell it from
// one of another station's order of the same ID.
type travelling struct {
	parcel shipment.ParcelID
	number shipment.TrackingNumber // empty: the event does not say it
}

// may reports whether both may name one parcel.
func (t travelling) may(o travelling) bool {
	return t.parcel == o.parcel && (t.number == "" || o.number == "" || t.number == o.number)
}

func (h *hearing) hear(at wire.Position, e shipment.Event) error {
	var err error
	read := func(into any) bool {
		err = json.Unmarshal(e.Data, into)
		return err == nil
	}
	switch e.Type {
	case shipment.ParcelHandedOverType:
		if f := (shipment.ParcelHandedOver{}); read(&f) {
			h.put(f.Handoff, travelling{f.Parcel, f.TrackingNumber})
		}
	case shipment.ParcelTakenBackType:
		if f := (shipment.ParcelTakenBack{}); read(&f) {
			h.drop(f.Handoff, travelling{f.Parcel, f.TrackingNumber})
			h.drop(f.From, travelling{f.Parcel, f.TrackingNumber})
		}
	case shipment.HandoffTakenOverType:
		if f := (shipment.HandoffTakenOver{}); read(&f) {
			h.takenOver(at, e.Time, f)
		}
	case shipment.HandoffMergedType:
		if f := (shipment.HandoffMerged{}); read(&f) {
			h.merged(at, e.Time, f)
		}
	default:
	}
	if err != nil {
		return fmt.Errorf("event %s, %s: %w", e.ID, e.Type, err)
	}
	return nil
}

func (h *hearing) put(handoff string, p travelling) {
	if h.on[handoff] == nil {
		h.on[handoff] = map[travelling]bool{}
	}
	h.on[handoff][p] = true
}

func (h *hearing) drop(handoff string, p travelling) {
	maps.DeleteFunc(h.on[handoff], func(o travelling, _ bool) bool { return o.may(p) })
}

func (t travelling) compare(o travelling) int {
	return cmp.Or(cmp.Compare(t.parcel, o.parcel), cmp.Compare(t.number, o.number))
}

// listed returns the parcels that were on a pick-up when it was taken over. Of two
// with one ID events of before had only the other station's number.
func listed(f shipment.HandoffTakenOver) []travelling {
	numbers := maps.Clone(f.TrackingNumbers)
	list := make([]travelling, 0, len(f.Parcels))
	for i, p := range f.Parcels {
		n := numbers[p]
		delete(numbers, p)
		if len(f.Numbers) == len(f.Parcels) {
			n = f.Numbers[i]
		}
		list = append(list, travelling{p, n})
	}
	return list
}

// takenOver hears what was on a pick-up when this station went on with it: that,
// and nothing else of what was known here.
func (h *hearing) takenOver(at wire.Position, when time.Time, f shipment.HandoffTakenOver) {
	was, now := maps.Clone(h.on[f.Handoff]), listed(f)
	for _, p := range slices.SortedFunc(maps.Keys(was), travelling.compare) {
		if !slices.ContainsFunc(now, p.may) {
			h.say(word{at: at, parcel: p.parcel, number: p.number, handoff: f.Handoff, learned: when})
		}
	}
	for _, p := range now {
		known := false
		for o := range was {
			known = known || o.may(p)
		}
		if !known { // else it was told when it came to be on it
			h.say(word{at: at, parcel: p.parcel, number: p.number, handoff: f.Handoff, left: when, learned: when})
		}
	}
}

// merged hears what another station has scanned and taken back: first what it took
// back, since it may have scanned the same parcel again.
func (h *hearing) merged(at wire.Position, when time.Time, f shipment.HandoffMerged) {
	base := word{at: at, handoff: f.Handoff, learned: when}
	untold := func(list []shipment.ParcelID, of func(shipment.HandoffScan) bool) []shipment.ParcelID {
		list = slices.Clone(list)
		for _, s := range f.Scans {
			if i := slices.Index(list, s.Parcel); i >= 0 && of(s) {
				list = slices.Delete(list, i, i+1)
			}
		}
		return list
	}
	back := func(s shipment.HandoffScan) bool { return s.Back != nil || s.BackElsewhere != nil }
	counts := func(s shipment.HandoffScan) bool { return !back(s) && s.Conflict != "twice" }
	for _, p := range untold(f.Back, back) {
		w := base
		w.parcel = p
		h.say(w)
	}
	for _, s := range f.Scans {
		if back(s) && slices.Contains(f.Back, s.Parcel) {
			w := base
			w.parcel, w.number = s.Parcel, s.TrackingNumber
			h.say(w)
		}
	}
	for _, s := range f.Scans {
		if counts(s) {
			w := base
			w.parcel, w.number, w.left, w.by = s.Parcel, s.TrackingNumber, s.At, heardEntry(s).By()
			if !h.completes(w) {
				h.say(w)
			}
		}
	}
	for _, p := range untold(slices.Concat(f.Added, f.Late), counts) {
		w := base
		w.parcel, w.left = p, when
		h.say(w)
	}
}

// completes has an earlier word that a parcel left say when and by whom it was
// scanned, where that is what w tells.
func (h *hearing) completes(w word) bool {
	list := h.words[w.parcel.Order()]
	same := func(o word) bool {
		return o.parcel == w.parcel && o.handoff == w.handoff && !o.left.IsZero() && o.by == "" && (o.number == "" || o.number == w.number)
	}
	i := len(list) - 1
	for i >= 0 && list[i].parcel != w.parcel {
		i--
	}
	if i < 0 || !same(list[i]) {
		return false
	}
	list[i].number, list[i].left, list[i].by = w.number, w.left, w.by
	return true
}

func (h *hearing) say(w word) {
	id := w.parcel.Order()
	h.words[id] = append(h.words[id], w)
	if w.left.IsZero() {
		h.drop(w.handoff, travelling{w.parcel, w.number})
		return
	}
	h.put(w.handoff, travelling{w.parcel, w.number})
}
