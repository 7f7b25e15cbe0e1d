package guard

import (
	"context"
	"slices"
)

// A Caller is who made a request, as far as a token tells. The zero Caller showed
// none, and has no scope.
type Caller struct {
	Holder string
	Scopes []string
}

// May reports whether the caller has a scope.
func (c Caller) May(scope string) bool { return slices.Contains(c.Scopes, scope) }

type callerKey struct{}

// WithCaller returns a context in which c is the caller.
func WithCaller(ctx context.Context, c Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, c)
}

// CallerOf returns the caller of the request to which ctx belongs.
func CallerOf(ctx context.Context) Caller {
	c, _ := ctx.Value(callerKey{}).(Caller)
	return c
}
