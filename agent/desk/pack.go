package desk

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"waybill/agent"
	"waybill/agent/packing"
	"waybill/internal/fault"
	"waybill/scanner"
	"waybill/shipment"
	"waybill/sync/journal"
)

// A PackedBy is what somebody, or another program, says of what goes into an
// order's parcel in hand. All of it counts, or nothing.
type PackedBy struct {
	Bench      string // empty: the first
	Operator   string // the ID of a badge; empty: whoever is at the bench
	Items      []PackedLine
	Box        int
	Sides      packing.Sides // zero: not said
	Weight     shipment.Grams
	Supervisor string // the ID of a badge, for a weight that deviates
	Undo       bool
	Close      bool
	Page       bool // it was pressed on the bench's page, which is told what came of it as of a scan
}

// A PackedLine is pieces of one line of the order, told by line, SKU or barcode.
type PackedLine struct {
	Line     int    // from 1; 0: by Code
	Code     string // SKU or barcode, as it was scanned
	Quantity int    // 0 is 1
}

// Pack takes what somebody says of a parcel, and makes its label where it is
// packed by that. An order that another bench has in hand is packed
// only where a bench is named. What is refused is an error of kind fault.Conflict that says
// why, and then nothing is changed; but a weight that was said alone and deviates
// is remembered, so that a supervisor's badge may let it pass.
func (d *Desk) Pack(ctx context.Context, id shipment.OrderID, by PackedBy) (agent.State, string, error) {
	var st agent.State
	var v verdict
	var asked error // a weight that waits for a supervisor
	b, err := d.benchNamed(by.Bench, "")
	if err != nil {
		return st, "", err
	}
	bench := b.Name
	err = d.o.Journal.Update(ctx, func(tx *journal.Tx) error {
		v, asked = verdict{}, nil
		var err error
		if st, err = getOrder(&tx.ReadTx, id); err != nil {
			return err
		}
		s := &benchScan{d: d, tx: tx, at: d.o.Now()}
		if s.bench, err = d.bench(&tx.ReadTx, bench); err != nil {
			return err
		}
		was := s.bench
		cur, inHand, err := s.current()
		if err != nil {
			return err
		}
		s.claim(cur, inHand)
		beside, err := s.beside(st, by)
		if err != nil {
			return err
		}
		if by.Operator != "" {
			s.bench.Operator = by.Operator
		}
		inputs, err := s.inputs(st, by)
		if err != nil {
			return err
		}
		st, v, err = s.steps(st, inputs)
		if err != nil && len(inputs) == 1 && weighsOrShuts(inputs[0]) && asks(v.answer) {
			asked, err = err, nil // it is remembered, for the badge that may be scanned next
		}
		if err != nil {
			return err
		}
		if asked == nil {
			st, v = s.look(st, v)
			v.answer.Message += beside
		}
		if err := d.putOrder(tx, st, v.effects); err != nil {
			return err
		}
		s.stays(was, by)
		if s.bench != was {
			if err := d.putBench(tx, s.bench); err != nil {
				return err
			}
		}
		if by.Page && asked == nil {
			if err := s.told(v.answer); err != nil {
				return err
			}
		}
		return d.carryOut(tx, id, v.effects)
	})
	if err == nil {
		err = asked
	}
	if err != nil {
		return st, "", err
	}
	if by.Page {
		d.saySoAt(bench, v.answer, id)
	} else {
		d.say(Notice{Topic: "order", Order: string(id), At: d.o.Now()})
	}
	if len(st.ToLabel()) > 0 {
		st, err = d.label(ctx, st.Order.ID)
	}
	return st, v.answer.Message, err
}

// stays leaves at the bench who was there: who is named is not there by that. Where
// nobody is named it is they who did it, as with a scan.
func (s *benchScan) stays(was BenchState, by PackedBy) {
	s.bench.Operator = was.Operator
	if was.Operator != "" && by.Operator == "" {
		s.bench.Seen = s.at
	}
}

// beside says which other bench has the order in hand. Somebody there packs into the
// same parcel: where no bench is named, that is refused.
func (s *benchScan) beside(st agent.State, by PackedBy) (words string, err error) {
	other, err := s.elsewhere(st.Order.ID)
	switch {
	case err != nil || other == "":
		return "", err
	case by.Bench == "":
		return "", notPacked(st, agent.Answer{Code: "at_other_bench", Message: fmt.Sprintf(
			"Order %s is in hand at bench %s. Name the bench at which it is to be packed, or scan NEXT there first.", st.Order.ID, other)})
	}
	return fmt.Sprintf(" Order %s is in hand at bench %s.", st.Order.ID, other), nil
}

// told keeps an answer as the last that was said at the bench, and changes nothing
// else of it.
func (s *benchScan) told(a agent.Answer) error {
	b, err := s.d.bench(&s.tx.ReadTx, s.bench.Name)
	if err != nil {
		return err
	}
	b.Told = Told{a.Signal, a.Code, a.Message, s.at}
	return s.d.putBench(s.tx, b)
}

// saySoAt tells the page of a bench what came of something that was done there.
func (d *Desk) saySoAt(bench string, a agent.Answer, order shipment.OrderID) {
	n := scanNotice(ScanResult{Signal: a.Signal, Code: a.Code, Message: a.Message, Order: order}, d.o.Now())
	n.Bench = d.pageOf(bench)
	d.say(n)
}

// steps carries inputs out one after the other; the first that is refused ends
// it.
func (s *benchScan) steps(st agent.State, inputs []packing.Input) (agent.State, verdict, error) {
	v := verdict{order: st.Order.ID}
	for _, in := range inputs {
		if _, shuts := in.(packing.Closed); shuts {
			var refused agent.Answer
			if in, refused = s.closing(st); in == nil {
				v.answer = refused
				return st, v, notPacked(st, refused)
			}
		}
		next, effects := s.through(st, in)
		a := answerOf(effects)
		// A weight that is asked about may be approved by the next input.
		if a.Signal == scanner.Bad && !(asks(a) && approves(inputs)) {
			if asks(a) {
				st, v.answer = next, a
			}
			return st, v, notPacked(st, a)
		}
		st, v.effects, v.answer = next, append(v.effects, effects...), a
	}
	return st, v, nil
}

func notPacked(st agent.State, a agent.Answer) error {
	return &fault.Error{Op: fmt.Sprintf("packing of order %s", st.Order.ID), Kind: fault.Conflict, Err: fmt.Errorf("%s: %s", a.Code, a.Message)}
}

// weighsOrShuts reports whether an input may be about a weight alone.
func weighsOrShuts(in packing.Input) bool {
	switch in.(type) {
	case packing.Weighed, packing.Closed:
		return true
	}
	return false
}

func approves(inputs []packing.Input) bool {
	return slices.ContainsFunc(inputs, func(in packing.Input) bool { _, ok := in.(packing.Approved); return ok })
}

// whoIsMissing says that nobody is at the bench, and who was there last.
func (s *benchScan) whoIsMissing() string {
	words := "nobody is at bench " + s.bench.Name
	if gone := s.bench.lapsed; gone.Operator != "" {
		words += ". " + s.d.whoAreYou(gone.Operator, gone.Seen)
	}
	return words
}

// inputs returns what was said as steps of the packing, in their order.
func (s *benchScan) inputs(st agent.State, by PackedBy) ([]packing.Input, error) {
	invalid := func(field, hint, format string, args ...any) error {
		return &fault.Error{Op: field, Kind: fault.Invalid, Err: fmt.Errorf(format, args...), Hint: hint}
	}
	rules := s.d.o.Rules.Packing
	who, known := rules.Operator(s.bench.Operator)
	if by.Operator != "" && !known {
		return nil, invalid("operator", "Badges are listed in packing.operators.", "no operator has the badge %q", by.Operator)
	}
	op := s.bench.Operator
	if len(rules.Operators) > 0 && op == "" {
		return nil, invalid("operator", "Scan a badge at the bench, or name one.", "%s", s.whoIsMissing())
	}
	var list []packing.Input
	if by.Undo {
		list = append(list, packing.Undone{At: s.at})
	}
	for _, l := range by.Items {
		n := max(1, l.Quantity)
		switch {
		case l.Line > 0:
			list = append(list, packing.Counted{Line: l.Line - 1, N: n, Supervisor: who.Supervisor, By: op, At: s.at})
		case l.Code != "" && n <= maxScans:
			parsed := s.d.o.Senders[""].Parse(s.d.o.Rules.Carriers, []byte(l.Code))
			for range n {
				list = append(list, packing.Scanned{Codes: packing.CodesOf(parsed), What: strings.TrimSpace(l.Code), By: op, At: s.at})
			}
		default:
			return nil, invalid("items", "", "each item needs its line, SKU or barcode, and at most %d pieces", maxScans)
		}
	}
	if by.Box > 0 {
		list = append(list, packing.Chosen{Box: by.Box, By: op, At: s.at})
	}
	if by.Sides != (packing.Sides{}) {
		list = append(list, packing.Measured{Sides: by.Sides, From: "typed", By: op, At: s.at})
	}
	if by.Weight > 0 {
		list = append(list, packing.Weighed{Weight: by.Weight, Scale: "typed", By: op, At: s.at})
	}
	if by.Supervisor != "" {
		boss, ok := rules.Operator(by.Supervisor)
		if !ok || !boss.Supervisor {
			return nil, invalid("supervisor", "Supervisors are marked in packing.operators.", "%q is no supervisor's badge", by.Supervisor)
		}
		list = append(list, packing.Approved{Supervisor: boss.ID, By: op, At: s.at})
	}
	if by.Close {
		list = append(list, packing.Closed{By: op, At: s.at}) // or what lies on the scale: see steps
	}
	if len(list) == 0 {
		return nil, invalid("body", "Give items, box, weight_g, a size, supervisor, undo or close.", "nothing was said of order %s", st.Order.ID)
	}
	return list, nil
}

// maxScans bounds what one request may say was scanned.
const maxScans = 1000
