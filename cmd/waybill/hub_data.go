package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"waybill/configs"
	"waybill/internal/fault"
	"waybill/internal/task"
	"waybill/shipment"
	"waybill/sync/wire"
	"waybill/tracking/bus"
	"waybill/tracking/store"
)

// busRelay is the name of the cursor up to which the bus has everything.
const busRelay = "bus"

// openData opens the store that cfg names, in whichever database.
func openData(ctx context.Context, con *console, cfg configs.Hub) (*store.Store, error) {
	if !cfg.Postgres() {
		return store.Open(ctx, cfg.Data, store.Options{Log: con.log})
	}
	password := ""
	if cfg.PasswordFile != "" {
		var err error
		if password, err = configs.ReadPassword(cfg.PasswordFile); err != nil {
			return nil, usage(err)
		}
	}
	s, err := store.OpenPostgres(ctx, cfg.Data, password, store.Options{Log: con.log})
	if fault.Is(err, fault.Invalid) {
		err = usage(err)
	}
	return s, err
}

// busTasks returns what carries events further from the store: to the pages that
// wait for news at this hub, and to the bus where there is one.
func busTasks(con *console, cfg configs.Hub, s *store.Store) []task.Task {
	tasks := []task.Task{bus.NewDispatcher(s, con.log)}
	if cfg.Bus == "" {
		return tasks
	}
	n := bus.NATS{URL: cfg.Bus, CredentialsFile: cfg.BusLogin, Replicas: cfg.BusReplicas, Log: con.log}
	news := bus.NewConsumer(n, "", func(_ context.Context, e wire.Envelope) error {
		s.Wake([]shipment.OrderID{shipment.OrderID(e.Subject)})
		return nil
	})
	relay := bus.NewRelay(bus.Options{
		Name: busRelay, Store: s, Sink: bus.NewPublisher(n), Log: con.log,
		Lead: func(ctx context.Context) (bus.Lead, error) {
			l, err := s.Lead(ctx, busRelay)
			if l == nil {
				return nil, err // not a nil *store.Lead in an interface
			}
			return l, err
		},
	})
	return append(tasks, relay, quiet(news), task.Func("look at the bus", func(ctx context.Context) error {
		lookAtBus(ctx, con.log, cfg.BusMonitor)
		<-ctx.Done()
		return nil
	}))
}

// quiet returns t as a task that nothing waits for: without the bus the hub works.
func quiet(t task.Task) task.Task { return task.Func(t.String(), t.Run) }

// lookAtBus warns where the broker may lose what it has acknowledged.
func lookAtBus(ctx context.Context, log *slog.Logger, monitor string) {
	if monitor == "" {
		log.InfoContext(ctx, "How soon the bus writes to its disk is not known: bus_monitor is not set. What it loses is sent to it again.")
		return
	}
	warning, err := bus.CheckSync(ctx, monitor)
	switch {
	case err != nil && ctx.Err() == nil:
		log.WarnContext(ctx, "How soon the bus writes to its disk could not be seen.", "monitor", monitor, "error", err)
	case warning != "":
		log.WarnContext(ctx, "The bus may lose in a power cut what it has acknowledged. The hub sees that and sends it again; other consumers have a gap until then.", "why", warning)
	}
}

// hubRebuildCmd is `waybill hub rebuild-bus`.
type hubRebuildCmd struct {
	Config string `required:"" placeholder:"FILE" help:"The hub's configuration."`
}

// Help is shown under waybill hub rebuild-bus --help.
func (*hubRebuildCmd) Help() string {
	return `Has the bus sent every event of the store again, by whichever hub runs. Nothing is lost
without it: a hub sees by itself when the bus has lost something. Whoever consumes
from the bus knows an event that came before by its ID.

Example:
  waybill hub rebuild-bus --config hub.yaml`
}

// Run forgets up to where the bus has everything.
func (c *hubRebuildCmd) Run(con *console) (err error) {
	cfg, err := configs.LoadHub(c.Config)
	if err != nil {
		return usage(err)
	}
	if cfg.Bus == "" {
		return usage(errors.New("rebuild of the bus: the configuration names none (set bus)"))
	}
	s, err := openData(con.ctx, con, cfg)
	if err != nil {
		return fmt.Errorf("hub: %w", err)
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := s.Forget(con.ctx, busRelay); err != nil {
		return err
	}
	_, err = fmt.Fprintln(con.out, "The bus gets every event again; a hub that runs begins within a second or so.")
	return err
}
