package main

import (
	"fmt"
	"os"

	"waybill/shipment"
	"waybill/shipment/carrier"
	"waybill/shipment/gs1"
)

// numberCmd is `waybill number`.
type numberCmd struct {
	Check numberCheckCmd `cmd:"" help:"Recognise and check tracking numbers."`
}

// Help is shown under waybill number --help.
func (numberCmd) Help() string { return "Example:\n  waybill number check 1Z999AA10123456784" }

type numberCheckCmd struct {
	Numbers  []string `arg:"" optional:"" help:"Tracking numbers; - or none: standard input, one a line."`
	Carrier  string   `help:"The carrier the numbers are expected to be of, such as ups." placeholder:"ID"`
	Carriers string   `help:"A file of carriers and formats of your own, laid over those of the program." placeholder:"FILE"`
}

// Help is shown under waybill number check --help.
func (c *numberCheckCmd) Help() string {
	return `Each line out has number, normalized, valid and matches: the carriers the number may be of, best first. Digits alone
never decide: the expected carrier counts before the check digit, the check digit before the form. A match has confidence:
low where much else has the same form, and looks_like then says what: upc_a, ean_13, gtin_14, phone_number, order_number.
A number of a carrier without a check digit is valid where its form is right, but not where the length is all that fits
and the digits look like something else. A scanner's AIM identifier before the number, such as ]C1, counts first.

Examples:
  waybill number check 1Z999AA10123456784
  waybill number check --carrier purolator 320595463938
  waybill number check --carriers own-carriers.yaml - < numbers.txt`
}

type numberReport struct {
	Number     string          `json:"number"`
	Normalized string          `json:"normalized"`
	Grouped    string          `json:"grouped,omitempty"`
	Valid      bool            `json:"valid"`
	LooksLike  []string        `json:"looks_like,omitempty"`
	Matches    []carrier.Match `json:"matches"`
}

// Run checks the numbers.
func (c *numberCheckCmd) Run(con *console) error {
	table, err := carrierTable(c.Carriers)
	if err != nil {
		return usage(err)
	}
	expected := shipment.CarrierID(c.Carrier)
	if _, known := table.Carrier(expected); !known && expected != "" {
		return usage(fmt.Errorf("--carrier %s: no such carrier (docs/carriers.md lists them; --carriers FILE adds your own)", expected))
	}
	in := linesOf(con.in)
	if len(c.Numbers) > 0 && !(len(c.Numbers) == 1 && c.Numbers[0] == "-") {
		in = linesOfWords(c.Numbers)
	}
	return forEachLine(con, in, func(line []byte) (any, error) {
		r := numberReport{Number: string(line)}
		aim, number := gs1.ParseAIM(line)
		r.Normalized, r.Matches = table.Recognise(string(number), carrier.Hints{Carrier: expected, AIM: aim})
		r.LooksLike = carrier.LooksLike(r.Normalized)
		if len(r.Matches) > 0 {
			r.Valid = r.Matches[0].Valid
			r.Grouped = table.Group(r.Matches[0].Carrier, r.Normalized)
		}
		r.Matches = emptyNotNull(r.Matches)
		return r, nil
	})
}

// carrierTable returns the carriers that come with the program, with those of
// the file, if one is named, laid over them.
func carrierTable(file string) (*carrier.Table, error) {
	if file == "" {
		return carrier.Default(), nil
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("carriers: %w", err)
	}
	table, err := carrier.Default().Overlay(data)
	if err != nil {
		return nil, fmt.Errorf("carriers: %s: %w", file, err)
	}
	return table, nil
}
