// Package webserver serves an HTTP handler on a listener with limits on every
// input, and stops without cutting off an answer. It is the one place for the
// time limits of our servers; who may talk to them is for internal/guard.
package webserver

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// The limits. Bodies are limited by the handlers, who know what they expect;
// endless answers set deadlines of their own.
const (
	headerDeadline = 5 * time.Second
	readDeadline   = time.Minute
	writeDeadline  = time.Minute
	idleDeadline   = 2 * time.Minute
	maxHeader      = 32 << 10
	// How long answers under way have to finish: shorter than what service
	// managers allow.
	defaultGrace = 8 * time.Second
)

// A Server serves one handler. It is a task.
type Server struct {
	name     string
	listener net.Listener
	handler  http.Handler
	tls      *tls.Config // nil: plain HTTP
	log      *slog.Logger
	grace    time.Duration
	header   time.Duration
	conns    Connections
	ready    chan struct{}
	stopping chan struct{}
}

// Listen opens addr. Requests wait until Run.
func Listen(ctx context.Context, name, addr string, log *slog.Logger) (*Server, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("%s on %s: %w (is it running already? choose another listen address otherwise)", name, addr, err)
	}
	return &Server{name: name, listener: l, log: log, grace: defaultGrace, header: headerDeadline, ready: make(chan struct{}), stopping: make(chan struct{})}, nil
}

// Addr returns the address the server listens at.
func (s *Server) Addr() net.Addr { return s.listener.Addr() }

// URL returns the address the server answers at.
func (s *Server) URL() string {
	scheme := "http://"
	if s.tls != nil {
		scheme = "https://"
	}
	return scheme + s.listener.Addr().String()
}

// Stopping is closed when the server stops: handlers of endless answers end
// them then.
func (s *Server) Stopping() <-chan struct{} { return s.stopping }

// Limit sets how many connections the server holds. Call it before Run.
func (s *Server) Limit(c Connections) { s.conns = c }

// Handle sets the handler. Call it before Run.
func (s *Server) Handle(h http.Handler) { s.handler = h }

// Close frees the address of a server that is not run. After a run there is
// nothing left to free.
func (s *Server) Close() error {
	if err := s.listener.Close(); !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}

// Run serves until ctx ends, then lets running answers finish.
func (s *Server) Run(ctx context.Context) error {
	srv := &http.Server{
		Handler: s.handler, ReadHeaderTimeout: s.header, ReadTimeout: readDeadline, WriteTimeout: writeDeadline,
		IdleTimeout: idleDeadline, MaxHeaderBytes: maxHeader,
		ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
		// A request outlives ctx: it has the grace to finish.
		BaseContext: func(net.Listener) context.Context { return context.WithoutCancel(ctx) },
		TLSConfig:   s.tls,
	}
	failed := make(chan error, 1)
	go func() {
		l := newBounded(s.listener, s.conns, s.log)
		if s.tls != nil {
			failed <- srv.ServeTLS(l, "", "") // the certificate is in TLSConfig
			return
		}
		failed <- srv.Serve(l)
	}()
	close(s.ready) // the listener takes connections since it was made
	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	close(s.stopping)
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.grace)
	defer cancel()
	err := srv.Shutdown(end)
	if errors.Is(err, context.DeadlineExceeded) {
		s.log.WarnContext(end, "Some requests did not finish in time and were cut off; programs send theirs again.", "server", s.name)
		err = srv.Close()
	}
	// Serve says no more than that it was told to stop.
	if served := <-failed; err == nil && !errors.Is(served, http.ErrServerClosed) {
		err = served
	}
	if err != nil {
		return fmt.Errorf("stop: %w", err)
	}
	return nil
}

// Ready is closed when requests are answered.
func (s *Server) Ready() <-chan struct{} { return s.ready }

// String returns the server's name.
func (s *Server) String() string { return s.name }
