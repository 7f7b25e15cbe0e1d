package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"waybill/internal/strictyaml"
	"waybill/shipment"
	"waybill/sync/journal"
	"waybill/sync/wire"
)

// eventFilter says which events a command is about. Several conditions all hold.
type eventFilter struct {
	Type     []string `help:"Only these types, such as label.printed." placeholder:"TYPE"`
	Subject  string   `help:"Only the events of this order." aliases:"order" placeholder:"ORDER"`
	Parcel   string   `help:"Only the events of this parcel, by its ID or its tracking number." placeholder:"PARCEL"`
	Device   string   `help:"Only the events of this printer, scanner or scale." placeholder:"NAME"`
	Operator string   `help:"Only the events of this person." placeholder:"NAME"`
	Since    string   `help:"Only events from then on: 2026-11-20, 2026-11-20T14:30, either in local time, an RFC 3339 time, or 2h for two hours ago." placeholder:"TIME"`
	Until    string   `help:"Only events before then." placeholder:"TIME"`
}

// query returns the filter; now is what times ago are counted from.
func (f eventFilter) query(now time.Time) (journal.EventQuery, error) {
	q := journal.EventQuery{Subject: shipment.OrderID(f.Subject)}
	for _, t := range f.Type {
		// As CloudEvents have it, it is the same type.
		q.Types = append(q.Types, shipment.EventType(strings.TrimSuffix(strings.TrimPrefix(t, "waybill."), ".v1")))
	}
	var err error
	if q.Since, err = moment("--since", f.Since, now); err != nil {
		return q, err
	}
	if q.Until, err = moment("--until", f.Until, now); err != nil {
		return q, err
	}
	if !q.Until.IsZero() && !q.Until.After(q.Since) {
		return q, fmt.Errorf("--until %q: nothing is before that and not before --since %q (the later time goes to --until)", f.Until, f.Since)
	}
	return q, nil
}

// known refuses a type that is neither one of ours nor in the journal: a slip of the
// pen would else list nothing, as if nothing had happened.
func (f eventFilter) known(tx *journal.ReadTx, q journal.EventQuery) error {
	for i, t := range q.Types {
		found := slices.Contains(shipment.EventTypes(), t)
		if !found { // another version of the program may have recorded it
			err := tx.Events(journal.EventQuery{Types: []shipment.EventType{t}, Limit: 1}, func(wire.Record) error {
				found = true
				return nil
			})
			if err != nil {
				return err
			}
		}
		if !found {
			return usage(fmt.Errorf("--type %q: there is no such type of event%s", f.Type[i], nearType(t)))
		}
	}
	return nil
}

// nearType says which type was probably meant.
func nearType(t shipment.EventType) string {
	var names []string
	for _, known := range shipment.EventTypes() {
		names = append(names, string(known))
	}
	if near := strictyaml.Nearest(string(t), names); near != "" {
		return fmt.Sprintf("; did you mean %s?", near)
	}
	return " (have " + strings.Join(names, ", ") + ")"
}

// asks says whether the database's part of the filter takes a record that was come
// by otherwise.
func asks(q journal.EventQuery, rec wire.Record) bool {
	return (q.Subject == "" || rec.Subject == q.Subject) && (len(q.Types) == 0 || slices.Contains(q.Types, rec.Type)) &&
		!rec.Time.Before(q.Since) && (q.Until.IsZero() || rec.Time.Before(q.Until))
}

// moment reads a time as people write it.
func moment(flag, s string, now time.Time) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	if ago, err := time.ParseDuration(s); err == nil {
		return now.Add(-ago), nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", time.DateOnly} {
		if at, err := time.ParseInLocation(layout, s, now.Location()); err == nil {
			return at, nil
		}
	}
	return time.Time{}, fmt.Errorf("%s %q: want a time, as 2026-11-20, 2026-11-20T14:30 or 2h", flag, s)
}

// named is what the data of an event says of who and what took part. Every
// event's data is read as this, whatever its type; what it does not say is empty.
type named struct {
	Parcel         string          `json:"parcel"`
	Parcels        json.RawMessage `json:"parcels"`
	Missing        json.RawMessage `json:"missing"`
	Added          json.RawMessage `json:"added"`
	Back           json.RawMessage `json:"back"`
	Twice          json.RawMessage `json:"twice"`
	Late           json.RawMessage `json:"late"`
	TrackingNumber string          `json:"tracking_number"`
	Numbers        json.RawMessage `json:"tracking_numbers"`
	Raw            string          `json:"raw"`
	Printer        string          `json:"printer"`
	Scanner        string          `json:"scanner"`
	Scale          string          `json:"scale"`
	Device         string          `json:"device"`
	Name           string          `json:"name"`
	Operator       string          `json:"operator"`
	By             string          `json:"by"`
	ApprovedBy     string          `json:"approved_by"`
	Driver         string          `json:"driver"`
}

// looksInside says whether the events' data must be read to tell.
func (f eventFilter) looksInside() bool { return f.Parcel != "" || f.Device != "" || f.Operator != "" }

// leastNumber is how long what is asked for must be to be looked for in what was
// scanned, where it may stand among other things.
const leastNumber = 8

// parcels returns the parcel that is meant, by its ID, and those that have had the
// tracking number. People type both in letters of any size.
func (f eventFilter) parcels(tx *journal.ReadTx) ([]string, error) {
	if f.Parcel == "" {
		return nil, nil
	}
	ids := []string{f.Parcel}
	types := []shipment.EventType{
		shipment.TrackingAssignedType, shipment.ParcelHandedOverType, shipment.ParcelTakenOverType,
		shipment.HandoffTakenOverType, shipment.HandoffMergedType, shipment.HandoffClosedType, // with the numbers of other stations' parcels
	}
	err := tx.Events(journal.EventQuery{Types: types}, func(rec wire.Record) error {
		var n named
		if unpack(rec, &n) != nil {
			return nil // whoever lists it hears of it
		}
		if strings.EqualFold(n.TrackingNumber, f.Parcel) || strings.EqualFold(n.Parcel, f.Parcel) {
			ids = append(ids, n.Parcel)
		}
		for id, number := range n.numbers() {
			if strings.EqualFold(number, f.Parcel) || strings.EqualFold(id, f.Parcel) {
				ids = append(ids, id)
			}
		}
		return nil
	})
	slices.Sort(ids)
	return slices.Compact(ids), err
}

// is says whether the event is about one of parcels, or a scan of the number that
// was asked for.
func (f eventFilter) is(n named, parcels []string) bool {
	if slices.Contains(parcels, n.Parcel) || strings.EqualFold(n.TrackingNumber, f.Parcel) || slices.ContainsFunc(parcels, n.holds) {
		return true
	}
	return len(f.Parcel) >= leastNumber && strings.Contains(strings.ToUpper(n.Raw), strings.ToUpper(f.Parcel))
}

// takes says whether the event passes what the database cannot ask for; parcels are
// those that are meant.
func (f eventFilter) takes(env wire.Envelope, parcels []string) bool {
	if !f.looksInside() {
		return true
	}
	var n named
	if json.Unmarshal(env.Data, &n) != nil {
		return false
	}
	if f.Parcel != "" && !f.is(n, parcels) {
		return false
	}
	if f.Device != "" && !slices.Contains([]string{n.Printer, n.Scanner, n.Scale, n.Device, n.Name}, f.Device) {
		return false
	}
	return f.Operator == "" || slices.Contains([]string{n.Operator, n.By, n.ApprovedBy, n.Driver}, f.Operator)
}

// holds says whether parcel is on a list of a pick-up. Other events have other
// things under these names, which are no list of parcels.
func (n named) holds(parcel string) bool {
	return slices.ContainsFunc([]json.RawMessage{n.Parcels, n.Missing, n.Added, n.Back, n.Twice, n.Late}, func(list json.RawMessage) bool {
		var ids []string
		return len(list) > 0 && json.Unmarshal(list, &ids) == nil && slices.Contains(ids, parcel)
	})
}

// numbers returns the tracking numbers that a pick-up's event says, by parcel.
func (n named) numbers() map[string]string {
	var numbers map[string]string
	if len(n.Numbers) == 0 || json.Unmarshal(n.Numbers, &numbers) != nil {
		return nil
	}
	return numbers
}

// walk calls each for the events that the filter takes, in the order of q, up to
// q.Limit of them. Bytes that are no event do not stop it: they are given as an
// error of their own, because the rest must be readable.
func (f eventFilter) walk(tx *journal.ReadTx, q journal.EventQuery, each func(wire.Record, wire.Envelope, error) error) error {
	left := q.Limit
	q.Limit = 0
	parcels, err := f.parcels(tx)
	if err != nil {
		return err
	}
	err = tx.Events(q, func(rec wire.Record) error {
		env, damage := envelope(rec)
		if damage == nil && !f.takes(env, parcels) {
			return nil
		}
		if err := each(rec, env, damage); err != nil {
			return err
		}
		if left--; left == 0 {
			return errEnough
		}
		return nil
	})
	if err == errEnough { //nolint:errorlint // it is the very value
		return nil
	}
	return err
}

// envelope reads a recorded event.
func envelope(rec wire.Record) (wire.Envelope, error) {
	var env wire.Envelope
	if err := json.Unmarshal(rec.Raw, &env); err != nil {
		return env, fmt.Errorf("event %d of epoch %d: %w (waybill journal verify says what else is damaged)", rec.Sequence, rec.Epoch, err)
	}
	return env, nil
}

// unpack reads the data of a recorded event into data.
func unpack(rec wire.Record, data any) error {
	env, err := envelope(rec)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(env.Data, data); err != nil {
		return fmt.Errorf("data of event %d of epoch %d, %s: %w", rec.Sequence, rec.Epoch, rec.Type, err)
	}
	return nil
}
