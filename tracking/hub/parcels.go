package hub

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"waybill/shipment"
	"waybill/sync/wire"
)

type parcelOut struct{ Body wire.Parcel }

type parcelsOut struct{ Body wire.Parcels }

// parcels serves stations what the hub knows of a parcel by the number on its box,
// and gives it to one of them.
func (h *Hub) parcels(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "get-parcel", Method: http.MethodGet, Path: "/v1/parcels/{number}",
		Summary:     "A parcel by its tracking number: whose it is, who may hand it over, and why it must not be",
		Description: "code is unknown where the hub has heard of no such number, and empty where the parcel waits for its carrier.",
		Errors:      []int{401},
	}, func(ctx context.Context, in *struct {
		Number shipment.TrackingNumber `path:"number" maxLength:"100"`
	},
	) (*parcelOut, error) {
		p, err := h.store.Parcel(ctx, in.Number)
		if err != nil {
			return nil, h.apiError(ctx, err)
		}
		return &parcelOut{p}, nil
	})
	huma.Register(api, huma.Operation{
		OperationID: "take-over-parcel", Method: http.MethodPost, Path: "/v1/parcels/{number}/take-over", DefaultStatus: http.StatusOK,
		Summary: "Give a parcel to the station that asks; the first that asks gets it, and whoever has it always the same answer",
		Description: "from is the station that has it, as GET said. It is given where holder of the answer is the station that asked and code is empty. " +
			"Otherwise code and stop say why not: never_printed, unconfirmed, voided, held, cancelled, address_changed, already_handed_over, parcel_taken_over, ambiguous_number, unknown.",
		MaxBodyBytes: 64 << 10, Errors: []int{401, 403, 409}, SkipValidateBody: true,
	}, h.takeOverParcel)
	huma.Register(api, huma.Operation{
		OperationID: "list-station-parcels", Method: http.MethodGet, Path: "/v1/stations/{id}/parcels",
		Summary: "The parcels that changed hands from or to a station without a pick-up, of which it has not heard, as they are now", Errors: []int{401},
	}, func(ctx context.Context, in *struct {
		ID    shipment.StationID `path:"id" maxLength:"100"`
		Epoch int64              `query:"epoch" minimum:"0" doc:"The epoch of the station's journal. With it, what the station has not said in this epoch that it has heard of, however old, 200 at once; without it, the last three days."`
		After string             `query:"after" maxLength:"200" doc:"Of an answer that said more, the last that it told."`
	},
	) (*parcelsOut, error) {
		var told wire.Parcels
		var err error
		if in.Epoch > 0 {
			told, err = h.store.ParcelNews(ctx, in.ID, wire.NewsQuestion{Epoch: in.Epoch, After: in.After})
		} else {
			told.Parcels, err = h.store.MovedParcels(ctx, in.ID)
		}
		if err != nil {
			return nil, h.apiError(ctx, err)
		}
		told.Parcels = append([]wire.Parcel{}, told.Parcels...) // an empty list, not null
		return &parcelsOut{told}, nil
	})
	h.heard(api, "parcels", h.store.HeardParcels)
}

func (h *Hub) takeOverParcel(ctx context.Context, in *struct {
	Number shipment.TrackingNumber `path:"number" maxLength:"100"`
	Body   wire.TakeoverRequest
},
) (*parcelOut, error) {
	if !mayActAs(ctx, in.Body.Station) {
		return nil, huma.Error403Forbidden("the token is not that of station " + string(in.Body.Station))
	}
	p, err := h.store.TakeOverParcel(ctx, in.Number, in.Body)
	if err != nil {
		return nil, h.apiError(ctx, err)
	}
	if p.Code == "" {
		h.log.InfoContext(ctx, "A station took over a parcel.", "number", string(p.TrackingNumber), "order", string(p.Order),
			"station", string(in.Body.Station), "from", string(in.Body.From), "by", in.Body.By)
	}
	return &parcelOut{p}, nil
}
