package uplink

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"waybill/sync/wire"
)

// Wait returns after what time the hub wants to be asked again; 0 where it did not say.
func (e *StatusError) Wait() time.Duration { return e.RetryAfter }

// Bundle asks for what stations are to work by; have is the version that the station
// has. changed is false where there is no other. It is signed, and nobody has looked
// at the signature yet.
func (c *Client) Bundle(ctx context.Context, have int64) (s wire.Signed, changed bool, err error) {
	const op = "rules and templates of the hub"
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.hub.JoinPath("v1", "stations", "self", "bundle").String(), http.NoBody)
	if err != nil {
		return s, false, err
	}
	req.Header.Set("Accept", "application/json, application/problem+json")
	if have > 0 {
		req.Header.Set("If-None-Match", strconv.Quote(strconv.FormatInt(have, 10)))
	}
	if err := c.authorize(req); err != nil {
		return s, false, classify(op, err)
	}
	resp, err := c.exchangeBy(c.unhurried, req, "application/json")
	var se *StatusError
	if errors.As(err, &se) && se.Status == http.StatusNotModified {
		return s, false, nil
	}
	if err != nil {
		return s, false, classify(op, err)
	}
	if err := json.Unmarshal(resp.body, &s); err != nil {
		return s, false, classify(op, odd("its answer cannot be read: %v", err))
	}
	return s, true, nil
}

// Instructions asks for what the hub says about orders from a number on. It is
// signed, and nobody has looked at the signature yet.
func (c *Client) Instructions(ctx context.Context, from int64) (wire.Signed, error) {
	var s wire.Signed
	path := c.hub.JoinPath("v1", "stations", "self", "instructions")
	path.RawQuery = "from=" + strconv.FormatInt(from, 10)
	if err := c.get(ctx, &s, path); err != nil {
		return s, classify("instructions of the hub", err)
	}
	return s, nil
}
