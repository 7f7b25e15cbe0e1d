// Package api is the station's local HTTP interface: the JSON API, the live
// events, the metrics and the packer's page. It translates; what happens is
// decided and kept by package desk.
package api

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"waybill/agent"
	"waybill/agent/desk"
	"waybill/agent/handoff"
	"waybill/agent/intake"
	"waybill/agent/page"
	"waybill/internal/fault"
	"waybill/internal/guard"
	"waybill/printer"
	"waybill/shipment"
	"waybill/shipment/carrier"
	"waybill/sync/journal"
)

// Options is what the interface needs.
type Options struct {
	Station   shipment.StationID
	Desk      *desk.Desk
	Journal   *journal.Journal
	Carriers  *carrier.Table
	HotFolder string         // shown on the page
	CSV       intake.Options // how POST /v1/orders reads CSV columns
	// Preview draws a label's bytes as PNG. nil: labels have no picture.
	Preview func(job printer.Job) ([]byte, error)
	// Commands draws the sheet of control barcodes. nil: there is none.
	Commands Commands
	// Manifest writes the paper of a pick-up as PDF. nil: there is none.
	Manifest func(m handoff.Manifest) ([]byte, error)
	Hub      pickups // tells of other stations' pick-ups; nil: none can be taken over
	// Retry sends events that a hub refused for good again; beside an error there may
	// be results, of other hubs. nil: nothing does.
	Retry func(ctx context.Context, ids []string) ([]Retried, error)
	// Uplinks says how things stand with each hub, the station's own first. nil: nothing
	// is told of them.
	Uplinks func() []Uplink
	// ForgetHub says that a former hub is not waited for any more. nil: nothing does.
	ForgetHub func(ctx context.Context, hub string) (FormerHub, error)
	Location  *time.Location // of the station; nil: that of Now
	Version   string
	Now       func() time.Time
	Log       *slog.Logger
	// Stopping is closed when the station stops; open event streams end then.
	Stopping <-chan struct{}
}

type server struct {
	Options
	streams chan struct{} // a slot for each open event stream
	looks   looks
}

// maxBody is the largest request body taken: a file of orders.
const maxBody = 16 << 20

// New returns the interface.
func New(o Options) http.Handler {
	s := &server{Options: o, streams: make(chan struct{}, maxStreams)}
	mux := http.NewServeMux()
	described := sync.OnceValue(func() http.Handler { return withProblems(s.described()) })
	for _, path := range describedPaths() {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) { described().ServeHTTP(w, r) })
	}
	s.raw(mux)
	mux.HandleFunc("POST /jobs/{id}/resolve", s.resolveForm)
	mux.HandleFunc("POST /jobs/{id}/stop-waiting", s.stopWaitingForm)
	for path, of := range holdables() {
		mux.HandleFunc("POST /"+path+"/{name}/resume", s.resumeForm(of))
	}
	mux.HandleFunc("POST /orders/{id}/override-address", s.overrideForm)
	mux.HandleFunc("POST /printers/{name}/use", s.useForm(s.Desk.UseMachine))
	mux.HandleFunc("POST /scanners/{name}/use", s.useForm(s.Desk.UseScanner))
	mux.HandleFunc("POST /orders/{id}/pack", s.packForm)
	mux.HandleFunc("GET /{$}", s.page)
	mux.HandleFunc("GET /live", s.live)
	mux.HandleFunc("GET /dock", s.dock)
	mux.HandleFunc("GET /dock/live", s.dockLive)
	mux.HandleFunc("GET /scanners/setup", s.setupPage(page.RenderSetup))
	mux.HandleFunc("GET /scanners/setup/live", s.setupPage(page.RenderSetupLive))
	mux.HandleFunc("GET /scanners/setup.svg", s.setupBarcode)
	mux.Handle("GET /assets/", page.Assets())
	mux.Handle("GET /metrics", s.metrics())
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { answerText(w, "ok\n") })
	mux.HandleFunc("GET /readyz", s.ready)
	return http.MaxBytesHandler(withProblems(mux), maxBody)
}

// describedPaths are where the answers of described are: all of it is below /v1/, but
// for what describes it.
func describedPaths() []string {
	return []string{"/v1", "/v1/", "/schemas", "/schemas/", "/openapi.json", "/openapi.yaml", "/openapi-3.0.json", "/openapi-3.0.yaml"}
}

// described returns the JSON API with its description. It is made when somebody asks for
// it: a station with scanners of its own whose page is only looked at does without, and
// the description of every field takes a megabyte.
func (s *server) described() *http.ServeMux {
	mux := http.NewServeMux()
	cfg := huma.DefaultConfig("Waybill station", s.Version)
	cfg.Info.Description = "The packing desk's local API. Errors are RFC 9457 problem documents."
	cfg.DocsPath = ""
	cfg.CreateHooks = nil // no $schema links in answers
	a := humago.New(mux, cfg)
	s.orders(a)
	s.jobs(a)
	s.pauses(a)
	s.rawJobs(a)
	s.scans(a)
	s.packing(a)
	s.commands(a)
	s.handoffs(a)
	s.handoffActs(a)
	s.manifests(a)
	s.closeOuts(a)
	if s.Hub != nil {
		s.takeOvers(a)
		s.admissions(a)
	}
	if s.Retry != nil {
		s.parked(a)
	}
	if s.Uplinks != nil {
		s.hubs(a)
	}
	s.deviceRoutes(a)
	s.useRoute(a)
	s.raw(mux)
	return mux
}

// raw adds what is no JSON and so not described. The page listens to it all day.
func (s *server) raw(mux *http.ServeMux) {
	mux.HandleFunc("GET /v1/events", s.events)
	mux.HandleFunc("GET /v1/orders/{id}/label.png", s.preview)
}

func answerText(w http.ResponseWriter, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	// The client may be gone; there is nobody left to tell.
	_, _ = w.Write([]byte(text))
}

// ready says whether the station can take orders: its journal answers, and has room
// for more.
func (s *server) ready(w http.ResponseWriter, r *http.Request) {
	_, err := s.Journal.Head(r.Context())
	if err == nil {
		err = s.Journal.RoomForMore()
	}
	if err != nil {
		guard.Problem(w, http.StatusServiceUnavailable, err.Error())
		return
	}
	answerText(w, "ready\n")
}

// problem turns an error into the problem document its kind deserves.
func problem(err error) error { return huma.NewError(status(err), err.Error()) }

// status returns the status code that an error's kind deserves. It is the only
// place where kinds meet status codes.
func status(err error) int {
	switch fault.KindOf(err) {
	case fault.NotFound:
		return http.StatusNotFound
	case fault.Conflict:
		return http.StatusConflict
	case fault.Invalid:
		return http.StatusUnprocessableEntity
	case fault.Transient, fault.Uncertain:
		return http.StatusServiceUnavailable
	case fault.Unknown, fault.Permanent:
		if errors.Is(err, context.Canceled) {
			return 499 // the client went away
		}
	}
	return http.StatusInternalServerError
}

// unprocessable is the problem document of an input with problems in it.
func unprocessable(title string, ps shipment.Problems) error {
	details := make([]error, 0, len(ps))
	for _, p := range ps {
		details = append(details, &huma.ErrorDetail{Location: p.Field, Message: p.Message, Value: p.Code})
	}
	return huma.NewError(http.StatusUnprocessableEntity, title, details...)
}

// An OrderView is an order as the API shows it.
type OrderView struct {
	Stage agent.Stage `json:"stage"`
	agent.State
}

func view(s agent.State) OrderView { return OrderView{Stage: s.Stage(), State: s} }

// MarshalJSON puts the stage beside the state's own fields.
func (v OrderView) MarshalJSON() ([]byte, error) {
	type state agent.State
	return json.Marshal(struct {
		OrderID shipment.OrderID `json:"order_id"`
		Stage   agent.Stage      `json:"stage"`
		state
	}{v.Order.ID, v.Stage, state(v.State)})
}

// Schema describes an order without its details, which the order document
// already has.
func (OrderView) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true, Properties: map[string]*huma.Schema{
		"order_id": {Type: huma.TypeString},
		"stage":    {Type: huma.TypeString},
		"order":    {Type: huma.TypeObject, AdditionalProperties: true},
		"parcels":  {Type: huma.TypeArray, Items: &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true}},
	}}
}
