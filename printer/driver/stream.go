package driver

import (
	"context"
	"errors"
	"fmt"
	"time"

	"waybill/internal/fault"
	"waybill/printer"
)

// replyTimeout is how long a healthy printer may take to answer.
const replyTimeout = 2 * time.Second

// knowledge is what has been found out about an ability of the printer.
type knowledge int

const (
	notKnown knowledge = iota
	has
	hasNot
)

// open starts a conversation for the driver of that name.
func open(ctx context.Context, o printer.Options, driver string) (*conversation, error) {
	if o.Dial == nil {
		return nil, fmt.Errorf("printer %q: the %s driver needs a link such as tcp://host:9100", o.Name, driver)
	}
	conn, err := o.Dial(ctx)
	if err != nil {
		return nil, &fault.Error{
			Op: fmt.Sprintf("connection to printer %q", o.Name), Kind: fault.Transient, Err: err,
			Hint: "Switch the printer on and check its cable.",
		}
	}
	timeout := o.Timeout
	if timeout <= 0 {
		timeout = replyTimeout
	}
	return converse(conn, timeout), nil
}

// label sends one to the printer of that name.
func (c *conversation) label(ctx context.Context, name string, content []byte) error {
	n, err := c.write(ctx, content)
	if err == nil {
		return nil
	}
	op := fmt.Sprintf("label for printer %q", name)
	if n == 0 {
		return &fault.Error{Op: op, Kind: fault.Transient, Err: err, Hint: "Nothing was sent; it is tried again by itself."}
	}
	return &fault.Error{
		Op: op, Kind: fault.Uncertain, Err: errors.Join(fmt.Errorf("%d of %d bytes sent", n, len(content)), err),
		Hint: "Check whether the label came out before printing it again.",
	}
}
