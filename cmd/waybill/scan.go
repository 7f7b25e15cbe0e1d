package main

import (
	"encoding/json"
	"fmt"

	"waybill/shipment/carrier"
	"waybill/shipment/scan"
)

// scanCmd is `waybill scan`.
type scanCmd struct {
	Parse scanParseCmd `cmd:"" help:"Parse raw scanner payloads, each line a JSON string."`
}

// Help is shown under waybill scan --help.
func (scanCmd) Help() string {
	return `Example:
  echo '"]C142022153\u001d9101026837331000039521"' | waybill scan parse`
}

type scanParseCmd struct {
	File []string `arg:"" optional:"" help:"Files of scans; - or none: standard input."`
}

// Help is shown under waybill scan parse --help.
func (c *scanParseCmd) Help() string {
	return `Each line in is one JSON string, so that the separator GS (\u001d) and other control characters survive. Each line out
has raw, aim, symbology, data, kind (gs1, tracking_number, order, command, unknown), gs1, matches and, where something
is wrong, error.

Example:
  echo '"]C142022153\u001d9101026837331000039521"' | waybill scan parse`
}

// Run parses the scans.
func (c *scanParseCmd) Run(con *console) error {
	in, err := openInput(con, c.File)
	if err != nil {
		return usage(err)
	}
	defer in.Close()
	table := carrier.Default()
	return forEachLine(con, linesOf(in), func(line []byte) (any, error) {
		var raw string
		if err := json.Unmarshal(line, &raw); err != nil {
			return nil, &lineError{Code: "json", Message: fmt.Sprintf("not one JSON string: %v", err)}
		}
		return scan.Parse(table, []byte(raw)), nil
	})
}
