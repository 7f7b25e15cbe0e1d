package epcis

import (
	"maps"
	"slices"

	"waybill/shipment"
	"waybill/sync/wire"
)

// tell returns the events of EPCIS that env makes.
func (w *Writer) tell(env wire.Envelope) ([]event, error) {
	t, f, err := read(env)
	if t == "" || err != nil {
		return nil, err
	}
	if t == shipment.HandoffClosedType {
		return w.shipped(env, f)
	}
	history, err := w.history(shipment.OrderID(env.Subject))
	if err != nil {
		return nil, err
	}
	s := upTo(history, env)
	before := s.parcels[f.Parcel]
	if err := s.apply(env); err != nil {
		return nil, err
	}
	after := s.parcels[f.Parcel]
	var told []event
	if after.labelled && (!before.labelled || before.number != after.number) {
		told = append(told, w.commissioned(env, f, after))
	}
	if after.told != nil && after.told != before.told {
		told = append(told, w.content(env, before.told, *after.told)...)
	}
	switch t {
	case shipment.LabelVoidedType:
		if before.labelled {
			told = append(told, w.retired(env, f, before))
		}
	case shipment.ParcelHandedOverType:
		told = append(told, w.loaded(env, f))
	case shipment.ParcelTakenBackType:
		told = append(told, w.takenBack(env, f, history)...)
	default:
	}
	return told, nil
}

// commissioned tells that a label exists: from now on the parcel goes by it.
func (w *Writer) commissioned(env wire.Envelope, f facts, p parcel) event {
	e := w.site.begin(env, objectEvent, add, commissioning, active)
	e.EPCs = []string{w.site.parcel(p.carrier, p.number, f.Parcel)}
	e.Business = []business{{"po", w.site.name(transaction, env.Subject)}}
	e.Evidence = f.Evidence
	return e
}

// content tells what is in the parcel. Where something else was told before, that
// is declared to be in error.
func (w *Writer) content(env wire.Envelope, before *packing, now packing) []event {
	e := w.packed(now)
	if before == nil {
		return []event{e}
	}
	wrong := w.packed(*before)
	if wrong.Parent != e.Parent {
		return []event{e} // of another label
	}
	wrong.Error = &declaration{Time: stamp(env), Reason: incorrectData, Instead: []string{e.ID}}
	return []event{wrong, e}
}

// packed tells what is in the parcel. It is told once the parcel has its number.
func (w *Writer) packed(p packing) event {
	e := w.site.begin(p.by, aggregationEvent, add, packingStep, containerClosed)
	e.Parent = w.site.parcel(p.carrier, p.number, p.parcel)
	e.Evidence = p.content.evidence
	for _, g := range p.content.goods {
		e.Goods = append(e.Goods, quantity{w.site.goods(g.barcode, g.sku), g.quantity})
	}
	if len(e.Goods) == 0 { // the standard wants something in it
		e.Children = []string{w.site.name(object, "content."+string(p.parcel))}
	}
	return e
}

// retired tells that a label must not travel any more.
func (w *Writer) retired(env wire.Envelope, f facts, p parcel) event {
	e := w.site.begin(env, objectEvent, remove, decommissioning, inactive)
	e.EPCs = []string{w.site.parcel(p.carrier, p.number, f.Parcel)}
	e.Reason = f.Reason
	return e
}

// loaded tells that a parcel went onto a carrier's pick-up.
func (w *Writer) loaded(env wire.Envelope, f facts) event {
	e := w.site.begin(env, aggregationEvent, add, loading, inProgress)
	e.Parent = w.site.name(object, "handoff."+f.Handoff)
	e.Children = []string{w.site.parcel(f.Carrier, f.Number, f.Parcel)}
	e.Business = []business{{"bol", w.site.name(transaction, f.Handoff)}}
	return e
}

// takenBack declares that the parcel was not loaded after all: the event of
// EPCIS that said so comes again, with the declaration, as the standard has it.
// Where its pick-up had been closed, it had been told as shipped, and that is
// made void.
func (w *Writer) takenBack(env wire.Envelope, f facts, history []wire.Envelope) []event {
	handoff := f.Handoff
	if f.From != "" {
		handoff = f.From
	}
	var told []event
	for _, h := range slices.Backward(history) {
		t, loaded, err := read(h)
		if err != nil || t != shipment.ParcelHandedOverType || loaded.Parcel != f.Parcel || loaded.Handoff != handoff || unlike(loaded.Number, f.Number) || position(h).After(position(env)) {
			continue
		}
		e := w.loaded(h, loaded)
		e.Error = &declaration{Time: stamp(env), Reason: didNotOccur, Why: f.Reason}
		told = append(told, e)
		break
	}
	if f.From != "" && f.From != f.Handoff {
		e := w.site.begin(env, objectEvent, observe, voidShipping, inProgress)
		e.EPCs = []string{w.site.parcel(f.Carrier, f.Number, f.Parcel)}
		e.Business = []business{{"bol", w.site.name(transaction, f.From)}}
		e.Reason = f.Reason
		told = append(told, e)
	}
	if len(told) == 0 { // another station's history tells that it was loaded, by an ID of its own
		w.untold++
	}
	return told
}

// unlike reports whether two numbers are said and differ.
func unlike(a, b shipment.TrackingNumber) bool { return a != "" && b != "" && a != b }

// shipped tells that a pick-up left with its parcels. Where they are from now on
// is the carrier's to say, so no business location is told. A parcel of another
// station goes by the number that its own history names it by, or is left out.
func (w *Writer) shipped(env wire.Envelope, f facts) ([]event, error) {
	if len(f.Parcels) == 0 {
		return nil, nil
	}
	e := w.site.begin(env, objectEvent, observe, shipping, inTransit)
	e.Place = nil
	e.Business = []business{{"bol", w.site.name(transaction, f.Handoff)}}
	if f.Carrier != "" {
		e.To = []destination{{"possessing_party", w.site.name(party, string(f.Carrier))}}
	}
	numbers := maps.Clone(f.Numbers)
	for i, id := range f.Parcels {
		history, err := w.history(id.Order())
		if err != nil {
			return nil, err
		}
		p := upTo(history, env).parcels[id]
		if len(f.Each) == len(f.Parcels) {
			if numbers = map[shipment.ParcelID]shipment.TrackingNumber{id: f.Each[i]}; f.Each[i] == p.number {
				clear(numbers) // this station's own
			}
		}
		switch n := numbers[id]; {
		case n != "": // of two with one ID, the other is this station's
			p = parcel{carrier: f.Carrier, number: n, labelled: true}
			delete(numbers, id)
		case p.number == "" && p.guest != "":
			p = parcel{carrier: f.Carrier, number: p.guest, labelled: true}
		}
		if p.number == "" && !p.labelled {
			w.untold++
			continue
		}
		e.EPCs = append(e.EPCs, w.site.parcel(p.carrier, p.number, id))
	}
	if len(e.EPCs) == 0 {
		return nil, nil
	}
	return []event{e}, nil
}
