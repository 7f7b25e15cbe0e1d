package uplink

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"
)

// unhurriedTimeout is for an answer of megabytes, as long as some of it comes within each
// requestTimeout. It is no longer, since nothing else is asked for meanwhile, as whether
// an order is held.
const unhurriedTimeout = 4 * time.Minute

var errNothingComes = errors.New("nothing more of it comes")

// unhurried asks the hub for a large answer, which has time while it comes.
func (c *Client) unhurried(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithTimeout(req.Context(), unhurriedTimeout)
	ctx, stop := context.WithCancelCause(ctx)
	idle := time.AfterFunc(requestTimeout, func() { stop(errNothingComes) })
	patient := *c.http
	patient.Timeout = 0
	resp, err := patient.Do(req.WithContext(ctx))
	body := &comingBody{ctx: ctx, idle: idle, end: func() { idle.Stop(); stop(nil); cancel() }}
	if err != nil {
		if req.Context().Err() == nil && ctx.Err() != nil {
			err = context.Cause(ctx) // over HTTP/2 it would be that of ctx alone, as if somebody had ended it
		}
		body.end()
		return nil, err
	}
	body.ReadCloser, resp.Body = resp.Body, body
	return resp, nil
}

// A comingBody is a body that is waited for as long as some of it comes.
type comingBody struct {
	io.ReadCloser
	ctx  context.Context //nolint:containedctx // of its request
	idle *time.Timer
	end  func()
}

func (b *comingBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if n > 0 {
		b.idle.Reset(requestTimeout)
	}
	if err != nil && !errors.Is(err, io.EOF) && b.ctx.Err() != nil {
		err = context.Cause(b.ctx)
	}
	return n, err
}

func (b *comingBody) Close() error {
	defer b.end()
	return b.ReadCloser.Close()
}
