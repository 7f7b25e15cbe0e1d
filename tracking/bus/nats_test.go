package bus_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"waybill/internal/servertest"
	"waybill/internal/task"
	"waybill/shipment"
	"waybill/sync/wire"
	"waybill/tracking"
	"waybill/tracking/bus"
	"waybill/tracking/store"
	"waybill/tracking/store/storetest"
)

// soon is how long a test waits for what must happen.
const soon = time.Minute

func openStore(t *testing.T) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), t.TempDir(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// logger writes to the test's log until the test ends.
func logger(t *testing.T) *slog.Logger {
	return slog.New(slog.NewTextHandler(t.Output(), nil))
}

// run runs a task until the test ends, or stop.
func run(t *testing.T, x task.Task) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := x.Run(ctx); err != nil {
			t.Errorf("%s: %v", x, err)
		}
	})
	stop = func() { cancel(); wg.Wait() }
	t.Cleanup(stop)
	return stop
}

func relay(t *testing.T, s *store.Store, sink bus.Sink) *bus.Relay {
	return bus.NewRelay(bus.Options{
		Name: "bus", Store: s, Sink: sink, Log: logger(t), LookEvery: 20 * time.Millisecond,
		Lead: func(ctx context.Context) (bus.Lead, error) { return s.Lead(ctx, "bus") },
	})
}

func ingest(t *testing.T, s *store.Store, in []tracking.Incoming) {
	t.Helper()
	rs, err := s.Ingest(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rs {
		if r.Status != wire.Accepted {
			t.Fatalf("%+v", r)
		}
	}
}

// arrives waits until the stream has all of the events, and returns how often it
// has each.
func arrives(t *testing.T, n *servertest.NATS, want []tracking.Incoming) map[string]int {
	t.Helper()
	conn, err := nats.Connect(n.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), soon)
	defer cancel()
	var c jetstream.Consumer
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		if c, err = js.OrderedConsumer(ctx, bus.StreamName, jetstream.OrderedConsumerConfig{}); err == nil {
			break
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("no stream: %v", err)
		}
	}
	msgs, err := c.Messages()
	if err != nil {
		t.Fatal(err)
	}
	defer msgs.Stop()
	context.AfterFunc(ctx, msgs.Stop)
	got, missing := map[string]int{}, map[string]tracking.Incoming{}
	for _, ev := range want {
		missing[ev.Env.ID] = ev
	}
	for len(missing) > 0 {
		m, err := msgs.Next()
		if err != nil {
			t.Fatalf("%d of %d events did not arrive: %v", len(missing), len(want), err)
		}
		id := m.Headers().Get(jetstream.MsgIDHeader)
		if ev, ok := missing[id]; ok && m.Headers().Get(bus.HeaderTooLarge) == "" && string(m.Data()) != string(ev.Raw) {
			t.Errorf("%s came as %s", id, m.Data())
		}
		got[id]++
		delete(missing, id)
	}
	return got
}

// TestTheBusIsLost holds that the bus gets every event once, also after it was
// away, after it was lost with its disk, and when it is asked for.
func TestTheBusIsLost(t *testing.T) {
	n := servertest.StartNATS(t)
	s := openStore(t)
	d := storetest.NewDesk("bench 1.a", 1)
	all := storetest.Some(d, 700)
	ingest(t, s, all[:300])
	run(t, relay(t, s, bus.NewPublisher(bus.NATS{URL: n.URL(), Log: logger(t)})))
	arrives(t, n, all[:300])
	ingest(t, s, all[300:400])
	for id, k := range arrives(t, n, all[:400]) {
		if k != 1 {
			t.Errorf("%s came %d times", id, k)
		}
	}

	n.Kill()
	ingest(t, s, all[400:500]) // the store does not wait
	n.Start(t)
	arrives(t, n, all[:500])

	n.Kill()
	n.Forget(t)
	n.Start(t)
	ingest(t, s, all[500:600])
	arrives(t, n, all[:600])

	// Somebody deletes the stream behind our back, and then asks for it.
	conn, err := nats.Connect(n.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	if err := js.DeleteStream(t.Context(), bus.StreamName); err != nil {
		t.Fatal(err)
	}
	if err := s.Forget(t.Context(), "bus"); err != nil {
		t.Fatal(err)
	}
	ingest(t, s, all[600:])
	arrives(t, n, all)
}

// TestALargeEvent holds that an event the broker does not take goes out without
// its data, and keeps none of the others back.
func TestALargeEvent(t *testing.T) {
	n := servertest.StartNATS(t)
	s := openStore(t)
	d := storetest.NewDesk("bench-1", 1)
	large := d.Seal("", shipment.DeviceChanged{Kind: "printer", Name: strings.Repeat("x", 1<<20), State: "away"})
	all := append([]tracking.Incoming{large}, d.Journey("o1", "N1")...)
	ingest(t, s, all)
	run(t, relay(t, s, bus.NewPublisher(bus.NATS{URL: n.URL(), Log: logger(t)})))
	arrives(t, n, all)
}

// TestConsumers holds that of several processes with the same name one gets an
// event, again until it is handled, and that what comes while none runs waits.
func TestConsumers(t *testing.T) {
	n := servertest.StartNATS(t)
	s := openStore(t)
	all := storetest.Some(storetest.NewDesk("bench-1", 1), 90)
	ingest(t, s, all[:30])
	address := bus.NATS{URL: n.URL(), Log: logger(t)}
	run(t, relay(t, s, bus.NewPublisher(address)))
	arrives(t, n, all[:30])

	var mu sync.Mutex
	tries, effects := map[string]int{}, map[string]int{}
	have := make(chan int, 10*len(all))
	handle := func(_ context.Context, e wire.Envelope) error {
		mu.Lock()
		defer mu.Unlock()
		tries[e.ID]++
		if e.Sequence == 7 && tries[e.ID] == 1 {
			return errors.New("not today")
		}
		effects[e.ID] = 1 // once for a key
		have <- len(effects)
		return nil
	}
	wait := func(want int) {
		t.Helper()
		late := time.After(soon)
		for {
			select {
			case k := <-have:
				if k == want {
					return
				}
			case <-late:
				t.Fatalf("%d events were handled, want %d", len(effects), want)
			}
		}
	}
	stopA := run(t, bus.NewConsumer(address, "mail", handle))
	stopB := run(t, bus.NewConsumer(address, "mail", handle))
	wait(30)
	stopA()
	stopB()
	ingest(t, s, all[30:])
	arrives(t, n, all)
	run(t, bus.NewConsumer(address, "mail", handle))
	wait(90)
	mu.Lock()
	defer mu.Unlock()
	if tries[all[6].Env.ID] < 2 {
		t.Errorf("what failed was tried %d times", tries[all[6].Env.ID])
	}
}

// TestNewsOfTheBus holds that a process without a name hears what comes.
func TestNewsOfTheBus(t *testing.T) {
	n := servertest.StartNATS(t)
	s := openStore(t)
	address := bus.NATS{URL: n.URL(), Log: logger(t)}
	d := storetest.NewDesk("bench-1", 1)
	ingest(t, s, d.Journey("o1", "N1"))
	run(t, relay(t, s, bus.NewPublisher(address)))
	arrives(t, n, nil)
	heard := make(chan string, 100)
	c := bus.NewConsumer(address, "", func(_ context.Context, e wire.Envelope) error { heard <- e.Subject; return nil })
	run(t, c)
	<-c.Ready()
	ingest(t, s, d.Journey("o2", "N2"))
	late := time.After(soon)
	for {
		select {
		case order := <-heard:
			if order == "o2" {
				return
			}
		case <-late:
			t.Fatal("nothing was heard")
		}
	}
}

func TestSubjects(t *testing.T) {
	t.Parallel()
	for station, want := range map[shipment.StationID]string{
		"bench-1": "waybill.events.bench-1", "a.b c*>": "waybill.events.a=2Eb=20c=2A=3E", "Köln": "waybill.events.K=C3=B6ln",
	} {
		if got := bus.Subject(station); got != want {
			t.Errorf("%s: %s, want %s", station, got, want)
		}
	}
}
