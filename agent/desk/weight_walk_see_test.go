package desk_test

import (
	"encoding/json"
	"strings"

	"waybill/agent"
	"waybill/agent/packing"
	"waybill/shipment"
	"waybill/sync/journal"
	"waybill/sync/wire"
)

// see looks at what the desk has made of it: at the weights that parcels have, and
// then at what was told.
func (w *weightWalk) see() {
	for _, id := range w.orders {
		for _, b := range w.state(w.t, string(id)).Packing.Parcels {
			w.seeParcel(id, b)
		}
	}
	err := w.journal.View(w.t.Context(), func(tx *journal.ReadTx) error {
		q := journal.EventQuery{After: w.after, Types: []shipment.EventType{shipment.ParcelWeighedType, shipment.ParcelPackedType}}
		return tx.Events(q, func(rec wire.Record) error {
			w.after = rec.Position
			var env wire.Envelope
			if err := json.Unmarshal(rec.Raw, &env); err != nil {
				return err
			}
			var f shipment.ParcelWeighed // parcel.packed names its parcel the same way
			if err := json.Unmarshal(env.Data, &f); err != nil {
				return err
			}
			if rec.Type == shipment.ParcelPackedType {
				w.sawPacked(rec.Subject, f.Parcel)
				return nil
			}
			if w.weighed[f.Parcel] {
				w.rt.Fatalf("parcel %s was told weighed twice", f.Parcel)
			}
			if w.weighed[f.Parcel] = true; f.Scale != "typed" && f.Weight != w.standing[f.Parcel] {
				w.rt.Fatalf("parcel %s was told to weigh %d, and weighs %d", f.Parcel, f.Weight, w.standing[f.Parcel])
			}
			return nil
		})
	})
	if err != nil {
		w.rt.Fatal(err)
	}
	b, err := w.Bench(w.t.Context(), "one")
	if err != nil || b.Order != w.hand {
		w.rt.Fatalf("order %q is in hand, error %v; want %q", b.Order, err, w.hand)
	}
}

func (w *weightWalk) seeParcel(id shipment.OrderID, b packing.Parcel) {
	p, g := id.Parcel(b.K), b.Weight
	if b.Scale != "scale-1" {
		g = 0
	}
	if g == w.standing[p] {
		return
	}
	if w.standing[p] = g; g == 0 {
		return
	}
	switch m := w.by[g]; {
	case m == nil:
		w.rt.Fatalf("parcel %s weighs %d, and no such load was weighed", p, g)
	case m.had != "" && m.had != p:
		w.rt.Fatalf("parcel %s has the weight %d of parcel %s", p, g, m.had)
	case m != w.lies || m.over:
		w.rt.Fatalf("parcel %s has the weight %d, which was nobody's any more: %+v", p, g, m)
	case m.order != id || m.k != b.K:
		w.rt.Fatalf("parcel %s has the weight %d, which was put down for %+v", p, g, m)
	default:
		m.had = p
	}
}

// sawPacked ends the weighing that was the parcel's, or would have been.
func (w *weightWalk) sawPacked(id shipment.OrderID, p shipment.ParcelID) {
	if w.packed[p] {
		w.rt.Fatalf("parcel %s was told packed twice", p)
	}
	w.packed[p] = true
	if w.weigh == packing.WeighRequire && !w.weighed[p] {
		w.rt.Fatalf("parcel %s was packed without a weight", p)
	}
	if m := w.lies; m != nil && m.order == id && id.Parcel(m.k) == p {
		m.over = true
	}
}

// finish packs an order as somebody does who knows what to do.
func (w *weightWalk) finish(id shipment.OrderID) {
	w.pulls("WBC:BADGE:A-7")
	for range 60 {
		w.see()
		st := w.state(w.t, string(id))
		k := w.current(id)
		switch _, waits := w.awaited(id); {
		case k == 0 && !waits:
			return
		case w.hand != id:
			w.next()
			w.see()
			w.opens(id)
		case waits:
			w.label(id)
		case st.Packing.Parcels[k-1].Weight > 0:
			w.pulls("WBC:UNDO")
		default:
			w.finishParcel(st, k)
		}
	}
	w.rt.Fatalf("there is no way on with order %s: %+v", id, w.state(w.t, string(id)).Packing)
}

func (w *weightWalk) finishParcel(st agent.State, k int) {
	p, o, others := *st.Packing, st.Order, len(st.Parcels)-k
	left, wanted := 0, ""
	for i, it := range o.Items {
		if n := p.Left(o, i); n > 0 {
			left, wanted = left+n, it.SKU
		}
	}
	switch {
	case !p.Check.Checks():
	case left < others:
		w.pulls("WBC:UNDO")
		return
	case left > 0 && (others == 0 || left > others):
		w.pulls(wanted)
		return
	case !p.Parcels[k-1].Sides.Known():
		w.pulls("WBC:BOX:1")
		return
	}
	if !w.scale.plugged {
		w.plugOrUnplug()
		return // what lies there may be taken by that
	}
	w.takeOff()
	job := packing.Job{Order: o, Rules: w.options.Rules.Packing}
	span, ok := p.Expected(job, k)
	if !ok || !span.Bounded() {
		w.rt.Fatalf("nobody knows what parcel %d of order %s weighs: %+v", k, o.ID, p)
	}
	for w.load = span.Least; w.by[w.load] != nil; w.load++ {
	}
	w.settle(w.load)
	right := w.load
	w.see()
	if others > 0 && p.Check.Checks() {
		w.pulls("WBC:CLOSE")
		w.see()
	}
	if id := o.ID.Parcel(k); !w.packed[id] || w.standing[id] != right {
		b, _ := w.Bench(w.t.Context(), "one")
		w.rt.Fatalf("parcel %s was put on the scale anew, of %s, with %d, and is not packed with that: %s", id, span, right, strings.TrimSpace(b.Told.Message+" "+b.Next))
	}
}
