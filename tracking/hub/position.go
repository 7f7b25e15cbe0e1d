package hub

import (
	"context"
	"net/http"
	"time"

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

// How the hub asks for events again. Without a notice it cannot know what is on
// its way, and waits for it.
const (
	askAfter = time.Minute
	maxAsked = 20 // ranges at once
)

// missingOf returns what the station of a request should send again: what it
// takes the hub to have, and where it says nothing of that, what has been missing
// for a while. That it cannot be read now is no reason to keep an answer back.
func (h *Hub) missingOf(r *http.Request, station shipment.StationID) []wire.Range {
	if station == "" {
		return nil
	}
	ctx := r.Context()
	notice, err := wire.ParseNotice(r.Header.Get(wire.NoticeHeader))
	if err != nil {
		h.log.DebugContext(ctx, "A station's notice cannot be read and is passed by.", "station", string(station), "error", err)
	}
	before := h.now().Add(-askAfter)
	told := notice.Cursor.Epoch > 0
	if told {
		before = h.now().Add(time.Second) // the store counts in milliseconds
	}
	epochs, err := h.store.Missing(ctx, station, before, maxAsked)
	if err != nil {
		if ctx.Err() == nil {
			h.log.ErrorContext(ctx, "What is missing of a station could not be read from the store. Check the disk.", "station", string(station), "error", err)
		}
		return nil
	}
	var out []wire.Range
	for _, e := range epochs {
		for _, g := range e.Gaps {
			ask := wire.Range{Epoch: e.Epoch, From: g.From, To: g.To}
			if told && e.Epoch == notice.Cursor.Epoch {
				ask.To = min(ask.To, notice.Cursor.Sequence)
			}
			if ask.Count() > 0 && (!told || e.Epoch <= notice.Cursor.Epoch) {
				out = append(out, ask)
			}
		}
	}
	return out
}
