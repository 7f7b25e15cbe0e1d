package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"path/filepath"
	"strings"
	"time"

	"waybill/configs"
	"waybill/internal/atomicfile"
	"waybill/labels"
	"waybill/labels/epl"
	"waybill/labels/fonts"
	"waybill/labels/fonts/system"
	"waybill/labels/layout"
	"waybill/labels/pdf"
	"waybill/labels/png"
	"waybill/labels/raster"
	"waybill/labels/template"
	"waybill/labels/tspl"
	"waybill/labels/verify"
	"waybill/labels/zpl"
	"waybill/shipment"
	"waybill/shipment/address"
	"waybill/shipment/carrier"
)

// labelCmd is `waybill label`.
type labelCmd struct {
	Render labelRenderCmd `cmd:"" help:"Render the label of an order, proved to read back."`
	Verify labelVerifyCmd `cmd:"" help:"Read every barcode of a rendered label."`
}

// Help is shown under waybill label --help.
func (labelCmd) Help() string {
	return "Not built yet: verify of EPL and TSPL, verify --grade.\n\nExample:\n  waybill label render --out label.zpl order.json\n  waybill label verify label.zpl"
}

// defaultTemplate is the template of orders that ask for none.
const defaultTemplate = "generic-4x6"

type labelRenderCmd struct {
	Order    string `arg:"" help:"File with one order as JSON; -: standard input."`
	Template string `help:"Name of a template that comes with waybill, or a file ending in .yaml; default: what the order asks for, else generic-4x6."`
	Format   string `help:"Format to write: zpl, pdf, png, epl or tspl." enum:"zpl,pdf,png,epl,tspl" default:"zpl"`
	DPI      int    `name:"dpi" help:"Printer's dots per inch: 203, 300 or 600." enum:"203,300,600" default:"203"`
	Out      string `help:"File to write; -: standard output." default:"-"`
	Date     string `help:"Ship date as printed; default: today."`
	Rules    string `help:"File of services and rules, for orders without carrier; default: those that come with waybill." type:"path"`
	Reprint  bool   `help:"Mark the label as a reprint."`
}

// Help is shown under waybill label render --help.
func (c *labelRenderCmd) Help() string {
	return `An order without a tracking number gets a sample one, and its label says that it must not ship: real ones are leased
from the hub and handed out by the station. Carrier and service are the order's, or those the rules choose. Before anything is written, the finished label is drawn as a printer
would draw it and its barcodes are read back; for epl and tspl it is the dots that are read back, not the commands.
Print a PDF at its own size, not fitted to the page.

Example:
  waybill label render --format png --dpi 300 --out label.png order.json`
}

// Run renders the labels, one for each parcel.
func (c *labelRenderCmd) Run(con *console) error {
	o, err := readOrder(con, c.Order)
	if err != nil {
		return err
	}
	t, err := loadTemplate(cmp.Or(c.Template, o.Label.Template, defaultTemplate))
	if err != nil {
		return usage(err)
	}
	s, number, err := c.settle(&o)
	if err != nil {
		return err
	}
	faces := fonts.New(system.Sources()...)
	laid := make([]labels.Label, max(1, len(o.Parcels)))
	for i := range laid {
		if s.TrackingNumber, err = number(i + 1); err != nil {
			return fmt.Errorf("order %s: %w", o.ID, err)
		}
		s.TrackingText = carrier.Default().Group(s.Carrier, string(s.TrackingNumber))
		data, err := template.NewData(o, i+1, s)
		if err != nil {
			return err
		}
		if laid[i], err = layout.Lay(t, data, resolutions[c.DPI], faces); err != nil {
			return err
		}
	}
	return c.write(con, laid)
}

// write writes the labels of an order: one after the other in a printer's
// language, one a page in a PDF, one a file as pictures.
func (c *labelRenderCmd) write(con *console, laid []labels.Label) error {
	if c.Format == "png" && len(laid) > 1 {
		return c.writePictures(laid)
	}
	var out []byte
	if c.Format == "pdf" {
		var err error
		if out, err = (pdf.Encoder{}).EncodeAll(laid); err == nil {
			err = verify.PDF(laid, out)
		}
		if err != nil {
			return err
		}
	} else {
		for _, l := range laid {
			one, err := encodeProved(c.Format, l)
			if err != nil {
				return err
			}
			out = append(out, one...)
		}
	}
	var err error
	if c.Out == "-" {
		_, err = con.out.Write(out)
	} else {
		err = atomicfile.WriteFile(c.Out, out, 0o644)
	}
	if err != nil {
		return fmt.Errorf("label: %w", err)
	}
	return nil
}

// writePictures writes NAME.png, NAME-2.png and so on.
func (c *labelRenderCmd) writePictures(laid []labels.Label) error {
	if c.Out == "-" {
		return usage(fmt.Errorf("the order has %d labels and a picture holds one (name a file with --out; the others get -2, -3 … in their names)", len(laid)))
	}
	ext := filepath.Ext(c.Out)
	for i, l := range laid {
		name := c.Out
		if i > 0 {
			name = fmt.Sprintf("%s-%d%s", strings.TrimSuffix(c.Out, ext), i+1, ext)
		}
		out, err := encodeProved(c.Format, l)
		if err != nil {
			return err
		}
		if err := atomicfile.WriteFile(name, out, 0o644); err != nil {
			return fmt.Errorf("label: %w", err)
		}
	}
	return nil
}

// encodeProved returns the label in a format, once it has been read back.
func encodeProved(format string, l labels.Label) ([]byte, error) {
	switch format {
	case "zpl":
		out, err := zpl.Encoder{}.Encode(l)
		if err != nil {
			return nil, err
		}
		return out, verify.ZPL(l, out)
	}
	d, err := raster.Draw(l)
	if err != nil {
		return nil, err
	}
	if err := verify.Label(l, d); err != nil {
		return nil, fmt.Errorf("label %q: %w", l.Name, err)
	}
	switch format {
	case "epl":
		return epl.Encoder{}.Encode(l)
	case "tspl":
		return tspl.Encoder{}.Encode(l)
	}
	return png.Picture(d, l.Resolution)
}

// maxOrder is more than any order document.
const maxOrder = 16 << 20

func readOrder(con *console, name string) (shipment.Order, error) {
	in, err := openInput(con, []string{name})
	if err != nil {
		return shipment.Order{}, usage(err)
	}
	defer in.Close()
	data, err := io.ReadAll(io.LimitReader(in, maxOrder+1))
	if err != nil {
		return shipment.Order{}, fmt.Errorf("order %s: %w", name, err)
	}
	if len(data) > maxOrder {
		return shipment.Order{}, fmt.Errorf("order %s: larger than 16 MiB, so it is not one order (name a file with one order)", name)
	}
	var o shipment.Order
	if err := json.Unmarshal(data, &o); err != nil {
		return shipment.Order{}, fmt.Errorf("order %s: not an order as one JSON object: %w (the README shows one)", name, err)
	}
	if problems := o.Check(); len(problems) > 0 {
		return shipment.Order{}, fmt.Errorf("order %s: %w", name, problems)
	}
	return o, nil
}

// settle checks the order's address, which it replaces by the checked one, and
// fills what the rules decide. number gives each parcel, counted from 1, its
// tracking number.
func (c *labelRenderCmd) settle(o *shipment.Order) (template.Settled, func(k int) (shipment.TrackingNumber, error), error) {
	checked := address.Check(o.ShipTo)
	if checked.Verdict == address.Invalid {
		return template.Settled{}, nil, fmt.Errorf("order %s: %w", o.ID, addressError(checked))
	}
	o.ShipTo = checked.Address
	s := template.Settled{Carrier: o.Carrier, ServiceName: serviceWords(o.Service)}
	service, err := c.assign(*o, &s)
	if err != nil {
		return template.Settled{}, nil, err
	}
	number := func(int) (shipment.TrackingNumber, error) { return o.TrackingNumber, nil }
	if o.TrackingNumber == "" {
		s.Sample = true
		number = func(k int) (shipment.TrackingNumber, error) { return sampleNumber(s.Carrier, service, k) }
	}
	if known, ok := carrier.Default().Carrier(s.Carrier); ok {
		s.CarrierName = known.Name
	}
	s.To = address.Lines(o.ShipTo, o.ShipFrom.Country)
	s.From = address.Lines(o.ShipFrom, o.ShipFrom.Country)
	s.ShipDate = cmp.Or(c.Date, time.Now().Format(time.DateOnly))
	s.Reprint = c.Reprint
	return s, number, nil
}

// assign asks the rules for carrier and service. An order that names both its
// carrier and a number keeps them, even where no rule knows the service.
func (c *labelRenderCmd) assign(o shipment.Order, s *template.Settled) (shipment.ServiceID, error) {
	rules, err := namedRules(c.Rules)
	if err != nil {
		return "", usage(err)
	}
	if o.Carrier == "" { // the number itself may say whose it is
		o.Carrier, _ = carrier.Default().CarrierOf(o.TrackingNumber)
	}
	d := rules.Assign(o, time.Now())
	switch {
	case d.Hold == nil:
		s.Carrier, s.ServiceName = d.Carrier, d.ServiceName
	case o.Carrier != "":
		s.Carrier = o.Carrier
	default:
		return "", fmt.Errorf("order %s: no carrier: %s (name one in \"carrier\")", o.ID, d.Hold.Reason)
	}
	return d.Service, nil
}

func serviceWords(id shipment.ServiceID) string { return strings.ReplaceAll(string(id), "_", " ") }

// loadTemplate returns a template by its name, or from a file.
func loadTemplate(name string) (*template.Template, error) {
	if strings.HasSuffix(name, ".yaml") || strings.HasSuffix(name, ".yml") {
		data, err := readFile(name)
		if err != nil {
			return nil, fmt.Errorf("template: %w", err)
		}
		return template.Parse(filepath.Base(name), data)
	}
	file := name + ".yaml"
	data, err := fs.ReadFile(configs.Templates, path.Join("templates", file))
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrInvalid) {
		return nil, fmt.Errorf("template %q: there is none of that name (have %s; or give a file ending in .yaml)", name, strings.Join(templateNames(), ", "))
	}
	if err != nil {
		return nil, fmt.Errorf("template %q: %w", name, err)
	}
	return template.Parse(file, data)
}

func templateNames() []string {
	files, err := fs.Glob(configs.Templates, "templates/*.yaml")
	if err != nil {
		return nil // the pattern is right, so there is no error
	}
	for i, f := range files {
		files[i] = strings.TrimSuffix(path.Base(f), ".yaml")
	}
	return files
}
