package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"waybill/labels"
	"waybill/labels/verify"
)

// A verifyOutput writes what is found on labels, one line each.
type verifyOutput struct {
	c       *labelVerifyCmd
	enc     *json.Encoder
	faults  bool
	err     error
	file    string
	drawnBy string         // of the pages that are being written
	texts   []verify.Found // of the file
}

// begin begins a file.
func (o *verifyOutput) begin(file string) { o.file, o.texts, o.drawnBy = file, nil, "" }

func (o *verifyOutput) write(v verified) {
	v.File, v.DrawnBy = o.file, o.drawnBy
	o.faults = o.faults || len(v.Problems) > 0
	if err := o.enc.Encode(v); err != nil && o.err == nil {
		o.err = err
	}
}

func (o *verifyOutput) fault(label int, code, message string) {
	o.write(verified{Label: label, Problems: []verify.Problem{{Code: code, Message: message}}})
}

// unknown writes the commands of a label of which nobody can say what a printer
// makes.
func (o *verifyOutput) unknown(label int, commands []string) {
	if len(commands) > 0 {
		o.fault(label, "unknown_command", "what a printer makes of this nobody can say: "+strings.Join(commands, "; "))
	}
}

// picture writes the symbols of one drawn label, of which least are known to
// be on it.
func (o *verifyOutput) picture(label int, d labels.Dots, res labels.Resolution, least int) {
	found, err := verify.Decode(d)
	if err != nil {
		o.fault(label, "unreadable_file", err.Error())
		return
	}
	for _, f := range found {
		report := verify.Inspect(d, res, f, o.c.Rule)
		problems := report.Problems
		if o.c.Grade != "" && verify.WorseThan(report.Grade, o.c.Grade) {
			problems = append(problems, verify.Problem{Code: "below_grade", Message: fmt.Sprintf("its grade is %s, and %s is asked: print it with a wider module", report.Grade, o.c.Grade)})
		}
		o.write(verified{Label: label, Found: &f, Report: &report, Problems: problems})
	}
	o.texts = append(o.texts, found...)
	switch want := o.c.Count; {
	case want != nil && len(found) != *want:
		o.fault(label, "wrong_count", fmt.Sprintf("barcodes on it that can be read: %d, want %d", len(found), *want))
	case want == nil && len(found) == 0:
		o.fault(label, "no_symbol", "no barcode on it can be read (say --count 0 where none is meant to be)")
	case len(found) < least:
		o.fault(label, "unreadable_symbol", fmt.Sprintf("%d of the %d barcodes that it asks for can be read", len(found), least))
	}
}

// expected writes a line for each text that no barcode of the file reads.
func (o *verifyOutput) expected() {
	o.drawnBy = ""
	for _, want := range o.c.Expect {
		if !slices.ContainsFunc(o.texts, func(f verify.Found) bool { return f.Reads(want) }) {
			o.fault(0, "expected_missing", fmt.Sprintf("no barcode on it reads %q", want))
		}
	}
}
