package desk

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"waybill/agent"
	"waybill/agent/handoff"
	"waybill/scanner"
	"waybill/shipment"
	"waybill/shipment/carrier"
	"waybill/shipment/scan"
	"waybill/sync/journal"
)

// A ScanResult is the desk's answer to a scan.
type ScanResult struct {
	Signal  scanner.Signal
	Code    string
	Message string
	Order   shipment.OrderID
	Parsed  scan.Scan
}

// Scan answers one trigger pull. It returns only once what it decided is
// durable, so that the good beep is never a promise. Every scan leaves an event
// with its bytes and what was decided, a damaged one too.
func (d *Desk) Scan(ctx context.Context, in scanner.Scan) (ScanResult, error) {
	return d.ScanAt(ctx, in, handoff.Place{Dock: d.o.Docks[in.Scanner]})
}

// ScanTelling is Scan for a hand that waits: tell is called once, with the answer, as
// soon as that is durable. A printer hears of it before, which takes no time, since a
// scanner that is stuck may take long to be told; pages hear of it afterwards.
func (d *Desk) ScanTelling(ctx context.Context, in scanner.Scan, tell func(ScanResult)) (ScanResult, error) {
	s, err := d.answerScan(ctx, Once{}, in, handoff.Place{Dock: d.o.Docks[in.Scanner]}, d.benchOf(in.Scanner).Name)
	d.goOn(s.verdict)
	tell(s.result)
	d.spread(s)
	return s.result, err
}

// noDock is the place of a scan that says nothing of the dock.
var noDock handoff.Place

// ScanAt is Scan at a place of the dock that the caller names.
func (d *Desk) ScanAt(ctx context.Context, in scanner.Scan, place handoff.Place) (ScanResult, error) {
	return d.scanAt(ctx, Once{}, in, place, d.benchOf(in.Scanner).Name)
}

// ScanAtBench is Scan at a bench that the caller names; empty: the scanner's. A
// name that no bench has is an error of kind fault.NotFound.
func (d *Desk) ScanAtBench(ctx context.Context, in scanner.Scan, bench string) (ScanResult, error) {
	return d.ScanOnce(ctx, Once{}, in, handoff.Place{Dock: d.o.Docks[in.Scanner]}, bench)
}

// ScanOnce is a scan of a caller that may miss the answer and ask again: with the
// same key it counts once, and is answered as it was. place is for the dock, and
// bench for a bench; empty: the scanner's. A name that no bench has is an error of
// kind fault.NotFound.
func (d *Desk) ScanOnce(ctx context.Context, once Once, in scanner.Scan, place handoff.Place, bench string) (ScanResult, error) {
	b, err := d.benchNamed(bench, in.Scanner)
	if err != nil {
		return ScanResult{}, err
	}
	return d.scanAt(ctx, once, in, place, b.Name)
}

func (d *Desk) scanAt(ctx context.Context, once Once, in scanner.Scan, place handoff.Place, bench string) (ScanResult, error) {
	s, err := d.answerScan(ctx, once, in, place, bench)
	d.goOn(s.verdict)
	d.spread(s)
	return s.result, err
}

// An answered scan is one whose answer is durable, or cannot be, and of which nobody has
// heard yet.
type answered struct {
	in      scanner.Scan
	bench   string
	at      time.Time
	result  ScanResult
	verdict verdict // what is to be done now; zero: nothing
	silent  bool    // nobody is to hear of it
}

// goOn has what a scan set going go on.
func (d *Desk) goOn(v verdict) {
	d.afterPacking(v)
	if queued(v.effects) {
		d.o.Queued()
	}
}

// spread lets everybody but the hand know what came of a scan.
func (d *Desk) spread(s answered) {
	if !s.silent {
		d.sayScan(s.in, s.result, s.bench, s.at)
	}
}

// answerScan decides about a scan and keeps it.
func (d *Desk) answerScan(ctx context.Context, once Once, in scanner.Scan, place handoff.Place, bench string) (answered, error) {
	at := d.o.Now()
	r := ScanResult{}
	if in.Bad == "" {
		r.Parsed = d.o.Senders[in.Scanner].Parse(d.o.Rules.Carriers, in.Data())
	}
	var v verdict
	var before scanner.Aside // why it came again under its key
	again, err := d.prepareReprint(ctx, bench, in, r.Parsed)
	if err == nil {
		err = d.o.Journal.Update(ctx, func(tx *journal.Tx) error {
			var err error
			if before, err = d.answeredBefore(tx, once, in, &r, bench); before != "" || err != nil {
				return err
			}
			operator := ""
			if setup, ok := scanner.ReadSetup(in); ok {
				v = verdict{answer: setUp(setup)}
				d.setUps.put(SetUp{Scanner: in.Scanner, Setup: setup, At: at})
			} else if in.Role == scanner.Bench {
				v, operator, err = d.decideAtBench(tx, bench, in, r.Parsed, again, at)
			} else {
				v, operator, err = d.decideAtDock(tx, in, r.Parsed, place, at)
			}
			if err != nil {
				return err
			}
			r.answer(v.answer)
			r.Order = v.order
			ev := evidence(in, r.Parsed, v.answer)
			ev.Device = d.devices.machine("scanner", in.Scanner)
			ev.Operator = operator
			if in.Role == scanner.Bench {
				ev.Bench = bench
			}
			if err := d.leaveEvidence(tx, ev, v); err != nil {
				return err
			}
			return reclaim(tx, once, Request{Scan: &scanAnswered{Answer: v.answer, Order: v.order, At: in.At}})
		})
	}
	d.askLater(v.ask, err == nil && before == "")
	if errors.As(err, new(keyClash)) {
		return answered{silent: true}, err // the caller's mistake, of which the hand with the scanner hears nothing
	}
	s := answered{in: in, bench: bench, at: at, result: r, verdict: v}
	if err != nil {
		s.verdict = verdict{}
		s.result.answer(agent.Answer{Signal: scanner.Unkept, Code: "not_stored", Message: "The scan could not be stored. Do not let the parcel go; call for help."})
		return s, fmt.Errorf("scan of %s: %w", shipment.Quoted(string(in.Raw)), err)
	}
	s.silent = before == scanner.Repeated // one look, one sound
	return s, nil
}

// setUp answers a scan of the set-up page's barcode.
func setUp(s scanner.Setup) agent.Answer {
	if s.Good() {
		return agent.Answer{Signal: scanner.Good, Code: "set_up", Message: s.Words()}
	}
	return agent.Answer{Signal: scanner.Warn, Code: "to_set_up", Message: s.Words()}
}

// A verdict is what a scan comes to: an answer, and the effects that are not
// carried out yet.
type verdict struct {
	answer  agent.Answer
	order   shipment.OrderID // empty: of no order
	parcel  shipment.ParcelID
	effects []agent.Effect
	packed  bool     // a label is to be made of it now
	ask     question // what the hub is asked once this is kept; none: nothing

	unsigned bool // it is doubtful for nothing but the badge that is missing
}

// decide finds what was scanned, and carries out what that does to its order.
func (d *Desk) decide(tx *journal.Tx, in scanner.Scan, parsed scan.Scan, place handoff.Place, at moment) (verdict, error) {
	if in.Bad != "" {
		return damaged(in), nil
	}
	if in.Role == scanner.Dock && parsed.Kind == scan.Command {
		return d.commandAtDock(tx, in, parsed, place, at)
	}
	s, p, found, err := findParcel(tx, parsed)
	if err != nil {
		return verdict{}, err
	}
	if found {
		return d.scanLabel(tx, in, s, p, place, at)
	}
	if in.Role == scanner.Dock {
		if v, is, err := d.scanGuest(tx, in, parsed, place, at); err != nil || is {
			return v, err
		}
	}
	a, err := d.unknownScan(tx, parsed)
	return d.strange(verdict{answer: a}, in, parsed), err
}

// scanLabel decides about a scan of the label of one of an order's parcels.
func (d *Desk) scanLabel(tx *journal.Tx, in scanner.Scan, s agent.State, p agent.Parcel, place handoff.Place, at moment) (verdict, error) {
	v := verdict{order: s.Order.ID, parcel: p.ID}
	step := agent.Scanned{Number: p.TrackingNumber, Scanner: in.Scanner, Role: in.Role, At: at.At, Clock: d.clock}
	var err error
	if step.Job, _, err = getJob(&tx.ReadTx, p.Job); err != nil {
		return v, err
	}
	// Opened for this scan only if the scan then moves the parcel; nothing of it
	// is written otherwise.
	pick, err := d.pickUp(tx, place, s, p, &step)
	if err != nil {
		return v, err
	}
	s, v.effects = s.Step(step)
	if moved(v.effects) {
		if err := d.onto(tx, pick, s, p, step, at.Operator); err != nil {
			return v, err
		}
	}
	v.answer = answerOf(v.effects)
	if v.answer.Code == handoff.ParcelTakenOver { // the hub may give it back
		d.wonder(&v, in, question{p.TrackingNumber})
	}
	return v, d.putOrder(tx, s, v.effects)
}

// answerOf returns the answer among effects.
func answerOf(effects []agent.Effect) agent.Answer {
	for _, e := range effects {
		if a, ok := e.(agent.Answer); ok {
			return a
		}
	}
	return agent.Answer{}
}

// evidence returns what is kept of a scan.
func evidence(in scanner.Scan, parsed scan.Scan, a agent.Answer) shipment.ScanEvidence {
	return shipment.ScanEvidence{
		Damaged: in.Bad, AIM: parsed.AIM, Symbology: parsed.Symbology, Scanner: in.Scanner, Role: string(in.Role), Received: in.At, Code: a.Code, Message: a.Message,
	}.WithRaw(in.Raw)
}

// leaveEvidence carries out a verdict's effects, so that exactly one event has
// what is kept of the scan: the first that tells of a scan, or one made for it.
func (d *Desk) leaveEvidence(tx *journal.Tx, ev shipment.ScanEvidence, v verdict) error {
	left := false
	for i, e := range v.effects {
		r, ok := e.(agent.Record)
		if !ok {
			continue
		}
		if f, is := r.Fact.(shipment.ParcelHandedOver); is { // the pick-up names who handed over, wherever the evidence is
			f.Operator = ev.Operator
			r.Fact = f
			v.effects[i] = r
		}
		if left {
			continue
		}
		switch f := r.Fact.(type) {
		case shipment.ParcelScanned:
			f.ScanEvidence, left = ev, true
			v.effects[i] = agent.Record{Fact: f}
		case shipment.ParcelHandedOver:
			f.ScanEvidence, left = ev, true
			v.effects[i] = agent.Record{Fact: f}
		case shipment.ScanRefused:
			f.ScanEvidence, f.Parcel, left = ev, v.parcel, true
			v.effects[i] = agent.Record{Fact: f}
		}
	}
	if !left {
		var fact shipment.Fact = shipment.ScanAccepted{ScanEvidence: ev, Parcel: v.parcel, Repeated: v.answer.Signal == scanner.Warn && !v.unsigned}
		if v.answer.Signal == scanner.Bad {
			fact = shipment.ScanRefused{ScanEvidence: ev, Parcel: v.parcel}
		}
		v.effects = append([]agent.Effect{agent.Record{Fact: fact}}, v.effects...)
	}
	return d.carryOut(tx, v.order, v.effects)
}

func (r *ScanResult) answer(a agent.Answer) {
	r.Signal, r.Code, r.Message = a.Signal, a.Code, a.Message
}

// findParcel returns the parcel whose number the scan carries.
func findParcel(tx *journal.Tx, parsed scan.Scan) (agent.State, agent.Parcel, bool, error) {
	numbers := parsed.Numbers()
	id, which, found, err := tx.FindFirst(kindOrder, numberKeys(numbers)...)
	if err != nil || !found {
		return agent.State{}, agent.Parcel{}, false, err
	}
	s, err := getOrder(&tx.ReadTx, shipment.OrderID(id))
	if err != nil {
		return s, agent.Parcel{}, false, err
	}
	p, ok := s.Parcel(numbers[which])
	if !ok { // of a label that was voided; the order knows
		p = agent.Parcel{TrackingNumber: numbers[which]}
	}
	return s, p, true, nil
}

// unknownMessage says what was scanned, where that can be told: the packer who
// hit the product's barcode needs other words than the one with a stranger's
// parcel in hand.
func (d *Desk) unknownMessage(parsed scan.Scan) string {
	if parsed.Code != nil {
		return fmt.Sprintf("This is a Waybill label, of order %.40s, but not of this desk: another warehouse's, it seems. Put the parcel aside and ask.", shipment.Visible(string(parsed.Code.Order)))
	}
	if what := productOrOrder(parsed); what != "" {
		return fmt.Sprintf("%s is %s, no tracking number. Scan the tracking number on the label.", shipment.Quoted(parsed.Data), what)
	}
	if len(parsed.Matches) > 0 {
		name := string(parsed.Matches[0].Carrier)
		if c, ok := d.o.Rules.Carriers.Carrier(parsed.Matches[0].Carrier); ok {
			name = c.Name
		}
		return fmt.Sprintf("%s looks like a number of %s, but no parcel of this desk has it.", shipment.Quoted(parsed.Data), name)
	}
	if e := parsed.Error; e != nil {
		return whyNot(parsed.Data, *e)
	}
	return fmt.Sprintf("%s is no parcel of this desk. Scan the tracking number on the label.", shipment.Quoted(parsed.Data))
}

// whyNot says what is wrong with a scan, and what to do: what the error knows,
// or else to scan the tracking number.
func whyNot(data string, e scan.Error) string {
	todo := "Scan the tracking number on the label."
	if e.Remedy != "" {
		todo = strings.ToUpper(e.Remedy[:1]) + e.Remedy[1:] + "."
	}
	return fmt.Sprintf("%s is no parcel of this desk: %s. %s", shipment.Quoted(data), e.Message, todo)
}

// productOrOrder says what the scan is where it is a product's barcode, or looks
// more like something else than like a parcel's number.
func productOrOrder(parsed scan.Scan) string {
	if parsed.Kind == scan.GS1 && len(parsed.GS1) > 0 && parsed.GS1[0].AI == "01" {
		return "the barcode of a product"
	}
	sure := len(parsed.Matches) > 0 && parsed.Matches[0].Valid && parsed.Matches[0].Confidence != carrier.Low
	if len(parsed.LooksLike) == 0 || sure {
		return ""
	}
	switch parsed.LooksLike[0] {
	case "manifest":
		return "the code of a hand-off manifest, it seems"
	case "web_address":
		return "a web address"
	case "phone_number":
		return "a phone number, it seems"
	case "order_number":
		return "an order number, it seems"
	}
	return "the barcode of a product, it seems"
}

// moved reports whether the effects hand a parcel over.
func moved(effects []agent.Effect) bool {
	for _, e := range effects {
		if r, ok := e.(agent.Record); ok && r.Fact.EventType() == shipment.ParcelHandedOverType {
			return true
		}
	}
	return false
}
