package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"waybill/agent/desk"
	"waybill/shipment"
	"waybill/sync/wire"
)

// pickups is the hub, as far as pick-ups of other stations go.
type pickups interface {
	Handoffs(ctx context.Context, station shipment.StationID) ([]wire.Handoff, error)
	Handoff(ctx context.Context, id string) (wire.Handoff, error)
	TakeOver(ctx context.Context, id string, req wire.TakeoverRequest) (wire.Handoff, error)
}

type awayAnswer struct {
	Body struct {
		Handoffs []wire.Handoff `json:"handoffs" doc:"Without their parcels. station is who has one: this station itself, where its journal was lost."`
		AsOf     time.Time      `json:"as_of,omitzero" doc:"When the hub said so; absent where it has not yet."`
		Problem  string         `json:"problem,omitempty" doc:"Why the hub says nothing now; what is listed is what it said last."`
	}
}

type takeOverInput struct {
	ID   string `path:"id" maxLength:"100"`
	Body struct {
		From shipment.StationID `json:"from" minLength:"1" maxLength:"100" doc:"The station that has it, as the list says."`
		By   string             `json:"by,omitempty" maxLength:"100" doc:"Who takes it over."`
		Dock string             `json:"dock,omitempty" maxLength:"40" doc:"The door; as it was where it is left out."`
	}
}

func (s *server) takeOvers(a huma.API) {
	huma.Register(a, huma.Operation{
		OperationID: "list-handoffs-elsewhere", Method: http.MethodGet, Path: "/v1/hub/handoffs",
		Summary: "The open pick-ups that other stations have, as the hub tells",
	}, func(ctx context.Context, _ *struct{}) (*awayAnswer, error) {
		away, err := s.Desk.Elsewhere(ctx, s.Hub)
		if err != nil {
			return nil, problem(err)
		}
		out := &awayAnswer{}
		out.Body.Handoffs, out.Body.AsOf, out.Body.Problem = append([]wire.Handoff{}, away.Handoffs...), away.AsOf, away.Problem
		return out, nil
	})
	huma.Register(a, huma.Operation{
		OperationID: "take-over-handoff", Method: http.MethodPost, Path: "/v1/handoffs/{id}/take-over", DefaultStatus: http.StatusOK,
		Summary:     "Go on here with a pick-up that another station has",
		Description: "The hub gives it to one station, so it must be reached. The other station learns of it at its next contact and goes on no more; what it scanned meanwhile is merged.",
	}, func(ctx context.Context, in *takeOverInput) (*handoffAnswer, error) {
		_, err := s.Desk.TakeOverHandoff(ctx, s.Hub, in.ID, desk.TakingOver{From: in.Body.From, By: in.Body.By, Dock: in.Body.Dock})
		if err != nil {
			return nil, problem(err)
		}
		v, err := s.handoffView(ctx, in.ID, 100, false)
		if err != nil {
			return nil, problem(err)
		}
		return &handoffAnswer{http.StatusOK, v}, nil
	})
}
