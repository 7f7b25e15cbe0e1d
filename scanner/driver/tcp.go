package driver

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"waybill/internal/fault"
	"waybill/scanner"
)

var tcpDriver = scanner.Driver{
	Name: "tcp",
	Doc:  "a network scanner, or a serial port behind a bridge, at host:port",
	Open: openTCP,
}

func openTCP(ctx context.Context, o scanner.Options) (scanner.Scanner, error) {
	o = withDefaults(o)
	op := fmt.Sprintf("scanner %q at %s", o.Name, o.Address)
	if err := o.Framing.Check(); err != nil {
		return nil, &fault.Error{Op: op, Kind: fault.Invalid, Err: err}
	}
	if _, _, err := net.SplitHostPort(o.Address); err != nil {
		return nil, &fault.Error{Op: op, Kind: fault.Invalid, Err: err, Hint: "Write the address as host:port, as in 192.168.1.30:4001."}
	}
	d := net.Dialer{
		Timeout: 5 * time.Second,
		// A bridge that lost its power says nothing; only this finds out.
		KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 10 * time.Second, Interval: 5 * time.Second, Count: 3},
	}
	conn, err := d.DialContext(ctx, "tcp", o.Address)
	if err != nil {
		return nil, &fault.Error{Op: op, Kind: fault.Transient, Err: err, Hint: "Check that the scanner is on and its network cable plugged in."}
	}
	return newStream(o, &filePort{f: conn, what: "network scanner", gone: errors.New("the other side closed the connection")}, trait{poll: lookEvery}), nil
}
