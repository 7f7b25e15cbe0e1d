package main

import (
	"fmt"
	"net"
	"time"

	"waybill/internal/task"
	"waybill/labels"
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
		BufferBytes: c.Buffer, Clients: c.Clients, Render: renderLabel, Log: con.log,
	})
	ready := func() {
		fmt.Fprintf(con.out, "Printer at tcp://%s, labels in %s.\n", p.Addr(), c.Dir)
		if a := p.ControlAddr(); a != nil {
			fmt.Fprintf(con.out, "Control at http://%s.\n", a)
		}
	}
	return task.Run(con.ctx, con.log, ready, p)
}

// renderLabel draws a label as the virtual printer's head of 8 dots per
// millimetre would, and reads the barcodes on the picture.
func renderLabel(d virtual.Drawing) (virtual.Picture, error) {
	view, err := zplview.Render(d.ZPL, labels.DPI203)
	if err != nil {
		return virtual.Picture{}, fmt.Errorf("picture of the label: %w", err)
	}
	picture := virtual.Picture{Unknown: view.Unknown}
	if picture.PNG, err = png.Picture(view.Dots, labels.DPI203); err != nil {
		return picture, fmt.Errorf("picture of the label: %w", err)
	}
	found, err := verify.Decode(view.Dots)
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
