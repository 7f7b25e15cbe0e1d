package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"waybill/internal/atomicfile"
	"waybill/labels"
	"waybill/labels/epl"
	"waybill/labels/formview"
	"waybill/labels/pdf"
	"waybill/labels/png"
	"waybill/labels/raster"
	"waybill/labels/tspl"
	"waybill/labels/verify"
	"waybill/labels/zpl"
)

// write writes the labels: one after the other in a printer's
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
			one, err := c.encodeProved(l)
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
		return usage(fmt.Errorf("there are %d labels and a picture holds one (name a file with --out; the others get -2, -3 … in their names)", len(laid)))
	}
	ext := filepath.Ext(c.Out)
	for i, l := range laid {
		name := c.Out
		if i > 0 {
			name = fmt.Sprintf("%s-%d%s", strings.TrimSuffix(c.Out, ext), i+1, ext)
		}
		out, err := c.encodeProved(l)
		if err != nil {
			return err
		}
		if err := atomicfile.WriteFile(name, out, 0o644); err != nil {
			return fmt.Errorf("label: %w", err)
		}
	}
	return nil
}

// encodeProved returns the label in the format asked for, once it has been read
// back.
func (c *labelRenderCmd) encodeProved(l labels.Label) ([]byte, error) {
	switch c.Format {
	case "zpl":
		out, err := zpl.Encoder{Compact: c.Compact}.Encode(l)
		if err != nil {
			return nil, err
		}
		return out, verify.ZPL(l, out)
	case "epl":
		out, err := epl.Encoder{}.Encode(l)
		if err != nil {
			return nil, err
		}
		return out, verify.Form(l, formview.EPL, out)
	case "tspl":
		out, err := tspl.Encoder{}.Encode(l)
		if err != nil {
			return nil, err
		}
		return out, verify.Form(l, formview.TSPL, out)
	}
	d, err := raster.Draw(l)
	if err != nil {
		return nil, err
	}
	if err := verify.Label(l, d); err != nil {
		return nil, fmt.Errorf("label %q: %w", l.Name, err)
	}
	return png.Picture(d, l.Resolution)
}
