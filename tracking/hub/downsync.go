package hub

import (
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"waybill/internal/fault"
	"waybill/internal/guard"
	"waybill/shipment"
	"waybill/sync/wire"
	"waybill/tracking"
)

// downSync is what the hub needs of the store for what comes down to stations.
type downSync interface {
	SigningKey(ctx context.Context) (ed25519.PrivateKey, error)
	Bundle(ctx context.Context) (wire.Bundle, error)
	BundleVersion(ctx context.Context) (version int64, sha256 string, err error)
	Instruct(ctx context.Context, w tracking.OrderWord) (wire.Instruction, error)
	Instructions(ctx context.Context, from int64, limit int) ([]wire.Instruction, error)
}

// signer returns the public half of the key by which stations know what is the
// hub's, in hex; empty where the store does not answer, which the station asks about again.
func (h *Hub) signer(ctx context.Context) string {
	key, err := h.store.SigningKey(ctx)
	if err != nil {
		if ctx.Err() == nil {
			h.log.ErrorContext(ctx, "The hub's signing key could not be read from the store. Check the disk.", "error", err)
		}
		return ""
	}
	public, _ := key.Public().(ed25519.PublicKey)
	return hex.EncodeToString(public)
}

// getInstructions answers what has been said about orders from a number on, and the
// version of the bundle.
func (h *Hub) getInstructions(w http.ResponseWriter, r *http.Request) {
	c, known := callerOf(r.Context())
	if !known {
		guard.CodedProblem(w, http.StatusNotFound, string(wire.RefusedNoToken), "this hub asks for no token, and so does not know who asks")
		return
	}
	page := wire.Instructions{Station: c.Station, List: []wire.Instruction{}}
	if text := r.URL.Query().Get("from"); text != "" {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < 0 {
			guard.Problem(w, http.StatusBadRequest, fmt.Sprintf("from=%.40q: want the number of an instruction, or 0", text))
			return
		}
		page.From = n
	}
	list, err := h.store.Instructions(r.Context(), page.From, wire.MaxInstructions+1)
	if err == nil {
		page.Bundle, page.BundleSHA256, err = h.store.BundleVersion(r.Context())
	}
	if err != nil {
		h.unanswered(w, r, err)
		return
	}
	page.More = len(list) > wire.MaxInstructions
	page.List = append(page.List, list[:min(len(list), wire.MaxInstructions)]...)
	h.writeSigned(w, r, wire.ForInstructions, page)
}

func (h *Hub) writeSigned(w http.ResponseWriter, r *http.Request, p wire.Purpose, doc any) {
	key, err := h.store.SigningKey(r.Context())
	if err != nil {
		h.unanswered(w, r, err)
		return
	}
	signed, err := wire.Sign(key, p, doc)
	if err != nil {
		h.unanswered(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(signed) //nolint:errcheck,errchkjson // the station asks again
}

// unanswered says why a station is not answered.
func (h *Hub) unanswered(w http.ResponseWriter, r *http.Request, err error) {
	if fault.Is(err, fault.NotFound) {
		guard.Problem(w, http.StatusNotFound, err.Error())
		return
	}
	if r.Context().Err() == nil {
		h.log.ErrorContext(r.Context(), "A station could not be answered from the store. Check the disk.", "path", r.URL.Path, "error", err)
	}
	w.Header().Set("Retry-After", "5")
	guard.Problem(w, http.StatusServiceUnavailable, "the store did not answer; ask again shortly")
}

type instructionOut struct{ Body wire.Instruction }

// An orderWord is what somebody says about an order.
type orderWord struct {
	Reason string `json:"reason,omitempty" maxLength:"300" doc:"For whoever stands at the dock; required to hold or cancel"`
	By     string `json:"by,omitempty" maxLength:"100" doc:"Who says so"`
}

// orders serves those who may stop orders.
func (h *Hub) orders(api huma.API) {
	for action, summary := range map[wire.Action]string{
		wire.ActionHold:    "Keep an order from leaving, at whichever station it is or comes to",
		wire.ActionRelease: "Let an order go on that is held",
		wire.ActionCancel:  "Take an order back, at whichever station it is or comes to; nothing comes after that",
	} {
		huma.Register(api, huma.Operation{
			OperationID: string(action) + "-order", Method: http.MethodPost, Path: "/v1/orders/{id}/" + string(action), DefaultStatus: http.StatusOK,
			Summary: summary, Description: "The answer means that the hub has it, not that a station has: the order's timeline says when. The same again changes nothing.",
			MaxBodyBytes: 64 << 10, Errors: []int{401, 403, 409, 422}, SkipValidateBody: true,
		}, func(ctx context.Context, in *struct {
			ID   shipment.OrderID `path:"id" maxLength:"200"`
			Body orderWord
		},
		) (*instructionOut, error) {
			return h.instruct(ctx, in.ID, action, in.Body)
		})
	}
}

func (h *Hub) instruct(ctx context.Context, id shipment.OrderID, action wire.Action, word orderWord) (*instructionOut, error) {
	word.Reason = strings.TrimSpace(word.Reason)
	switch {
	case word.Reason == "" && action != wire.ActionRelease:
		return nil, huma.Error422UnprocessableEntity("reason is required: whoever stands at the dock is told it")
	case len(word.Reason) > 1200 || len(word.By) > 400:
		return nil, huma.Error422UnprocessableEntity("reason is at most 1200 bytes and by 400: it must fit on a page at the dock")
	case strings.ContainsFunc(string(id)+word.Reason+word.By, func(r rune) bool { return r < ' ' || r == utf8.RuneError }):
		return nil, huma.Error422UnprocessableEntity("the order, reason and by are one line of text each")
	}
	got, err := h.store.Instruct(ctx, tracking.OrderWord{Order: id.Canonical(), Action: action, Reason: word.Reason, By: word.By})
	if err != nil {
		return nil, h.apiError(ctx, err)
	}
	h.log.InfoContext(ctx, "An order has an instruction for its station.", "order", string(got.Order), "action", string(action), "sequence", got.Sequence, "by", got.By)
	return &instructionOut{got}, nil
}

// describeDownSync documents what stations ask for, which is signed.
func describeDownSync(api huma.API) {
	signed := huma.SchemaFromType(api.OpenAPI().Components.Schemas, reflect.TypeFor[wire.Signed]())
	answer := map[string]*huma.MediaType{"application/json": {Schema: signed}}
	api.OpenAPI().AddOperation(&huma.Operation{
		OperationID: "get-bundle", Method: http.MethodGet, Path: "/v1/stations/self/bundle",
		Summary: "The rules and templates that stations are to work by, signed; the version is the ETag",
		Responses: map[string]*huma.Response{
			"200": {Description: "The newest, as a whole", Content: answer}, "304": {Description: "The station has it"},
			"401": {Description: "The problem's code says why"}, "404": {Description: "There is none"},
			"429": {Description: "The station is being answered already; Retry-After says when to ask again"},
			"503": {Description: "Too many stations ask at this moment; Retry-After says when to ask again"},
		},
	})
	api.OpenAPI().AddOperation(&huma.Operation{
		OperationID: "list-instructions", Method: http.MethodGet, Path: "/v1/stations/self/instructions",
		Summary:    "What the hub says about orders, by number and without gaps, signed; and the version of the bundle",
		Parameters: []*huma.Param{{Name: "from", In: "query", Schema: &huma.Schema{Type: huma.TypeInteger}, Description: "The last number that the station has: it comes again, for comparison; 0 for all"}},
		Responses: map[string]*huma.Response{
			"200": {Description: "At most " + strconv.Itoa(wire.MaxInstructions), Content: answer}, "401": {Description: "The problem's code says why"},
		},
	})
}
