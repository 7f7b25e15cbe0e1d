package hub

import (
	"context"
	"math"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"waybill/shipment"
	"waybill/sync/wire"
	"waybill/tracking"
)

type leaseOut struct{ Body wire.Lease }

func (h *Hub) postLease(ctx context.Context, in *struct{ Body wire.LeaseRequest }) (*leaseOut, error) {
	if !mayActAs(ctx, in.Body.Station) {
		return nil, huma.Error403Forbidden("the token is not that of station " + string(in.Body.Station))
	}
	l, err := h.store.Lease(ctx, in.Body)
	if err != nil {
		return nil, h.apiError(ctx, err)
	}
	h.log.InfoContext(ctx, "A station got a block of tracking numbers.", "station", string(in.Body.Station), "lease", l.ID, "next", l.Next, "end", l.End)
	return &leaseOut{l}, nil
}

type rangesOut struct {
	Body struct {
		Ranges []rangeView `json:"ranges"`
	}
}

// A rangeView is a range as programs see it.
type rangeView struct {
	ID       string              `json:"id"`
	Carrier  shipment.CarrierID  `json:"carrier"`
	Service  shipment.ServiceID  `json:"service,omitempty" doc:"Absent: it serves all of the carrier's"`
	Scheme   string              `json:"scheme"`
	Prefix   string              `json:"prefix"`
	From     int64               `json:"from"`
	To       int64               `json:"to"`
	Left     int64               `json:"left" doc:"Numbers that no station has leased"`
	PerDay   float64             `json:"per_day" doc:"Numbers leased in a day, of late"`
	DaysLeft *int64              `json:"days_left,omitempty" doc:"How long they last at that rate; absent: nothing is leased of late"`
	Until    *wire.Timestamp     `json:"until,omitempty" doc:"From when on none may be given out"`
	State    tracking.RangeState `json:"state" doc:"open, low, spent, ended, or retired where it is no longer configured"`
}

func (h *Hub) listRanges(ctx context.Context, _ *struct{}) (*rangesOut, error) {
	configured, retired, err := h.store.Ranges(ctx)
	if err != nil {
		return nil, h.apiError(ctx, err)
	}
	out := &rangesOut{}
	out.Body.Ranges = make([]rangeView, 0, len(configured)+len(retired))
	for _, u := range configured {
		out.Body.Ranges = append(out.Body.Ranges, viewRange(u, h.now(), false))
	}
	for _, u := range retired {
		out.Body.Ranges = append(out.Body.Ranges, viewRange(u, h.now(), true))
	}
	return out, nil
}

func viewRange(u tracking.RangeUse, now time.Time, retired bool) rangeView {
	v := rangeView{
		ID: u.ID, Carrier: u.Carrier, Service: u.Service, Scheme: u.Scheme, Prefix: u.Prefix, From: u.From, To: u.To,
		Left: u.Left, PerDay: math.Round(10*u.PerDay(now)) / 10, State: u.State(now, retired),
	}
	if rate := u.PerDay(now); rate > 0 {
		days := int64(float64(u.Left) / rate)
		v.DaysLeft = &days
	}
	if !u.Ends.IsZero() {
		ends := wire.Timestamp(u.Ends)
		v.Until = &ends
	}
	return v
}
