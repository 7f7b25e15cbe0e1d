package tracking

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"waybill/shipment"
	"waybill/sync/wire"
)

// NeedsDetailOf reports whether f is of an event whose data Numbered looks at for a
// parcel of that number.
func (f Fact) NeedsDetailOf(n shipment.TrackingNumber) bool {
	return f.NeedsDetail() || f.atDock() && (f.Number == n || f.Number == "")
}

// Numbered returns the parcels of s whose labels bear a number, which is one but for
// a fault: what is known of it, why it must not be handed over, and who has done so.
// details are the events of the facts that need them.
func (s Shipment) Numbered(n shipment.TrackingNumber, details []wire.Envelope) []wire.Parcel {
	var out []wire.Parcel
	boxes := s.aboard()
	for _, p := range s.hearParcels(details) {
		switch {
		case slices.Contains(p.gone, n):
			told := wire.Parcel{HandoffParcel: p.HandoffParcel}
			told.TrackingNumber, told.Code, told.Stop = n, "voided", "Its label was voided."
			told.Left = leftOf(n, boxes[p.Parcel], details)
			out = append(out, told)
		case p.TrackingNumber == n:
			told := wire.Parcel{HandoffParcel: p.stopped(), Left: leftOf(n, boxes[p.Parcel], details)}
			if last, has := told.LeftLast(); has {
				told.Code, told.Stop = wire.CodeParcelHandedOver, fmt.Sprintf("Station %s has handed it over already.", last.Station)
			}
			out = append(out, told)
		}
	}
	return out
}

// leftOf returns which stations have handed a parcel over by a label of that number,
// and not taken it back.
func leftOf(n shipment.TrackingNumber, box *aboard, details []wire.Envelope) []wire.ParcelLeft {
	if box == nil {
		return nil
	}
	var left []wire.ParcelLeft
	for _, d := range box.on {
		if d.Number != "" && sameLabel(d.Number, n) {
			left = append(left, d.told(details))
		}
	}
	return left
}

// told returns d with what only its event tells, if it is among details.
func (d departure) told(details []wire.Envelope) wire.ParcelLeft {
	l := wire.ParcelLeft{Station: wire.Envelope{Source: d.Source}.Station(), Handoff: d.Handoff, At: time.Time(d.Time), Twice: d.twice}
	for _, e := range details {
		t, _ := e.EventType()
		if t != shipment.ParcelHandedOverType || e.Source != d.Source || e.Epoch != d.Epoch || e.Sequence != d.Sequence {
			continue
		}
		var f shipment.ParcelHandedOver
		if json.Unmarshal(e.Data, &f) == nil && f.Parcel == d.Parcel && f.Handoff == d.Handoff {
			l.Scanner, l.Operator = cmp.Or(f.Scanner, f.ScanEvidence.Scanner), cmp.Or(f.Operator, f.ScanEvidence.Operator)
		}
	}
	return l
}
