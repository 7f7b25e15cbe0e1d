package desk

import (
	"context"
	"errors"
	"fmt"
	"time"

	"waybill/internal/fault"
	"waybill/shipment"
	"waybill/sync/journal"
)

const (
	kindAdmission journal.Kind = "admission" // a station whose parcels may be handed over here, by its ID

	admitted = "admitted"
	ended    = "ended"
)

// AdmittedFor is how long parcels of another station may be handed over here after a
// person has said so: the station may be at work again tomorrow.
const AdmittedFor = 24 * time.Hour

// An Admission is a person's word that parcels of another station may be handed over
// here: that one is gone, and they stand around.
type Admission struct {
	Station shipment.StationID `json:"station"`
	By      string             `json:"by"`
	At      time.Time          `json:"at"`
	Until   time.Time          `json:"until"`
}

// AdmitParcels lets parcels of another station be handed over here, one by one as
// they are scanned and the hub gives them. Saying it again makes it longer.
func (d *Desk) AdmitParcels(ctx context.Context, station shipment.StationID, by string) (Admission, error) {
	a := Admission{Station: station, By: by, At: d.o.Now(), Until: d.o.Now().Add(AdmittedFor)}
	op := fmt.Sprintf("parcels of station %q", station)
	switch {
	case station == "" || by == "":
		return a, &fault.Error{Op: op, Kind: fault.Invalid, Err: errors.New("the station and who says so are required")}
	case station == d.o.Journal.Station():
		return a, &fault.Error{Op: op, Kind: fault.Invalid, Err: errors.New("they are this station's own"), Hint: "Name the station that is gone."}
	}
	err := d.o.Journal.Update(ctx, func(tx *journal.Tx) error {
		return tx.Put(kindAdmission, string(station), a, journal.Index{State: admitted})
	})
	if err == nil {
		d.say(Notice{Topic: "handoff", At: d.o.Now()})
	}
	return a, err
}

// EndAdmission takes that word back. What was taken over stays here.
func (d *Desk) EndAdmission(ctx context.Context, station shipment.StationID) error {
	err := d.o.Journal.Update(ctx, func(tx *journal.Tx) error {
		var a Admission
		found, err := tx.Get(kindAdmission, string(station), &a)
		if err == nil && !found {
			return &fault.Error{Op: fmt.Sprintf("parcels of station %q", station), Kind: fault.NotFound, Err: errors.New("nobody has said that they may be handed over here")}
		}
		if err != nil {
			return err
		}
		return tx.Put(kindAdmission, string(station), a, journal.Index{State: ended})
	})
	if err == nil {
		d.say(Notice{Topic: "handoff", At: d.o.Now()})
	}
	return err
}

// Admissions returns the stations whose parcels may be handed over here now.
func (d *Desk) Admissions(ctx context.Context) ([]Admission, error) {
	var now []Admission
	err := d.o.Journal.View(ctx, func(tx *journal.ReadTx) error {
		list, err := collect[Admission](tx, kindAdmission, journal.Query{States: []string{admitted}})
		for _, a := range list {
			if d.o.Now().Before(a.Until) {
				now = append(now, a)
			}
		}
		return err
	})
	return now, err
}

// admission returns a person's word about a station's parcels, where it counts now.
func (d *Desk) admission(tx *journal.ReadTx, station shipment.StationID) (Admission, bool, error) {
	list, err := collect[Admission](tx, kindAdmission, journal.Query{States: []string{admitted}})
	for _, a := range list {
		if a.Station == station && d.o.Now().Before(a.Until) {
			return a, true, err
		}
	}
	return Admission{}, false, err
}
