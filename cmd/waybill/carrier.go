package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"waybill/configs"
	"waybill/shipment"
	"waybill/shipment/address"
	"waybill/shipment/carrier"
)

// carrierCmd is `waybill carrier`.
type carrierCmd struct {
	Assign carrierAssignCmd `cmd:"" help:"Apply the assignment rules to orders, and explain every rejected option."`
}

type carrierAssignCmd struct {
	Order []string  `arg:"" optional:"" help:"Files of orders as JSON lines; - or none: standard input."`
	Rules string    `help:"File of services and rules; default: those that come with waybill." type:"path"`
	Now   time.Time `help:"Decide as if it were this time (RFC 3339)." format:"2006-01-02T15:04:05Z07:00"`
}

// Help is shown under waybill carrier assign --help.
func (c *carrierAssignCmd) Help() string {
	return `Each line in is an order document; each line out has order_id, carrier, service, rule, cost_minor, currency, promise
and rejected, or hold with the reason why a person must decide. The address is checked first; an order whose address
is invalid becomes an error line.

Example:
  waybill carrier assign --rules rules.yaml orders.jsonl`
}

// Run assigns the orders.
func (c *carrierAssignCmd) Run(con *console) error {
	data := configs.Rules
	if c.Rules != "" {
		var err error
		if data, err = os.ReadFile(c.Rules); err != nil {
			return usage(fmt.Errorf("rules: %w", err))
		}
	}
	rules, err := carrier.ParseRules(data)
	if err != nil {
		return usage(err)
	}
	in, err := openInput(con, c.Order)
	if err != nil {
		return usage(err)
	}
	defer in.Close()
	docs, err := jsonLines(in)
	if err != nil {
		return err
	}
	return forEachLine(con, docs, func(line []byte) (any, error) {
		var o shipment.Order
		if err := json.Unmarshal(line, &o); err != nil {
			return nil, &lineError{Code: "json", Message: fmt.Sprintf("not an order as one JSON object: %v", err)}
		}
		res := address.Check(o.ShipTo)
		if res.Verdict == address.Invalid {
			return nil, addressError(res)
		}
		o.ShipTo = res.Address
		now := c.Now
		if now.IsZero() {
			now = time.Now()
		}
		return rules.Assign(o, now), nil
	})
}

// jsonLines returns r's JSON lines. One document spread over several lines, as
// people write it, counts as one line.
func jsonLines(r io.Reader) (io.Reader, error) {
	in := bufio.NewReader(r)
	first, err := readLine(in)
	if errors.Is(err, io.EOF) {
		return in, nil
	}
	if err != nil {
		return nil, fmt.Errorf("input: %w", err)
	}
	first = append(first, '\n')
	if json.Valid(first) || len(bytes.TrimSpace(first)) == 0 {
		return io.MultiReader(bytes.NewReader(first), in), nil
	}
	rest, err := io.ReadAll(io.LimitReader(in, maxLine))
	if err != nil {
		return nil, fmt.Errorf("input: %w", err)
	}
	whole := append(first, rest...)
	var line bytes.Buffer
	if json.Compact(&line, whole) == nil {
		return &line, nil
	}
	return io.MultiReader(bytes.NewReader(whole), in), nil
}

// addressError is the line error of an order whose address is invalid.
func addressError(res address.Result) *lineError {
	var why []string
	for _, is := range res.Issues {
		if is.Severity == address.Error {
			why = append(why, fmt.Sprintf("ship_to.%s: %s", is.Field, is.Message))
		}
	}
	return &lineError{Code: "address", Message: strings.Join(why, "; ")}
}
