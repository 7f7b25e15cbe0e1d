package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"waybill/internal/fault"
	"waybill/shipment"
	"waybill/sync/wire"
)

// A newsKind is of what news are.
type newsKind string

const (
	parcelNews  newsKind = "parcel"
	handoffNews newsKind = "handoff"
)

// changedHands has the stations hear of what went from one to the other, and whoever
// had it before.
func changedHands(ctx context.Context, b *batch, kind newsKind, subject string, from, to shipment.StationID) error {
	rows := bulk{table: `news (station, kind, subject, change, heard, epoch)`, width: 6, conflict: `ON CONFLICT DO NOTHING`}
	for _, station := range []shipment.StationID{from, to} {
		rows.add(string(station), string(kind), subject, int64(0), int64(0), int64(0))
	}
	if err := rows.write(ctx, b); err != nil {
		return err
	}
	return isNews(ctx, b, kind, []string{subject})
}

// isNews has the stations that have had some of the subjects hear of them again. Most
// subjects have never changed hands, and it costs next to nothing then.
func isNews(ctx context.Context, b *batch, kind newsKind, subjects []string) error {
	subjects = slices.Compact(slices.Sorted(slices.Values(subjects)))
	if b.store.pg != nil && len(subjects) > 0 {
		return b.put(ctx, `UPDATE news SET change = change + 1 WHERE kind = ? AND subject = ANY (?::text[])`, string(kind), subjects)
	}
	for len(subjects) > 0 {
		some := subjects[:portion(len(subjects))]
		subjects = subjects[len(some):]
		args := []any{string(kind)}
		for _, s := range some {
			args = append(args, s)
		}
		if err := b.put(ctx, `UPDATE news SET change = change + 1 WHERE kind = ? AND subject IN (?`+strings.Repeat(`, ?`, len(some)-1)+`)`, args...); err != nil {
			return err
		}
	}
	return nil
}

// unheardNews asks the index of what was not heard of, and that of the epochs before
// and after the present one.
const unheardNews = `SELECT subject, change FROM news INDEXED BY news_unheard WHERE station = ?1 AND kind = ?2 AND subject > ?3 AND heard < change
	UNION SELECT subject, change FROM news INDEXED BY news_epoch WHERE station = ?1 AND kind = ?2 AND epoch < ?4 AND subject > ?3
	UNION SELECT subject, change FROM news INDEXED BY news_epoch WHERE station = ?1 AND kind = ?2 AND epoch > ?4 AND subject > ?3
	ORDER BY subject LIMIT ?5`

// A pieceOfNews is one subject that a station has not heard of, or not all.
type pieceOfNews struct {
	subject string
	change  int64
}

// unheard returns what a station is to hear of, in the order of the subjects, and
// whether there is more. Every station asks every few seconds, so it looks at no row
// that was heard of in this epoch, however many there ever were.
func (s *Store) unheard(ctx context.Context, kind newsKind, station shipment.StationID, epoch int64, after string) (list []pieceOfNews, more bool, err error) {
	rows, err := s.read.QueryContext(ctx, unheardNews, string(station), string(kind), after, epoch, wire.MaxNews+1)
	if err != nil {
		return nil, false, err
	}
	defer rows.Close()
	for rows.Next() {
		var n pieceOfNews
		if err := rows.Scan(&n.subject, &n.change); err != nil {
			return nil, false, err
		}
		list = append(list, n)
	}
	more = len(list) > wire.MaxNews
	return list[:min(len(list), wire.MaxNews)], more, rows.Err()
}

// tellNews has one tell what a station is to hear of, page by page until it has told of
// something, and reports whether there is more. What cannot be read keeps nothing else
// back.
func (s *Store) tellNews(ctx context.Context, kind newsKind, station shipment.StationID, epoch int64, after string, one func(pieceOfNews) (told bool, err error)) (more bool, err error) {
	for some := false; ; {
		news, more, err := s.unheard(ctx, kind, station, epoch, after)
		if err != nil {
			return false, err
		}
		for _, n := range news {
			told, err := one(n)
			if err != nil && (ctx.Err() != nil || s.Ping(ctx) != nil) { // it is not this one alone
				return false, err
			}
			if err != nil {
				s.log.ErrorContext(ctx, "What changed hands cannot be read, and is not told. Check the disk.", "kind", kind, "subject", n.subject, "station", station, "error", err)
			}
			some, after = some || told, n.subject
		}
		if some || !more {
			return more, nil
		}
	}
}

// ParcelNews returns the parcels that another station took from one, or it from
// another, of which it has not heard yet, or not as they are now. It costs next to
// nothing where there are none, so that a station may ask again and again.
func (s *Store) ParcelNews(ctx context.Context, station shipment.StationID, q wire.NewsQuestion) (wire.Parcels, error) {
	var told wire.Parcels
	var err error
	told.More, err = s.tellNews(ctx, parcelNews, station, q.Epoch, normal(q.After), func(n pieceOfNews) (bool, error) {
		p, err := s.Parcel(ctx, shipment.TrackingNumber(n.subject))
		if err != nil {
			return false, err
		}
		p.Change = n.change // it was read first: whatever came since is told again
		told.Parcels = append(told.Parcels, p)
		return true, nil
	})
	if err != nil {
		return wire.Parcels{}, fmt.Errorf("parcels that changed hands: %w", err)
	}
	return told, nil
}

// HandoffNews returns the same of pick-ups, without their parcels.
func (s *Store) HandoffNews(ctx context.Context, station shipment.StationID, q wire.NewsQuestion) (wire.Handoffs, error) {
	var told wire.Handoffs
	var err error
	told.More, err = s.tellNews(ctx, handoffNews, station, q.Epoch, plain(q.After), func(n pieceOfNews) (bool, error) {
		h, err := s.handoff(ctx, n.subject)
		if fault.Is(err, fault.NotFound) {
			return false, nil // its events were set aside: there is nothing to tell until some come
		}
		if err != nil {
			return false, err
		}
		h.Entries, h.Change = nil, n.change
		told.Handoffs = append(told.Handoffs, h)
		return true, nil
	})
	if err != nil {
		return wire.Handoffs{}, fmt.Errorf("pick-ups that changed hands: %w", err)
	}
	return told, nil
}

// HeardParcels keeps which parcels a station has heard of. Those that have changed since
// they were told stay news.
func (s *Store) HeardParcels(ctx context.Context, station shipment.StationID, h wire.Heard) error {
	return s.heard(ctx, parcelNews, station, h, normal)
}

// HeardHandoffs keeps the same of pick-ups.
func (s *Store) HeardHandoffs(ctx context.Context, station shipment.StationID, h wire.Heard) error {
	return s.heard(ctx, handoffNews, station, h, plain)
}

func (s *Store) heard(ctx context.Context, kind newsKind, station shipment.StationID, h wire.Heard, subject func(string) string) error {
	what := "what station " + string(station) + " has heard of"
	switch {
	case h.Epoch < 1:
		return &fault.Error{Op: what, Kind: fault.Invalid, Err: errors.New("epoch is required: that of the station's journal, from 1")}
	case len(h.News) > wire.MaxNews:
		return &fault.Error{Op: what, Kind: fault.Invalid, Err: fmt.Errorf("it is %d at once, of at most %d", len(h.News), wire.MaxNews)}
	case len(h.News) == 0:
		return nil
	}
	news := slices.SortedFunc(slices.Values(h.News), func(a, b wire.HeardOf) int { return cmp.Compare(subject(a.ID), subject(b.ID)) })
	// It changes nothing but its own rows, each as far as it says itself, so that no
	// station's events wait for it.
	err := s.send(ctx, &op{beside: true, do: func(ctx context.Context, b *batch) error {
		for _, n := range news { // in one order, or two of a station could wait for each other
			// A change that was never told is another store's, of which this one is an older copy.
			if err := b.put(ctx, `UPDATE news SET heard = ?1, epoch = ?2 WHERE station = ?3 AND kind = ?4 AND subject = ?5
				AND change >= ?1 AND (heard < ?1 OR epoch <> ?2)`, n.Change, h.Epoch, string(station), string(kind), subject(n.ID)); err != nil {
				return err
			}
		}
		return nil
	}})
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}
