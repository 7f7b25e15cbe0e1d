package desk

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"waybill/agent"
	"waybill/agent/packing"
	"waybill/internal/fault"
	"waybill/scanner"
	"waybill/shipment"
	"waybill/shipment/scan"
	"waybill/sync/journal"
)

const (
	kindBench journal.Kind = "bench" // who and what is at a bench, under its name
	kindTote  journal.Kind = "tote"  // the order whose goods are in a tote, under the tote's code
)

// A Bench is a place where parcels are packed: its scanners and its scale, by
// their names. Scanners that are of no bench, and pages that name none, are at the
// first.
type Bench struct {
	Name     string
	Scanners []string
	Scale    string
}

// OnlyBench is the bench of a station that names none.
const OnlyBench = "bench"

// A BenchState is who and what is at a bench. It is kept, so that after a crash
// the next scan goes on.
type BenchState struct {
	Name     string           `json:"name"`
	Order    shipment.OrderID `json:"order,omitempty"` // in hand
	Operator string           `json:"operator,omitempty"`
	Since    time.Time        `json:"since,omitzero"` // the operator is here
	Seen     time.Time        `json:"seen,omitzero"`  // the operator's last scan
	Told     Told             `json:"told,omitzero"`
	Claim    Claim            `json:"claim,omitzero"` // on the last weighing here

	lapsed hand // whose badge counts no more; zero: nobody's
}

// A Told is the last that somebody at a bench was told.
type Told struct {
	Signal  scanner.Signal `json:"signal"`
	Code    string         `json:"code"`
	Message string         `json:"message"`
	At      time.Time      `json:"at"`
}

func (d *Desk) benches() []Bench {
	if len(d.o.Benches) == 0 {
		return []Bench{{Name: OnlyBench}}
	}
	return d.o.Benches
}

// benchOf returns the bench of a scanner, else the first.
func (d *Desk) benchOf(scannerName string) Bench {
	all := d.benches()
	for _, b := range all {
		if slices.Contains(b.Scanners, scannerName) {
			return b
		}
	}
	return all[0]
}

// benchNamed returns the bench with that name; empty: that of the scanner. A name
// that no bench has is an error of kind fault.NotFound: what was meant for one
// bench must not happen at another.
func (d *Desk) benchNamed(name, scannerName string) (Bench, error) {
	if name == "" {
		return d.benchOf(scannerName), nil
	}
	for _, b := range d.benches() {
		if b.Name == name {
			return b, nil
		}
	}
	return Bench{}, &fault.Error{Op: fmt.Sprintf("bench %.40q", name), Kind: fault.NotFound, Err: errUnknown, Hint: "GET /v1/benches lists them."}
}

// bench returns what is at a bench now. An operator whose badge counts no more is
// not there.
func (d *Desk) bench(tx *journal.ReadTx, name string) (BenchState, error) {
	b := BenchState{Name: name}
	raw, found, err := tx.Raw(kindBench, name)
	if found && !d.benchDocs.read(name, raw, &b) {
		_, err = tx.Get(kindBench, name, &b)
	}
	if seen := b.seen(); b.Operator != "" && d.o.Rules.Packing.Lapsed(seen, d.o.Now()) {
		b.lapsed, b.Operator = hand{Operator: b.Operator, Since: b.Since, Seen: seen}, ""
	}
	return b, err
}

func (b BenchState) seen() time.Time { return hand{Since: b.Since, Seen: b.Seen}.seen() }

// putBench keeps what is at a bench. That a badge has lapsed is found on reading:
// until another is scanned the bench says whose it was.
func (d *Desk) putBench(tx *journal.Tx, b BenchState) error {
	if b.Operator == "" {
		b.Operator = b.lapsed.Operator
	}
	raw, err := json.Marshal(b)
	if err != nil {
		return fmt.Errorf("bench %s: %w", b.Name, err)
	}
	d.benchDocs.keep(raw, b)
	return tx.Put(kindBench, b.Name, json.RawMessage(raw), journal.Index{State: string(b.Order)})
}

// packs reports whether anything is done at the bench between an order and its
// label.
func (d *Desk) packs() bool { return d.o.Rules.Packing.On() }

// pageOf returns whose page alone is told of what happens at a bench; empty: every
// page, where there is but one bench.
func (d *Desk) pageOf(bench string) string {
	if len(d.o.Benches) < 2 {
		return ""
	}
	return bench
}

// Packs reports whether anything is done at a bench between an order and its
// label.
func (d *Desk) Packs() bool { return d.packs() }

// A benchScan is one scan at a bench, while it is decided.
type benchScan struct {
	d      *Desk
	tx     *journal.Tx
	bench  BenchState
	in     scanner.Scan
	parsed scan.Scan
	at     time.Time
	again  *reprinting // what a control barcode wants printed again, made before
	fresh  bool        // the scale speaks now
}

// decideAtBench decides about a scan at a bench, and keeps what is there now.
func (d *Desk) decideAtBench(tx *journal.Tx, name string, in scanner.Scan, parsed scan.Scan, again *reprinting, at time.Time) (verdict, string, error) {
	b, err := d.bench(&tx.ReadTx, name)
	if err != nil {
		return verdict{}, "", err
	}
	s := &benchScan{d: d, tx: tx, bench: b, in: in, parsed: parsed, at: at, again: again}
	v, err := s.decide()
	if err != nil {
		return v, "", err
	}
	s.bench.Told = Told{v.answer.Signal, v.answer.Code, v.answer.Message, at}
	if s.bench.Operator != "" {
		s.bench.Seen = at
	}
	return v, s.bench.Operator, d.putBench(tx, s.bench)
}

func bad(code, format string, args ...any) verdict {
	return verdict{answer: agent.Answer{Signal: scanner.Bad, Code: code, Message: fmt.Sprintf(format, args...)}}
}

func good(code, format string, args ...any) verdict {
	return verdict{answer: agent.Answer{Signal: scanner.Good, Code: code, Message: fmt.Sprintf(format, args...)}}
}

func (s *benchScan) decide() (verdict, error) {
	if s.in.Bad != "" {
		return damaged(s.in), nil
	}
	cur, inHand, err := s.current()
	if err != nil {
		return verdict{}, err
	}
	s.claim(cur, inHand)
	if s.nobody() && (s.parsed.Kind != scan.Command || s.parsed.Command != shipment.BadgeCommand) {
		if gone := s.bench.lapsed; gone.Operator != "" {
			return bad("no_operator", "%s", s.d.whoAreYou(gone.Operator, gone.Seen)), nil
		}
		return bad("no_operator", "Nobody is at this bench. Scan your badge first."), nil
	}
	if s.parsed.Kind == scan.Command {
		return s.command(cur, inHand)
	}
	st, p, found, err := findParcel(s.tx, s.parsed)
	if err != nil {
		return verdict{}, err
	}
	waits, label := awaited(cur, inHand)
	switch {
	case found && (!inHand || st.Order.ID == cur.Order.ID || !waits && !busy(cur)):
		return s.label(st, p)
	case found && waits:
		v := bad("other_label", "This is the label of order %s. Wanted: the label of order %s, %s.", st.Order.ID, cur.Order.ID, label.TrackingNumber)
		v.order = cur.Order.ID
		return v, nil
	case found:
		return s.another(cur, st.Order.ID), nil
	}
	if v, done, err := s.item(cur, inHand, waits, label); done || err != nil {
		return v, err
	}
	return s.byName(cur, inHand, waits)
}

// current returns the order in hand.
func (s *benchScan) current() (agent.State, bool, error) {
	if s.bench.Order == "" {
		return agent.State{}, false, nil
	}
	var st agent.State
	found, err := s.tx.Get(kindOrder, string(s.bench.Order), &st)
	return st, found, err
}

// awaited returns the parcel whose label must be scanned before anything else
// goes on, where there is one.
func awaited(st agent.State, inHand bool) (bool, agent.Parcel) {
	if !inHand || st.Packing == nil || st.Void != "" {
		return false, agent.Parcel{}
	}
	for _, p := range st.Parcels {
		if st.Packing.Packed(p.K) && p.Scanned.IsZero() && p.HandedOver.IsZero() {
			return true, p
		}
	}
	return false, agent.Parcel{}
}

// busy reports whether an order in hand is in the middle of its packing.
func busy(st agent.State) bool {
	return st.Packing != nil && !st.Packing.Done() && (st.Packing.Begun() || st.Packing.Current() > 1) && st.Void == ""
}

// another refuses another order while one is in the middle of its packing.
func (s *benchScan) another(cur agent.State, other shipment.OrderID) verdict {
	v := bad("order_in_hand", "This is order %s, but order %s is in hand. %s Scan NEXT to put it aside.", other, cur.Order.ID, s.next(cur))
	v.order = cur.Order.ID
	return v
}

func (s *benchScan) next(st agent.State) string {
	if st.Packing == nil {
		return ""
	}
	if waits, p := awaited(st, true); waits {
		return fmt.Sprintf("Stick on the label of parcel %d and scan it.", p.K)
	}
	return joined(st.Packing.Next(s.job(st)), s.onScale(st))
}

func (s *benchScan) job(st agent.State) packing.Job {
	return st.PackingJob(s.d.o.Rules.Packing, s.bench.Name, s.d.refuses(st))
}

// refuses returns how to ask the order's service about a parcel.
func (d *Desk) refuses(st agent.State) func(shipment.Parcel) string {
	return func(p shipment.Parcel) string {
		if d.o.Rules.Rules == nil {
			return ""
		}
		return d.o.Rules.Rules.Refuses(st.Service, p)
	}
}

// item decides about a scan that may be of an item.
func (s *benchScan) item(cur agent.State, inHand, waits bool, label agent.Parcel) (verdict, bool, error) {
	codes := packing.CodesOf(s.parsed)
	if !inHand || cur.Packing == nil || len(codes) == 0 {
		return verdict{}, false, nil
	}
	if waits {
		if !cur.Packing.Has(s.job(cur), codes) {
			return verdict{}, false, nil
		}
		v := bad("label_first", "Order %s: first stick on the label of parcel %d and scan it.", cur.Order.ID, label.K)
		v.order = cur.Order.ID
		return v, true, nil
	}
	if !cur.Packing.Has(s.job(cur), codes) {
		return verdict{}, false, nil
	}
	v, err := s.step(cur, packing.Scanned{Codes: codes, What: s.parsed.Data, By: s.bench.Operator, At: s.at})
	return v, true, err
}

// step carries an input out on the order in hand, and takes the weight that lies
// on the scale where it is the one thing that is wanted and right. An input that
// packed a parcel took what it needed: its weight is not the next one's.
func (s *benchScan) step(cur agent.State, in packing.Input) (verdict, error) {
	v := verdict{order: cur.Order.ID}
	st, effects := s.through(cur, in)
	v.effects, v.answer = effects, answerOf(effects)
	if v.answer.Signal == scanner.Bad && !asks(v.answer) {
		return v, nil // nothing changed
	}
	if _, weighed := in.(packing.Weighed); !weighed && v.answer.Signal == scanner.Good {
		st, v = s.look(st, v)
	}
	return s.keep(st, v)
}

// keep stores the order in hand as it became.
func (s *benchScan) keep(st agent.State, v verdict) (verdict, error) {
	if k := st.Packing; k != nil && k.Current() > 0 {
		v.parcel = st.Order.ID.Parcel(k.Current())
	}
	v.packed = st.ToLabel() != nil
	return v, s.d.putOrder(s.tx, st, v.effects)
}

// asks reports whether a bad answer is a question that must be remembered.
func asks(a agent.Answer) bool { return a.Code == "weight_deviates" }

func (s *benchScan) pack(st agent.State, in packing.Input) agent.Pack {
	return agent.Pack{In: in, Rules: s.d.o.Rules.Packing, Bench: s.bench.Name, Refuses: s.d.refuses(st), At: s.at}
}

// byName decides about a scan that is neither a parcel's number nor an item of the
// order in hand: an order's number, a tote, or nothing that is known.
func (s *benchScan) byName(cur agent.State, inHand, waits bool) (verdict, error) {
	st, found, tote, err := s.find()
	if err != nil {
		return verdict{}, err
	}
	switch {
	case found && inHand && st.Order.ID == cur.Order.ID:
		v := verdict{order: st.Order.ID, answer: agent.Answer{Signal: scanner.Warn, Code: "in_hand", Message: strings.TrimSpace(fmt.Sprintf("Order %s is in hand. %s", st.Order.ID, s.next(st)))}}
		return v, nil
	case found && inHand && (waits || busy(cur)):
		return s.another(cur, st.Order.ID), nil
	case found:
		return s.open(st)
	case tote && inHand && cur.Packing != nil && !cur.Packing.Done():
		return s.bind(cur)
	case tote:
		return bad("empty_tote", "Tote %.40s holds no order. Scan an order, then the tote that its goods go into.", s.parsed.Data), nil
	case inHand && cur.Packing != nil && !waits && !cur.Packing.Done() && len(packing.CodesOf(s.parsed)) > 0:
		return s.step(cur, packing.Scanned{Codes: packing.CodesOf(s.parsed), What: s.parsed.Data, By: s.bench.Operator, At: s.at})
	case s.d.packs() && productOrOrder(s.parsed) != "" && len(s.parsed.Matches) == 0:
		return bad("no_order", "%s is %s. Scan the order or its tote first.", shipment.Quoted(s.parsed.Data), productOrOrder(s.parsed)), nil
	}
	a, err := s.d.unknownScan(s.tx, s.parsed)
	return verdict{answer: a}, err
}

// find looks a scan up as an order's number or a tote, where there are any.
func (s *benchScan) find() (st agent.State, found, tote bool, err error) {
	data := strings.TrimSpace(s.parsed.Data)
	if data == "" || len(data) > shipment.MaxEvidence || !s.d.packs() {
		return agent.State{}, false, false, nil
	}
	return s.findName(data)
}

func (s *benchScan) findName(data string) (st agent.State, found, tote bool, err error) {
	id := string(shipment.OrderID(data).Canonical())
	if found, err = s.tx.Get(kindOrder, id, &st); err != nil || found {
		return st, found, false, err
	}
	prefix := s.d.o.Rules.Packing.Totes
	if tote = prefix != "" && strings.HasPrefix(strings.ToUpper(data), strings.ToUpper(prefix)); !tote {
		return st, false, false, nil
	}
	var order shipment.OrderID
	if found, err = s.tx.Get(kindTote, strings.ToUpper(data), &order); err != nil || !found || order == "" {
		return st, false, true, err
	}
	if st, err = getOrder(&s.tx.ReadTx, order); err != nil {
		return st, false, true, err
	}
	// A tote is empty again once its order is packed.
	return st, st.Packing != nil && !st.Packing.Done() && st.Void == "", true, nil
}

// bind puts the order in hand into the tote that was scanned.
func (s *benchScan) bind(cur agent.State) (verdict, error) {
	v := good("tote_bound", "Tote %.40s holds order %s now. Scan NEXT to put it aside, or go on. %s", s.parsed.Data, cur.Order.ID, s.next(cur))
	v.order = cur.Order.ID
	return v, s.tx.Put(kindTote, strings.ToUpper(strings.TrimSpace(s.parsed.Data)), cur.Order.ID, journal.Index{})
}

// NotPacked is why an order's label is not made yet, as an error.
func (d *Desk) NotPacked(op string, st agent.State, k int) error {
	why := st.WhyNotPacked(k, d.o.Rules.Packing)
	if why == "" {
		return nil
	}
	return &fault.Error{Op: op, Kind: fault.Conflict, Err: fmt.Errorf("order %s: %s", st.Order.ID, why), Hint: "Pack it at a bench, or POST /v1/orders/{id}/pack."}
}

// Notice returns what was said last at the bench, as its page shows it.
func (b BenchView) Notice() Notice {
	if b.Told.Code == "" {
		return Notice{}
	}
	n := scanNotice(ScanResult{Signal: b.Told.Signal, Code: b.Told.Code, Message: b.Told.Message, Order: b.Order}, b.Told.At)
	n.Bench = b.Name
	return n
}

// A BenchView is a bench at one moment.
type BenchView struct {
	BenchState
	Person    packing.Operator // in charge; zero: nobody, or nobody says who they are
	InHand    *agent.State     // the order in hand; nil: none
	Await     agent.Parcel     // whose label is to be scanned; zero: none
	Next      string           // what to do next, in one sentence
	Weight    Weight           // on the scale
	HasWeight bool             // the scale says anything
	Scale     string           // by its name; empty: the bench has none
	Rules     packing.Rules
}

// Bench returns the bench of that name; empty: the first.
func (d *Desk) Bench(ctx context.Context, name string) (BenchView, error) {
	b, err := d.benchNamed(name, "")
	if err != nil {
		return BenchView{}, err
	}
	v := BenchView{Scale: b.Scale, Rules: d.o.Rules.Packing}
	v.Weight, v.HasWeight = d.weights.now(b.Name)
	err = d.o.Journal.View(ctx, func(tx *journal.ReadTx) error {
		var err error
		if v.BenchState, err = d.bench(tx, b.Name); err != nil || v.Order == "" {
			return err
		}
		var st agent.State
		found, err := tx.Get(kindOrder, string(v.Order), &st)
		if found {
			v.InHand = &st
			_, v.Await = awaited(st, true)
		}
		return err
	})
	v.Person, _ = v.Rules.Operator(v.Operator)
	switch {
	case err != nil || !d.packs():
	case len(v.Rules.Operators) > 0 && v.Operator == "":
		v.Next = "Scan your badge."
	case v.InHand == nil:
		v.Next = "Scan the order or its tote."
	default:
		s := benchScan{d: d, bench: v.BenchState, at: d.o.Now()}
		s.claim(*v.InHand, true)
		v.Next = s.next(*v.InHand)
	}
	return v, err
}

// Benches returns the names of the benches.
func (d *Desk) Benches() []string {
	var names []string
	for _, b := range d.benches() {
		names = append(names, b.Name)
	}
	return names
}
