package desk

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"waybill/agent"
	"waybill/scanner"
	"waybill/shipment"
	"waybill/sync/journal"
)

// label decides about a scan of one of our parcels' numbers.
func (s *benchScan) label(st agent.State, p agent.Parcel) (verdict, error) {
	if st.Packing != nil && p.K > 0 && !st.Packing.Packed(p.K) {
		if s.bench.Order == st.Order.ID {
			v := verdict{answer: agent.Answer{Signal: scanner.Warn, Code: "in_hand", Message: fmt.Sprintf("Order %s is in hand. %s", st.Order.ID, s.next(st))}}
			v.order, v.parcel = st.Order.ID, p.ID
			return v, nil
		}
		return s.open(st)
	}
	v, err := s.d.scanLabel(s.tx, s.in, st, p, noDock, moment{At: s.at})
	if err != nil {
		return v, err
	}
	if v.answer.Signal == scanner.Bad {
		return v, nil
	}
	other, err := s.elsewhere(st.Order.ID)
	if err != nil {
		return v, err
	}
	if other != "" {
		if st, err = getOrder(&s.tx.ReadTx, st.Order.ID); err != nil { // with this label scanned
			return v, err
		}
		if waits, _ := awaited(st, true); waits || unfinished(st, true) {
			v.answer.Message += fmt.Sprintf(" Order %s stays in hand at bench %s, and is packed there.", st.Order.ID, other)
			return v, nil
		}
		if err := s.takeFrom(other); err != nil {
			return v, err
		}
	}
	s.hold(st)
	if unfinished(st, true) {
		v.answer.Message += " " + st.Packing.Next(s.job(st))
	}
	return v, nil
}

// elsewhere returns the other bench that has an order in hand; empty: none has. No
// order is in hand at two: both would pack into the same parcel.
func (s *benchScan) elsewhere(id shipment.OrderID) (bench string, err error) {
	if len(s.d.o.Benches) < 2 {
		return "", nil
	}
	err = s.tx.List(kindBench, journal.Query{States: []string{string(id)}}, func(name string, _ []byte) error {
		if name != s.bench.Name {
			bench = name
		}
		return nil
	})
	return bench, err
}

// takeFrom puts down what another bench has in hand and needs no more. It may be
// voided and sent again, and is then to be packed at one bench.
func (s *benchScan) takeFrom(bench string) error {
	b, err := s.d.bench(&s.tx.ReadTx, bench)
	if err != nil {
		return err
	}
	other := benchScan{bench: b}
	other.drop()
	return s.d.putBench(s.tx, other.bench)
}

// ReleaseBenches puts down what is in hand at benches that the station has no more:
// nobody could scan NEXT there, and no other bench would take the order. It is for
// the start of a station.
func (d *Desk) ReleaseBenches(ctx context.Context) error {
	var gone []BenchState
	err := d.o.Journal.View(ctx, func(tx *journal.ReadTx) error {
		all, err := collect[BenchState](tx, kindBench, journal.Query{})
		gone = slices.DeleteFunc(all, func(b BenchState) bool { return b.Order == "" || slices.Contains(d.Benches(), b.Name) })
		return err
	})
	if err != nil || len(gone) == 0 {
		return err
	}
	words := func(b BenchState) string {
		return fmt.Sprintf("Bench %s is no more in the configuration. Order %s, which was in hand there, is free: scan it at another bench to go on.", b.Name, b.Order)
	}
	err = d.o.Journal.Update(ctx, func(tx *journal.Tx) error {
		for _, b := range gone {
			s := benchScan{bench: b}
			s.drop()
			s.bench.Operator = ""
			if err := d.putBench(tx, s.bench); err != nil {
				return err
			}
			if err := d.record(tx, "", shipment.DeviceChanged{Kind: "bench", Name: b.Name, State: "removed", Message: words(b)}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("benches that are no more: %w", err)
	}
	for _, b := range gone {
		d.say(Notice{Topic: "order", Tone: Warn, Word: "Bench removed", Message: words(b), Order: string(b.Order), At: d.o.Now()})
	}
	return nil
}

// open takes an order in hand.
func (s *benchScan) open(st agent.State) (verdict, error) {
	v := verdict{order: st.Order.ID}
	if code, why := st.Packable(); code != "" {
		v.answer = agent.Answer{Signal: scanner.Bad, Code: code, Message: why}
		return v, nil
	}
	other, err := s.elsewhere(st.Order.ID)
	if err != nil {
		return v, err
	}
	if other != "" {
		v.answer = agent.Answer{Signal: scanner.Bad, Code: "at_other_bench", Message: fmt.Sprintf("Order %s is in hand at bench %s. Scan NEXT there first.", st.Order.ID, other)}
		return v, nil
	}
	s.hold(st)
	next := st.Packing.Next(s.job(st))
	if waits, _ := awaited(st, true); waits {
		next = s.next(st)
	}
	v.answer = agent.Answer{Signal: scanner.Good, Code: "order_opened", Message: strings.TrimSpace(fmt.Sprintf("Order %s, %s. %s", st.Order.ID, st.Order.ShipTo.Name, next))}
	return s.looked(st, v)
}
