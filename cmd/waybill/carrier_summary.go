package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"waybill/shipment"
	"waybill/shipment/carrier"
)

// shownChanges is how many changed orders the table names.
const shownChanges = 20

// An assignSummary is what rules do with many orders.
type assignSummary struct {
	Orders   int              `json:"orders"`
	Refused  int              `json:"refused"` // lines that are no order, or whose address is invalid
	Services []serviceSummary `json:"services"`
	Held     []holdSummary    `json:"held"`
	Against  *assignChanges   `json:"against,omitempty"`

	services map[shipment.ServiceID]*serviceSummary
	held     map[holdSummary]int
}

type serviceSummary struct {
	Service   shipment.ServiceID `json:"service"`
	Orders    int                `json:"orders"`
	CostMinor int64              `json:"cost_minor"`
	Currency  string             `json:"currency,omitempty"`
	AvgDays   float64            `json:"avg_days"` // from now to the latest day promised; of the orders with a promise

	days, promised int
}

type holdSummary struct {
	Rule   string `json:"rule"`
	Reason string `json:"reason"`
	Orders int    `json:"orders"`
}

// assignChanges is what differs from other rules.
type assignChanges struct {
	Changed   int            `json:"changed"`
	CostMinor int64          `json:"cost_minor"` // new less old, over the orders that both assign
	Moves     []moveSummary  `json:"moves"`
	Examples  []assignChange `json:"examples"` // the first of them

	moves map[[2]string]*moveSummary
}

type moveSummary struct {
	From      string `json:"from"` // a service, or held
	To        string `json:"to"`
	Orders    int    `json:"orders"`
	CostMinor int64  `json:"cost_minor"`
}

type assignChange struct {
	OrderID shipment.OrderID `json:"order_id"`
	From    string           `json:"from"`
	To      string           `json:"to"`
	Rule    string           `json:"rule"`
}

// summarise assigns the orders and prints what came of them. Only sums are kept,
// so that any number of orders may come.
func (c *carrierAssignCmd) summarise(con *console, in io.Reader, rules *carrier.Rules, now time.Time) error {
	var old *carrier.Rules
	sum := assignSummary{services: map[shipment.ServiceID]*serviceSummary{}, held: map[holdSummary]int{}}
	if c.Against != "" {
		var err error
		if old, err = loadRules(c.Against); err != nil {
			return usage(err)
		}
		sum.Against = &assignChanges{moves: map[[2]string]*moveSummary{}, Moves: []moveSummary{}, Examples: []assignChange{}}
	}
	lines := jsonLines(in)
	for n := 1; ; n++ {
		line, err := lines.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil && !errors.Is(err, errLineTooLong) {
			return fmt.Errorf("input line %d: %w", n, err)
		}
		if err == nil && len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		var o shipment.Order
		if err == nil {
			o, err = addressedOrder(line)
		}
		if err != nil {
			sum.Refused++
			fmt.Fprintf(con.err, "waybill: line %d: %v\n", n, err)
			continue
		}
		d := rules.Assign(o, now)
		sum.add(d, now)
		if old != nil {
			sum.Against.add(old.Assign(o, now), d)
		}
	}
	sum.finish()
	if err := c.print(con, &sum); err != nil {
		return fmt.Errorf("output: %w", err)
	}
	if sum.Refused > 0 {
		return errReported
	}
	return nil
}

func (s *assignSummary) add(d carrier.Decision, now time.Time) {
	s.Orders++
	if d.Hold != nil {
		s.held[holdSummary{Rule: d.Hold.Rule, Reason: holdGroup(*d.Hold)}]++
		return
	}
	sum := s.services[d.Service]
	if sum == nil {
		sum = &serviceSummary{Service: d.Service, Currency: d.Currency}
		s.services[d.Service] = sum
	}
	sum.Orders++
	sum.CostMinor += d.CostMinor
	if latest, err := time.Parse(time.DateOnly, d.Promise.Latest); err == nil {
		today := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, time.UTC)
		sum.promised++
		sum.days += int(latest.Sub(today) / (24 * time.Hour))
	}
}

// holdGroup returns what holds of one kind have in common: what stands before
// the details of one parcel.
func holdGroup(h carrier.Hold) string {
	head, _, _ := strings.Cut(h.Reason, ": ")
	return head
}

func (s *assignSummary) finish() {
	s.Services, s.Held = []serviceSummary{}, []holdSummary{}
	for _, sum := range s.services {
		if sum.promised > 0 {
			sum.AvgDays = float64(sum.days) / float64(sum.promised)
		}
		s.Services = append(s.Services, *sum)
	}
	slices.SortFunc(s.Services, func(a, b serviceSummary) int {
		return cmp.Or(cmp.Compare(b.Orders, a.Orders), cmp.Compare(a.Service, b.Service))
	})
	for h, n := range s.held {
		h.Orders = n
		s.Held = append(s.Held, h)
	}
	slices.SortFunc(s.Held, func(a, b holdSummary) int {
		return cmp.Or(cmp.Compare(b.Orders, a.Orders), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Reason, b.Reason))
	})
	if s.Against != nil {
		for _, key := range slices.SortedFunc(maps.Keys(s.Against.moves), func(a, b [2]string) int {
			return cmp.Or(cmp.Compare(s.Against.moves[b].Orders, s.Against.moves[a].Orders), cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1]))
		}) {
			s.Against.Moves = append(s.Against.Moves, *s.Against.moves[key])
		}
	}
}

func (c *assignChanges) add(old, now carrier.Decision) {
	from, to := outcomeOf(old), outcomeOf(now)
	var more int64
	if old.Hold == nil && now.Hold == nil {
		more = now.CostMinor - old.CostMinor
		c.CostMinor += more
	}
	if from == to {
		return
	}
	c.Changed++
	m := c.moves[[2]string{from, to}]
	if m == nil {
		m = &moveSummary{From: from, To: to}
		c.moves[[2]string{from, to}] = m
	}
	m.Orders++
	m.CostMinor += more
	if len(c.Examples) < shownChanges {
		c.Examples = append(c.Examples, assignChange{OrderID: now.OrderID, From: from, To: to, Rule: now.Rule})
	}
}

func outcomeOf(d carrier.Decision) string {
	if d.Hold != nil {
		return "held"
	}
	return string(d.Service)
}

func (c *carrierAssignCmd) print(con *console, s *assignSummary) error {
	if c.JSON {
		return json.NewEncoder(con.out).Encode(s)
	}
	w := tabwriter.NewWriter(con.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "SERVICE\tORDERS\tCOST, MINOR UNITS\tEACH\tDAYS AT MOST, ON AVERAGE")
	var cost int64
	for _, v := range s.Services {
		cost += v.CostMinor
		days := "-"
		if v.promised > 0 {
			days = fmt.Sprintf("%.1f", v.AvgDays)
		}
		fmt.Fprintf(w, "%s\t%d\t%s\t%d\t%s\n", v.Service, v.Orders, strings.TrimSpace(fmt.Sprintf("%d %s", v.CostMinor, v.Currency)), v.CostMinor/int64(v.Orders), days)
	}
	held := 0
	for _, h := range s.Held {
		held += h.Orders
	}
	fmt.Fprintf(w, "all\t%d\t%d\t\theld %d, refused %d\n", s.Orders-held, cost, held, s.Refused)
	if held > 0 {
		fmt.Fprintln(w, "\nHELD BY\tORDERS\tWHY")
		for _, h := range s.Held {
			fmt.Fprintf(w, "%s\t%d\t%s\n", h.Rule, h.Orders, h.Reason)
		}
	}
	if a := s.Against; a != nil {
		fmt.Fprintf(w, "\n%d of %d orders change; the orders that both assign cost %+d minor units.\n", a.Changed, s.Orders, a.CostMinor)
		if a.Changed > 0 {
			fmt.Fprintln(w, "FROM\tTO\tORDERS\tCOST, MINOR UNITS")
		}
		for _, m := range a.Moves {
			fmt.Fprintf(w, "%s\t%s\t%d\t%+d\n", m.From, m.To, m.Orders, m.CostMinor)
		}
		if a.Changed > 0 {
			fmt.Fprintln(w, "\nORDER\tFROM\tTO\tRULE")
		}
		for _, e := range a.Examples {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", e.OrderID, e.From, e.To, e.Rule)
		}
		if more := a.Changed - len(a.Examples); more > 0 {
			fmt.Fprintf(w, "and %d more\n", more)
		}
	}
	return w.Flush()
}
