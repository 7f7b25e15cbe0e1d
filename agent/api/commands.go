package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"waybill/internal/fault"
)

// A Commands draws the station's sheet of control barcodes.
type Commands interface {
	// PDF returns all of them, on sheets of that size: a4 or 4x6.
	PDF(size string) ([]byte, error)
	// PNG returns one page, counted from 1, and how many there are; nil: that
	// page is not there.
	PNG(size string, page int) (picture []byte, pages int, err error)
}

func (s *server) commands(a huma.API) {
	document := func(id, path, summary, kind string) huma.Operation {
		return huma.Operation{
			OperationID: id, Method: http.MethodGet, Path: path, Summary: summary,
			Responses: map[string]*huma.Response{"200": {Description: "The sheet", Content: map[string]*huma.MediaType{kind: {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}}}},
		}
	}
	huma.Register(a, document("commands-pdf", "/v1/commands.pdf", "The sheet of control barcodes: commands, the station's boxes, a badge for each operator", "application/pdf"),
		func(_ context.Context, in *SheetInput) (*paper, error) {
			if s.Commands == nil {
				return nil, problem(errNoSheet)
			}
			body, err := s.Commands.PDF(in.Size)
			if err != nil {
				return nil, problem(err)
			}
			return &paper{CacheControl: "no-store", ContentType: "application/pdf", Disposition: `inline; filename="control-barcodes.pdf"`, Body: body}, nil
		})
	huma.Register(a, document("commands-png", "/v1/commands.png", "One page of the sheet of control barcodes as a picture", "image/png"),
		func(_ context.Context, in *sheetPageInput) (*paper, error) {
			if s.Commands == nil {
				return nil, problem(errNoSheet)
			}
			body, pages, err := s.Commands.PNG(in.Size, in.Page)
			if err == nil && body == nil {
				err = &fault.Error{Op: fmt.Sprintf("page %d", in.Page), Kind: fault.NotFound, Err: fmt.Errorf("the sheet has %d pages", pages)}
			}
			if err != nil {
				return nil, problem(err)
			}
			return &paper{CacheControl: "no-store", ContentType: "image/png", Disposition: "inline", Body: body}, nil
		})
}

// A SheetInput says what the control barcodes are printed on.
type SheetInput struct { // exported, since what is embedded is not read otherwise
	Size string `query:"size" enum:"a4,4x6" default:"a4" doc:"a4 for an office printer; 4x6, three on a label of 4 by 6 inches, for the label printer."`
}

type sheetPageInput struct {
	SheetInput
	Page int `query:"page" minimum:"1" maximum:"100" default:"1"`
}

var errNoSheet = &fault.Error{Op: "control barcodes", Kind: fault.NotFound, Err: errors.New("this station draws no sheet"), Hint: "waybill label render --template commands-a4 does."}
