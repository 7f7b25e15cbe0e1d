package bus

import (
	"cmp"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"waybill/internal/fault"
	"waybill/shipment"
	"waybill/sync/wire"
	"waybill/tracking"
)

// What the stream is like. Its name and its subjects are what other programs
// consume, and never change.
const (
	StreamName  = "WAYBILL"
	SubjectRoot = "waybill.events"

	keptOnBus   = 7 * 24 * time.Hour // who was away for longer is told of by the store
	natsPatient = 10 * time.Second   // for one answer of the broker
	inFlight    = 2 * batch
)

// HeaderTooLarge is set on a message whose event is larger than the broker takes:
// the message is the event without its data, and the hub has the whole.
const HeaderTooLarge = "Waybill-Without-Data"

// A NATS is how a broker is reached.
type NATS struct {
	URL             string // nats://host:4222 or tls://host:4222, or several with commas between
	CredentialsFile string // of a user, as nsc writes it; empty: none
	Replicas        int    // of the stream, in a cluster; default 1
	Log             *slog.Logger
}

// connect opens a connection that tells by lost when it was lost for a while.
func (n NATS) connect(name string, lost func()) (*nats.Conn, jetstream.JetStream, error) {
	o := []nats.Option{
		nats.Name(name), nats.Timeout(natsPatient), nats.MaxReconnects(-1), nats.ReconnectWait(time.Second),
		nats.DisconnectErrHandler(func(*nats.Conn, error) { lost() }), nats.ReconnectHandler(func(*nats.Conn) { lost() }),
	}
	if n.CredentialsFile != "" {
		o = append(o, nats.UserCredentials(n.CredentialsFile))
	}
	if strings.HasPrefix(n.URL, "tls:") {
		o = append(o, nats.Secure(&tls.Config{MinVersion: tls.VersionTLS13}))
	}
	conn, err := nats.Connect(n.URL, o...)
	if err != nil {
		return nil, nil, &fault.Error{Op: "bus " + n.redacted(), Kind: fault.Transient, Err: err, Hint: "Check that nats-server runs there; events wait in the store."}
	}
	js, err := jetstream.New(conn, jetstream.WithPublishAsyncMaxPending(inFlight), jetstream.WithPublishAsyncTimeout(natsPatient))
	if err != nil {
		conn.Close()
		return nil, nil, fmt.Errorf("bus: %w", err)
	}
	return conn, js, nil
}

func (n NATS) redacted() string {
	var all []string
	for _, one := range strings.Split(n.URL, ",") {
		u, err := url.Parse(strings.TrimSpace(one))
		if err != nil {
			all = append(all, "nats://…")
			continue
		}
		all = append(all, u.Redacted())
	}
	return strings.Join(all, ",")
}

// A Publisher is a sink that publishes every event to a JetStream stream. What
// the broker acknowledges it may lose: a publisher sees it, and it is sent again.
type Publisher struct {
	nats   NATS
	conn   *nats.Conn
	js     jetstream.JetStream
	now    natsMark
	broken atomic.Bool // the connection was lost since it was opened
	lost   Loss        // seen while sending
}

// natsMark is how far a stream had come when it had everything.
type natsMark struct {
	Created  time.Time `json:"created"`
	Sequence uint64    `json:"sequence"`
}

// NewPublisher returns a publisher to n.
func NewPublisher(n NATS) *Publisher { return &Publisher{nats: n} }

// Open connects and makes the stream where there is none.
func (p *Publisher) Open(ctx context.Context, mark string) (Loss, error) {
	p.broken.Store(false)
	conn, js, err := p.nats.connect("waybill hub, publisher", func() { p.broken.Store(true) })
	if err != nil {
		return LostNothing, err
	}
	p.conn, p.js = conn, js
	ctx, cancel := context.WithTimeout(ctx, natsPatient)
	defer cancel()
	info, err := p.stream(ctx)
	if err != nil {
		conn.Close()
		return LostNothing, err
	}
	var old natsMark
	loss := p.lost
	switch err := json.Unmarshal([]byte(mark), &old); {
	case err != nil: // nothing was ever sent
	case !old.Created.Equal(info.Created):
		loss = LostAll
	case info.State.LastSeq < old.Sequence:
		loss = max(loss, LostTail)
	}
	p.now, p.lost = natsMark{info.Created, info.State.LastSeq}, LostNothing
	return loss, nil
}

// stream returns the stream, made where there is none.
func (p *Publisher) stream(ctx context.Context) (*jetstream.StreamInfo, error) {
	want := jetstream.StreamConfig{
		Name: StreamName, Description: "Every event the waybill hub has taken, once or more; its ID is the message's.",
		Subjects: []string{SubjectRoot + ".>"}, Storage: jetstream.FileStorage, Retention: jetstream.LimitsPolicy,
		MaxAge: keptOnBus, Discard: jetstream.DiscardOld, Duplicates: 10 * time.Minute, Replicas: max(1, p.nats.Replicas),
	}
	s, err := p.js.Stream(ctx, StreamName)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		s, err = p.js.CreateStream(ctx, want)
	}
	if err != nil {
		return nil, fmt.Errorf("bus %s, stream %s: %w", p.nats.redacted(), StreamName, err)
	}
	info := s.CachedInfo()
	if info.Config.Storage != jetstream.FileStorage {
		return nil, &fault.Error{
			Op: "stream " + StreamName, Kind: fault.Permanent, Err: errors.New("it is kept in memory only"),
			Hint: "Delete it (nats stream rm " + StreamName + "); the hub makes it anew, in files, and fills it.",
		}
	}
	if info.Config.Replicas != want.Replicas {
		if s, err = p.js.UpdateStream(ctx, want); err != nil {
			return nil, fmt.Errorf("stream %s with %d replicas: %w", StreamName, want.Replicas, err)
		}
		info = s.CachedInfo()
	}
	return info, nil
}

// Send publishes events and waits until the broker has acknowledged each.
func (p *Publisher) Send(ctx context.Context, events []tracking.Incoming) (string, error) {
	if p.broken.Load() {
		return "", errors.New("the connection to the bus was lost; what the bus has is looked at again")
	}
	futures := make([]jetstream.PubAckFuture, len(events))
	for i, ev := range events {
		m, err := p.message(ev)
		if err != nil {
			return "", err
		}
		if futures[i], err = p.js.PublishMsgAsync(m); err != nil {
			return "", fmt.Errorf("bus: event %s: %w", ev.Env.ID, err)
		}
	}
	last := p.now.Sequence
	for i, f := range futures {
		select {
		case ack := <-f.Ok():
			if !ack.Duplicate && ack.Sequence <= p.now.Sequence {
				p.lost = LostTail
				return "", errors.New("the bus counts from further back: it has lost what it had acknowledged")
			}
			last = max(last, ack.Sequence)
		case err := <-f.Err():
			return "", fmt.Errorf("bus: event %s: %w", events[i].Env.ID, err)
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
	p.now.Sequence = last
	mark, err := json.Marshal(p.now)
	return string(mark), err
}

// message returns the message of an event: its bytes as the station sealed them.
func (p *Publisher) message(ev tracking.Incoming) (*nats.Msg, error) {
	m := nats.NewMsg(Subject(ev.Env.Station()))
	m.Data = ev.Raw
	m.Header.Set(jetstream.MsgIDHeader, ev.Env.ID)
	m.Header.Set("Content-Type", "application/cloudevents+json; charset=UTF-8")
	if most := p.conn.MaxPayload(); most > 0 && int64(len(ev.Raw))+1024 > most {
		bare := ev.Env
		bare.Data = nil
		data, err := json.Marshal(bare)
		if err != nil {
			return nil, fmt.Errorf("event %s: %w", ev.Env.ID, err)
		}
		m.Data = data
		m.Header.Set(HeaderTooLarge, "true")
	}
	return m, nil
}

// Close closes the connection.
func (p *Publisher) Close() error {
	p.conn.Close()
	return nil
}

// Subject returns where the events of a station are published. What NATS gives a
// meaning in a subject is written as = and two hex digits.
func Subject(station shipment.StationID) string {
	var b strings.Builder
	for _, c := range []byte(station) {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "=%02X", c)
		}
	}
	return SubjectRoot + "." + cmp.Or(b.String(), "=")
}

// A Consumer takes events from the bus. It is a task.
type Consumer struct {
	nats   NATS
	name   string
	handle func(ctx context.Context, e wire.Envelope) error
	ready  chan struct{}
}

// NewConsumer returns a consumer that calls handle for each event. With a name it
// is durable: of all processes with that name one gets an event, again until
// handle returns no error, and what comes while none runs waits. handle must have
// its effect once for an event's ID. Without a name every process gets every
// event from now on, as far as the broker and the line hold.
func NewConsumer(n NATS, name string, handle func(ctx context.Context, e wire.Envelope) error) *Consumer {
	return &Consumer{nats: n, name: name, handle: handle, ready: make(chan struct{})}
}

// Ready is closed from when on events are heard.
func (c *Consumer) Ready() <-chan struct{} { return c.ready }

// String returns the task's name.
func (c *Consumer) String() string { return "consumer " + cmp.Or(c.name, "of news") }

// Run consumes until ctx ends. A broker that is away is waited for.
func (c *Consumer) Run(ctx context.Context) error {
	wait := lookEvery
	for ctx.Err() == nil {
		err := c.consume(ctx)
		if ctx.Err() != nil {
			return nil
		}
		c.nats.Log.WarnContext(ctx, "The bus is not heard for the moment.", "consumer", c.String(), "retry_in", wait, "error", err)
		if !pause(ctx, nil, wait) {
			return nil
		}
		wait = min(2*wait, maxRetry)
	}
	return nil
}

func (c *Consumer) consume(ctx context.Context) error {
	conn, js, err := c.nats.connect("waybill hub, "+c.String(), func() {})
	if err != nil {
		return err
	}
	defer conn.Close()
	ask, cancel := context.WithTimeout(ctx, natsPatient)
	defer cancel()
	var from jetstream.Consumer
	if c.name == "" {
		from, err = js.OrderedConsumer(ask, StreamName, jetstream.OrderedConsumerConfig{DeliverPolicy: jetstream.DeliverNewPolicy})
	} else {
		from, err = js.CreateOrUpdateConsumer(ask, StreamName, jetstream.ConsumerConfig{
			Durable: c.name, AckPolicy: jetstream.AckExplicitPolicy, AckWait: time.Minute, MaxAckPending: batch, MaxDeliver: -1,
		})
	}
	if err != nil {
		return fmt.Errorf("bus: %w", err)
	}
	failed := make(chan error, 1)
	run, err := from.Consume(func(m jetstream.Msg) { c.one(ctx, m) }, jetstream.ConsumeErrHandler(func(_ jetstream.ConsumeContext, err error) {
		if errors.Is(err, jetstream.ErrConsumerDeleted) || errors.Is(err, jetstream.ErrConsumerNotFound) || errors.Is(err, jetstream.ErrStreamNotFound) {
			select {
			case failed <- err:
			default:
			}
		}
	}))
	if err != nil {
		return fmt.Errorf("bus: %w", err)
	}
	defer run.Stop()
	select {
	case <-c.ready:
	default:
		close(c.ready)
	}
	select {
	case <-ctx.Done():
		return nil
	case <-run.Closed():
		return errors.New("bus: the consumer ended")
	case err := <-failed:
		return fmt.Errorf("bus: %w", err)
	}
}

// one handles a message, and acknowledges it where it was handled.
func (c *Consumer) one(ctx context.Context, m jetstream.Msg) {
	var e wire.Envelope
	err := json.Unmarshal(m.Data(), &e)
	if err == nil {
		err = c.handle(ctx, e)
	} else {
		c.nats.Log.ErrorContext(ctx, "A message on the bus is no event and is passed over. Only the hub should publish there.", "subject", m.Subject(), "error", err)
		err = nil
	}
	switch {
	case c.name == "":
	case err != nil:
		c.nats.Log.WarnContext(ctx, "An event from the bus could not be handled and comes again.", "consumer", c.name, "event_id", e.ID, "error", err)
		err = m.NakWithDelay(retryAfter)
	default:
		// It waits for the broker, which else may forget and send it again.
		err = m.DoubleAck(ctx)
	}
	if err != nil && ctx.Err() == nil {
		c.nats.Log.DebugContext(ctx, "The bus did not hear that an event was handled, and sends it again.", "consumer", c.name, "event_id", e.ID, "error", err)
	}
}
