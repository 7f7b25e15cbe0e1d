package shipment

import (
	"encoding/json"
	"fmt"
	"time"
)

// A StationID names a packing station, as in the source /stations/{id} of its
// events.
type StationID string

// An EventType says what happened, as noun and past verb; on the wire it is
// waybill.<type>.v1.
type EventType string

// The events a station records. A consumer that meets another type keeps it.
const (
	OrderAcceptedType     EventType = "order.accepted"
	OrderRejectedType     EventType = "order.rejected"
	OrderHeldType         EventType = "order.held"
	OrderChangedType      EventType = "order.changed"
	OrderInstructedType   EventType = "order.instructed"
	AddressCorrectedType  EventType = "address.corrected"
	AddressOverriddenType EventType = "address.overridden"
	CarrierAssignedType   EventType = "carrier.assigned"
	TrackingAssignedType  EventType = "tracking.assigned"
	LabelPrintedType      EventType = "label.printed"
	LabelUnconfirmedType  EventType = "label.unconfirmed"
	LabelResolvedType     EventType = "label.resolved"
	LabelReprintedType    EventType = "label.reprinted"
	LabelVoidedType       EventType = "label.voided"
	ParcelScannedType     EventType = "parcel.scanned"
	ScanAcceptedType      EventType = "scan.accepted"
	ScanRefusedType       EventType = "scan.refused"
	ParcelPackedType      EventType = "parcel.packed"
	ParcelWeighedType     EventType = "parcel.weighed"
	ParcelHandedOverType  EventType = "parcel.handed_over"
	HandoffOpenedType     EventType = "handoff.opened"
	ParcelTakenBackType   EventType = "parcel.taken_back"
	HandoffClosedType     EventType = "handoff.closed"
	HandoffTakenOverType  EventType = "handoff.taken_over"
	HandoffYieldedType    EventType = "handoff.yielded"
	HandoffMergedType     EventType = "handoff.merged"
	ParcelTakenOverType   EventType = "parcel.taken_over"
	ParcelYieldedType     EventType = "parcel.yielded"
	ParcelMergedType      EventType = "parcel.merged"
	CutoffMissedType      EventType = "cutoff.missed"
	DeviceChangedType     EventType = "device.changed"
	JournalPurgedType     EventType = "journal.purged"
	JournalSalvagedType   EventType = "journal.salvaged"
	BundleAppliedType     EventType = "bundle.applied"
	BundleRefusedType     EventType = "bundle.refused"
)

// EventTypes returns every type of event that a station records.
func EventTypes() []EventType {
	return []EventType{
		OrderAcceptedType, OrderRejectedType, OrderHeldType, OrderChangedType, OrderInstructedType, AddressCorrectedType, AddressOverriddenType,
		CarrierAssignedType, TrackingAssignedType, LabelPrintedType, LabelUnconfirmedType, LabelResolvedType, LabelReprintedType, LabelVoidedType,
		ParcelScannedType, ScanAcceptedType, ScanRefusedType, ParcelPackedType, ParcelWeighedType, ParcelHandedOverType,
		HandoffOpenedType, ParcelTakenBackType, HandoffClosedType, HandoffTakenOverType, HandoffYieldedType, HandoffMergedType,
		ParcelTakenOverType, ParcelYieldedType, ParcelMergedType,
		CutoffMissedType, DeviceChangedType, JournalPurgedType, JournalSalvagedType, BundleAppliedType, BundleRefusedType,
	}
}

// An Event is something that happened at a station. It is a fact: it never
// changes, and a later event corrects it.
type Event struct {
	ID      string          // UUIDv7, fixed when the event is recorded
	Type    EventType       // what happened
	Subject OrderID         // the shipment it happened to; empty for the station's own events
	Time    time.Time       // the station's wall clock; order is never taken from it
	Data    json.RawMessage // one of the facts below
}

// A Fact is the data of an event.
type Fact interface{ EventType() EventType }

// NewEvent returns the event that records fact. ID is left for the journal.
func NewEvent(at time.Time, subject OrderID, fact Fact) (Event, error) {
	data, err := json.Marshal(fact)
	if err != nil {
		return Event{}, fmt.Errorf("event %s of %q: %w", fact.EventType(), subject, err)
	}
	return Event{Type: fact.EventType(), Subject: subject, Time: at, Data: data}, nil
}

// OrderAccepted records an order taken in, as it will be shipped: all that
// seller and buyer are told of it.
type OrderAccepted struct {
	Order    Order    `json:"order"`
	Total    Money    `json:"total,omitzero"`     // what the buyer pays
	From     string   `json:"from,omitempty"`     // file name or "api"
	Warnings Problems `json:"warnings,omitempty"` // what a person should look at; nothing stopped for it
	Digest   string   `json:"digest,omitempty"`   // of the input, by which the station knows the same order when it comes again
}

// OrderRejected records an input that cannot become a parcel, and why.
type OrderRejected struct {
	From     string   `json:"from,omitempty"`
	Problems Problems `json:"problems"`
}

// OrderHeld records an order that waits for something, and for what.
type OrderHeld struct {
	Reason  string `json:"reason"` // stable, for programs
	Message string `json:"message"`
}

// OrderChanged records an order that came again with other content after its
// label was made. Nothing of it was taken; the parcel must not leave before a
// person has decided.
type OrderChanged struct {
	From    string `json:"from,omitempty"` // file name or "api"
	Code    string `json:"code"`           // cancelled, address_changed
	Message string `json:"message"`
}

// AddressCorrected records what the address check changed, old to new.
type AddressCorrected struct {
	Changes []Change `json:"changes"`
}

// A Change is one field's correction.
type Change struct {
	Field string `json:"field"`
	Old   string `json:"old"`
	New   string `json:"new"`
	Why   string `json:"why,omitempty"`
}

// AddressOverridden records that a person answers for an address that the
// check would have refused, and for what.
type AddressOverridden struct {
	By       string   `json:"by"`
	Reason   string   `json:"reason"`
	Problems Problems `json:"problems"`
}

// CarrierAssigned records the choice of carrier and service.
type CarrierAssigned struct {
	Carrier CarrierID `json:"carrier"`
	Service ServiceID `json:"service"`
	Rule    string    `json:"rule"`
	Promise Promise   `json:"promise,omitzero"`

	// Packing is how its parcels are packed, which stays as it was decided whatever
	// the station's configuration becomes. Events of before this was kept have none.
	Packing *PackingChoice `json:"packing,omitempty"`

	Warnings Problems `json:"warnings,omitempty"` // what of the address the carrier's systems do not take whole
}

// A Promise is the span of days in which the parcel is expected, as civil
// dates at the destination (YYYY-MM-DD).
type Promise struct {
	Earliest string `json:"earliest,omitempty"`
	Latest   string `json:"latest,omitempty"`
}

// TrackingAssigned records the number a parcel travels under.
type TrackingAssigned struct {
	Parcel         ParcelID       `json:"parcel"`
	Carrier        CarrierID      `json:"carrier"`
	TrackingNumber TrackingNumber `json:"tracking_number"`
	Origin         string         `json:"origin"` // "order" or "range"
	Range          string         `json:"range,omitempty"`
	Warnings       Problems       `json:"warnings,omitempty"` // what is odd about a number that came with the order
}

// LabelPrinted records a label known to be on paper, and how that is known.
type LabelPrinted struct {
	Parcel   ParcelID `json:"parcel"`
	Job      string   `json:"job"`
	Label    int      `json:"label"` // k of Of
	Of       int      `json:"of"`
	Printer  string   `json:"printer"`
	Evidence string   `json:"evidence"` // E0 … E4
	SHA256   string   `json:"sha256"`   // of the bytes sent
}

// LabelUnconfirmed records a label that may or may not be on paper. A person
// decides; nothing prints it again by itself.
type LabelUnconfirmed struct {
	Parcel  ParcelID `json:"parcel"`
	Job     string   `json:"job"`
	Label   int      `json:"label"`
	Of      int      `json:"of"`
	Printer string   `json:"printer"`
	Reason  string   `json:"reason"`
}

// LabelResolved records a person's word about a label that is not on paper. Of one
// that a person has seen, label.printed tells.
type LabelResolved struct {
	Parcel  ParcelID     `json:"parcel"`
	Job     string       `json:"job"`
	Label   int          `json:"label"`
	Of      int          `json:"of"`
	Printer string       `json:"printer,omitempty"` // that had it
	Outcome LabelOutcome `json:"outcome"`
	Reason  string       `json:"reason,omitempty"`
}

// A LabelOutcome is what a person says of a label that is not on paper.
type LabelOutcome string

// The outcomes.
const (
	LabelNotPrinted LabelOutcome = "not_printed" // it did not come out, and is sent again
	LabelCancelled  LabelOutcome = "cancelled"   // it was taken back, and is not sent any more
)

// LabelReprinted records a label printed again on a person's word.
type LabelReprinted struct {
	Parcel ParcelID `json:"parcel"`
	Job    string   `json:"job"`
	Reason string   `json:"reason"`
}

// LabelVoided records a label that must not travel any more.
type LabelVoided struct {
	Parcel ParcelID `json:"parcel"`
	Reason string   `json:"reason"`
	Code   string   `json:"code,omitempty"` // the same for programs: cancelled, address_changed
}

// ParcelScanned records a label read back by a scanner: the label exists, is
// readable and is this parcel's.
type ParcelScanned struct {
	Parcel         ParcelID       `json:"parcel"`
	TrackingNumber TrackingNumber `json:"tracking_number"`

	ScanEvidence
}

// ScanRefused records a scan that moved nothing, and which rule said so.
type ScanRefused struct {
	ScanEvidence

	Parcel ParcelID `json:"parcel,omitempty"`
}

// DeviceChanged records a printer or scanner that went away, came back or
// changed its state.
type DeviceChanged struct {
	Kind    string `json:"kind"` // printer, scanner
	Name    string `json:"name"`
	State   string `json:"state"` // ready, away, blocked, bound (it is that machine from now on), …
	Message string `json:"message,omitempty"`
	Machine string `json:"machine,omitempty"` // the machine that is or was meant, by serial number or model
}

// EventType returns order.accepted.
func (OrderAccepted) EventType() EventType { return OrderAcceptedType }

// EventType returns order.rejected.
func (OrderRejected) EventType() EventType { return OrderRejectedType }

// EventType returns order.held.
func (OrderHeld) EventType() EventType { return OrderHeldType }

// EventType returns order.changed.
func (OrderChanged) EventType() EventType { return OrderChangedType }

// EventType returns address.corrected.
func (AddressCorrected) EventType() EventType { return AddressCorrectedType }

// EventType returns address.overridden.
func (AddressOverridden) EventType() EventType { return AddressOverriddenType }

// EventType returns carrier.assigned.
func (CarrierAssigned) EventType() EventType { return CarrierAssignedType }

// EventType returns tracking.assigned.
func (TrackingAssigned) EventType() EventType { return TrackingAssignedType }

// EventType returns label.printed.
func (LabelPrinted) EventType() EventType { return LabelPrintedType }

// EventType returns label.unconfirmed.
func (LabelUnconfirmed) EventType() EventType { return LabelUnconfirmedType }

// EventType returns label.resolved.
func (LabelResolved) EventType() EventType { return LabelResolvedType }

// EventType returns label.reprinted.
func (LabelReprinted) EventType() EventType { return LabelReprintedType }

// EventType returns label.voided.
func (LabelVoided) EventType() EventType { return LabelVoidedType }

// EventType returns parcel.scanned.
func (ParcelScanned) EventType() EventType { return ParcelScannedType }

// EventType returns scan.refused.
func (ScanRefused) EventType() EventType { return ScanRefusedType }

// EventType returns device.changed.
func (DeviceChanged) EventType() EventType { return DeviceChangedType }
