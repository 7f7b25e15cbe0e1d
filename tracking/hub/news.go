package hub

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"waybill/shipment"
	"waybill/sync/wire"
)

// newsDesk is what the hub needs of the store to tell stations of what changed hands
// until they have heard of it.
type newsDesk interface {
	ParcelNews(ctx context.Context, station shipment.StationID, q wire.NewsQuestion) (wire.Parcels, error)
	HandoffNews(ctx context.Context, station shipment.StationID, q wire.NewsQuestion) (wire.Handoffs, error)
	HeardParcels(ctx context.Context, station shipment.StationID, h wire.Heard) error
	HeardHandoffs(ctx context.Context, station shipment.StationID, h wire.Heard) error
}

type heardOut struct {
	Body struct {
		Heard int `json:"heard" doc:"How many are kept as heard of"`
	}
}

// heard lets a station say what it has heard of, for which keep keeps it.
func (h *Hub) heard(api huma.API, what string, keep func(context.Context, shipment.StationID, wire.Heard) error) {
	huma.Register(api, huma.Operation{
		OperationID: "hear-" + what, Method: http.MethodPost, Path: "/v1/stations/{id}/" + what + "/heard", DefaultStatus: http.StatusOK,
		Summary: "Say which " + what + " that changed hands the station has heard of, durably: the hub tells it of them again only as they change",
		Description: "news has of each the id (a parcel's tracking_number, a pick-up's id) and the change that it was told with. " +
			"What has changed since is told again, and so is everything in another epoch. Said twice it changes nothing.",
		MaxBodyBytes: 64 << 10, Errors: []int{401, 403, 422}, SkipValidateBody: true,
	}, func(ctx context.Context, in *struct {
		ID   shipment.StationID `path:"id" maxLength:"100"`
		Body wire.Heard
	},
	) (*heardOut, error) {
		if !mayActAs(ctx, in.ID) {
			return nil, huma.Error403Forbidden("the token is not that of station " + string(in.ID))
		}
		if err := keep(ctx, in.ID, in.Body); err != nil {
			return nil, h.apiError(ctx, err)
		}
		out := &heardOut{}
		out.Body.Heard = len(in.Body.News)
		return out, nil
	})
}
