package tracking

import (
	"encoding/json"
	"fmt"

	"waybill/shipment"
	"waybill/sync/wire"
)

// FactOf returns what e contributes to the story of its order, and false where
// it contributes nothing: a type that no story tells, or none of ours.
func FactOf(e wire.Envelope) (Fact, bool, error) {
	t, ours := e.EventType()
	if !ours {
		return Fact{}, false, nil
	}
	read, told := readers[t]
	if !told {
		return Fact{}, false, nil
	}
	blank := Fact{Source: e.Source, Epoch: e.Epoch, Sequence: e.Sequence, Time: e.Time, TZOffset: e.TZOffset, Type: t}
	f := blank
	if f.readQuickly(e.Data) {
		return f, true, nil
	}
	f = blank
	if err := read(&f, e.Data); err != nil {
		return Fact{}, false, fmt.Errorf("data of %s %d/%d of %s: %w", e.Type, e.Epoch, e.Sequence, e.Source, err)
	}
	return f, true, nil
}

// readers has a reader for the data of every event type that a story tells.
var readers = map[shipment.EventType]func(*Fact, json.RawMessage) error{
	shipment.OrderAcceptedType: reader(func(f *Fact, d accepted) {
		f.Channel = d.Order.Channel
		f.Origin, f.Destination = d.Order.ShipFrom, d.Order.ShipTo
		f.Boxes = min(max(len(d.Order.Parcels), 1), shipment.MaxParcels)
	}),
	shipment.OrderRejectedType: reader(func(f *Fact, d shipment.OrderRejected) {
		f.Reason = Reason{Code: "rejected", Message: "The order cannot ship."}
		if len(d.Problems) > 0 {
			f.Reason = Reason{Code: d.Problems[0].Code, Message: d.Problems.Error()}
		}
	}),
	shipment.OrderHeldType: reader(func(f *Fact, d shipment.OrderHeld) {
		f.Reason = Reason{Code: d.Reason, Message: d.Message}
	}),
	shipment.AddressCorrectedType:  reader(func(*Fact, shipment.AddressCorrected) {}),
	shipment.AddressOverriddenType: reader(func(*Fact, shipment.AddressOverridden) {}),
	shipment.CarrierAssignedType: reader(func(f *Fact, d shipment.CarrierAssigned) {
		f.Carrier, f.Service, f.Promise = d.Carrier, d.Service, d.Promise
	}),
	shipment.TrackingAssignedType: reader(func(f *Fact, d shipment.TrackingAssigned) {
		f.Parcel, f.Carrier, f.Number = d.Parcel, d.Carrier, d.TrackingNumber
	}),
	shipment.LabelPrintedType: reader(func(f *Fact, d shipment.LabelPrinted) {
		f.Parcel, f.Label, f.Of = d.Parcel, d.Label, d.Of
	}),
	shipment.LabelUnconfirmedType: reader(func(f *Fact, d shipment.LabelUnconfirmed) {
		f.Parcel, f.Label, f.Of = d.Parcel, d.Label, d.Of
		f.Reason = Reason{Code: "label_unconfirmed", Message: d.Reason}
	}),
	shipment.LabelResolvedType: reader(func(f *Fact, d shipment.LabelResolved) {
		f.Parcel, f.Label, f.Of = d.Parcel, d.Label, d.Of
		f.Reason = Reason{Code: string(d.Outcome), Message: d.Reason}
	}),
	shipment.LabelReprintedType: reader(func(f *Fact, d shipment.LabelReprinted) {
		f.Parcel, f.Reason = d.Parcel, Reason{Code: "label_reprinted", Message: d.Reason}
	}),
	shipment.LabelVoidedType: reader(func(f *Fact, d shipment.LabelVoided) {
		f.Parcel, f.Reason = d.Parcel, Reason{Code: "label_voided", Message: d.Reason}
	}),
	shipment.ParcelPackedType:  reader(func(f *Fact, d shipment.ParcelPacked) { f.Parcel = d.Parcel }),
	shipment.ParcelWeighedType: reader(func(f *Fact, d shipment.ParcelWeighed) { f.Parcel = d.Parcel }),
	shipment.ParcelScannedType: reader(func(f *Fact, d shipment.ParcelScanned) {
		f.Parcel, f.Number = d.Parcel, d.TrackingNumber
	}),
	shipment.OrderChangedType: reader(func(f *Fact, d shipment.OrderChanged) {
		f.Reason = Reason{Code: d.Code, Message: d.Message}
	}),
	shipment.OrderInstructedType: reader(func(f *Fact, d shipment.OrderInstructed) {
		f.Reason = Reason{Code: d.Outcome, Message: d.Reason}
	}),
	shipment.ParcelTakenBackType: reader(func(f *Fact, d shipment.ParcelTakenBack) {
		f.Parcel, f.Number, f.Carrier = d.Parcel, d.TrackingNumber, d.Carrier
		f.Handoff, f.Entry, f.From, f.Twice = d.Handoff, d.Entry, d.From, d.Twice
	}),
	shipment.ParcelHandedOverType: reader(func(f *Fact, d shipment.ParcelHandedOver) {
		f.Parcel, f.Number, f.Carrier = d.Parcel, d.TrackingNumber, d.Carrier
		f.Handoff, f.Entry = d.Handoff, d.Entry
	}),
}

// reader returns a function that decodes data into a D and copies what counts.
// Members it does not know are left to the raw event.
func reader[D any](copy func(*Fact, D)) func(*Fact, json.RawMessage) error {
	return func(f *Fact, data json.RawMessage) error {
		var d D
		if err := json.Unmarshal(data, &d); err != nil {
			return err
		}
		copy(f, d)
		return nil
	}
}

// accepted is what a story tells of an order, which is the greater part of what
// arrives: of its addresses nothing that leads to a door, and no items.
type accepted struct {
	Order struct {
		Channel  string     `json:"channel"`
		ShipFrom Place      `json:"ship_from"`
		ShipTo   Place      `json:"ship_to"`
		Parcels  []struct{} `json:"parcels"`
	} `json:"order"`
}
