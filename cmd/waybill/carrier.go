package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"waybill/shipment"
	"waybill/shipment/address"
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
	Order    []string  `arg:"" optional:"" help:"Files of orders as JSON lines; - or none: standard input."`
	Rules    string    `help:"File of services and rules; default: those that come with waybill." type:"path"`
	Now      time.Time `help:"Decide as if it were this time (RFC 3339)." format:"2006-01-02T15:04:05Z07:00"`
	TimeZone string    `name:"time-zone" help:"The warehouse's time zone, for cut-offs, such as America/Los_Angeles." default:"Local"`
	DryRun   bool      `name:"dry-run" help:"Print a table of what the rules would do instead of a line for each order. Nothing is ever changed."`
	Summary  bool      `help:"The same as --dry-run."`
	Against  string    `help:"Another file of rules: print what changes from it to --rules." type:"path"`
	JSON     bool      `name:"json" help:"Print the table as JSON."`
}

// Help is shown under waybill carrier assign --help.
func (c *carrierAssignCmd) Help() string {
	return `Each line in is an order document; each line out has order_id, carrier, service, rule, rules, cost_minor, currency,
cost, billable_weight_g, promise, rejected and passed, or hold with the reason why a person must decide. The address
is checked first; an order whose address is invalid becomes an error line. Files that the rules name, such as charts
of zones, are seen from the directory of the rules.

Example:
  waybill carrier assign --rules rules.yaml orders.jsonl
  waybill carrier assign --rules new.yaml --against old.yaml --dry-run --summary orders.jsonl`
}

// Run assigns the orders.
func (c *carrierAssignCmd) Run(con *console) error {
	zone, err := time.LoadLocation(c.TimeZone)
	if err != nil {
		return usage(fmt.Errorf("--time-zone: %w (use Local, UTC or a name such as America/Los_Angeles)", err))
	}
	now := c.Now
	if now.IsZero() {
		now = time.Now()
	}
	if now = now.In(zone); !c.Now.IsZero() && c.TimeZone == "Local" {
		now = c.Now // its own offset says where it is
	}
	rules, err := loadRules(c.Rules)
	if err != nil {
		return usage(err)
	}
	for _, w := range rules.Warnings(now) {
		fmt.Fprintf(con.err, "waybill: warning: %s\n", w)
	}
	in, err := openInput(con, c.Order)
	if err != nil {
		return usage(err)
	}
	defer in.Close()
	if c.DryRun || c.Summary || c.Against != "" {
		return c.summarise(con, in, rules, now)
	}
	return forEachLine(con, jsonLines(in), func(line []byte) (any, error) {
		o, err := addressedOrder(line)
		if err != nil {
			return nil, err
		}
		return rules.Assign(o, now), nil
	})
}

// addressedOrder returns the order in a line, with its address normalised.
func addressedOrder(line []byte) (shipment.Order, error) {
	var o shipment.Order
	if err := json.Unmarshal(line, &o); err != nil {
		return o, jsonError("an order", err)
	}
	res := address.Check(o.ShipTo)
	if res.Verdict == address.Invalid {
		return o, addressError(res)
	}
	o.ShipTo = res.Address
	return o, nil
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
