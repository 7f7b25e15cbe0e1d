package hub

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"waybill/shipment"
	"waybill/sync/wire"
)

type positionOut struct{ Body wire.StationPosition }

// self is how a station calls itself where its token says who it is.
const self shipment.StationID = "self"

// position tells a station how far the hub has come with it.
func (h *Hub) position(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "get-position", Method: http.MethodGet, Path: "/v1/stations/{id}/position",
		Summary: "How far the hub has come with a station, and what it misses; a station that has sent more sends it again",
		Errors:  []int{401, 403, 404},
	}, func(ctx context.Context, in *struct {
		ID shipment.StationID `path:"id" maxLength:"100" doc:"The station, or self for the one whose token it is"`
	},
	) (*positionOut, error) {
		id := in.ID
		if who, known := ctx.Value(stationKey{}).(shipment.StationID); known && id == self {
			id = who
		}
		if id == self {
			return nil, huma.Error404NotFound("without a token the hub does not know whose position it is; ask for that of a station by its name")
		}
		if !mayActAs(ctx, id) {
			return nil, huma.Error403Forbidden("the token is not that of station " + string(id))
		}
		p, err := h.store.Position(ctx, id)
		if err != nil {
			return nil, h.apiError(ctx, err)
		}
		p.Now = wire.Timestamp(h.now())
		return &positionOut{p}, nil
	})
}
