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
	"strings"
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
	Fetched  bool               `json:"fetched,omitempty"` // from the hub: another station had it, or this one's lost journal

	From      shipment.StationID `json:"from,omitempty"`           // the station it was taken over from
	Hands     int                `json:"hands,omitempty"`          // how often it had changed hands when this station got it
	Taken     *Taken             `json:"taken,omitempty"`          // another station has it
	Heard     int                `json:"heard,omitempty"`          // how much of what the hub knows of it is known here
	Conflicts int                `json:"conflicts,omitempty"`      // scans of other stations that do not count, and why is kept
	Shut      int                `json:"shut_elsewhere,omitempty"` // how many closings by other stations are known here
}

// A Taken is who has taken a pick-up over from this station.
type Taken struct {
	Station shipment.StationID `json:"station"`
	By      string             `json:"by,omitempty"`
	At      time.Time          `json:"at"`
	Closed  time.Time          `json:"closed,omitzero"` // there
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
	Operator       string                  `json:"operator,omitempty"` // who held the scanner, by their badge
	At             time.Time               `json:"at"`
	Back           *Back                   `json:"back,omitempty"` // it does not leave after all

	Station  shipment.StationID `json:"station,omitempty"`  // that scanned it; empty: this one
	Of       int                `json:"of,omitempty"`       // its place among the scans there
	Guest    bool               `json:"guest,omitempty"`    // its order is another station's
	Conflict string             `json:"conflict,omitempty"` // Twice or Late: it does not count

	// Elsewhere is how another station took it back that did not know of the closing
	// here: it stays on the paper as it was signed, and the parcel is not in the van.
	Elsewhere *Back `json:"back_elsewhere,omitempty"`
}

// GoneBack reports whether the parcel is on the paper that was signed and not in the
// van, as far as no correction says so.
func (e Entry) GoneBack() bool { return e.Elsewhere != nil && e.Back == nil }

// What keeps another station's scan from counting.
const (
	Twice = "twice" // this station has scanned the parcel too
	Late  = "late"  // the pick-up was closed here before the scan was known
)

// By says who scanned: the person where one is known, the scanner, and the
// station where it is another.
func (e Entry) By() string {
	by := e.Scanner
	if e.Operator != "" {
		by = strings.TrimSuffix(e.Operator+" with "+e.Scanner, " with ")
	}
	if e.Station != "" {
		by = strings.TrimSpace(fmt.Sprintf("%s at station %s", by, e.Station))
	}
	return by
}

// A Back says why a parcel does not leave with the pick-up it was scanned onto.
type Back struct {
	At      time.Time `json:"at"`
	By      string    `json:"by,omitempty"`
	Reason  string    `json:"reason,omitempty"`
	Handoff string    `json:"handoff,omitempty"` // the later pick-up that corrected it; empty: undone while it was open

	Station shipment.StationID `json:"station,omitempty"` // that took it back; empty: this one
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
	First          time.Time               `json:"first_printed,omitzero"` // where it was printed again since: when it was first
	Seen           time.Time               `json:"seen,omitzero"`          // last by a scanner
	SeenBy         string                  `json:"seen_by,omitempty"`
	Stop           string                  `json:"stop,omitempty"` // why it must not leave as it is

	Station shipment.StationID `json:"station,omitempty"` // that has its order; empty: this one
	For     string             `json:"for,omitempty"`     // the pick-up by which this station knows of it
	Handoff string             `json:"handoff,omitempty"` // the pick-up it has left with
	Code    string             `json:"code,omitempty"`    // of Stop, for programs
}

// Redact returns the parcel without for whom it is.
func (w Waiting) Redact() Waiting {
	w.To, w.PostalCode, w.Stop = "", "", ""
	return w
}

// Labelled returns since when the parcel has had a label: printing it again makes
// it no younger.
func (w Waiting) Labelled() time.Time {
	if w.First.IsZero() {
		return w.Printed
	}
	return w.First
}

// Where says where a waiting parcel was seen last, for whoever looks for it.
func (w Waiting) Where(clock func(time.Time) string) string {
	switch {
	case w.Station != "" && !w.Seen.IsZero():
		return fmt.Sprintf("scanned %s at station %s", clock(w.Seen), w.Station)
	case w.Station != "":
		return fmt.Sprintf("label printed %s at station %s, never scanned", clock(w.Printed), w.Station)
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

// ErrTaken is returned for the same where another station has taken the pick-up
// over.
var ErrTaken = errors.New("another station has taken the pick-up over")

// ErrEmpty is returned for an undoing where nothing is left to undo.
var ErrEmpty = errors.New("nothing on the pick-up can be taken back")

// Open reports whether parcels may still be scanned onto s at this station.
func (s Session) Open() bool { return s.over() == nil }

// over returns why s takes nothing any more.
func (s Session) over() error {
	switch {
	case !s.Closed.IsZero():
		return ErrClosed
	case s.Taken != nil:
		return ErrTaken
	}
	return nil
}

// Went says where a pick-up is that another station has taken over.
func (s Session) Went(clock func(time.Time) string) string {
	if s.Taken == nil {
		return ""
	}
	by := ""
	if s.Taken.By != "" {
		by = " by " + s.Taken.By
	}
	words := fmt.Sprintf("taken over by station %s at %s%s", s.Taken.Station, clock(s.Taken.At), by)
	if !s.Taken.Closed.IsZero() {
		words += ", and closed there at " + clock(s.Taken.Closed)
	}
	return words
}

// Takes reports whether a parcel of that carrier and service belongs on s.
func (s Session) Takes(c shipment.CarrierID, service shipment.ServiceID) bool {
	return s.Carrier == c && (s.Service == "" || s.Service == service)
}

// Whereabouts says which of its carrier's open pick-ups s is.
func (s Session) Whereabouts(clock func(time.Time) string) string {
	where := ""
	if s.Dock != "" {
		where = "at dock " + s.Dock + " "
	}
	if s.Service != "" {
		where += "for " + string(s.Service) + " "
	}
	if s.Trailer != "" {
		where += "with " + s.Trailer + " "
	}
	parcels := "parcels"
	if s.Count == 1 {
		parcels = "parcel"
	}
	return fmt.Sprintf("%ssince %s with %d %s", where, clock(s.Opened), s.Count, parcels)
}

// Clashes reports whether a scan could not tell s from t while both are open:
// same carrier, and neither service nor dock keeps them apart. Only scans that
// name it are onto a correction, so it clashes with none but one of the same.
func (s Session) Clashes(t Session) bool {
	if s.Corrects != "" || t.Corrects != "" {
		return s.Corrects == t.Corrects
	}
	apart := func(a, b string) bool { return a != "" && b != "" && !strings.EqualFold(a, b) }
	return s.Carrier == t.Carrier && !apart(string(s.Service), string(t.Service)) && !apart(s.Dock, t.Dock)
}

// Add returns the session with one more parcel, and the entry with its place.
func (s Session) Add(e Entry) (Session, Entry, error) {
	if err := s.over(); err != nil {
		return s, e, err
	}
	s.Scans++
	s.Count++
	s.Weight += e.Weight
	e.N = s.Scans
	return s, e, nil
}

// TakeBack returns the open session without the parcel of e, and e marked.
func (s Session) TakeBack(e Entry, why Back) (Session, Entry, error) {
	if err := s.over(); err != nil {
		return s, e, err
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
	if err := s.over(); err != nil {
		return s, err
	}
	s.Closed, s.ClosedBy, s.Driver, s.Signed, s.Missing, s.Head = c.At, c.By, c.Driver, c.Signed, c.Missing, c.Head
	return s, nil
}
