package uplink

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/klauspost/compress/zstd"

	"waybill/internal/fault"
	"waybill/sync/wire"
)

// ClientOptions say which hub to speak to, and as whom.
type ClientOptions struct {
	Hub   *url.URL         // the hub's address; /v1/… is put behind its path
	Token string           // the station's; empty where the hub asks for none
	HTTP  *http.Client     // default: one with deadlines for every step
	Now   func() time.Time // default time.Now
}

// A Client speaks to a hub. It keeps nothing and repeats nothing; its methods
// may be called by many goroutines at once.
type Client struct {
	hub   *url.URL
	token string
	http  *http.Client
	now   func() time.Time
	zstd  *zstd.Encoder
	gzip  atomic.Bool // the hub does not take zstd
}

const (
	requestTimeout = time.Minute // for a whole exchange, where the client has no deadline of its own
	maxAnswer      = 8 << 20     // what an answer may weigh; one to 500 events weighs 100 KB
)

// NewClient returns a client of a hub.
func NewClient(o ClientOptions) (*Client, error) {
	if o.Hub == nil || (o.Hub.Scheme != "http" && o.Hub.Scheme != "https") || o.Hub.Host == "" {
		return nil, &fault.Error{
			Op: "hub address", Kind: fault.Invalid, Err: fmt.Errorf("%q is no web address", printable(o.Hub)),
			Hint: "Write it as https://hub.example.com.",
		}
	}
	if strings.ContainsAny(o.Token, "\r\n") {
		return nil, &fault.Error{Op: "hub token", Kind: fault.Invalid, Err: errors.New("it has a line break in it")}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	h := http.Client{Transport: transport()}
	if o.HTTP != nil {
		h = *o.HTTP
	}
	if h.Timeout == 0 {
		h.Timeout = requestTimeout
	}
	// A hub does not redirect; the login page of a guest network does.
	h.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithLowerEncoderMem(true))
	if err != nil {
		return nil, fmt.Errorf("compression: %w", err)
	}
	return &Client{hub: o.Hub, token: o.Token, http: &h, now: o.Now, zstd: enc}, nil
}

func transport() *http.Transport {
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSHandshakeTimeout:   10 * time.Second,
		ResponseHeaderTimeout: 45 * time.Second,
		IdleConnTimeout:       90 * time.Second,
		MaxIdleConns:          4,
		ForceAttemptHTTP2:     true,
	}
}

// Name returns the hub's address without scheme and credentials. It names the
// upstream whose cursor is kept: another hub starts from the first event.
func (c *Client) Name() string { return c.hub.Host + strings.TrimSuffix(c.hub.Path, "/") }

func printable(u *url.URL) string {
	if u == nil {
		return ""
	}
	return u.Redacted()
}

// A Delivery is what a hub made of a batch.
type Delivery struct {
	Results []wire.Result // one per event, in order
	Skew    time.Duration // how far our clock is ahead of the hub's, to the second
	Clock   bool          // Skew is known
}

// A StatusError is an answer other than success.
type StatusError struct {
	Status     int
	Detail     string        // the problem document's, where there is one
	Hub        bool          // it came from a hub and not from something on the way
	RetryAfter time.Duration // what the hub asked for; 0 where it did not
}

// Error returns the status and what the hub said.
func (e *StatusError) Error() string {
	s := fmt.Sprintf("the hub answers %d %s", e.Status, http.StatusText(e.Status))
	if e.Detail != "" {
		s += ": " + e.Detail
	}
	return s
}

// Send sends events and returns what the hub did with each. After an error none
// of them counts as taken, though the hub may have them: it knows an event that
// comes twice.
func (c *Client) Send(ctx context.Context, recs []wire.Record) (Delivery, error) {
	var lines bytes.Buffer
	for _, rec := range recs {
		lines.Write(rec.Raw)
		lines.WriteByte('\n')
	}
	resp, err := c.post(ctx, "events", wire.NDJSON, lines.Bytes(), !c.gzip.Load())
	var se *StatusError
	if errors.As(err, &se) && se.Status == http.StatusUnsupportedMediaType && !c.gzip.Load() {
		c.gzip.Store(true)
		resp, err = c.post(ctx, "events", wire.NDJSON, lines.Bytes(), false)
	}
	if err != nil {
		return Delivery{}, err
	}
	var a wire.Answer
	if err := json.Unmarshal(resp.body, &a); err != nil {
		return Delivery{}, odd("its answer cannot be read: %v", err)
	}
	if len(a.Results) != len(recs) {
		return Delivery{}, odd("it answers for %d events, %d were sent", len(a.Results), len(recs))
	}
	for i, r := range a.Results {
		if (r.ID != "" && r.ID != recs[i].ID) || (r.Sequence != 0 && r.Sequence != recs[i].Sequence) {
			return Delivery{}, odd("answer %d is for event %s, number %d; sent was %s, number %d",
				i+1, r.ID, r.Sequence, recs[i].ID, recs[i].Sequence)
		}
		if r.Status != wire.Accepted && r.Status != wire.Duplicate && r.Status != wire.Rejected {
			return Delivery{}, odd("it says %q of event %s", r.Status, recs[i].ID)
		}
	}
	return Delivery{Results: a.Results, Skew: resp.skew, Clock: resp.clock}, nil
}

// Lease asks for a block of numbers. Asking again with the same key after an
// error costs nothing.
func (c *Client) Lease(ctx context.Context, req wire.LeaseRequest) (wire.Lease, error) {
	op := fmt.Sprintf("lease of %d numbers of %s", req.Count, req.Carrier)
	body, err := json.Marshal(req)
	if err != nil {
		return wire.Lease{}, fmt.Errorf("%s: %w", op, err)
	}
	resp, err := c.post(ctx, "leases", "application/json", body, false)
	if err != nil {
		return wire.Lease{}, classify(op, err)
	}
	var l wire.Lease
	if err := json.Unmarshal(resp.body, &l); err != nil {
		return wire.Lease{}, classify(op, odd("its answer cannot be read: %v", err))
	}
	if l.ID == "" || l.Carrier != req.Carrier || l.Scheme == "" || l.Next < 0 || l.End <= l.Next {
		return wire.Lease{}, classify(op, odd("its answer is no block of numbers of %s: %s", req.Carrier, resp.body))
	}
	return l, nil
}

// odd returns the error of an answer that no hub gives: something on the way
// may have given it.
func odd(format string, args ...any) error {
	return &fault.Error{
		Kind: fault.Transient, Err: fmt.Errorf("what answers is not the hub: "+format, args...),
		Hint: "Check the hub's address, and whether this network asks for a login first.",
	}
}

// classify says what can be done about an error of the hub.
func classify(op string, err error) error {
	var se *StatusError
	kind, hint := fault.Transient, ""
	if errors.As(err, &se) {
		hint = se.hint()
		switch {
		case se.Status == http.StatusNotFound:
			kind = fault.NotFound
		case se.Status == http.StatusConflict:
			kind = fault.Conflict
		case se.Status >= 400 && se.Status < 500 && se.Status != http.StatusTooManyRequests && se.Status != http.StatusRequestTimeout:
			kind = fault.Permanent
		}
	}
	return &fault.Error{Op: op, Kind: kind, Err: err, Hint: hint}
}

func (e *StatusError) hint() string {
	switch {
	case e.Status == http.StatusUnauthorized, e.Status == http.StatusForbidden:
		return "Check the station's token: the hub does not know it, or it belongs to another station."
	case e.Status == http.StatusNotFound && !e.Hub:
		return "Check the hub's address."
	case e.Status >= 300 && e.Status < 400:
		return "Check the hub's address, and whether this network asks for a login first."
	}
	return ""
}

type response struct {
	body  []byte
	skew  time.Duration
	clock bool
}

// post sends a body and returns the body of a successful JSON answer.
func (c *Client) post(ctx context.Context, path, contentType string, body []byte, useZstd bool) (response, error) {
	encoding := ""
	if contentType == wire.NDJSON {
		body, encoding = c.compress(body, useZstd)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.hub.JoinPath("v1", path).String(), bytes.NewReader(body))
	if err != nil {
		return response{}, err
	}
	req.Header.Set("Content-Type", contentType)
	req.Header.Set("Accept", "application/json, application/problem+json")
	if encoding != "" {
		req.Header.Set("Content-Encoding", encoding)
	}
	return c.do(req)
}

// do asks the hub and returns the body of a successful JSON answer.
func (c *Client) do(req *http.Request) (response, error) {
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return response{}, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return response{}, fmt.Errorf("the hub's answer was cut short: %w", err)
	}
	if len(answer) > maxAnswer {
		return response{}, odd("its answer is longer than %d bytes", maxAnswer)
	}
	media, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")) // an unreadable one is none of ours
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return response{}, c.statusError(resp, media, answer)
	}
	if media != "application/json" {
		return response{}, odd("its answer is %q and no JSON", media)
	}
	r := response{body: answer}
	if at, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		r.skew, r.clock = c.now().Sub(at).Truncate(time.Second), true
	}
	return r, nil
}

func (c *Client) statusError(resp *http.Response, media string, body []byte) error {
	e := &StatusError{Status: resp.StatusCode, Hub: media == "application/problem+json"}
	var problem struct {
		Title  string `json:"title"`
		Detail string `json:"detail"`
	}
	if e.Hub && json.Unmarshal(body, &problem) == nil {
		e.Detail = problem.Detail
		if e.Detail == "" {
			e.Detail = problem.Title
		}
	}
	after := resp.Header.Get("Retry-After")
	if s, err := strconv.Atoi(after); err == nil && s > 0 {
		e.RetryAfter = time.Duration(min(s, 24*60*60)) * time.Second
	} else if at, err := http.ParseTime(after); err == nil {
		e.RetryAfter = max(0, at.Sub(c.now()))
	}
	return e
}

func (c *Client) compress(body []byte, useZstd bool) (out []byte, encoding string) {
	if useZstd {
		return c.zstd.EncodeAll(body, nil), "zstd"
	}
	var buf bytes.Buffer
	w := gzip.NewWriter(&buf)
	_, errWrite := w.Write(body)
	if errors.Join(errWrite, w.Close()) != nil {
		return body, "" // cannot happen into memory; uncompressed is right as well
	}
	return buf.Bytes(), "gzip"
}
