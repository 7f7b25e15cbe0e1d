package main

import (
	"errors"
	"fmt"
	"net"
	"time"

	"waybill/internal/task"
	"waybill/labels"
	"waybill/labels/fonts"
	"waybill/labels/png"
	"waybill/labels/verify"
	"waybill/labels/zplview"
	"waybill/printer/virtual"
)

// virtualPrinterCmd is `waybill virtual-printer`.
type virtualPrinterCmd struct {
	Listen   string        `help:"Address for hosts, as a printer's raw port." default:"127.0.0.1:9100"`
	Dir      string        `help:"Directory for the labels and the odometer." required:"" type:"path"`
	Control  string        `help:"Address for ordering faults over HTTP; none without it."`
	PerLabel time.Duration `help:"How long one label takes." default:"300ms"`
	Buffer   int           `help:"Bytes of labels it holds before it stops reading." default:"1048576"`
	Clients  int           `help:"Connections served at a time; the others wait." default:"1"`
}

// Help is shown under waybill virtual-printer --help.
func (c *virtualPrinterCmd) Help() string {
	return `Each label printed is NUMBER.zpl, with NUMBER.png and the barcodes read from it as NUMBER.json, and a line in labels.jsonl.

Faults, on the control address:
  POST /faults      {"paper_out":true}; also ribbon_out, head_open, cutter_fault, head_hot, paper_left, silent, silent_hs_on_fault, no_hqes,
                    no_variables, delay ("2s"), cut_after (bytes), swallow; what is not named stays as it is
  POST /pause       {"on":false} ends it
  POST /power-cut   also /power-off, /power-on, /feed
  GET  /status, /labels, /faults

Example:
  waybill virtual-printer --dir labels --control 127.0.0.1:9180
  curl -d '{"paper_out":true}' http://127.0.0.1:9180/faults`
}

// Run prints until it is interrupted.
func (c *virtualPrinterCmd) Run(con *console) error {
	for flag, addr := range map[string]string{"--listen": c.Listen, "--control": c.Control} {
		if _, _, err := net.SplitHostPort(addr); err != nil && addr != "" {
			return usage(fmt.Errorf("%s: %w (give it as host:port, such as 127.0.0.1:9100)", flag, err))
		}
	}
	p := virtual.New(virtual.Options{
		Listen: c.Listen, Control: c.Control, Dir: c.Dir, PerLabel: c.PerLabel,
		BufferBytes: c.Buffer, Clients: c.Clients, Render: labelRenderer(labels.DPI203), Log: con.log,
	})
	ready := func() {
		fmt.Fprintf(con.out, "Printer at tcp://%s, labels in %s.\n", p.Addr(), c.Dir)
		if a := p.ControlAddr(); a != nil {
			fmt.Fprintf(con.out, "Control at http://%s.\n", a)
		}
	}
	return task.Run(con.ctx, con.log, ready, p)
}

// labelRenderer returns what draws labels as a head of so many dots per
// millimetre would, and reads the barcodes on the picture.
func labelRenderer(res labels.Resolution) func(virtual.Drawing) (virtual.Picture, error) {
	set := fonts.New()
	return func(d virtual.Drawing) (virtual.Picture, error) {
		var memory zplview.Memory
		var lost error
		for _, s := range d.Stored {
			lost = errors.Join(lost, memory.Load(s.ZPL, zplview.Prefixes(s.Prefixes)))
		}
		view, err := zplview.RenderAs(d.ZPL, res, zplview.Options{
			Fonts: set, Memory: &memory, Prefixes: zplview.Prefixes(d.Prefixes), Copy: d.Copy,
		})
		if err != nil {
			return virtual.Picture{}, fmt.Errorf("picture of the label: %w", err)
		}
		dots := view.Dots
		if d.Part < 1 { // the rest of the paper is white
			dots = dots.Crop(0, 0, dots.W, max(1, int(d.Part*float64(dots.H)))).Crop(0, 0, dots.W, dots.H)
		}
		picture := virtual.Picture{Unknown: view.Unknown}
		if lost != nil && len(view.Unknown) > 0 { // what is stored and not used does not matter
			picture.Unknown = append(picture.Unknown, "stored: "+lost.Error())
		}
		if picture.PNG, err = png.Picture(dots, res); err != nil {
			return picture, fmt.Errorf("picture of the label: %w", err)
		}
		found, err := verify.Decode(dots)
		if err != nil {
			return picture, fmt.Errorf("barcodes of the label: %w", err)
		}
		for _, f := range found {
			picture.Symbols = append(picture.Symbols, virtual.Symbol{Symbology: string(f.Symbology), Text: f.Text})
		}
		if len(view.Unknown) > 0 {
			return picture, fmt.Errorf("the picture lacks what these commands draw: %q", view.Unknown)
		}
		return picture, nil
	}
}
