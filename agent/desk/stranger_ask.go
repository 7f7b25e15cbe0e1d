package desk

import (
	"context"
	"errors"
	"fmt"
	"time"

	"waybill/agent"
	"waybill/agent/handoff"
	"waybill/internal/fault"
	"waybill/shipment"
	"waybill/sync/journal"
	"waybill/sync/wire"
)

// parcels is what the desk needs of the hub for single parcels of other stations;
// package sync/uplink implements it.
type parcels interface {
	Parcel(ctx context.Context, number shipment.TrackingNumber) (wire.Parcel, error)
	TakeOverParcel(ctx context.Context, number shipment.TrackingNumber, req wire.TakeoverRequest) (wire.Parcel, error)
}

// askFor is how long the hub has for one answer.
const askFor = 5 * time.Second

// AskHub asks the hub about parcels that were scanned at the dock and that nobody
// here knows, one after the other, until ctx ends. What comes of it is told at the
// dock. since returns from when on the hub has not answered; the zero time where that
// is not known.
func (d *Desk) AskHub(ctx context.Context, hub parcels, since func() time.Time) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case q := <-d.strangers.queue:
			n, known := d.askAbout(ctx, hub, q, since)
			d.strangers.answered(q, known, d.o.Now())
			if ctx.Err() != nil {
				return nil
			}
			n.Topic, n.Dock, n.At = "handoff", true, d.o.Now()
			d.say(n)
			d.o.Log.InfoContext(ctx, "The hub was asked about a parcel that nobody here knows.", "number", string(q[0]), "outcome", n.Word, "message", n.Message)
		}
	}
}

// askAbout asks the hub, takes the parcel over where that may be, and returns what
// to tell. known is false where the hub has never heard of the number.
func (d *Desk) askAbout(ctx context.Context, hub parcels, q question, since func() time.Time) (n Notice, known bool) {
	ctx, cancel := context.WithTimeout(ctx, askFor)
	defer cancel()
	var p wire.Parcel
	var err error
	for _, number := range q {
		if p, err = hub.Parcel(ctx, number); err != nil || p.Code != wire.CodeUnknown {
			break
		}
	}
	if err != nil {
		return d.nobodyKnows(q[0], err, since()), true
	}
	own := d.o.Journal.Station()
	switch {
	case p.Code == wire.CodeUnknown:
		return Notice{Tone: Bad, Word: "Unknown", Message: fmt.Sprintf("%s: the hub knows no parcel with this number. Put it aside and ask.", q[0])}, false
	case p.Code != "":
		return d.mustStay(p), true
	case p.Station == own && p.Holder == own:
		if n, lost := d.lostOwn(ctx, p); lost {
			return n, true
		} // else it comes back, and the station died before it had kept that
	}
	if p.Holder != own {
		var may bool
		if p, may, n, err = d.claimParcel(ctx, hub, p); err != nil {
			return d.nobodyKnows(q[0], err, since()), true
		}
		if !may {
			return n, true
		}
	}
	if err := d.adopt(ctx, p); err != nil {
		return Notice{Tone: Bad, Word: "Stop", Message: fmt.Sprintf("%s: the hub has given it, and that could not be stored: %v. Scan it again.", p.TrackingNumber, err)}, true
	}
	return Notice{Tone: Warn, Word: "Scan it again", Order: string(p.Order), Message: fmt.Sprintf("%s may be handed over here. Scan it again.", strangerWords(p.TrackingNumber, p.Order, p.Station))}, true
}

// lostOwn says why a parcel of this station itself, which the hub says it has, cannot
// be given back to it, if that is so.
func (d *Desk) lostOwn(ctx context.Context, p wire.Parcel) (n Notice, lost bool) {
	var own agent.Parcel
	known := false
	err := d.o.Journal.View(ctx, func(tx *journal.ReadTx) (err error) {
		_, own, known, err = ownParcel(tx, p.TrackingNumber)
		return err
	})
	n = Notice{Tone: Bad, Word: "Stop", Order: string(p.Order)}
	switch {
	case err != nil:
		n.Message = fmt.Sprintf("%s: whether this station knows it could not be read: %v. Scan it again.", p.TrackingNumber, err)
	case !known:
		n.Message = fmt.Sprintf("%s, order %s is of this station itself, which does not know it: its journal was lost. Bring its orders back with waybill station recover, then scan it again.",
			p.TrackingNumber, p.Order)
	case own.Away != nil && len(p.Takeovers) == 0: // who took it over still thinks so
		n.Message = fmt.Sprintf("%s, order %s was taken over by station %s, and the hub knows nothing of that any more. Hand it over there.", p.TrackingNumber, p.Order, own.Away.Station)
	default:
		return n, false
	}
	return n, true
}

// nobodyKnows says that the hub does not answer, and since when, or that it refuses.
func (d *Desk) nobodyKnows(number shipment.TrackingNumber, err error, since time.Time) Notice {
	if !fault.Is(err, fault.Transient) && !errors.Is(err, context.DeadlineExceeded) {
		return Notice{Tone: Bad, Word: "Not known", Message: fmt.Sprintf("The hub does not say whose %s is: %v. Put it aside, and tell IT.", number, err)}
	}
	away := "The hub does not answer"
	if !since.IsZero() {
		away = fmt.Sprintf("The hub has been away since %s", d.clock(since))
	}
	return Notice{Tone: Bad, Word: "Not known", Message: fmt.Sprintf("%s, so nobody can know whether %s may leave. Put it aside; scan it again when the hub is back.", away, number)}
}

// mustStay says why nobody may hand a parcel over.
func (d *Desk) mustStay(p wire.Parcel) Notice {
	n := Notice{Tone: Bad, Word: "Stop", Order: string(p.Order)}
	l, left := p.LeftLast()
	switch {
	case p.Code == wire.CodeAmbiguous:
		n.Message = fmt.Sprintf("Stop, %s: %s Put it aside and ask.", p.TrackingNumber, p.Stop)
	case left:
		n.Message = fmt.Sprintf("Stop: %s was handed over at station %s at %s already. Why is it still here? Put it aside and ask.",
			strangerWords(p.TrackingNumber, p.Order, p.Station), l.Station, d.clock(l.At))
	default:
		n.Message = fmt.Sprintf("Stop, %s: %s Put it aside.", strangerWords(p.TrackingNumber, p.Order, p.Station), p.Stop)
	}
	return n
}

// claimParcel asks the hub for a parcel that another station has, where a person has
// said that parcels of that one may be handed over here.
func (d *Desk) claimParcel(ctx context.Context, hub parcels, p wire.Parcel) (wire.Parcel, bool, Notice, error) {
	var word Admission
	var admitted bool
	err := d.o.Journal.View(ctx, func(tx *journal.ReadTx) (err error) {
		word, admitted, err = d.admission(tx, p.Holder)
		return err
	})
	if err != nil {
		return p, false, Notice{}, err
	}
	if !admitted {
		heard := ""
		if !p.Heard.IsZero() {
			heard = fmt.Sprintf(", of which the hub heard last at %s", d.clock(p.Heard))
		}
		return p, false, Notice{Tone: Bad, Word: "Not here", Order: string(p.Order), Message: fmt.Sprintf(
			"Stop: %s waits at station %s%s. Hand it over there. If that station is gone, say on /dock that its parcels may be handed over here, then scan it again.",
			strangerWords(p.TrackingNumber, p.Order, p.Station), p.Holder, heard)}, nil
	}
	req := wire.TakeoverRequest{Key: d.o.NewID(), Station: d.o.Journal.Station(), From: p.Holder, By: word.By}
	given, err := hub.TakeOverParcel(ctx, p.TrackingNumber, req)
	if err != nil { // whether the hub has given it or not, the same key gets the same answer
		given, err = hub.TakeOverParcel(ctx, p.TrackingNumber, req)
	}
	switch {
	case err != nil:
		return p, false, Notice{}, err
	case given.Code == wire.CodeParcelTakenOver:
		return given, false, Notice{Tone: Bad, Word: "Not here", Order: string(p.Order), Message: fmt.Sprintf("Stop: %s was taken over by station %s meanwhile. Hand it over there.",
			strangerWords(p.TrackingNumber, p.Order, p.Station), given.Holder)}, nil
	case given.Code != "":
		return given, false, d.mustStay(given), nil
	}
	return given, true, Notice{}, nil
}

// adopt keeps that the hub has given this station a parcel, so that the next scan of
// it hands it over. It is durable before anybody is told to scan again.
func (d *Desk) adopt(ctx context.Context, p wire.Parcel) error {
	return d.o.Journal.Update(ctx, func(tx *journal.Tx) error {
		if _, ours, err := tx.Find(kindOrder, numberKey(p.TrackingNumber)); err != nil || ours { // it comes back to who made its label
			if err == nil {
				_, err = d.yieldParcel(tx, p)
			}
			return err
		}
		before, _, found, err := guestOf(tx, p.TrackingNumber)
		if err != nil || found && (before.Handoff != "" || before.For == "" && before.Code == "") {
			return err // known since
		}
		if err := d.putGuest(tx, handoff.Session{}, p.HandoffParcel); err != nil {
			return err
		}
		if found && before.For == "" && before.Code != handoff.ParcelTakenOver {
			return nil // it was this station's all the time, and is stopped no more
		}
		fact := shipment.ParcelTakenOver{
			Parcel: p.Parcel, TrackingNumber: p.TrackingNumber, Carrier: p.Carrier, Station: p.Station, Service: p.Service, ServiceName: d.serviceName(p.Service),
			Weight: p.Weight, PostalCode: p.PostalCode, Country: p.Country, Printed: p.Printed,
		}
		if n := len(p.Takeovers); n > 0 {
			t := p.Takeovers[n-1]
			fact.From, fact.By, fact.At = t.From, t.By, t.At
		}
		return d.record(tx, p.Order, fact)
	})
}
