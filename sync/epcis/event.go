package epcis

import (
	"crypto/sha256"
	"fmt"
	"regexp"
	"time"

	"waybill/sync/wire"
)

// An event is one of EPCIS, in the standard's JSON form. Names with waybill: are
// ours; the document's context says whose they are.
type event struct {
	Type     string        `json:"type"`
	ID       string        `json:"eventID"`
	Time     string        `json:"eventTime"`
	Offset   string        `json:"eventTimeZoneOffset"`
	Action   string        `json:"action"`
	BizStep  string        `json:"bizStep,omitempty"`
	State    string        `json:"disposition,omitempty"`
	Parent   string        `json:"parentID,omitempty"`
	Read     *place        `json:"readPoint,omitempty"`
	Place    *place        `json:"bizLocation,omitempty"`
	Business []business    `json:"bizTransactionList,omitempty"`
	To       []destination `json:"destinationList,omitempty"`
	Error    *declaration  `json:"errorDeclaration,omitempty"`

	EPCs     []string   `json:"epcList,omitempty"`           // of an ObjectEvent
	Children []string   `json:"childEPCs,omitempty"`         // of an AggregationEvent
	Goods    []quantity `json:"childQuantityList,omitempty"` // likewise

	Source   string `json:"waybill:event"`    // the ID of the event in the journal
	Position string `json:"waybill:position"` // its epoch and sequence there
	Evidence string `json:"waybill:evidence,omitempty"`
	Reason   string `json:"waybill:reason,omitempty"`
}

type place struct {
	ID string `json:"id"`
}

type business struct {
	Type string `json:"type,omitempty"`
	ID   string `json:"bizTransaction"`
}

type destination struct {
	Type string `json:"type"`
	ID   string `json:"destination"`
}

type quantity struct {
	Class    string `json:"epcClass"`
	Quantity int    `json:"quantity"`
}

// A declaration is of an event that erred. But for it, the event is told again
// as it was: a receiver that compares the two finds no other difference.
type declaration struct {
	Time    string   `json:"declarationTime"`
	Reason  string   `json:"reason"`
	Instead []string `json:"correctiveEventIDs,omitempty"`
	Why     string   `json:"waybill:reason,omitempty"`
}

// The types, actions, steps and states of the standard that are used here.
const (
	objectEvent      = "ObjectEvent"
	aggregationEvent = "AggregationEvent"

	add     = "ADD"
	observe = "OBSERVE"
	remove  = "DELETE"

	commissioning   = "commissioning"
	decommissioning = "decommissioning"
	packingStep     = "packing"
	loading         = "loading"
	shipping        = "shipping"
	voidShipping    = "void_shipping"

	active          = "active"
	inactive        = "inactive"
	containerClosed = "container_closed"
	inProgress      = "in_progress"
	inTransit       = "in_transit"

	didNotOccur   = "did_not_occur"
	incorrectData = "incorrect_data"
)

// begin returns the event of EPCIS that tells of env as a step of business.
func (s Site) begin(env wire.Envelope, kind, action, step, state string) event {
	read := s.name(location, string(env.Station()))
	if s.ReadPoint != "" {
		read = s.place(s.ReadPoint)
	}
	e := event{
		Type: kind, ID: eventID(env.ID, step), Time: stamp(env), Offset: offset(env),
		Action: action, BizStep: step, State: state, Read: &place{read},
		Source: env.ID, Position: fmt.Sprintf("%d/%d", env.Epoch, env.Sequence),
	}
	if s.BizLocation != "" {
		e.Place = &place{s.place(s.BizLocation)}
	}
	return e
}

// eventID makes the same ID of the same event at every export, so that who has
// the document already knows the event again. It is a UUID of version 8 (RFC
// 9562), whose bits are for the maker to choose.
func eventID(id, step string) string {
	sum := sha256.Sum256([]byte("waybill epcis\n" + id + "\n" + step))
	sum[6] = sum[6]&0x0f | 0x80
	sum[8] = sum[8]&0x3f | 0x80
	return fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", sum[:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
}

func stamp(env wire.Envelope) string {
	b, _ := env.Time.MarshalText() // never fails
	return string(b)
}

// offsets are those that the standard takes.
var offsets = regexp.MustCompile(`^[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00)$`)

// offset is the station's local offset. The standard requires one; an event that
// has none was recorded in UTC as far as anyone knows.
func offset(env wire.Envelope) string {
	if offsets.MatchString(env.TZOffset) {
		return env.TZOffset
	}
	return "+00:00"
}

// creation is when the document was made.
func creation(at time.Time) string {
	b, _ := wire.Timestamp(at).MarshalText() // never fails
	return string(b)
}
