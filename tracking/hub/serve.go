package hub

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"waybill/internal/task"
)

// shutdownTime is how long requests in flight have to finish. It is shorter
// than what service managers allow.
const shutdownTime = 8 * time.Second

// Task returns the task that serves the hub on l until its context ends: then
// waiting pages are let go and requests in flight finish. A hub has one task.
func (h *Hub) Task(l net.Listener) task.Task {
	return &serving{hub: h, listener: l, ready: make(chan struct{})}
}

type serving struct {
	hub      *Hub
	listener net.Listener
	ready    chan struct{}
	once     sync.Once
}

func (s *serving) Ready() <-chan struct{} { return s.ready }
func (s *serving) String() string         { return "hub on " + s.listener.Addr().String() }

// Run serves until ctx is done.
func (s *serving) Run(ctx context.Context) error {
	srv := &http.Server{
		Handler:           s.hub,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       60 * time.Second,
		WriteTimeout:      60 * time.Second, // waiting pages set their own
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          slog.NewLogLogger(s.hub.log.Handler(), slog.LevelDebug),
		BaseContext:       func(net.Listener) context.Context { return context.WithoutCancel(ctx) },
	}
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(s.listener) }()
	close(s.ready) // the listener takes connections since it was made
	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	s.once.Do(func() { close(s.hub.closing) })
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTime)
	defer cancel()
	err := srv.Shutdown(stop)
	if errors.Is(err, context.DeadlineExceeded) {
		s.hub.log.WarnContext(stop, "Some requests did not finish in time and were cut off; stations send theirs again.")
		err = srv.Close()
	}
	<-failed
	if err != nil {
		return fmt.Errorf("shutdown: %w", err)
	}
	return nil
}
