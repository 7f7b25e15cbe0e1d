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
		Alarms   []string          `json:"alarms" doc:"What nobody has taken note of yet, of other days too: cut-offs that were missed by parcels which still wait, scans of two stations."`
		Raised   []desk.Alarm      `json:"raised" doc:"The same, each with the ID by which it is acknowledged."`
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
		out.Body.Date, out.Body.Carriers, out.Body.Alarms = c.Day, append([]desk.CarrierDay{}, c.Carriers...), []string{}
		out.Body.Raised = append([]desk.Alarm{}, c.Alarms...)
		for _, a := range c.Alarms {
			out.Body.Alarms = append(out.Body.Alarms, a.Message)
		}
		return out, nil
	})
	huma.Register(a, huma.Operation{
		OperationID: "acknowledge-alarm", Method: http.MethodPost, Path: "/v1/alarms/acknowledge", DefaultStatus: http.StatusNoContent,
		Summary:     "Say that somebody has taken note of an alarm at the dock",
		Description: "The alarm leaves the page; what it is about is still in the day's close-out and in the journal.",
	}, func(ctx context.Context, in *struct {
		Body struct {
			ID string `json:"id" minLength:"1" maxLength:"200" doc:"As GET /v1/closeouts/today has it under raised."`
			By string `json:"by,omitempty" maxLength:"100" doc:"Who says so."`
		}
	},
	) (*struct{}, error) {
		if err := s.Desk.Acknowledge(ctx, in.Body.ID, in.Body.By); err != nil {
			return nil, problem(err)
		}
		return nil, nil //nolint:nilnil // there is nothing to say
	})
}
