// Package handoff is a carrier's pick-up: opened, parcels scanned onto it,
// closed with a count that both sides can check.
//
// It decides which pick-up a parcel goes onto and what keeps it from one, what
// a signature is, when a cut-off is missed, and what a manifest says. It does no
// I/O and reads no clock.
package handoff

import (
	"errors"
	"fmt"
	"time"

	"waybill/shipment"
)

// A Session is one carrier's pick-up. The parcels scanned onto it are kept
// beside it, one record each, so that a scan costs the same however many there
// are.
type Session struct {
	ID       string             `json:"id"`
	Carrier  shipment.CarrierID `json:"carrier"`
	Service  shipment.ServiceID `json:"service,omitempty"` // the only one it takes; empty: all of the carrier's
	Trailer  string             `json:"trailer,omitempty"` // or the vehicle
	Dock     string             `json:"dock,omitempty"`    // the door it stands at; empty: any
	Auto     bool               `json:"auto,omitempty"`    // a scan opened it, no person
	Corrects string             `json:"corrects,omitempty"`
	OpenedBy string             `json:"opened_by,omitempty"`
	Opened   time.Time          `json:"opened"`
	Closed   time.Time          `json:"closed,omitzero"`
	ClosedBy string             `json:"closed_by,omitempty"`
	Count    int                `json:"count"` // parcels on it
	Weight   shipment.Grams     `json:"weight_g"`
	Scans    int                `json:"scans"`                 // onto it, those that were undone since among them
	Missing  int                `json:"left_behind,omitempty"` // left behind when it was closed
	Returned int                `json:"returned,omitempty"`    // parcels of the pick-up it corrects that did not leave after all
	Driver   string             `json:"driver,omitempty"`
	Signed   string             `json:"signature_sha256,omitempty"`
	Head     string             `json:"head,omitempty"`    // hash of the journal's last event when it was closed
	Fetched  bool               `json:"fetched,omitempty"` // from the hub, after the station's own journal was lost
}

// An Entry is one scan of a parcel onto a session.
type Entry struct {
	N              int                     `json:"n"` // its place among the session's scans, from 1
	Parcel         shipment.ParcelID       `json:"parcel"`
	Order          shipment.OrderID        `json:"order"`
	TrackingNumber shipment.TrackingNumber `json:"tracking_number"`
	Service        shipment.ServiceID      `json:"service,omitempty"`
	ServiceName    string                  `json:"service_name,omitempty"`
	Weight         shipment.Grams          `json:"weight_g,omitempty"`
	PostalCode     string                  `json:"postal_code,omitempty"`
	Country        string                  `json:"country,omitempty"`
	Scanner        string                  `json:"scanner,omitempty"`
	At             time.Time               `json:"at"`
	Back           *Back                   `json:"back,omitempty"` // it does not leave after all
}

// A Back says why a parcel does not leave with the pick-up it was scanned onto.
type Back struct {
	At      time.Time `json:"at"`
	By      string    `json:"by,omitempty"`
	Reason  string    `json:"reason,omitempty"`
	Handoff string    `json:"handoff,omitempty"` // the later pick-up that corrected it; empty: undone while it was open
}

// A Waiting is a parcel with a good label that no carrier has yet.
type Waiting struct {
	Parcel         shipment.ParcelID       `json:"parcel"`
	Order          shipment.OrderID        `json:"order"`
	TrackingNumber shipment.TrackingNumber `json:"tracking_number"`
	Carrier        shipment.CarrierID      `json:"carrier"`
	Service        shipment.ServiceID      `json:"service,omitempty"`
	ServiceName    string                  `json:"service_name,omitempty"`
	Weight         shipment.Grams          `json:"weight_g,omitempty"`
	To             string                  `json:"to,omitempty"` // consignee
	PostalCode     string                  `json:"postal_code,omitempty"`
	Country        string                  `json:"country,omitempty"`
	Printed        time.Time               `json:"printed,omitzero"`
	Printer        string                  `json:"printer,omitempty"`
	Seen           time.Time               `json:"seen,omitzero"` // last by a scanner
	SeenBy         string                  `json:"seen_by,omitempty"`
	Stop           string                  `json:"stop,omitempty"` // why it must not leave as it is
}

// Where says where a waiting parcel was seen last, for whoever looks for it.
func (w Waiting) Where(clock func(time.Time) string) string {
	switch {
	case !w.Seen.IsZero() && w.SeenBy != "":
		return fmt.Sprintf("scanned %s at %s", clock(w.Seen), w.SeenBy)
	case !w.Seen.IsZero():
		return "scanned " + clock(w.Seen)
	case w.Printer != "":
		return fmt.Sprintf("label printed %s on %s, never scanned", clock(w.Printed), w.Printer)
	}
	return fmt.Sprintf("label printed %s, never scanned", clock(w.Printed))
}

// ErrClosed is returned for a parcel, an undoing or a close that comes after the
// end.
var ErrClosed = errors.New("the pick-up is closed")

// ErrEmpty is returned for an undoing where nothing is left to undo.
var ErrEmpty = errors.New("nothing on the pick-up can be taken back")

// Open reports whether parcels may still be scanned onto s.
func (s Session) Open() bool { return s.Closed.IsZero() }

// Takes reports whether a parcel of that carrier and service belongs on s.
func (s Session) Takes(c shipment.CarrierID, service shipment.ServiceID) bool {
	return s.Carrier == c && (s.Service == "" || s.Service == service)
}

// Clashes reports whether a scan could not tell s from t while both are open:
// same carrier, and neither service nor dock keeps them apart.
func (s Session) Clashes(t Session) bool {
	apart := func(a, b string) bool { return a != "" && b != "" && a != b }
	return s.Carrier == t.Carrier && !apart(string(s.Service), string(t.Service)) && !apart(s.Dock, t.Dock)
}

// Add returns the session with one more parcel, and the entry with its place.
func (s Session) Add(e Entry) (Session, Entry, error) {
	if !s.Open() {
		return s, e, ErrClosed
	}
	s.Scans++
	s.Count++
	s.Weight += e.Weight
	e.N = s.Scans
	return s, e, nil
}

// TakeBack returns the open session without the parcel of e, and e marked.
func (s Session) TakeBack(e Entry, why Back) (Session, Entry, error) {
	if !s.Open() {
		return s, e, ErrClosed
	}
	if e.Back != nil || s.Count == 0 {
		return s, e, ErrEmpty
	}
	s.Count--
	s.Weight -= e.Weight
	e.Back = &why
	return s, e, nil
}

// A Closing is what is said at the end of a pick-up.
type Closing struct {
	At      time.Time
	By      string
	Driver  string
	Signed  string // SHA-256 of the signature; empty: none was given
	Missing int    // parcels that were expected and are left behind
	Head    string
}

// Close returns the session closed. It never opens again; a later session may
// correct it.
func (s Session) Close(c Closing) (Session, error) {
	if !s.Open() {
		return s, ErrClosed
	}
	s.Closed, s.ClosedBy, s.Driver, s.Signed, s.Missing, s.Head = c.At, c.By, c.Driver, c.Signed, c.Missing, c.Head
	return s, nil
}
