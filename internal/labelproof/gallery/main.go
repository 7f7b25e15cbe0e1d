// Command gallery draws every label template that ships, in every format and
// at every resolution, onto one HTML page, each picture with the barcodes that
// were read in it and their grades; and it writes docs/labels.md with the
// pictures that are kept.
//
// It is for looking at. What must hold is in the tests of internal/labelproof.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"

	"waybill/internal/labelproof"
	"waybill/labels"
	"waybill/labels/fonts"
	"waybill/labels/fonts/system"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "gallery:", err)
		os.Exit(1) //nolint:forbidigo // this is main
	}
}

// run draws the gallery. Without the programs that are not ours it has fewer
// pictures, and says so.
func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("gallery", flag.ContinueOnError)
	to := flags.String("out", filepath.Join("build", "gallery"), "folder for the page")
	docs := flags.String("docs", "", "folder for labels.md and its pictures; empty: neither")
	root := flags.String("root", ".", "folder of go.mod")
	if err := flags.Parse(args); err != nil {
		return err
	}
	all, err := labelproof.Specimens(os.DirFS(filepath.Join(*root, "configs", "samples")), "generic-4x6.json")
	if err != nil {
		return err
	}
	p, err := newPainter(ctx, *root, *to, out)
	if err != nil {
		return err
	}
	g := gallery{}
	for _, s := range all {
		e := entry{Name: s.Name, About: s.Template.About, Width: mm(s.Template.Width), Height: mm(s.Template.Height)}
		for _, res := range []labels.Resolution{labels.DPI203, labels.DPI300, labels.DPI600} {
			sheet, err := p.paint(ctx, s, res)
			if err != nil {
				return fmt.Errorf("template %s at %.1f dpi: %w", s.Name, float64(res)/10, err)
			}
			e.Sheets = append(e.Sheets, sheet)
		}
		fmt.Fprintf(out, "%s: %d pages\n", s.Name, e.Pages())
		g.Entries = append(g.Entries, e)
	}
	g.Absent = p.absent
	if err := g.write(filepath.Join(*to, "index.html")); err != nil {
		return err
	}
	if *docs == "" {
		return nil
	}
	return g.document(*docs, *to)
}

func mm(l labels.Length) string { return fmt.Sprintf("%g", float64(l)/float64(labels.Millimetre)) }

// newPainter starts the programs that there are.
func newPainter(ctx context.Context, root, to string, out io.Writer) (*painter, error) {
	if err := os.MkdirAll(to, 0o755); err != nil {
		return nil, err
	}
	p := &painter{to: to, faces: fonts.New(system.Sources()...), files: map[[32]byte]string{}}
	node, err := labelproof.StartNode(ctx, root, "zpl.mjs")
	switch {
	case err == nil:
		p.zebrash = &labelproof.ZPLRenderer{Node: node}
	case errors.Is(err, labelproof.ErrMissing):
		p.absent = append(p.absent, "ZPL drawn by zpl-renderer-js: "+err.Error())
		fmt.Fprintln(out, p.absent[0])
	default:
		return nil, err
	}
	return p, nil
}
