package hub

import (
	"context"
	"errors"
	"net/http"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"waybill/internal/fault"
	"waybill/shipment"
	"waybill/sync/wire"
	"waybill/tracking"
)

// api returns the handler of the JSON API and its OpenAPI document.
func (h *Hub) api() http.Handler {
	mux := http.NewServeMux()
	config := huma.DefaultConfig("Waybill hub", "1")
	config.Info.Description = "Takes events from packing stations, leases tracking numbers to them, and tells where parcels are. Errors are RFC 9457 problem documents."
	config.DocsPath = ""     // its page loads scripts from elsewhere
	config.SchemasPath = ""  // the schemas are in the document
	config.CreateHooks = nil // no $schema member in answers
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{"bearer": {Type: "http", Scheme: "bearer"}}
	config.Security = []map[string][]string{{"bearer": {}}}
	api := humago.New(mux, config)
	huma.Register(api, huma.Operation{
		OperationID: "get-shipment", Method: http.MethodGet, Path: "/v1/shipments/{ref}",
		Summary: "A shipment, by tracking number or order ID", Errors: []int{401, 404},
	}, h.getShipment)
	huma.Register(api, huma.Operation{
		OperationID: "list-shipments", Method: http.MethodGet, Path: "/v1/shipments",
		Summary: "Shipments, the one that changed last first", Errors: []int{401},
	}, h.listShipments)
	huma.Register(api, huma.Operation{
		OperationID: "list-stations", Method: http.MethodGet, Path: "/v1/stations",
		Summary: "Stations, when they were last heard, and what is missing from them", Errors: []int{401},
	}, h.listStations)
	huma.Register(api, huma.Operation{
		OperationID: "list-quarantine", Method: http.MethodGet, Path: "/v1/quarantine",
		Summary: "Events set aside because they contradict what is kept of their station; 'waybill hub quarantine' decides on them", Errors: []int{401},
	}, h.listQuarantine)
	huma.Register(api, huma.Operation{
		OperationID: "lease-numbers", Method: http.MethodPost, Path: "/v1/leases", DefaultStatus: http.StatusOK,
		Summary:      "A block of serial numbers for a station; the same key always gets the same block",
		MaxBodyBytes: 64 << 10, Errors: []int{401, 403, 404, 409}, SkipValidateBody: true,
	}, h.postLease)
	huma.Register(api, huma.Operation{
		OperationID: "list-ranges", Method: http.MethodGet, Path: "/v1/ranges",
		Summary: "Ranges of tracking numbers, how many are left and for how long", Errors: []int{401},
	}, h.listRanges)
	h.handoffs(api)
	h.parcels(api)
	h.position(api)
	h.orders(api)
	describeEvents(api)
	describeEnrolment(api)
	describeDownSync(api)
	return mux
}

// describeEvents documents the ingest, which reads its body itself.
func describeEvents(api huma.API) {
	answer := huma.SchemaFromType(api.OpenAPI().Components.Schemas, reflect.TypeFor[wire.Answer]())
	event := &huma.Schema{Type: huma.TypeObject, Description: "A CloudEvent 1.0 with the extensions epoch, sequence, prevhash and tzoffset; monotonic and bootid where the station has them."}
	api.OpenAPI().AddOperation(&huma.Operation{
		OperationID: "post-events", Method: http.MethodPost, Path: "/v1/events",
		Summary:     "Events of a station; one result for each, in order, once they are durable",
		Description: "Bodies may be compressed with zstd or gzip. A bad event never keeps the others out; the same event twice is a duplicate.",
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
			wire.NDJSON: {Schema: event},
			wire.Batch:  {Schema: &huma.Schema{Type: huma.TypeArray, Items: event}},
			wire.Single: {Schema: event},
		}},
		Responses: map[string]*huma.Response{
			"200": {Description: "One result for each event, in order", Content: map[string]*huma.MediaType{"application/json": {Schema: answer}}},
			"400": {Description: "The body cannot be read; nothing was taken"},
			"401": {Description: "No station's token was shown"},
			"413": {Description: "Too much at once; nothing was taken"},
			"415": {Description: "A content type or encoding that is not known"},
			"429": {Description: "As many requests of this station are under way as it may have; nothing was taken, send the same again after Retry-After"},
			"503": {Description: "Nothing was taken; send the same again after Retry-After"},
		},
	})
}

type shipmentOut struct{ Body shipmentView }

func (h *Hub) getShipment(ctx context.Context, in *struct {
	Ref string `path:"ref" doc:"Tracking number or order ID" maxLength:"200"`
},
) (*shipmentOut, error) {
	r, err := h.store.Shipment(ctx, in.Ref)
	if err != nil {
		return nil, h.apiError(ctx, err)
	}
	return &shipmentOut{h.view(r)}, nil
}

type shipmentsOut struct {
	Body struct {
		Shipments []shipmentView `json:"shipments"`
	}
}

func (h *Hub) listShipments(ctx context.Context, in *struct {
	Limit     int    `query:"limit" minimum:"1" maximum:"500" default:"50"`
	Milestone string `query:"milestone" doc:"Only shipments at this milestone"`
	Held      bool   `query:"held" doc:"Only shipments that wait for something"`
	Rejected  bool   `query:"rejected" doc:"Only orders that cannot ship"`
},
) (*shipmentsOut, error) {
	f := tracking.Filter{Milestone: tracking.Milestone(in.Milestone), Held: in.Held, Rejected: in.Rejected}
	rs, err := h.store.List(ctx, f, in.Limit)
	if err != nil {
		return nil, h.apiError(ctx, err)
	}
	out := &shipmentsOut{}
	out.Body.Shipments = make([]shipmentView, len(rs))
	for i, r := range rs {
		out.Body.Shipments[i] = h.view(r)
	}
	return out, nil
}

type stationsOut struct {
	Body struct {
		Stations []stationView `json:"stations"`
	}
}

func (h *Hub) listStations(ctx context.Context, _ *struct{}) (*stationsOut, error) {
	ss, err := h.store.Stations(ctx)
	if err != nil {
		return nil, h.apiError(ctx, err)
	}
	access, err := h.accessByStation(ctx)
	if err != nil {
		return nil, h.apiError(ctx, err)
	}
	out := &stationsOut{}
	out.Body.Stations = make([]stationView, len(ss))
	for i, s := range ss {
		out.Body.Stations[i] = stationView{
			s.ID, wire.Timestamp(s.FirstSeen), wire.Timestamp(s.LastSeen), wire.Timestamp(s.LastEvent),
			s.Lag().Milliseconds(), s.Events, s.Missing(), nil, s.Quarantined, s.Epochs, viewAccess(access[s.ID]),
		}
		if since, ok := s.OldestGap(); ok {
			at := wire.Timestamp(since)
			out.Body.Stations[i].MissingSince = &at
		}
	}
	return out, nil
}

type quarantineOut struct {
	Body struct {
		Events []tracking.SetAside `json:"events"`
	}
}

func (h *Hub) listQuarantine(ctx context.Context, in *struct {
	Station string `query:"station" doc:"Only those of this station" maxLength:"200"`
	All     bool   `query:"all" doc:"Those decided on, too"`
	Limit   int    `query:"limit" minimum:"1" maximum:"1000" default:"100"`
},
) (*quarantineOut, error) {
	events, err := h.store.Quarantine(ctx, shipment.StationID(in.Station), in.All, in.Limit)
	if err != nil {
		return nil, h.apiError(ctx, err)
	}
	out := &quarantineOut{}
	out.Body.Events = append([]tracking.SetAside{}, events...)
	return out, nil
}

// apiError turns err into the problem that its kind asks for. What nobody
// classified stays in the log.
func (h *Hub) apiError(ctx context.Context, err error) error {
	switch fault.KindOf(err) {
	case fault.NotFound:
		return huma.Error404NotFound(err.Error())
	case fault.Conflict:
		return huma.Error409Conflict(err.Error())
	case fault.Invalid:
		return huma.Error422UnprocessableEntity(err.Error())
	default:
		if !errors.Is(err, context.Canceled) {
			h.log.ErrorContext(ctx, "A request could not be answered from the store. Check the disk.", "error", err)
		}
		return huma.Error503ServiceUnavailable("the store did not answer; ask again shortly")
	}
}

// A shipmentView is a shipment as programs see it.
type shipmentView struct {
	OrderID     shipment.OrderID   `json:"order_id"`
	Channel     string             `json:"channel,omitempty"`
	Milestone   tracking.Milestone `json:"milestone,omitempty"`
	Headline    string             `json:"headline" doc:"What the buyer is told, as one sentence"`
	Expectation string             `json:"expectation" doc:"When the parcel is expected, or why that is not known yet"`
	Carrier     shipment.CarrierID `json:"carrier,omitempty"`
	Service     shipment.ServiceID `json:"service,omitempty"`
	Origin      tracking.Place     `json:"origin,omitzero"`
	Destination tracking.Place     `json:"destination,omitzero"`
	Promise     shipment.Promise   `json:"promise,omitzero"`
	Held        *tracking.Reason   `json:"held,omitempty"`
	Rejected    *tracking.Reason   `json:"rejected,omitempty"`
	Parcels     []parcelView       `json:"parcels"`
	Timeline    []tracking.Entry   `json:"timeline"`
	TrackingURL string             `json:"tracking_url" doc:"The buyer's page"`
	UpdatedAt   wire.Timestamp     `json:"updated_at"`
}

type parcelView struct {
	tracking.Parcel
	CarrierURL string `json:"carrier_url,omitempty" doc:"The carrier's own page"`
}

type stationView struct {
	ID        shipment.StationID `json:"id"`
	FirstSeen wire.Timestamp     `json:"first_seen"`
	LastSeen  wire.Timestamp     `json:"last_seen"`
	LastEvent wire.Timestamp     `json:"last_event"`
	LagMS     int64              `json:"lag_ms"`
	Events    int64              `json:"events"`
	Missing   int64              `json:"missing"`

	MissingSince *wire.Timestamp `json:"missing_since,omitempty" doc:"How long the oldest gap has been there; absent: nothing is missing"`

	Quarantined int64            `json:"quarantined"`
	Epochs      []tracking.Epoch `json:"epochs"`
	Access      *accessView      `json:"access,omitempty" doc:"How the hub lets it in; absent for a station that was never enrolled or shut out"`
}

func (h *Hub) view(r tracking.Record) shipmentView {
	v := shipmentView{
		OrderID: r.OrderID, Channel: r.Channel, Milestone: r.Milestone,
		Headline: r.Headline(), Expectation: r.Expectation(),
		Carrier: r.Carrier, Service: r.Service, Origin: r.Origin, Destination: r.Destination, Promise: r.Promise,
		Held: r.Held, Rejected: r.Rejected, Parcels: make([]parcelView, len(r.Parcels)), Timeline: r.Timeline,
		TrackingURL: h.base + "/track/" + r.Token, UpdatedAt: wire.Timestamp(r.Updated.Truncate(time.Millisecond)),
	}
	for i, p := range r.Parcels {
		v.Parcels[i] = parcelView{p, h.carrierURL(p)}
	}
	return v
}

// carrierURL returns the carrier's own page about a parcel, or nothing where
// there is none or the label was withdrawn.
func (h *Hub) carrierURL(p tracking.Parcel) string {
	if p.TrackingNumber == "" || p.Milestone == tracking.Cancelled {
		return ""
	}
	return h.carriers.TrackingURL(p.Carrier, string(p.TrackingNumber))
}
