package hubname_test

import (
	"testing"

	"waybill/internal/hubname"
)

func TestOf(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"https://hub.example.com":               "hub.example.com",
		"https://Hub.Example.com:443/":          "hub.example.com",
		"http://hub.example.com:80":             "hub.example.com",
		"https://hub.example.com:80":            "hub.example.com:80",
		"https://hub.example.com:":              "hub.example.com",
		"http://hub.example.com:9640//":         "hub.example.com:9640",
		"https://user:word@hub.example.com/A/b": "hub.example.com/A/b",
		"https://[2001:DB8::1]:443/a/":          "[2001:db8::1]/a",
		"https://[2001:db8::1]":                 "[2001:db8::1]",
		"https://%":                             "https://%",
		"":                                      "",
	} {
		if got := hubname.Of(address); got != want {
			t.Errorf("%s: %q, want %q", address, got, want)
		}
	}
}

func TestSame(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		a, b string
		want bool
	}{
		{"https://a.example", "http://A.example/", true},
		{"https://a.example", "https://a.example:443", true},
		{"https://a.example:80", "http://a.example", true},
		{"https://a.example:80", "https://a.example", false},
		{"https://a.example", "https://a.example/b", false},
		{"https://a.example", "https://b.example", false},
	} {
		if hubname.Same(tt.a, tt.b) != tt.want || hubname.Same(tt.b, tt.a) != tt.want {
			t.Errorf("%s and %s: want %t", tt.a, tt.b, tt.want)
		}
	}
}
