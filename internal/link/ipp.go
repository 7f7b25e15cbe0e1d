package link

import (
	"fmt"
	"net/url"
)

// ippPort is where printers and queues listen for IPP, encrypted or not (RFC
// 8010, section 8.1; RFC 7472).
const ippPort = "631"

// parseIPP returns the dialer for an ipp:// or ipps:// address. What the path
// names, and what is encrypted, is the driver's business.
func parseIPP(address string, u *url.URL) (Dialer, error) {
	switch {
	case u.Hostname() == "":
		return nil, fmt.Errorf("device address %q has no host", address)
	case u.User != nil:
		return nil, fmt.Errorf("device address %q: a user and password do not belong there; set user and password_file", address)
	case u.RawQuery != "" || u.Fragment != "":
		return nil, fmt.Errorf("device address %q: only a host, a port and a path belong there", address)
	case u.Path == "" || u.Path == "/":
		return nil, fmt.Errorf("device address %q has no path; write %s://%s/ipp/print for a printer, /printers/NAME for a queue of CUPS", address, u.Scheme, u.Host)
	}
	port, err := portOf(address, u, ippPort)
	if err != nil {
		return nil, err
	}
	return dialTCP(u.Hostname(), port), nil
}
