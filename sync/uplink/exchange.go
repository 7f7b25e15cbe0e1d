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
	"net/http"
	"strconv"
	"time"

	"waybill/internal/fault"
	"waybill/sync/wire"
)

// A StatusError is an answer other than success.
type StatusError struct {
	Status     int
	Detail     string        // the problem document's, where there is one
	Code       wire.Refusal  // the problem document's, for programs
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
		case se.Status == http.StatusNotFound && se.Hub:
			kind = fault.NotFound
		case se.Status == http.StatusNotFound: // of something on the way, which the hub does not speak by
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

// A response is a successful JSON answer.
type response struct {
	body       []byte
	sent, back time.Time // by the station's clock
}

// postEvents sends events, compressed, and as fast as the link allows.
func (c *Client) postEvents(ctx context.Context, lines []byte, n wire.Notice, useZstd bool) (response, error) {
	body, encoding := c.compress(lines, useZstd)
	if err := c.rate.wait(ctx, len(body), n.Lane == wire.LaneLive); err != nil {
		return response{}, err
	}
	req, err := c.request(ctx, "events", wire.NDJSON, body)
	if err != nil {
		return response{}, err
	}
	if encoding != "" {
		req.Header.Set("Content-Encoding", encoding)
	}
	if text := n.String(); text != "" {
		req.Header.Set(wire.NoticeHeader, text)
	}
	return c.do(req)
}

// post sends a JSON document.
func (c *Client) post(ctx context.Context, path string, body []byte) (response, error) {
	req, err := c.request(ctx, path, "application/json", body)
	if err != nil {
		return response{}, err
	}
	return c.do(req)
}

func (c *Client) request(ctx context.Context, path, contentType string, body []byte) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.hub.JoinPath("v1", path).String(), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", contentType)
	req.Header.Set("Accept", "application/json, application/problem+json")
	return req, nil
}

// Refusal returns why the hub refuses, for programs; empty where it does not say.
func (e *StatusError) Refusal() wire.Refusal { return e.Code }

// do asks the hub, as the station that it is, and returns its successful JSON answer.
func (c *Client) do(req *http.Request) (response, error) {
	if err := c.authorize(req); err != nil {
		return response{}, err
	}
	return c.exchange(req, "application/json")
}

// authorize shows who asks.
func (c *Client) authorize(req *http.Request) error {
	who, err := c.credentials()
	if err != nil {
		return fmt.Errorf("credentials of the station: %w", err)
	}
	if who.Token != "" {
		req.Header.Set("Authorization", "Bearer "+who.Token)
	}
	return nil
}

// exchange asks the hub and returns its successful answer of a media type.
func (c *Client) exchange(req *http.Request, want string) (response, error) {
	return c.exchangeBy(c.http.Do, req, want)
}

func (c *Client) exchangeBy(do func(*http.Request) (*http.Response, error), req *http.Request, want string) (response, error) {
	sent := c.now()
	resp, err := do(req)
	if err != nil {
		return response{}, Explain(err, c.now())
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return response{}, fmt.Errorf("the hub's answer was cut short: %w", err)
	}
	if len(answer) > maxAnswer {
		return response{}, odd("its answer is longer than %d bytes", maxAnswer)
	}
	r := response{body: answer, sent: sent, back: c.now()}
	if at, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		c.skew.learn(r.sent, r.back, at, at.Add(time.Second)) // it is written in whole seconds
	}
	media, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")) // an unreadable one is none of ours
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return response{}, c.statusError(resp, media, answer)
	}
	if media != want {
		return response{}, odd("its answer is %q and not %s", media, want)
	}
	return r, nil
}

// longestWait bounds what an answer may ask for, in seconds or as a time: a clock that is
// wrong by years is not to keep events back for as long.
const longestWait = 24 * time.Hour

func (c *Client) statusError(resp *http.Response, media string, body []byte) error {
	e := &StatusError{Status: resp.StatusCode, Hub: media == "application/problem+json"}
	var problem struct {
		Title  string       `json:"title"`
		Detail string       `json:"detail"`
		Code   wire.Refusal `json:"code"`
	}
	if e.Hub && json.Unmarshal(body, &problem) == nil {
		e.Detail, e.Code = problem.Detail, problem.Code
		if e.Detail == "" {
			e.Detail = problem.Title
		}
	}
	after := resp.Header.Get("Retry-After")
	if s, err := strconv.Atoi(after); err == nil && s > 0 {
		e.RetryAfter = time.Duration(min(s, int(longestWait/time.Second))) * time.Second
	} else if at, err := http.ParseTime(after); err == nil {
		e.RetryAfter = min(max(0, at.Sub(c.now())), longestWait)
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
