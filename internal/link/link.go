// Package link opens byte streams to devices. It knows addresses and nothing
// else: what is said over the stream is the business of a driver.
//
// A stream's Write returns how many bytes the device, or the system for it, has
// taken; a write deadline breaks it off. Where the device can say more about
// itself than travels over the stream, the stream is a [Port].
package link

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net"
	"net/url"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// DefaultPort is where label printers listen for raw data.
const DefaultPort = "9100"

// dialTimeout bounds a dial whose caller set no earlier deadline: a printer that
// is switched off swallows packets, and the kernel would try for minutes.
const dialTimeout = 5 * time.Second

// A Dialer opens a fresh byte stream to one device.
type Dialer = func(ctx context.Context) (io.ReadWriteCloser, error)

// Parse returns the dialer for an address. Nothing is opened yet.
//
//	tcp://host:port            the port may be left out and is then 9100
//	usb://0a5f:0166/SERIAL     a printer on USB, on whichever socket (Linux)
//	serial:///dev/ttyUSB0?baud=19200&flow=xonxoff   or serial://COM3 on Windows
//	file:///dev/usb/lp0        a device file
//	ipp://host/ipp/print       or ipps://; the port may be left out and is then 631
func Parse(address string) (Dialer, error) {
	if strings.HasPrefix(address, "usb://") { // its colon is no port's
		a, err := ParseUSB(address)
		if err != nil {
			return nil, err
		}
		return dialUSB(a), nil
	}
	if !strings.Contains(address, "://") {
		return nil, fmt.Errorf("device address %q has no scheme; write tcp://host:9100 or file:///dev/usb/lp0", address)
	}
	u, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("device address %q: %w", address, err)
	}
	switch u.Scheme {
	case "tcp":
		return parseTCP(address, u)
	case "file":
		path, err := Path(address)
		if err != nil {
			return nil, err
		}
		return dialFile(path), nil
	case "ipp", "ipps":
		return parseIPP(address, u)
	case "serial":
		c, err := ParseSerial(address)
		if err != nil {
			return nil, err
		}
		return dialSerial(c), nil
	}
	return nil, fmt.Errorf("device address %q: unknown scheme %q (have tcp, usb, serial, file, ipp, ipps)", address, u.Scheme)
}

// Path returns the path of a file:// address.
func Path(address string) (string, error) {
	u, err := url.Parse(address)
	switch {
	case err != nil:
		return "", fmt.Errorf("device address %q: %w", address, err)
	case u.Scheme != "file":
		return "", fmt.Errorf("device address %q is not a file; write file:///path", address)
	case u.Host != "" && u.Host != "localhost":
		return "", fmt.Errorf("device address %q names the host %q; write three slashes: file:///path", address, u.Host)
	case u.Path == "" || u.Path == "/":
		return "", fmt.Errorf("device address %q has no path", address)
	}
	path := u.Path
	if runtime.GOOS == "windows" { // file:///C:/dir
		path = strings.TrimPrefix(path, "/")
	}
	return filepath.FromSlash(path), nil
}

// parseTCP returns the dialer for a tcp:// address.
func parseTCP(address string, u *url.URL) (Dialer, error) {
	switch {
	case u.Hostname() == "":
		return nil, fmt.Errorf("device address %q has no host", address)
	case u.Path != "" && u.Path != "/", u.RawQuery != "", u.User != nil:
		return nil, fmt.Errorf("device address %q: only a host and a port belong there", address)
	}
	port, err := portOf(address, u, DefaultPort)
	if err != nil {
		return nil, err
	}
	return dialTCP(u.Hostname(), port), nil
}

// portOf returns the port of an address, and usual where it names none.
func portOf(address string, u *url.URL, usual string) (string, error) {
	port := cmp.Or(u.Port(), usual)
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return "", fmt.Errorf("device address %q: port %s: want 1 to 65535", address, port)
	}
	return port, nil
}

// dialTCP returns the dialer for a TCP port.
func dialTCP(host, port string) Dialer {
	target := net.JoinHostPort(host, port)
	return func(ctx context.Context) (io.ReadWriteCloser, error) {
		// Keep-alives notice a printer whose plug was pulled while nobody spoke.
		d := net.Dialer{Timeout: dialTimeout, KeepAliveConfig: net.KeepAliveConfig{
			Enable: true, Idle: 10 * time.Second, Interval: 5 * time.Second, Count: 3,
		}}
		return d.DialContext(ctx, "tcp", target)
	}
}
