package agent

import (
	"fmt"
	"time"

	"waybill/agent/handoff"
	"waybill/shipment"
)

// An Away is that the hub has given a parcel to another station, which hands it over.
type Away struct {
	Station shipment.StationID `json:"station"`
	By      string             `json:"by,omitempty"` // on whose word there
	At      time.Time          `json:"at"`           // by the hub's clock
}

// TakenOver says that the hub has given parcel K to another station, or, where Back is
// set, that this one has it again.
type TakenOver struct {
	K       int
	To      shipment.StationID
	By      string
	At      time.Time
	Back    bool
	Learned time.Time
}

func (TakenOver) isInput() {}

func (s State) takenOver(in TakenOver) (State, []Effect) {
	for _, p := range s.Parcels {
		if p.K != in.K {
			continue
		}
		p.Away = &Away{Station: in.To, By: in.By, At: in.At}
		if in.Back {
			p.Away = nil
		}
		return s.with(p, in.Learned), []Effect{Record{shipment.ParcelYielded{
			Parcel: p.ID, TrackingNumber: p.TrackingNumber, Carrier: s.Carrier, To: in.To, By: in.By, At: in.At, Back: in.Back,
		}}}
	}
	return s, nil
}

// away refuses a parcel that another station hands over.
func (s State) away(p Parcel, in Scanned) *handoff.Refusal {
	by := ""
	if p.Away.By != "" {
		by = " by " + p.Away.By
	}
	return &handoff.Refusal{Code: handoff.ParcelTakenOver, Message: fmt.Sprintf(
		"Stop: this parcel of order %s was taken over by station %s at %s%s. Hand it over there.", s.Order.ID, p.Away.Station, in.clock(p.Away.At), by)}
}

// yielded takes in that a parcel is another station's to hand over, or this one's
// again.
func (r *Retelling) yielded(f shipment.ParcelYielded) {
	if f.Owner != "" { // of another station's order of this ID
		return
	}
	r.travelling(f.Parcel, f.TrackingNumber, func(p *Parcel) {
		p.Away = &Away{Station: f.To, By: f.By, At: f.At}
		if f.Back {
			p.Away = nil
		}
	})
}

// merged takes in another station's scan of a parcel that changed hands.
func (r *Retelling) merged(f shipment.ParcelMerged, learned time.Time) {
	if f.Owner != "" { // of another station's order of this ID
		return
	}
	by := handoff.Entry{Scanner: f.Scanner, Operator: f.Operator, Station: f.Station}.By()
	r.Elsewhere(f.Parcel, f.TrackingNumber, Elsewhere{Handoff: f.Handoff, By: by, At: f.Left, Learned: learned})
}
