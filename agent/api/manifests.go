package api

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"waybill/internal/fault"
)

// A paper is a document about a pick-up, of whatever kind its header says.
type paper struct {
	ContentType  string `header:"Content-Type"`
	Disposition  string `header:"Content-Disposition"`
	CacheControl string `header:"Cache-Control"`
	Body         []byte
}

func (s *server) manifests(a huma.API) {
	paperOf := func(id, path, summary, kind string, get func(ctx context.Context, id string) (*paper, error)) {
		huma.Register(a, huma.Operation{
			OperationID: id, Method: http.MethodGet, Path: "/v1/handoffs/{id}/" + path, Summary: summary,
			Responses: map[string]*huma.Response{"200": {Description: "The document.", Content: map[string]*huma.MediaType{kind: {}}}},
		}, func(ctx context.Context, in *orderPath) (*paper, error) {
			p, err := get(ctx, in.ID)
			if err != nil {
				return nil, problem(err)
			}
			p.ContentType, p.CacheControl = kind, "no-store"
			return p, nil
		})
	}
	paperOf("handoff-manifest", "manifest.pdf", "The manifest as PDF: every parcel, totals, what was left behind, the driver's signature; its barcode is the pick-up's ID", "application/pdf", s.manifestPDF)
	paperOf("handoff-manifest-csv", "manifest.csv", "The manifest as CSV: a line a parcel, then totals", "text/csv; charset=utf-8", s.manifestCSV)
	paperOf("handoff-signature", "signature.svg", "The driver's signature as a picture", "image/svg+xml", s.signature)
}

func (s *server) manifestPDF(ctx context.Context, id string) (*paper, error) {
	m, err := s.Desk.Manifest(ctx, id)
	if err != nil {
		return nil, err
	}
	if s.Manifest == nil {
		return nil, &fault.Error{Op: "manifest", Kind: fault.NotFound, Err: errors.New("this station draws no manifests"), Hint: "GET …/manifest.csv has the same."}
	}
	document, err := s.Manifest(m)
	if err != nil {
		return nil, fmt.Errorf("%w (GET …/manifest.csv has the same)", err)
	}
	return &paper{Disposition: fmt.Sprintf("inline; filename=%q", "manifest-"+m.ID+".pdf"), Body: document}, nil
}

func (s *server) manifestCSV(ctx context.Context, id string) (*paper, error) {
	m, err := s.Desk.Manifest(ctx, id)
	if err != nil {
		return nil, err
	}
	var lines bytes.Buffer
	if err := m.WriteCSV(&lines, s.location()); err != nil {
		return nil, err
	}
	return &paper{Disposition: fmt.Sprintf("attachment; filename=%q", "manifest-"+m.ID+".csv"), Body: lines.Bytes()}, nil
}

func (s *server) signature(ctx context.Context, id string) (*paper, error) {
	m, err := s.Desk.Manifest(ctx, id)
	if err != nil {
		return nil, err
	}
	if m.Signature.Empty() {
		return nil, &fault.Error{Op: "signature", Kind: fault.NotFound, Err: errors.New("the pick-up was not signed on the page")}
	}
	return &paper{Disposition: "inline", Body: m.Signature.SVG()}, nil
}
