package uplink

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/klauspost/compress/zstd"

	"waybill/internal/fault"
	"waybill/internal/hubname"
	"waybill/shipment"
	"waybill/sync/wire"
)

// ClientOptions say which hub to speak to, and as whom.
type ClientOptions struct {
	Hub   *url.URL         // the hub's address; /v1/… is put behind its path
	Token string           // the station's; empty where the hub asks for none, or Link has credentials
	Link  Link             // how to reach the hub
	HTTP  *http.Client     // default: one over Link, with deadlines for every step
	Now   func() time.Time // default time.Now

	MaxBytesPerSecond int // of events, as they are sent; 0: as fast as it goes
}

// A Client speaks to a hub. It keeps nothing and repeats nothing; its methods
// may be called by many goroutines at once.
type Client struct {
	hub         *url.URL
	credentials func() (Credentials, error)
	http        *http.Client
	now         func() time.Time
	zstd        *zstd.Encoder
	gzip        atomic.Bool // the hub does not take zstd
	rate        rate
	skew        skew
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
	if o.Link.Credentials == nil {
		fixed := Credentials{Token: o.Token}
		o.Link.Credentials = func() (Credentials, error) { return fixed, nil }
	}
	var h http.Client
	if o.HTTP != nil {
		h = *o.HTTP
	} else {
		t, err := o.Link.Transport()
		if err != nil {
			return nil, err
		}
		h.Transport = t
	}
	if h.Timeout == 0 {
		h.Timeout = requestTimeout
	}
	// A hub does not redirect; the login page of a guest network does.
	h.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest),
		zstd.WithLowerEncoderMem(true), zstd.WithWindowSize(window))
	if err != nil {
		return nil, fmt.Errorf("compression: %w", err)
	}
	return &Client{
		hub: o.Hub, credentials: o.Link.Credentials, http: &h, now: o.Now, zstd: enc,
		rate: rate{perSecond: float64(o.MaxBytesPerSecond), now: o.Now},
	}, nil
}

// window is how far back the encoder looks for what it has seen already, for which it
// keeps room for good: 4 MiB if it is not told. An event is like those just before it, and
// with 512 KiB what is sent is no smaller.
const window = 128 << 10

// Name returns the hub's name, which does not depend on how its address is written. It
// names the upstream whose cursor is kept: another hub starts from the first event.
func (c *Client) Name() string { return hubname.Of(c.hub.String()) }

// Address returns the hub's address, for people.
func (c *Client) Address() string { return c.hub.Redacted() }

func printable(u *url.URL) string {
	if u == nil {
		return ""
	}
	return u.Redacted()
}

// A Delivery is what a hub made of a batch.
type Delivery struct {
	Results []wire.Result // one per event, in order
	Missing []wire.Range  // what the hub asks for again
	Store   string        // the name of the hub's store; empty where it gives none
}

// Skew returns by how much the station's wall clock is ahead of the hub's, as far
// as its answers tell, give or take within. A within of zero means that nothing is
// known.
func (c *Client) Skew() (ahead, within time.Duration) { return c.skew.estimate(c.now()) }

// Send sends events and returns what the hub did with each. After an error none
// of them counts as taken, though the hub may have them: it knows an event that
// comes twice.
func (c *Client) Send(ctx context.Context, recs []wire.Record) (Delivery, error) {
	return c.deliver(ctx, recs, wire.Notice{})
}

// deliver is Send with a notice beside the events.
func (c *Client) deliver(ctx context.Context, recs []wire.Record, n wire.Notice) (Delivery, error) {
	var lines bytes.Buffer
	for _, rec := range recs {
		lines.Write(rec.Raw)
		lines.WriteByte('\n')
	}
	n.Ahead, n.Within = c.Skew()
	useZstd := !c.gzip.Load()
	resp, err := c.postEvents(ctx, lines.Bytes(), n, useZstd)
	var se *StatusError
	if errors.As(err, &se) && se.Status == http.StatusUnsupportedMediaType && useZstd {
		c.gzip.Store(true)
		resp, err = c.postEvents(ctx, lines.Bytes(), n, false)
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
	c.read(resp, a.Now)
	return Delivery{Results: a.Results, Missing: a.Missing, Store: a.Store}, nil
}

// read takes in what the hub's clock showed while it answered.
func (c *Client) read(resp response, now wire.Timestamp) {
	if at := time.Time(now); !at.IsZero() {
		c.skew.learn(resp.sent, resp.back, at, at.Add(time.Millisecond))
	}
}

// Position asks how far the hub has come with a station. A hub of an older version
// does not know, which is an error of kind fault.NotFound.
func (c *Client) Position(ctx context.Context, station shipment.StationID) (wire.StationPosition, error) {
	var p wire.StationPosition
	op := "position at the hub"
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.hub.JoinPath("v1", "stations", string(station), "position").String(), http.NoBody)
	if err != nil {
		return p, err
	}
	req.Header.Set("Accept", "application/json, application/problem+json")
	resp, err := c.do(req)
	if err != nil {
		return p, classify(op, err)
	}
	if err := json.Unmarshal(resp.body, &p); err != nil {
		return p, classify(op, odd("its answer cannot be read: %v", err))
	}
	if p.Station != station || p.Store == "" {
		return p, classify(op, odd("its answer is not the position of station %s", station))
	}
	c.read(resp, p.Now)
	return p, nil
}

// Lease asks for a block of numbers. Asking again with the same key after an
// error costs nothing.
func (c *Client) Lease(ctx context.Context, req wire.LeaseRequest) (wire.Lease, error) {
	op := fmt.Sprintf("lease of %d numbers of %s", req.Count, req.Carrier)
	body, err := json.Marshal(req)
	if err != nil {
		return wire.Lease{}, fmt.Errorf("%s: %w", op, err)
	}
	resp, err := c.post(ctx, "leases", body)
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
