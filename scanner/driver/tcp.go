package driver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
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
	return newStream(o, tcpPort{conn}), nil
}

type tcpPort struct{ conn net.Conn }

func (p tcpPort) read(b []byte, wait time.Duration) (int, error) {
	if err := p.conn.SetReadDeadline(time.Now().Add(wait)); err != nil {
		return 0, err
	}
	n, err := p.conn.Read(b)
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return n, nil
	case errors.Is(err, io.EOF):
		return n, errors.New("the other side closed the connection")
	}
	return n, err
}

func (p tcpPort) write(b []byte) error {
	if err := p.conn.SetWriteDeadline(time.Now().Add(signalTimeout)); err != nil {
		return err
	}
	_, err := p.conn.Write(b)
	return err
}

func (p tcpPort) close() error { return p.conn.Close() }
