package main

import (
	"encoding/json"
	"fmt"
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

// Help is shown under waybill carrier --help.
func (carrierCmd) Help() string {
	return "Example:\n  waybill carrier assign --rules rules.yaml orders.jsonl"
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
	rules, err := namedRules(c.Rules)
	if err != nil {
		return usage(err)
	}
	in, err := openInput(con, c.Order)
	if err != nil {
		return usage(err)
	}
	defer in.Close()
	return forEachLine(con, jsonLines(in), func(line []byte) (any, error) {
		var o shipment.Order
		if err := json.Unmarshal(line, &o); err != nil {
			return nil, jsonError("an order", err)
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

// namedRules reads the carrier rules in a file that a person has named; without
// one, those that come with waybill.
func namedRules(name string) (*carrier.Rules, error) {
	if name == "" {
		return carrier.ParseRules(configs.Rules)
	}
	data, err := readFile(name)
	if err != nil {
		return nil, fmt.Errorf("carrier rules: %w", err)
	}
	rules, err := carrier.ParseRules(data)
	if err != nil {
		return nil, fmt.Errorf("carrier rules %s: %w", name, err)
	}
	return rules, nil
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
