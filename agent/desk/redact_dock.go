package desk

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"waybill/agent/handoff"
	"waybill/sync/journal"
)

// guestSeen returns when a parcel of another station was last heard of.
func guestSeen(w handoff.Waiting) time.Time {
	if w.Seen.After(w.Printed) {
		return w.Seen
	}
	return w.Printed
}

// dock notes parcels of other stations that wait for nothing any more, and the names on
// what pick-ups left behind. Drivers, signatures and what the manifest says of each
// parcel are the receipt, and stay.
func (r *redaction) dock(tx *journal.ReadTx, before time.Time, limit int) error {
	err := tx.List(kindWaiting, journal.Query{States: []string{goneGuest}}, func(id string, raw []byte) error {
		var w handoff.Waiting
		if err := json.Unmarshal(raw, &w); err != nil || !guestSeen(w).Before(before) {
			return nil
		}
		if err := r.add(limit); err != nil {
			return err
		}
		r.guests = append(r.guests, id)
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return err
	}
	return tx.List(kindLeft, journal.Query{}, func(id string, raw []byte) error {
		var list []handoff.Waiting
		if !bytes.Contains(raw, []byte(`"to":"`)) || json.Unmarshal(raw, &list) != nil {
			return nil // what cannot be read is told where it is used
		}
		var s handoff.Session
		if found, err := tx.Get(kindHandoff, id, &s); err != nil && !errors.Is(err, journal.ErrGarbled) {
			return err
		} else if found && err == nil && !s.Closed.Before(before) {
			return errEnough // those after it were closed later
		}
		if err := r.add(limit); err != nil {
			return err
		}
		r.left = append(r.left, id)
		return nil
	})
}

// redactGuests takes for whom they are out of guests, but for those that came back
// meanwhile.
func redactGuests(tx *journal.Tx, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	var all []handoff.Waiting
	err := tx.List(kindWaiting, journal.Query{States: []string{goneGuest}}, func(id string, raw []byte) error {
		var w handoff.Waiting
		if err := json.Unmarshal(raw, &w); err == nil && slices.Contains(ids, id) {
			all = append(all, w.Redact())
		}
		return nil
	})
	for _, w := range all {
		if err := putGuestAs(tx, w, gone); err != nil {
			return err
		}
	}
	return err
}

func redactLeft(tx *journal.Tx, id string) error {
	var list []handoff.Waiting
	if found, err := tx.Get(kindLeft, id, &list); err != nil || !found {
		if errors.Is(err, journal.ErrGarbled) {
			return nil // it is told where it is used
		}
		return err
	}
	for i := range list {
		list[i].To = ""
	}
	return tx.Put(kindLeft, id, list, journal.Index{})
}

// findGuests is for parcels of other stations that went before those were found by
// their state.
func (d *Desk) findGuests(_ context.Context, tx *journal.Tx) error {
	var all []handoff.Waiting
	err := tx.List(kindWaiting, journal.Query{States: []string{gone}}, func(id string, raw []byte) error {
		var w handoff.Waiting
		if !strings.HasPrefix(id, guestPrefix) || json.Unmarshal(raw, &w) != nil || id != guestID(w.Station, w.Parcel, w.TrackingNumber) {
			return nil
		}
		all = append(all, w)
		return nil
	})
	for _, w := range all {
		if err := putGuestAs(tx, w, goneGuest); err != nil {
			return err
		}
	}
	return err
}
