package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"

	"waybill/shipment"
	"waybill/sync/journal"
	"waybill/sync/wire"
)

type parkedLine struct {
	Hub      string             `json:"hub"`
	Epoch    int64              `json:"epoch"`
	Sequence int64              `json:"sequence"`
	ID       string             `json:"id"`
	Type     shipment.EventType `json:"type"`
	Subject  shipment.OrderID   `json:"subject,omitempty"`
	Reason   string             `json:"reason"`
	ParkedAt wire.Timestamp     `json:"parked_at"`
}

// parked lists what the hubs have refused, oldest first: the newest of those that
// the filter takes.
func (c *journalListCmd) parked(con *console, r *journal.Reader, q journal.EventQuery) error {
	parked, err := r.Parked(con.ctx, "")
	if err != nil {
		return err
	}
	limit := q.Limit
	q.Limit = 0
	var lines []parkedLine
	err = r.View(con.ctx, func(tx *journal.ReadTx) error {
		if err := c.known(tx, q); err != nil {
			return err
		}
		parcels, err := c.parcels(tx)
		if err != nil {
			return err
		}
		for _, p := range slices.Backward(parked) {
			takes, err := c.takesParked(tx, q, p, parcels)
			if err != nil {
				return err
			}
			if !takes {
				continue
			}
			lines = append(lines, parkedLine{p.Upstream, p.Position.Epoch, p.Position.Sequence, p.ID, p.Type, p.Subject, p.Reason, wire.Timestamp(p.At)})
			if len(lines) == limit {
				break
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	slices.Reverse(lines)
	out := bufio.NewWriter(con.out)
	return errors.Join(c.writeParked(out, con.out, lines), out.Flush())
}

// takesParked says whether the filter takes the event that is parked. One whose
// bytes are damaged is taken where they need not be read to tell.
func (c *journalListCmd) takesParked(tx *journal.ReadTx, q journal.EventQuery, p journal.Parked, parcels []string) (takes bool, err error) {
	before := wire.Position{Epoch: p.Position.Epoch, Sequence: p.Position.Sequence - 1}
	err = tx.Events(journal.EventQuery{After: before, Limit: 1}, func(rec wire.Record) error {
		if rec.Position != p.Position || !asks(q, rec) {
			return nil
		}
		env, damage := envelope(rec)
		takes = damage == nil && c.takes(env, parcels) || !c.looksInside()
		return nil
	})
	return takes, err
}

func (c *journalListCmd) writeParked(out, terminal io.Writer, lines []parkedLine) error {
	if c.JSON || (!c.Table && !isTerminal(terminal)) {
		enc := json.NewEncoder(out)
		enc.SetEscapeHTML(false)
		for _, l := range lines {
			if err := enc.Encode(l); err != nil {
				return err
			}
		}
		return nil
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "SEQUENCE\tPARKED\tHUB\tEVENT\tORDER\tREASON")
	for _, l := range lines {
		at, _ := l.ParkedAt.MarshalText() // never fails
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", placeInWords(l.Epoch, l.Sequence), at, shipment.Visible(l.Hub), l.Type, shipment.Visible(string(l.Subject)), shipment.Visible(l.Reason))
	}
	return w.Flush()
}

// placeInWords is where an event stands, for people: most journals have one epoch.
func placeInWords(epoch, sequence int64) string {
	if epoch > 1 {
		return fmt.Sprintf("%d/%d", epoch, sequence)
	}
	return fmt.Sprint(sequence)
}
