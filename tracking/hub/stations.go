package hub

import (
	"context"
	"time"

	"waybill/shipment"
	"waybill/sync/wire"
	"waybill/tracking"
)

// An accessView is how the hub lets a station in, as programs see it.
type accessView struct {
	State        string          `json:"state" doc:"enrolled, expired, waiting for it to use its code, revoked, or none"`
	TokenMade    *wire.Timestamp `json:"token_made,omitempty"`
	TokenExpires *wire.Timestamp `json:"token_expires,omitempty"`
	CodeUntil    *wire.Timestamp `json:"code_until,omitempty" doc:"Until when a one-time code for it is good"`
	Revoked      *wire.Timestamp `json:"revoked,omitempty"`
	Reason       string          `json:"reason,omitempty"`
}

func viewAccess(a tracking.StationAccess) *accessView {
	if a.Station == "" {
		return nil
	}
	moment := func(t time.Time) *wire.Timestamp {
		if t.IsZero() {
			return nil
		}
		stamp := wire.Timestamp(t)
		return &stamp
	}
	return &accessView{
		State: a.State(), TokenMade: moment(a.Credential.Made), TokenExpires: moment(a.Credential.Expires),
		CodeUntil: moment(a.CodeUntil), Revoked: moment(a.Revoked), Reason: a.Reason,
	}
}

// accessByStation returns how the hub lets stations in, by their names.
func (h *Hub) accessByStation(ctx context.Context) (map[shipment.StationID]tracking.StationAccess, error) {
	list, err := h.store.Access(ctx)
	all := make(map[shipment.StationID]tracking.StationAccess, len(list))
	for _, a := range list {
		all[a.Station] = a
	}
	return all, err
}

// access says on the dashboard how the hub lets the station in.
func (row *stationRow) access(a tracking.StationAccess, now time.Time) {
	row.Access, row.Token = "not enrolled", "–"
	if a.Station == "" {
		return
	}
	row.Access = a.State()
	if made := a.Credential.Made; !made.IsZero() {
		row.Token = ago(now.Sub(made))
	}
	switch row.Access {
	case "revoked":
		row.AccessWhy, row.Attention = a.Reason, false // that it is quiet is as it should be
	case "expired":
		row.AccessWhy, row.Attention = "needs a new code", true
	case "waiting":
		row.AccessWhy = "has a code until " + a.CodeUntil.UTC().Format("15:04 UTC")
	case "enrolled":
		if end := a.Credential.Expires; !end.IsZero() {
			row.AccessWhy = "token good for " + short(end.Sub(now))
		}
	}
}
