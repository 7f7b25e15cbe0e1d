package desk_test

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"waybill/agent"
	"waybill/agent/desk"
	"waybill/configs"
	"waybill/internal/fault"
	"waybill/printer"
	"waybill/scanner"
	"waybill/shipment"
	"waybill/shipment/carrier"
	"waybill/sync/journal"
	"waybill/sync/wire"
)

var (
	morning = time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	ground  = desk.Pool{Carrier: "usps", Service: "usps_ground_advantage"}
	express = desk.Pool{Carrier: "usps", Service: "usps_priority"}
)

// A labeler is a label maker whose labels need no proof.
type labeler struct {
	made   atomic.Int64
	during func(p agent.Parcel) error // called while a label is made
}

func (l *labeler) Label(_ context.Context, s agent.State, p agent.Parcel, _ time.Time) ([]byte, error) {
	if l.during != nil {
		if err := l.during(p); err != nil {
			return nil, err
		}
	}
	l.made.Add(1)
	return fmt.Appendf(nil, "^XA^FD%s %s reprint %d^FS^XZ", s.Order.ID, p.TrackingNumber, p.Reprints), nil
}

func (*labeler) Language() string { return "zpl" }
func (*labeler) Role() string     { return "shipping" }

// A rig is a desk over a real journal, with a hub that leases numbers.
type rig struct {
	*desk.Desk
	journal *journal.Journal
	labels  *labeler
	hub     *hub
	options desk.Options
	path    string
	station shipment.StationID // empty: bench-1
	now     time.Time
	queued  atomic.Int64
	low     atomic.Int64
}

func newRig(t testing.TB, change func(*desk.Options)) *rig {
	t.Helper()
	parsed, err := carrier.ParseRules(configs.Rules)
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{labels: &labeler{}, hub: &hub{}, now: morning, path: filepath.Join(t.TempDir(), "journal.db")}
	r.options = desk.Options{
		Rules: agent.Rules{Carriers: carrier.Default(), Rules: parsed, ShipFrom: shipment.Address{
			Name: "Goods", Line1: "1 Main St", City: "Vernon", Region: "CA", PostalCode: "90058", Country: "US",
		}},
		Labels: r.labels, AutoOpen: true, LowWater: 2, Location: time.UTC, Log: slog.New(slog.DiscardHandler),
		Now:    func() time.Time { return r.now },
		NewID:  func() string { return uuid.Must(uuid.NewV7()).String() },
		Queued: func() { r.queued.Add(1) },
		Low:    func() { r.low.Add(1) },
	}
	if change != nil {
		change(&r.options)
	}
	r.start(t)
	t.Cleanup(func() { r.journal.Close() })
	return r
}

// start opens the journal and a desk over it, as after a crash: what was not on
// disk is gone.
func (r *rig) start(t testing.TB) {
	t.Helper()
	if r.journal != nil {
		if err := r.journal.Close(); err != nil {
			t.Fatal(err)
		}
	}
	j, err := journal.Open(t.Context(), journal.Options{Path: r.path, Station: cmp.Or(r.station, "bench-1"), Location: time.UTC, Now: func() time.Time { return r.now }})
	if err != nil {
		t.Fatal(err)
	}
	r.journal, r.options.Journal = j, j
	r.Desk = desk.New(r.options)
}

// role wants the jobs of roles.
func role(roles ...string) func(printer.Route) bool {
	return func(r printer.Route) bool { return slices.Contains(roles, r.Role) }
}

// stock leases numbers for the pool.
func (r *rig) stock(t testing.TB, pools ...desk.Pool) {
	t.Helper()
	if err := r.Refill(t.Context(), r.hub, "bench-1", pools, 20); err != nil {
		t.Fatal(err)
	}
}

// order returns an order that goes with USPS Ground Advantage.
func order(id string) shipment.Order {
	return shipment.Order{
		ID:     shipment.OrderID(id),
		ShipTo: shipment.Address{Name: "Zoe", Line1: "1600 Amphitheatre Pkwy", City: "Mountain View", Region: "CA", PostalCode: "94043", Country: "US"},
		Items:  []shipment.Item{{SKU: "S", Quantity: 1, Weight: 100}}, Carrier: ground.Carrier, Service: ground.Service,
	}
}

// take takes an order that must come as far as want.
func (r *rig) take(t testing.TB, o shipment.Order, want agent.Taken) agent.State {
	t.Helper()
	s, taken, err := r.TakeOrder(t.Context(), "a.json", o)
	if err != nil || taken != want {
		t.Fatalf("order %s: %s, why %+v, error %v; want %s", o.ID, taken, s.Why, err, want)
	}
	return s
}

// print takes an order and has the spool print its labels.
func (r *rig) print(t testing.TB, id string) agent.State {
	t.Helper()
	s := r.take(t, order(id), agent.Accepted)
	for _, p := range s.Parcels {
		r.move(t, p.Job, printer.Sending, printer.Sent, printer.Confirmed)
	}
	return r.state(t, id)
}

// move moves all labels of a job, as the spool does.
func (r *rig) move(t testing.TB, id printer.JobID, states ...printer.LabelState) {
	t.Helper()
	for _, st := range states {
		if err := r.tryMove(t, id, st); err != nil {
			t.Fatal(err)
		}
	}
}

// tryMove moves a job's labels from where they are, whether that is allowed or
// not.
func (r *rig) tryMove(t testing.TB, id printer.JobID, to printer.LabelState) error {
	t.Helper()
	job, err := r.Job(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range job.Labels {
		l.State, l.At = to, r.now
		if to == printer.Confirmed {
			l.Evidence = printer.E3
		}
		job = job.With(l)
	}
	job.Printer = "zebra"
	return r.Record(t.Context(), job)
}

func (r *rig) state(t testing.TB, id string) agent.State {
	t.Helper()
	s, err := r.Order(t.Context(), shipment.OrderID(id))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (r *rig) scan(t testing.TB, role scanner.Role, raw string) desk.ScanResult {
	t.Helper()
	res, err := r.Scan(t.Context(), scanner.Scan{Scanner: "gun", Role: role, Raw: []byte(raw), At: r.now})
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// events returns the types of the events of a subject; all is every subject.
func (r *rig) events(t testing.TB, subject shipment.OrderID) []shipment.EventType {
	t.Helper()
	var types []shipment.EventType
	err := r.journal.View(t.Context(), func(tx *journal.ReadTx) error {
		return tx.Events(journal.EventQuery{Subject: subject}, func(rec wire.Record) error {
			types = append(types, rec.Type)
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return types
}

func (r *rig) count(t testing.TB, want shipment.EventType) int {
	t.Helper()
	n := 0
	for _, typ := range r.events(t, "") {
		if typ == want {
			n++
		}
	}
	return n
}

func wantKind(t testing.TB, err error, k fault.Kind) {
	t.Helper()
	if !fault.Is(err, k) {
		t.Errorf("error %v of kind %v, want kind %v", err, fault.KindOf(err), k)
	}
}

// A hub leases blocks of numbers: the same key always gets the same block.
type hub struct {
	mu    sync.Mutex
	next  int64
	given map[string]wire.Lease
	asked []wire.LeaseRequest
	err   error      // refuses
	lose  bool       // gives, and loses the answer
	none  *desk.Pool // has no range for it
	life  time.Duration
}

func (h *hub) Lease(_ context.Context, req wire.LeaseRequest) (wire.Lease, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.asked = append(h.asked, req)
	if h.err != nil {
		return wire.Lease{}, h.err
	}
	if h.none != nil && *h.none == (desk.Pool{Carrier: req.Carrier, Service: req.Service}) {
		return wire.Lease{}, &fault.Error{Op: "lease", Kind: fault.NotFound, Err: fmt.Errorf("no range for %s", req.Service)}
	}
	if h.given == nil {
		h.given = map[string]wire.Lease{}
	}
	l, ok := h.given[req.Key]
	if !ok {
		l = wire.Lease{
			ID: fmt.Sprintf("lease-%d", len(h.given)+1), Range: "range-1", Carrier: req.Carrier,
			Scheme: carrier.USPSIMpb, Prefix: "92055903000000", Next: h.next, End: h.next + req.Count,
		}
		if h.life > 0 {
			l.Expires = morning.Add(h.life)
		}
		h.next += req.Count
		h.given[req.Key] = l
	}
	if h.lose {
		return wire.Lease{}, &fault.Error{Op: "lease", Kind: fault.Transient, Err: fmt.Errorf("the answer was lost")}
	}
	return l, nil
}
