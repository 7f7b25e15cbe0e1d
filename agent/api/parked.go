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

type retryAnswer struct {
	Body struct {
		Results []wire.Result `json:"results" doc:"What the hub made of each. What it took is parked no longer."`
	}
}

// parked serves what the hub has refused for good.
func (s *server) parked(a huma.API) {
	huma.Register(a, huma.Operation{
		OperationID: "retry-parked", Method: http.MethodPost, Path: "/v1/parked/retry", DefaultStatus: http.StatusOK,
		Summary:     "Send events that the hub has refused for good once more",
		Description: "For when what was wrong with them, or with the hub, was mended.",
	}, func(ctx context.Context, in *retryInput) (*retryAnswer, error) {
		results, err := s.Retry(ctx, in.Body.IDs)
		if err != nil {
			return nil, problem(err)
		}
		out := &retryAnswer{}
		out.Body.Results = append([]wire.Result{}, results...)
		return out, nil
	})
}
