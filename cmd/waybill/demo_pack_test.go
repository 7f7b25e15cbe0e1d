package main

import (
	"context"
	"io"
	"log/slog"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"waybill/agent"
	"waybill/shipment"
)

// TestTheDemoWeighs holds that the demo's hand packs an order over the simulated
// scale: a weight at rest, as expected, taken by itself, and nothing put aside.
func TestTheDemoWeighs(t *testing.T) {
	ctx, stop := context.WithTimeout(t.Context(), 2*time.Minute)
	defer stop()
	d := &demo{con: &console{ctx: ctx, out: io.Discard, err: io.Discard, log: slog.New(slog.DiscardHandler)}, dir: t.TempDir()}
	g, running := errgroup.WithContext(ctx)
	defer func() {
		stop()
		if err := g.Wait(); err != nil {
			t.Error(err)
		}
		d.close()
	}()
	if err := d.start(running, g, &demoCmd{Dir: d.dir, Station: "127.0.0.1:0", Hub: "127.0.0.1:0"}); err != nil {
		t.Fatal(err)
	}
	if err := d.drop("samples/bench.jsonl"); err != nil {
		t.Fatal(err)
	}
	hand := &packer{desk: d.station.desk, left: map[shipment.OrderID]bool{}, scale: d.scale}
	const id = "578214900011230001" // a lamp of 520 g in a box
	st, err := await(ctx, "the lamp to be packed", func() (agent.State, bool, error) {
		raw, told, err := hand.scan(ctx)
		if err != nil {
			return agent.State{}, false, err
		}
		if raw != "" {
			t.Logf("%s: %s", raw, told.Message)
		}
		st, err := d.station.desk.Order(ctx, id)
		if err != nil {
			return st, false, nil //nolint:nilerr // it is not taken in yet
		}
		return st, st.Packing != nil && st.Packing.Done(), nil
	})
	if err != nil {
		t.Fatalf("%v; put aside: %v", err, hand.left)
	}
	p := st.Packing.Parcels[0]
	if p.Scale != "bench" || p.Weight < 500 || p.ApprovedBy != "" || hand.left[id] {
		t.Errorf("packed with %d g of %q, approved by %q; put aside: %v", p.Weight, p.Scale, p.ApprovedBy, hand.left)
	}
}
