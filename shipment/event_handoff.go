package shipment

import "time"

// ParcelHandedOver records the parcel leaving with its carrier. With the events
// of its pick-up it is enough to tell the pick-up again from nothing else.
type ParcelHandedOver struct {
	Parcel         ParcelID       `json:"parcel"`
	TrackingNumber TrackingNumber `json:"tracking_number"`
	Carrier        CarrierID      `json:"carrier"`
	Handoff        string         `json:"handoff"`
	Entry          int            `json:"entry,omitempty"` // its place among all scans onto the pick-up, from 1
	Service        ServiceID      `json:"service,omitempty"`
	ServiceName    string         `json:"service_name,omitempty"`
	Weight         Grams          `json:"weight_g,omitempty"`
	PostalCode     string         `json:"postal_code,omitempty"`
	Country        string         `json:"country,omitempty"`
	Scanner        string         `json:"scanner,omitempty"`
	Operator       string         `json:"operator,omitempty"` // who held the scanner, by their badge
	Station        StationID      `json:"station,omitempty"`  // that has its order and made its label; empty: this one

	ScanEvidence // where no parcel.scanned beside it has it
}

// ParcelTakenBack records that a parcel which was scanned onto a pick-up does
// not leave with it after all.
type ParcelTakenBack struct {
	Parcel         ParcelID       `json:"parcel"`
	TrackingNumber TrackingNumber `json:"tracking_number"`
	Carrier        CarrierID      `json:"carrier"`
	Handoff        string         `json:"handoff"`           // the pick-up that says so
	Entry          int            `json:"entry,omitempty"`   // which scan onto From is undone
	From           string         `json:"from,omitempty"`    // the pick-up it was on, where a later one corrects a closed one
	Station        StationID      `json:"station,omitempty"` // that has its order and made its label; empty: this one
	By             string         `json:"by,omitempty"`
	Reason         string         `json:"reason,omitempty"`
	Twice          bool           `json:"twice,omitempty"` // nobody took it out of the van: another station has handed it over, and it counts there
}

// HandoffOpened records the start of a carrier's pick-up, or that a person took
// over one which a scan had opened.
type HandoffOpened struct {
	Handoff  string    `json:"handoff"`
	Carrier  CarrierID `json:"carrier"`
	Service  ServiceID `json:"service,omitempty"` // the only one it takes
	Trailer  string    `json:"trailer,omitempty"`
	Dock     string    `json:"dock,omitempty"`
	By       string    `json:"by,omitempty"`
	Auto     bool      `json:"auto,omitempty"`     // a scan opened it, no person
	Corrects string    `json:"corrects,omitempty"` // the closed pick-up that it corrects
}

// HandoffClosed records the end of a carrier's pick-up.
type HandoffClosed struct {
	Handoff   string     `json:"handoff"`
	Carrier   CarrierID  `json:"carrier"`
	Parcels   []ParcelID `json:"parcels"`
	Missing   []ParcelID `json:"missing,omitempty"` // expected and left behind, on the word of whoever closed it
	Weight    Grams      `json:"weight_g,omitempty"`
	Driver    string     `json:"driver,omitempty"`
	Signature string     `json:"signature_sha256,omitempty"` // of the strokes, which stay at the station
	By        string     `json:"by,omitempty"`
	Head      string     `json:"head,omitempty"` // hash of the event before this one, as the manifest says it

	// TrackingNumbers are those of the parcels here whose orders are another
	// station's: no other event of this one need say them.
	TrackingNumbers map[ParcelID]TrackingNumber `json:"tracking_numbers,omitempty"`

	// Numbers and MissingNumbers are those of Parcels and Missing, one for one, where
	// two of the parcels have one ID: they are of two stations' orders of one ID.
	Numbers        []TrackingNumber `json:"numbers,omitempty"`
	MissingNumbers []TrackingNumber `json:"missing_numbers,omitempty"`
}

// HandoffTakenOver records that this station went on with a pick-up that another
// had, on a person's word.
type HandoffTakenOver struct {
	Handoff string     `json:"handoff"`
	Carrier CarrierID  `json:"carrier"`
	From    StationID  `json:"from"` // the same station where its own journal was lost
	By      string     `json:"by,omitempty"`
	Parcels []ParcelID `json:"parcels"` // on it by then, as the hub told

	// The pick-up as it goes on here, so that it can be told again from nothing else.
	// Opened is zero in events of before this was kept.
	Service  ServiceID `json:"service,omitempty"`
	Trailer  string    `json:"trailer,omitempty"`
	Dock     string    `json:"dock,omitempty"`
	Corrects string    `json:"corrects,omitempty"`
	OpenedBy string    `json:"opened_by,omitempty"`
	Opened   time.Time `json:"opened,omitzero"`
	Hands    int       `json:"hands,omitempty"` // how often it has changed hands, this time among them

	// TrackingNumbers are those of the parcels here whose orders are another
	// station's: no other event of this one need say them.
	TrackingNumbers map[ParcelID]TrackingNumber `json:"tracking_numbers,omitempty"`

	// Numbers are those of Parcels, one for one, where two of the parcels have one ID:
	// they are of two stations' orders of one ID.
	Numbers []TrackingNumber `json:"numbers,omitempty"`
}

// HandoffYielded records that this station learned that another has taken its
// pick-up over, and goes on with it no more.
type HandoffYielded struct {
	Handoff string    `json:"handoff"`
	Carrier CarrierID `json:"carrier"`
	To      StationID `json:"to"`
	By      string    `json:"by,omitempty"` // who took it over there
	At      time.Time `json:"at"`           // by the hub's clock
	Scans   int       `json:"scans"`        // onto it here by then
}

// HandoffMerged records what this station learned of another's scans onto a
// pick-up. The scans are that station's events; Scans is what this one keeps of
// them. What is much to tell is several events, of which the first has the lists.
type HandoffMerged struct {
	Handoff string     `json:"handoff"`
	Added   []ParcelID `json:"added,omitempty"` // on it since
	Back    []ParcelID `json:"back,omitempty"`  // no longer on it
	Twice   []ParcelID `json:"twice,omitempty"` // scanned at both stations; they count once
	Late    []ParcelID `json:"late,omitempty"`  // scanned there, and on no manifest: it was closed here before this was known
	Both    []ParcelID `json:"both,omitempty"`  // scanned onto another pick-up before, and on both until one is taken back

	Scans []HandoffScan `json:"scans,omitempty"` // those that are new or were taken back, as they are now

	// TrackingNumbers are those of the parcels here whose orders are another
	// station's: no other event of this one need say them.
	TrackingNumbers map[ParcelID]TrackingNumber `json:"tracking_numbers,omitempty"`
}

// A HandoffScan is what a station keeps of another's scan onto a pick-up that both
// have had.
type HandoffScan struct {
	Station        StationID      `json:"station"` // that scanned it
	Of             int            `json:"of"`      // its place among the scans there
	Entry          int            `json:"entry"`   // and here
	Order          OrderID        `json:"order"`
	Parcel         ParcelID       `json:"parcel"`
	TrackingNumber TrackingNumber `json:"tracking_number"`
	Service        ServiceID      `json:"service,omitempty"`
	ServiceName    string         `json:"service_name,omitempty"`
	Weight         Grams          `json:"weight_g,omitempty"`
	PostalCode     string         `json:"postal_code,omitempty"`
	Country        string         `json:"country,omitempty"`
	Scanner        string         `json:"scanner,omitempty"`
	Operator       string         `json:"operator,omitempty"`
	At             time.Time      `json:"at"`
	Guest          bool           `json:"guest,omitempty"`    // its order is another station's than this one
	Conflict       string         `json:"conflict,omitempty"` // twice or late: why it does not count
	Back           *ScanBack      `json:"back,omitempty"`     // it does not leave with the pick-up after all

	// BackElsewhere is how another station took it back after the pick-up was closed
	// here: it stays on the manifest as it was signed, and does not leave.
	BackElsewhere *ScanBack `json:"back_elsewhere,omitempty"`
}

// A ScanBack says when a scan was taken back at another station, by whom and why.
type ScanBack struct {
	At      time.Time `json:"at"`
	By      string    `json:"by,omitempty"`
	Reason  string    `json:"reason,omitempty"`
	Station StationID `json:"station,omitempty"` // that took it back; not in events of before
}

// CutoffMissed records that labelled parcels had not been handed over at their
// carrier's cut-off time.
type CutoffMissed struct {
	Carrier CarrierID  `json:"carrier"`
	Cutoff  time.Time  `json:"cutoff"`
	Count   int        `json:"count"`
	Parcels []ParcelID `json:"parcels"` // the first of them
}

// EventType returns parcel.handed_over.
func (ParcelHandedOver) EventType() EventType { return ParcelHandedOverType }

// EventType returns parcel.taken_back.
func (ParcelTakenBack) EventType() EventType { return ParcelTakenBackType }

// EventType returns handoff.opened.
func (HandoffOpened) EventType() EventType { return HandoffOpenedType }

// EventType returns handoff.closed.
func (HandoffClosed) EventType() EventType { return HandoffClosedType }

// EventType returns handoff.taken_over.
func (HandoffTakenOver) EventType() EventType { return HandoffTakenOverType }

// EventType returns handoff.yielded.
func (HandoffYielded) EventType() EventType { return HandoffYieldedType }

// EventType returns handoff.merged.
func (HandoffMerged) EventType() EventType { return HandoffMergedType }

// EventType returns cutoff.missed.
func (CutoffMissed) EventType() EventType { return CutoffMissedType }
