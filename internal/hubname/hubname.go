// Package hubname gives a hub one name, however its address is written: by it the
// journal, the disk and people know which hub is meant.
package hubname

import (
	"net/url"
	"strings"
)

// implied returns the port that a scheme implies.
func implied(scheme string) string {
	switch scheme {
	case "http":
		return "80"
	case "https":
		return "443"
	default:
		return ""
	}
}

// Of returns the name of the hub at an address: the host in lower case, the port unless
// the scheme implies it, and the path. The scheme and credentials are no part of it.
func Of(address string) string {
	return name(address, func(host, port, scheme string) string {
		if port == "" || port == implied(scheme) {
			return host
		}
		return host + ":" + port
	})
}

// WithPort returns the name with the port in any case, also where the scheme implies it.
func WithPort(address string) string {
	return name(address, func(host, port, scheme string) string {
		if port == "" {
			port = implied(scheme)
		}
		return host + ":" + port
	})
}

func name(address string, join func(host, port, scheme string) string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	host := strings.TrimSuffix(strings.ToLower(u.Host), ":"+u.Port())
	return join(host, u.Port(), u.Scheme) + strings.TrimRight(u.Path, "/")
}

// Same reports whether two addresses are of one hub, as far as they tell: by which
// scheme it is reached makes no other hub, be the port written or implied.
func Same(a, b string) bool { return Of(a) == Of(b) || WithPort(a) == WithPort(b) }
