package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"waybill/labels"
	"waybill/labels/pbm"
	"waybill/labels/pdfview"
)

// The program that draws any PDF; it comes with poppler.
const pdfRasteriser = "pdftoppm"

// Bounds on what it may take.
const (
	maxPDFPages    = 500
	maxPDFPictures = 512 << 20 // bytes
	pdfPatience    = time.Minute
)

// document verifies every page of a PDF file. A document of our own is drawn
// at the resolution it was made for, anyone else's at --dpi; by pdftoppm where
// the machine has it, since that is not our work, else by our own reader, which
// can draw our own documents only. Each line says who drew the page.
func (c *labelVerifyCmd) document(con *console, out *verifyOutput, data []byte) error {
	views, viewErr := pdfview.Render(data)
	program, err := exec.LookPath(pdfRasteriser)
	switch {
	case err == nil:
		pictures, err := rasterise(con.ctx, program, data, views, c.resolution())
		if err != nil {
			out.fault(0, "unreadable_file", err.Error())
			return nil
		}
		out.pages(pictures, views, c.resolution(), pdfRasteriser)
	case errors.Is(viewErr, pdfview.ErrForeign):
		return usage(fmt.Errorf("label %s: %w, and this machine has no %s to draw it (install poppler-utils)", out.file, viewErr, pdfRasteriser))
	case viewErr != nil:
		out.fault(0, "unreadable_file", viewErr.Error())
	default:
		pictures := make([]labels.Dots, len(views))
		for i, v := range views {
			pictures[i] = v.Dots
		}
		out.pages(pictures, views, 0, "waybill")
	}
	return nil
}

// pages writes the symbols of a document's pages: drawn at the resolution of
// each view, or all at res where there are no views.
func (o *verifyOutput) pages(pictures []labels.Dots, views []pdfview.View, res labels.Resolution, drawnBy string) {
	if len(pictures) == 0 {
		o.fault(0, "unreadable_file", "a document without pages")
	}
	o.drawnBy = drawnBy
	for i, d := range pictures {
		n := 0
		if len(pictures) > 1 {
			n = i + 1
		}
		if i < len(views) {
			res = views[i].Resolution
		}
		o.picture(n, d, res, 0)
	}
}

// rasterise draws the pages of a document: those of views at the resolution of
// each, or, where there are no views, all at res.
func rasterise(ctx context.Context, program string, data []byte, views []pdfview.View, res labels.Resolution) ([]labels.Dots, error) {
	if len(views) == 0 {
		return rasterisePages(ctx, program, data, 1, maxPDFPages, res)
	}
	var pictures []labels.Dots
	for first := 0; first < len(views); {
		last := first
		for last+1 < len(views) && views[last+1].Resolution == views[first].Resolution {
			last++
		}
		part, err := rasterisePages(ctx, program, data, first+1, last+1, views[first].Resolution)
		if err != nil {
			return nil, err
		}
		pictures = append(pictures, part...)
		first = last + 1
	}
	if len(pictures) != len(views) {
		return nil, fmt.Errorf("%s drew %d pages of %d", pdfRasteriser, len(pictures), len(views))
	}
	return pictures, nil
}

func rasterisePages(ctx context.Context, program string, data []byte, first, last int, res labels.Resolution) ([]labels.Dots, error) {
	ctx, cancel := context.WithTimeout(ctx, pdfPatience)
	defer cancel()
	perInch := strconv.FormatFloat(float64(res)/10, 'f', 1, 64)
	cmd := exec.CommandContext(ctx, program, "-mono", "-r", perInch, "-f", strconv.Itoa(first), "-l", strconv.Itoa(last), "-")
	cmd.Stdin = bytes.NewReader(data)
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", pdfRasteriser, err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("%s: %w", pdfRasteriser, err)
	}
	out, readErr := io.ReadAll(io.LimitReader(pipe, maxPDFPictures+1))
	if len(out) > maxPDFPictures {
		cancel() // else it would wait for somebody to take the rest
		readErr = errors.New("more dots than labels have")
	}
	err = cmd.Wait()
	if err = cmp.Or(readErr, err); err != nil {
		said, _, _ := strings.Cut(strings.TrimSpace(complaint.String()), "\n")
		return nil, fmt.Errorf("%s: %w %.200s", pdfRasteriser, err, said)
	}
	return pbm.Decode(out)
}
