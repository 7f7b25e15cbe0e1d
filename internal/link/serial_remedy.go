package link

import (
	"errors"
	"fmt"
	"io/fs"
)

// ErrPortInUse is another program's hold on a port.
var ErrPortInUse = errors.New("the port is in use")

// ErrNoSerialPort is a file that is no serial port.
var ErrNoSerialPort = errors.New("this is not a serial port")

// serialRemedy adds to err what a person can do.
func serialRemedy(err error) error {
	var todo string
	switch {
	case errors.Is(err, fs.ErrNotExist):
		todo = "plug the printer in; waybill printers --discover lists the ports there are"
	case errors.Is(err, fs.ErrPermission):
		todo = "allow this user to use it, on Linux by the group dialout; waybill doctor says how"
	case errors.Is(err, ErrPortInUse):
		todo = "close the other program that has it open; on Linux ModemManager may be one"
	case errors.Is(err, ErrNoSerialPort):
		todo = "waybill printers --discover lists the ports there are"
	default:
		return err
	}
	return fmt.Errorf("%w (%s)", err, todo)
}
