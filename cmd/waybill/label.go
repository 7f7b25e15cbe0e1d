package main

import "waybill/labels/layout"

// labelCmd is `waybill label`.
type labelCmd struct {
	Render    labelRenderCmd    `cmd:"" help:"Render the labels of orders, a manifest or another template, proved to read back."`
	Verify    labelVerifyCmd    `cmd:"" help:"Read every barcode of a rendered label."`
	Templates labelTemplatesCmd `cmd:"" help:"List the templates that come with waybill."`
	Template  labelTemplateCmd  `cmd:"" help:"Print a template that comes with waybill, to start one of your own."`
}

// Help is shown under waybill label --help.
func (labelCmd) Help() string {
	return "Example:\n  waybill label render --out label.zpl order.json\n  waybill label verify label.zpl"
}

// defaultTemplate is the template of orders that ask for none.
const defaultTemplate = "generic-4x6"

type labelRenderCmd struct {
	printerDots

	Files    []string `arg:"" optional:"" name:"order" help:"Files with orders as JSON, one a file or one a line; -: standard input."`
	Template string   `help:"Name of a template that comes with waybill (waybill label templates lists them), or a file ending in .yaml; default: what each order asks for, else generic-4x6."`
	Format   string   `help:"Format to write: zpl, pdf, png, epl or tspl." enum:"zpl,pdf,png,epl,tspl" default:"zpl"`
	Compact  bool     `help:"Of zpl: the fewest bytes, for a printer on a serial line."`
	Out      string   `help:"File to write; -: standard output." default:"-"`
	Sheet    string   `help:"Put the labels on sheets of several: 4up-a4, 4up-letter, or a file ending in .yaml."`
	First    int      `help:"First free place of the first sheet, counted from 1." default:"1"`
	Date     string   `help:"Ship date as printed; default: today."`
	Rules    string   `help:"File of services and rules, for orders without carrier; default: those that come with waybill." type:"path"`
	Reprint  bool     `help:"Mark the label as a reprint."`
}

// Help is shown under waybill label render --help.
func (c *labelRenderCmd) Help() string {
	return `An order without a tracking number gets a sample one, and its label says that it must not ship: real ones are leased
from the hub and handed out by the station. Carrier and service are the order's, or those the rules choose. Before anything is written, every finished label is drawn as a printer
would draw it and its barcodes are read back.
Print a PDF at its own size, not fitted to the page. Each label is rendered once; an order's copies are the station's.

A template for something else than a parcel takes that instead of orders: a manifest its parcels, a tote its name (one a
line for many), commands nothing. docs/templates-tables.md shows each.

Example:
  waybill label render --format png --dpi 300 --out label.png order.json
  waybill label render --format pdf --sheet 4up-a4 --template generic-quarter --out labels.pdf orders.jsonl
  waybill label render --format pdf --template manifest-a4 --out manifest.pdf manifest.json
  waybill label render --format pdf --template commands-a4 --out commands.pdf`
}

// Run renders the labels: of each order one for each parcel.
func (c *labelRenderCmd) Run(con *console) error {
	r, err := c.renderer(con)
	if err != nil {
		return usage(err)
	}
	laid, err := r.lay()
	if err != nil {
		return err
	}
	if r.sheet != nil {
		if laid, err = layout.Impose(r.sheet, laid, c.First); err != nil {
			return err
		}
	}
	return c.write(con, laid)
}
