package desk

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"waybill/agent"
	"waybill/agent/packing"
	"waybill/printer"
	"waybill/scanner"
	"waybill/shipment"
	"waybill/shipment/scan"
	"waybill/sync/journal"
)

// command carries out a control barcode that was scanned at a bench.
func (s *benchScan) command(cur agent.State, inHand bool) (verdict, error) {
	switch s.parsed.Command {
	case shipment.BadgeCommand:
		return s.badge(cur, inHand)
	case shipment.NextCommand:
		return s.aside(cur, inHand), nil
	case shipment.ReprintCommand:
		return s.reprint()
	case shipment.UndoCommand, shipment.CloseCommand, shipment.BoxCommand:
	}
	if !inHand || cur.Packing == nil {
		return bad("no_order", "No order is in hand at this bench. Scan the order or its tote first."), nil
	}
	if waits, p := awaited(cur, inHand); waits && s.parsed.Command != shipment.UndoCommand {
		v := bad("label_first", "Order %s: first stick on the label of parcel %d and scan it.", cur.Order.ID, p.K)
		v.order, v.parcel = cur.Order.ID, p.ID
		return v, nil
	}
	switch s.parsed.Command {
	case shipment.UndoCommand:
		return s.step(cur, packing.Undone{At: s.at})
	case shipment.BoxCommand:
		n, _ := strconv.Atoi(s.parsed.Argument) // a digit, or it were no control barcode
		return s.step(cur, packing.Chosen{Box: n, By: s.bench.Operator, At: s.at})
	case shipment.CloseCommand, shipment.NextCommand, shipment.ReprintCommand, shipment.BadgeCommand:
	}
	in, refused := s.closing(cur)
	if in == nil {
		return verdict{answer: refused, order: cur.Order.ID}, nil
	}
	return s.step(cur, in)
}

// badge takes note of who is at the bench. A supervisor's badge is a word on the
// weight where one is asked for, and somebody is there who asks.
func (s *benchScan) badge(cur agent.State, inHand bool) (verdict, error) {
	who, ok := s.d.o.Rules.Packing.Operator(s.parsed.Argument)
	if !ok {
		return bad("unknown_badge", "No operator with the badge %s is set up at this station.", s.parsed.Argument), nil
	}
	if inHand && cur.Packing != nil && s.bench.Operator != "" { // else a question would keep everybody from signing in
		if k := cur.Packing.Current(); k > 0 && cur.Packing.Parcels[k-1].Asked {
			if !who.Supervisor {
				v := bad("no_supervisor", "%s is no supervisor. %s", who.Name, s.next(cur))
				v.order = cur.Order.ID
				return v, nil
			}
			return s.step(cur, packing.Approved{Supervisor: who.ID, By: s.bench.Operator, At: s.at})
		}
	}
	if s.bench.Operator != who.ID {
		s.bench.Operator, s.bench.Since = who.ID, s.at
	}
	next := "Scan the order or its tote."
	if inHand {
		next = s.next(cur)
		if waits, _ := awaited(cur, inHand); !waits && cur.Packing != nil {
			next = cur.Packing.Next(s.job(cur))
		}
	}
	v := good("operator", "%s", strings.TrimSpace(fmt.Sprintf("%s is at this bench. %s", who.Name, next)))
	if !inHand {
		return v, nil
	}
	v.order = cur.Order.ID
	return s.looked(cur, v)
}

// aside puts the order in hand aside, as it is.
func (s *benchScan) aside(cur agent.State, inHand bool) verdict {
	s.drop()
	if !inHand {
		return good("next", "Scan the next order.")
	}
	v := good("next", "Scan the next order.")
	v.order = cur.Order.ID
	if waits, p := awaited(cur, true); waits {
		v.answer = agent.Answer{Signal: scanner.Warn, Code: "next", Message: fmt.Sprintf("Order %s is put aside before its label %s was scanned. Scan it when it is there.", cur.Order.ID, p.TrackingNumber)}
	} else if busy(cur) {
		v.answer.Message = fmt.Sprintf("Order %s is put aside as it is; scan it again to go on. Scan the next order.", cur.Order.ID)
	}
	return v
}

// A reprinting is a label that was made anew before the scan that wants it is
// decided: making it takes longer than a scan may.
type reprinting struct {
	order  shipment.OrderID
	before agent.Parcel
	job    printer.Job
	why    verdict // why there is none
}

// prepareReprint makes the label that a control barcode at a bench asks for. nil:
// the scan asks for none.
func (d *Desk) prepareReprint(ctx context.Context, bench string, in scanner.Scan, parsed scan.Scan) (*reprinting, error) {
	if in.Bad != "" || in.Role != scanner.Bench || parsed.Kind != scan.Command || parsed.Command != shipment.ReprintCommand {
		return nil, nil
	}
	if parsed.Argument == "" {
		return &reprinting{why: bad("reprint_why", "Why? Scan one of the REPRINT codes that say it: damaged, unreadable or lost.")}, nil
	}
	var st agent.State
	found := false
	err := d.o.Journal.View(ctx, func(tx *journal.ReadTx) error {
		b, err := d.bench(tx, bench)
		if err != nil || b.Order == "" {
			return err
		}
		found, err = tx.Get(kindOrder, string(b.Order), &st)
		return err
	})
	if err != nil {
		return nil, err
	}
	if !found {
		return &reprinting{why: bad("no_order", "No order is in hand at this bench. Scan its label or its number, then REPRINT.")}, nil
	}
	r := &reprinting{order: st.Order.ID}
	for _, p := range st.Parcels { // the last that has a label
		if p.Job != "" {
			r.before = p
		}
	}
	if r.before.Job == "" {
		r.why = bad("never_printed", "Order %s has no label yet, so there is nothing to print again.", st.Order.ID)
		return r, nil
	}
	if err := reprintable(st, r.before); err != nil {
		r.why = bad("no_reprint", "%s", err.Error())
		return r, nil
	}
	p := r.before
	p.Reprints++
	if r.job, err = d.makeJob(ctx, st, p); err != nil {
		r.why = bad("no_reprint", "The label cannot be made: %s", err.Error())
	}
	return r, nil
}

func (s *benchScan) reprint() (verdict, error) {
	r := s.again
	if r == nil || r.why.answer.Code != "" || r.order != s.bench.Order {
		v := bad("no_reprint", "The order in hand has changed. Scan REPRINT again.")
		if r != nil && r.why.answer.Code != "" {
			v = r.why
		}
		v.order = s.bench.Order
		return v, nil
	}
	st, err := getOrder(&s.tx.ReadTx, r.order)
	if err != nil {
		return verdict{}, err
	}
	v := good("reprinted", "The label of %s prints again: %s. Destroy the old one, stick the new one on and scan it.", r.before.ID, shipment.ReprintReason(s.parsed.Argument).Words())
	v.order, v.parcel = st.Order.ID, r.before.ID
	st, v.effects, err = s.d.reprintIn(s.tx, st, r.before, r.job, reprintWords(s.parsed.Argument, s.bench.Operator))
	if err != nil {
		v.effects, v.answer = nil, bad("no_reprint", "%s", err.Error()).answer
		return v, nil //nolint:nilerr // it is the answer
	}
	return v, s.d.putOrder(s.tx, st, v.effects)
}

func reprintWords(argument, operator string) string {
	words := shipment.ReprintReason(argument).Words()
	if operator != "" {
		words += " (" + operator + ", at the bench)"
	}
	return words
}
