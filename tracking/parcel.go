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
	for _, p := range s.hearParcels(details) {
		switch {
		case slices.Contains(p.gone, n):
			told := wire.Parcel{HandoffParcel: p.HandoffParcel}
			told.TrackingNumber, told.Code, told.Stop = n, "voided", "Its label was voided."
			told.Left = leftOf(n, p, details)
			out = append(out, told)
		case p.TrackingNumber == n:
			told := wire.Parcel{HandoffParcel: p.stopped(), Left: leftOf(n, p, details)}
			if last, has := told.LeftLast(); has {
				told.Code, told.Stop = wire.CodeParcelHandedOver, fmt.Sprintf("Station %s has handed it over already.", last.Station)
			}
			out = append(out, told)
		}
	}
	return out
}

// leftOf returns which stations have handed a parcel over and not taken it back.
// A station may take back what another has scanned, since both know of it then.
func leftOf(n shipment.TrackingNumber, p *waitingParcel, details []wire.Envelope) []wire.ParcelLeft {
	var left []wire.ParcelLeft
	for _, e := range details { // in the order of the facts
		switch t, _ := e.EventType(); t { //nolint:exhaustive // the others say nothing of it
		case shipment.ParcelHandedOverType:
			var f shipment.ParcelHandedOver
			if json.Unmarshal(e.Data, &f) != nil || f.Parcel != p.Parcel || f.TrackingNumber != n {
				continue
			}
			left = append(left, leftBy(e, f))
		case shipment.ParcelTakenBackType:
			var f shipment.ParcelTakenBack
			if json.Unmarshal(e.Data, &f) != nil || f.Parcel != p.Parcel || f.TrackingNumber != "" && f.TrackingNumber != n {
				continue
			}
			from := f.Handoff
			if f.From != "" {
				from = f.From
			}
			i := slices.IndexFunc(left, func(l wire.ParcelLeft) bool { return l.Handoff == from && l.Station == e.Station() })
			if i < 0 {
				i = slices.IndexFunc(left, func(l wire.ParcelLeft) bool { return l.Handoff == from })
			}
			switch {
			case i < 0:
			case f.Twice: // whoever has it must hear of it
				left[i].Twice = true
			default:
				left = slices.Delete(left, i, i+1)
			}
		}
	}
	return left
}

func leftBy(e wire.Envelope, f shipment.ParcelHandedOver) wire.ParcelLeft {
	return wire.ParcelLeft{
		Station: e.Station(), Handoff: f.Handoff, Scanner: cmp.Or(f.Scanner, f.ScanEvidence.Scanner),
		Operator: cmp.Or(f.Operator, f.ScanEvidence.Operator), At: time.Time(e.Time),
	}
}
