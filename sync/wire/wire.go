// Package wire is what station and hub say to each other: events as
// CloudEvents, answers per event, leases of number ranges. It changes only by
// addition.
//
// The package does no I/O and reads no clock.
package wire

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"waybill/shipment"
)

// Media types of event batches.
const (
	NDJSON = "application/x-ndjson"               // one CloudEvent a line
	Batch  = "application/cloudevents-batch+json" // a JSON array of CloudEvents
	Single = "application/cloudevents+json"       // one CloudEvent
	typeNS = "waybill."
	typeV1 = ".v1"
)

// Genesis is the prevhash of the first event of an epoch.
const Genesis = "0000000000000000000000000000000000000000000000000000000000000000"

// An Envelope is an event on its way: a CloudEvent 1.0 with the extensions that
// make a station's history gapless and tamper-evident.
type Envelope struct {
	SpecVersion     string    `json:"specversion"`
	ID              string    `json:"id"`
	Source          string    `json:"source"`
	Type            string    `json:"type"`
	Subject         string    `json:"subject,omitempty"`
	Time            Timestamp `json:"time"`
	DataContentType string    `json:"datacontenttype,omitempty"`
	Epoch           int64     `json:"epoch"`    // counts the station's journals, from 1
	Sequence        int64     `json:"sequence"` // gapless from 1 within an epoch
	PrevHash        string    `json:"prevhash"` // Hash of the event before it, or Genesis
	TZOffset        string    `json:"tzoffset"` // the station's local offset at capture, as +01:00

	// The clock that nobody sets, at capture: Monotonic counts nanoseconds, and
	// only those of one BootID can be compared. It is text because an integer of
	// CloudEvents has 32 bits. Events of older stations have neither.
	Monotonic int64  `json:"monotonic,string,omitempty"`
	BootID    string `json:"bootid,omitempty"`

	// Purged is there when personal data was taken out of Data after the event was
	// recorded: the Hash that it had, which the event after it names.
	Purged string `json:"purged,omitempty"`

	Data json.RawMessage `json:"data,omitempty"`
}

// A Timestamp is a time as the contract writes it: RFC 3339, UTC, milliseconds.
type Timestamp time.Time

const timestampLayout = "2006-01-02T15:04:05.000Z"

// MarshalText writes the time in UTC with milliseconds.
func (t Timestamp) MarshalText() ([]byte, error) {
	return t.appendTo(nil), nil
}

// AppendText appends what MarshalText writes.
func (t Timestamp) AppendText(b []byte) ([]byte, error) { return t.appendTo(b), nil }

func (t Timestamp) appendTo(b []byte) []byte {
	return time.Time(t).UTC().AppendFormat(b, timestampLayout)
}

// UnmarshalText reads any RFC 3339 time.
func (t *Timestamp) UnmarshalText(b []byte) error {
	at, err := time.Parse(time.RFC3339Nano, string(b))
	if err != nil {
		return fmt.Errorf("time %q: want RFC 3339, as 2026-11-20T09:12:00.000Z", b)
	}
	at = at.UTC()
	if y := at.Year(); y < 0 || y > 9999 {
		return fmt.Errorf("time %q: in UTC it has no year of four digits", b)
	}
	*t = Timestamp(at)
	return nil
}

// Position is where an event stands in a station's history.
type Position struct {
	Epoch    int64  `json:"epoch"`
	Sequence int64  `json:"sequence"`
	Hash     string `json:"-"` // Hash of the event at this position; Genesis at sequence 0
}

// A Clock is what a station knows of an event's time beside the time of day,
// which people and time servers set.
type Clock struct {
	Local  *time.Location // gives the offset
	BootID string         // whose count Uptime is: another one after each start of the machine
	Uptime time.Duration  // never goes back under one BootID
}

// Seal returns the envelope that puts e after prev in station's history, and
// its bytes as they are stored, hashed and sent.
func Seal(station shipment.StationID, e shipment.Event, prev Position, clock Clock) (Envelope, []byte, error) {
	env := Envelope{
		SpecVersion:     "1.0",
		ID:              e.ID,
		Source:          Source(station),
		Type:            typeNS + string(e.Type) + typeV1,
		Subject:         string(e.Subject),
		Time:            Timestamp(e.Time),
		DataContentType: "application/json",
		Epoch:           prev.Epoch,
		Sequence:        prev.Sequence + 1,
		PrevHash:        prev.Hash,
		TZOffset:        e.Time.In(clock.Local).Format("-07:00"),
		Monotonic:       clock.Uptime.Nanoseconds(),
		BootID:          clock.BootID,
		Data:            e.Data,
	}
	raw, err := env.encode()
	if err != nil {
		return Envelope{}, nil, fmt.Errorf("event %s: %w", e.ID, err)
	}
	return env, raw, nil
}

// Hash returns the SHA-256 of an event's bytes, in hex: the next event's
// prevhash.
func Hash(raw []byte) string {
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}

// Recorded returns the hash that an event had when it was recorded: that of its
// bytes, or what a purged one says of itself. raw is env's own bytes.
func (env Envelope) Recorded(raw []byte) string {
	if env.Purged != "" {
		return env.Purged
	}
	return Hash(raw)
}

// Source returns the CloudEvents source of a station.
func Source(s shipment.StationID) string { return "/stations/" + string(s) }

// Station returns the station that env comes from.
func (env Envelope) Station() shipment.StationID {
	return shipment.StationID(strings.TrimPrefix(env.Source, "/stations/"))
}

// EventType returns the type without its name space and version, and false
// where it is none of ours.
func (env Envelope) EventType() (shipment.EventType, bool) {
	t, ok := strings.CutPrefix(env.Type, typeNS)
	if !ok {
		return "", false
	}
	t, ok = strings.CutSuffix(t, typeV1)
	return shipment.EventType(t), ok
}

// Check returns what keeps env from being taken, or nil. The error is for the
// sender's log.
func (env Envelope) Check() error {
	switch {
	case env.SpecVersion != "1.0":
		return fmt.Errorf("specversion %q: want 1.0", env.SpecVersion)
	case env.ID == "":
		return fmt.Errorf("id is missing")
	case !strings.HasPrefix(env.Source, "/stations/") || env.Station() == "":
		return fmt.Errorf("source %q: want /stations/{station_id}", env.Source)
	case env.Type == "":
		return fmt.Errorf("type is missing")
	case env.Epoch < 1:
		return fmt.Errorf("epoch %d: want 1 or more", env.Epoch)
	case env.Sequence < 1:
		return fmt.Errorf("sequence %d: want 1 or more", env.Sequence)
	case time.Time(env.Time).IsZero():
		return fmt.Errorf("time is missing")
	}
	return nil
}

// A Result is the hub's answer to one event.
type Result struct {
	ID       string `json:"id,omitempty"`
	Sequence int64  `json:"sequence,omitempty"`
	Status   Status `json:"status"`
	Code     Code   `json:"code,omitempty"` // why an event was rejected, for programs; empty where it is none of these
	Reason   string `json:"reason,omitempty"`
}

// A Code is why the hub rejects an event, for programs. A station must be able
// to do without: hubs of other versions give none, or others.
type Code string

// The codes. The first two are the event's own fault, and the next one may be
// in order; the last but one are the station's, and so is every event of it.
const (
	CodeTooLarge       Code = "too_large"       // larger than the hub takes
	CodeMalformed      Code = "malformed"       // not an event that can be read
	CodeForked         Code = "forked"          // another history of this station and epoch is kept
	CodeForeignStation Code = "foreign_station" // the token is another station's
	CodeClash          Code = "clash"           // another event has the ID
)

// A Status is what the hub did with an event.
type Status string

// The statuses. Accepted and duplicate events are durable at the hub.
const (
	Accepted  Status = "accepted"
	Duplicate Status = "duplicate"
	Rejected  Status = "rejected"
)

// An Answer is the hub's answer to a batch: one result per event, in order.
// Hubs of older versions give the results alone.
type Answer struct {
	Results []Result  `json:"results"`
	Now     Timestamp `json:"now,omitzero"`      // the hub's clock as it answers, after its commit
	Store   string    `json:"store,omitempty"`   // names the hub's store: where it changes, the station asks for its position
	Missing []Range   `json:"missing,omitempty"` // of the station that sends, and not announced by its Notice: to be sent again
}

// A LeaseRequest asks for a block of tracking numbers. The same Key always
// gets the same block, so that a lost answer costs nothing.
type LeaseRequest struct {
	Key     string             `json:"key"`
	Station shipment.StationID `json:"station"`
	Carrier shipment.CarrierID `json:"carrier"`
	Service shipment.ServiceID `json:"service,omitempty"` // for carriers whose numbers tell the service
	Count   int64              `json:"count"`
}

// A Lease is a block of serial numbers that no other station gets: Next up to,
// but not including, End.
type Lease struct {
	ID      string             `json:"id"`
	Range   string             `json:"range"` // the hub's name for the pool the block is cut from
	Carrier shipment.CarrierID `json:"carrier"`
	Service shipment.ServiceID `json:"service,omitempty"` // what was asked for
	Scheme  string             `json:"scheme"`            // how a serial number becomes a tracking number
	Prefix  string             `json:"prefix"`            // scheme's fixed part: shipper number, Mailer ID, …
	Next    int64              `json:"next"`
	End     int64              `json:"end"`
	Expires time.Time          `json:"expires,omitzero"`
}
