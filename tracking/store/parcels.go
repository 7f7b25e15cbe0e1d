package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"waybill/internal/fault"
	"waybill/shipment"
	"waybill/sync/wire"
	"waybill/tracking"
)

// Parcel returns the parcel whose label bears a number, with who may hand it over
// and why it must not be. Its code is wire.CodeUnknown where the hub has heard of
// none.
func (s *Store) Parcel(ctx context.Context, number shipment.TrackingNumber) (wire.Parcel, error) {
	p, err := s.parcel(ctx, s.read, number)
	if err != nil {
		return p, fmt.Errorf("parcel %s: %w", number, err)
	}
	return p, s.holder(ctx, &p)
}

// parcel returns the same but for when its holder was heard of.
func (s *Store) parcel(ctx context.Context, q querier, number shipment.TrackingNumber) (wire.Parcel, error) {
	p := wire.Parcel{HandoffParcel: wire.HandoffParcel{
		TrackingNumber: number, Code: wire.CodeUnknown, Stop: "The hub has heard of no parcel with this number.",
	}}
	found, err := s.numbered(ctx, q, number)
	if err != nil {
		return p, err
	}
	switch len(found) {
	case 0:
	case 1:
		p = found[0]
		p.Holder = p.Station
	default:
		p.Code, p.Stop = wire.CodeAmbiguous, fmt.Sprintf("Labels of order %s of station %s and order %s of station %s bear this number.",
			found[0].Order, found[0].Station, found[1].Order, found[1].Station)
		p.Left = leftByAny(found)
	}
	// Whatever is wrong with the number now: who took a box with it over has it.
	if p.Takeovers, err = parcelTakeovers(ctx, q, number); err != nil {
		return p, err
	}
	if n := len(p.Takeovers); n > 0 {
		p.Holder = p.Takeovers[n-1].Station
	}
	if p.Code == "" {
		p.Code, p.Stop, err = instructed(ctx, q, p.Order)
	}
	return p, err
}

// leftByAny returns who has handed over a parcel of one number, each once: a hand-over
// says the number, and of two orders of one ID not whose it was.
func leftByAny(found []wire.Parcel) []wire.ParcelLeft {
	var all []wire.ParcelLeft
	for _, p := range found {
		for _, l := range p.Left {
			known := slices.ContainsFunc(all, func(x wire.ParcelLeft) bool {
				return x.Station == l.Station && x.Handoff == l.Handoff && x.At.Equal(l.At)
			})
			if !known {
				all = append(all, l)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b wire.ParcelLeft) int { return a.At.Compare(b.At) })
	return all
}

// numbered returns the parcels whose labels bear a number; of several those whose
// labels were not voided.
func (s *Store) numbered(ctx context.Context, q querier, number shipment.TrackingNumber) ([]wire.Parcel, error) {
	stories, err := storiesOf(ctx, q, number)
	if err != nil {
		return nil, err
	}
	var all, good []wire.Parcel
	for _, story := range stories {
		for _, n := range story.Numbers() {
			if normal(string(n)) != normal(string(number)) {
				continue
			}
			details, err := detailsOf(ctx, q, story, func(f tracking.Fact) bool { return f.NeedsDetailOf(n) })
			if err != nil {
				return nil, err
			}
			for _, p := range story.Numbered(n, details) {
				all = append(all, p)
				if p.Code != "voided" {
					good = append(good, p)
				}
			}
		}
	}
	if len(good) == 0 && len(all) > 0 {
		good = all[:1]
	}
	return good, nil
}

func storiesOf(ctx context.Context, q querier, number shipment.TrackingNumber) ([]tracking.Shipment, error) {
	rows, err := q.QueryContext(ctx, `SELECT s.story FROM numbers n JOIN shipments s ON s.order_id = n.order_id WHERE n.number = ? ORDER BY s.order_id LIMIT 10`,
		normal(string(number)))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var stories []tracking.Shipment
	for rows.Next() {
		var raw []byte
		if err := rows.Scan(&raw); err != nil {
			return nil, err
		}
		story, err := readStory(raw)
		if err != nil {
			continue // the next event of it has it told anew
		}
		stories = append(stories, story)
	}
	return stories, rows.Err()
}

// instructed returns the word of the hub that stops an order, or nothing. What was
// cancelled stays so.
func instructed(ctx context.Context, q querier, order shipment.OrderID) (code, stop string, err error) {
	actions, err := texts(ctx, q, `SELECT action FROM instructions WHERE order_id = ? ORDER BY sequence DESC LIMIT 1`, string(order.Canonical()))
	if err != nil || len(actions) == 0 {
		return "", "", err
	}
	switch wire.Action(actions[0]) {
	case wire.ActionHold:
		return "held", "Its order is held on the word of the hub.", nil
	case wire.ActionCancel:
		return "cancelled", "Its order was cancelled on the word of the hub.", nil
	default:
		return "", "", nil
	}
}

func parcelTakeovers(ctx context.Context, q querier, number shipment.TrackingNumber) ([]wire.Takeover, error) {
	return takeoversOf(ctx, q, `SELECT station, previous, by_whom, at FROM parcel_takeovers WHERE number = ? ORDER BY n`, normal(string(number)))
}

// holder fills in when the hub last heard of who has a parcel.
func (s *Store) holder(ctx context.Context, p *wire.Parcel) error {
	if p.Holder == "" {
		return nil
	}
	var heard int64
	err := s.read.QueryRowContext(ctx, `SELECT last_seen FROM stations WHERE id = ?`, string(p.Holder)).Scan(&heard)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("parcel %s: %w", p.TrackingNumber, err)
	}
	p.Heard = momentOf(heard)
	return nil
}

// MovedParcels returns the parcels that another station took from one, or it from
// another, of late, for a station that does not say what it has heard of.
func (s *Store) MovedParcels(ctx context.Context, station shipment.StationID) ([]wire.Parcel, error) {
	numbers, err := texts(ctx, s.read, `SELECT number FROM (SELECT number, at FROM parcel_takeovers WHERE previous = ?1 AND at > ?2
		UNION SELECT number, at FROM parcel_takeovers WHERE station = ?1 AND at > ?2) AS moved GROUP BY number ORDER BY max(at) DESC, number LIMIT ?3`,
		string(station), millis(s.now().Add(-keptInSight)), maxMovedParcels)
	if err != nil {
		return nil, fmt.Errorf("parcels that changed hands: %w", err)
	}
	var out []wire.Parcel
	for _, n := range numbers {
		p, err := s.Parcel(ctx, shipment.TrackingNumber(n))
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

// maxMovedParcels is how many parcels that changed hands are told at once, the
// latest first: what a PC that died had on its tables.
const maxMovedParcels = 500

// TakeOverParcel gives a parcel to the station that asks, if it may be handed over
// and the station that was named has it: the first that asks gets it. Whoever has it
// gets the same answer again. Where it is not given, the code says why, and where it
// is. The error is of kind fault.Conflict where the key stands for another parcel.
func (s *Store) TakeOverParcel(ctx context.Context, number shipment.TrackingNumber, req wire.TakeoverRequest) (wire.Parcel, error) {
	op := "take-over of parcel " + string(number)
	if req.Key == "" || req.Station == "" || req.From == "" || number == "" {
		return wire.Parcel{}, &fault.Error{Op: op, Kind: fault.Invalid, Err: errors.New("key, station, from and the number are required")}
	}
	var p wire.Parcel
	err := s.submit(ctx, func(ctx context.Context, b *batch) error {
		before, err := texts(ctx, b.tx, `SELECT number FROM parcel_takeovers WHERE station = ? AND key = ?`, string(req.Station), req.Key)
		if err == nil {
			p, err = s.parcel(ctx, b.tx, number)
		}
		switch {
		case err != nil:
			return errGiveUp{fmt.Errorf("%s: %w", op, err)}
		case len(before) > 0 && before[0] != normal(string(p.TrackingNumber)):
			return &fault.Error{Op: op, Kind: fault.Conflict, Err: fmt.Errorf("the key %q stands for another parcel", req.Key), Hint: "Make a new key for every take-over."}
		case p.Code != "" || p.Holder == req.Station: // it must not go, or was given before and the answer was lost
			return nil
		case p.Holder != req.From:
			p.Code, p.Stop = wire.CodeParcelTakenOver, fmt.Sprintf("Station %s has it.", p.Holder)
			return nil
		}
		at := fromMillis(millis(s.now()))
		_, err = b.exec(ctx, `INSERT INTO parcel_takeovers (number, n, station, previous, by_whom, key, at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
			normal(string(p.TrackingNumber)), len(p.Takeovers)+1, string(req.Station), string(req.From), req.By, req.Key, millis(at))
		if err != nil {
			return err
		}
		p.Takeovers = append(p.Takeovers, wire.Takeover{Station: req.Station, From: req.From, By: req.By, At: at})
		p.Holder = req.Station
		return changedHands(ctx, b, parcelNews, normal(string(p.TrackingNumber)), req.From, req.Station)
	})
	if err != nil {
		return wire.Parcel{}, err
	}
	return p, s.holder(ctx, &p)
}

// stopGiven says of the parcels that a pick-up expects which of them the hub has given
// to another station than the one that has the pick-up.
func (s *Store) stopGiven(ctx context.Context, to shipment.StationID, expected []wire.HandoffParcel) error {
	var numbers []string
	for _, p := range expected {
		if p.Code == "" {
			numbers = append(numbers, normal(string(p.TrackingNumber)))
		}
	}
	given, err := s.given(ctx, numbers)
	if err != nil {
		return fmt.Errorf("parcels that were given: %w", err)
	}
	for i, p := range expected {
		g := given[normal(string(p.TrackingNumber))]
		if p.Code == "" && slices.Contains(g.had, p.Station) && g.has != to && g.has != p.Station {
			expected[i].Code, expected[i].Stop = wire.CodeParcelTakenOver, fmt.Sprintf("Station %s has taken it over.", g.has)
		}
	}
	return nil
}

// A givenParcel is who has a parcel that the hub has given to another station, and who
// had it.
type givenParcel struct {
	has shipment.StationID
	had []shipment.StationID
}

// given returns those of the parcels with the given numbers that the hub has given to
// another station, by their numbers.
func (s *Store) given(ctx context.Context, numbers []string) (map[string]givenParcel, error) {
	given := map[string]givenParcel{}
	const question = `SELECT number, previous, station FROM parcel_takeovers WHERE number `
	if s.pg != nil && len(numbers) > 0 {
		return given, s.addGiven(ctx, given, question+`= ANY (?::text[]) ORDER BY number, n`, numbers)
	}
	for len(numbers) > 0 {
		some := numbers[:portion(len(numbers))]
		numbers = numbers[len(some):]
		args := make([]any, len(some))
		for i, n := range some {
			args[i] = n
		}
		if err := s.addGiven(ctx, given, question+`IN (?`+strings.Repeat(`, ?`, len(some)-1)+`) ORDER BY number, n`, args...); err != nil {
			return nil, err
		}
	}
	return given, nil
}

func (s *Store) addGiven(ctx context.Context, given map[string]givenParcel, query string, args ...any) error {
	rows, err := s.read.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var number string
		var previous, station shipment.StationID
		if err := rows.Scan(&number, &previous, &station); err != nil {
			return err
		}
		g := given[number]
		given[number] = givenParcel{has: station, had: append(g.had, previous)} // the last one counts
	}
	return rows.Err()
}
