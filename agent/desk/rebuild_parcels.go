package desk

import (
	"context"
	"fmt"

	"waybill/agent/handoff"
	"waybill/shipment"
	"waybill/sync/journal"
	"waybill/sync/wire"
)

// rebuildGuests makes the parcels that the hub gave this station alone and that it
// still has. Which of them have left is told by the pick-ups.
func (d *Desk) rebuildGuests(ctx context.Context) error {
	var order []shipment.TrackingNumber
	waits := map[shipment.TrackingNumber]handoff.Waiting{}
	err := d.o.Journal.View(ctx, func(tx *journal.ReadTx) error {
		types := []shipment.EventType{shipment.ParcelTakenOverType, shipment.ParcelYieldedType}
		return tx.Events(journal.EventQuery{Types: types}, func(rec wire.Record) error {
			e, err := eventOf(rec)
			if err != nil {
				return err
			}
			switch e.Type {
			case shipment.ParcelTakenOverType:
				err = read(e, func(f shipment.ParcelTakenOver) {
					order = append(order, f.TrackingNumber)
					waits[f.TrackingNumber] = handoff.Waiting{
						Parcel: f.Parcel, Order: e.Subject, TrackingNumber: f.TrackingNumber, Carrier: f.Carrier, Service: f.Service, ServiceName: f.ServiceName,
						Weight: f.Weight, PostalCode: f.PostalCode, Country: f.Country, Printed: f.Printed, Station: f.Station,
					}
				})
			default:
				err = read(e, func(f shipment.ParcelYielded) {
					if f.Owner != "" {
						delete(waits, f.TrackingNumber)
					}
				})
			}
			if err != nil {
				return fmt.Errorf("event %s, %s: %w", e.ID, e.Type, err)
			}
			return nil
		})
	})
	if err != nil || len(waits) == 0 {
		return err
	}
	return d.o.Journal.Update(ctx, func(tx *journal.Tx) error {
		for _, n := range order {
			w, still := waits[n]
			if !still {
				continue
			}
			if _, ours, err := tx.Find(kindOrder, numberKey(n)); err != nil {
				return err
			} else if ours {
				continue
			}
			if err := d.keepGuest(tx, w); err != nil {
				return err
			}
		}
		return nil
	})
}
