package uplink_test

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"waybill/internal/fault"
	"waybill/sync/uplink"
)

// A slowLine brings an answer in pieces, with a pause before each; as HTTP/2 does where
// nothing comes at all.
type slowLine struct {
	pauses []time.Duration
	dead   bool
}

func (l slowLine) RoundTrip(r *http.Request) (*http.Response, error) {
	if l.dead {
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}},
		Body: &slowBody{ctx: r.Context(), pauses: l.pauses, left: `{"payload":"e30=","signature":"AA=="}`},
	}, nil
}

type slowBody struct {
	ctx    context.Context
	pauses []time.Duration
	left   string
}

func (b *slowBody) Read(p []byte) (int, error) {
	if len(b.pauses) == 0 {
		n := copy(p, b.left)
		if b.left = b.left[n:]; n == 0 {
			return 0, io.EOF
		}
		return n, nil
	}
	select {
	case <-b.ctx.Done():
		return 0, b.ctx.Err()
	case <-time.After(b.pauses[0]):
	}
	b.pauses = b.pauses[1:]
	n := copy(p, b.left[:1])
	b.left = b.left[n:]
	return n, nil
}

func (b *slowBody) Close() error { return nil }

// TestABundleHasTimeWhileItComes holds that a slow line brings one, and that a line on
// which nothing comes any more is not waited for, nor one that takes for ever.
func TestABundleHasTimeWhileItComes(t *testing.T) {
	t.Parallel()
	many := func(n int, each time.Duration) (all []time.Duration) {
		for range n {
			all = append(all, each)
		}
		return all
	}
	for name, tt := range map[string]struct {
		pauses []time.Duration
		after  time.Duration
		fails  string
		dead   bool
	}{
		"slow":     {many(4, 50*time.Second), 200 * time.Second, "", false},
		"silent":   {[]time.Duration{50 * time.Second, time.Hour}, 110 * time.Second, "nothing more of it comes", false},
		"dead":     {nil, time.Minute, "nothing more of it comes", true},
		"for ever": {many(20, 50*time.Second), 4 * time.Minute, "deadline exceeded", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c, err := uplink.NewClient(uplink.ClientOptions{Hub: &url.URL{Scheme: "https", Host: "hub"}, HTTP: &http.Client{Transport: slowLine{tt.pauses, tt.dead}}})
				if err != nil {
					t.Fatal(err)
				}
				start := time.Now()
				_, changed, err := c.Bundle(t.Context(), 0)
				if got := time.Since(start); got != tt.after {
					t.Errorf("it took %s, want %s", got, tt.after)
				}
				if tt.fails == "" && (err != nil || !changed) || tt.fails != "" && (!fault.Is(err, fault.Transient) || !strings.Contains(err.Error(), tt.fails)) {
					t.Errorf("error %v, want %q", err, tt.fails)
				}
			})
		})
	}
}
