package desk

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"waybill/agent/handoff"
	"waybill/shipment"
	"waybill/sync/journal"
	"waybill/sync/wire"
)

// A guestTold is a parcel that the hub gave this station alone, while the events are
// gone over.
type guestTold struct {
	handoff.Waiting

	on []string // the pick-ups that it was scanned onto and not taken back from
}

func (g *guestTold) leaves(handoff string, at time.Time, scanner string) {
	g.on = append(slices.DeleteFunc(g.on, func(h string) bool { return h == handoff }), handoff)
	g.Handoff, g.Seen, g.SeenBy = handoff, at, scanner
}

func (g *guestTold) stays(handoff string) {
	g.on = slices.DeleteFunc(g.on, func(h string) bool { return h == handoff })
	g.Handoff = ""
	if n := len(g.on); n > 0 {
		g.Handoff = g.on[n-1]
	}
}

// guestsTold are those parcels by their numbers, and in which order they came.
type guestsTold struct {
	all   map[shipment.TrackingNumber]*guestTold
	order []shipment.TrackingNumber
}

// rebuildGuests makes the parcels that the hub gave this station alone and that it
// still has, each with the pick-up that it has left with: that may be an open one,
// which is not made from the events.
func (d *Desk) rebuildGuests(ctx context.Context) error {
	told := guestsTold{all: map[shipment.TrackingNumber]*guestTold{}}
	err := d.o.Journal.View(ctx, func(tx *journal.ReadTx) error {
		return tx.Events(journal.EventQuery{Types: []shipment.EventType{
			shipment.ParcelTakenOverType, shipment.ParcelYieldedType, shipment.ParcelHandedOverType, shipment.ParcelTakenBackType, shipment.HandoffMergedType,
		}}, func(rec wire.Record) error {
			e, err := eventOf(rec)
			if err == nil {
				err = told.tell(e)
			}
			return err
		})
	})
	if err != nil || len(told.all) == 0 {
		return err
	}
	return d.o.Journal.Update(ctx, func(tx *journal.Tx) error {
		for _, n := range told.order {
			g := told.all[n]
			if g == nil {
				continue
			}
			if _, ours, err := tx.Find(kindOrder, numberKey(n)); err != nil {
				return err
			} else if ours {
				continue
			}
			if err := keepGuest(tx, g.Waiting); err != nil {
				return err
			}
		}
		return nil
	})
}

// tell takes in one event.
func (gs *guestsTold) tell(e shipment.Event) error {
	var err error
	switch e.Type {
	case shipment.ParcelTakenOverType:
		err = read(e, func(f shipment.ParcelTakenOver) {
			gs.order = append(gs.order, f.TrackingNumber)
			gs.all[f.TrackingNumber] = &guestTold{Waiting: handoff.Waiting{
				Parcel: f.Parcel, Order: e.Subject, TrackingNumber: f.TrackingNumber, Carrier: f.Carrier, Service: f.Service, ServiceName: f.ServiceName,
				Weight: f.Weight, PostalCode: f.PostalCode, Country: f.Country, Printed: f.Printed, Station: f.Station,
			}}
		})
	case shipment.ParcelYieldedType:
		err = read(e, func(f shipment.ParcelYielded) {
			if f.Owner != "" {
				delete(gs.all, f.TrackingNumber)
			}
		})
	case shipment.ParcelHandedOverType:
		err = read(e, func(f shipment.ParcelHandedOver) {
			if g := gs.all[f.TrackingNumber]; g != nil && f.Station != "" {
				g.leaves(f.Handoff, e.Time, cmp.Or(f.Scanner, f.ScanEvidence.Scanner))
			}
		})
	case shipment.ParcelTakenBackType:
		err = read(e, func(f shipment.ParcelTakenBack) {
			if g := gs.all[f.TrackingNumber]; g != nil && f.Station != "" {
				g.stays(cmp.Or(f.From, f.Handoff))
			}
		})
	default:
		err = read(e, gs.merged)
	}
	if err != nil {
		return fmt.Errorf("event %s, %s: %w", e.ID, e.Type, err)
	}
	return nil
}

// merged takes in what other stations did to pick-ups that the parcels were on.
func (gs *guestsTold) merged(f shipment.HandoffMerged) {
	for _, s := range f.Scans {
		switch g := gs.all[s.TrackingNumber]; {
		case g == nil || s.Conflict == handoff.Twice:
		case s.Back != nil || s.BackElsewhere != nil:
			g.stays(f.Handoff)
		default:
			g.leaves(f.Handoff, s.At, s.Scanner)
		}
	}
}
