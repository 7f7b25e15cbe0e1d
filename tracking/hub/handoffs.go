package hub

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"waybill/shipment"
	"waybill/sync/wire"
)

type handoffsOut struct{ Body wire.Handoffs }

type handoffOut struct{ Body wire.Handoff }

// handoffs serves stations what others know of pick-ups.
func (h *Hub) handoffs(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "list-handoffs", Method: http.MethodGet, Path: "/v1/handoffs",
		Summary: "The open pick-ups of every station, without their parcels", Errors: []int{401},
	}, func(ctx context.Context, _ *struct{}) (*handoffsOut, error) {
		return h.told(ctx)(h.store.Handoffs(ctx, ""))
	})
	huma.Register(api, huma.Operation{
		OperationID: "list-station-handoffs", Method: http.MethodGet, Path: "/v1/stations/{id}/handoffs",
		Summary: "The open pick-ups of a station, and those that changed hands from or to it of late", Errors: []int{401},
	}, func(ctx context.Context, in *struct {
		ID    shipment.StationID `path:"id" maxLength:"100"`
		Moved bool               `query:"moved" doc:"Only those that changed hands; with epoch those of which the station has not heard."`
		Epoch int64              `query:"epoch" minimum:"0" doc:"The epoch of the station's journal. With it, what the station has not said in this epoch that it has heard of, however old, 200 at once; without it, the last three days."`
		After string             `query:"after" maxLength:"200" doc:"Of an answer that said more, the last that it told."`
	},
	) (*handoffsOut, error) {
		switch {
		case in.Moved && in.Epoch > 0:
			news, err := h.store.HandoffNews(ctx, in.ID, wire.NewsQuestion{Epoch: in.Epoch, After: in.After})
			out, err := h.told(ctx)(news.Handoffs, err)
			if err == nil {
				out.Body.More = news.More
			}
			return out, err
		case in.Moved:
			return h.told(ctx)(h.store.MovedHandoffs(ctx, in.ID))
		default:
			return h.told(ctx)(h.store.Handoffs(ctx, in.ID))
		}
	})
	h.heard(api, "handoffs", h.store.HeardHandoffs)
	huma.Register(api, huma.Operation{
		OperationID: "get-handoff", Method: http.MethodGet, Path: "/v1/handoffs/{id}",
		Summary: "A pick-up: every scan onto it, and while it is open the parcels of its stations that wait for it", Errors: []int{401, 404},
	}, func(ctx context.Context, in *struct {
		ID string `path:"id" maxLength:"100"`
	},
	) (*handoffOut, error) {
		got, err := h.store.Handoff(ctx, in.ID)
		if err != nil {
			return nil, h.apiError(ctx, err)
		}
		return &handoffOut{got}, nil
	})
	huma.Register(api, huma.Operation{
		OperationID: "take-over-handoff", Method: http.MethodPost, Path: "/v1/handoffs/{id}/take-over", DefaultStatus: http.StatusOK,
		Summary:      "Give an open pick-up to the station that asks; the first that asks gets it, and the same key always the same answer",
		MaxBodyBytes: 64 << 10, Errors: []int{401, 403, 404, 409}, SkipValidateBody: true,
	}, h.takeOver)
}

// told returns what makes an answer of a list of pick-ups.
func (h *Hub) told(ctx context.Context) func([]wire.Handoff, error) (*handoffsOut, error) {
	return func(list []wire.Handoff, err error) (*handoffsOut, error) {
		if err != nil {
			return nil, h.apiError(ctx, err)
		}
		return &handoffsOut{wire.Handoffs{Handoffs: append([]wire.Handoff{}, list...)}}, nil
	}
}

func (h *Hub) takeOver(ctx context.Context, in *struct {
	ID   string `path:"id" maxLength:"100"`
	Body wire.TakeoverRequest
},
) (*handoffOut, error) {
	if !mayActAs(ctx, in.Body.Station) {
		return nil, huma.Error403Forbidden("the token is not that of station " + string(in.Body.Station))
	}
	got, err := h.store.TakeOver(ctx, in.ID, in.Body)
	if err != nil {
		return nil, h.apiError(ctx, err)
	}
	h.log.InfoContext(ctx, "A station took over a pick-up.", "handoff", in.ID, "station", string(in.Body.Station), "from", string(in.Body.From), "by", in.Body.By)
	return &handoffOut{got}, nil
}
