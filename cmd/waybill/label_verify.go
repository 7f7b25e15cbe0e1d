package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"waybill/labels"
	"waybill/labels/formview"
	"waybill/labels/png"
	"waybill/labels/verify"
	"waybill/labels/zplview"
)

type labelVerifyCmd struct {
	printerDots // of a file that does not say so itself: ZPL, EPL, TSPL

	Files   []string `arg:"" help:"Rendered labels: ZPL, EPL, TSPL, PDF or PNG."`
	Grade   string   `help:"The lowest grade that passes: A, B, C or D; without it every barcode that reads does." enum:",A,B,C,D" default:"" placeholder:"C"`
	Expect  []string `help:"A text that a barcode of every file must read; may be repeated." placeholder:"TEXT" sep:"none"`
	Count   *int     `help:"How many barcodes each label must hold, 0 for a form that holds none; without it, at least one." placeholder:"N"`
	Rule    string   `help:"Whose sizes to hold barcodes against: usps, ups, fedex, dhl, dpd, upu or gs1; without it, whichever their content calls for." enum:",usps,ups,fedex,dhl,dpd,upu,gs1" default:"" placeholder:"SET"`
	Verbose bool     `short:"v" help:"Say on standard error how long each file took."`
}

// Help is shown under waybill label verify --help.
func (c *labelVerifyCmd) Help() string {
	return `Every barcode found becomes one JSON line: what it reads, what it measures, and a grade from A to F for how much
too hot or too cold a print head it can bear. What is wrong stands under "problems": a quiet zone that is too narrow, a
module or bars smaller than the carrier's rule, a grade below --grade, a label without any barcode or with another number
of them than --count, one that a ZPL format asks for and that cannot be read, a text of --expect that no barcode reads, a
command nobody can vouch for. Any problem makes the exit code 1.

Nothing on a label says how many barcodes it was meant to hold, so one without any is a problem. A customs form CN 22
holds none: --count 0 expects that.

The grade is reckoned from the dots, not from paper: see docs/label-verify.md.

The pages of a PDF are drawn by pdftoppm where the machine has it (poppler-utils), else by waybill itself, which can draw
only what it made; "drawn_by" says which. Of EPL and TSPL the boxes and pictures are read, which is how waybill writes
them; the printer's own barcodes and fonts are unknown commands.

Example:
  waybill label verify --grade C --expect 1Z999AA10123456784 label.zpl label.pdf label.png
  waybill label verify --count 0 cn22.pdf`
}

// A verified is one line of the answer.
type verified struct {
	File  string `json:"file"`
	Label int    `json:"label,omitempty"` // or page: counted from 1, in files of several
	*verify.Found
	*verify.Report
	DrawnBy  string           `json:"drawn_by,omitempty"` // of a PDF's page
	Problems []verify.Problem `json:"problems,omitempty"` // instead of those of Report
}

// maxLabelFile is more than any rendered label.
const maxLabelFile = 64 << 20

// Run reads the labels.
func (c *labelVerifyCmd) Run(con *console) error {
	if c.Count != nil && *c.Count < 0 {
		return usage(fmt.Errorf("--count %d: want 0 or more barcodes", *c.Count))
	}
	out := &verifyOutput{c: c, enc: json.NewEncoder(con.out)}
	out.enc.SetEscapeHTML(false)
	for _, name := range c.Files {
		data, err := readLabel(name)
		if err != nil {
			return usage(err)
		}
		start := time.Now()
		out.begin(name)
		if err := c.file(con, out, data); err != nil {
			return err
		}
		out.expected()
		if c.Verbose {
			fmt.Fprintf(con.err, "%s: %d barcodes, verified in %.1f ms\n", name, len(out.texts), float64(time.Since(start).Microseconds())/1000)
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

// file verifies one file, whatever it is.
func (c *labelVerifyCmd) file(con *console, out *verifyOutput, data []byte) error {
	switch {
	case bytes.HasPrefix(data, []byte("%PDF")):
		return c.document(con, out, data)
	case bytes.HasPrefix(data, []byte("\x89PNG")):
		d, err := png.Decode(data)
		if err != nil {
			out.fault(0, "unreadable_file", err.Error())
			return nil
		}
		res, ok := pngResolution(data)
		if !ok {
			res = c.resolution()
		}
		out.picture(0, d, res, 0)
	default:
		if language, ok := formview.Guess(data); ok {
			c.forms(out, language, data)
		} else {
			c.formats(out, data)
		}
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
func (c *labelVerifyCmd) formats(out *verifyOutput, data []byte) {
	parts := zplview.Split(data)
	if len(parts) == 0 {
		out.fault(0, "unreadable_file", noFormat())
	}
	for i, part := range parts {
		n := 0
		if len(parts) > 1 {
			n = i + 1
		}
		res := c.resolution()
		view, err := zplview.Render(part, res)
		if errors.Is(err, zplview.ErrNoFormat) && i == 0 {
			out.fault(n, "unreadable_file", noFormat())
			continue
		}
		if err != nil {
			out.fault(n, "unreadable_file", err.Error())
			continue
		}
		out.unknown(n, view.Unknown)
		out.picture(n, view.Dots, res, view.Barcodes)
	}
}

// noFormat says what is wrong with a file of none of the kinds.
func noFormat() string { return "neither PDF, PNG, EPL nor TSPL, and " + zplview.ErrNoFormat.Error() }

// forms verifies every label of a file in EPL or TSPL.
func (c *labelVerifyCmd) forms(out *verifyOutput, language formview.Language, data []byte) {
	res := c.resolution()
	one := func(n int, v formview.View) {
		out.unknown(n, v.Unknown)
		out.picture(n, v.Dots, res, 0)
	}
	var first formview.View // is held until it is known whether it is the only one
	n := 0
	err := language.Render(data, res, func(v formview.View) {
		switch n++; n {
		case 1:
			first = v
			return
		case 2:
			one(1, first)
		}
		one(n, v)
	})
	if n == 1 && err == nil {
		one(0, first)
	} else if n == 1 {
		one(1, first)
	}
	if err != nil {
		out.fault(min(n, 1)*(n+1), "unreadable_file", err.Error())
	}
}

// pngResolution returns the resolution that a PNG file notes (its pHYs chunk).
func pngResolution(data []byte) (labels.Resolution, bool) {
	const header, tail = 8, 4 // bytes of a chunk before its content and behind it
	for at := 8; at+header+9 <= len(data); {
		n := binary.BigEndian.Uint32(data[at:])
		content := data[at+header:]
		switch string(data[at+4 : at+header]) {
		case "pHYs":
			res := labels.Resolution((int64(binary.BigEndian.Uint32(content))*254 + 500) / 1000) // from dots per metre
			return res, content[8] == 1 && res >= 1000 && res <= 30000
		case "IDAT":
			return 0, false
		}
		if int64(n) > int64(len(data)) {
			return 0, false
		}
		at += header + int(n) + tail
	}
	return 0, false
}
