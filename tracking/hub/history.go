package hub

import (
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"waybill/internal/guard"
	"waybill/shipment"
	"waybill/sync/wire"
)

// The most that one page of a station's own history has.
const (
	maxHistory      = 1000
	maxHistoryBytes = 4 << 20
)

// getEvents gives a station its own events back, byte for byte, in their order:
// for one whose disk was lost. A page without events is the end.
func (h *Hub) getEvents(w http.ResponseWriter, r *http.Request) {
	station := shipment.StationID(r.PathValue("id"))
	if station == "self" {
		c, known := callerOf(r.Context())
		if !known {
			guard.CodedProblem(w, http.StatusNotFound, string(wire.RefusedNoToken), "this hub asks for no token, and so does not know who asks; name the station in the path")
			return
		}
		station = c.Station
	}
	if !mayActAs(r.Context(), station) {
		guard.Problem(w, http.StatusForbidden, "the token is not that of station "+string(station))
		return
	}
	after, err := parsePosition(r.URL.Query().Get("after"))
	limit := maxHistory
	if text := r.URL.Query().Get("limit"); text != "" && err == nil {
		if limit, err = strconv.Atoi(text); err == nil && (limit < 1 || limit > maxHistory) {
			err = fmt.Errorf("limit %d: want 1 to %d", limit, maxHistory)
		}
	}
	if err != nil {
		guard.Problem(w, http.StatusUnprocessableEntity, err.Error())
		return
	}
	events, err := h.store.History(r.Context(), station, after, limit, maxHistoryBytes)
	if err != nil {
		if r.Context().Err() == nil {
			h.log.ErrorContext(r.Context(), "A station's history could not be read. Check the disk.", "station", string(station), "err", err)
		}
		w.Header().Set("Retry-After", "5")
		guard.Problem(w, http.StatusServiceUnavailable, "the store did not answer; ask again shortly")
		return
	}
	w.Header().Set("Content-Type", wire.NDJSON)
	for _, e := range events {
		// A client that is gone asks again from where it was.
		if _, err := w.Write(append(e.Raw, '\n')); err != nil {
			return
		}
	}
}

// parsePosition reads EPOCH/SEQUENCE; empty is before everything.
func parsePosition(text string) (wire.Position, error) {
	var p wire.Position
	if text == "" {
		return p, nil
	}
	epoch, sequence, ok := strings.Cut(text, "/")
	var errEpoch, errSequence error
	p.Epoch, errEpoch = strconv.ParseInt(epoch, 10, 64)
	p.Sequence, errSequence = strconv.ParseInt(sequence, 10, 64)
	if !ok || errors.Join(errEpoch, errSequence) != nil || p.Epoch < 0 || p.Sequence < 0 {
		return p, fmt.Errorf("after %q: want EPOCH/SEQUENCE, as 1/4711", text)
	}
	return p, nil
}

// describeEnrolment documents what is answered without the help of the API's
// framework.
func describeEnrolment(api huma.API) {
	schemas := api.OpenAPI().Components.Schemas
	schema := func(t reflect.Type) *huma.Schema { return huma.SchemaFromType(schemas, t) }
	body := func(t reflect.Type) *huma.RequestBody {
		return &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/json": {Schema: schema(t)}}}
	}
	credential := &huma.Response{Description: "The station's token, as far as the hub knows it", Content: map[string]*huma.MediaType{"application/json": {Schema: schema(reflect.TypeFor[wire.Credential]())}}}
	refusal := func(text string) *huma.Response { return &huma.Response{Description: text} }
	add := api.OpenAPI().AddOperation
	add(&huma.Operation{
		OperationID: "enrol-station", Method: http.MethodPost, Path: "/v1/enrol", Security: []map[string][]string{},
		Summary: "A station shows its one-time code; the token it made is its own from then on", RequestBody: body(reflect.TypeFor[wire.EnrolRequest]()),
		Responses: map[string]*huma.Response{"200": credential, "403": refusal("The code is unknown, used or over; the problem's code says which"), "429": refusal("Too many codes were tried")},
	})
	add(&huma.Operation{
		OperationID: "get-self", Method: http.MethodGet, Path: "/v1/stations/self", Summary: "What the hub knows of the token that is shown",
		Responses: map[string]*huma.Response{"200": credential, "401": refusal("The problem's code says why"), "403": refusal("The station was shut out or replaced")},
	})
	add(&huma.Operation{
		OperationID: "renew-token", Method: http.MethodPost, Path: "/v1/stations/self/token", Summary: "Another token for the station; the one that is shown stays good for a while",
		RequestBody: body(reflect.TypeFor[wire.RenewRequest]()),
		Responses:   map[string]*huma.Response{"200": credential, "401": refusal("The problem's code says why"), "409": refusal("The token stands in the hub's configuration")},
	})
	add(&huma.Operation{
		OperationID: "list-own-events", Method: http.MethodGet, Path: "/v1/stations/{id}/events",
		Summary:     "A station's own events, byte for byte, in their order; the id self is the station that asks",
		Description: "after is the last one that the station has, as EPOCH/SEQUENCE; limit at most " + strconv.Itoa(maxHistory) + ". A page may be shorter; one without events is the end.",
		Parameters: []*huma.Param{
			{Name: "id", In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString}},
			{Name: "after", In: "query", Schema: &huma.Schema{Type: huma.TypeString}},
			{Name: "limit", In: "query", Schema: &huma.Schema{Type: huma.TypeInteger}},
		},
		Responses: map[string]*huma.Response{"200": {Description: "One CloudEvent a line", Content: map[string]*huma.MediaType{wire.NDJSON: {}}}, "403": refusal("It is another station's history")},
	})
}

func retryAfter(w http.ResponseWriter, d time.Duration) {
	w.Header().Set("Retry-After", strconv.Itoa(int((d+time.Second-1)/time.Second)))
}
