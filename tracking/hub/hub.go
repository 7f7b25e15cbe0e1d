package hub

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"

	"waybill/internal/fault"
	"waybill/internal/guard"
	"waybill/shipment"
	"waybill/shipment/carrier"
	"waybill/sync/wire"
	"waybill/tracking"
)

// store is what the hub needs of where everything is kept; package
// tracking/store implements it. What a method that changes something has
// returned without an error is durable. Lookups that find nothing return an
// error of kind fault.NotFound.
type store interface {
	Ingest(ctx context.Context, in []tracking.Incoming) ([]wire.Result, error)
	Lease(ctx context.Context, req wire.LeaseRequest) (wire.Lease, error)
	Ranges(ctx context.Context) (configured, retired []tracking.RangeUse, err error)
	Shipment(ctx context.Context, ref string) (tracking.Record, error)
	ByToken(ctx context.Context, token string) (tracking.Record, error)
	List(ctx context.Context, f tracking.Filter, limit int) ([]tracking.Record, error)
	Counts(ctx context.Context) (tracking.Counts, error)
	Stations(ctx context.Context) ([]tracking.Station, error)
	Position(ctx context.Context, station shipment.StationID) (wire.StationPosition, error)
	Name() string // of the store itself
	Missing(ctx context.Context, station shipment.StationID, before time.Time, limit int) ([]tracking.Epoch, error)
	Quarantine(ctx context.Context, station shipment.StationID, all bool, limit int) ([]tracking.SetAside, error)
	Handoffs(ctx context.Context, station shipment.StationID) ([]wire.Handoff, error)
	MovedHandoffs(ctx context.Context, station shipment.StationID) ([]wire.Handoff, error)
	Handoff(ctx context.Context, id string) (wire.Handoff, error)
	TakeOver(ctx context.Context, id string, req wire.TakeoverRequest) (wire.Handoff, error)
	Parcel(ctx context.Context, number shipment.TrackingNumber) (wire.Parcel, error)
	MovedParcels(ctx context.Context, station shipment.StationID) ([]wire.Parcel, error)
	TakeOverParcel(ctx context.Context, number shipment.TrackingNumber, req wire.TakeoverRequest) (wire.Parcel, error)
	Watch(order shipment.OrderID) (changed <-chan struct{}, stop func())
	Ping(ctx context.Context) error
	enrolments
	downSync
	newsDesk
}

// Options are what a hub is told. Store and Addr are required; for the rest
// the zero value is right on one machine.
type Options struct {
	Store store
	Addr  net.Addr // where it is served: decides which Host names are its own, and whether others can reach it

	PublicURL string   // the address buyers see; default http://Addr, or https://Addr with TLS
	TLS       bool     // it is served over TLS, with nothing in front that ends it
	Hosts     []string // further Host names, as name or name:port

	// The tokens by which stations and readers are known, as SHA-256 in hex.
	// With none, anyone who reaches the hub may send and read; New allows that
	// only where nobody but this machine can.
	StationTokens map[shipment.StationID]string
	APITokens     []string
	OrderTokens   []string // those of APITokens whose holders may hold, release and cancel orders

	TokenLife time.Duration // of the tokens of enrolled stations; 0: for ever

	Carriers *carrier.Table   // default carrier.Default()
	Log      *slog.Logger     // default discards
	Now      func() time.Time // default time.Now
	Rand     func() float64   // in [0, 1), of when who was sent away may come again; default math/rand/v2
	Stopping <-chan struct{}  // closed when the server stops: waiting pages end; default never
	MaxLive  int              // buyers' pages that may wait for news at once; default 500
	Limits   Limits           // of what one request may bring
}

// Limits bound what one request may bring. The zero value is right.
type Limits struct {
	Compressed int64 // bytes on the wire; default 8 MiB
	Body       int64 // bytes once decompressed; default 32 MiB
	Event      int   // bytes of one event; default 5 MiB, more than the largest order
	Events     int   // in one request; default 5000

	AtOnce     int           // requests with events that are worked on at once; default 8; more, where they are small, wait for the disk
	PerStation int           // of a station, that are read or wait or are worked on; default 8
	Memory     int64         // bytes on the wire of all of these together; default 256 MiB
	Wait       time.Duration // how long a request may wait for its turn; default 10 s
}

func (l Limits) orDefaults() Limits {
	def := func(v *int, d int) {
		if *v <= 0 {
			*v = d
		}
	}
	def64 := func(v *int64, d int64) {
		if *v <= 0 {
			*v = d
		}
	}
	def64(&l.Compressed, 8<<20)
	def64(&l.Body, 32<<20)
	def(&l.Event, 5*shipment.MaxOrderBytes)
	def(&l.Events, 5000)
	def(&l.AtOnce, 8)
	def(&l.PerStation, 8)
	def64(&l.Memory, 256<<20)
	def64((*int64)(&l.Wait), int64(10*time.Second))
	return l
}

// A Hub is the tracking server as an http.Handler.
type Hub struct {
	store    store
	carriers *carrier.Table
	log      *slog.Logger
	now      func() time.Time
	base     string
	limits   Limits
	tokens   tokenLives
	tries    *tries
	access   *access
	metrics  *metrics
	pages    *pages
	intake   *admission
	bundles  *admission
	signed   signedBundles
	zstd     *zstd.Decoder
	live     chan struct{} // a slot for each waiting page
	stopping <-chan struct{}
	handler  http.Handler
}

// New returns a hub. The error says what to mend in the configuration.
func New(o Options) (*Hub, error) {
	if o.Store == nil || o.Addr == nil {
		return nil, errors.New("hub: Store and Addr are required")
	}
	if o.Carriers == nil {
		o.Carriers = carrier.Default()
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Rand == nil {
		o.Rand = rand.Float64
	}
	if o.MaxLive <= 0 {
		o.MaxLive = 500
	}
	base, err := publicURL(o)
	if err != nil {
		return nil, err
	}
	a, err := newAccess(o, base)
	if err != nil {
		return nil, err
	}
	p, err := newPages()
	if err != nil {
		return nil, err
	}
	limits := o.Limits.orDefaults()
	unzip, err := newZstd(limits)
	if err != nil {
		return nil, err
	}
	h := &Hub{
		store: o.Store, carriers: o.Carriers, log: o.Log, now: o.Now,
		base: strings.TrimSuffix(base.String(), "/"), limits: limits,
		tokens: tokenLives{life: o.TokenLife, overlap: tokenOverlap}, tries: newTries(o.Now),
		access: a, pages: p,
		intake:   newAdmission(limits, o.Rand),
		bundles:  newAdmission(bundleLimits(), o.Rand),
		zstd:     unzip,
		live:     make(chan struct{}, o.MaxLive),
		stopping: o.Stopping,
	}
	h.metrics = newMetrics(h)
	h.handler = h.routes()
	return h, nil
}

// BaseURL returns the address under which the hub's pages are linked, without
// a slash at the end.
func (h *Hub) BaseURL() string { return h.base }

// ServeHTTP answers one request.
func (h *Hub) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.handler.ServeHTTP(w, r) }

func (h *Hub) routes() http.Handler {
	mux := http.NewServeMux()
	api := h.api()
	station, reader := h.access.station, h.access.reader

	mux.Handle("POST /v1/events", station(http.HandlerFunc(h.postEvents)))
	mux.Handle("POST /v1/leases", station(api))
	mux.Handle("GET /v1/handoffs", station(api))
	mux.Handle("GET /v1/handoffs/{id}", station(api))
	mux.Handle("POST /v1/handoffs/{id}/take-over", station(api))
	mux.Handle("GET /v1/stations/{id}/handoffs", station(api))
	mux.Handle("POST /v1/stations/{id}/handoffs/heard", station(api))
	mux.Handle("GET /v1/parcels/{number}", station(api))
	mux.Handle("POST /v1/parcels/{number}/take-over", station(api))
	mux.Handle("GET /v1/stations/{id}/parcels", station(api))
	mux.Handle("POST /v1/stations/{id}/parcels/heard", station(api))
	mux.Handle("GET /v1/stations/{id}/position", station(api))
	mux.HandleFunc("POST /v1/enrol", h.postEnrol)
	mux.Handle("GET /v1/stations/self", station(http.HandlerFunc(h.getSelf)))
	mux.Handle("POST /v1/stations/self/token", station(http.HandlerFunc(h.postToken)))
	mux.Handle("GET /v1/stations/self/bundle", station(http.HandlerFunc(h.getBundle)))
	mux.Handle("GET /v1/stations/self/instructions", station(http.HandlerFunc(h.getInstructions)))
	for _, action := range []wire.Action{wire.ActionHold, wire.ActionRelease, wire.ActionCancel} {
		mux.Handle("POST /v1/orders/{id}/"+string(action), reader(h.access.instructor(api)))
	}
	mux.Handle("GET /v1/stations/{id}/events", station(http.HandlerFunc(h.getEvents)))
	mux.Handle("POST /v1/carrier-updates/{source}", reader(http.HandlerFunc(notBuilt)))
	mux.Handle("GET /v1/shipments", reader(api))
	mux.Handle("GET /v1/shipments/{ref}", reader(api))
	mux.Handle("GET /v1/stations", reader(api))
	mux.Handle("GET /v1/quarantine", reader(api))
	mux.Handle("GET /v1/ranges", reader(api))
	mux.Handle("GET /openapi.json", api)
	mux.Handle("GET /metrics", reader(http.HandlerFunc(h.metrics.getMetrics)))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", h.getReady)

	mux.Handle("GET /{$}", reader(http.HandlerFunc(h.getDashboard)))
	mux.HandleFunc("GET /track/{token}", h.getTrack)
	mux.HandleFunc("GET /track/{token}/events", h.getLive)
	mux.HandleFunc("GET /assets/{name}", h.pages.getAsset)
	return h.access.wrap(h.log, withProblems(mux))
}

func (h *Hub) getReady(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	select {
	case <-h.stopping:
		guard.Problem(w, http.StatusServiceUnavailable, "the hub is stopping")
		return
	default:
	}
	if err := h.store.Ping(ctx); err != nil {
		h.log.ErrorContext(ctx, "The hub cannot read its store, so it is not ready. Check the disk and the data directory.", "error", err)
		guard.Problem(w, http.StatusServiceUnavailable, "the store cannot be read")
		return
	}
	fmt.Fprintln(w, "ready")
}

func notBuilt(w http.ResponseWriter, _ *http.Request) {
	guard.Problem(w, http.StatusNotImplemented, "not built yet: carriers' updates are not taken; nothing was kept of this one")
}

// publicURL returns the address that links begin with.
func publicURL(o Options) (*url.URL, error) {
	if o.PublicURL == "" {
		scheme := "http"
		if o.TLS {
			scheme = "https"
		}
		return &url.URL{Scheme: scheme, Host: o.Addr.String()}, nil
	}
	u, err := url.Parse(o.PublicURL)
	if err == nil && (u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.RawQuery != "" || u.Fragment != "") {
		err = errors.New("want https://host, with nothing after the path")
	}
	if err != nil {
		return nil, &fault.Error{Op: fmt.Sprintf("public URL %q", o.PublicURL), Kind: fault.Invalid, Err: err, Hint: "Write it as https://track.example.com."}
	}
	return u, nil
}
