package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"fmt"

	"waybill/shipment"
	"waybill/sync/wire"
	"waybill/tracking"
)

// Name returns the store's own name, given when it was made: another store, made
// after this one was lost, has another.
func (s *Store) Name() string { return s.name }

// baptise gives a new store its name, and remembers it.
func (s *Store) baptise(ctx context.Context, tx *sql.Tx) error {
	var name [8]byte
	if _, err := rand.Read(name[:]); err != nil {
		return fmt.Errorf("name of the store: %w", err)
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO meta (key, value) VALUES ('store', ?) ON CONFLICT (key) DO NOTHING`, hex.EncodeToString(name[:])); err != nil {
		return fmt.Errorf("name of the store: %w", err)
	}
	if err := tx.QueryRowContext(ctx, `SELECT value FROM meta WHERE key = 'store'`).Scan(&s.name); err != nil {
		return fmt.Errorf("name of the store: %w", err)
	}
	return nil
}

// Position returns how far the store has come with a station. One that never sent
// anything has no epochs.
func (s *Store) Position(ctx context.Context, station shipment.StationID) (wire.StationPosition, error) {
	p := wire.StationPosition{Station: station, Store: s.name, Epochs: []wire.EpochPosition{}}
	if station == "" {
		return p, nil
	}
	err := s.epochs(ctx, station, func(_ shipment.StationID, e tracking.Epoch) {
		at := wire.EpochPosition{Epoch: e.Epoch, Watermark: e.Watermark, Highest: e.Highest}
		for _, g := range e.Gaps {
			at.Missing = append(at.Missing, wire.Range{Epoch: e.Epoch, From: g.From, To: g.To})
		}
		p.Epochs = append(p.Epochs, at)
	})
	if err != nil {
		return wire.StationPosition{}, fmt.Errorf("position of station %s: %w", station, err)
	}
	return p, nil
}
