package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"waybill/sync/wire"
)

type retryInput struct {
	Body struct {
		IDs []string `json:"ids" maxItems:"1000" doc:"The events; none for all that are parked."`
	}
}

// A Retried is what a hub made of an event that it was sent again.
type Retried struct {
	Hub string `json:"hub,omitempty"`
	wire.Result
}

type retryAnswer struct {
	Body struct {
		Results []Retried `json:"results" doc:"What each hub made of each. What it took is parked no longer."`
		Error   string    `json:"error,omitempty" doc:"Why there is nothing of a hub, or not of all its events; those are parked as before."`
	}
}

// parked serves what hubs have refused for good.
func (s *server) parked(a huma.API) {
	huma.Register(a, huma.Operation{
		OperationID: "retry-parked", Method: http.MethodPost, Path: "/v1/parked/retry", DefaultStatus: http.StatusOK,
		Summary:     "Send events that a hub has refused for good once more",
		Description: "For when what was wrong with them, or with the hub, was mended. Each goes to the hub that refused it.",
	}, func(ctx context.Context, in *retryInput) (*retryAnswer, error) {
		results, err := s.Retry(ctx, in.Body.IDs)
		if err != nil && len(results) == 0 {
			return nil, problem(err)
		}
		out := &retryAnswer{}
		out.Body.Results = append([]Retried{}, results...)
		if err != nil {
			out.Body.Error = err.Error()
		}
		return out, nil
	})
}
