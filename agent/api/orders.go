package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"waybill/agent"
	"waybill/agent/desk"
	"waybill/agent/intake"
	"waybill/internal/fault"
	"waybill/internal/guard"
	"waybill/shipment"
)

type orderAnswer struct {
	Status int
	Body   OrderView
}

type orderInput struct {
	IdempotencyKey string `header:"Idempotency-Key" maxLength:"200" doc:"The same key with the same body is the same order; with another body it is a conflict."`
	RawBody        []byte `contentType:"application/json"`
}

type orderPath struct {
	ID string `path:"id"`
}

type ordersAnswer struct {
	Body struct {
		Orders []OrderView `json:"orders"`
	}
}

func (s *server) orders(a huma.API) {
	huma.Register(a, huma.Operation{
		OperationID: "take-order", Method: http.MethodPost, Path: "/v1/orders", DefaultStatus: http.StatusCreated,
		Summary:      "Take in one order, in any of the shapes the hot folder takes",
		MaxBodyBytes: maxBody, SkipValidateBody: true,
	}, s.takeOrder)
	huma.Register(a, huma.Operation{
		OperationID: "list-orders", Method: http.MethodGet, Path: "/v1/orders", Summary: "The latest orders",
	}, func(ctx context.Context, in *struct {
		Limit int    `query:"limit" minimum:"1" maximum:"500" default:"50"`
		Stage string `query:"stage"`
	},
	) (*ordersAnswer, error) {
		var stages []agent.Stage
		if in.Stage != "" {
			stages = append(stages, agent.Stage(in.Stage))
		}
		list, err := s.Desk.Orders(ctx, in.Limit, stages...)
		if err != nil {
			return nil, problem(err)
		}
		out := &ordersAnswer{}
		out.Body.Orders = make([]OrderView, 0, len(list))
		for _, o := range list {
			out.Body.Orders = append(out.Body.Orders, view(o))
		}
		return out, nil
	})
	huma.Register(a, huma.Operation{
		OperationID: "get-order", Method: http.MethodGet, Path: "/v1/orders/{id}", Summary: "One order and where it stands",
	}, func(ctx context.Context, in *orderPath) (*orderAnswer, error) {
		return one(s.Desk.Order(ctx, shipment.OrderID(in.ID)))
	})
	s.orderActs(a)
}

func one(st agent.State, err error) (*orderAnswer, error) {
	if err != nil {
		return nil, problem(err)
	}
	return &orderAnswer{Status: http.StatusOK, Body: view(st)}, nil
}

func (s *server) takeOrder(ctx context.Context, in *orderInput) (*orderAnswer, error) {
	entries := intake.Parse("order.json", in.RawBody, s.CSV)
	if len(entries) != 1 {
		return nil, huma.NewError(http.StatusUnprocessableEntity, fmt.Sprintf("The body holds %d orders; send one a request, or drop a file into the hot folder.", len(entries)))
	}
	e := entries[0]
	if e.Order.ID == "" || e.Unreadable() {
		return nil, unprocessable("The order cannot be taken as it is.", e.Problems)
	}
	// A refusal is recorded with every reason, and uses up no key: the mended order
	// may come under it.
	if in.IdempotencyKey != "" && len(e.Problems) == 0 {
		sum := sha256.Sum256(in.RawBody)
		if err := s.Desk.Claim(ctx, keyOf(ctx, in.IdempotencyKey), desk.Request{BodySHA256: hex.EncodeToString(sum[:]), Order: e.Order.ID}); err != nil {
			return nil, problem(err)
		}
	}
	st, taken, err := s.Desk.TakeOrder(ctx, "api", e.Order)
	if err != nil {
		return nil, problem(err)
	}
	out := &orderAnswer{Status: http.StatusCreated, Body: view(st)}
	switch taken {
	case agent.Rejected:
		return nil, unprocessable("The order is refused.", st.Why.Problems)
	case agent.Changed:
		why, remedy := st.Clash()
		return nil, problem(&fault.Error{Op: fmt.Sprintf("order %q", e.Order.ID), Kind: fault.Conflict, Err: errors.New(why), Hint: remedy})
	case agent.AlreadyTaken:
		out.Status = http.StatusOK
	case agent.Accepted, agent.OnHold:
	}
	return out, nil
}

type actInput struct {
	ID             string `path:"id"`
	IdempotencyKey string `header:"Idempotency-Key" maxLength:"200" doc:"Reprint: the same key with the same body is the same label; with another body it is a conflict."`

	Body struct {
		Parcel int    `json:"parcel,omitempty" minimum:"1" doc:"Which parcel of the order; 1 where it is left out."`
		Reason string `json:"reason" minLength:"3" maxLength:"200" doc:"Why; it is kept."`
	}
}

// once returns what makes the request the same as another one.
func (in *actInput) once(ctx context.Context, act string) (desk.Once, error) {
	said, err := json.Marshal([]any{act, in.ID, max(1, in.Body.Parcel), in.Body.Reason})
	sum := sha256.Sum256(said)
	return desk.Once{Key: keyOf(ctx, in.IdempotencyKey), BodySHA256: hex.EncodeToString(sum[:])}, err
}

// voidInput is why an order is taken back.
type voidInput struct {
	ID   string `path:"id"`
	Body struct {
		Reason string `json:"reason" minLength:"3" maxLength:"200" doc:"Why; it is kept."`
		Code   string `json:"code,omitempty" enum:"cancelled,address_changed" doc:"The same for programs, where it is one of these: a scan of the label then says so."`
	}
}

type keepInput struct {
	ID   string `path:"id"`
	Body struct {
		By     string `json:"by" minLength:"1" maxLength:"100" doc:"Who has looked."`
		Reason string `json:"reason" minLength:"3" maxLength:"200" doc:"Why the label is right; it is kept."`
	}
}

func (s *server) orderActs(a huma.API) {
	huma.Register(a, huma.Operation{
		OperationID: "keep-label", Method: http.MethodPost, Path: "/v1/orders/{id}/keep-label", DefaultStatus: http.StatusOK,
		Summary:     "Say that the label of an order is right, though the order came again cancelled or with another address",
		Description: "Until somebody does, voids the order, or the order comes as it was, the dock refuses the parcel (otherwise, in the order).",
	}, func(ctx context.Context, in *keepInput) (*orderAnswer, error) {
		return one(s.Desk.KeepLabel(ctx, shipment.OrderID(in.ID), in.Body.By, in.Body.Reason))
	})
	huma.Register(a, huma.Operation{
		OperationID: "print-order", Method: http.MethodPost, Path: "/v1/orders/{id}/print", DefaultStatus: http.StatusOK,
		Summary: "See that the order's labels are printed: once", Description: "Labels print by themselves. Called again it changes nothing; a second label is a reprint.",
	}, func(ctx context.Context, in *orderPath) (*orderAnswer, error) {
		return s.print(ctx, shipment.OrderID(in.ID))
	})
	huma.Register(a, huma.Operation{
		OperationID: "reprint-order", Method: http.MethodPost, Path: "/v1/orders/{id}/reprint", DefaultStatus: http.StatusOK,
		Summary: "Print a label again; its face says REPRINT",
	}, func(ctx context.Context, in *actInput) (*orderAnswer, error) {
		once, err := in.once(ctx, "reprint")
		if err != nil {
			return nil, problem(err)
		}
		return one(s.Desk.ReprintOnce(ctx, once, shipment.OrderID(in.ID), max(1, in.Body.Parcel), in.Body.Reason))
	})
	huma.Register(a, huma.Operation{
		OperationID: "override-address", Method: http.MethodPost, Path: "/v1/orders/{id}/override-address", DefaultStatus: http.StatusOK,
		Summary:     "Take an order although its address was refused: a person answers for it",
		Description: "Who and why are kept with the order and in the journal (address.overridden). A country that is missing or unknown cannot be overridden.",
	}, func(ctx context.Context, in *overrideInput) (*orderAnswer, error) {
		return s.override(ctx, shipment.OrderID(in.ID), in.Body)
	})
	huma.Register(a, huma.Operation{
		OperationID: "void-order", Method: http.MethodPost, Path: "/v1/orders/{id}/void", DefaultStatus: http.StatusOK,
		Summary: "Take an order back: nothing of it prints or leaves any more",
	}, func(ctx context.Context, in *voidInput) (*orderAnswer, error) {
		return one(s.Desk.VoidFor(ctx, shipment.OrderID(in.ID), in.Body.Code, in.Body.Reason))
	})
}

// print answers for an order whose labels print by themselves: it says where
// they stand, and why not where they do not.
func (s *server) print(ctx context.Context, id shipment.OrderID) (*orderAnswer, error) {
	st, err := s.Desk.Order(ctx, id)
	if err != nil {
		return nil, problem(err)
	}
	switch st.Stage() {
	case agent.Refused, agent.Held:
		return nil, problem(&fault.Error{Op: "print", Kind: fault.Conflict, Err: fmt.Errorf("the order is %s: %s", st.Why.Stage, st.Why.Message)})
	case agent.Voided:
		return nil, problem(&fault.Error{Op: "print", Kind: fault.Conflict, Err: fmt.Errorf("the order was voided; a voided label never prints again")})
	case agent.Unconfirmed:
		return nil, problem(&fault.Error{Op: "print", Kind: fault.Conflict, Err: fmt.Errorf("nobody has said yet whether its label came out"), Hint: "Scan the label, or POST /v1/jobs/{id}/resolve."})
	case agent.Unprinted:
		return nil, problem(&fault.Error{Op: "print", Kind: fault.Conflict, Err: fmt.Errorf("its label could not be printed"), Hint: "Mend what GET /v1/jobs says, then POST …/reprint."})
	case agent.ToPack:
		return nil, problem(s.Desk.NotPacked("print", st, st.Packing.Current()))
	case agent.Labelling:
		st, err = s.Desk.Label(ctx, id)
		if err != nil {
			return nil, problem(err)
		}
	case agent.Printing, agent.Printed, agent.Checked, agent.HandedOver:
	}
	return &orderAnswer{Status: http.StatusOK, Body: view(st)}, nil
}

// preview draws the label of an order's first parcel, or of ?parcel=K.
func (s *server) preview(w http.ResponseWriter, r *http.Request) {
	st, err := s.Desk.Order(r.Context(), shipment.OrderID(r.PathValue("id")))
	if err != nil {
		guard.Problem(w, status(err), err.Error())
		return
	}
	k := 1
	if q := r.URL.Query().Get("parcel"); q != "" {
		if k, err = strconv.Atoi(q); err != nil {
			guard.Problem(w, http.StatusUnprocessableEntity, "parcel: want the parcel's place in the order, counted from 1.")
			return
		}
	}
	if s.Preview == nil || k < 1 || k > len(st.Parcels) || st.Parcels[k-1].Job == "" {
		guard.Problem(w, http.StatusNotFound, "There is no label of it.")
		return
	}
	job, err := s.Desk.Job(r.Context(), st.Parcels[k-1].Job)
	if err == nil {
		err = job.Sound()
	}
	var png []byte
	if err == nil {
		png, err = s.Preview(job)
	}
	if err != nil {
		s.Log.ErrorContext(r.Context(), "label picture could not be drawn", "order", st.Order.ID, "err", err)
		guard.Problem(w, http.StatusInternalServerError, "The picture could not be drawn: "+err.Error())
		return
	}
	w.Header().Set("Content-Type", "image/png")
	w.Header().Set("Cache-Control", "private, max-age=60")
	// The client may be gone; there is nobody left to tell.
	_, _ = w.Write(png)
}
