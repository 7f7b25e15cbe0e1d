package tracking

import (
	"time"

	"waybill/shipment"
	"waybill/sync/wire"
)

// An Offer is a one-time code that a station may enrol with.
type Offer struct {
	Station  shipment.StationID
	Code     string        // SHA-256 of its secret, in hex
	Life     time.Duration // how long it is good
	Replaces bool          // it may take the place of a token that is good: the station was lost, or set up anew
}

// An Enrolment is a station that shows its code.
type Enrolment struct {
	Station shipment.StationID
	Code    string        // SHA-256 of what it showed, in hex
	Token   string        // SHA-256 of its own token, in hex
	Life    time.Duration // of the token; 0: for ever
}

// A Renewal is a station that wants another token.
type Renewal struct {
	Station shipment.StationID
	Token   string        // SHA-256 of the token that it shows, in hex
	Next    string        // and of the one that it wants
	Life    time.Duration // of the next; 0: for ever
	Overlap time.Duration // how long the one that it shows is good still
}

// A Credential is a token of a station, of which nobody but the station knows
// more than the hash.
type Credential struct {
	Station shipment.StationID
	Made    time.Time
	Expires time.Time // zero: never
}

// Due reports whether the station should renew it: two thirds of its life are
// over.
func (c Credential) Due(now time.Time) bool {
	return !c.Expires.IsZero() && now.After(c.Expires.Add(-c.Expires.Sub(c.Made)/3))
}

// An Admission is what the hub makes of a token.
type Admission struct {
	Credential

	Refusal wire.Refusal // why it may not pass; empty: it may
	At      time.Time    // since when it may not
	Reason  string       // what a person said about it
}

// A StationAccess is a station that was enrolled, offered a code or shut out.
type StationAccess struct {
	Station    shipment.StationID
	Credential Credential // the newest; zero: none yet, or none any more
	Enrolled   bool       // it has a token that is good
	Expired    bool       // its token has ended
	CodeUntil  time.Time  // a code for it is good until then; zero: there is none
	Revoked    time.Time  // zero: it is not
	Reason     string     // why it is revoked
}

// State says how the station stands, in a word: revoked, enrolled, expired,
// waiting (for it to use its code) or none.
func (a StationAccess) State() string {
	switch {
	case !a.Revoked.IsZero():
		return "revoked"
	case a.Enrolled:
		return "enrolled"
	case !a.CodeUntil.IsZero():
		return "waiting"
	case a.Expired:
		return "expired"
	}
	return "none"
}

// A RefusedError is a station that may not have what it asks for.
type RefusedError struct {
	Refusal wire.Refusal
	Words   string // for the person at the station
}

// Error returns the words.
func (e *RefusedError) Error() string { return e.Words }
