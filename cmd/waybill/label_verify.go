package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"waybill/labels"
	"waybill/labels/png"
	"waybill/labels/verify"
	"waybill/labels/zplview"
)

type labelVerifyCmd struct {
	Files []string `arg:"" help:"Rendered labels: ZPL, PDF or PNG."`
	DPI   int      `name:"dpi" help:"Dots per inch of the printer a file is for, where it does not say so itself: 203, 300 or 600." enum:"203,300,600" default:"203"`
	Grade string   `help:"The lowest print grade that passes, A to F; not built yet." placeholder:"C"`
}

// Help is shown under waybill label verify --help.
func (c *labelVerifyCmd) Help() string {
	return `Every barcode found becomes one JSON line; so does every fault: a label without any barcode, a barcode that a ZPL
format asks for and that cannot be read, a command nobody can vouch for. A fault makes the exit code 1.

The pages of a PDF are drawn by pdftoppm where the machine has it (poppler-utils), else by waybill itself, which can draw
only what it made; "drawn_by" says which. Reading EPL and TSPL and grading (--grade) are not built yet.

Example:
  waybill label verify label.zpl label.pdf label.png`
}

// A verified is one line of the answer.
type verified struct {
	File  string `json:"file"`
	Label int    `json:"label,omitempty"` // counted from 1, in files of several
	*verify.Found
	DrawnBy string     `json:"drawn_by,omitempty"` // of a PDF's page
	Error   *lineError `json:"error,omitempty"`
}

// maxLabelFile is more than any rendered label.
const maxLabelFile = 64 << 20

// Run reads the labels.
func (c *labelVerifyCmd) Run(con *console) error {
	if c.Grade != "" {
		return notBuilt("label verify --grade")
	}
	out := &verifyOutput{enc: json.NewEncoder(con.out)}
	out.enc.SetEscapeHTML(false)
	for _, name := range c.Files {
		data, err := readLabel(name)
		if err != nil {
			return usage(err)
		}
		switch {
		case bytes.HasPrefix(data, []byte("%PDF")):
			if err := c.document(con, out, name, data); err != nil {
				return err
			}
		case bytes.HasPrefix(data, []byte("\x89PNG")):
			d, err := png.Decode(data)
			if err != nil {
				out.fault(name, 0, "unreadable_file", err.Error())
				continue
			}
			out.picture(name, 0, d, 0)
		default:
			c.formats(out, name, data)
		}
	}
	if out.err != nil {
		return fmt.Errorf("output: %w", out.err)
	}
	if out.faults {
		return errReported
	}
	return nil
}

// readLabel reads the file of a rendered label.
func readLabel(name string) ([]byte, error) {
	f, err := openFile(name)
	if err != nil {
		return nil, fmt.Errorf("label: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxLabelFile+1))
	if err != nil {
		return nil, fmt.Errorf("label: %w", err)
	}
	if len(data) > maxLabelFile {
		return nil, fmt.Errorf("label %s: larger than 64 MiB, so it is not a label (name a rendered label)", name)
	}
	return data, nil
}

// formats verifies every format of a ZPL file.
func (c *labelVerifyCmd) formats(out *verifyOutput, name string, data []byte) {
	parts := zplview.Split(data)
	if len(parts) == 0 {
		out.fault(name, 0, "unreadable_file", zplview.ErrNoFormat.Error())
	}
	for i, part := range parts {
		n := 0
		if len(parts) > 1 {
			n = i + 1
		}
		view, err := zplview.Render(part, resolutions[c.DPI])
		if err != nil {
			out.fault(name, n, "unreadable_file", err.Error())
			continue
		}
		if len(view.Unknown) > 0 {
			out.fault(name, n, "unknown_command", "what a printer makes of this nobody can say: "+strings.Join(view.Unknown, "; "))
		}
		out.picture(name, n, view.Dots, view.Barcodes)
	}
}

type verifyOutput struct {
	enc     *json.Encoder
	faults  bool
	err     error
	drawnBy string // of the pages that are being written
}

func (o *verifyOutput) write(v verified) {
	if err := o.enc.Encode(v); err != nil && o.err == nil {
		o.err = err
	}
}

func (o *verifyOutput) fault(name string, label int, code, message string) {
	o.faults = true
	o.write(verified{File: name, Label: label, DrawnBy: o.drawnBy, Error: &lineError{Code: code, Message: message}})
}

// picture writes the symbols of one drawn label, of which least are known to
// be on it.
func (o *verifyOutput) picture(name string, label int, d labels.Dots, least int) {
	found, err := verify.Decode(d)
	if err != nil {
		o.fault(name, label, "unreadable_file", err.Error())
		return
	}
	for _, f := range found {
		o.write(verified{File: name, Label: label, Found: &f, DrawnBy: o.drawnBy})
	}
	switch {
	case len(found) == 0:
		o.fault(name, label, "no_symbol", "no barcode on it can be read")
	case len(found) < least:
		o.fault(name, label, "unreadable_symbol", fmt.Sprintf("%d of the %d barcodes that it asks for can be read", len(found), least))
	}
}
