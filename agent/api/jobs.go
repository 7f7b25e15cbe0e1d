package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"waybill/agent/desk"
	"waybill/internal/fault"
	"waybill/internal/guard"
	"waybill/printer"
)

type jobsAnswer struct {
	Body struct {
		Jobs []JobView `json:"jobs"`
	}
}

// A JobView is a print job as the API shows it: without the label's bytes.
type JobView struct {
	ID       printer.JobID   `json:"id"`
	Parcel   string          `json:"parcel,omitempty"`
	Raw      bool            `json:"raw,omitempty" doc:"A label of another program, of no parcel."`
	Ref      string          `json:"ref,omitempty" doc:"What its sender calls it."`
	Role     string          `json:"role"`
	Printer  string          `json:"printer,omitempty" doc:"The printer that took it."`
	Only     string          `json:"only,omitempty" doc:"The printer a person moved it to."`
	Priority string          `json:"priority" enum:"urgent,normal,later"`
	Form     printer.Form    `json:"form,omitzero" doc:"What its labels are drawn for."`
	WaitsFor string          `json:"waits_for,omitempty" doc:"What keeps it: a person, or printers and why not they. Of a single job alone."`
	SHA256   string          `json:"sha256"`
	Labels   []printer.Label `json:"labels"`
}

func viewJob(j printer.Job) JobView {
	v := JobView{
		ID: j.ID, Parcel: j.Ref, Role: j.Role, Printer: j.Printer, Only: j.Only, Priority: j.Priority.String(), Form: j.Form,
		SHA256: j.SHA256, Labels: j.Labels,
	}
	if j.Raw {
		v.Raw, v.Ref, v.Parcel = true, j.Ref, ""
	}
	return v
}

type jobPath struct {
	ID string `path:"id"`
}

type jobAnswer struct{ Body JobView }

// job answers with a job as it stands, and what it waits for.
func (s *server) job(ctx context.Context, job printer.Job, err error) (*jobAnswer, error) {
	if err != nil {
		return nil, problem(err)
	}
	out := &jobAnswer{viewJob(job)}
	if out.Body.WaitsFor, err = s.Desk.Waits(ctx, job); err != nil {
		return nil, problem(err)
	}
	return out, nil
}

type resolveInput struct {
	ID             string `path:"id"`
	IdempotencyKey string `header:"Idempotency-Key" maxLength:"200" doc:"The same key with the same body changes nothing again; with another body it is a conflict."`

	Body struct {
		Outcome string `json:"outcome" enum:"printed,not_printed" doc:"What a person saw: the labels came out, or none did."`
		Printed *int   `json:"printed,omitempty" minimum:"0" doc:"How many of several equal labels in doubt came out, where not all and not none did."`
		Label   int    `json:"label,omitempty" minimum:"1" doc:"The only label it is about, counted from 1; all in doubt where it is left out."`
	}
}

// once returns what makes the answer the same as another one.
func (in *resolveInput) once(ctx context.Context) (desk.Once, error) {
	said, err := json.Marshal([]any{"resolve", in.ID, in.Body})
	sum := sha256.Sum256(said)
	return desk.Once{Key: keyOf(ctx, in.IdempotencyKey), BodySHA256: hex.EncodeToString(sum[:])}, err
}

// jobAct registers something a person does about a job.
func jobAct[I any](a huma.API, name, summary string, act func(ctx context.Context, in *I) (*jobAnswer, error)) {
	huma.Register(a, huma.Operation{
		OperationID: name + "-job", Method: http.MethodPost, Path: "/v1/jobs/{id}/" + name, DefaultStatus: http.StatusOK, Summary: summary,
	}, act)
}

func (s *server) jobs(a huma.API) {
	huma.Register(a, huma.Operation{
		OperationID: "list-jobs", Method: http.MethodGet, Path: "/v1/jobs", Summary: "The latest print jobs, label by label",
	}, func(ctx context.Context, in *struct {
		Limit int `query:"limit" minimum:"1" maximum:"500" default:"50"`
	},
	) (*jobsAnswer, error) {
		list, err := s.Desk.Jobs(ctx, in.Limit)
		if err != nil {
			return nil, problem(err)
		}
		out := &jobsAnswer{}
		out.Body.Jobs = make([]JobView, 0, len(list))
		for _, j := range list {
			out.Body.Jobs = append(out.Body.Jobs, viewJob(j))
		}
		return out, nil
	})
	huma.Register(a, huma.Operation{
		OperationID: "get-job", Method: http.MethodGet, Path: "/v1/jobs/{id}", Summary: "One print job, label by label",
	}, func(ctx context.Context, in *jobPath) (*jobAnswer, error) {
		job, err := s.Desk.Job(ctx, printer.JobID(in.ID))
		return s.job(ctx, job, err)
	})
	jobAct(a, "resolve", "Say whether unconfirmed labels came out", func(ctx context.Context, in *resolveInput) (*jobAnswer, error) {
		once, err := in.once(ctx)
		if err != nil {
			return nil, problem(err)
		}
		job, err := s.resolve(ctx, once, printer.JobID(in.ID), desk.Resolution{Printed: in.Body.Outcome == "printed", Count: in.Body.Printed, Label: in.Body.Label})
		return s.job(ctx, job, err)
	})
	s.jobActs(a)
}

var errContradicts = errors.New("0 contradicts the outcome printed")

// resolve settles labels in doubt, by their number where it is given.
func (s *server) resolve(ctx context.Context, once desk.Once, id printer.JobID, r desk.Resolution) (printer.Job, error) {
	if r.Count != nil && r.Printed && *r.Count == 0 { // a field that a program left at its zero must not print all of them again
		return printer.Job{}, &fault.Error{
			Op: "printed", Kind: fault.Invalid, Err: errContradicts, Hint: "Leave it out where all came out; where none did, the outcome is not_printed.",
		}
	}
	return s.Desk.Settle(ctx, once, id, r)
}

// keyOf returns an Idempotency-Key as its caller's own: two that chose the same
// key must not get each other's answers. No header holds a line break.
func keyOf(ctx context.Context, key string) string {
	if holder := guard.CallerOf(ctx).Holder; key != "" && holder != "" {
		return holder + "\n" + key
	}
	return key
}

func (s *server) jobActs(a huma.API) {
	jobAct(a, "cancel", "Take a job's queued labels back; what is on its way to a printer stays", func(ctx context.Context, in *struct {
		ID   string `path:"id"`
		Body struct {
			Reason string `json:"reason" minLength:"3" maxLength:"200" doc:"Why; it is kept."`
		}
	},
	) (*jobAnswer, error) {
		job, err := s.Desk.CancelJob(ctx, printer.JobID(in.ID), in.Body.Reason)
		return s.job(ctx, job, err)
	})
	jobAct(a, "move", "Send a job's queued labels to one printer and no other", func(ctx context.Context, in *struct {
		ID   string `path:"id"`
		Body struct {
			Printer string `json:"printer" maxLength:"100" doc:"Its name in the configuration; empty: any printer of the job's role again."`
		}
	},
	) (*jobAnswer, error) {
		job, err := s.Desk.MoveJob(ctx, printer.JobID(in.ID), in.Body.Printer)
		return s.job(ctx, job, err)
	})
	jobAct(a, "priority", "Say how soon a job's labels go", func(ctx context.Context, in *struct {
		ID   string `path:"id"`
		Body struct {
			Priority string `json:"priority" enum:"urgent,normal,later"`
		}
	},
	) (*jobAnswer, error) {
		p, err := printer.ParsePriority(in.Body.Priority)
		if err != nil {
			return nil, problem(&fault.Error{Op: "priority", Kind: fault.Invalid, Err: err})
		}
		job, err := s.Desk.PrioritiseJob(ctx, printer.JobID(in.ID), p)
		return s.job(ctx, job, err)
	})
	jobAct(a, "stop-waiting", "Give up a label in flight on a printer that does not get on, so that a person can say what became of it", func(ctx context.Context, in *jobPath) (*jobAnswer, error) {
		job, err := s.Desk.StopWaiting(ctx, printer.JobID(in.ID))
		return s.job(ctx, job, err)
	})
}

type holdsAnswer struct {
	Body struct {
		Holds []printer.Hold `json:"holds"`
	}
}

// pauses registers the pausing of printers and roles.
func (s *server) pauses(a huma.API) {
	answer := func(ctx context.Context, err error) (*holdsAnswer, error) {
		out := &holdsAnswer{}
		if err == nil {
			out.Body.Holds, err = s.Desk.Holds(ctx)
		}
		if err != nil {
			return nil, problem(err)
		}
		if out.Body.Holds == nil {
			out.Body.Holds = []printer.Hold{}
		}
		return out, nil
	}
	huma.Register(a, huma.Operation{
		OperationID: "list-pauses", Method: http.MethodGet, Path: "/v1/pauses", Summary: "The printers and roles that people have paused",
	}, func(ctx context.Context, _ *struct{}) (*holdsAnswer, error) { return answer(ctx, nil) })
	for path, of := range holdables() {
		huma.Register(a, huma.Operation{
			OperationID: "pause-" + path, Method: http.MethodPost, Path: "/v1/" + path + "/{name}/pause", DefaultStatus: http.StatusOK,
			Summary: "Begin no more labels there until resumed; the label in flight is finished",
		}, func(ctx context.Context, in *struct {
			Name string `path:"name" maxLength:"100"`
			Body struct {
				Reason string `json:"reason" minLength:"3" maxLength:"200" doc:"Why; everybody sees it."`
				By     string `json:"by,omitempty" maxLength:"100" doc:"Who."`
			}
		},
		) (*holdsAnswer, error) {
			h := of(in.Name)
			h.Reason, h.By = in.Body.Reason, in.Body.By
			return answer(ctx, s.Desk.HoldLabels(ctx, h))
		})
		huma.Register(a, huma.Operation{
			OperationID: "resume-" + path, Method: http.MethodPost, Path: "/v1/" + path + "/{name}/resume", DefaultStatus: http.StatusOK,
			Summary: "Let labels go there again",
		}, func(ctx context.Context, in *struct {
			Name string `path:"name" maxLength:"100"`
		},
		) (*holdsAnswer, error) {
			h := of(in.Name)
			return answer(ctx, s.Desk.ReleaseLabels(ctx, h.Printer, h.Role))
		})
	}
}
