package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"waybill/agent/desk"
	"waybill/shipment"
)

type admissionsAnswer struct {
	Body struct {
		Stations []desk.Admission `json:"stations" doc:"Whose parcels may be handed over here now, by the word of a person."`
	}
}

type admissionAnswer struct{ Body desk.Admission }

type admissionInput struct {
	ID   shipment.StationID `path:"id" maxLength:"100" doc:"The station that is gone."`
	Body struct {
		By string `json:"by" minLength:"1" maxLength:"100" doc:"Who says so; it is kept with every parcel."`
	}
}

// admissions serves a person's word that parcels of another station may be handed
// over here.
func (s *server) admissions(a huma.API) {
	huma.Register(a, huma.Operation{
		OperationID: "list-admitted-stations", Method: http.MethodGet, Path: "/v1/hub/stations",
		Summary: "The stations whose parcels may be handed over here",
	}, func(ctx context.Context, _ *struct{}) (*admissionsAnswer, error) { return s.admitted(ctx) })
	huma.Register(a, huma.Operation{
		OperationID: "admit-station", Method: http.MethodPost, Path: "/v1/hub/stations/{id}/admit", DefaultStatus: http.StatusOK,
		Summary: "Say that parcels of a station that is gone may be handed over here, for a day",
		Description: "A parcel of it that is scanned at the dock is answered unknown, and the hub is asked: it gives the parcel to one station. " +
			"Once the hub has, the next scan hands it over.",
	}, func(ctx context.Context, in *admissionInput) (*admissionAnswer, error) {
		said, err := s.Desk.AdmitParcels(ctx, in.ID, in.Body.By)
		if err != nil {
			return nil, problem(err)
		}
		return &admissionAnswer{said}, nil
	})
	huma.Register(a, huma.Operation{
		OperationID: "end-admission", Method: http.MethodPost, Path: "/v1/hub/stations/{id}/end-admission", DefaultStatus: http.StatusOK,
		Summary: "Take that word back; what was taken over stays here",
	}, func(ctx context.Context, in *struct {
		ID shipment.StationID `path:"id" maxLength:"100"`
	},
	) (*admissionsAnswer, error) {
		if err := s.Desk.EndAdmission(ctx, in.ID); err != nil {
			return nil, problem(err)
		}
		return s.admitted(ctx)
	})
}

func (s *server) admitted(ctx context.Context) (*admissionsAnswer, error) {
	list, err := s.Desk.Admissions(ctx)
	if err != nil {
		return nil, problem(err)
	}
	out := &admissionsAnswer{}
	out.Body.Stations = append([]desk.Admission{}, list...)
	return out, nil
}
