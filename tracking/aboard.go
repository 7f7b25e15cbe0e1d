package tracking

import (
	"cmp"
	"slices"
	"strings"

	"waybill/shipment"
)

// A departure is that a station has put a parcel on a pick-up.
type departure struct {
	Fact
	twice bool // it is off again: another station has handed it over too, and it counts there
}

// aboard is what a parcel is on: of the pick-ups that it was scanned onto, those that
// nobody has taken it back from. The zero value is a parcel at the warehouse.
type aboard struct {
	on    []departure
	early []Fact // what takes back a scan that a station with a faster clock tells of later
}

// aboard returns what the parcels of s are on, those that no pick-up ever had left out.
func (s Shipment) aboard() map[shipment.ParcelID]*aboard {
	all := map[shipment.ParcelID]*aboard{}
	for _, f := range s.Facts {
		if f.atDock() {
			aboardOf(all, f.Parcel).hear(f)
		}
	}
	return all
}

func aboardOf(all map[shipment.ParcelID]*aboard, id shipment.ParcelID) *aboard {
	if all[id] == nil {
		all[id] = &aboard{}
	}
	return all[id]
}

// counts reports whether the parcel has left with a label of that number, or with any
// where none is named.
func (a *aboard) counts(n shipment.TrackingNumber) bool {
	return slices.ContainsFunc(a.on, func(d departure) bool { return !d.twice && sameLabel(d.Number, n) })
}

// hear takes in the next fact of the parcel at the dock.
func (a *aboard) hear(f Fact) {
	if f.Type == shipment.ParcelTakenBackType {
		a.takeBack(f)
		return
	}
	i := slices.IndexFunc(a.early, func(back Fact) bool {
		return back.Source != f.Source && back.Entry == f.Entry && back.takenFrom() == f.Handoff && sameLabel(back.Number, f.Number)
	})
	if i >= 0 {
		a.early = slices.Delete(a.early, i, i+1)
		return
	}
	a.on = append(a.on, departure{Fact: f})
}

// takeBack takes the parcel off one pick-up, however often it was scanned onto it, and
// whoever did so: a station may take back what another has scanned, since both know of
// it then. Where the parcel counts at another station, its own scans alone are off.
func (a *aboard) takeBack(back Fact) {
	from := back.takenFrom()
	off := func(d departure) bool { return !d.twice && d.Handoff == from && sameLabel(d.Number, back.Number) }
	if back.Twice {
		own := slices.ContainsFunc(a.on, func(d departure) bool { return off(d) && d.Source == back.Source })
		for i, d := range a.on {
			if off(d) && (!own || d.Source == back.Source) {
				a.on[i].twice = true
			}
		}
		return
	}
	meant := false // the very scan is known
	a.on = slices.DeleteFunc(a.on, func(d departure) bool {
		meant = meant || off(d) && d.Entry == back.Entry
		return off(d)
	})
	if !meant && back.Entry > 0 {
		a.early = append(a.early, back)
	}
}

// takenFrom returns the pick-up that f takes its parcel off.
func (f Fact) takenFrom() string { return cmp.Or(f.From, f.Handoff) }

// sameLabel reports whether two events may be about one label. Who says no number may
// mean any.
func sameLabel(a, b shipment.TrackingNumber) bool {
	return a == b || a == "" || b == "" || strings.EqualFold(strings.Join(strings.Fields(string(a)), ""), strings.Join(strings.Fields(string(b)), ""))
}
