package uplink

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"waybill/shipment"
	"waybill/sync/wire"
)

// Handoffs returns the open pick-ups of every station, or those of one, without
// their parcels.
func (c *Client) Handoffs(ctx context.Context, station shipment.StationID) ([]wire.Handoff, error) {
	path := c.hub.JoinPath("v1", "handoffs")
	if station != "" {
		path = c.hub.JoinPath("v1", "stations", string(station), "handoffs")
	}
	list, err := c.list(ctx, path)
	return list.Handoffs, err
}

// HandoffNews returns what a station has not heard of yet of the pick-ups that were
// taken from or by it, without their parcels. An older hub tells those of late.
func (c *Client) HandoffNews(ctx context.Context, station shipment.StationID, q wire.NewsQuestion) (wire.Handoffs, error) {
	path := c.hub.JoinPath("v1", "stations", string(station), "handoffs")
	query := asked(q)
	query.Set("moved", "true")
	path.RawQuery = query.Encode()
	return c.list(ctx, path)
}

// HeardHandoffs tells the hub which of them the station has heard of.
func (c *Client) HeardHandoffs(ctx context.Context, station shipment.StationID, h wire.Heard) error {
	return c.heard(ctx, "handoffs", station, h)
}

// asked returns a question as the hub's addresses have it.
func asked(q wire.NewsQuestion) url.Values {
	query := url.Values{"epoch": {strconv.FormatInt(q.Epoch, 10)}}
	if q.After != "" {
		query.Set("after", q.After)
	}
	return query
}

func (c *Client) heard(ctx context.Context, of string, station shipment.StationID, h wire.Heard) error {
	op := of + " heard of, said to the hub"
	body, err := json.Marshal(h)
	if err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	if _, err := c.post(ctx, "stations/"+string(station)+"/"+of+"/heard", body); err != nil {
		return classify(op, err)
	}
	return nil
}

func (c *Client) list(ctx context.Context, path *url.URL) (wire.Handoffs, error) {
	var list wire.Handoffs
	if err := c.get(ctx, &list, path); err != nil {
		return list, classify("pick-ups at the hub", err)
	}
	return list, nil
}

// Handoff returns a pick-up with every scan onto it, and what waits for it.
func (c *Client) Handoff(ctx context.Context, id string) (wire.Handoff, error) {
	var h wire.Handoff
	op := "pick-up " + id + " at the hub"
	if err := c.get(ctx, &h, c.hub.JoinPath("v1", "handoffs", id)); err != nil {
		return h, classify(op, err)
	}
	if h.ID != id || h.Station == "" {
		return h, classify(op, odd("its answer is not this pick-up"))
	}
	return h, nil
}

// TakeOver asks for a pick-up that another station has. Asking again with the
// same key after an error costs nothing.
func (c *Client) TakeOver(ctx context.Context, id string, req wire.TakeoverRequest) (wire.Handoff, error) {
	var h wire.Handoff
	op := "take-over of pick-up " + id
	body, err := json.Marshal(req)
	if err != nil {
		return h, fmt.Errorf("%s: %w", op, err)
	}
	resp, err := c.post(ctx, "handoffs/"+id+"/take-over", body)
	if err != nil {
		return h, classify(op, err)
	}
	if err := json.Unmarshal(resp.body, &h); err != nil {
		return h, classify(op, odd("its answer cannot be read: %v", err))
	}
	if h.ID != id || len(h.Takeovers) == 0 {
		return h, classify(op, odd("its answer is no pick-up that was taken over"))
	}
	return h, nil
}

// get reads the hub's JSON answer into answer.
func (c *Client) get(ctx context.Context, answer any, path *url.URL) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, path.String(), http.NoBody)
	if err != nil {
		return err
	}
	req.Header.Set("Accept", "application/json, application/problem+json")
	resp, err := c.do(req)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(resp.body, answer); err != nil {
		return odd("its answer cannot be read: %v", err)
	}
	return nil
}
