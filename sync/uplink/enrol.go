package uplink

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"waybill/shipment"
	"waybill/sync/wire"
)

// Enrol shows the hub a one-time code. It shows no token: the code alone speaks
// for the station. Asking again with the same token after an error costs nothing.
func (c *Client) Enrol(ctx context.Context, req wire.EnrolRequest) (wire.Credential, error) {
	op := "enrolment of station " + string(req.Station)
	var cred wire.Credential
	body, err := json.Marshal(req)
	if err != nil {
		return cred, fmt.Errorf("%s: %w", op, err)
	}
	r, err := c.request(ctx, "enrol", "application/json", body)
	if err != nil {
		return cred, fmt.Errorf("%s: %w", op, err)
	}
	resp, err := c.exchange(r, "application/json")
	return credential(op, resp, err)
}

// Self asks what the hub knows of the station's token.
func (c *Client) Self(ctx context.Context) (wire.Credential, error) {
	const op = "the station's token at the hub"
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.hub.JoinPath("v1", "stations", "self").String(), http.NoBody)
	if err != nil {
		return wire.Credential{}, fmt.Errorf("%s: %w", op, err)
	}
	resp, err := c.do(req)
	return credential(op, resp, err)
}

// RenewToken asks for another token. Asking again with the same after an error
// costs nothing.
func (c *Client) RenewToken(ctx context.Context, req wire.RenewRequest) (wire.Credential, error) {
	const op = "another token from the hub"
	body, err := json.Marshal(req)
	if err != nil {
		return wire.Credential{}, fmt.Errorf("%s: %w", op, err)
	}
	resp, err := c.post(ctx, "stations/self/token", body)
	return credential(op, resp, err)
}

// credential reads what a hub says of a token.
func credential(op string, resp response, err error) (wire.Credential, error) {
	var c wire.Credential
	if err != nil {
		return c, classify(op, err)
	}
	if err := json.Unmarshal(resp.body, &c); err != nil {
		return c, classify(op, odd("its answer cannot be read: %v", err))
	}
	if c.Station == "" {
		return c, classify(op, odd("its answer is about no station"))
	}
	return c, nil
}

// OwnEvents asks for a page of the station's own events after a place, byte for
// byte. No events are the end.
func (c *Client) OwnEvents(ctx context.Context, station shipment.StationID, after wire.Position) ([][]byte, error) {
	const op = "the station's own events at the hub"
	path := c.hub.JoinPath("v1", "stations", string(station), "events")
	path.RawQuery = fmt.Sprintf("after=%d/%d", after.Epoch, after.Sequence)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, path.String(), http.NoBody)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", op, err)
	}
	if err := c.authorize(req); err != nil {
		return nil, classify(op, err)
	}
	resp, err := c.exchange(req, wire.NDJSON)
	if err != nil {
		return nil, classify(op, err)
	}
	if len(resp.body) == 0 {
		return nil, nil
	}
	if !bytes.HasSuffix(resp.body, []byte("\n")) {
		return nil, classify(op, odd("its answer was cut short"))
	}
	return bytes.Split(bytes.TrimSuffix(resp.body, []byte("\n")), []byte("\n")), nil
}

// shutOut returns the condition of a station that the hub does not let in, where
// the hub says why; nil where it does not. hub is its address.
func (e *StatusError) shutOut(hub string) *stoppedError {
	enrol := "ask whoever runs the hub for a code (waybill hub enrol), and use it here: waybill station enrol --hub " + hub
	switch e.Code {
	case wire.RefusedRevoked:
		return &stoppedError{ConditionRevoked, e.Detail, "go on packing, nothing is lost; " + enrol}
	case wire.RefusedReplaced:
		return &stoppedError{ConditionReplaced, e.Detail, "if the other one is a mistake, " + enrol + "; if this is the machine that was replaced, switch it off"}
	case wire.RefusedExpired, wire.RefusedRenewed, wire.RefusedUnknown, wire.RefusedNoToken:
		return &stoppedError{ConditionToken, e.Detail, "go on packing, nothing is lost; " + enrol}
	default: // of codes, or none
		return nil
	}
}
