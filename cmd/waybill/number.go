package main

import (
	"waybill/shipment"
	"waybill/shipment/carrier"
)

// numberCmd is `waybill number`.
type numberCmd struct {
	Check numberCheckCmd `cmd:"" help:"Recognise and check tracking numbers."`
}

// Help is shown under waybill number --help.
func (numberCmd) Help() string { return "Example:\n  waybill number check 1Z999AA10123456784" }

type numberCheckCmd struct {
	Numbers []string `arg:"" optional:"" help:"Tracking numbers; - or none: standard input, one a line."`
	Carrier string   `help:"The carrier the numbers are expected to be of, such as ups." placeholder:"ID"`
}

// Help is shown under waybill number check --help.
func (c *numberCheckCmd) Help() string {
	return `Each line out has number, normalized, valid and matches: the carriers the number may be of, best first. Digits alone
never decide: the expected carrier counts before the check digit, the check digit before the form.

Example:
  waybill number check 1Z999AA10123456784`
}

type numberReport struct {
	Number     string          `json:"number"`
	Normalized string          `json:"normalized"`
	Grouped    string          `json:"grouped,omitempty"`
	Valid      bool            `json:"valid"`
	Matches    []carrier.Match `json:"matches"`
}

// Run checks the numbers.
func (c *numberCheckCmd) Run(con *console) error {
	in := linesOf(con.in)
	if len(c.Numbers) > 0 && !(len(c.Numbers) == 1 && c.Numbers[0] == "-") {
		in = linesOfWords(c.Numbers)
	}
	table := carrier.Default()
	return forEachLine(con, in, func(line []byte) (any, error) {
		r := numberReport{Number: string(line)}
		r.Normalized, r.Matches = table.Recognise(r.Number, carrier.Hints{Carrier: shipment.CarrierID(c.Carrier)})
		if len(r.Matches) > 0 {
			r.Valid = r.Matches[0].Valid
			r.Grouped = table.Group(r.Matches[0].Carrier, r.Normalized)
		}
		r.Matches = emptyNotNull(r.Matches)
		return r, nil
	})
}
