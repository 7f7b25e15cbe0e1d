package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"

	"github.com/danielgtaylor/huma/v2"

	"waybill/agent/desk"
	"waybill/agent/page"
	"waybill/internal/guard"
	"waybill/labels/rawzpl"
	"waybill/printer"
)

// scopePrintRaw is what the caller's token needs for POST /v1/jobs.
const scopePrintRaw = "print:raw"

type rawInput struct {
	IdempotencyKey string `header:"Idempotency-Key" maxLength:"200" doc:"Required. The same key with the same body is the same job; with another body it is a conflict."`
	ContentType    string `header:"Content-Type" doc:"application/json for {\"zpl\", \"role\", \"ref\", \"copies\"}; anything else is the ZPL itself."`
	Role           string `query:"role" maxLength:"40" doc:"Which printers; shipping where it is left out."`
	Ref            string `query:"ref" maxLength:"100" doc:"What you call it; GET /v1/jobs and the page show it."`
	Copies         int    `query:"copies" minimum:"0" maximum:"1000" doc:"Of each label; 1 where it is left out. ^PQ in a label counts as well."`
	RawBody        []byte `contentType:"application/zpl"`
}

type rawAnswer struct {
	Status int
	Body   struct {
		Jobs    []JobView     `json:"jobs" doc:"One for each label, in order."`
		LeftOut []rawzpl.Note `json:"left_out,omitempty" doc:"Commands that are not sent because they would set the printer up."`
	}
}

func (s *server) rawJobs(a huma.API) {
	huma.Register(a, huma.Operation{
		OperationID: "print-raw", Method: http.MethodPost, Path: "/v1/jobs", DefaultStatus: http.StatusCreated,
		Summary:      "Print labels in ZPL as they are; needs the scope print:raw",
		Description:  "One or more formats, ^XA to ^XZ. What would set up, erase or reset the printer or send data elsewhere is refused with the command and its place.",
		MaxBodyBytes: rawzpl.MaxBytes * 2, SkipValidateBody: true,
	}, s.printRaw)
}

func (s *server) printRaw(ctx context.Context, in *rawInput) (*rawAnswer, error) {
	if !guard.CallerOf(ctx).May(scopePrintRaw) {
		return nil, huma.NewError(http.StatusForbidden, "Labels in ZPL are not allowed for this caller: its token needs scopes: [print:raw] under api.tokens in the station's configuration.")
	}
	if in.IdempotencyKey == "" {
		return nil, huma.NewError(http.StatusBadRequest, "Idempotency-Key: required, so that the same request sent again prints nothing twice; any text of your own, a new one for each request.")
	}
	raw, err := in.raw(ctx)
	if err != nil {
		return nil, huma.NewError(http.StatusUnprocessableEntity, "The body is no JSON document of labels: "+err.Error(), &huma.ErrorDetail{Location: "body", Message: "want {\"zpl\": \"^XA…^XZ\"}, or the ZPL itself as application/zpl"})
	}
	taken, err := s.Desk.PrintRaw(ctx, raw)
	var refusals rawzpl.Refusals
	if errors.As(err, &refusals) {
		details := make([]error, 0, len(refusals))
		for _, r := range refusals {
			details = append(details, &huma.ErrorDetail{Location: "zpl", Message: r.String(), Value: r})
		}
		return nil, huma.NewError(http.StatusUnprocessableEntity, "The labels are refused, and nothing is printed.", details...)
	}
	if err != nil {
		return nil, problem(err)
	}
	out := &rawAnswer{Status: http.StatusCreated}
	if taken.Again {
		out.Status = http.StatusOK
	}
	out.Body.Jobs = make([]JobView, 0, len(taken.Jobs))
	for _, j := range taken.Jobs {
		out.Body.Jobs = append(out.Body.Jobs, viewJob(j))
	}
	out.Body.LeftOut = taken.Notes
	return out, nil
}

// raw reads what is asked for: a JSON document says it all, and the ZPL itself
// comes with a query.
func (in *rawInput) raw(ctx context.Context) (desk.Raw, error) {
	r := desk.Raw{Key: keyOf(ctx, in.IdempotencyKey), Role: in.Role, Ref: in.Ref, Copies: in.Copies, ZPL: in.RawBody}
	if kind, _, err := mime.ParseMediaType(in.ContentType); err == nil && kind == "application/json" {
		var doc struct {
			ZPL    string `json:"zpl"`
			Role   string `json:"role"`
			Ref    string `json:"ref"`
			Copies int    `json:"copies"`
		}
		d := json.NewDecoder(bytes.NewReader(in.RawBody))
		d.DisallowUnknownFields() // a misspelt "copies" must not print one label
		if err := d.Decode(&doc); err != nil {
			return r, err
		}
		if _, err := d.Token(); !errors.Is(err, io.EOF) {
			return r, errors.New("more than one document")
		}
		if doc.Copies < 0 || len(doc.Ref) > 100 {
			return r, errors.New("copies: want 1 to 1000; ref: at most 100 bytes")
		}
		r = desk.Raw{Key: keyOf(ctx, in.IdempotencyKey), Role: doc.Role, Ref: doc.Ref, Copies: doc.Copies, ZPL: []byte(doc.ZPL)}
	}
	if r.Role == "" {
		r.Role = "shipping"
	}
	return r, nil
}

// rawTrouble tells of a label of another program that no order tells of.
func rawTrouble(j printer.Job) page.Trouble {
	name := j.Ref
	if name == "" {
		name = string(j.ID)
	}
	t := page.Trouble{ID: "job-" + string(j.ID), Kind: page.Stop, When: j.Created}
	for _, l := range j.Labels {
		switch l.State {
		case printer.Unconfirmed:
			t.Title, t.Why, t.When = fmt.Sprintf("Did the label %q come out?", name), l.Reason, l.At
			t.Doubtful = len(j.Unconfirmed())
			t.Todo, t.ResolveURL = "Look for it, and answer here.", "/jobs/"+url.PathEscape(string(j.ID))+"/resolve"
			return t
		case printer.Failed:
			t.Title, t.Why, t.When = fmt.Sprintf("The label %q cannot be printed", name), l.Reason, l.At
			t.Todo = "Mend what is said, and have its program send it again under a new key."
		case printer.Queued, printer.Sending, printer.Sent, printer.Confirmed, printer.Cancelled:
		}
	}
	return t
}
