package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// The roles of hubs.
const (
	ownHub     = "own"     // asked for numbers, pick-ups, holds and rules, beside getting events
	furtherHub = "further" // gets events alone
)

// hubView is a hub to which events go.
type hubView struct {
	Hub          string     `json:"hub"`
	Role         string     `json:"role" enum:"own,further" doc:"own: the station's hub, which numbers and the like come from; further: it gets events alone."`
	Reachable    bool       `json:"reachable"`
	CatchingUp   bool       `json:"catching_up" doc:"A backlog is being sent, with what happens now beside it."`
	Pending      int64      `json:"pending" doc:"Events that the hub has not taken yet."`
	OldestUnsent *time.Time `json:"oldest_unsent,omitempty"`
	Parked       int        `json:"parked" doc:"Events that the hub has refused for good."`
	LastAck      *time.Time `json:"last_ack,omitempty" doc:"When the hub last took events since the station was started."`
	Error        string     `json:"error,omitempty" doc:"Why the last attempt did not work."`
	Remedy       string     `json:"remedy,omitempty" doc:"What a person must do before the hub takes anything."`
}

// A FormerHub is one to which events do not go any more, and which lacks some.
type FormerHub struct {
	Hub     string     `json:"hub"`
	Missing int64      `json:"missing" doc:"Events of before it was left that never reached it. They are kept for it."`
	Parked  int        `json:"parked" doc:"Events that it had refused for good."`
	Oldest  *time.Time `json:"oldest,omitempty" doc:"The oldest of the missing."`
}

type hubsAnswer struct {
	Body struct {
		Hubs   []hubView   `json:"hubs"`
		Former []FormerHub `json:"former" doc:"A person decides about each: list it in the configuration, or forget it."`
	}
}

type forgetInput struct {
	Body struct {
		Hub string `json:"hub" minLength:"1" maxLength:"500" doc:"Its name or address."`
	}
}

type forgetAnswer struct{ Body FormerHub }

// hubs serves how far each hub has come.
func (s *server) hubs(a huma.API) {
	huma.Register(a, huma.Operation{
		OperationID: "list-hubs", Method: http.MethodGet, Path: "/v1/hubs",
		Summary: "List the hubs that events go to, and former ones that lack some",
	}, func(ctx context.Context, _ *struct{}) (*hubsAnswer, error) {
		out := &hubsAnswer{}
		for _, u := range s.Uplinks() {
			out.Body.Hubs = append(out.Body.Hubs, u.view())
		}
		all, err := s.Journal.Upstreams(ctx)
		if err != nil {
			return nil, problem(err)
		}
		out.Body.Former = []FormerHub{}
		for _, u := range all {
			if u.Former {
				out.Body.Former = append(out.Body.Former, FormerHub{Hub: u.Name, Missing: u.Missing, Parked: u.Parked, Oldest: stamp(u.Oldest)})
			}
		}
		return out, nil
	})
	if s.ForgetHub == nil {
		return
	}
	huma.Register(a, huma.Operation{
		OperationID: "forget-hub", Method: http.MethodPost, Path: "/v1/hubs/forget", DefaultStatus: http.StatusOK,
		Summary:     "Wait for a former hub no more",
		Description: "What is kept for it alone goes once it is old enough. A hub to which events go is refused (409).",
	}, func(ctx context.Context, in *forgetInput) (*forgetAnswer, error) {
		was, err := s.ForgetHub(ctx, in.Body.Hub)
		if err != nil {
			return nil, problem(err)
		}
		return &forgetAnswer{was}, nil
	})
}

func (u Uplink) view() hubView {
	v := hubView{
		Hub: u.Hub, Role: ownHub, Reachable: u.Reachable, CatchingUp: u.CatchingUp, Pending: u.Pending, Parked: u.Parked,
		OldestUnsent: stamp(u.OldestUnsent), LastAck: stamp(u.LastAck), Error: u.LastError, Remedy: u.Remedy,
	}
	if u.Further {
		v.Role = furtherHub
	}
	return v
}

// stamp returns a time for an answer; nil where there is none.
func stamp(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return new(t.UTC().Truncate(time.Millisecond))
}
