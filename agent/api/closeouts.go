package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"waybill/agent/desk"
)

type closeOutAnswer struct {
	Body struct {
		Date     string            `json:"date"`
		Carriers []desk.CarrierDay `json:"carriers"`
		Alarms   []string          `json:"alarms" doc:"Cut-offs of the day that were missed by parcels which still wait."`
	}
}

func (s *server) closeOuts(a huma.API) {
	huma.Register(a, huma.Operation{
		OperationID: "close-out", Method: http.MethodGet, Path: "/v1/closeouts/{date}",
		Summary: "A day at the dock: by carrier pick-ups, parcels, what was left behind, cut-offs",
	}, func(ctx context.Context, in *struct {
		Date string `path:"date" doc:"As 2026-11-20, in the station's time zone; today."`
	},
	) (*closeOutAnswer, error) {
		day := s.Now().In(s.location())
		if in.Date != "today" {
			var err error
			if day, err = time.ParseInLocation(time.DateOnly, in.Date, s.location()); err != nil {
				return nil, huma.NewError(http.StatusUnprocessableEntity, "date: want today, or a day as 2026-11-20.")
			}
		}
		c, err := s.Desk.CloseOut(ctx, day)
		if err != nil {
			return nil, problem(err)
		}
		out := &closeOutAnswer{}
		out.Body.Date, out.Body.Carriers, out.Body.Alarms = c.Day, append([]desk.CarrierDay{}, c.Carriers...), append([]string{}, c.Alarms...)
		return out, nil
	})
}
