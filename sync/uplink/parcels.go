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

// MovedParcels returns the parcels that were taken over from or by a station of late,
// without a pick-up.
func (c *Client) MovedParcels(ctx context.Context, station shipment.StationID) ([]wire.Parcel, error) {
	var list wire.Parcels
	if err := c.get(ctx, &list, c.hub.JoinPath("v1", "stations", string(station), "parcels")); err != nil {
		return nil, classify("parcels at the hub", err)
	}
	return list.Parcels, nil
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
