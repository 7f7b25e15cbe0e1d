package store

import (
	"context"
	"testing"

	"pgregory.net/rapid"

	"waybill/tracking"
)

// taking is a write of so many events of so many bytes.
func taking(events, bytes int) *op {
	o := &op{done: make(chan struct{})}
	for range events {
		o.events = append(o.events, &arrival{Incoming: tracking.Incoming{Raw: make([]byte, bytes)}})
	}
	return o
}

// weight returns what a transaction of ops takes.
func weight(ops []*op) (events, bytes int) {
	for _, o := range ops {
		events += len(o.events)
		for _, a := range o.events {
			bytes += len(a.Raw)
		}
	}
	return events, bytes
}

// TestATransactionIsBounded holds that what waits together is committed in its order,
// in no more transactions than it needs, of which none is larger than may be except
// by one write alone.
func TestATransactionIsBounded(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name             string
		writes           int
		events, bytes    int // of each
		transactions     int
		inOne, bytesInIt int // at most
	}{
		{"small ones share", maxShared, 10, 100, 1, maxShared * 10, maxShared * 1000},
		{"many events", maxShared, 1000, 1, 13, maxEvents, maxEvents},
		{"as many as may be, each", 3, maxEvents, 1, 3, maxEvents, maxEvents},
		{"many bytes", 8, 1, 5 << 20, 3, 3, maxEventBytes},
		{"one that is too much", 2, maxEvents + 1, 1, 2, maxEvents + 1, maxEvents + 1},
		{"none of events", maxShared, 0, 0, 1, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newStore(Options{})
			var asked []*op
			for range c.writes {
				o := taking(c.events, c.bytes)
				asked = append(asked, o)
				s.ops <- o
			}
			var done []*op
			transactions := 0
			s.run = func(_ context.Context, ops []*op) ([]string, error) {
				done = append(done, ops...)
				transactions++
				if events, bytes := weight(ops); events > c.inOne || bytes > c.bytesInIt {
					t.Errorf("a transaction of %d events, %d bytes; want at most %d, %d", events, bytes, c.inOne, c.bytesInIt)
				}
				return nil, nil
			}
			s.start(t.Context(), 1)
			for _, o := range asked {
				<-o.done
			}
			s.stop()
			<-s.done
			if transactions != c.transactions || len(done) != len(asked) {
				t.Fatalf("%d writes in %d transactions; want %d in %d", len(done), transactions, len(asked), c.transactions)
			}
			for i := range asked {
				if done[i] != asked[i] {
					t.Fatalf("write %d came out of its order", i)
				}
			}
		})
	}
}

// TestShares holds that no write is left out or made twice.
func TestShares(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var ops []*op
		for range rapid.IntRange(0, maxShared).Draw(t, "writes") {
			ops = append(ops, taking(rapid.SampledFrom([]int{0, 1, 50, 2500, 5000, 6000}).Draw(t, "events"), 0))
		}
		i := 0
		for _, some := range shares(ops) {
			if len(some) == 0 {
				t.Fatal("a transaction of nothing")
			}
			if events, _ := weight(some); events > maxEvents && len(some) > 1 {
				t.Fatalf("%d events in %d writes", events, len(some))
			}
			for _, o := range some {
				if i == len(ops) || o != ops[i] {
					t.Fatalf("write %d is another", i)
				}
				i++
			}
		}
		if i != len(ops) {
			t.Fatalf("%d writes of %d", i, len(ops))
		}
	})
}
