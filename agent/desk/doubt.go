package desk

import (
	"fmt"
	"slices"
	"strings"

	"waybill/agent/handoff"
	"waybill/shipment"
	"waybill/sync/journal"
)

// A doubtful is a parcel that the stations which had a pick-up know differently.
type doubtful struct {
	Parcel  shipment.ParcelID       `json:"parcel"`
	Number  shipment.TrackingNumber `json:"number"`
	Station shipment.StationID      `json:"station,omitempty"` // the other one
}

// doubts are the parcels of one pick-up that somebody must look at.
type doubts struct {
	Twice    []doubtful `json:"twice,omitempty"`    // scanned at both stations
	Late     []doubtful `json:"late,omitempty"`     // scanned there, and on no manifest
	Both     []doubtful `json:"both,omitempty"`     // on another pick-up too
	Returned []doubtful `json:"returned,omitempty"` // scanned there, and a correction here took it back
	Gone     []doubtful `json:"gone,omitempty"`     // on the manifest here, and taken back there
}

// A doubtAlarm is an alarm with what it is about, so that what comes in before
// anybody has taken note of it is told beside the rest.
type doubtAlarm struct {
	Alarm

	About doubts `json:"about,omitzero"`
}

// doubtsOf returns what a person must look at of what was merged.
func doubtsOf(tx *journal.Tx, m shipment.HandoffMerged) (doubts, error) {
	var about doubts
	for _, s := range m.Scans {
		p := doubtful{s.Parcel, s.TrackingNumber, s.Station}
		switch {
		case s.Conflict == handoff.Twice:
			e, found, err := signedFor(&tx.ReadTx, m.Handoff, s.Parcel, s.TrackingNumber)
			if err != nil {
				return about, err
			}
			if found && e.Back != nil {
				about.Returned = append(about.Returned, p)
			} else {
				about.Twice = append(about.Twice, p)
			}
			continue
		case s.Back != nil:
			continue
		case s.BackElsewhere != nil:
			p.Station = s.BackElsewhere.Station
			about.Gone = append(about.Gone, p)
			continue
		case s.Conflict == handoff.Late:
			about.Late = append(about.Late, p)
		}
		if slices.Contains(m.Both, s.Parcel) {
			about.Both = append(about.Both, p)
		}
	}
	return about, nil
}

// settled returns o without what was merged has settled.
func (o doubts) settled(m shipment.HandoffMerged) doubts {
	for _, s := range m.Scans {
		without := func(list []doubtful) []doubtful {
			return slices.DeleteFunc(list, func(p doubtful) bool { return p.is(s.Parcel, s.TrackingNumber) })
		}
		switch {
		case s.Conflict == handoff.Twice:
		case s.Back != nil || s.BackElsewhere != nil:
			o.Late, o.Both = without(o.Late), without(o.Both)
		default:
			o.Gone = without(o.Gone)
		}
	}
	return o
}

func (p doubtful) is(id shipment.ParcelID, n shipment.TrackingNumber) bool {
	return p.Parcel == id && p.Number == n
}

// and returns what is in o or in more, each parcel once.
func (o doubts) and(more doubts) doubts {
	join := func(list, more []doubtful) []doubtful {
		for _, p := range more {
			if !slices.ContainsFunc(list, func(q doubtful) bool { return q.is(p.Parcel, p.Number) }) {
				list = append(list, p)
			}
		}
		return list
	}
	return doubts{join(o.Twice, more.Twice), join(o.Late, more.Late), join(o.Both, more.Both), join(o.Returned, more.Returned), join(o.Gone, more.Gone)}
}

// raiseDoubts puts the alarm about parcels of a pick-up into sight, together with
// what it said before as far as nobody has taken note of that and it still holds.
func (d *Desk) raiseDoubts(tx *journal.Tx, s handoff.Session, id string, m shipment.HandoffMerged, news doubts, words func(handoff.Session, doubts) string) error {
	var a doubtAlarm
	before, err := tx.Get(kindAlarm, id, &a)
	if err != nil {
		return err
	}
	if before = before && a.Seen.At.IsZero(); !before {
		a = doubtAlarm{}
	}
	was := a.Message
	a.ID, a.Carrier, a.Handoff, a.About = id, s.Carrier, s.ID, a.About.settled(m).and(news)
	a.Message = words(s, a.About)
	switch {
	case a.Message == was:
		return nil
	case a.Message == "": // all of it has settled
		a.Message, a.Seen = was, Seen{At: d.o.Now()}
		return tx.Put(kindAlarm, id, a, journal.Index{State: noted})
	}
	a.At = d.o.Now()
	return tx.Put(kindAlarm, id, a, journal.Index{State: raised})
}

// such names the parcels of a list: the one, or how many and which is one of them.
func such(list []doubtful, one, more string) string {
	if len(list) == 1 {
		return fmt.Sprintf("parcel %s %s", list[0].Parcel, one)
	}
	return fmt.Sprintf("%d parcels, such as %s, %s", len(list), list[0].Parcel, more)
}

// mergedWords says what a person must look at after other stations' scans came in.
func (d *Desk) mergedWords(s handoff.Session, about doubts) string {
	name := d.carrierName(s.Carrier)
	var words []string
	if len(about.Twice) > 0 {
		words = append(words, name+": "+such(about.Twice,
			"was scanned here and at another station. It counts once; see that there is one parcel.",
			"were scanned here and at another station. Each counts once; see that there is one of each."))
	}
	if len(about.Late) > 0 {
		closed := d.clock(s.Closed)
		words = append(words, name+": "+such(about.Late,
			fmt.Sprintf("was scanned at another station and is not on the manifest closed at %s. Open a pick-up that corrects it.", closed),
			fmt.Sprintf("were scanned at another station and are not on the manifest closed at %s. Open a pick-up that corrects it.", closed)))
	}
	return strings.Join(words, " ")
}

// doubtWords says of which parcels this station's own papers tell otherwise: those
// that are on two pick-ups, those that a correction has taken back since, and those
// that were taken back at another station after the manifest was signed here.
func (d *Desk) doubtWords(s handoff.Session, about doubts) string {
	name := d.carrierName(s.Carrier)
	var words []string
	if len(about.Both) > 0 {
		words = append(words, name+": "+such(about.Both,
			"was scanned onto two pick-ups, one of them at another station. It counts on both until somebody takes it back from the one it is not on.",
			"were scanned onto two pick-ups, one of them at another station. Each counts on both until somebody takes it back from the one it is not on."))
	}
	if len(about.Returned) > 0 {
		words = append(words, name+": "+such(about.Returned,
			"was scanned at another station too, and a correction here says that it did not leave. It does not count; see where it is.",
			"were scanned at another station too, and a correction here says that they did not leave. They do not count; see where they are."))
	}
	if len(about.Gone) > 0 {
		at := fmt.Sprintf("taken back at station %s, and the manifest closed here at %s", about.Gone[0].Station, d.clock(s.Closed))
		words = append(words, name+": "+such(about.Gone,
			"was "+at+" has it. It waits again; open a pick-up that corrects the manifest, and take it back there too.",
			"were "+at+" has them. They wait again; open a pick-up that corrects the manifest, and take them back there too."))
	}
	return strings.Join(words, " ")
}

// maxTold is how many scans one event tells of: what was scanned at another station
// in a day is more than an event should weigh.
const maxTold = 200

// learned records what was merged, and says what a person must look at; nil:
// nothing.
func (d *Desk) learned(tx *journal.Tx, s handoff.Session, m shipment.HandoffMerged) (*Notice, error) {
	if len(m.Added)+len(m.Back)+len(m.Twice)+len(m.Late)+len(m.Scans) == 0 {
		return nil, nil
	}
	news, err := doubtsOf(tx, m)
	if err != nil {
		return nil, err
	}
	words, doubt := d.mergedWords(s, news), d.doubtWords(s, news)
	if s.Taken != nil { // the station that has it now is told of this
		words = ""
	} else if err := d.raiseDoubts(tx, s, "handoff/"+s.ID+"/scans", m, news, d.mergedWords); err != nil {
		return nil, err
	}
	if err := d.raiseDoubts(tx, s, "handoff/"+s.ID+"/doubts", m, news, d.doubtWords); err != nil {
		return nil, err
	}
	if err := d.recordMerged(tx, m); err != nil || words+doubt == "" {
		return nil, err
	}
	n := &Notice{Topic: "handoff", Tone: Bad, Word: "Scanned twice", Message: strings.TrimSpace(words + " " + doubt), Dock: true}
	if words == "" && len(news.Both)+len(news.Returned) == 0 {
		n.Word = "Taken back"
	}
	return n, nil
}

// recordMerged records what was merged, in as many events as it takes.
func (d *Desk) recordMerged(tx *journal.Tx, m shipment.HandoffMerged) error {
	scans := m.Scans
	for first := true; first || len(scans) > 0; first = false {
		n := min(len(scans), maxTold)
		if !first {
			m = shipment.HandoffMerged{Handoff: m.Handoff}
		}
		m.Scans, scans = scans[:n:n], scans[n:]
		if err := d.record(tx, "", m); err != nil {
			return err
		}
	}
	return nil
}
