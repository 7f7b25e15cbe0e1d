// Package handoff is a carrier's pick-up: opened, parcels scanned onto it,
// closed with a count that both sides can check.
//
// The package does no I/O and reads no clock.
package handoff

import (
	"errors"
	"time"

	"waybill/shipment"
)

// A Session is one carrier's pick-up. The parcels scanned onto it are kept
// beside it, one record each, so that a scan costs the same however many there
// are.
type Session struct {
	ID      string             `json:"id"`
	Carrier shipment.CarrierID `json:"carrier"`
	Opened  time.Time          `json:"opened"`
	Closed  time.Time          `json:"closed,omitzero"`
	Count   int                `json:"count"`
	Head    string             `json:"head,omitempty"` // hash of the journal's last event when it was closed
}

// An Entry is one parcel on a session.
type Entry struct {
	Parcel         shipment.ParcelID       `json:"parcel"`
	Order          shipment.OrderID        `json:"order"`
	TrackingNumber shipment.TrackingNumber `json:"tracking_number"`
	At             time.Time               `json:"at"`
}

// ErrClosed is returned for a parcel or a close that comes after the end.
var ErrClosed = errors.New("the pick-up is closed")

// Add returns the session with one more parcel.
func (s Session) Add() (Session, error) {
	if !s.Closed.IsZero() {
		return s, ErrClosed
	}
	s.Count++
	return s, nil
}

// Close returns the session closed at at.
func (s Session) Close(at time.Time, head string) (Session, error) {
	if !s.Closed.IsZero() {
		return s, ErrClosed
	}
	s.Closed, s.Head = at, head
	return s, nil
}
