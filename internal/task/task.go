// Package task runs the long-lived parts of a process and stops them together.
package task

import (
	"context"
	"fmt"
	"log/slog"

	"golang.org/x/sync/errgroup"
)

// A Task is anything long-lived.
type Task interface {
	// Run blocks until ctx is done or the task cannot continue. It returns nil
	// after an orderly stop, so that ctx.Err never reaches the log as a failure.
	Run(ctx context.Context) error
	// Ready is closed once the task does what it is for.
	Ready() <-chan struct{}
	fmt.Stringer
}

// Run runs tasks until ctx is done or one of them fails, then stops the others
// and waits for them. It returns the first failure. ready, if not nil, is
// called once when every task is ready.
func Run(ctx context.Context, log *slog.Logger, ready func(), tasks ...Task) error {
	g, ctx := errgroup.WithContext(ctx)
	for _, t := range tasks {
		g.Go(func() error {
			if err := t.Run(ctx); err != nil {
				return fmt.Errorf("%s: %w", t, err)
			}
			log.DebugContext(ctx, "task stopped", "task", t.String())
			return nil
		})
	}
	g.Go(func() error {
		for _, t := range tasks {
			select {
			case <-t.Ready():
			case <-ctx.Done():
				return nil
			}
		}
		if ready != nil {
			ready()
		}
		return nil
	})
	return g.Wait()
}

// Func returns a task that is ready as soon as it is made and runs f. As with
// every task, f returns nil when its context ends.
func Func(name string, f func(ctx context.Context) error) Task {
	ready := make(chan struct{})
	close(ready)
	return &funcTask{name: name, run: f, ready: ready}
}

type funcTask struct {
	name  string
	run   func(ctx context.Context) error
	ready chan struct{}
}

func (t *funcTask) Run(ctx context.Context) error { return t.run(ctx) }
func (t *funcTask) Ready() <-chan struct{}        { return t.ready }
func (t *funcTask) String() string                { return t.name }
