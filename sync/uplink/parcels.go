package uplink

import (
	"context"
	"encoding/json"
	"fmt"

	"waybill/shipment"
	"waybill/sync/wire"
)

// Parcel returns what the hub knows of a parcel by the number on its box.
func (c *Client) Parcel(ctx context.Context, number shipment.TrackingNumber) (wire.Parcel, error) {
	var p wire.Parcel
	op := "parcel " + string(number) + " at the hub"
	if err := c.get(ctx, &p, c.hub.JoinPath("v1", "parcels", string(number))); err != nil {
		return p, classify(op, err)
	}
	if p.TrackingNumber == "" || p.Holder == "" && p.Code == "" {
		return p, classify(op, odd("its answer is no parcel"))
	}
	return p, nil
}

// ParcelNews returns what a station has not heard of yet of the parcels that were taken
// over from or by it without a pick-up. An older hub tells those of late.
func (c *Client) ParcelNews(ctx context.Context, station shipment.StationID, q wire.NewsQuestion) (wire.Parcels, error) {
	var list wire.Parcels
	path := c.hub.JoinPath("v1", "stations", string(station), "parcels")
	path.RawQuery = asked(q).Encode()
	if err := c.get(ctx, &list, path); err != nil {
		return list, classify("parcels at the hub", err)
	}
	return list, nil
}

// HeardParcels tells the hub which of them the station has heard of.
func (c *Client) HeardParcels(ctx context.Context, station shipment.StationID, h wire.Heard) error {
	return c.heard(ctx, "parcels", station, h)
}

// TakeOverParcel asks for a parcel that another station has. Asking again after an
// error costs nothing. It is given where the answer has no code.
func (c *Client) TakeOverParcel(ctx context.Context, number shipment.TrackingNumber, req wire.TakeoverRequest) (wire.Parcel, error) {
	var p wire.Parcel
	op := "take-over of parcel " + string(number)
	body, err := json.Marshal(req)
	if err != nil {
		return p, fmt.Errorf("%s: %w", op, err)
	}
	resp, err := c.post(ctx, "parcels/"+string(number)+"/take-over", body)
	if err != nil {
		return p, classify(op, err)
	}
	if err := json.Unmarshal(resp.body, &p); err != nil {
		return p, classify(op, odd("its answer cannot be read: %v", err))
	}
	if p.TrackingNumber == "" || p.Code == "" && (p.Holder != req.Station || len(p.Takeovers) == 0 && p.Station != req.Station) {
		return p, classify(op, odd("its answer does not say who has the parcel"))
	}
	return p, nil
}
