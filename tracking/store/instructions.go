package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"waybill/internal/fault"
	"waybill/shipment"
	"waybill/sync/wire"
	"waybill/tracking"
)

// Instruct keeps a word about an order for every station, and returns it with its
// number. The same word about the same order again gets the same number. The error
// is of kind fault.Conflict where the order was cancelled, or is to be released and
// not held.
func (s *Store) Instruct(ctx context.Context, w tracking.OrderWord) (wire.Instruction, error) {
	var in wire.Instruction
	err := s.submit(ctx, func(ctx context.Context, b *batch) error {
		var err error
		in, err = s.instruct(ctx, b, w)
		return err
	})
	if err != nil {
		return wire.Instruction{}, fmt.Errorf("order %q: %w", w.Order, err)
	}
	return in, nil
}

func (s *Store) instruct(ctx context.Context, b *batch, w tracking.OrderWord) (wire.Instruction, error) {
	var last wire.Instruction
	err := scanInstruction(b.tx.QueryRowContext(ctx, `SELECT `+instructionColumns+` FROM instructions WHERE order_id = ? ORDER BY sequence DESC LIMIT 1`, string(w.Order)), &last)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return last, errGiveUp{err}
	}
	switch {
	case last.Action == w.Action && (last.Reason == w.Reason || w.Action != wire.ActionHold):
		return last, nil // said already
	case last.Action == wire.ActionCancel:
		return last, &fault.Error{
			Kind: fault.Conflict, Err: errors.New("it was cancelled, and nothing comes after that"),
			Hint: "If it is to ship after all, send it under another order_id.",
		}
	case w.Action == wire.ActionRelease && last.Action != wire.ActionHold:
		return last, &fault.Error{
			Kind: fault.Conflict, Err: errors.New("it is not held"),
			Hint: "If a station holds it on the word of a hub whose store was lost, hold it here and then release it.",
		}
	}
	in := wire.Instruction{Order: w.Order, Action: w.Action, Reason: w.Reason, By: w.By, At: wire.Timestamp(fromMillis(millis(s.now())))}
	if err := b.tx.QueryRowContext(ctx, `SELECT coalesce(max(sequence), 0) + 1 FROM instructions`).Scan(&in.Sequence); err != nil {
		return in, errGiveUp{err}
	}
	_, err = b.exec(ctx, `INSERT INTO instructions (sequence, order_id, action, reason, by_whom, at) VALUES (?, ?, ?, ?, ?, ?)`,
		in.Sequence, string(in.Order), string(in.Action), in.Reason, in.By, millis(s.now()))
	if err != nil {
		return in, err
	}
	return in, stopIsNews(ctx, b, in.Order)
}

// stopIsNews has the stations of an order's parcels that changed hands hear of a word
// about it.
func stopIsNews(ctx context.Context, b *batch, order shipment.OrderID) error {
	if err := b.stories.load(ctx, []shipment.OrderID{order}); err != nil {
		return err
	}
	var numbers []string
	for _, n := range b.stories.changed[order].known {
		numbers = append(numbers, normal(string(n)))
	}
	return isNews(ctx, b, parcelNews, numbers)
}

const instructionColumns = `sequence, order_id, action, reason, by_whom, at`

func scanInstruction(row scanner, in *wire.Instruction) error {
	var at int64
	err := row.Scan(&in.Sequence, (*string)(&in.Order), (*string)(&in.Action), &in.Reason, &in.By, &at)
	in.At = wire.Timestamp(fromMillis(at))
	return err
}

// Instructions returns at most limit words about orders, by their numbers from from
// on, and that one with them.
func (s *Store) Instructions(ctx context.Context, from int64, limit int) ([]wire.Instruction, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT `+instructionColumns+` FROM instructions WHERE sequence >= ? ORDER BY sequence LIMIT ?`, from, limit)
	if err != nil {
		return nil, fmt.Errorf("order instructions: %w", err)
	}
	defer rows.Close()
	var list []wire.Instruction
	for rows.Next() {
		var in wire.Instruction
		if err := scanInstruction(rows, &in); err != nil {
			return nil, fmt.Errorf("order instructions: %w", err)
		}
		list = append(list, in)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("order instructions: %w", err)
	}
	return list, nil
}
