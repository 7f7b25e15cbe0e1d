package manyhubs_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"waybill/internal/servertest"
	"waybill/shipment"
	"waybill/sync/wire"
	"waybill/tracking"
	"waybill/tracking/bus"
	"waybill/tracking/store"
	"waybill/tracking/store/storetest"
)

// A ward is three hubs on one database and one bus, and what was asked of them.
type ward struct {
	hubs []*hub
	rng  *rand.Rand

	mu       sync.Mutex
	accepted map[string]int // by event ID
	sent     map[string]int64
	leases   map[string]wire.Lease
}

// TestHubsAreKilled has three hubs take events of many stations while one after
// the other is killed, and with them once the database and once the bus: no
// event is lost, none counts twice, no number is leased twice, a pick-up changes
// hands once, and the bus has everything in the end. MANYHUBS=2m makes it longer.
func TestHubsAreKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("processes are killed for a while")
	}
	lasts := 12 * time.Second
	if s := os.Getenv("MANYHUBS"); s != "" {
		var err error
		if lasts, err = time.ParseDuration(s); err != nil {
			t.Fatal(err)
		}
	}
	pg, broker := servertest.StartPostgres(t), servertest.StartNATS(t)
	data := pg.Create(t, "hub")
	bin := build(t)
	w := &ward{rng: rand.New(rand.NewPCG(1, 2)), accepted: map[string]int{}, sent: map[string]int64{}, leases: map[string]wire.Lease{}}
	for range 3 {
		w.hubs = append(w.hubs, newHub(t, bin, data, broker.URL()))
	}
	var up sync.WaitGroup // all at once: they make the tables together
	for _, h := range w.hubs {
		up.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			if err := h.start(ctx); err != nil {
				t.Error(err)
			}
		})
	}
	up.Wait()
	if t.Failed() {
		return
	}
	w.pagesAreTold(t)

	until, cancel := context.WithTimeout(t.Context(), lasts)
	defer cancel()
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() { w.station(t, until, i, rand.New(rand.NewPCG(3, uint64(i)))) })
	}
	kills := w.killer(t, until, pg, broker, lasts)
	all.Wait()
	t.Logf("%d events, %d leases, %d kills of hubs, one of the database, one of the bus with its files", len(w.sent), len(w.leases), kills)
	if kills < 3 || len(w.sent) < 500 {
		t.Errorf("that was too little to prove anything")
	}
	w.check(t, data, broker)
}

// pagesAreTold holds that a page at one hub is told of what another has taken.
func (w *ward) pagesAreTold(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	es := storetest.NewDesk("page", 1).Journey("page-1", "PAGE1")
	w.take(ctx, t, w.hubs[1], es[:2])
	versions := w.hubs[0].follow(ctx, t, "page-1")
	first := <-versions
	for i, h := range []*hub{w.hubs[1], w.hubs[2]} {
		start := time.Now()
		w.take(ctx, t, h, es[2+i:3+i])
		next := <-versions
		if next == "" || next == first {
			t.Fatalf("the page was not told: %q after %q", next, first)
		}
		t.Logf("a page at another hub was told after %v", time.Since(start).Round(time.Millisecond))
		first = next
	}
	w.take(ctx, t, w.hubs[1], es[4:])
}

// take sends events to h, which must take them.
func (w *ward) take(ctx context.Context, t *testing.T, h *hub, es []tracking.Incoming) {
	t.Helper()
	rs, err := h.send(ctx, es)
	if err != nil {
		t.Fatal(err)
	}
	w.count(t, es, rs)
}

func (w *ward) count(t *testing.T, es []tracking.Incoming, rs []wire.Result) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	for i, r := range rs {
		w.sent[es[i].Env.ID] = es[i].Env.Sequence
		switch r.Status {
		case wire.Accepted:
			w.accepted[r.ID]++
		case wire.Duplicate: // the answer to it was lost, or another hub was first
		case wire.Rejected:
			t.Errorf("%s was rejected: %s", r.ID, r.Reason)
		}
	}
}

// station sends what happens at a bench to whichever hub answers, sometimes to two
// at once, and leases numbers and takes a pick-up over meanwhile.
func (w *ward) station(t *testing.T, until context.Context, i int, rng *rand.Rand) {
	id := shipment.StationID(fmt.Sprintf("bench-%d", i))
	d := storetest.NewDesk(id, 1)
	pickUp := fmt.Sprintf("pick-up-%d", i/2) // one of two neighbours
	if i%2 == 0 {
		w.until(t, []tracking.Incoming{d.Seal("", shipment.HandoffOpened{Handoff: pickUp, Carrier: "ups"})}, rng)
	}
	for n := 0; until.Err() == nil; n++ {
		// Two benches tell of the same order.
		es := d.Journey(shipment.OrderID(fmt.Sprintf("o%d-%d", i/2, n)), shipment.TrackingNumber(fmt.Sprintf("N%d-%d", i/2, n)))
		for range rng.IntN(12) {
			n++
			es = append(es, d.Journey(shipment.OrderID(fmt.Sprintf("o%d-%d", i/2, n)), shipment.TrackingNumber(fmt.Sprintf("N%d-%d", i/2, n)))...)
		}
		if rng.IntN(3) == 0 {
			both := []int{rng.IntN(3), rng.IntN(3)}
			var twice sync.WaitGroup
			for _, k := range both {
				twice.Go(func() {
					if rs, err := w.hubs[k].send(t.Context(), es); err == nil {
						w.count(t, es, rs)
					}
				})
			}
			twice.Wait()
		}
		w.until(t, es, rng)
		w.lease(t, id, fmt.Sprint(n), rng)
	}
}

// until sends events until a hub has answered.
func (w *ward) until(t *testing.T, es []tracking.Incoming, rng *rand.Rand) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for t.Context().Err() == nil {
		if rs, err := w.hubs[rng.IntN(3)].send(t.Context(), es); err == nil {
			w.count(t, es, rs)
			return
		}
		<-tick.C
	}
}

// lease asks for a block of numbers until a hub has answered, and once more.
func (w *ward) lease(t *testing.T, id shipment.StationID, key string, rng *rand.Rand) {
	body := fmt.Appendf(nil, `{"key":%q,"station":%q,"carrier":"ups","count":3}`, key, id)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for answers := 0; answers < 2 && t.Context().Err() == nil; {
		var l wire.Lease
		if err := w.hubs[rng.IntN(3)].ask(t.Context(), "POST", "/v1/leases", "application/json", body, &l); err != nil {
			<-tick.C
			continue
		}
		answers++
		w.mu.Lock()
		if old, ok := w.leases[string(id)+key]; ok && (old.Next != l.Next || old.End != l.End) {
			t.Errorf("the key %s of %s got %+v and %+v", key, id, old, l)
		}
		w.leases[string(id)+key] = l
		w.mu.Unlock()
	}
}

// killer kills a hub every few seconds, the database and the bus once each, and
// starts them again.
func (w *ward) killer(t *testing.T, until context.Context, pg *servertest.Postgres, broker *servertest.NATS, lasts time.Duration) (kills int) {
	tick := time.NewTicker(min(3*time.Second, lasts/8))
	defer tick.Stop()
	for n := 1; ; n++ {
		select {
		case <-until.Done():
			return kills
		case <-tick.C:
		}
		switch n {
		case 3:
			broker.Kill()
			broker.Forget(t)
			broker.Start(t)
		case 5:
			pg.Kill()
			pg.Start(t)
		default:
			h := w.hubs[w.rng.IntN(len(w.hubs))]
			h.kill()
			kills++
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			if err := h.start(ctx); err != nil {
				t.Errorf("a hub does not come up again: %v", err)
			}
			cancel()
		}
	}
}

// check holds that everything is there once.
func (w *ward) check(t *testing.T, data string, broker *servertest.NATS) {
	t.Helper()
	s, err := store.OpenPostgres(t.Context(), data, "", store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for id, n := range w.accepted {
		if n > 1 {
			t.Errorf("%s was accepted %d times", id, n)
		}
	}
	kept := map[string]bool{}
	var last tracking.Span
	for {
		some, err := s.EventsAfter(t.Context(), last, 1000)
		if err != nil {
			t.Fatal(err)
		}
		if len(some) == 0 {
			break
		}
		for _, ev := range some {
			if kept[ev.Env.ID] {
				t.Errorf("%s is kept twice", ev.Env.ID)
			}
			kept[ev.Env.ID] = true
			if _, ok := w.sent[ev.Env.ID]; !ok {
				t.Errorf("%s is kept, and nobody sent it", ev.Env.ID)
			}
		}
		e := some[len(some)-1].Env
		last = tracking.Span{Station: e.Station(), Epoch: e.Epoch, To: e.Sequence}
	}
	for id := range w.sent {
		if !kept[id] {
			t.Errorf("%s is lost", id)
		}
	}
	stations, err := s.Stations(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, st := range stations {
		if e := st.Epochs[0]; st.Missing() != 0 || e.Watermark != e.Highest || st.Quarantined != 0 {
			t.Errorf("%+v", st)
		}
	}
	facts := 0
	rs, err := s.List(t.Context(), tracking.Filter{}, 1<<30)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rs {
		facts += len(r.Facts)
	}
	if pickUps := 4; facts != len(w.sent)-pickUps {
		t.Errorf("the stories tell %d events of %d", facts, len(w.sent)-pickUps)
	}
	w.checkLeases(t)
	w.checkTakeOvers(t)
	w.checkBus(t, broker)
}

func (w *ward) checkLeases(t *testing.T) {
	t.Helper()
	var all []wire.Lease
	for _, l := range w.leases {
		all = append(all, l)
	}
	slices.SortFunc(all, func(a, b wire.Lease) int { return int(a.Next - b.Next) })
	for i := 1; i < len(all); i++ {
		if all[i].Next < all[i-1].End {
			t.Errorf("blocks share numbers: %+v and %+v", all[i-1], all[i])
		}
	}
}

// checkTakeOvers holds that of stations that ask three hubs at once for a pick-up
// one gets it.
func (w *ward) checkTakeOvers(t *testing.T) {
	t.Helper()
	for p := range 4 {
		var all sync.WaitGroup
		got := make([]bool, 9)
		for i := range got {
			all.Go(func() {
				body := fmt.Appendf(nil, `{"key":"k%d","station":"dock-%d","from":"bench-%d","by":"Sam"}`, i, i, 2*p)
				err := w.hubs[i%3].ask(t.Context(), "POST", fmt.Sprintf("/v1/handoffs/pick-up-%d/take-over", p), "application/json", body, new(wire.Handoff))
				got[i] = err == nil
				if err != nil && !strings.Contains(err.Error(), "409") {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if n := len(slices.DeleteFunc(got, func(g bool) bool { return !g })); n != 1 {
			t.Errorf("%d stations got pick-up-%d", n, p)
		}
	}
}

// checkBus holds that the bus, which lost everything in the middle, gets every
// event.
func (w *ward) checkBus(t *testing.T, broker *servertest.NATS) {
	t.Helper()
	conn, err := nats.Connect(broker.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var c jetstream.Consumer
	for c == nil && ctx.Err() == nil { // the stream may be made just now
		c, err = js.OrderedConsumer(ctx, bus.StreamName, jetstream.OrderedConsumerConfig{})
	}
	if err != nil {
		t.Fatal(err)
	}
	missing := map[string]bool{}
	for id := range w.sent {
		missing[id] = true
	}
	msgs, err := c.Messages()
	if err != nil {
		t.Fatal(err)
	}
	defer msgs.Stop()
	context.AfterFunc(ctx, msgs.Stop)
	for len(missing) > 0 {
		m, err := msgs.Next()
		if err != nil {
			t.Fatalf("the bus lacks %d events of %d: %v", len(missing), len(w.sent), err)
		}
		delete(missing, m.Headers().Get(jetstream.MsgIDHeader))
	}
}
